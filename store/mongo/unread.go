package mongo

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// MarkUnread changes the member's document on the condition that neither a mark nor an append has changed it since it was
// read.
func (s *Store) MarkUnread(ctx context.Context, channelID, userID string, seq int64) (chat.Channel, chat.Member, error) {
	ctx, done := limited(ctx)
	defer done()
	for {
		c, m, err := s.places(ctx, channelID, userID)
		if err != nil {
			return chat.Channel{}, chat.Member{}, err
		}
		mark := max(0, seq-1)
		if mark >= m.LastReadSeq {
			return c.channel(), m.member(), nil
		}
		next, err := s.counted(ctx, c, m, mark)
		if err != nil {
			return chat.Channel{}, chat.Member{}, err
		}
		if replaced, err := s.replaceMark(ctx, m, next); err != nil {
			return chat.Channel{}, chat.Member{}, err
		} else if replaced {
			return c.channel(), next.member(), nil
		}
	}
}

// counted returns a place with another mark and the own messages after it, counted as far as the channel's last_seq: what has
// a number up to there is stored, and what is counted here no append adds again, for own_seq tells it so. The channel must
// have been read before the place.
func (s *Store) counted(ctx context.Context, c channelDoc, m memberDoc, mark int64) (memberDoc, error) {
	next := m
	next.LastReadSeq, next.OwnSeq = mark, max(m.OwnSeq, c.LastSeq)
	n, err := s.messages.CountDocuments(ctx, ownMessages(next, mark))
	next.OwnUnread = n
	return next, translate(err)
}

// replaceMark stores a place with its counts where they have not changed since it was read.
func (s *Store) replaceMark(ctx context.Context, m, next memberDoc) (replaced bool, err error) {
	result, err := s.members.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: m.ID}, {Key: "last_read_seq", Value: m.LastReadSeq}, {Key: "own_seq", Value: m.OwnSeq},
			{Key: "own_unread", Value: m.OwnUnread}},
		set(bson.D{{Key: "last_read_seq", Value: next.LastReadSeq}, {Key: "own_unread", Value: next.OwnUnread},
			{Key: "own_seq", Value: next.OwnSeq}}))
	return err == nil && result.MatchedCount == 1, translate(err)
}

// UnreadPlaces makes two reads: the person's places, and their channels.
func (s *Store) UnreadPlaces(ctx context.Context, userID string, limit int) ([]chat.Joined, error) {
	ctx, done := limited(ctx)
	defer done()
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}})
	if err != nil || len(members) == 0 {
		return nil, err
	}
	places := placesByChannel(members)
	channels, err := all[channelDoc](ctx, s.channels, openChannels(members))
	if err != nil {
		return nil, err
	}
	channels = slices.DeleteFunc(channels, func(c channelDoc) bool {
		m := places[c.ID].member()
		return m.Unread(c.LastSeq) == 0 || !m.IsListed(c.LastSeq)
	})
	slices.SortFunc(channels, func(a, b channelDoc) int { return compareActivity(a.channel(), b.channel()) })
	return convert(channels[:min(len(channels), max(0, limit))], func(c channelDoc) chat.Joined {
		return chat.Joined{Channel: c.channel(), Member: places[c.ID].member()}
	}), nil
}

// MessagesAfter makes one read, of a range of each channel's numbers.
func (s *Store) MessagesAfter(ctx context.Context, after map[string]int64, span int64) ([]chat.Message, error) {
	if len(after) == 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	var ranges bson.A
	for channelID, seq := range after {
		ranges = append(ranges, history(channelID, bson.D{{Key: "$gt", Value: seq}, {Key: "$lte", Value: seq + span}}))
	}
	docs, err := all[messageDoc](ctx, s.messages, bson.D{{Key: "$or", Value: ranges}}, options.Find().SetProjection(withoutHistory))
	slices.SortFunc(docs, func(a, b messageDoc) int {
		return cmp.Or(strings.Compare(string(a.ChannelID), string(b.ChannelID)), cmp.Compare(a.Seq, b.Seq))
	})
	return convert(docs, messageDoc.message), err
}

// RecountUnread makes four reads a step, and writes where something is wrong. The channels are read before the members, as
// counted needs it, so the members are read twice.
func (s *Store) RecountUnread(ctx context.Context, afterChannel, afterUser string, limit int) (chat.Recount, error) {
	ctx, done := limited(ctx)
	defer done()
	inOrder := options.Find().SetSort(bson.D{{Key: "channel_id", Value: 1}, {Key: "user_id", Value: 1}}).SetLimit(int64(max(1, limit)))
	members, err := all[memberDoc](ctx, s.members, membersAfter(afterChannel, afterUser), inOrder)
	step := chat.Recount{Checked: len(members)}
	if err != nil || len(members) == 0 {
		return step, err
	}
	ids := convert(members, func(m memberDoc) ref { return m.ChannelID })
	channels, err := all[channelDoc](ctx, s.channels, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: slices.Compact(ids)}}}})
	if err != nil {
		return chat.Recount{}, err
	}
	for _, c := range channels {
		if err := s.recountChannel(ctx, c, members, &step); err != nil {
			return chat.Recount{}, err
		}
	}
	if len(members) == limit {
		last := members[limit-1]
		step.ChannelID, step.UserID = string(last.ChannelID), string(last.UserID)
	}
	return step, nil
}

func membersAfter(channelID, userID string) bson.D {
	if channelID == "" {
		return bson.D{}
	}
	return bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "user_id", Value: bson.D{{Key: "$gt", Value: ref(userID)}}}},
		bson.D{{Key: "channel_id", Value: bson.D{{Key: "$gt", Value: ref(channelID)}}}},
	}}}
}

// recountChannel counts the own messages of those members of a step who are in a channel with one read, and looks at each
// whose count is not that again. Who has read everything has nothing to count and is wrong where something is.
func (s *Store) recountChannel(ctx context.Context, c channelDoc, members []memberDoc, step *chat.Recount) error {
	var ranges, marks bson.A
	var here []memberDoc
	for _, m := range members {
		if m.ChannelID != c.ID {
			continue
		}
		here = append(here, m)
		if m.LastReadSeq < c.LastSeq {
			ranges = append(ranges, ownMessages(memberDoc{ChannelID: c.ID, UserID: m.UserID, OwnSeq: max(m.OwnSeq, c.LastSeq)}, m.LastReadSeq))
			marks = append(marks, bson.D{{Key: "user_id", Value: m.UserID}, {Key: "channel_id", Value: c.ID},
				{Key: "seq", Value: bson.D{{Key: "$gt", Value: m.LastReadSeq}}}})
		}
	}
	tallies, err := countBy(ctx, s.messages, ranges, "user_id")
	if err != nil {
		return err
	}
	own := map[ref]int64{}
	for _, t := range tallies {
		own[t.ID] = t.N
	}
	for _, m := range here {
		if own[m.UserID] != m.OwnUnread {
			if err := s.recountMember(ctx, m, step); err != nil {
				return err
			}
		}
	}
	return s.dropEmptyMentions(ctx, marks, step)
}

// recountMember counts anew. Where the place changes meanwhile the next check looks at it again.
func (s *Store) recountMember(ctx context.Context, m memberDoc, step *chat.Recount) error {
	c, m, err := s.places(ctx, string(m.ChannelID), string(m.UserID))
	if err == chat.ErrNotMember || err == chat.ErrChannelNotFound {
		return nil
	} else if err != nil {
		return err
	}
	next, err := s.counted(ctx, c, m, m.LastReadSeq)
	if err != nil || next.OwnUnread == m.OwnUnread {
		return err
	}
	replaced, err := s.replaceMark(ctx, m, next)
	if replaced {
		step.Counts++
	}
	return err
}

// dropEmptyMentions removes the mentions among these that stand for no message.
func (s *Store) dropEmptyMentions(ctx context.Context, marks bson.A, step *chat.Recount) error {
	found, err := countBy(ctx, s.mentions, marks, "message_id")
	if err != nil || len(found) == 0 {
		return err
	}
	ids := convert(found, func(t tally) ref { return t.ID })
	standing, err := all[messageDoc](ctx, s.messages,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}, {Key: "is_deleted", Value: false}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	there := map[ref]bool{}
	for _, m := range standing {
		there[m.ID] = true
	}
	ids = slices.DeleteFunc(ids, func(id ref) bool { return there[id] })
	if len(ids) == 0 {
		return nil
	}
	var result *mongo.DeleteResult
	result, err = s.mentions.DeleteMany(ctx, bson.D{{Key: "message_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	if err == nil {
		step.Mentions += int(result.DeletedCount)
	}
	return translate(err)
}
