package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"pegasus/chat"
)

// AddMember implements chat.Store.
func (s *Store) AddMember(ctx context.Context, m chat.Member) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.countMember(m.ChannelID, 1); err != nil {
			return err
		}
		return b.insertMember(m)
	})
}

// JoinMember implements chat.Store.
func (s *Store) JoinMember(ctx context.Context, m chat.Member) error {
	return s.writer.write(ctx, func(b *batch) error {
		c, err := b.readChannel(m.ChannelID)
		if err == nil && (c.Type != chat.Public || c.Archived) {
			err = chat.ErrChannelNotFound
		}
		if err == nil {
			err = b.countMember(m.ChannelID, 1)
		}
		if err != nil {
			return err
		}
		return b.insertMember(m)
	})
}

// MuteMember implements chat.Store.
func (s *Store) MuteMember(ctx context.Context, channelID, userID string, until time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		b.changed.members = append(b.changed.members, place{channelID, userID})
		n, err := b.affected(muteMember, channelID, userID, millis(until))
		if err == nil && n == 0 {
			err = chat.ErrNotMember
		}
		if err != nil {
			return err
		}
		return b.exec(insertMute, channelID, userID, millis(until))
	})
}

// RemoveMember implements chat.Store.
func (s *Store) RemoveMember(ctx context.Context, channelID, userID string) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.countMember(channelID, -1); err != nil {
			return err
		}
		b.changed.members = append(b.changed.members, place{channelID, userID})
		b.changed.joined = append(b.changed.joined, userID)
		n, err := b.affected(deleteMember, channelID, userID)
		if err == nil && n == 0 {
			return chat.ErrNotMember
		}
		return err
	})
}

func (b *batch) countMember(channelID string, change int) error {
	b.changed.channels = append(b.changed.channels, channelID)
	n, err := b.affected(countMember, channelID, change)
	if err == nil && n == 0 {
		return chat.ErrChannelNotFound
	}
	return err
}

// SetMemberRole implements chat.Store.
func (s *Store) SetMemberRole(ctx context.Context, channelID, userID string, role chat.MemberRole) error {
	return s.writer.write(ctx, func(b *batch) error {
		if _, err := b.readChannel(channelID); err != nil {
			return err
		}
		m, err := b.readMember(place{channelID, userID})
		if err != nil {
			return err
		}
		if m.Role == chat.RoleAdmin && role != chat.RoleAdmin {
			var admins int
			if err := b.row(countAdmins, channelID).Scan(&admins); err != nil {
				return err
			}
			if admins == 1 {
				return chat.ErrLastAdmin
			}
		}
		b.changed.members = append(b.changed.members, place{channelID, userID})
		return b.exec(updateRole, channelID, userID, string(role))
	})
}

// Membership implements chat.Store.
func (s *Store) Membership(
	ctx context.Context, channelID, userID string,
) (c chat.Channel, m chat.Member, err error) {
	if err := ctx.Err(); err != nil {
		return c, m, err
	}
	p := place{channelID, userID}
	if c, m, ok := s.cache.membership(p); ok {
		return c, m, nil
	}
	generation := s.cache.now()
	err = s.row(ctx, readMembership, channelID, userID).Scan(append(channelTargets(&c), memberTargets(&m)...)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.outside(ctx, channelID)
	}
	if err != nil {
		return chat.Channel{}, chat.Member{}, translate(err)
	}
	s.cache.fill(generation, func() {
		s.cache.channels.put(channelID, c)
		s.cache.members.put(p, m)
	})
	return c, m, nil
}

// outside returns the error of someone who has no place in a channel.
func (s *Store) outside(ctx context.Context, channelID string) error {
	if _, err := s.Channel(ctx, channelID); err != nil {
		return err
	}
	return chat.ErrNotMember
}

// Members implements chat.Store.
func (s *Store) Members(ctx context.Context, channelID, after string, limit int) ([]chat.Member, error) {
	return list(ctx, s.reads[readMembers], scanMember, channelID, after, max(0, limit))
}

// ChannelAdmins implements chat.Store.
func (s *Store) ChannelAdmins(ctx context.Context, channelID string, limit int) ([]chat.Member, error) {
	return list(ctx, s.reads[readChannelAdmins], scanMember, channelID, max(0, limit))
}

// MembersAmong implements chat.Store.
func (s *Store) MembersAmong(ctx context.Context, channelID string, userIDs []string) ([]chat.Member, error) {
	return list(ctx, s.reads[readMembersAmong], scanMember, channelID, document{userIDs})
}

// MarkRead implements chat.Store.
func (s *Store) MarkRead(
	ctx context.Context, channelID, userID string, seq int64, now time.Time,
) (c chat.Channel, m chat.Member, err error) {
	if err := ctx.Err(); err != nil {
		return c, m, err
	}
	if c, m, ok := s.cache.membership(place{channelID, userID}); ok && min(seq, c.LastSeq) <= m.LastReadSeq {
		return c, m, nil
	}
	err = s.writer.writeLight(ctx, func(b *batch) error {
		c, m, err = b.markRead(place{channelID, userID}, seq, now)
		return err
	})
	return c, m, err
}

func (b *batch) markRead(p place, seq int64, now time.Time) (chat.Channel, chat.Member, error) {
	c, err := b.channel(p.channel)
	if err != nil {
		return chat.Channel{}, chat.Member{}, err
	}
	m, err := b.member(p)
	if err != nil {
		return chat.Channel{}, chat.Member{}, err
	}
	if mark := min(seq, c.LastSeq); mark > m.LastReadSeq {
		var own int64
		if mark < c.LastSeq {
			if err := b.row(countOwn, p.user, p.channel, mark).Scan(&own); err != nil {
				return chat.Channel{}, chat.Member{}, err
			}
		}
		m.LastReadSeq, m.LastReadAt, m.OwnUnread, m.dirty = mark, stored(now), own, true
	}
	return c.Channel, m.Member, nil
}
