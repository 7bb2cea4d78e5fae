package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
)

// words scans texts that are stored with spaces between them. Nearly every row has none, and costs nothing.
type words struct{ to *[]string }

func (w words) Scan(stored any) error {
	text, ok := stored.(string)
	if !ok {
		return fmt.Errorf("stored words are a %T", stored)
	}
	if *w.to = nil; text != "" {
		*w.to = strings.Fields(text)
	}
	return nil
}

func followingTargets(f *chat.Following) []any {
	return []any{&f.RootID, &f.ChannelID, &f.UserID, &f.Follows, &f.LastReadSeq, &f.Unread}
}

func scanFollowing(r row) (f chat.Following, err error) {
	err = r.Scan(followingTargets(&f)...)
	return f, err
}

func scanFollowed(r row) (f chat.Followed, err error) {
	err = r.Scan(append(followingTargets(&f.Following), messageTargets(&f.Root)...)...)
	return f, err
}

// threadState is what the root of a thread knows of its replies, as it stands in the transaction.
type threadState struct {
	rootID, channelID, authorID string
	replies                     int
	lastAt                      time.Time
	lastSeq                     int64
	participants                []string
}

// thread returns the state of a thread, nil where the root is missing.
func (b *batch) thread(rootID string) (*threadState, error) {
	if t, held := b.threads[rootID]; held {
		return t, nil
	}
	t := &threadState{rootID: rootID}
	err := b.row(findThread, rootID).Scan(&t.channelID, &t.authorID, &t.replies, words{&t.participants})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b.threads[rootID] = t
	return t, nil
}

// reply counts a reply that was just stored, under the state that flush writes. Its errors take the batch with them.
func (b *batch) reply(m chat.Message) error {
	t, err := b.thread(m.ParentID)
	if err != nil || t == nil {
		return err
	}
	t.replies, t.lastAt, t.lastSeq = t.replies+1, m.CreatedAt, m.Seq
	others := slices.DeleteFunc(t.participants, func(userID string) bool { return userID == m.UserID })
	t.participants = slices.Insert(others[:min(len(others), chat.MaxParticipants-1)], 0, m.UserID)
	if t.authorID != m.UserID {
		if err := b.exec(followThread, t.rootID, t.authorID, t.channelID, m.Seq-1); err != nil {
			return err
		}
	}
	return b.exec(replyToThread, t.rootID, m.UserID, t.channelID, m.Seq)
}

// flushThreads writes the threads that replies have changed.
func (b *batch) flushThreads() error {
	for _, t := range b.threads {
		err := b.exec(saveThread, t.rootID, t.replies, millis(t.lastAt), t.lastSeq, strings.Join(t.participants, " "))
		if err != nil {
			return err
		}
		if err := b.exec(moveThread, t.rootID); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) recountThread(rootID string) error {
	if err := b.exec(recountThread, rootID, chat.MaxParticipants); err != nil {
		return err
	}
	return b.exec(moveThread, rootID)
}

// importReplies puts replies that were just imported into their threads; a reply to a reply goes to the root.
func (b *batch) importReplies(fresh []chat.Message) error {
	roots := map[string]bool{}
	for _, m := range fresh {
		if m.ParentID == "" {
			continue
		}
		var rootID string
		if err := b.row(liftReply, m.ID).Scan(&rootID); err != nil {
			return err
		}
		roots[rootID] = true
	}
	for rootID := range roots {
		if _, err := b.w.conn.ExecContext(context.Background(), readImported, rootID); err != nil {
			return err
		}
		if err := b.recountThread(rootID); err != nil {
			return err
		}
		if err := b.exec(beginThread, rootID); err != nil {
			return err
		}
	}
	return nil
}

// Replies implements chat.ThreadStore.
func (s *Store) Replies(ctx context.Context, rootID string, page chat.Page) ([]chat.Message, error) {
	limit := max(0, page.Limit)
	backwards := func(before int64) ([]chat.Message, error) {
		return s.backwards(ctx, readRepliesBefore, rootID, before, limit)
	}
	switch {
	case page.After > 0:
		return list(ctx, s.reads[readRepliesAfter], scanMessage, rootID, page.After, limit)
	case page.Around > 0:
		before, err := backwards(page.Around)
		if err != nil {
			return nil, err
		}
		from, err := list(ctx, s.reads[readRepliesAfter], scanMessage, rootID, page.Around-1, limit)
		if err != nil {
			return nil, err
		}
		first := min(len(before), max(limit/2, limit-len(from)))
		return append(before[len(before)-first:], from[:min(len(from), limit-first)]...), nil
	case page.Before > 0:
		return backwards(page.Before)
	}
	return backwards(math.MaxInt64)
}

// Place implements chat.ThreadStore.
func (s *Store) Place(ctx context.Context, rootID, userID string) (chat.Following, error) {
	f, err := scanFollowing(s.row(ctx, readPlace, rootID, userID, chat.MaxUnreadReplies))
	if errors.Is(err, sql.ErrNoRows) {
		return chat.Following{}, nil
	}
	return f, translate(err)
}

// SetFollowing implements chat.ThreadStore.
func (s *Store) SetFollowing(ctx context.Context, rootID, userID string, follows bool) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.standing(rootID); err != nil {
			return err
		}
		return b.exec(setFollowing, rootID, userID, follows)
	})
}

// MarkThreadRead implements chat.ThreadStore.
func (s *Store) MarkThreadRead(ctx context.Context, rootID, userID string, seq int64) (chat.Following, error) {
	err := s.writer.write(ctx, func(b *batch) error { return b.exec(markThread, rootID, userID, seq) })
	if err != nil {
		return chat.Following{}, err
	}
	return s.Place(ctx, rootID, userID)
}

// Followers implements chat.ThreadStore.
func (s *Store) Followers(ctx context.Context, rootID string) ([]chat.Following, error) {
	return list(ctx, s.reads[readFollowers], scanFollowing, rootID)
}

// FollowedThreads implements chat.ThreadStore.
func (s *Store) FollowedThreads(
	ctx context.Context, userID string, unreadOnly bool, before time.Time, beforeID string, limit int,
) ([]chat.Followed, error) {
	which := readThreads
	if unreadOnly {
		which = readUnreadThreads
	}
	return list(ctx, s.reads[which], scanFollowed, userID, millis(before), beforeID, max(0, limit), chat.MaxUnreadReplies)
}

// UnreadThreads implements chat.ThreadStore.
func (s *Store) UnreadThreads(ctx context.Context, userID string) (n int, err error) {
	err = s.row(ctx, readUnreadThreadCount, userID, chat.MaxUnreadThreads).Scan(&n)
	return n, translate(err)
}
