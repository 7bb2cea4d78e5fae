package storetest

import (
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func group(handle string) chat.UserGroup {
	return chat.UserGroup{ID: id.New(Start), Handle: handle, Name: "The " + handle, Description: "who does it", CreatedAt: Start}
}

func groupsKept(t *testing.T, store Store) {
	ctx := t.Context()
	ada, ben, eve := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "eve")
	design, ops := group("design"), group("ops")
	must(t, store.CreateGroup(ctx, ops))
	must(t, store.CreateGroup(ctx, design))
	refused(t, store.CreateGroup(ctx, group("ops")), fault.Conflict, "HANDLE_TAKEN")
	refused(t, store.CreateGroup(ctx, group("ada")), fault.Conflict, "HANDLE_TAKEN")
	refused(t, store.CreateUser(ctx, User("ops"), ""), fault.Conflict, "USERNAME_TAKEN")
	name := "design"
	_, err := store.UpdateUser(ctx, ada.ID, accounts.UserChange{Username: &name}, Start)
	refused(t, err, fault.Conflict, "USERNAME_TAKEN")

	all, err := store.Groups(ctx, 10)
	must(t, err)
	alike(t, "the groups", all, []chat.UserGroup{design, ops})
	for _, first := range []bool{true, false} {
		changed, err := store.SetGroupMember(ctx, design.ID, ada.ID, true)
		must(t, err)
		equal(t, "somebody is new in the group", changed, first)
	}
	for _, u := range []accounts.User{eve, ben} {
		_, err = store.SetGroupMember(ctx, design.ID, u.ID, true)
		must(t, err)
	}
	_, err = store.SetGroupMember(ctx, ops.ID, ben.ID, true)
	must(t, err)
	_, err = store.SetGroupMember(ctx, id.New(Start), ben.ID, true)
	refused(t, err, fault.NotFound, "GROUP_NOT_FOUND")
	design.MemberCount, ops.MemberCount = 3, 1
	members, err := store.GroupMembers(ctx, design.ID)
	must(t, err)
	alike(t, "the members", members, []string{ada.ID, ben.ID, eve.ID})
	of, err := store.GroupsOf(ctx, ben.ID, 10)
	must(t, err)
	alike(t, "the groups of somebody", of, []chat.UserGroup{design, ops})
	found, err := store.GroupsNamed(ctx, []string{"ops", "ada", "none"})
	must(t, err)
	alike(t, "the groups of some handles", found, []chat.UserGroup{ops})

	c := AddChannel(t, store, "c", ada, ben)
	called, err := store.CalledMembers(ctx, []string{design.ID, ops.ID}, c.ID)
	must(t, err)
	alike(t, "who is called in a channel", called, []string{ada.ID, ben.ID})

	ops.Handle, ops.Open = "operations", true
	must(t, store.UpdateGroup(ctx, ops))
	refused(t, store.UpdateGroup(ctx, chat.UserGroup{ID: ops.ID, Handle: "design"}), fault.Conflict, "HANDLE_TAKEN")
	refused(t, store.UpdateGroup(ctx, chat.UserGroup{ID: ops.ID, Handle: "eve"}), fault.Conflict, "HANDLE_TAKEN")
	refused(t, store.UpdateGroup(ctx, group("other")), fault.NotFound, "GROUP_NOT_FOUND")
	must(t, store.EraseUser(ctx, ben.ID, accounts.Tombstone{Email: "gone@x.test", Username: "gone", Name: "Gone"}, Start))
	design.MemberCount, ops.MemberCount = 2, 0
	all, err = store.Groups(ctx, 10)
	must(t, err)
	alike(t, "the groups after somebody was erased", all, []chat.UserGroup{design, ops})
	changed, err := store.SetGroupMember(ctx, design.ID, ben.ID, false)
	must(t, err)
	equal(t, "who is not in it was taken out", changed, false)
	must(t, store.DeleteGroup(ctx, design.ID))
	refused(t, store.DeleteGroup(ctx, design.ID), fault.NotFound, "GROUP_NOT_FOUND")
	of, err = store.GroupsOf(ctx, ada.ID, 10)
	must(t, err)
	equal(t, "the number of groups of who was in one that is gone", len(of), 0)
}

func groupFull(t *testing.T, store Store) {
	g := group("big")
	must(t, store.CreateGroup(t.Context(), g))
	const together, left = 90, 10 // not all at once: a busy server would answer some too late
	add := func(int) error {
		_, err := store.SetGroupMember(t.Context(), g.ID, id.New(Start), true)
		return err
	}
	for n := 0; n < chat.MaxGroupMembers-left; n += together {
		won, _ := atOnce(together, add)
		equal(t, "how many found a place in a group with room", won, together)
	}
	won, failures := atOnce(together, add)
	equal(t, "how many found one of the last places", won, left)
	for _, err := range failures {
		refused(t, err, fault.Full, chat.ErrGroupFull.Code)
	}
}
