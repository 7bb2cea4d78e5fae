package plugins_test

import (
	"strings"
	"testing"

	"pegasus/internal/modeltest"
	"pegasus/plugins"
	"pegasus/plugins/builtin"
)

func TestWhatAnAnswerWillCostIsReckonedBeforeItIsAskedFor(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) {
		o.Budget = plugins.Budget{Person: 5000, All: 4000, InputPrice: 2, OutputPrice: 10, Currency: "EUR"}
	})
	p := b.plugin("Dice", "main.ts", strings.Repeat("x", 4000))
	reckon := func(conversationID, text string) plugins.Estimate {
		t.Helper()
		e, err := b.Estimate(t.Context(), b.ada, p.ID, conversationID, text)
		b.must(err)
		return e
	}
	empty := reckon("", "")
	if empty.Input < 1000 || empty.Cost != 2*empty.Input || empty.Answers != 0 || !empty.Bounded || empty.Left != 4000 || empty.Currency != "EUR" {
		t.Errorf("before the first answer: %+v", empty)
	}
	wish := strings.Repeat("roll ", 80)
	if asked := reckon("", wish); asked.Input-empty.Input < 99 || asked.Input-empty.Input > 101 {
		t.Errorf("400 bytes are reckoned as %d tokens", asked.Input-empty.Input)
	}
	if got := len(b.model.Requests()); got != 0 {
		t.Errorf("the model was asked %d times", got)
	}

	b.model.Add(modeltest.Turn{Pieces: []string{"No changes."}, Input: 1000, Output: 20}, modeltest.Turn{Pieces: []string{strings.Repeat("No. ", 100)}, Input: 1200, Output: 40})
	first, err := b.Ask(t.Context(), b.ada, p.ID, "", wish)
	b.must(err)
	b.answered(first.ID)
	second, err := b.Ask(t.Context(), b.ada, p.ID, first.ConversationID, "Why?")
	b.must(err)
	b.answered(second.ID)
	then := reckon(first.ConversationID, "")
	if then.Answers != 2 || then.Usual.Input != 1100 || then.Usual.Output != 30 || then.Usual.Cost != (2000+200+2400+400)/2 || then.Usual.Calls != 1 {
		t.Errorf("the answers cost %+v", then)
	}
	if then.Left != 4000-2260 || then.Input < empty.Input+190 {
		t.Errorf("after two answers: %+v, before: %+v", then, empty)
	}
	if other := reckon("", ""); other.Input != empty.Input {
		t.Errorf("a new conversation is reckoned as %d, not %d", other.Input, empty.Input)
	}
	// The reckoning is that of the budget: what a model without numbers of its own is counted by.
	b.model.Add(modeltest.Turn{Pieces: []string{"Done."}})
	now := reckon("", "Third")
	third, err := b.Ask(t.Context(), b.ada, p.ID, "", "Third")
	b.must(err)
	if e := b.answered(third.ID); e.Usage.Input != now.Input || !e.Usage.Estimated {
		t.Errorf("it was reckoned as %d, and counted as %+v", now.Input, e.Usage)
	}
}

func TestWhatIsNotKnownOfTheCostIsNotTold(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) { o.Generator = builtin.New(nil) })
	p := b.plugin("Dice", "main.ts", "x")
	if e, err := b.Estimate(t.Context(), b.ada, p.ID, "", "x"); err != nil || e != (plugins.Estimate{}) {
		t.Errorf("got %+v, %v", e, err)
	}
	other := b.plugin("Other")
	asked, err := b.Ask(t.Context(), b.ada, other.ID, "", "hello")
	b.must(err)
	b.answered(asked.ID)
	_, err = b.Estimate(t.Context(), b.ada, p.ID, asked.ConversationID, "")
	b.refused(err, "CONVERSATION_NOT_FOUND")
	_, err = b.Estimate(t.Context(), b.ben, p.ID, "", "")
	b.refused(err, "PLUGIN_NOT_FOUND")
	_, err = b.Estimate(t.Context(), b.ada, p.ID, "", strings.Repeat("x", plugins.MaxAsk+1))
	b.refused(err, "MESSAGE_TOO_LONG")
}
