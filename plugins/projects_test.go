package plugins_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins"
	"pegasus/plugins/kit"
)

func TestNamesOfPluginsAreCleanAndUniqueForTheirOwner(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"", "  ", "a/b", `a\b`, "..", ".hidden", "a\x00b", "a\u202eb", "a\u200bb", strings.Repeat("x", 65), "\xff"} {
		if _, err := b.CreatePlugin(t.Context(), b.ada, plugins.NewPlugin{Name: name}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v", name, err)
		}
	}
	p := b.plugin("  My   Plügin ")
	if p.Name != "My Plügin" || p.Status != plugins.Pending || p.Head != 0 || p.Data != "{}" {
		t.Errorf("got %+v", p)
	}
	for _, same := range []string{"my plügin", "MY PLÜGIN", "My Plu\u0308gin", "Ｍｙ plügin"} {
		_, err := b.CreatePlugin(t.Context(), b.ada, plugins.NewPlugin{Name: same})
		b.refused(err, "PLUGIN_EXISTS")
		found, err := b.PluginNamed(t.Context(), b.ada, same)
		if err != nil || found.ID != p.ID {
			t.Errorf("%q: got %v, %v", same, found, err)
		}
	}
	if _, err := b.CreatePlugin(t.Context(), b.ben, plugins.NewPlugin{Name: "My Plügin"}); err != nil {
		t.Errorf("the name is taken for somebody else too: %v", err)
	}
	other := b.plugin("Other")
	name := "MY plügin"
	_, err := b.SavePlugin(t.Context(), b.ada, other.ID, plugins.PluginChange{Name: &name})
	b.refused(err, "PLUGIN_EXISTS")
	if saved, err := b.SavePlugin(t.Context(), b.ada, p.ID, plugins.PluginChange{Name: &name}); err != nil || saved.Name != name {
		t.Errorf("got %+v, %v", saved, err)
	}
}

func TestDataIsAnObjectOfTheMakersOwn(t *testing.T) {
	b := newBench(t)
	for _, data := range []string{"[]", "1", "null", "{", `{"a":"` + strings.Repeat("x", plugins.MaxData) + `"}`} {
		if _, err := b.SaveData(t.Context(), b.ada, "Dice", data); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20s: got %v", data, err)
		}
	}
	first, err := b.SaveData(t.Context(), b.ada, "Dice", `{"a":1}`)
	b.must(err)
	second, err := b.SaveData(t.Context(), b.ada, "dice", `{"a":2}`)
	b.must(err)
	if first.ID != second.ID || second.Data != `{"a":2}` || second.Name != "Dice" {
		t.Errorf("got %+v and %+v", first, second)
	}
	if all, _ := b.Plugins(t.Context(), b.ada); len(all) != 1 {
		t.Errorf("there are %d", len(all))
	}
}

func TestWhatIsNotOnesOwnIsNotThere(t *testing.T) {
	b := newBench(t)
	p := b.plugin("Dice", "main.ts", "one\n")
	e := plugins.Exchange{ID: id.New(b.now()), PluginID: p.ID, UserID: b.ada.ID, State: plugins.Answered}
	c := plugins.Conversation{ID: id.New(b.now()), PluginID: p.ID, UserID: b.ada.ID, Title: "x"}
	b.must(b.store.CreateConversation(t.Context(), c))
	e.ConversationID = c.ID
	b.must(b.store.BeginExchange(t.Context(), e, b.now()))
	b.must(b.store.SaveExchange(t.Context(), e))
	ctx, name, shared := t.Context(), "Mine", true
	looks := map[string]func(accounts.User, string) error{
		"read":      func(u accounts.User, id string) error { _, err := b.Plugin(ctx, u, id); return err },
		"files":     func(u accounts.User, id string) error { _, err := b.Files(ctx, u, id, 0); return err },
		"version":   func(u accounts.User, id string) error { _, err := b.Version(ctx, u, id, 1); return err },
		"versions":  func(u accounts.User, id string) error { _, err := b.Versions(ctx, u, id, 0, 10); return err },
		"diff":      func(u accounts.User, id string) error { _, err := b.Diff(ctx, u, id, 0, 1); return err },
		"copy":      func(u accounts.User, id string) error { _, err := b.CopyPlugin(ctx, u, id, "Copy "+u.Name); return err },
		"by name":   func(u accounts.User, _ string) error { _, err := b.PluginNamed(ctx, u, "Dice"); return err },
		"downloads": func(u accounts.User, _ string) error { _, err := b.Download(ctx, u, "dice"); return err },
	}
	changes := map[string]func(accounts.User, string) error{
		"rename": func(u accounts.User, id string) error {
			_, err := b.SavePlugin(ctx, u, id, plugins.PluginChange{Name: &name})
			return err
		},
		"share": func(u accounts.User, id string) error {
			_, err := b.SavePlugin(ctx, u, id, plugins.PluginChange{Shared: &shared})
			return err
		},
		"write": func(u accounts.User, id string) error {
			_, err := b.WriteFiles(ctx, u, id, plugins.Write{Base: 1})
			return err
		},
		"rollback":      func(u accounts.User, id string) error { _, err := b.Rollback(ctx, u, id, 1); return err },
		"ask":           func(u accounts.User, id string) error { _, err := b.Ask(ctx, u, id, "", "hello"); return err },
		"conversations": func(u accounts.User, id string) error { _, err := b.Conversations(ctx, u, id); return err },
		"conversation":  func(u accounts.User, _ string) error { _, err := b.Conversation(ctx, u, c.ID); return err },
		"exchanges":     func(u accounts.User, _ string) error { _, err := b.Exchanges(ctx, u, c.ID, "", 10); return err },
		"exchange":      func(u accounts.User, _ string) error { _, err := b.Exchange(ctx, u, e.ID); return err },
		"stop":          func(u accounts.User, _ string) error { _, err := b.Stop(ctx, u, e.ID); return err },
		"follow": func(u accounts.User, _ string) error {
			return b.Follow(ctx, u, e.ID, 0, func(plugins.Event) error { return nil })
		},
		"delete": func(u accounts.User, id string) error { return b.DeletePlugin(ctx, u, id) },
	}
	for name, look := range looks {
		if err := look(b.ben, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of another's: got %v", name, err)
		}
	}
	for name, change := range changes {
		if err := change(b.ben, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of another's: got %v", name, err)
		}
	}
	if _, err := b.SavePlugin(ctx, b.ada, p.ID, plugins.PluginChange{Shared: &shared}); err != nil {
		t.Fatal(err)
	}
	for name, look := range looks {
		if err := look(b.ben, p.ID); err != nil {
			t.Errorf("%s of what is shared: got %v", name, err)
		}
	}
	for name, change := range changes {
		if err := change(b.ben, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of what is shared: got %v", name, err)
		}
	}
	b.must(b.DeletePlugin(ctx, b.ada, p.ID))
	for name, look := range looks {
		if err := look(b.ada, p.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of what is deleted: got %v", name, err)
		}
	}
}

func TestOnesOwnPluginComesBeforeASharedOneOfItsName(t *testing.T) {
	b := newBench(t)
	p, shared := b.plugin("Dice", "main.ts", "ada's\n"), true
	_, err := b.SavePlugin(t.Context(), b.ada, p.ID, plugins.PluginChange{Shared: &shared})
	b.must(err)
	if found, err := b.PluginNamed(t.Context(), b.ben, "DICE"); err != nil || found.ID != p.ID {
		t.Errorf("got %+v, %v", found, err)
	}
	for n, want := range []string{"Dice", "Dice 2", "Dice 3"} {
		if made, err := b.CopyPlugin(t.Context(), b.ben, p.ID, ""); err != nil || made.Name != want || made.Head != 1 || made.OwnerID != b.ben.ID || made.Shared {
			t.Errorf("copy %d: got %+v, %v", n, made, err)
		}
	}
	if found, err := b.PluginNamed(t.Context(), b.ben, "DICE"); err != nil || found.OwnerID != b.ben.ID {
		t.Errorf("got %+v, %v", found, err)
	}
	if _, err := b.PluginNamed(t.Context(), b.ben, "Dic"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestVersionsAreMadeOnTheNewestOne(t *testing.T) {
	b := newBench(t)
	p := b.plugin("Dice", "main.ts", "one\r\ntwo\r\nthree", "lib/a.ts", "a")
	edits := func(base int, old, now string) plugins.Write {
		return plugins.Write{Base: base, Changes: []plugins.Change{{Type: plugins.Modify, File: "main.ts", Edits: []plugins.Edit{{Old: old, New: now}}}}}
	}
	v, err := b.WriteFiles(t.Context(), b.ada, p.ID, edits(1, "two  \nthree", "2\n3"))
	if err != nil || v.Number != 2 || v.Origin != plugins.ByEditor || b.holds(p.ID, 2) != "lib/a.ts:a main.ts:one\n2\n3" {
		t.Fatalf("got %+v, %v, %q", v, err, b.holds(p.ID, 2))
	}
	_, err = b.WriteFiles(t.Context(), b.ada, p.ID, edits(1, "one", "1"))
	b.refused(err, "VERSION_EXISTS")
	for name, w := range map[string]plugins.Write{
		"nowhere":       edits(2, "four", "4"),
		"empty":         edits(2, " ", "4"),
		"twice":         {Base: 2, Changes: []plugins.Change{{Type: plugins.Create, File: "x.ts", Content: "a a"}, {Type: plugins.Modify, File: "x.ts", Edits: []plugins.Edit{{Old: "a", New: "b"}}}}},
		"no such file":  {Base: 2, Changes: []plugins.Change{{Type: plugins.Delete, File: "no.ts"}}},
		"climbs out":    {Base: 2, Changes: []plugins.Change{{Type: plugins.Create, File: "../../../tmp/x", Content: "x"}}},
		"clash of case": {Base: 2, Changes: []plugins.Change{{Type: plugins.Create, File: "MAIN.ts", Content: "x"}}},
		"one is bad":    {Base: 2, Changes: []plugins.Change{{Type: plugins.Create, File: "good.ts", Content: "x"}, {Type: plugins.Delete, File: "no.ts"}}},
	} {
		if _, err := b.WriteFiles(t.Context(), b.ada, p.ID, w); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if same, err := b.WriteFiles(t.Context(), b.ada, p.ID, edits(2, "one", "one")); err != nil || same.Number != 2 {
		t.Errorf("got %+v, %v", same, err)
	}
	back, err := b.Rollback(t.Context(), b.ada, p.ID, 1)
	if err != nil || back.Number != 3 || back.Origin != plugins.ByRollback || b.holds(p.ID, 3) != b.holds(p.ID, 1) {
		t.Errorf("got %+v, %v", back, err)
	}
	for _, number := range []int{0, -1, 4} {
		_, err := b.Rollback(t.Context(), b.ada, p.ID, number)
		b.refused(err, "VERSION_NOT_FOUND")
	}
	list, err := b.Versions(t.Context(), b.ada, p.ID, 0, 2)
	if err != nil || len(list) != 2 || list[0].Number != 3 || list[1].Number != 2 {
		t.Errorf("got %+v, %v", list, err)
	}
	diff, err := b.Diff(t.Context(), b.ada, p.ID, 2, 3)
	if err != nil || len(diff) != 1 || diff[0].Added != 2 || diff[0].Removed != 2 {
		t.Errorf("got %+v, %v", diff, err)
	}
}

func TestADownloadIsTheSameBytesEachTimeAndIsCounted(t *testing.T) {
	b := newBench(t)
	b.run()
	p := b.plugin("Dice", "main.ts", "one\n", "lib/ü.ts", "a")
	b.until(func() bool { return b.standing(p.ID).Status == plugins.Success })
	first, err := b.Download(t.Context(), b.ada, "dice")
	b.must(err)
	b.later(1e12)
	second, err := b.Download(t.Context(), b.ada, "Dice")
	b.must(err)
	if !bytes.Equal(first.Content, second.Content) || b.standing(p.ID).Downloads != 2 {
		t.Errorf("%d bytes, then %d, counted %d", len(first.Content), len(second.Content), b.standing(p.ID).Downloads)
	}
	z, err := zip.NewReader(bytes.NewReader(first.Content), int64(len(first.Content)))
	b.must(err)
	var names []string
	for _, f := range z.File {
		r, err := f.Open()
		b.must(err)
		text, _ := io.ReadAll(r)
		names = append(names, f.Name+"="+string(text))
	}
	if want := []string{"lib/ü.ts=a", "main.ts=one\n", "plugin.d.ts=" + kit.Types, "dist/plugin.js=aone\n"}; !reflect.DeepEqual(names, want) {
		t.Errorf("it holds %q", names)
	}
	if bytes.Contains(first.Content, []byte("/tmp")) || bytes.Contains(first.Content, []byte("root")) {
		t.Error("it tells of the host")
	}
	b.plugin("Script", "main.js", "one\n")
	if d, err := b.Download(t.Context(), b.ada, "Script"); err != nil || bytes.Contains(d.Content, []byte("plugin.d.ts")) {
		t.Errorf("types come with what has none: %v", err)
	}
	b.plugin("Bare")
	_, err = b.Download(t.Context(), b.ada, "Bare")
	b.refused(err, "NO_FILES")
}

func TestEachVersionIsCompiled(t *testing.T) {
	b := newBench(t)
	b.run()
	p := b.plugin("Dice", "main.ts", "one\n")
	b.until(func() bool { return b.standing(p.ID).Status == plugins.Success })
	b.write(p.ID, 1, "main.ts", "one\n  @@\n")
	b.until(func() bool { return b.standing(p.ID).Status == plugins.Failed })
	if p = b.standing(p.ID); p.Built != 1 || p.Head != 2 {
		t.Errorf("got %+v", p)
	}
	v, err := b.Version(t.Context(), b.ada, p.ID, 2)
	if err != nil || v.Build == nil || v.Build.Success || v.Build.Bundle != "" || len(v.Build.Problems) != 1 || v.Build.Problems[0] != (plugins.Problem{File: "main.ts", Line: 2, Column: 3, Text: "Unexpected @@"}) {
		t.Errorf("got %+v, %v", v.Build, err)
	}
	want := []plugins.Status{plugins.Pending, plugins.Compiling, plugins.Success, plugins.Pending, plugins.Compiling, plugins.Failed}
	if got := b.statuses(p.ID); !reflect.DeepEqual(got, want) {
		t.Errorf("it was %v", got)
	}
}

func TestAVersionThatACrashLeftIsCompiledWhenSomebodyLooks(t *testing.T) {
	b := newBench(t)
	p := b.plugin("Dice", "main.ts", "one\n")
	after := plugins.NewService(plugins.Options{
		Store: b.store, Compiler: b, Events: b, Now: b.now, Failed: func(_ context.Context, doing string, err error) { t.Errorf("%s: %v", doing, err) },
	})
	b.Service = after
	b.run()
	if p = b.standing(p.ID); p.Status != plugins.Pending {
		t.Fatalf("it is %s", p.Status)
	}
	_, err := b.Version(t.Context(), b.ada, p.ID, 0)
	b.must(err)
	b.until(func() bool { return b.standing(p.ID).Status == plugins.Success })
}

func TestThePluginsOfWhoLeavesGo(t *testing.T) {
	b := newBench(t)
	p := b.plugin("Dice", "main.ts", "one\n")
	theirs, err := b.CreatePlugin(t.Context(), b.ben, plugins.NewPlugin{Name: "Dice"})
	b.must(err)
	b.must(b.LeaveAll(t.Context(), b.ada.ID))
	if _, err := b.Plugin(t.Context(), b.ada, p.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := b.Plugin(t.Context(), b.ben, theirs.ID); err != nil {
		t.Error(err)
	}
}

func TestAPersonHasABoundedNumberOfPlugins(t *testing.T) {
	b := newBench(t)
	for n := range plugins.MaxPlugins {
		p := plugins.Plugin{ID: id.New(b.now()), OwnerID: b.ada.ID, Name: fmt.Sprint(n), NameKey: fmt.Sprint(n), Data: "{}", Status: plugins.Pending, CreatedAt: b.now(), UpdatedAt: b.now(), Revision: 1}
		b.must(b.store.CreatePlugin(t.Context(), p))
	}
	_, err := b.CreatePlugin(t.Context(), b.ada, plugins.NewPlugin{Name: "One more"})
	b.refused(err, "TOO_MANY_PLUGINS")
}
