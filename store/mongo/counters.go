package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"pegasus/chat"
)

// count brings the counters up to a batch that is stored, and finds out whether another server has archived the channel or
// removed an author meanwhile: their messages are marked as deleted and refused.
//
// The members come before the channel: a mark goes no further than last_seq, so it finds the messages before it counted.
// The counters need not be on disk themselves, except where they stand for a message that an earlier call stored: with a
// repetition the write is confirmed by the majority, and so is all that was written before it.
func (s *Store) count(ctx context.Context, channelID string, batch []*posting) error {
	channels, members := s.channelCounts, s.memberCounts
	var last *posting
	for _, p := range batch {
		if p.repeated {
			channels, members = s.channels, s.members
		}
		if p.counts(channelID) && (last == nil || p.message.Seq > last.message.Seq) {
			last = p
		}
	}
	if last == nil {
		return nil
	}
	if err := s.countMembers(ctx, members, channelID, batch); err != nil {
		return err
	}
	return s.countChannel(ctx, channels, channelID, batch, last)
}

// counts reports whether a posting stands for a message of this channel. A key may have been used in another.
func (p *posting) counts(channelID string) bool {
	return p.err == nil && p.message.ChannelID == channelID
}

// countChannel moves last_seq on, never back.
func (s *Store) countChannel(
	ctx context.Context, channels *mongo.Collection, channelID string, batch []*posting, last *posting,
) error {
	m := last.message
	result, err := channels.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(channelID)}, {Key: "is_deleted", Value: false},
			{Key: "last_seq", Value: bson.D{{Key: "$lt", Value: m.Seq}}}},
		set(bson.D{{Key: "last_seq", Value: m.Seq}, {Key: "last_message_at", Value: date(m.CreatedAt)},
			{Key: "last_message_id", Value: ref(m.ID)}}))
	if err != nil || result.MatchedCount == 1 {
		return translate(err)
	}
	channel, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}})
	if err != nil || !channel.Archived {
		return err
	}
	for _, p := range batch {
		if p.err == nil && !p.repeated {
			if err := s.refuse(ctx, p, chat.ErrChannelNotFound); err != nil {
				return err
			}
		}
	}
	return nil
}

// countMembers adds to own_unread what own_seq shows is not in it yet.
func (s *Store) countMembers(ctx context.Context, members *mongo.Collection, channelID string, batch []*posting) error {
	updates := ownUpdates(channelID, batch)
	if len(updates) == 0 {
		return nil
	}
	result, err := members.BulkWrite(ctx, updates)
	if err != nil || result.MatchedCount == int64(len(updates)) {
		return translate(err)
	}
	present, err := s.present(ctx, channelID, batch)
	if err != nil {
		return err
	}
	for _, p := range batch {
		if p.err == nil && !p.repeated && !p.guest && !present[ref(p.message.UserID)] {
			if err := s.refuse(ctx, p, chat.ErrNotMember); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownUpdates makes one update for what each author has newly stored, and before them one for each older message that was
// repeated, because its own update may have been lost.
func ownUpdates(channelID string, batch []*posting) (updates []mongo.WriteModel) {
	type tally struct{ messages, newest int64 }
	fresh := map[string]*tally{}
	stored := map[string]bool{}
	for _, p := range batch {
		if !p.counts(channelID) || p.repeated {
			continue
		}
		stored[p.message.ID] = true
		t := fresh[p.message.UserID]
		if t == nil {
			t = &tally{}
			fresh[p.message.UserID] = t
		}
		t.messages++
		t.newest = max(t.newest, p.message.Seq)
	}
	add := func(author string, messages, newest int64) {
		filter := append(place(channelID, author), bson.E{Key: "own_seq", Value: bson.D{{Key: "$lt", Value: newest}}},
			bson.E{Key: "last_read_seq", Value: bson.D{{Key: "$lt", Value: newest}}})
		updates = append(updates, mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(bson.D{
			{Key: "$set", Value: bson.D{{Key: "own_seq", Value: newest}}},
			{Key: "$inc", Value: bson.D{{Key: "own_unread", Value: messages}}},
		}))
	}
	for _, p := range batch {
		if p.counts(channelID) && p.repeated && !stored[p.message.ID] {
			stored[p.message.ID] = true
			add(p.message.UserID, 1, p.message.Seq)
		}
	}
	for author, t := range fresh {
		add(author, t.messages, t.newest)
	}
	return updates
}
