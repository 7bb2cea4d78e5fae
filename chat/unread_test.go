package chat_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func (w *world) unread(t testing.TB, u accounts.User, want map[string]int64) {
	t.Helper()
	found, _, err := w.Unreads(t.Context(), u)
	must(t, err)
	got := map[string]int64{}
	for _, one := range found {
		got[one.Channel.ID] = one.Unread(one.LastSeq)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("unread of %s are %v, want %v", u.Username, got, want)
	}
}

func TestAMessageIsMarkedUnreadForWhoMaySeeItAndTheirTabsAreTold(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cy", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	var posted []chat.Message
	for i := range 4 {
		posted = append(posted, w.post(t, ada, c.ID, fmt.Sprint(i)))
	}
	_, err := w.MarkRead(t.Context(), ben, c.ID, 0)
	must(t, err)
	w.unread(t, ben, map[string]int64{})
	w.told()
	m, err := w.MarkUnread(t.Context(), ben, posted[2].ID)
	must(t, err)
	if m.LastReadSeq != 2 {
		t.Errorf("the mark is %d", m.LastReadSeq)
	}
	w.tells(t, "user:"+ben.ID+" Read")
	w.unread(t, ben, map[string]int64{c.ID: 2})
	_, err = w.MarkUnread(t.Context(), cy, posted[2].ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	must(t, w.DeleteMessage(t.Context(), ada, posted[0].ID))
	_, err = w.MarkUnread(t.Context(), ben, posted[0].ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	_, err = w.MarkUnread(t.Context(), ben, posted[2].ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	w.unread(t, ben, map[string]int64{})
}

func TestUnreadMessagesAreGatheredByChannelAndReadAtOnce(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	busy, quiet := w.channel(t, chat.Private, ada, ben), w.channel(t, chat.Public, ada, ben)
	for i := range 12 {
		w.post(t, ada, busy.ID, fmt.Sprint(i))
	}
	w.post(t, ben, quiet.ID, "mine")
	w.post(t, ada, quiet.ID, "@ben theirs")
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	w.post(t, ada, direct.ID, "psst")
	found, more, err := w.Unreads(t.Context(), ben)
	must(t, err)
	if len(found) != 3 || more {
		t.Fatalf("%d places, more %v", len(found), more)
	}
	for _, u := range found {
		switch u.Channel.ID {
		case busy.ID:
			if len(u.Messages) != chat.MaxUnreadMessages || u.Messages[0].Content != "0" || u.Unread(u.LastSeq) != 12 {
				t.Errorf("the busy channel shows %d", len(u.Messages))
			}
		case quiet.ID:
			if len(u.Messages) != 1 || u.Messages[0].Content != "@ben theirs" || u.MentionCount != 1 {
				t.Errorf("the quiet channel shows %+v", u.Messages)
			}
		case direct.ID:
			if len(u.People) != 1 || u.People[0] != ada.ID || len(u.Messages) != 1 {
				t.Errorf("the conversation is of %v", u.People)
			}
		}
	}
	n, err := w.MarkAllRead(t.Context(), ben)
	must(t, err)
	if n != 3 {
		t.Errorf("%d were read", n)
	}
	w.unread(t, ben, map[string]int64{})
	if n, err = w.MarkAllRead(t.Context(), ben); n != 0 || err != nil {
		t.Errorf("read again: %d, %v", n, err)
	}
}

func TestTheCheckOfUnreadCountsGoesThroughEverybodyAndKeepsWhatItFound(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	w.post(t, ada, c.ID, "one")
	if !w.UnreadCheck().At.IsZero() {
		t.Error("there was a check before the first")
	}
	check, err := w.RecountUnread(t.Context(), func(context.Context) error { return nil })
	must(t, err)
	if check.Counts != 0 || check.Mentions != 0 || check.Checked < 2 || check.At != w.now() || w.UnreadCheck() != check {
		t.Errorf("the check is %+v", check)
	}
}

func TestTheCheckOfUnreadCountsEndsWhenItIsTold(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.RecountUnread(ctx, func(ctx context.Context) error { return ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
