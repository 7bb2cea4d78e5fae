package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

// exported returns what an export of the workspace holds, by the names of its files.
func (a *app) exported(t *testing.T) map[string]string {
	t.Helper()
	var file bytes.Buffer
	e := &exporter{Backend: a.store, uploads: a.blobs, zip: zip.NewWriter(&file), channels: map[string]bool{}, people: map[string]bool{}}
	if err := e.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.zip.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	return all
}

func TestAnExportHoldsEveryChannelAndWhatComesAfterManyDeletedMessages(t *testing.T) {
	a := opened(t)
	ctx := t.Context()
	person := func(name string) accounts.User {
		u, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: name + "@example.test", Password: "correct horse battery", Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	ada, ben := person("ada"), person("ben")
	channel := func(name string) chat.Channel {
		c, err := a.chat.CreateChannel(ctx, ada, chat.NewChannel{Name: name, Type: chat.Private})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	busy, shelved := channel("busy"), channel("shelved")
	if _, err := a.chat.ArchiveChannel(ctx, ada, shelved.ID); err != nil { // nobody wrote in it
		t.Fatal(err)
	}
	for i := range exportPage + 1 {
		m := chat.Message{ID: fmt.Sprintf("65f0000000000000%08x", i), ChannelID: busy.ID, UserID: ada.ID, Content: fmt.Sprint("word-", i), CreatedAt: now()}
		if _, _, err := a.store.AppendMessage(ctx, m); err != nil {
			t.Fatal(err)
		}
		if i < exportPage {
			if _, err := a.store.DeleteMessage(ctx, m.ID, "", now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	direct, _, err := a.chat.DirectChannel(ctx, ben, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.chat.PostMessage(ctx, ben, direct.ID, chat.Draft{Content: "good bye"}); err != nil {
		t.Fatal(err)
	}
	gone := accounts.Tombstone{Email: "gone@example.test", Username: "gone", Name: "Somebody who left"}
	if err := errors.Join(a.leave(ctx, ben.ID), a.store.EraseUser(ctx, ben.ID, gone, now())); err != nil {
		t.Fatal(err)
	}
	all := a.exported(t)
	for file, want := range map[string]string{
		"channels.ndjson": shelved.ID, "messages/" + busy.ID + ".ndjson": `"content":"word-500"`, "messages/" + direct.ID + ".ndjson": `"content":"good bye"`,
		"people.ndjson": ben.ID,
	} {
		if !strings.Contains(all[file], want) {
			t.Errorf("%s lacks %q: %s", file, want, all[file])
		}
	}
	if _, there := all["messages/"+shelved.ID+".ndjson"]; !there {
		t.Error("an archived channel has no file")
	}
}

func TestWhatADrillOrAnExportLeftIsRemovedAtTheNextStartUnlessSomebodyIsAtIt(t *testing.T) {
	a := opened(t)
	dir := a.settings.DataDir
	for _, name := range []string{
		".scratch/drill-1/pegasus.db", ".scratch/export-2/pegasus.db", ".scratch/a-file",
		"files-of-mine/keep", "export-2026.zip", "export-2026-11.zip.tmp", "export-mine/keep", "drill-notes/keep",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	held, remove, err := scratchDir(dir, "drill-")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	a.sweepScratch(t.Context())
	for name, want := range map[string]bool{
		".scratch/drill-1": false, ".scratch/export-2": false, ".scratch/a-file": true, ".scratch/" + filepath.Base(held): true,
		"files-of-mine/keep": true, "export-2026.zip": true, "export-2026-11.zip.tmp": true, "export-mine/keep": true, "drill-notes/keep": true,
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	remove()
	if _, err := os.Stat(held); err == nil {
		t.Error("who had it to itself left it")
	}
}
