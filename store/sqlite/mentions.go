package sqlite

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// mentioned returns the ids of those who are mentioned, or of those who are by name.
func mentioned(mentions []chat.Mention, named bool) []string {
	ids := []string{} // which JSON needs
	for _, m := range mentions {
		if m.Named == named {
			ids = append(ids, m.UserID)
		}
	}
	return ids
}

// mention stores whom a message mentions, besides those that it mentions already, and makes those named follow its thread.
func (b *batch) mention(messageID string, mentions []chat.Mention) (added []string, err error) {
	for _, named := range []bool{true, false} {
		ids := mentioned(mentions, named)
		if len(ids) == 0 {
			continue
		}
		more, err := list(context.Background(), b.w.stmts[insertMentions], scanText, messageID, document{ids}, named)
		if err != nil {
			return nil, err
		}
		if added = append(added, more...); named && len(more) > 0 {
			if err := b.exec(callToThread, messageID, document{more}); err != nil {
				return nil, err
			}
		}
	}
	return added, nil
}

// SetMentions implements chat.MentionStore.
func (s *Store) SetMentions(
	ctx context.Context, messageID string, mentions []chat.Mention, keepCrowd bool,
) (added []string, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if err := b.standing(messageID); err != nil {
			return err
		}
		all := append(mentioned(mentions, true), mentioned(mentions, false)...)
		if err := b.exec(deleteOtherMentions, messageID, document{all}, keepCrowd); err != nil {
			return err
		}
		added, err = b.mention(messageID, mentions)
		return err
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

type namedMember struct{ username, id string }

// MembersNamed implements chat.MentionStore.
func (s *Store) MembersNamed(ctx context.Context, channelID string, usernames []string) (map[string]string, error) {
	found, err := list(ctx, s.reads[readMembersNamed], func(r row) (m namedMember, err error) {
		err = r.Scan(&m.username, &m.id)
		return m, err
	}, channelID, document{usernames})
	ids := make(map[string]string, len(found))
	for _, m := range found {
		ids[m.username] = m.id
	}
	return ids, err
}

// MembersMatching implements chat.MentionStore.
func (s *Store) MembersMatching(ctx context.Context, channelID, prefix string, limit int) ([]accounts.User, error) {
	return watched(ctx, s.reads[readMembersMatching], scanUser, channelID, fold(prefix), max(0, limit))
}

// Mentions implements chat.MentionStore.
func (s *Store) Mentions(
	ctx context.Context, userID string, before time.Time, beforeID string, limit int,
) ([]chat.Message, error) {
	return list(ctx, s.reads[readMentions], scanMessage, userID, millis(before), beforeID, max(0, limit))
}

type mentionCount struct {
	channelID string
	n         int64
}

// UnreadMentions implements chat.MentionStore.
func (s *Store) UnreadMentions(ctx context.Context, userID string) (map[string]int64, error) {
	found, err := list(ctx, s.reads[readUnreadMentions], func(r row) (c mentionCount, err error) {
		err = r.Scan(&c.channelID, &c.n)
		return c, err
	}, userID)
	counts := make(map[string]int64, len(found))
	for _, c := range found {
		counts[c.channelID] = c.n
	}
	return counts, err
}
