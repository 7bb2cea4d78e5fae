package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// place finds a membership.
func place(channelID, userID string) bson.D {
	return bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "user_id", Value: ref(userID)}}
}

// changeMembers runs a change of who is in a channel that exists, while this process appends nothing to the channel, and
// then counts the members anew. Where counting fails or the process ends before it, the next change mends the count: it
// counts also where it finds nothing to change.
func (s *Store) changeMembers(ctx context.Context, channelID string, change func(ctx context.Context) error) error {
	ctx, done := limited(ctx)
	defer done()
	leave, err := s.lanes.enter(ctx, channelID)
	if err != nil {
		return away(err)
	}
	defer leave()
	filter := bson.D{{Key: "_id", Value: ref(channelID)}}
	if found, err := exists(ctx, s.channels, filter); err != nil {
		return err
	} else if !found {
		return chat.ErrChannelNotFound
	}
	refusal := change(ctx)
	if refusal != nil && !fault.Is(refusal, fault.Conflict) && !fault.Is(refusal, fault.NotFound) {
		return refusal
	}
	n, err := s.members.CountDocuments(ctx, bson.D{{Key: "channel_id", Value: ref(channelID)}})
	if err != nil {
		return translate(err)
	}
	_, err = s.channelCounts.UpdateOne(ctx, filter, set(bson.D{{Key: "member_count", Value: n}}))
	if err != nil {
		return translate(err)
	}
	return refusal
}

// AddMember inserts one document; the unique index decides.
func (s *Store) AddMember(ctx context.Context, m chat.Member) error {
	return s.changeMembers(ctx, m.ChannelID, func(ctx context.Context) error { return s.insertMember(ctx, m) })
}

func (s *Store) insertMember(ctx context.Context, m chat.Member) error {
	if err := s.mustExist(ctx, m.UserID); err != nil {
		return err
	}
	mute, err := one[memberDoc](ctx, s.mutes, place(m.ChannelID, m.UserID))
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return translate(err)
	}
	m.MutedUntil = mute.MutedUntil.time()
	_, err = s.members.InsertOne(ctx, newMemberDoc(id.New(time.Now()), m))
	if mongo.IsDuplicateKeyError(err) {
		return chat.ErrAlreadyMember
	}
	return translate(err)
}

// JoinMember looks at the channel again once the membership stands, and takes it back where another server has just made
// the channel private or archived it: of a join and such a change at once, one sees the other.
func (s *Store) JoinMember(ctx context.Context, m chat.Member) error {
	return s.changeMembers(ctx, m.ChannelID, func(ctx context.Context) error {
		if err := s.mustBeOpen(ctx, m.ChannelID); err != nil {
			return err
		}
		if err := s.insertMember(ctx, m); err != nil {
			return err
		}
		refusal := s.mustBeOpen(ctx, m.ChannelID)
		if refusal == nil {
			return nil
		}
		if _, err := s.members.DeleteOne(context.WithoutCancel(ctx), place(m.ChannelID, m.UserID)); err != nil {
			return translate(err)
		}
		return refusal
	})
}

func (s *Store) mustBeOpen(ctx context.Context, channelID string) error {
	c, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}})
	if err == nil && (chat.ChannelType(c.Type) != chat.Public || c.Archived) {
		err = chat.ErrChannelNotFound
	}
	return err
}

// MuteMember writes first what outlasts the membership, so that who leaves meanwhile finds it when they come back.
func (s *Store) MuteMember(ctx context.Context, channelID, userID string, until time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	leave, err := s.lanes.enter(ctx, channelID)
	if err != nil {
		return away(err)
	}
	defer leave()
	if _, _, err := s.places(ctx, channelID, userID); err != nil {
		return err
	}
	muted := set(bson.D{{Key: "muted_until", Value: date(stored(until))}})
	_, err = s.mutes.UpdateOne(ctx, place(channelID, userID), muted, options.Update().SetUpsert(true))
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return translate(err)
	}
	_, err = s.members.UpdateOne(ctx, place(channelID, userID), muted)
	return translate(err)
}

// RemoveMember waits for appends under way and keeps new ones out until the membership is gone. Another server that has
// read the membership just before may still store a message; it finds the membership gone when it adds to own_unread,
// marks the message as deleted and refuses it.
func (s *Store) RemoveMember(ctx context.Context, channelID, userID string) error {
	return s.changeMembers(ctx, channelID, func(ctx context.Context) error {
		result, err := s.members.DeleteOne(ctx, place(channelID, userID))
		if err == nil && result.DeletedCount == 0 {
			return chat.ErrNotMember
		}
		return translate(err)
	})
}

// SetMemberRole takes a role away only where somebody else keeps it, and looks again afterwards: where two servers take the
// last two admins' roles at once, each gives its own back and refuses.
func (s *Store) SetMemberRole(ctx context.Context, channelID, userID string, role chat.MemberRole) error {
	ctx, done := limited(ctx)
	defer done()
	leave, err := s.lanes.enter(ctx, channelID)
	if err != nil {
		return away(err)
	}
	defer leave()
	_, member, err := s.membership(ctx, channelID, userID)
	if err != nil {
		return err
	}
	demotion := member.Role == chat.RoleAdmin && role != chat.RoleAdmin
	if demotion {
		if err := s.otherAdmin(ctx, channelID, userID); err != nil {
			return err
		}
	}
	if err := s.setRole(ctx, channelID, userID, role); err != nil || !demotion {
		return err
	}
	refusal := s.otherAdmin(ctx, channelID, userID)
	if fault.Is(refusal, fault.Conflict) {
		if err := s.setRole(ctx, channelID, userID, chat.RoleAdmin); err != nil {
			return err
		}
	}
	return refusal
}

func (s *Store) setRole(ctx context.Context, channelID, userID string, role chat.MemberRole) error {
	result, err := s.members.UpdateOne(ctx, place(channelID, userID), set(bson.D{{Key: "role", Value: role}}))
	if err == nil && result.MatchedCount == 0 {
		return chat.ErrNotMember
	}
	return translate(err)
}

// otherAdmin refuses where nobody but this person administers the channel.
func (s *Store) otherAdmin(ctx context.Context, channelID, userID string) error {
	found, err := exists(ctx, s.members, bson.D{{Key: "channel_id", Value: ref(channelID)},
		{Key: "user_id", Value: bson.D{{Key: "$ne", Value: ref(userID)}}}, {Key: "role", Value: chat.RoleAdmin}})
	if err == nil && !found {
		return chat.ErrLastAdmin
	}
	return err
}

// Membership reads the channel and the membership, one after the other.
func (s *Store) Membership(ctx context.Context, channelID, userID string) (chat.Channel, chat.Member, error) {
	ctx, done := limited(ctx)
	defer done()
	return s.membership(ctx, channelID, userID)
}

func (s *Store) membership(ctx context.Context, channelID, userID string) (chat.Channel, chat.Member, error) {
	channel, member, err := s.places(ctx, channelID, userID)
	if err != nil {
		return chat.Channel{}, chat.Member{}, err
	}
	return channel.channel(), member.member(), nil
}

func (s *Store) places(ctx context.Context, channelID, userID string) (c channelDoc, m memberDoc, err error) {
	if c, err = s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}}); err != nil {
		return c, m, err
	}
	m, err = one[memberDoc](ctx, s.members, place(channelID, userID))
	return c, m, orMissing(err, chat.ErrNotMember)
}

// Members returns a page in the order of user ids.
func (s *Store) Members(ctx context.Context, channelID, after string, limit int) ([]chat.Member, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter := bson.D{{Key: "channel_id", Value: ref(channelID)}}
	if after != "" {
		filter = append(filter, bson.E{Key: "user_id", Value: bson.D{{Key: "$gt", Value: ref(after)}}})
	}
	docs, err := all[memberDoc](ctx, s.members, filter,
		options.Find().SetSort(bson.D{{Key: "user_id", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, memberDoc.member), err
}

// ChannelAdmins finds by the index of roles.
func (s *Store) ChannelAdmins(ctx context.Context, channelID string, limit int) ([]chat.Member, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[memberDoc](ctx, s.members, bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "role", Value: chat.RoleAdmin}},
		options.Find().SetSort(bson.D{{Key: "user_id", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, memberDoc.member), err
}

// MembersAmong finds by the index of places.
func (s *Store) MembersAmong(ctx context.Context, channelID string, userIDs []string) ([]chat.Member, error) {
	if len(userIDs) == 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[memberDoc](ctx, s.members,
		bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "user_id", Value: bson.D{{Key: "$in", Value: refs(userIDs)}}}})
	return convert(docs, memberDoc.member), err
}

// MarkRead changes the member's document on the condition that neither a mark nor an append has changed it since it was
// read. own_seq says which own messages own_unread counts, so that none is counted twice or left out.
func (s *Store) MarkRead(
	ctx context.Context, channelID, userID string, seq int64, now time.Time,
) (chat.Channel, chat.Member, error) {
	ctx, done := limited(ctx)
	defer done()
	for {
		c, m, err := s.places(ctx, channelID, userID)
		if err != nil {
			return chat.Channel{}, chat.Member{}, err
		}
		mark := min(seq, c.LastSeq)
		if mark <= m.LastReadSeq {
			return c.channel(), m.member(), nil
		}
		next := m
		next.LastReadSeq, next.LastReadAt, next.OwnUnread = mark, date(stored(now)), 0
		if mark < m.OwnSeq {
			next.OwnUnread, err = s.messages.CountDocuments(ctx, ownMessages(m, mark))
			if err != nil {
				return chat.Channel{}, chat.Member{}, translate(err)
			}
		}
		result, err := s.members.UpdateOne(ctx,
			bson.D{{Key: "_id", Value: m.ID}, {Key: "last_read_seq", Value: m.LastReadSeq}, {Key: "own_seq", Value: m.OwnSeq}},
			set(bson.D{{Key: "last_read_seq", Value: next.LastReadSeq}, {Key: "last_read_at", Value: next.LastReadAt},
				{Key: "own_unread", Value: next.OwnUnread}}))
		if err != nil {
			return chat.Channel{}, chat.Member{}, translate(err)
		}
		if result.MatchedCount == 1 {
			return c.channel(), next.member(), nil
		}
	}
}

// ownMessages finds a member's own messages after a mark, as far as own_unread knows of them.
func ownMessages(m memberDoc, mark int64) bson.D {
	return bson.D{{Key: "user_id", Value: m.UserID}, {Key: "channel_id", Value: m.ChannelID},
		{Key: "seq", Value: bson.D{{Key: "$gt", Value: mark}, {Key: "$lte", Value: m.OwnSeq}}}}
}
