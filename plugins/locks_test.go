package plugins_test

import (
	"context"
	"strings"
	"testing"

	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

func TestALockedFileIsChangedByHandAlone(t *testing.T) {
	b := newBench(t)
	b.model.Add(
		modeltest.Turn{Pieces: []string{"One.\n", file("main.ts", "two"), file("more.ts", "two")}},
		modeltest.Turn{Pieces: []string{"Two.\n", file("main.ts", "one"), file("more.ts", "two")}})
	p := b.plugin("Dice", "main.ts", "one\n")
	ctx := t.Context()
	_, err := b.LockFile(ctx, b.ben, p.ID, "main.ts", true)
	b.refused(err, "PLUGIN_NOT_FOUND")
	_, err = b.LockFile(ctx, b.ada, p.ID, "gone.ts", true)
	b.refused(err, "FILE_NOT_FOUND")
	for range 2 {
		if p, err = b.LockFile(ctx, b.ada, p.ID, "main.ts", true); err != nil || p.Locked != "main.ts" || !p.Locks("main.ts") || p.Locks("more.ts") {
			t.Errorf("got %+v, %v", p, err)
		}
	}
	asked, err := b.Ask(ctx, b.ada, p.ID, "", "Two")
	b.must(err)
	// What stays as it is may be named.
	if e := b.answered(asked.ID); e.State != plugins.Answered || e.Rounds != 2 || b.holds(p.ID, 2) != "main.ts:one more.ts:two" {
		t.Errorf("got %+v", e)
	}
	if first := b.model.Requests()[0].Last(); !strings.Contains(first, "locked, and no change of them is taken: main.ts") {
		t.Errorf("the model is asked %s", first)
	}
	if second := b.model.Requests()[1].Last(); !strings.Contains(second, "main.ts: This file is locked by its owner") {
		t.Errorf("the second round is asked %s", second)
	}
	_, err = b.WriteFiles(ctx, b.ada, p.ID, plugins.Write{Base: 2, Changes: []plugins.Change{{Type: plugins.Modify, File: "main.ts", Content: "three\n"}}})
	b.must(err)

	deletion := modeltest.Turn{Pieces: []string{"<delete path=\"main.ts\"/>\n"}}
	b.model.Add(deletion, deletion, deletion)
	asked, err = b.Ask(ctx, b.ada, p.ID, "", "Delete it")
	b.must(err)
	if e := b.answered(asked.ID); e.Version != 0 || !strings.Contains(e.Problem, "locked by its owner") {
		t.Errorf("got %+v", e)
	}
	if p, err = b.LockFile(ctx, b.ada, p.ID, "main.ts", false); err != nil || p.Locked != "" {
		t.Errorf("got %+v, %v", p, err)
	}
	b.model.Add(deletion)
	asked, err = b.Ask(ctx, b.ada, p.ID, "", "Delete it")
	b.must(err)
	if e := b.answered(asked.ID); e.Version != 4 || b.holds(p.ID, 4) != "more.ts:two" {
		t.Errorf("got %+v", e)
	}
}

func TestWhatIsLockedWhileAnAnswerIsUnderWayIsNotChangedByIt(t *testing.T) {
	b := newBench(t)
	hold := make(chan struct{})
	b.model.Add(modeltest.Turn{Pieces: []string{"One.\n", file("main.ts", "two")}, Hold: hold})
	p := b.plugin("Dice", "main.ts", "one\n")
	asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Two")
	b.must(err)
	b.spoken(asked.ID)
	_, err = b.LockFile(t.Context(), b.ada, p.ID, "main.ts", true)
	b.must(err)
	close(hold)
	if e := b.answered(asked.ID); e.State != plugins.Broken || !strings.Contains(e.Problem, "locked meanwhile") || b.standing(p.ID).Head != 1 {
		t.Errorf("got %+v", e)
	}
}

// interrupted is a store in which something is done, once, between what a caller reads and what it stores.
type interrupted struct {
	plugins.Store
	atVersion, atAddVersion func()
}

func once(do *func()) {
	if now := *do; now != nil {
		*do = nil
		now()
	}
}

func (s *interrupted) Version(ctx context.Context, pluginID string, number int) (plugins.Version, error) {
	v, err := s.Store.Version(ctx, pluginID, number)
	once(&s.atVersion)
	return v, err
}

func (s *interrupted) AddVersion(ctx context.Context, v plugins.Version, blobs []plugins.Blob, revision int) error {
	once(&s.atAddVersion)
	return s.Store.AddVersion(ctx, v, blobs, revision)
}

func TestAFileThatIsAddedAndLockedMeanwhileKeepsItsLock(t *testing.T) {
	store := &interrupted{}
	b := newBench(t, func(o *plugins.Options) { store.Store, o.Store = o.Store, store })
	p := b.plugin("Dice", "main.ts", "one\n")
	store.atVersion = func() {
		b.write(p.ID, 1, "more.ts", "more\n")
		_, err := b.LockFile(t.Context(), b.ada, p.ID, "more.ts", true)
		b.must(err)
	}
	p, err := b.LockFile(t.Context(), b.ada, p.ID, "main.ts", true)
	b.must(err)
	if !p.Locks("main.ts") || !p.Locks("more.ts") {
		t.Errorf("locked are %q", p.LockedFiles())
	}
}

func TestALockThatIsSetWhileAnAnswerIsStoredHolds(t *testing.T) {
	store := &interrupted{}
	b := newBench(t, func(o *plugins.Options) { store.Store, o.Store = o.Store, store })
	p := b.plugin("Dice", "main.ts", "one\n")
	b.model.Add(modeltest.Turn{Pieces: []string{"Two.\n", file("main.ts", "two")}}, modeltest.Turn{Pieces: []string{"Three.\n", file("more.ts", "three")}})
	ask := func(meanwhile func()) plugins.Exchange {
		t.Helper()
		store.atAddVersion = meanwhile
		asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "More")
		b.must(err)
		return b.answered(asked.ID)
	}
	e := ask(func() {
		_, err := b.LockFile(context.Background(), b.ada, p.ID, "main.ts", true)
		b.must(err)
	})
	if e.State != plugins.Broken || !strings.Contains(e.Problem, "locked meanwhile") || b.standing(p.ID).Head != 1 {
		t.Errorf("got %+v", e)
	}
	e = ask(func() { // what is changed beside the files is no hindrance
		name := "Cubes"
		_, err := b.SavePlugin(context.Background(), b.ada, p.ID, plugins.PluginChange{Name: &name})
		b.must(err)
	})
	if e.State != plugins.Answered || b.holds(p.ID, 2) != "main.ts:one more.ts:three" {
		t.Errorf("got %+v", e)
	}
}
