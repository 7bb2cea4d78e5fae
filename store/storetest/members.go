package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func membersComeAndGo(t *testing.T, store Store) {
	ctx := t.Context()
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada)
	_, _, err := store.Membership(ctx, c.ID, grace.ID)
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	refused(t, store.RemoveMember(ctx, c.ID, grace.ID), fault.NotFound, "NOT_A_MEMBER")
	refused(t, store.SetMemberRole(ctx, c.ID, grace.ID, chat.RoleAdmin), fault.NotFound, "NOT_A_MEMBER")
	ids, err := store.JoinedChannelIDs(ctx, grace.ID)
	must(t, err)
	equal(t, "the number of joined channels before", len(ids), 0)

	m := Member(c.ID, grace.ID)
	m.LastReadSeq = c.LastSeq
	must(t, store.AddMember(ctx, m))
	refused(t, store.AddMember(ctx, m), fault.Conflict, "ALREADY_MEMBER")
	ch, got, err := store.Membership(ctx, c.ID, grace.ID)
	must(t, err)
	equal(t, "the membership", got, m)
	equal(t, "the number of members", ch.MemberCount, 2)
	ids, err = store.JoinedChannelIDs(ctx, grace.ID)
	must(t, err)
	if !slices.Equal(ids, []string{c.ID}) {
		t.Fatalf("joined channels are %v", ids)
	}

	must(t, store.RemoveMember(ctx, c.ID, grace.ID))
	_, _, err = store.Membership(ctx, c.ID, grace.ID)
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	ids, err = store.JoinedChannelIDs(ctx, grace.ID)
	must(t, err)
	equal(t, "the number of joined channels after", len(ids), 0)
	ch, err = store.Channel(ctx, c.ID)
	must(t, err)
	equal(t, "the number of members left", ch.MemberCount, 1)

	won, _ := atOnce(20, func(int) error { return store.AddMember(ctx, m) })
	equal(t, "the number of joins that succeeded", won, 1)
	ch, err = store.Channel(ctx, c.ID)
	must(t, err)
	equal(t, "the number of members after 20 joins at once", ch.MemberCount, 2)
}

func membersListed(t *testing.T, store Store) {
	c := AddChannel(t, store, "general")
	var want []string
	for i := range 7 {
		u := AddUser(t, store, fmt.Sprintf("user%d", i))
		must(t, store.AddMember(t.Context(), Member(c.ID, u.ID)))
		want = append(want, u.ID)
	}
	slices.Sort(want)
	var got []string
	for after := ""; ; {
		page, err := store.Members(t.Context(), c.ID, after, 3)
		must(t, err)
		if len(page) == 0 {
			break
		}
		if len(page) > 3 {
			t.Fatalf("a page of 3 has %d members", len(page))
		}
		for _, m := range page {
			equal(t, "the channel of a member", m.ChannelID, c.ID)
			got = append(got, m.UserID)
		}
		after = got[len(got)-1]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pages give %v, want %v", got, want)
	}
	for _, at := range []int{5, 2, 4} {
		must(t, store.SetMemberRole(t.Context(), c.ID, want[at], chat.RoleAdmin))
	}
	for limit, those := range map[int][]string{0: nil, 2: {want[2], want[4]}, 9: {want[2], want[4], want[5]}} {
		admins, err := store.ChannelAdmins(t.Context(), c.ID, limit)
		must(t, err)
		var ids []string
		for _, m := range admins {
			equal(t, "the role of an admin", m.Role, chat.RoleAdmin)
			ids = append(ids, m.UserID)
		}
		if !slices.Equal(ids, those) {
			t.Fatalf("up to %d admins are %v, want %v", limit, ids, those)
		}
	}
}

func membersTold(t *testing.T, store Store) {
	ada, ben, cy := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cy")
	c := AddChannel(t, store, "here", ada, ben)
	AddChannel(t, store, "there", cy)
	got, err := store.MembersAmong(t.Context(), c.ID, []string{cy.ID, ben.ID, id.New(Start)})
	must(t, err)
	_, want, err := store.Membership(t.Context(), c.ID, ben.ID)
	must(t, err)
	alike(t, "the members", got, []chat.Member{want})
	got, err = store.MembersAmong(t.Context(), c.ID, nil)
	must(t, err)
	equal(t, "the members among nobody", len(got), 0)
}

func roleChanged(t *testing.T, store Store) {
	ctx := t.Context()
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	_, _, err := store.Membership(ctx, c.ID, ada.ID)
	must(t, err)
	must(t, store.SetMemberRole(ctx, c.ID, grace.ID, chat.RoleMember))
	must(t, store.SetMemberRole(ctx, c.ID, ada.ID, chat.RoleAdmin))
	_, m, err := store.Membership(ctx, c.ID, ada.ID)
	must(t, err)
	equal(t, "the new role", m.Role, chat.RoleAdmin)
	refused(t, store.SetMemberRole(ctx, c.ID, ada.ID, chat.RoleMember), fault.Conflict, "LAST_ADMIN")
	must(t, store.SetMemberRole(ctx, c.ID, ada.ID, chat.RoleAdmin))
	must(t, store.SetMemberRole(ctx, c.ID, grace.ID, chat.RoleAdmin))
	must(t, store.SetMemberRole(ctx, c.ID, ada.ID, chat.RoleMember))
	_, m, err = store.Membership(ctx, c.ID, ada.ID)
	must(t, err)
	equal(t, "the role after stepping down", m.Role, chat.RoleMember)
}

func lastAdminRace(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	for round := range 10 {
		c := AddChannel(t, store, fmt.Sprintf("channel-%d", round), ada, grace)
		must(t, store.SetMemberRole(t.Context(), c.ID, ada.ID, chat.RoleAdmin))
		must(t, store.SetMemberRole(t.Context(), c.ID, grace.ID, chat.RoleAdmin))
		won, failures := atOnce(2, func(i int) error {
			return store.SetMemberRole(t.Context(), c.ID, []string{ada.ID, grace.ID}[i], chat.RoleMember)
		})
		equal(t, "the number of those who stepped down", won, 1)
		refused(t, failures[0], fault.Conflict, "LAST_ADMIN")
	}
}

// samePlaces holds JoinedPlaces against JoinedChannels, at once and where the store has kept something of it.
func samePlaces(t *testing.T, store Store, userID string) {
	t.Helper()
	want, err := store.JoinedChannels(t.Context(), userID)
	must(t, err)
	for i := range want {
		want[i].LastMessage = ""
	}
	for range 2 {
		got, err := store.JoinedPlaces(t.Context(), userID)
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the places are %+v, want %+v", got, want)
		}
	}
}

func placesFollow(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	bravo, alpha := AddChannel(t, store, "Bravo", ada, grace), AddChannel(t, store, "alpha", ada, grace)
	ctx := t.Context()
	samePlaces(t, store, ada.ID)
	yes, no, name := true, false, "charlie"
	for _, step := range []struct {
		what   string
		change func() error
	}{
		{"a message", func() error { Post(t, store, bravo.ID, grace.ID, "first"); return nil }},
		{"own message", func() error { Post(t, store, bravo.ID, ada.ID, "second"); return nil }},
		{"reading", func() error { _, _, err := store.MarkRead(ctx, bravo.ID, ada.ID, 1, Start); return err }},
		{"a new name", func() error {
			_, err := store.UpdateChannel(ctx, alpha.ID, chat.ChannelChange{Name: &name})
			return err
		}},
		{"a role", func() error { return store.SetMemberRole(ctx, alpha.ID, ada.ID, chat.RoleAdmin) }},
		{"a section", func() error { return store.SetSection(ctx, bravo.ID, ada.ID, "Work") }},
		{"renaming a section", func() error { return store.RenameSection(ctx, ada.ID, "Work", "Play") }},
		{"muting", func() error { return store.MuteMember(ctx, alpha.ID, ada.ID, Start.Add(time.Hour)) }},
		{"joining", func() error { AddChannel(t, store, "delta", ada); return nil }},
		{"archiving", func() error {
			_, err := store.UpdateChannel(ctx, bravo.ID, chat.ChannelChange{Archived: &yes})
			return err
		}},
		{"unarchiving", func() error {
			_, err := store.UpdateChannel(ctx, bravo.ID, chat.ChannelChange{Archived: &no})
			return err
		}},
		{"another's", func() error { return store.RemoveMember(ctx, bravo.ID, grace.ID) }},
	} {
		if err := step.change(); err != nil {
			t.Errorf("%s: %v", step.what, err)
		}
		samePlaces(t, store, ada.ID)
	}
	must(t, store.RemoveMember(ctx, alpha.ID, ada.ID))
	samePlaces(t, store, ada.ID)
}

func joinedListed(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	bravo := AddChannel(t, store, "Bravo", ada, grace)
	alpha := AddChannel(t, store, "alpha", ada)
	silent := AddChannel(t, store, "charlie", ada)
	AddChannel(t, store, "delta", grace)
	gone := AddChannel(t, store, "gone", ada)
	yes := true
	_, err := store.UpdateChannel(t.Context(), gone.ID, chat.ChannelChange{Archived: &yes})
	must(t, err)
	Post(t, store, bravo.ID, grace.ID, "first")
	Post(t, store, bravo.ID, grace.ID, "second")
	Post(t, store, alpha.ID, ada.ID, "kept")
	deleted := Post(t, store, alpha.ID, ada.ID, "deleted")
	_, err = store.DeleteMessage(t.Context(), deleted.ID, "", Start)
	must(t, err)

	joined, err := store.JoinedChannels(t.Context(), ada.ID)
	must(t, err)
	var got []string
	for _, j := range joined {
		got = append(got, fmt.Sprintf("%s %s %d", j.Name, j.LastMessage, j.Member.Unread(j.LastSeq)))
		equal(t, "the person of a joined channel", j.UserID, ada.ID)
		equal(t, "the channel of a membership", j.Member.ChannelID, j.Channel.ID)
	}
	if want := []string{"alpha  0", "Bravo second 2", "charlie  0"}; !slices.Equal(got, want) {
		t.Fatalf("the list is %q, want %q", got, want)
	}
	samePlaces(t, store, ada.ID)
	ids, err := store.JoinedChannelIDs(t.Context(), ada.ID)
	must(t, err)
	want := []string{alpha.ID, bravo.ID, silent.ID}
	if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values(want))) {
		t.Fatalf("the ids are %v, want %v", ids, want)
	}
	none, err := store.JoinedChannels(t.Context(), AddUser(t, store, "zoe").ID)
	must(t, err)
	equal(t, "the number of channels of a newcomer", len(none), 0)
}
