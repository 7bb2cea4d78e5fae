package handlers

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/id"
	"pegasus/plugins"
)

// leads returns the link of a page that begins so, "" where it has none.
func (a answered) leads(prefix string) string {
	a.t.Helper()
	for _, link := range nodes(a.t, a, "a") {
		if href := attribute(link, "href"); strings.HasPrefix(href, prefix) {
			return href
		}
	}
	return ""
}

func TestAFullPageLeadsToNoEmptyOne(t *testing.T) {
	w := newWorld(t)
	ctx, boss, general := t.Context(), w.admin("boss"), w.general()
	p, err := w.Plugins.CreatePlugin(ctx, boss.User, plugins.NewPlugin{Name: "own"})
	must(t, err)
	talk := plugins.Conversation{ID: id.New(now()), PluginID: p.ID, UserID: boss.User.ID, Title: "talk", CreatedAt: now(), UpdatedAt: now()}
	must(t, w.store.CreateConversation(ctx, talk))
	for _, c := range []struct {
		path, next, row string
		page, here      int // what one page holds, and what is there already
		add             func(n int) error
	}{
		{"/admin/invitations", "/admin/invitations?after=", `/revoke"`, invitationsPage, 0, func(n int) error {
			i := accounts.Invitation{ID: id.New(now()), TokenHash: fmt.Sprint("hash", n), Role: accounts.RoleUser, CreatedBy: boss.User.ID, MaxUses: 1,
				CreatedAt: now(), ExpiresAt: now().AddDate(1, 0, 0)}
			return w.store.CreateInvitation(ctx, i)
		}},
		{"/admin/integrations", "/admin/integrations?after=", "called hook", hooksPage, 0, func(n int) error {
			h := hooks.Hook{ID: id.New(now()), Kind: hooks.Incoming, ChannelID: general.ID, KeeperID: boss.User.ID, Name: "called hook", Hash: fmt.Sprint("hash", n),
				CreatedAt: now(), UpdatedAt: now()}
			return w.store.CreateHook(ctx, h)
		}},
		{"/channels", "/channels?after=", "data-room", browsePage, 1, func(n int) error {
			return w.store.CreateChannel(ctx, chat.Channel{ID: id.New(now()), Name: fmt.Sprintf("room%03d", n), Type: chat.Public, CreatedAt: now()}, nil)
		}},
		{"/users", "/users?after=", "Somebody", peoplePage, 1, func(n int) error {
			u := accounts.User{ID: id.New(now()), Email: fmt.Sprintf("p%d@example.test", n), Username: fmt.Sprint("p", n), Name: "Somebody", Role: accounts.RoleUser,
				Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: now(), UpdatedAt: now()}
			return w.store.CreateUser(ctx, u, "")
		}},
		{"/plugins", "/plugins?after=", "a shared one", sharedOnPage, 0, func(n int) error {
			name := fmt.Sprintf("a shared one %03d", n)
			one := plugins.Plugin{ID: id.New(now()), OwnerID: id.New(now()), Name: name, NameKey: name, Data: "{}", Shared: true, CreatedAt: now(), UpdatedAt: now()}
			return w.store.CreatePlugin(ctx, one)
		}},
		{"/plugins/own", "/plugins/own?before=", "a question", turnsOnPage, 0, func(int) error {
			e := plugins.Exchange{ID: id.New(now()), ConversationID: talk.ID, PluginID: p.ID, UserID: boss.User.ID, Ask: "a question", State: plugins.Answering, CreatedAt: now()}
			if err := w.store.BeginExchange(ctx, e, now()); err != nil {
				return err
			}
			e.State, e.DoneAt = plugins.Answered, now()
			return w.store.SaveExchange(ctx, e)
		}},
	} {
		for n := range c.page - c.here {
			must(t, c.add(n))
		}
		if next := w.get(boss, c.path).want(200, c.row).leads(c.next); next != "" {
			t.Errorf("%s is full and leads to %s, where nothing is", c.path, next)
		}
		must(t, c.add(c.page))
		next := w.get(boss, c.path).want(200).leads(c.next)
		if next == "" {
			t.Errorf("%s has one more than a page and leads to no other", c.path)
			continue
		}
		w.get(boss, next).want(200, c.row)
	}
}
