package mongo

import (
	"context"
	"regexp"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/chat"
)

// mentionDoc says that a message mentions a person. Its _id makes it one.
type mentionDoc struct {
	ID        string `bson:"_id"` // "<message>:<user>"
	MessageID ref    `bson:"message_id"`
	UserID    ref    `bson:"user_id"`
	ChannelID ref    `bson:"channel_id"`
	Seq       int64  `bson:"seq"`
	CreatedAt date   `bson:"created_at"`
	Named     bool   `bson:"named"`
}

// mention stores whom a message mentions besides those that it mentions already, and then makes those named follow its thread.
func (s *Store) mention(ctx context.Context, m messageDoc, mentions []chat.Mention) (added []string, err error) {
	if len(mentions) == 0 {
		return nil, nil
	}
	writes := make([]mongo.WriteModel, len(mentions))
	var named []string
	for i, one := range mentions {
		writes[i] = upsert(bson.D{{Key: "_id", Value: string(m.ID) + ":" + one.UserID}}, bson.D{{Key: "$setOnInsert", Value: bson.D{
			{Key: "message_id", Value: m.ID}, {Key: "user_id", Value: ref(one.UserID)}, {Key: "channel_id", Value: m.ChannelID},
			{Key: "seq", Value: m.Seq}, {Key: "created_at", Value: m.CreatedAt}, {Key: "named", Value: one.Named},
		}}})
		if one.Named {
			named = append(named, one.UserID)
		}
	}
	result, err := s.mentions.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	if err != nil && !mongo.IsDuplicateKeyError(err) { // somebody else has just stored the same
		return nil, translate(err)
	}
	for i := range result.UpsertedIDs {
		added = append(added, mentions[i].UserID)
	}
	if len(named) == 0 {
		return added, nil
	}
	rootID, mark := m.ParentID, m.Seq-1
	if rootID == "" {
		rootID, mark = m.ID, m.Seq
	}
	root, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: rootID}, {Key: "is_deleted", Value: false}}, rootFields)
	if err == mongo.ErrNoDocuments {
		return added, nil
	} else if err != nil {
		return nil, translate(err)
	}
	var places []mongo.WriteModel
	for _, userID := range named {
		places = append(places, returned(root, userID, mark), join(root, userID, mark))
	}
	return added, s.writePlaces(ctx, append(places, moveThread(root, false)...))
}

// SetMentions takes away who is not mentioned any more, and then adds the others.
func (s *Store) SetMentions(
	ctx context.Context, messageID string, mentions []chat.Mention, keepCrowd bool,
) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	m, err := s.standing(ctx, messageID)
	if err != nil {
		return nil, err
	}
	var stay []ref
	for _, one := range mentions {
		stay = append(stay, ref(one.UserID))
	}
	former, err := all[mentionDoc](ctx, s.mentions, bson.D{{Key: "message_id", Value: m.ID}})
	if err != nil {
		return nil, err
	}
	var gone []string
	for _, d := range former {
		if (d.Named || !keepCrowd) && !slices.Contains(stay, d.UserID) {
			gone = append(gone, d.ID)
		}
	}
	if len(gone) > 0 {
		_, err := s.mentions.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: gone}}}})
		if err != nil {
			return nil, translate(err)
		}
	}
	fresh := slices.DeleteFunc(slices.Clone(mentions), func(one chat.Mention) bool {
		return slices.ContainsFunc(former, func(d mentionDoc) bool { return d.UserID == ref(one.UserID) })
	})
	return s.mention(ctx, m, fresh)
}

// MembersNamed makes two reads.
func (s *Store) MembersNamed(ctx context.Context, channelID string, usernames []string) (map[string]string, error) {
	ctx, done := limited(ctx)
	defer done()
	people, err := s.findUsers(ctx, bson.D{{Key: "username_key", Value: bson.D{{Key: "$in", Value: usernames}}}, notGone}, options.Find())
	if err != nil || len(people) == 0 {
		return nil, err
	}
	ids := make([]ref, len(people))
	for i, u := range people {
		ids[i] = ref(u.ID)
	}
	present, err := s.membersAmong(ctx, channelID, ids)
	if err != nil {
		return nil, err
	}
	named := make(map[string]string, len(present))
	for _, u := range people {
		if present[ref(u.ID)] {
			named[fold(u.Username)] = u.ID
		}
	}
	return named, nil
}

func (s *Store) membersAmong(ctx context.Context, channelID string, ids []ref) (map[ref]bool, error) {
	members, err := all[memberDoc](ctx, s.members,
		bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "user_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "user_id", Value: 1}}))
	present := make(map[ref]bool, len(members))
	for _, m := range members {
		present[m.UserID] = true
	}
	return present, err
}

// MembersMatching makes two or three reads, which searchLimit bounds: the members, those of them whose username begins with
// the text, and where there is room those whose name does.
func (s *Store) MembersMatching(ctx context.Context, channelID, prefix string, limit int) ([]accounts.User, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := context.WithTimeout(ctx, searchLimit)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "channel_id", Value: ref(channelID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "user_id", Value: 1}}))
	if err != nil || len(members) == 0 {
		return nil, err
	}
	ids := convert(members, func(m memberDoc) ref { return m.UserID })
	among := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, notGone}
	begins := func(field, options string) bson.D {
		return bson.D{{Key: field, Value: primitive.Regex{Pattern: "^" + regexp.QuoteMeta(fold(prefix)), Options: options}}}
	}
	byUsername := options.Find().SetSort(bson.D{{Key: "username_key", Value: 1}})
	username := begins("username_key", "")
	found, err := s.findUsers(ctx, append(among[:2:2], username...), byUsername.SetLimit(int64(limit)))
	if err != nil || len(found) == limit {
		return found, err
	}
	names := bson.E{Key: "$or", Value: bson.A{begins("name_key", ""), begins("display_name", "i")}}
	others, err := s.findUsers(ctx, append(among[:2:2], names, bson.E{Key: "$nor", Value: bson.A{username}}),
		byUsername.SetLimit(int64(limit-len(found))))
	return append(found, others...), err
}

// Mentions makes three reads: the person's channels, their mentions, and the messages.
func (s *Store) Mentions(
	ctx context.Context, userID string, before time.Time, beforeID string, limit int,
) ([]chat.Message, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	mine, err := s.ofChannels(ctx, userID)
	if err != nil {
		return nil, err
	}
	docs, err := all[mentionDoc](ctx, s.mentions,
		bson.D{{Key: "user_id", Value: ref(userID)}, mine, earlier("created_at", "message_id", before, beforeID)},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: -1}, {Key: "message_id", Value: -1}}).SetLimit(int64(limit)))
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	messages, err := s.messagesByID(ctx, convert(docs, func(d mentionDoc) ref { return d.MessageID }))
	var found []chat.Message
	for _, d := range docs {
		if m, ok := messages[d.MessageID]; ok {
			found = append(found, m.message())
		}
	}
	return found, err
}

// UnreadMentions makes three reads: the person's places, those of their channels where something is unread, and the numbers.
func (s *Store) UnreadMentions(ctx context.Context, userID string) (map[string]int64, error) {
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}})
	if err != nil || len(members) == 0 {
		return nil, err
	}
	channels, err := all[channelDoc](ctx, s.channels, openChannels(members),
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: "last_seq", Value: 1}}))
	if err != nil {
		return nil, err
	}
	places := placesByChannel(members)
	var ranges bson.A
	for _, c := range channels {
		if mark := places[c.ID].LastReadSeq; mark < c.LastSeq {
			ranges = append(ranges, bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "channel_id", Value: c.ID},
				{Key: "seq", Value: bson.D{{Key: "$gt", Value: mark}}}})
		}
	}
	found, err := countBy(ctx, s.mentions, ranges, "channel_id")
	counts := make(map[string]int64, len(found))
	for _, t := range found {
		counts[string(t.ID)] = t.N
	}
	return counts, err
}
