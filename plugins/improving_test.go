package plugins_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/internal/modeltest"
	"pegasus/plugins"
	"pegasus/plugins/builtin"
)

func TestAModelSaysMoreClearlyWhatIsWantedAndNothingIsAsked(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) { o.Budget = plugins.Budget{InputPrice: 2, OutputPrice: 10, Currency: "EUR"} })
	b.model.Add(modeltest.Turn{Pieces: []string{"<think>\nhm\n</think>\n", "/roll [count]d[sides] answers ", "with the sum.\n"}, Input: 100, Output: 20})
	p := b.plugin("Dice", "manifest.json", `{"secret":"of mine"}`, "main.ts", "the whole source\n")
	made, err := b.Improve(t.Context(), b.ada, p.ID, "  roll dice pls ")
	b.must(err)
	if made.Text != "/roll [count]d[sides] answers with the sum." || made.Model != "scripted-1" || made.Usage.Calls != 1 || made.Usage.Cost != 400 {
		t.Errorf("got %+v", made)
	}
	asked := b.model.Requests()[0]
	if len(asked.Messages) != 2 || !strings.Contains(asked.Last(), "roll dice pls") || !strings.Contains(asked.Last(), "of mine") || !strings.Contains(asked.Last(), "main.ts") {
		t.Errorf("the model was asked %+v", asked.Messages)
	}
	if strings.Contains(asked.Last(), "the whole source") {
		t.Error("the model was told more than it needs")
	}
	list, err := b.Conversations(t.Context(), b.ada, p.ID)
	if now := b.standing(p.ID); err != nil || len(list) != 0 || now.Head != p.Head || now.Asking != "" {
		t.Errorf("something was asked: %v, %+v, %v", list, now, err)
	}
	used, err := b.Usage(t.Context(), b.ada)
	if err != nil || used.Today.Calls != 1 || used.Today.Tokens() != 120 || used.Today.Cost != 400 {
		t.Errorf("it counts as %+v, %v", used.Today, err)
	}
}

func TestWhatAModelMakesOfAWishIsTextOfABoundedLength(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		turn modeltest.Turn
		want string
		code string
	}{
		"markup":        {turn: modeltest.Turn{Pieces: []string{"<script>alert(1)</script>\n<b>x</b>"}}, want: "<script>alert(1)</script>\n<b>x</b>"},
		"a fence":       {turn: modeltest.Turn{Pieces: []string{"```text\n/roll\n", "/flip\n```"}}, want: "/roll\n/flip"},
		"two fences":    {turn: modeltest.Turn{Pieces: []string{"```\na\n```\nand\n```\nb\n```"}}, want: "```\na\n```\nand\n```\nb\n```"},
		"what is blind": {turn: modeltest.Turn{Pieces: []string{"a\x00b\x1b[31m\u202ec\r\nd"}}, want: "ab[31mc\nd"},
		"too much":      {turn: modeltest.Turn{Pieces: []string{strings.Repeat("wörd ", 5000)}}, want: strings.Repeat("wörd ", 799) + "wörd…"},
		"changes alone": {turn: modeltest.Turn{Pieces: []string{file("main.ts", "x")}}, code: "ANSWER_UNFIT"},
		"nothing":       {turn: modeltest.Turn{Pieces: []string{" \n"}}, code: "ANSWER_UNFIT"},
		"a flood":       {turn: modeltest.Turn{Pieces: []string{strings.Repeat("x", 300<<10)}}, code: "ANSWER_TOO_LONG"},
		"a fault":       {turn: modeltest.Turn{Status: 500, Error: "secret"}, code: "MODEL_FAILED"},
		"a broken line": {turn: modeltest.Turn{Pieces: []string{"half"}, Dies: true}, code: "MODEL_BROKE_OFF"},
	} {
		b.model.Add(c.turn)
		made, err := b.Improve(t.Context(), b.ada, "", "dice")
		if c.code != "" {
			b.refused(err, c.code)
		} else if err != nil || made.Text != c.want {
			t.Errorf("%s: got %.60q, %v", name, made.Text, err)
		}
	}
	used, err := b.Usage(t.Context(), b.ada)
	if err != nil || used.Today.Calls != 10 {
		t.Errorf("of ten calls %d count, %v", used.Today.Calls, err)
	}
}

func TestOnlyOnesOwnIsImprovedWithinTheBudgetAndByAModel(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) { o.Budget = plugins.Budget{Person: 100} })
	p := b.plugin("Dice")
	_, err := b.Improve(t.Context(), b.ben, p.ID, "dice")
	b.refused(err, "PLUGIN_NOT_FOUND")
	_, err = b.Improve(t.Context(), b.ada, p.ID, " \n")
	b.refused(err, "MESSAGE_REQUIRED")
	_, err = b.Improve(t.Context(), b.ada, p.ID, strings.Repeat("x", plugins.MaxAsk+1))
	b.refused(err, "MESSAGE_TOO_LONG")
	b.must(b.store.AddUsage(t.Context(), b.ada.ID, "2026-03-14", plugins.Usage{Input: 100}))
	_, err = b.Improve(t.Context(), b.ada, p.ID, "dice")
	b.refused(err, "BUDGET_USED")
	if asked := b.model.Requests(); len(asked) != 0 || !b.Improves() {
		t.Errorf("the model was asked %d times", len(asked))
	}
	plain := newBench(t, func(o *plugins.Options) { o.Generator = builtin.New(nil) })
	_, err = plain.Improve(t.Context(), plain.ada, "", "dice")
	plain.refused(err, "IMPROVING_UNSUPPORTED")
	if plain.Improves() {
		t.Error("templates claim to improve a text")
	}
}

func TestImprovingEndsWithWhoWaitsForIt(t *testing.T) {
	b := newBench(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Let me ", "see."}, Hold: make(chan struct{})})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-b.model.Asked
		cancel()
	}()
	if _, err := b.Improve(ctx, b.ada, "", "dice"); err == nil || fault.From(err) != nil && fault.From(err).Code == "ANSWER_UNFIT" {
		t.Errorf("got %v", err)
	}
	select {
	case <-b.model.Gone:
	case <-time.After(5 * time.Second):
		t.Error("the model goes on")
	}
	used, err := b.Usage(t.Context(), b.ada)
	if err != nil || used.Today.Calls != 1 {
		t.Errorf("it counts as %+v, %v", used.Today, err)
	}
}
