package plugins_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

func file(path, content string) string {
	return "<file path=\"" + path + "\">\n" + content + "\n</file>\n"
}

func replace(path, old, now string) string {
	return "<edit path=\"" + path + "\">\n<<<<<<< SEARCH\n" + old + "\n=======\n" + now + "\n>>>>>>> REPLACE\n</edit>\n"
}

func TestAModelMendsWhatDoesNotCompile(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) { o.Budget = plugins.Budget{InputPrice: 2, OutputPrice: 10, Currency: "EUR"} })
	b.model.Add(
		modeltest.Turn{Pieces: []string{"A die.\n", file("main.ts", "roll @@"), file("lib.ts", "x")}, Input: 100, Output: 20},
		modeltest.Turn{Pieces: []string{"Mended.\n", replace("main.ts", "roll @@", "roll()")}, Input: 200, Output: 10})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Roll dice\nplease")
	b.must(err)
	e := b.answered(asked.ID)
	if e.State != plugins.Answered || e.Problem != "" || e.Rounds != 2 || e.Version != 1 || e.Answer != "A die.\n\nMended." || e.Model != "scripted-1" {
		t.Fatalf("got %+v", e)
	}
	if len(e.Operations) != 2 || e.Operations[1] != (plugins.Operation{Type: plugins.Create, File: "main.ts", Content: "roll()\n"}) || e.Build == nil || !e.Build.Success {
		t.Errorf("got %+v, %+v", e.Operations, e.Build)
	}
	if u := e.Usage; u.Calls != 2 || u.Input != 300 || u.Output != 30 || u.Cost != 900 || u.Estimated {
		t.Errorf("used %+v", u)
	}
	if second := b.model.Requests()[1].Last(); !strings.Contains(second, "main.ts:1:6: Unexpected @@") || !strings.Contains(second, "roll @@") {
		t.Errorf("the second round is asked %s", second)
	}
	p = b.standing(p.ID)
	if p.Status != plugins.Success || p.Head != 1 || p.Built != 1 || p.Asking != "" {
		t.Errorf("got %+v", p)
	}
	v, err := b.Version(t.Context(), b.ada, p.ID, 1)
	if err != nil || v.Origin != plugins.ByModel || v.Exchange != e.ID || v.Note != "Roll dice" {
		t.Errorf("got %+v, %v", v, err)
	}
	used, err := b.Usage(t.Context(), b.ada)
	if err != nil || used.Today.Calls != 2 || used.Month.Tokens() != 330 || used.Today.Cost != 900 || used.AllToday != 330 {
		t.Errorf("got %+v, %v", used, err)
	}
	list, err := b.Conversations(t.Context(), b.ada, p.ID)
	if err != nil || len(list) != 1 || list[0].Title != "Roll dice" || list[0].Count != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestAConversationRemembersWhatWasSaid(t *testing.T) {
	b := newBench(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Nothing to do."}}, modeltest.Turn{Pieces: []string{"I said so."}})
	p := b.plugin("Dice", "main.ts", "one\n")
	first, err := b.Ask(t.Context(), b.ada, p.ID, "", "What is this?")
	b.must(err)
	if e := b.answered(first.ID); e.Version != 0 || len(e.Operations) > 0 || e.Build != nil || !e.Usage.Estimated {
		t.Errorf("got %+v", e)
	}
	second, err := b.Ask(t.Context(), b.ada, p.ID, first.ConversationID, "Why?")
	b.must(err)
	b.answered(second.ID)
	messages := b.model.Requests()[1].Messages
	if len(messages) != 4 || messages[1].Content != "What is this?" || messages[2].Content != "Nothing to do." {
		t.Errorf("asked %+v", messages)
	}
	other := b.plugin("Other")
	_, err = b.Ask(t.Context(), b.ada, other.ID, first.ConversationID, "Here?")
	b.refused(err, "CONVERSATION_NOT_FOUND")
	list, err := b.Exchanges(t.Context(), b.ada, first.ConversationID, "", 10)
	if err != nil || len(list) != 2 || list[0].ID != second.ID {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestEditsThatDoNotApplyGoBackToTheModel(t *testing.T) {
	b := newBench(t)
	b.model.Add(
		modeltest.Turn{Pieces: []string{file("new.ts", "n"), replace("main.ts", "twice", "once")}},
		modeltest.Turn{Pieces: []string{file("new.ts", "n"), replace("main.ts", "twice\nend", "once\nend")}})
	p := b.plugin("Dice", "main.ts", "twice\ntwice\nend\n")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Once")
	b.must(err)
	e := b.answered(asked.ID)
	if e.State != plugins.Answered || e.Problem != "" || e.Version != 2 || b.holds(p.ID, 2) != "main.ts:twice\nonce\nend new.ts:n" {
		t.Errorf("got %+v", e)
	}
	if e.Answer != "I changed `main.ts`, made `new.ts`." {
		t.Errorf("it says %q", e.Answer)
	}
	if second := b.model.Requests()[1].Last(); !strings.Contains(second, "stands in the file more than once") || strings.Contains(second, `path="new.ts"`) {
		t.Errorf("the second round is asked %s", second)
	}
}

func TestAModelHasThreeRounds(t *testing.T) {
	b := newBench(t)
	b.model.Add(
		modeltest.Turn{Pieces: []string{file("main.ts", "@@ 1")}},
		modeltest.Turn{Pieces: []string{file("main.ts", "@@ 2")}},
		modeltest.Turn{Pieces: []string{file("main.ts", "@@ 3")}})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	e := b.answered(asked.ID)
	if e.Rounds != 3 || e.State != plugins.Answered || e.Build == nil || e.Build.Success || b.holds(p.ID, 1) != "main.ts:@@ 3" {
		t.Errorf("got %+v", e)
	}
	if p = b.standing(p.ID); p.Status != plugins.Failed || p.Built != 0 || len(b.model.Requests()) != 3 {
		t.Errorf("got %+v after %d calls", p, len(b.model.Requests()))
	}
}

func TestHostilePathsOfAModelTouchNothing(t *testing.T) {
	b := newBench(t)
	bad := modeltest.Turn{Pieces: []string{file("../../../../tmp/owned", "x"), file("ok.ts", "x")}}
	b.model.Add(bad, bad, bad)
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	if e := b.answered(asked.ID); e.Version != 0 || len(e.Operations) > 0 || !strings.HasPrefix(e.Problem, "Not all of the changes could be applied") {
		t.Errorf("got %+v", e)
	}
}

func TestStoppingEndsTheModelsCallAndChangesNothing(t *testing.T) {
	b := newBench(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Let me see.\n", file("main.ts", "x")}, Hold: make(chan struct{})})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	b.spoken(asked.ID)
	_, err = b.Ask(t.Context(), b.ada, p.ID, "", "Another")
	b.refused(err, "ANSWER_UNDER_WAY")
	e, err := b.Stop(t.Context(), b.ada, asked.ID)
	if err != nil || e.State != plugins.Stopped || e.Answer != "Let me see." || e.Version != 0 || e.Usage.Calls != 1 {
		t.Errorf("got %+v, %v", e, err)
	}
	select {
	case <-b.model.Gone:
	case <-time.After(5 * time.Second):
		t.Error("the model goes on")
	}
	if p = b.standing(p.ID); p.Asking != "" || p.Head != 0 {
		t.Errorf("got %+v", p)
	}
	if again, err := b.Stop(t.Context(), b.ada, asked.ID); err != nil || again.State != plugins.Stopped {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestAnAnswerIsToldToAnyNumberOfTabsFromAnyPlace(t *testing.T) {
	b := newBench(t)
	hold := make(chan struct{})
	b.model.Add(modeltest.Turn{Pieces: []string{"One ", "two ", "three"}, Hold: hold})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Count")
	b.must(err)
	type heard struct {
		text   string
		number int
	}
	follow := func(after int, stopAt string, began chan<- struct{}) (h heard) {
		err := b.Follow(t.Context(), b.ada, asked.ID, after, func(e plugins.Event) error {
			if e.Number <= h.number {
				t.Errorf("event %d comes after %d", e.Number, h.number)
			}
			h.text, h.number = h.text+e.Text, e.Number
			if e.Text != "" && began != nil {
				began <- struct{}{}
				began = nil
			}
			if stopAt != "" && h.text == stopAt {
				return errHeard
			}
			return nil
		})
		if err != nil && !errors.Is(err, errHeard) {
			t.Error(err)
		}
		return h
	}
	gone := follow(0, "One ", nil) // a tab that is closed then
	var tabs sync.WaitGroup
	began := make(chan struct{}, 2)
	for range 2 {
		tabs.Go(func() {
			if h := follow(0, "", began); h.text != "One two three" {
				t.Errorf("a tab heard %q", h.text)
			}
		})
	}
	<-began
	<-began
	close(hold)
	tabs.Wait()
	if h := follow(gone.number, "", nil); h.text != "two three" && h.text != "" {
		t.Errorf("who comes back hears %q", h.text)
	}
	if e := b.answered(asked.ID); e.Answer != "One two three" {
		t.Errorf("got %q", e.Answer)
	}
}

func TestTheFirstTokenIsToldWhileTheModelStillSpeaks(t *testing.T) {
	newBench(t).firstToken()
}

// BenchmarkFirstToken measures how long after the model's first token a follower has it.
func BenchmarkFirstToken(b *testing.B) {
	var total time.Duration
	for b.Loop() {
		total += newBench(b).firstToken()
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N), "µs/token")
}

// firstToken follows a model that says one token and then nothing, and returns how long that took to be told.
func (b *bench) firstToken() time.Duration {
	b.t.Helper()
	hold := make(chan struct{})
	defer close(hold)
	b.model.Add(modeltest.Turn{Pieces: []string{"One ", "two"}, Hold: hold})
	asked, err := b.Ask(b.t.Context(), b.ada, b.plugin("Dice").ID, "", "Count")
	b.must(err)
	<-b.model.Asked
	began := time.Now()
	b.spoken(asked.ID)
	return time.Since(began)
}

func TestAModelThatDiesLeavesWhatItSaid(t *testing.T) {
	b := newBench(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Half of it.\n", "<file path=\"main.ts\">\nx\n"}, Dies: true})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	e := b.answered(asked.ID)
	if e.State != plugins.Broken || e.Answer != "Half of it." || e.Version != 0 || e.Problem != "The model broke off in the middle of its answer. Please ask again." {
		t.Errorf("got %+v", e)
	}
	if strings.Contains(e.Problem, b.model.URL) || b.standing(p.ID).Asking != "" {
		t.Errorf("got %+v", e)
	}
	// What whole rounds made before is kept.
	b.model.Add(modeltest.Turn{Pieces: []string{file("main.ts", "@@")}}, modeltest.Turn{Status: 500, Error: "k"})
	asked, err = b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	if e := b.answered(asked.ID); e.State != plugins.Broken || e.Version != 1 || e.Build == nil || e.Build.Success || len(e.Operations) != 1 {
		t.Errorf("got %+v", e)
	}
}

func TestBudgetsBoundAPersonAndAll(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) { o.Budget = plugins.Budget{Person: 1500, All: 2500} })
	p := b.plugin("Dice")
	b.model.Add(modeltest.Turn{Pieces: []string{file("main.ts", "@@")}, Input: 1400, Output: 100}, modeltest.Turn{Pieces: []string{"never asked"}})
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	e := b.answered(asked.ID)
	if e.State != plugins.Answered || e.Rounds != 1 || e.Version != 1 || e.Problem != "Today your budget of 1,500 tokens is used up. A new one begins at 00:00 UTC." {
		t.Errorf("got %+v", e)
	}
	_, err = b.Ask(t.Context(), b.ada, p.ID, "", "Again")
	b.refused(err, "BUDGET_USED")
	if f := fault.From(err); f.Kind != fault.Limited || f.RetryAfter < 8*time.Hour || f.RetryAfter > 9*time.Hour {
		t.Errorf("got %+v", f)
	}
	b.must(b.store.AddUsage(t.Context(), b.ben.ID, "2026-03-14", plugins.Usage{Input: 1000}))
	theirs, err := b.CreatePlugin(t.Context(), b.ben, plugins.NewPlugin{Name: "x"})
	b.must(err)
	_, err = b.Ask(t.Context(), b.ben, theirs.ID, "", "Dice")
	b.refused(err, "WORKSPACE_BUDGET_USED")
	b.later(9 * time.Hour)
	b.model.Add(modeltest.Turn{Pieces: []string{"Hello."}})
	asked, err = b.Ask(t.Context(), b.ada, p.ID, "", "Again")
	b.must(err)
	b.answered(asked.ID)
}

func TestWhatIsChangedByHandMeanwhileStays(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name, file, want string
		state            plugins.ExchangeState
	}{
		{"Another file", "other.ts", "main.ts:model other.ts:hand", plugins.Answered},
		{"The same file", "main.ts", "main.ts:hand", plugins.Broken},
	} {
		hold := make(chan struct{})
		b.model.Add(modeltest.Turn{Pieces: []string{"Yes.\n", file("main.ts", "model")}, Hold: hold})
		p := b.plugin(c.name, "main.ts", "one\n")
		asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Change it")
		b.must(err)
		<-b.model.Asked
		b.write(p.ID, 1, c.file, "hand\n")
		close(hold)
		e := b.answered(asked.ID)
		if got := b.holds(p.ID, 0); got != c.want || e.State != c.state {
			t.Errorf("%s: %s, %s %q", c.name, got, e.State, e.Problem)
		}
	}
}

func TestAServerThatStopsEndsItsAnswers(t *testing.T) {
	b := newBench(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Let me see.\n"}, Hold: make(chan struct{})})
	p := b.plugin("Dice")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	<-b.model.Asked
	b.Close(t.Context())
	e := b.answered(asked.ID)
	if e.State != plugins.Broken || !strings.HasPrefix(e.Problem, "The server was stopped") || b.standing(p.ID).Asking != "" {
		t.Errorf("got %+v", e)
	}
	_, err = b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.refused(err, "SERVER_STOPPED")
}

func TestAnAnswerThatACrashLeftIsNoticed(t *testing.T) {
	b := newBench(t)
	p := b.plugin("Dice")
	begin := func() plugins.Exchange {
		now := b.now()
		c := plugins.Conversation{ID: id.New(now), PluginID: p.ID, UserID: b.ada.ID, Title: "x", CreatedAt: now, UpdatedAt: now}
		b.must(b.store.CreateConversation(t.Context(), c))
		e := plugins.Exchange{ID: id.New(now), ConversationID: c.ID, PluginID: p.ID, UserID: b.ada.ID, Ask: "x", State: plugins.Answering, CreatedAt: now}
		b.must(b.store.BeginExchange(t.Context(), e, now.Add(10*time.Minute)))
		return e
	}
	dead := begin()
	_, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.refused(err, "ANSWER_UNDER_WAY")
	if e, err := b.Stop(t.Context(), b.ada, dead.ID); err != nil || e.State != plugins.Stopped || b.standing(p.ID).Asking != "" {
		t.Errorf("got %+v, %v", e, err)
	}
	dead = begin()
	b.later(11 * time.Minute)
	if e, err := b.Exchange(t.Context(), b.ada, dead.ID); err != nil || e.State != plugins.Broken || !strings.HasPrefix(e.Problem, "The server went away") {
		t.Errorf("got %+v, %v", e, err)
	}
	b.model.Add(modeltest.Turn{Pieces: []string{"Hello."}})
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	b.answered(asked.ID)
}

func TestDeletingAPluginEndsItsAnswer(t *testing.T) {
	b := newBench(t)
	b.model.Add(modeltest.Turn{Pieces: []string{"Let me see.\n"}, Hold: make(chan struct{})})
	p := b.plugin("Dice")
	_, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.must(err)
	<-b.model.Asked
	b.must(b.DeletePlugin(t.Context(), b.ada, p.ID))
	select {
	case <-b.model.Gone:
	case <-time.After(5 * time.Second):
		t.Error("the model goes on")
	}
}

func TestWhatIsAskedIsClean(t *testing.T) {
	b := newBench(t)
	p := b.plugin("Dice")
	for _, text := range []string{"", " \n ", "a\x00b", strings.Repeat("x", plugins.MaxAsk+1), "\xff"} {
		if _, err := b.Ask(t.Context(), b.ada, p.ID, "", text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.10q: got %v", text, err)
		}
	}
}

// backend is a generator that compiles and packs by itself.
type backend struct {
	answer plugins.Answer
	asked  *int // how often, nil where it does not matter
}

func (backend) Model() string { return "back end" }

func (g backend) Generate(context.Context, plugins.Request, func(plugins.Piece)) (plugins.Answer, error) {
	if g.asked != nil {
		*g.asked++
	}
	return g.answer, nil
}

func TestWhatABackEndMadeIsKeptAsItsOwn(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) {
		o.Generator = backend{answer: plugins.Answer{
			Text: "Done.", Changes: []plugins.Change{{Type: plugins.Create, File: "Main.java", Content: "@@Override"}},
			Build: &plugins.Build{Success: true, Output: "BUILD SUCCESS"}, Archive: []byte("PK its own zip"),
		}}
	})
	p := b.plugin("Shop")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "A shop")
	b.must(err)
	e := b.answered(asked.ID)
	if e.State != plugins.Answered || e.Rounds != 1 || e.Build == nil || !e.Build.Success || e.Build.Output != "BUILD SUCCESS" || e.Build.Bundle != "" {
		t.Fatalf("got %+v, %+v", e, e.Build)
	}
	d, err := b.Download(t.Context(), b.ada, "Shop")
	if err != nil || string(d.Content) != "PK its own zip" || b.standing(p.ID).Status != plugins.Success {
		t.Errorf("got %q, %v", d.Content, err)
	}
}

func TestABackEndIsAskedOnceAndMayDeleteWhatItNeverShowed(t *testing.T) {
	asked := 0
	unknown := plugins.Change{Type: plugins.Delete, File: "old.java"}
	g := &backend{asked: &asked, answer: plugins.Answer{
		Text: "Done.", Changes: []plugins.Change{{Type: plugins.Create, File: "Main.java", Content: "class Main"}, unknown}, Build: &plugins.Build{Output: "BUILD FAILURE"},
	}}
	b := newBench(t, func(o *plugins.Options) { o.Generator = g })
	p := b.plugin("Shop")
	first, err := b.Ask(t.Context(), b.ada, p.ID, "", "A shop")
	b.must(err)
	e := b.answered(first.ID)
	if e.Problem != "" || e.Version != 1 || asked != 1 || b.holds(p.ID, 1) != "Main.java:class Main" || len(e.Operations) != 1 || e.Build.Success {
		t.Errorf("asked %d times, it came to %+v", asked, e)
	}
	g.answer.Changes = []plugins.Change{{Type: plugins.Create, File: "../evil", Content: "x"}, unknown}
	second, err := b.Ask(t.Context(), b.ada, p.ID, "", "More")
	b.must(err)
	if e := b.answered(second.ID); !strings.HasPrefix(e.Problem, "Not all of the changes could be applied") || e.Version != 0 || asked != 2 {
		t.Errorf("asked %d times, it came to %+v", asked, e)
	}
}

func TestGoingBackKeepsWhatTheCompilerMade(t *testing.T) {
	answer := plugins.Answer{
		Text: "Done.", Changes: []plugins.Change{{Type: plugins.Create, File: "Main.java", Content: "class Main"}},
		Build: &plugins.Build{Success: true, Output: "BUILD SUCCESS"}, Archive: []byte("PK its own zip"),
	}
	b := newBench(t, func(o *plugins.Options) { o.Generator = backend{answer: answer} }) // nothing compiles beside the answers
	p := b.plugin("Shop")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "A shop")
	b.must(err)
	b.answered(asked.ID)
	b.write(p.ID, 1, "Main.java", "@@Broken")
	back, err := b.Rollback(t.Context(), b.ada, p.ID, 1)
	if err != nil || back.Number != 3 || back.Build == nil || back.Build.Output != "BUILD SUCCESS" {
		t.Fatalf("got %+v, %v", back, err)
	}
	if p = b.standing(p.ID); p.Status != plugins.Success || p.Built != 3 {
		t.Errorf("got %+v", p)
	}
	if d, err := b.Download(t.Context(), b.ada, "Shop"); err != nil || string(d.Content) != "PK its own zip" {
		t.Errorf("got %q, %v", d.Content, err)
	}
	if _, err := b.Rollback(t.Context(), b.ada, p.ID, 2); err != nil || b.standing(p.ID).Status != plugins.Pending {
		t.Errorf("what was not compiled yet: %v", err)
	}
}
