package chat_test

import (
	"fmt"
	"slices"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// group makes a group of people.
func (w *world) group(t *testing.T, boss accounts.User, handle string, people ...accounts.User) {
	t.Helper()
	_, err := w.CreateGroup(t.Context(), boss, chat.GroupDraft{Handle: handle})
	must(t, err)
	for _, u := range people {
		_, err := w.AddToGroup(t.Context(), boss, handle, u.ID)
		must(t, err)
	}
}

// called returns how many messages mention a person and are unread.
func (w *world) called(t *testing.T, u accounts.User) int64 {
	t.Helper()
	joined, err := w.JoinedChannels(t.Context(), u)
	must(t, err)
	var n int64
	for _, j := range joined {
		n += j.MentionCount
	}
	return n
}

func TestAGroupCallsThoseOfItsPeopleWhoAreInTheChannel(t *testing.T) {
	w := newWorld(t)
	boss := w.person(t, "boss", accounts.RoleAdmin)
	ada, ben, eve, out := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "eve", accounts.RoleUser), w.person(t, "out", accounts.RoleUser)
	c := w.channel(t, chat.Private, boss, ada, ben, eve)
	w.group(t, boss, "design", ada, ben, out)
	w.group(t, boss, "ops", ben)
	m, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "@design and @ops and @Design, look. @nothing"})
	must(t, err)
	w.TellWaiting(t.Context())
	var told []string
	for _, p := range w.payloads {
		if n, is := p.(chat.Notification); is && n.MessageID == m.ID {
			told = append(told, n.UserID+" "+string(n.Kind))
		}
	}
	if !slices.Equal(told, []string{ben.ID + " mention"}) {
		t.Errorf("told are %v", told)
	}
	for u, want := range map[*accounts.User]int64{&ada: 0, &ben: 1, &eve: 0, &out: 0} {
		if got := w.called(t, *u); got != want {
			t.Errorf("%s has %d unread mentions, want %d", u.Username, got, want)
		}
	}
	// Who was called stays called through an edit that keeps the call, and is not called when it goes.
	_, err = w.EditMessage(t.Context(), ada, m.ID, "@design, look again")
	must(t, err)
	if got := w.called(t, ben); got != 1 {
		t.Errorf("%d unread mentions after an edit", got)
	}
	_, err = w.EditMessage(t.Context(), ada, m.ID, "never mind")
	must(t, err)
	if got := w.called(t, ben); got != 0 {
		t.Errorf("%d unread mentions after the call is gone", got)
	}
}

func TestALargeGroupIsForThoseWhoMayCallEveryone(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "ada", accounts.RoleUser)
	var many []accounts.User
	for i := range chat.LargeGroup {
		many = append(many, w.person(t, fmt.Sprint("p", i), accounts.RoleUser))
	}
	c := w.channel(t, chat.Public, boss, ada, many[0])
	w.group(t, boss, "crowd", many...)
	admins := chat.Admins
	_, err := w.UpdateChannel(t.Context(), boss, c.ID, chat.ChannelChange{Crowds: &admins})
	must(t, err)
	_, err = w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "@crowd"})
	must(t, err)
	if got := w.called(t, many[0]); got != 0 {
		t.Errorf("who may not call everyone called a large group: %d", got)
	}
	_, err = w.PostMessage(t.Context(), boss, c.ID, chat.Draft{Content: "@crowd"})
	must(t, err)
	if got := w.called(t, many[0]); got != 1 {
		t.Errorf("%d unread mentions after an admin's call", got)
	}
}

func TestWhoMayChangeGroups(t *testing.T) {
	w := newWorld(t)
	boss, mod := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "mod", accounts.RoleModerator)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	ctx := t.Context()
	_, err := w.CreateGroup(ctx, ada, chat.GroupDraft{Handle: "x1"})
	refused(t, err, fault.Forbidden, "FORBIDDEN")
	w.group(t, mod, "design", ada)
	_, err = w.ChangeGroup(ctx, ada, "design", chat.GroupDraft{Handle: "other"})
	refused(t, err, fault.Forbidden, "FORBIDDEN")
	_, err = w.AddToGroup(ctx, ada, "design", ben.ID)
	refused(t, err, fault.Forbidden, "FORBIDDEN")
	_, err = w.RemoveFromGroup(ctx, ben, "design", ada.ID)
	refused(t, err, fault.Forbidden, "FORBIDDEN")
	_, err = w.ChangeGroup(ctx, boss, "design", chat.GroupDraft{Handle: "design", Open: true})
	must(t, err)
	_, err = w.AddToGroup(ctx, ada, "design", "@Ben")
	must(t, err)
	_, err = w.RemoveFromGroup(ctx, ben, "design", ben.ID)
	must(t, err)
	refused(t, w.DeleteGroup(ctx, ada, "design"), fault.Forbidden, "FORBIDDEN")
	must(t, w.DeleteGroup(ctx, mod, "design"))
	refused(t, w.DeleteGroup(ctx, mod, "design"), fault.NotFound, "GROUP_NOT_FOUND")
	_, err = w.CreateGroup(ctx, mod, chat.GroupDraft{Handle: "ada"})
	refused(t, err, fault.Conflict, "HANDLE_TAKEN")
	_, err = w.CreateGroup(ctx, mod, chat.GroupDraft{Handle: "4dm-in"})
	refused(t, err, fault.Invalid, "INVALID_HANDLE")
}
