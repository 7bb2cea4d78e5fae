package chat_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

func (w *world) hasUnread(t *testing.T, u accounts.User, c chat.Channel, want int64) {
	t.Helper()
	c, place, err := w.store.Membership(t.Context(), c.ID, u.ID)
	must(t, err)
	if got := place.Unread(c.LastSeq); got != want {
		t.Errorf("%s has %d unread messages, want %d", u.Username, got, want)
	}
}

// sweeping is a store as a sweep meets it.
type sweeping struct {
	chat.Store
	read   int // messages
	broken bool
}

func (s *sweeping) Messages(ctx context.Context, channelID string, page chat.Page) ([]chat.Message, error) {
	messages, err := s.Store.Messages(ctx, channelID, page)
	s.read += len(messages)
	return messages, err
}

func (s *sweeping) RemoveMessages(ctx context.Context, ids []string, before, now time.Time) ([]chat.Message, error) {
	if !s.broken {
		return s.Store.RemoveMessages(ctx, ids, before, now)
	}
	removed, err := s.Store.RemoveMessages(ctx, ids[:len(ids)/2], before, now)
	return removed, errors.Join(err, errors.New("away"))
}

// over lets the world have another store.
func (w *world) over(store chat.Store) {
	w.Service = chat.NewService(chat.Options{
		Store: store, Events: w, Now: w.now, Render: render, Names: text.Names, Renderer: 3, User: w.store.User, Jobs: w.store,
	})
}

// old makes a channel with messages of boss that are two days old, and keeps messages for a day from now on.
func (w *world) old(t *testing.T, messages int, others ...accounts.User) (boss, ann accounts.User, c chat.Channel) {
	t.Helper()
	must(t, w.StartRetention(t.Context()))
	boss, ann = w.person(t, "boss", accounts.RoleAdmin), w.person(t, "ann", accounts.RoleUser)
	c = w.channel(t, chat.Public, boss, append(others, ann)...)
	for i := range messages {
		w.post(t, boss, c.ID, fmt.Sprint(i))
	}
	w.later(2 * aDay)
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{Days: 1}))
	return boss, ann, c
}

func TestWhatWasRemovedBeforeAFailureIsUnreadForNobody(t *testing.T) {
	w := newWorld(t)
	store := &sweeping{Store: w.store, broken: true}
	w.over(store)
	boss, ann, c := w.old(t, 10)
	w.sweeper(t).Once(t.Context())
	if _, _, problem, err := w.Sweeps(t.Context(), boss); err != nil || problem == "" {
		t.Fatalf("the failure is not seen: %v", err)
	}
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{}))
	store.broken = false
	w.later(2 * time.Minute)
	w.sweepAll(t, boss)
	if got := len(w.texts(t, boss, c.ID)); got != 5 {
		t.Errorf("%d messages are left", got)
	}
	w.hasUnread(t, ann, c, 5)
}

// leaving is a store in which of those who are behind all but one leave each time.
type leaving struct{ chat.Store }

func (s leaving) PassRead(ctx context.Context, channelID string, seq int64, _ int) (chat.Channel, []chat.Member, error) {
	return s.Store.PassRead(ctx, channelID, seq, 1)
}

func TestWhatWasRemovedIsUnreadForNobodyWhoeverLeavesMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.over(leaving{w.store})
	ben := w.person(t, "ben", accounts.RoleUser)
	boss, ann, c := w.old(t, 3, ben)
	w.sweepAll(t, boss)
	for _, u := range []accounts.User{boss, ann, ben} {
		w.hasUnread(t, u, c, 0)
	}
}

func TestAChannelThatComesIntoTheWayIsSweptFromItsStart(t *testing.T) {
	w := newWorld(t)
	boss, ann, c := w.old(t, 450)
	early := chat.Channel{ID: "00000000-0000-7000-8000-000000000001", Name: "early", Type: chat.Public, CreatedAt: w.now()}
	w.sweeper(t).Once(t.Context())

	must(t, w.store.CreateChannel(t.Context(), early, []chat.Member{{ChannelID: early.ID, UserID: boss.ID, Role: chat.RoleAdmin, JoinedAt: w.now()}}))
	w.later(-2 * aDay)
	w.post(t, boss, early.ID, "old")
	w.later(2 * aDay)
	w.sweepAll(t, boss)
	for _, c := range []chat.Channel{early, c} {
		if got := w.texts(t, boss, c.ID); len(got) != 0 {
			t.Errorf("in %s there is %v", c.Name, got)
		}
	}
	w.hasUnread(t, ann, c, 0)
}

func TestChannelsInWhichNothingIsOldCostOneMessageEach(t *testing.T) {
	w := newWorld(t)
	store := &sweeping{Store: w.store}
	w.over(store)
	must(t, w.StartRetention(t.Context()))
	boss := w.person(t, "boss", accounts.RoleAdmin)
	const channels = 20
	for range channels {
		c := w.channel(t, chat.Public, boss)
		for range 30 {
			w.post(t, boss, c.ID, "young")
		}
	}
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{Days: 1}))
	store.read = 0
	w.sweeper(t).Once(t.Context())
	last, _, _, err := w.Sweeps(t.Context(), boss)
	must(t, err)
	if last.Ended.IsZero() || store.read != channels {
		t.Errorf("one step read %d messages of %d channels, and ended: %v", store.read, channels, !last.Ended.IsZero())
	}
}
