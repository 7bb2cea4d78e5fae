package sqlite

import (
	"context"
	"slices"
	"strings"

	lib "modernc.org/sqlite/lib"

	"pegasus/accounts"
	"pegasus/chat"
)

// CreateChannel implements chat.Store.
func (s *Store) CreateChannel(ctx context.Context, c chat.Channel, members []chat.Member) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.nameIsFree(c); err != nil {
			return err
		}
		err := b.exec(insertChannel, c.ID, c.Name, c.Description, string(c.Type), c.CreatedBy, millis(c.CreatedAt),
			c.Archived, len(members), c.Key, c.Topic, string(c.Rules.Posting), string(c.Rules.Crowds), string(c.Rules.Inviting), c.Newcomers)
		if breaks(err, lib.SQLITE_CONSTRAINT_UNIQUE) {
			return chat.ErrChannelExists
		}
		if err != nil {
			return err
		}
		for _, m := range members {
			m.ChannelID = c.ID
			if err := b.insertMember(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// nameIsFree refuses a public channel the name of another one.
func (b *batch) nameIsFree(c chat.Channel) error {
	if c.Type != chat.Public {
		return nil
	}
	taken, err := b.yes(findChannelName, c.Name, c.ID)
	if err == nil && taken {
		return chat.ErrChannelExists
	}
	return err
}

func (b *batch) insertMember(m chat.Member) error {
	b.changed.joined = append(b.changed.joined, m.UserID)
	err := b.exec(insertMember, m.ChannelID, m.UserID, string(m.Role), millis(m.JoinedAt), m.LastReadSeq,
		millis(m.LastReadAt), m.OwnUnread, m.ListedFrom)
	switch {
	case breaks(err, lib.SQLITE_CONSTRAINT_FOREIGNKEY):
		return accounts.ErrUserNotFound
	case breaks(err, lib.SQLITE_CONSTRAINT_PRIMARYKEY):
		return chat.ErrAlreadyMember
	}
	return err
}

// Channel implements chat.Store.
func (s *Store) Channel(ctx context.Context, id string) (chat.Channel, error) {
	if err := ctx.Err(); err != nil {
		return chat.Channel{}, err
	}
	if c, ok := s.cache.channel(id); ok {
		return c, nil
	}
	generation := s.cache.now()
	c, err := scanChannel(s.row(ctx, readChannel, id))
	if err != nil {
		return chat.Channel{}, orMissing(err, chat.ErrChannelNotFound)
	}
	s.cache.fill(generation, func() { s.cache.channels.put(id, c) })
	return c, nil
}

// ChannelByName implements chat.Store.
func (s *Store) ChannelByName(ctx context.Context, name string) (chat.Channel, error) {
	c, err := scanChannel(s.row(ctx, readChannelByName, name))
	return c, orMissing(err, chat.ErrChannelNotFound)
}

// Channels implements chat.Store.
func (s *Store) Channels(ctx context.Context, q chat.ChannelQuery) ([]chat.Channel, error) {
	text, limit, at := strings.ToLower(q.Text), max(0, q.Limit), q.After
	if q.Archived {
		return list(ctx, s.reads[readArchived], scanChannel, at.Name, at.ID, text, limit)
	}
	switch q.Order {
	case chat.ByActivity:
		return list(ctx, s.reads[readActiveChannels], scanChannel, at.Rank, at.ID, text, limit, q.Private)
	case chat.ByMembers:
		return list(ctx, s.reads[readLargeChannels], scanChannel, at.Rank, at.ID, text, limit, q.Private)
	}
	which := readPublicChannels
	if q.Private {
		which = readChannels
	}
	return list(ctx, s.reads[which], scanChannel, at.Name, at.ID, text, limit)
}

// ArchivedChannels implements chat.Store.
func (s *Store) ArchivedChannels(ctx context.Context, userID string, limit int) ([]chat.Channel, error) {
	return list(ctx, s.reads[readArchivedChannels], scanChannel, userID, max(0, limit))
}

// NewcomerChannels implements chat.Store.
func (s *Store) NewcomerChannels(ctx context.Context) ([]chat.Channel, error) {
	return list(ctx, s.reads[readNewcomerChannels], scanChannel)
}

// CountChannels implements chat.Store.
func (s *Store) CountChannels(ctx context.Context) (n int, err error) {
	err = s.row(ctx, readChannelCount).Scan(&n)
	return n, translate(err)
}

// UpdateChannel implements chat.Store.
func (s *Store) UpdateChannel(ctx context.Context, id string, change chat.ChannelChange) (c chat.Channel, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if c, err = b.readChannel(id); err != nil {
			return err
		}
		set(&c.Name, change.Name)
		set(&c.Description, change.Description)
		set(&c.Type, change.Type)
		set(&c.Archived, change.Archived)
		set(&c.Topic, change.Topic)
		set(&c.Rules.Posting, change.Posting)
		set(&c.Rules.Crowds, change.Crowds)
		set(&c.Rules.Inviting, change.Inviting)
		set(&c.Newcomers, change.Newcomers)
		set(&c.KeepDays, change.KeepDays)
		if err := b.nameIsFree(c); err != nil {
			return err
		}
		b.changed.channels = append(b.changed.channels, id)
		b.changed.allJoined = b.changed.allJoined || change.Archived != nil
		return b.exec(updateChannel, id, c.Name, c.Description, string(c.Type), c.Archived, c.Topic, string(c.Rules.Posting),
			string(c.Rules.Crowds), string(c.Rules.Inviting), c.Newcomers, c.KeepDays)
	})
	return c, err
}

// JoinedChannels implements chat.Store.
func (s *Store) JoinedChannels(ctx context.Context, userID string) ([]chat.Joined, error) {
	return list(ctx, s.reads[readJoined], scanJoined, userID)
}

// JoinedPlaces implements chat.Store. Every page asks for it, so that it is put together from the cache where that holds all.
func (s *Store) JoinedPlaces(ctx context.Context, userID string) ([]chat.Joined, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	places, held := s.cache.places(userID)
	if !held {
		var err error
		if places, err = s.readPlaces(ctx, userID); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(places, byName)
	return places, nil
}

func (s *Store) readPlaces(ctx context.Context, userID string) ([]chat.Joined, error) {
	generation := s.cache.now()
	places, err := list(ctx, s.reads[readJoinedPlaces], scanPlace, userID)
	if err != nil {
		return nil, err
	}
	s.cache.fill(generation, func() {
		ids := make([]string, len(places))
		for i, p := range places {
			ids[i] = p.Channel.ID
			s.cache.channels.put(p.Channel.ID, p.Channel)
			s.cache.members.put(place{p.Channel.ID, userID}, p.Member)
		}
		s.cache.named.put(userID, ids)
	})
	return places, nil
}

// byName is the order of NOCASE: capital letters of ASCII count as small ones.
func byName(a, b chat.Joined) int {
	for i := range min(len(a.Name), len(b.Name)) {
		if x, y := small(a.Name[i]), small(b.Name[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a.Name) - len(b.Name)
}

func small(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// JoinedChannelIDs implements chat.Store.
func (s *Store) JoinedChannelIDs(ctx context.Context, userID string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if ids, ok := s.cache.joinedIDs(userID); ok {
		return slices.Clone(ids), nil
	}
	generation := s.cache.now()
	ids, err := list(ctx, s.reads[readJoinedIDs], scanText, userID)
	if err != nil {
		return nil, err
	}
	kept := slices.Clone(ids)
	s.cache.fill(generation, func() { s.cache.joined.put(userID, kept) })
	return ids, nil
}
