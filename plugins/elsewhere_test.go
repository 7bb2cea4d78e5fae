package plugins_test

import (
	"encoding/json"
	"testing"
	"time"

	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

// joined is a bench with a second server on its store, which tell each other of answers.
func joined(t *testing.T) (b *bench, other *plugins.Service) {
	t.Helper()
	var o plugins.Options
	b = newBench(t, func(here *plugins.Options) {
		o = *here
		here.Elsewhere = &plugins.Elsewhere{
			Stop: func(exchangeID string) { other.StopHere(exchangeID) },
			Tell: func(exchangeID string, e plugins.Event) {
				var came plugins.Event
				text, err := json.Marshal(e)
				if err == nil {
					err = json.Unmarshal(text, &came)
				}
				if err != nil {
					t.Error(err)
				}
				other.Hear(exchangeID, came)
			},
		}
	})
	o.Elsewhere = &plugins.Elsewhere{
		Stop: func(exchangeID string) { b.StopHere(exchangeID) },
		Tell: func(string, plugins.Event) {},
	}
	other = plugins.NewService(o)
	return b, other
}

func TestAnAnswerIsFollowedAtAnotherServerAsItComes(t *testing.T) {
	b, other := joined(t)
	hold := make(chan struct{})
	b.model.Add(modeltest.Turn{Pieces: []string{"One ", "two ", "three"}, Hold: hold})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Count")
	b.must(err)
	text := ""
	var last plugins.Event
	err = other.Follow(t.Context(), b.ada, asked.ID, 0, func(e plugins.Event) error {
		if text += e.Text; hold != nil && text == "One " {
			close(hold) // the rest comes once the beginning has come here
			hold = nil
		}
		last = e
		return nil
	})
	if err != nil || text != "One two three" || last.Kind != plugins.DoneEvent || last.Exchange == nil || last.Exchange.Answer != text {
		t.Errorf("followed %q up to %+v, %v", text, last, err)
	}
	if err := other.Follow(t.Context(), b.ben, asked.ID, 0, func(plugins.Event) error { return nil }); err == nil {
		t.Error("somebody else follows it")
	}
}

func TestAnAnswerOfWhichSomethingIsMissingIsFollowedToItsEnd(t *testing.T) {
	b, other := joined(t)
	hold := make(chan struct{})
	b.model.Add(modeltest.Turn{Pieces: []string{"One ", "two"}, Hold: hold})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Count")
	b.must(err)
	steps := 0
	err = other.Follow(t.Context(), b.ada, asked.ID, 0, func(e plugins.Event) error {
		if steps++; e.Text != "" {
			other.Forget()
			close(hold)
		}
		if e.Kind == plugins.DoneEvent && (e.Exchange == nil || e.Exchange.Answer != "One two") {
			t.Errorf("it ended as %+v", e)
		}
		return nil
	})
	if err != nil || steps < 2 {
		t.Errorf("%d steps, %v", steps, err)
	}
}

func TestAnAnswerIsStoppedFromAnotherServer(t *testing.T) {
	b, other := joined(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Let me see.\n"}, Hold: make(chan struct{})})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	b.spoken(asked.ID)
	e, err := other.Stop(t.Context(), b.ada, asked.ID)
	if err != nil || e.State != plugins.Stopped || e.Answer != "Let me see." {
		t.Errorf("got %+v, %v", e, err)
	}
	select {
	case <-b.model.Gone:
	case <-time.After(5 * time.Second):
		t.Error("the model goes on")
	}
}
