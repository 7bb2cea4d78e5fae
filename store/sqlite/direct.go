package sqlite

import (
	"context"
	"time"

	"pegasus/chat"
)

// ChannelByKey implements chat.Store.
func (s *Store) ChannelByKey(ctx context.Context, key string) (chat.Channel, error) {
	c, err := scanChannel(s.row(ctx, readChannelByKey, key))
	return c, orMissing(err, chat.ErrChannelNotFound)
}

// Conversations implements chat.Store.
func (s *Store) Conversations(
	ctx context.Context, userID string, before time.Time, beforeID string, limit int,
) ([]chat.Joined, error) {
	return list(ctx, s.reads[readConversations], scanJoined, userID, millis(before), beforeID, max(0, limit))
}

// MembersOf implements chat.Store.
func (s *Store) MembersOf(ctx context.Context, channelIDs []string) ([]chat.Member, error) {
	return list(ctx, s.reads[readMembersOf], scanMember, document{channelIDs})
}

// ListConversation implements chat.Store.
func (s *Store) ListConversation(ctx context.Context, channelID, userID string) error {
	return s.setListed(ctx, listConversation, place{channelID, userID})
}

// HideConversation implements chat.Store.
func (s *Store) HideConversation(ctx context.Context, channelID, userID string) error {
	return s.setListed(ctx, hideConversation, place{channelID, userID})
}

func (s *Store) setListed(ctx context.Context, which write, p place) error {
	return s.writer.write(ctx, func(b *batch) error {
		b.changed.members = append(b.changed.members, p)
		n, err := b.affected(which, p.channel, p.user)
		if err == nil && n == 0 {
			return chat.ErrNotMember
		}
		return err
	})
}
