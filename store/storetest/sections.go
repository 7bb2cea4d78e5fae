package storetest

import (
	"fmt"
	"testing"

	"pegasus/chat"
	"pegasus/fault"
)

func sectionsKept(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	a, b, c := AddChannel(t, store, "a", ada, ben), AddChannel(t, store, "b", ada, ben), AddChannel(t, store, "c", ada)
	sections := func(userID, want string) {
		t.Helper()
		joined, err := store.JoinedChannels(ctx, userID)
		must(t, err)
		got := ""
		for _, j := range joined {
			_, m, err := store.Membership(ctx, j.Channel.ID, userID)
			must(t, err)
			equal(t, "the section of the membership", m.Section, j.Section)
			got += j.Name + "=" + j.Section + " "
		}
		equal(t, "the sections", got, want)
	}
	sections(ada.ID, "a= b= c= ")
	must(t, store.SetSection(ctx, a.ID, ada.ID, chat.Favourites))
	must(t, store.SetSection(ctx, b.ID, ada.ID, "Work"))
	must(t, store.SetSection(ctx, c.ID, ada.ID, "Work"))
	must(t, store.SetSection(ctx, b.ID, ben.ID, "Work"))
	refused(t, store.SetSection(ctx, c.ID, ben.ID, "Work"), fault.NotFound, "NOT_A_MEMBER")
	sections(ada.ID, "a=* b=Work c=Work ")
	must(t, store.RenameSection(ctx, ada.ID, "Work", "Boats"))
	must(t, store.RenameSection(ctx, ada.ID, "none", "Boats"))
	sections(ada.ID, "a=* b=Boats c=Boats ")
	sections(ben.ID, "a= b=Work ")
	must(t, store.RenameSection(ctx, ada.ID, "Boats", ""))
	sections(ada.ID, "a=* b= c= ")
}

func channelsArranged(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	a, b, c := AddChannel(t, store, "a", ada, ben), AddChannel(t, store, "b", ada, ben), AddChannel(t, store, "c", ada)
	d := AddChannel(t, store, "d", ben)
	positions := func(userID, want string) {
		t.Helper()
		joined, err := store.JoinedPlaces(ctx, userID)
		must(t, err)
		got := ""
		for _, j := range joined {
			_, m, err := store.Membership(ctx, j.Channel.ID, userID)
			must(t, err)
			equal(t, "the position of the membership", m.Position, j.Position)
			got += fmt.Sprintf("%s=%d ", j.Name, j.Position)
		}
		equal(t, "the positions", got, want)
	}
	must(t, store.ArrangeChannels(ctx, ada.ID, nil))
	positions(ada.ID, "a=0 b=0 c=0 ")
	must(t, store.ArrangeChannels(ctx, ada.ID, []string{c.ID, d.ID, a.ID}))
	positions(ada.ID, "a=3 b=0 c=1 ")
	positions(ben.ID, "a=0 b=0 d=0 ")
	must(t, store.ArrangeChannels(ctx, ada.ID, []string{a.ID, b.ID, c.ID}))
	must(t, store.SetSection(ctx, b.ID, ada.ID, "Work"))
	positions(ada.ID, "a=1 b=0 c=3 ")
	must(t, store.RenameSection(ctx, ada.ID, "", "Rest"))
	positions(ada.ID, "a=1 b=0 c=3 ")
}
