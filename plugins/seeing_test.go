package plugins_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

// endings keeps what was told of answers that ended.
type endings struct {
	mu  sync.Mutex
	all []plugins.Exchange
}

func (e *endings) told(_ context.Context, x plugins.Exchange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, x)
}

func (e *endings) ids() (ids []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.all {
		ids = append(ids, x.ID)
	}
	return ids
}

func TestAnAnswerIsUnseenUntilItsAskerHasLookedAtIt(t *testing.T) {
	var ended endings
	b := newBench(t, func(o *plugins.Options) { o.Ended = ended.told })
	p := b.plugin("Dice")
	ask := func(turn modeltest.Turn) plugins.Exchange {
		t.Helper()
		b.model.Add(turn)
		asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
		b.must(err)
		var last plugins.Exchange
		b.must(b.Follow(t.Context(), b.ada, asked.ID, 0, func(e plugins.Event) error {
			if e.Kind == plugins.DoneEvent {
				last = *e.Exchange
			}
			return nil
		}))
		return last
	}
	unseen := func(e plugins.Exchange, want bool) {
		t.Helper()
		of, found, is, err := b.Unseen(t.Context(), b.ada.ID, e.ID)
		if err != nil || is != want || is && (of.ID != p.ID || found.ID != e.ID) {
			t.Errorf("unseen: %v, %v", is, err)
		}
	}
	built := ask(modeltest.Turn{Pieces: []string{file("main.ts", "roll()")}})
	unseen(built, true) // following an answer is not yet seeing it: the line may be dead
	if got := built.Ending(); got != "Version 1 is built." {
		t.Errorf("it ended so: %s", got)
	}
	if _, _, is, err := b.Unseen(t.Context(), b.ben.ID, built.ID); is || err != nil {
		t.Errorf("ben is told of ada's answer: %v", err)
	}
	b.refused(b.SeeExchange(t.Context(), b.ben, built.ID), "EXCHANGE_NOT_FOUND")
	unseen(built, true)
	b.must(b.SeeExchange(t.Context(), b.ada, built.ID))
	unseen(built, false)

	broke := ask(modeltest.Turn{Status: 500})
	unseen(broke, true)
	if got := broke.Ending(); !strings.HasPrefix(got, "It came to nothing: The model's server has a fault") {
		t.Errorf("it ended so: %s", got)
	}
	_, err := b.Exchanges(t.Context(), b.ada, broke.ConversationID, "", 10)
	b.must(err)
	unseen(broke, false)

	bad := ask(modeltest.Turn{Pieces: []string{"What dice?"}})
	unseen(bad, true)
	_, err = b.Exchange(t.Context(), b.ada, bad.ID)
	b.must(err)
	unseen(bad, false)

	last := ask(modeltest.Turn{Pieces: []string{"What dice?"}})
	b.must(b.DeleteConversation(t.Context(), b.ada, last.ConversationID))
	unseen(last, false)
	if now := b.standing(p.ID); now.Unseen != "" {
		t.Errorf("%s is unseen, and gone", now.Unseen)
	}
	if got := ended.ids(); len(got) != 4 || got[0] != built.ID || got[1] != broke.ID {
		t.Errorf("told of %v", got)
	}
}

func TestWhoStopsAnAnswerIsNotToldOfItsEnd(t *testing.T) {
	var ended endings
	b := newBench(t, func(o *plugins.Options) { o.Ended = ended.told })
	b.model.Add(modeltest.Turn{Pieces: []string{"Let me see.\n", "x"}, Hold: make(chan struct{})})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	b.must(b.SeeExchange(t.Context(), b.ada, asked.ID)) // nothing ended yet
	b.spoken(asked.ID)
	_, err = b.Stop(t.Context(), b.ada, asked.ID)
	b.must(err)
	if _, _, is, err := b.Unseen(t.Context(), b.ada.ID, asked.ID); is || err != nil || len(ended.ids()) != 0 {
		t.Errorf("she is told of %v, %v", ended.ids(), err)
	}
}
