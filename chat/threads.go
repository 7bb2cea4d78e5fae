package chat

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of threads.
const (
	MaxParticipants  = 5   // people whom a thread names under its first message
	MaxUnreadReplies = 100 // as far as unread replies are counted: that many means at least that many
	MaxUnreadThreads = 100 // as far as threads with unread replies are counted, likewise
)

// A thread is a message, its root, with the replies to it. A reply is a message of the same channel with a number there; a
// reply to a reply belongs to the root.

// Following is a person's place in a thread. The zero value is that of somebody who never had one.
type Following struct {
	RootID    string
	ChannelID string
	UserID    string
	Follows   bool
	// LastReadSeq is the number of the newest reply that they have read. Their own replies move it: who answers has read.
	LastReadSeq int64
	Unread      int // replies after LastReadSeq, at most MaxUnreadReplies
}

// Followed is a thread that a person follows.
type Followed struct {
	Following
	Root Message
}

// Cursor names the place of a thread in its follower's list, for the page after it.
func (f Followed) Cursor() string { return placeCursor(f.Root.LastReplyAt, f.Root.ID) }

// ThreadStore keeps what threads have beside their messages.
//
// AppendMessage of a message with a ParentID counts it at that message, which is a root, and makes the author of the root
// follow the thread where they have no place in it, and the author of the reply in any case. Who is mentioned by name
// follows in any case too, with the mention as unread. DeleteMessage of a reply counts anew, and of a root ends the thread
// for its followers. Erasing a person drops their places.
type ThreadStore interface {
	// Replies returns a page of a thread's replies in ascending order, without deleted ones.
	Replies(ctx context.Context, rootID string, page Page) ([]Message, error)
	// Place returns a person's place in a thread, with Unread.
	Place(ctx context.Context, rootID, userID string) (Following, error)
	// SetFollowing makes a person follow a thread, or follow it no more. Who begins to has read all of it.
	SetFollowing(ctx context.Context, rootID, userID string, follows bool) error
	// MarkThreadRead moves the mark of a person who has a place in a thread to seq, never back and never past the newest
	// reply, and returns the place after it.
	MarkThreadRead(ctx context.Context, rootID, userID string, seq int64) (Following, error)
	// Followers returns the places of all who follow a thread and are in its channel, without Unread.
	Followers(ctx context.Context, rootID string) ([]Following, error)
	// FollowedThreads returns up to limit threads with replies that a person follows, in the channels that they are in, the
	// newest reply first and by descending id where that is the same, after the place given; the zero time is the
	// beginning. It makes a fixed number of reads.
	FollowedThreads(ctx context.Context, userID string, unreadOnly bool, before time.Time, beforeID string, limit int) ([]Followed, error)
	// UnreadThreads returns how many of these threads have unread replies, at most MaxUnreadThreads.
	UnreadThreads(ctx context.Context, userID string) (int, error)
}

// root finds the root of the thread that a message which the actor may see begins or belongs to.
func (s *Service) root(ctx context.Context, actor accounts.User, messageID string) (Message, error) {
	m, _, err := s.visible(ctx, actor, messageID)
	if err == nil && m.ParentID != "" {
		m, _, err = s.visible(ctx, actor, m.ParentID)
	}
	return m, err
}

// Thread is a part of a thread as one of its readers has it.
type Thread struct {
	Root    Message
	Place   Following
	Replies []Message // in ascending order
}

// Thread returns a part of the thread that a message begins or belongs to: with no bound the first replies.
func (s *Service) Thread(ctx context.Context, actor accounts.User, messageID string, cut Cut) (Thread, error) {
	root, err := s.root(ctx, actor, messageID)
	if err != nil {
		return Thread{}, err
	}
	page, err := s.page(ctx, root.ChannelID, cut)
	if err != nil {
		return Thread{}, err
	}
	if page.Before == 0 && page.After == 0 && page.Around == 0 && !cut.Newest {
		page.After = root.Seq
	}
	t := Thread{Root: root}
	if t.Place, err = s.store.Place(ctx, root.ID, actor.ID); err != nil {
		return Thread{}, err
	}
	t.Replies, err = s.store.Replies(ctx, root.ID, page)
	for i := range t.Replies {
		s.refresh(&t.Replies[i])
	}
	return t, err
}

// Reply posts a message to the thread that another message begins or belongs to. It is PostMessage otherwise.
func (s *Service) Reply(ctx context.Context, actor accounts.User, messageID string, d Draft) (Message, error) {
	root, err := s.root(ctx, actor, messageID)
	if err != nil {
		return Message{}, err
	}
	d.ParentID = root.ID
	return s.PostMessage(ctx, actor, root.ChannelID, d)
}

// SayReply is Say for a thread.
func (s *Service) SayReply(ctx context.Context, actor accounts.User, messageID string, d Draft) (Outcome, error) {
	root, err := s.root(ctx, actor, messageID)
	if err != nil {
		return Outcome{}, err
	}
	d.ParentID = root.ID
	return s.Say(ctx, actor, root.ChannelID, d)
}

// FollowThread makes the actor follow the thread that a message begins or belongs to, or follow it no more, until they
// reply or are mentioned there by name.
func (s *Service) FollowThread(ctx context.Context, actor accounts.User, messageID string, follows bool) (Following, error) {
	return s.changePlace(ctx, actor, messageID, func(ctx context.Context, root Message) error {
		return s.store.SetFollowing(ctx, root.ID, actor.ID, follows)
	})
}

// MarkThreadRead moves the actor's mark in a thread that they follow to the reply number seq, or to the newest where seq
// is 0.
func (s *Service) MarkThreadRead(ctx context.Context, actor accounts.User, messageID string, seq int64) (Following, error) {
	return s.changePlace(ctx, actor, messageID, func(ctx context.Context, root Message) error {
		if seq <= 0 {
			seq = root.LastReplySeq
		}
		_, err := s.store.MarkThreadRead(ctx, root.ID, actor.ID, seq)
		return err
	})
}

// changePlace changes the actor's place in a thread and tells their other tabs.
func (s *Service) changePlace(
	ctx context.Context, actor accounts.User, messageID string, change func(context.Context, Message) error,
) (Following, error) {
	root, err := s.root(ctx, actor, messageID)
	if err != nil {
		return Following{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := change(ctx, root); err != nil {
		return Following{}, orMessage(err)
	}
	place, err := s.store.Place(ctx, root.ID, actor.ID)
	if err != nil {
		return Following{}, err
	}
	news := threadNews(root)
	news.UserID, news.Follows, news.Unread = actor.ID, place.Follows, place.Follows && place.Unread > 0
	s.events.Publish(userTopic(actor.ID), news)
	return place, nil
}

// Threads lists up to limit threads that the actor follows and may see, the one with the newest reply first, after the one
// whose cursor is given.
func (s *Service) Threads(ctx context.Context, actor accounts.User, unreadOnly bool, cursor string, limit int) ([]Followed, error) {
	before, beforeID, err := parsePlace(cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.store.FollowedThreads(ctx, actor.ID, unreadOnly, before, beforeID, limit)
	for i := range found {
		s.refresh(&found[i].Root)
	}
	return found, err
}

// MarkThreadsRead marks the threads that the actor follows as read, MaxUnreadThreads at a time, and returns how many there
// were.
func (s *Service) MarkThreadsRead(ctx context.Context, actor accounts.User) (int, error) {
	found, err := s.Threads(ctx, actor, true, "", MaxUnreadThreads)
	if err != nil {
		return 0, err
	}
	for i, f := range found {
		_, err := s.MarkThreadRead(ctx, actor, f.Root.ID, 0)
		if err != nil && !fault.Is(err, fault.NotFound) { // deleted or out of sight meanwhile
			return i, err
		}
	}
	return len(found), nil
}

// UnreadThreads returns how many threads that the actor follows have unread replies, at most MaxUnreadThreads.
func (s *Service) UnreadThreads(ctx context.Context, actor accounts.User) (int, error) {
	return s.store.UnreadThreads(ctx, actor.ID)
}

// parent returns the root that a reply to a message of this channel belongs to, "" for a message that replies to none.
func (s *Service) parent(ctx context.Context, channelID, parentID string) (rootID string, err error) {
	if parentID == "" {
		return "", nil
	}
	bad := fault.Field("parent_message_id", "INVALID_PARENT", "The message that this one replies to is not in this channel.")
	for range 2 {
		if !id.Valid(parentID) {
			return "", bad
		}
		m, err := s.store.Message(ctx, parentID)
		if fault.Is(err, fault.NotFound) || err == nil && (m.ChannelID != channelID || m.Deleted) {
			return "", bad
		}
		if err != nil || m.ParentID == "" {
			return m.ID, err
		}
		parentID = m.ParentID
	}
	return "", bad // a reply to a reply to a reply, which no store keeps
}

// tellThread tells of a thread after a reply was stored or deleted, and returns the ids of its followers. The reply is
// stored: where the database does not answer now, the others see what has become of the thread with their next look.
func (s *Service) tellThread(ctx context.Context, rootID string) (followers []string) {
	root, err := s.store.Message(ctx, rootID)
	if err != nil || root.Deleted {
		return nil
	}
	news := threadNews(root)
	s.events.Publish(channelTopic(root.ChannelID), news)
	places, err := s.store.Followers(ctx, rootID)
	if err != nil {
		return nil
	}
	for _, p := range places {
		news.UserID, news.Follows, news.Unread = p.UserID, true, p.LastReadSeq < root.LastReplySeq
		s.events.Publish(userTopic(p.UserID), news)
		followers = append(followers, p.UserID)
	}
	return followers
}

func threadNews(root Message) ThreadUpdated {
	return ThreadUpdated{
		ChannelID: root.ChannelID, MessageID: root.ID, ReplyCount: root.ReplyCount, LastReplyAt: root.LastReplyAt, Seq: root.LastReplySeq,
	}
}

// placeCursor names a place in a list that is ordered by time and id.
func placeCursor(at time.Time, id string) string { return fmt.Sprintf("%d-%s", at.UnixMilli(), id) }

func parsePlace(cursor string) (at time.Time, placed string, err error) {
	if cursor == "" {
		return time.Time{}, "", nil
	}
	ms, placed, _ := strings.Cut(cursor, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || n <= 0 || !id.Valid(placed) {
		return time.Time{}, "", fault.Field("cursor", "INVALID_CURSOR", "This is not the cursor of this list.")
	}
	return time.UnixMilli(n), placed, nil
}
