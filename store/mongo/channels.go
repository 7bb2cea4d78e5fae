package mongo

import (
	"context"
	"errors"
	"regexp"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
)

// CreateChannel writes the members first and the channel last: a channel is never without its first members, and members
// of a channel that never came to be are seen by no read, since every read goes through the channel.
func (s *Store) CreateChannel(ctx context.Context, c chat.Channel, members []chat.Member) error {
	ctx, done := limited(ctx)
	defer done()
	doc := newChannelDoc(c)
	doc.MemberCount = len(members)
	if found, err := exists(ctx, s.channels, bson.D{{Key: "public_key", Value: doc.PublicKey}}); err != nil {
		return err
	} else if found {
		return chat.ErrChannelExists
	}
	if err := s.insertMembers(ctx, c.ID, members); err != nil {
		return err
	}
	_, err := s.channels.InsertOne(ctx, doc)
	if !mongo.IsDuplicateKeyError(err) {
		return translate(err)
	}
	if _, err := s.members.DeleteMany(ctx, bson.D{{Key: "channel_id", Value: ref(c.ID)}}); err != nil {
		return translate(err)
	}
	return chat.ErrChannelExists
}

func (s *Store) insertMembers(ctx context.Context, channelID string, members []chat.Member) error {
	if len(members) == 0 {
		return nil
	}
	docs := make([]any, len(members))
	people := make([]ref, len(members))
	for i, m := range members {
		m.ChannelID = channelID
		docs[i], people[i] = newMemberDoc(id.New(time.Now()), m), ref(m.UserID)
	}
	n, err := s.users.CountDocuments(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: people}}}})
	if err != nil {
		return translate(err)
	}
	if int(n) != len(people) {
		return accounts.ErrUserNotFound
	}
	_, err = s.members.InsertMany(ctx, docs)
	return translate(err)
}

// Channel returns a channel.
func (s *Store) Channel(ctx context.Context, id string) (chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(id)}})
	return doc.channel(), err
}

// ChannelByName finds a public channel without regard to case.
func (s *Store) ChannelByName(ctx context.Context, name string) (chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := s.findChannel(ctx, bson.D{{Key: "public_key", Value: fold(name)}, {Key: "type", Value: chat.Public}})
	return doc.channel(), err
}

func (s *Store) findChannel(ctx context.Context, filter bson.D) (channelDoc, error) {
	doc, err := one[channelDoc](ctx, s.channels, filter)
	return doc, orMissing(err, chat.ErrChannelNotFound)
}

// Channels returns a page. An order other than that of names is made in memory, of the channels in use.
func (s *Store) Channels(ctx context.Context, q chat.ChannelQuery) ([]chat.Channel, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter, order := listedChannels(q)
	docs, err := all[channelDoc](ctx, s.channels, filter, options.Find().SetSort(order).SetLimit(int64(q.Limit)))
	return convert(docs, channelDoc.channel), err
}

func listedChannels(q chat.ChannelQuery) (filter, order bson.D) {
	if q.Archived {
		q.Private, q.Order = true, chat.ByName
	}
	filter = bson.D{{Key: "is_deleted", Value: q.Archived}}
	if q.Private {
		filter = append(filter, named)
	} else {
		filter = append(filter, bson.E{Key: "type", Value: chat.Public})
	}
	key, direction, past := "name_key", 1, "$gt"
	var at any = fold(q.After.Name)
	switch q.Order {
	case chat.ByActivity:
		key, direction, past, at = "last_message_at", -1, "$lt", momentOrNone(q.After.Rank)
	case chat.ByMembers:
		key, direction, past, at = "member_count", -1, "$lt", q.After.Rank
	}
	var all bson.A
	if q.After.ID != "" {
		farther := bson.A{bson.D{{Key: key, Value: at}, {Key: "_id", Value: bson.D{{Key: past, Value: ref(q.After.ID)}}}},
			bson.D{{Key: key, Value: bson.D{{Key: past, Value: at}}}}}
		if q.Order == chat.ByActivity && q.After.Rank > 0 { // null, for no message yet, compares with no date
			farther = append(farther, bson.D{{Key: key, Value: nil}})
		}
		all = append(all, bson.D{{Key: "$or", Value: farther}})
	}
	if q.Text != "" {
		holds := bson.D{{Key: "$regex", Value: regexp.QuoteMeta(q.Text)}, {Key: "$options", Value: "i"}}
		all = append(all, bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: "name", Value: holds}},
			bson.D{{Key: "topic", Value: holds}}, bson.D{{Key: "description", Value: holds}}}}})
	}
	if len(all) > 0 {
		filter = append(filter, bson.E{Key: "$and", Value: all})
	}
	return filter, bson.D{{Key: key, Value: direction}, {Key: "_id", Value: direction}}
}

func momentOrNone(ms int64) any {
	if ms == 0 {
		return nil
	}
	return date(time.UnixMilli(ms))
}

// ArchivedChannels makes two reads.
func (s *Store) ArchivedChannels(ctx context.Context, userID string, limit int) ([]chat.Channel, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "channel_id", Value: 1}}))
	if err != nil || len(members) == 0 {
		return nil, err
	}
	ids := convert(members, func(m memberDoc) ref { return m.ChannelID })
	docs, err := all[channelDoc](ctx, s.channels,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "is_deleted", Value: true}, named},
		options.Find().SetSort(bson.D{{Key: "name_key", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, channelDoc.channel), err
}

// NewcomerChannels reads by the index of those that newcomers join, which are few.
func (s *Store) NewcomerChannels(ctx context.Context) ([]chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[channelDoc](ctx, s.channels,
		bson.D{{Key: "newcomers", Value: true}, {Key: "is_deleted", Value: false}, {Key: "type", Value: chat.Public}},
		options.Find().SetSort(bson.D{{Key: "name_key", Value: 1}}))
	return convert(docs, channelDoc.channel), err
}

// CountChannels counts archived channels too. It walks the index of those that are no conversations.
func (s *Store) CountChannels(ctx context.Context) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	n, err := s.channels.CountDocuments(ctx, bson.D{{Key: "is_deleted", Value: bson.D{{Key: "$in", Value: bson.A{false, true}}}}, named})
	return int(n), translate(err)
}

// UpdateChannel changes one document, on the condition that its name and type are what its key is made of: another server may
// change them meanwhile. It waits for appends under way, so that after it archived a channel none follows from this
// process.
func (s *Store) UpdateChannel(ctx context.Context, id string, change chat.ChannelChange) (chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	leave, err := s.lanes.enter(ctx, id)
	if err != nil {
		return chat.Channel{}, away(err)
	}
	defer leave()
	for {
		before, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(id)}})
		if err != nil {
			return chat.Channel{}, err
		}
		same := bson.D{{Key: "_id", Value: ref(id)}, {Key: "name", Value: before.Name}, {Key: "type", Value: before.Type}}
		doc, err := decode[channelDoc](s.channels.FindOneAndUpdate(ctx, same, set(channelFields(before.channel(), change)), after))
		if mongo.IsDuplicateKeyError(err) {
			return chat.Channel{}, chat.ErrChannelExists
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return doc.channel(), translate(err)
		}
	}
}

// channelFields returns the fields that a change of this channel sets.
func channelFields(c chat.Channel, change chat.ChannelChange) bson.D {
	if change.Name != nil {
		c.Name = *change.Name
	}
	if change.Type != nil {
		c.Type = *change.Type
	}
	fields := bson.D{{Key: "name", Value: c.Name}, {Key: "name_key", Value: fold(c.Name)},
		{Key: "type", Value: c.Type}, {Key: "public_key", Value: publicKey(c)}}
	fields = appendSet(fields, "description", change.Description)
	fields = appendSet(fields, "topic", change.Topic)
	fields = appendSet(fields, "posting", change.Posting)
	fields = appendSet(fields, "crowds", change.Crowds)
	fields = appendSet(fields, "inviting", change.Inviting)
	fields = appendSet(fields, "newcomers", change.Newcomers)
	fields = appendSet(fields, "keep_days", change.KeepDays)
	return appendSet(fields, "is_deleted", change.Archived)
}
