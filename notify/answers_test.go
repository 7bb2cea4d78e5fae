package notify_test

import (
	"net/http"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/notify"
)

const exchange = "65f000000000000000000001"

// over has an answer that ada asked for end.
func (w *world) over() {
	w.answers = map[string]notify.Answer{exchange + " of " + w.ada.ID: {
		PluginID: "65f000000000000000000002", Title: "dice", Body: "Version 2 is built.", URL: "/plugins/dice?conversation=x#t-y",
	}}
	w.notify.AnswerOver(w.t.Context(), w.ada.ID, exchange)
}

func (w *world) see() { clear(w.answers) }

// pages takes what a person's pages are told of answers, in place of the broker.
type pages struct {
	*events.Broker
	t    *testing.T
	told []notify.AnswerEnded
}

func (p *pages) Publish(topic string, payload any) {
	told := payload.(notify.AnswerEnded)
	if topic != chat.UserTopic(told.UserID) {
		p.t.Errorf("a word for %s goes to %s", told.UserID, topic)
	}
	p.told = append(p.told, told)
}

// away is a world in which ada has a browser and no page open, and who hears of her answers.
func away(t *testing.T) (*world, *maker, *pages) {
	t.Helper()
	w, m := newWorld(t), newMaker(t)
	p := &pages{Broker: w.broker, t: t}
	w.options.Events = p
	w.client(m.Client())
	m.browser(w, w.session(w.ada), "one")
	m.browser(w, w.session(w.ben), "two")
	return w, m, p
}

// heard returns what was told since it was last asked.
func (p *pages) heard() []notify.AnswerEnded {
	told := p.told
	p.told = nil
	return told
}

func TestWhoHasLeftIsToldOnceThatAnAnswerIsOver(t *testing.T) {
	w, m, p := away(t)
	w.over()
	w.over() // another server says so as well
	w.work()
	if got, live := m.took(), p.heard(); len(got)+len(live) != 0 {
		t.Fatalf("told before a page could say that it was seen: %v, %v", got, live)
	}
	w.later(6 * time.Second)
	w.work()
	got, live := m.took(), p.heard()
	if len(got) != 1 || len(live) != 1 {
		t.Fatalf("pushed %v, told %v", got, live)
	}
	if n := got[0]; n.Title != "dice" || n.Body != "Version 2 is built." || n.URL != "/plugins/dice?conversation=x#t-y" || n.MessageID != exchange || n.Why != "" || m.topics[0] != n.ChannelID {
		t.Errorf("pushed %+v", n)
	}
	if e := live[0]; e.UserID != w.ada.ID || e.ExchangeID != exchange || e.Title != "dice" || e.Body != "Version 2 is built." {
		t.Errorf("told %+v", e)
	}
	w.later(time.Hour)
	w.work()
	if got, live := m.took(), p.heard(); len(got)+len(live) != 0 {
		t.Errorf("told again, or somebody else: %v, %v", got, live)
	}
}

func TestWhoSawAnAnswerEndIsNotToldOfIt(t *testing.T) {
	w, m, p := away(t)
	w.over()
	w.see()
	w.later(6 * time.Second)
	w.work()
	if got, live := m.took(), p.heard(); len(got)+len(live) != 0 {
		t.Errorf("told %v, %v", got, live)
	}
}

func TestWhoIsAtAnotherPageIsToldThereAndNotPushed(t *testing.T) {
	w, m, p := away(t)
	w.over()
	w.later(6 * time.Second)
	w.connect(w.ada)
	w.chat.Acted(w.ada.ID, true)
	w.work()
	if got, live := m.took(), p.heard(); len(got) != 0 || len(live) != 1 {
		t.Errorf("pushed %v, told %v", got, live)
	}
}

func TestWhatAPersonChoseHoldsForAnswersToo(t *testing.T) {
	for name, c := range map[string]struct {
		chosen chat.Preferences
		told   int
		body   string
	}{
		"nothing":       {chat.Preferences{}, 1, "Version 2 is built."},
		"no messages":   {chat.Preferences{Level: chat.LevelNothing}, 1, "Version 2 is built."},
		"hidden":        {chat.Preferences{HideContent: true}, 1, ""},
		"no answers":    {chat.Preferences{NoAnswers: true}, 0, ""},
		"a pause":       {chat.Preferences{PausedUntil: time.Date(2026, 3, 14, 16, 0, 0, 0, time.UTC)}, 0, ""},
		"in quiet time": {chat.Preferences{Quiet: chat.Quiet{Days: 127, From: 0, To: 23 * 60}}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, m, p := away(t)
			_, err := w.chat.SetPreferences(t.Context(), w.ada, c.chosen)
			must(t, err)
			w.over()
			w.later(6 * time.Second)
			w.work()
			got, live := m.took(), p.heard()
			if len(got) != c.told || len(live) != c.told {
				t.Fatalf("pushed %v, told %v", got, live)
			}
			if c.told > 0 && (got[0].Body != c.body || live[0].Body != c.body || got[0].Title != "dice") {
				t.Errorf("pushed %+v, told %+v", got, live)
			}
		})
	}
}

func TestAPushOfAnAnswerThatFailsIsTriedAgainUnlessItWasSeenMeanwhile(t *testing.T) {
	w, m, p := away(t)
	m.answers(http.StatusServiceUnavailable)
	w.over()
	w.later(6 * time.Second)
	w.work()
	m.takes()
	w.later(time.Minute)
	w.work()
	if got, live := m.took(), p.heard(); len(got) != 1 || len(live) != 1 {
		t.Errorf("pushed %v, told %v", got, live)
	}

	m.answers(http.StatusServiceUnavailable)
	w.over()
	w.later(6 * time.Second)
	w.work()
	m.takes()
	w.see()
	w.later(time.Minute)
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Errorf("pushed what was seen: %v", got)
	}
}

func TestWhoIsKeptOutIsNotToldOfAnswers(t *testing.T) {
	w, m, p := away(t)
	w.over()
	_, err := w.store.UpdateUser(t.Context(), w.ada.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, w.now())
	must(t, err)
	w.later(6 * time.Second)
	w.work()
	if got, live := m.took(), p.heard(); len(got)+len(live) != 0 {
		t.Errorf("told %v, %v", got, live)
	}
}
