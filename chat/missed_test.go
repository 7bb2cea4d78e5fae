package chat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// looking counts what is read of single messages and places.
type looking struct {
	chat.Store
	reads int
}

func (s *looking) Message(ctx context.Context, id string) (chat.Message, error) {
	s.reads++
	return s.Store.Message(ctx, id)
}

func (s *looking) Membership(ctx context.Context, channelID, userID string) (chat.Channel, chat.Member, error) {
	s.reads++
	return s.Store.Membership(ctx, channelID, userID)
}

func (s *looking) Mentioned(ctx context.Context, messageID, userID string) (mentioned, named bool, err error) {
	s.reads++
	return s.Store.Mentioned(ctx, messageID, userID)
}

func TestWhatSomebodyMissedIsFoundWithOneLookAtEachMessageThatIsReturned(t *testing.T) {
	w := newWorld(t)
	store := &looking{Store: w.store}
	w.over(store)
	ada := w.person(t, "ada", accounts.RoleUser)
	const talks, each, limit = 15, 4, 20
	for i := range talks {
		u := w.person(t, fmt.Sprint("user", i), accounts.RoleUser)
		c, _, err := w.DirectChannel(t.Context(), u, ada.ID)
		must(t, err)
		for range each {
			w.later(time.Second)
			w.post(t, u, c.ID, fmt.Sprint("from ", i))
		}
	}
	store.reads = 0
	found, err := w.Missed(t.Context(), ada, chat.Preferences{}, time.Time{}, limit)
	must(t, err)
	if len(found.Messages) != limit || found.More != talks*each-limit || store.reads != limit {
		t.Errorf("%d messages and %d more take %d reads", len(found.Messages), found.More, store.reads)
	}
	if first, last := found.Messages[0], found.Messages[limit-1]; first.Content != "from 14" || last.Content != "from 10" || !first.Channel.IsDirect() {
		t.Errorf("they begin with %q and end with %q", first.Content, last.Content)
	}
}
