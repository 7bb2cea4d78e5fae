package mongo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/backup"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/store/storetest"
)

// conversation makes a channel of one person with n messages.
func conversation(t *testing.T, s *Store, n int) (channelID, userID string) {
	t.Helper()
	at, u := storetest.Start, storetest.User("ada")
	u.Avatar = "/avatars/face.jpg"
	must(t, s.CreateUser(t.Context(), u, ""))
	c := chat.Channel{ID: id.New(at), Name: "plans", Type: chat.Public, CreatedAt: at, MemberCount: 1}
	must(t, s.CreateChannel(t.Context(), c, []chat.Member{{ChannelID: c.ID, UserID: u.ID, Role: chat.RoleMember, JoinedAt: at}}))
	for range n {
		post(t, s, c.ID, u.ID)
	}
	return c.ID, u.ID
}

func post(t *testing.T, s *Store, channelID, userID string) {
	t.Helper()
	at := storetest.Start
	_, _, err := s.AppendMessage(t.Context(), chat.Message{ID: id.New(at), ChannelID: channelID, UserID: userID, Content: "text", CreatedAt: at, UpdatedAt: at})
	must(t, err)
}

func TestADumpTakenWhileOthersWriteIsRestoredWithCountersThatAreRight(t *testing.T) {
	s := ready(t)
	channelID, userID := conversation(t, s, 5)
	entries := map[string][]byte{}
	var order []string
	d, err := s.Source().Dump(t.Context(), "", func(name string, _ int64, content io.Reader) error {
		text, err := io.ReadAll(content)
		entries[name], order = text, append(order, name)
		if bytes.Contains([]byte(name), []byte("-messages/")) {
			post(t, s, channelID, userID) // after the messages were read, before the channels
		}
		return err
	}, func(backup.Progress) {})
	must(t, err)
	if d.Counts["messages"] != 5 || len(d.Pictures) != 1 || d.Schema != schemaVersion {
		t.Fatalf("%+v", d)
	}
	other := connect(t)
	target, err := other.NewTarget(t.Context())
	must(t, err)
	if err := other.Ensure(t.Context()); !errors.Is(err, errHalfRestored) {
		t.Errorf("a server starts on half of a workspace: %v", err)
	}
	for _, name := range order {
		must(t, target.Load(t.Context(), name, int64(len(entries[name])), bytes.NewReader(entries[name])))
	}
	found, err := target.Check(t.Context())
	must(t, err)
	for name, n := range d.Counts {
		if found.Counts[name] != n {
			t.Errorf("%s has %d documents of %d", name, found.Counts[name], n)
		}
	}
	must(t, other.Ensure(t.Context()))
	restored, err := other.Channel(t.Context(), channelID)
	must(t, err)
	if restored.LastSeq != 5 || restored.MemberCount != 1 {
		t.Errorf("the channel counts %d messages and %d members", restored.LastSeq, restored.MemberCount)
	}
	if _, err := other.NewTarget(t.Context()); !errors.Is(err, errNotEmpty) {
		t.Errorf("over what is there: %v", err)
	}
}

func TestABackupHasTheSignOfTheWorkspace(t *testing.T) {
	s := ready(t)
	for _, c := range []struct {
		look string
		want []backup.Blob
	}{
		{"", nil}, {`{"name":"Acme"}`, nil}, {`{"logo":""}`, nil}, {`{"logo":"sign.png"}`, []backup.Blob{{Key: "sign.png"}}},
	} {
		if c.look != "" {
			must(t, s.PutSetting(t.Context(), brand.Setting, c.look))
		}
		d, err := s.Source().Dump(t.Context(), "", func(string, int64, io.Reader) error { return nil }, func(backup.Progress) {})
		if err != nil || !slices.Equal(d.Pictures, c.want) {
			t.Errorf("%q: pictures %v, want %v, %v", c.look, d.Pictures, c.want, err)
		}
	}
}

func TestARestoreThatBrokeOffBeginsAnew(t *testing.T) {
	s := connect(t)
	target, err := s.NewTarget(t.Context())
	must(t, err)
	doc, err := bson.Marshal(bson.D{{Key: "_id", Value: 1}})
	must(t, err)
	load := func() error {
		return target.Load(context.Background(), "000-things/000001.bson", int64(len(doc)), bytes.NewReader(doc))
	}
	must(t, load())
	_, err = s.NewTarget(t.Context())
	must(t, err)
	must(t, load())
}

func TestWhatIsNoDocumentIsNotLoaded(t *testing.T) {
	s := connect(t)
	target, err := s.NewTarget(t.Context())
	must(t, err)
	for name, text := range map[string]string{
		"000-a/000001.bson": "\xff\xff\xff\x7f", "001-a/000001.bson": "\x05\x00\x00\x00", "002-a/000001.bson": "\x00\x00\x00\x00\x00",
		"../000001.bson": "\x05\x00\x00\x00\x00", "pegasus.db": "SQLite",
	} {
		if err := target.Load(t.Context(), name, int64(len(text)), bytes.NewReader([]byte(text))); err == nil {
			t.Errorf("%q is loaded from %q", text, name)
		}
	}
}
