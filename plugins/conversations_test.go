package plugins_test

import (
	"context"
	"testing"

	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

func TestADeletedConversationStopsItsAnswerAndLeavesTheFiles(t *testing.T) {
	b := newBench(t)
	b.model.Add(
		modeltest.Turn{Pieces: []string{"One.\n", file("main.ts", "one")}},
		modeltest.Turn{Pieces: []string{"Two.\n", file("main.ts", "two")}, Hold: make(chan struct{})},
		modeltest.Turn{Pieces: []string{"Three.\n", file("main.ts", "three")}})
	p := b.plugin("Dice")
	first, err := b.Ask(t.Context(), b.ada, p.ID, "", "One")
	b.must(err)
	b.answered(first.ID)
	second, err := b.Ask(t.Context(), b.ada, p.ID, first.ConversationID, "Two")
	b.must(err)
	b.spoken(second.ID)
	b.refused(b.DeleteConversation(t.Context(), b.ben, first.ConversationID), "CONVERSATION_NOT_FOUND")
	b.must(b.DeleteConversation(t.Context(), b.ada, first.ConversationID))
	b.refused(b.DeleteConversation(t.Context(), b.ada, first.ConversationID), "CONVERSATION_NOT_FOUND")
	<-b.model.Gone
	_, err = b.Exchange(t.Context(), b.ada, second.ID)
	b.refused(err, "EXCHANGE_NOT_FOUND")
	_, err = b.Exchanges(t.Context(), b.ada, first.ConversationID, "", 10)
	b.refused(err, "CONVERSATION_NOT_FOUND")
	if p = b.standing(p.ID); p.Head != 1 || p.Asking != "" || b.holds(p.ID, 1) != "main.ts:one" {
		t.Errorf("got %+v", p)
	}
	if used, err := b.Usage(t.Context(), b.ada); err != nil || used.Today.Calls != 2 {
		t.Errorf("used %+v, %v", used, err)
	}
	_, err = b.Ask(t.Context(), b.ada, p.ID, first.ConversationID, "Here?")
	b.refused(err, "CONVERSATION_NOT_FOUND")

	// The plugin answers again, and what is asked elsewhere is not stopped.
	third, err := b.Ask(t.Context(), b.ada, p.ID, "", "Three")
	b.must(err)
	empty := plugins.Conversation{ID: "66f2c0de4a1b2c3d4e5f6071", PluginID: p.ID, UserID: b.ada.ID, Title: "x"}
	b.must(b.store.CreateConversation(t.Context(), empty))
	b.must(b.DeleteConversation(t.Context(), b.ada, empty.ID))
	if e := b.answered(third.ID); e.State != plugins.Answered || e.Version != 2 {
		t.Errorf("got %+v", e)
	}
}

// deaf is a compiler that builds everything, when it is let go on, whatever its caller wants meanwhile.
type deaf struct{ asked, on chan struct{} }

func (d deaf) Compile(context.Context, []plugins.File) (plugins.Compiled, error) {
	d.asked <- struct{}{}
	<-d.on
	return plugins.Compiled{Build: plugins.Build{Success: true}, Bundle: []byte("x")}, nil
}

// compiling is a bench in which an answer that changes a file is being compiled.
func compiling(t *testing.T) (b *bench, d deaf, p plugins.Plugin, e plugins.Exchange) {
	d = deaf{make(chan struct{}, 10), make(chan struct{})}
	b = newBench(t, func(o *plugins.Options) { o.Compiler = d })
	b.model.Add(modeltest.Turn{Pieces: []string{"One.\n", file("main.ts", "one")}})
	p = b.plugin("Dice")
	e, err := b.Ask(t.Context(), b.ada, p.ID, "", "One")
	b.must(err)
	<-d.asked
	t.Cleanup(func() {
		select {
		case <-d.on:
		default:
			close(d.on)
		}
	})
	return b, d, p, e
}

func TestAnAnswerThatIsStoppedWhileItIsCompiledChangesNothing(t *testing.T) {
	b, d, p, asked := compiling(t)
	b.StopHere(asked.ID)
	close(d.on)
	if e := b.answered(asked.ID); e.State != plugins.Stopped || e.Version != 0 || len(e.Operations) > 0 || b.standing(p.ID).Head != 0 {
		t.Errorf("got %+v", e)
	}
}

func TestAConversationWhoseAnswerDoesNotEndStays(t *testing.T) {
	b, d, p, asked := compiling(t)
	b.refused(b.DeleteConversation(t.Context(), b.ada, asked.ConversationID), "ANSWER_UNDER_WAY")
	_, err := b.Conversation(t.Context(), b.ada, asked.ConversationID)
	b.must(err)
	close(d.on)
	b.answered(asked.ID)
	b.must(b.DeleteConversation(t.Context(), b.ada, asked.ConversationID))
	if b.standing(p.ID).Head != 0 {
		t.Error("what was stopped made a version")
	}
}
