package importertest

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/imported"
	"pegasus/importer"
)

// Nowhere is a workspace that has nothing and takes everything. It fails the test of what no store would take.
type Nowhere struct {
	T      testing.TB
	Stored int // messages
}

var errNothing = fault.New(fault.NotFound, "NOTHING", "There is nothing.")

func (n *Nowhere) check(texts ...string) {
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			n.T.Errorf("%q is stored", text)
		}
	}
}

// Users implements importer.Target, as all of these do.
func (n *Nowhere) Users(context.Context, []string) ([]accounts.User, error) { return nil, nil }

func (n *Nowhere) UserByEmail(context.Context, string) (accounts.User, error) {
	return accounts.User{}, errNothing
}

func (n *Nowhere) UserByUsername(context.Context, string) (accounts.User, error) {
	return accounts.User{}, errNothing
}

func (n *Nowhere) ProviderAccount(context.Context, string, string) (accounts.ProviderAccount, error) {
	return accounts.ProviderAccount{}, errNothing
}

func (n *Nowhere) Channel(context.Context, string) (chat.Channel, error) {
	return chat.Channel{}, errNothing
}

func (n *Nowhere) ChannelByName(context.Context, string) (chat.Channel, error) {
	return chat.Channel{}, errNothing
}

func (n *Nowhere) ChannelByKey(context.Context, string) (chat.Channel, error) {
	return chat.Channel{}, errNothing
}

func (n *Nowhere) CreateChannel(_ context.Context, c chat.Channel, _ []chat.Member) error {
	n.check(c.ID, c.Name, c.Description, c.Topic, c.Key)
	return nil
}

func (n *Nowhere) Message(context.Context, string) (chat.Message, error) {
	return chat.Message{}, errNothing
}

func (n *Nowhere) TogglePin(context.Context, string, string, time.Time) (chat.Message, error) {
	return chat.Message{}, errNothing
}

func (n *Nowhere) ImportPeople(_ context.Context, people []imported.Person) ([]error, error) {
	for _, p := range people {
		n.check(p.User.ID, p.User.Email, p.User.Name, p.User.DisplayName, p.User.Username, p.User.StatusMessage, p.User.StatusEmoji, p.User.Phone)
		if p.User.Role != accounts.RoleUser {
			n.T.Errorf("%+v has a role", p.User)
		}
	}
	return make([]error, len(people)), nil
}

func (n *Nowhere) FillTwoFactor(context.Context, string, []byte) (bool, error) { return false, nil }

func (n *Nowhere) ImportMembers(_ context.Context, _ string, members []chat.Member) (int, error) {
	return len(members), nil
}

func (n *Nowhere) ImportMessages(_ context.Context, _ string, messages []chat.Message, _ bool) (int, error) {
	n.Stored += len(messages)
	for _, m := range messages {
		n.check(m.ID, m.Content, m.Guise.Name, m.Guise.Emoji, m.ParentID)
		if len(m.Content) > importer.MaxText || m.CreatedAt.Unix() <= 0 || m.UserID == "" {
			n.T.Errorf("%+v is stored", m)
		}
	}
	return len(messages), nil
}

func (n *Nowhere) KnownMessages(_ context.Context, ids []string) ([]string, error) {
	n.check(ids...)
	return nil, nil
}

func (n *Nowhere) ImportReactions(_ context.Context, reactions []chat.Reacted) error {
	for _, r := range reactions {
		n.check(r.ID, r.MessageID, r.UserID, r.Emoji)
	}
	return nil
}

func (n *Nowhere) ImportBookmarks(context.Context, []chat.Bookmark) error { return nil }

func (n *Nowhere) KeepDocuments(_ context.Context, documents []imported.Document) (int, error) {
	for _, d := range documents {
		n.check(d.Kind, d.SourceID, d.TargetID, d.OwnerID, d.JSON)
	}
	return len(documents), nil
}

func (n *Nowhere) KnownDocuments(_ context.Context, _ string, sourceIDs []string) ([]string, error) {
	n.check(sourceIDs...)
	return nil, nil
}

func (n *Nowhere) Documents(context.Context, string, string, int) ([]imported.Document, error) {
	return nil, nil
}
