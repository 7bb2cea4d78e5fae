package storetest

import (
	"context"
	"errors"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

// Accounts tests a store of people and sessions. open returns an empty store and closes it with the test.
func Accounts(t *testing.T, open func(t *testing.T) accounts.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store accounts.Store)
	}{
		{"a person reads back as stored, by each key", userReadsBack},
		{"a missing person is not found", userMissing},
		{"an address or username is given once", userUnique},
		{"of 50 people who want one address and name at once one gets it", userRace},
		{"of 50 first administrators at once one is made", firstAdminRace},
		{"people are listed in the order of their ids, in pages", usersListed},
		{"a search takes its text literally and ignores case", usersSearched},
		{"people are counted, and those who are not offline", usersCounted},
		{"a change touches the named fields only", userChanged},
		{"a password hash is replaced only where it is still the current one", passwordReplaced},
		{"a session reads back with its person", sessionReadsBack},
		{"a change of a person shows in their session at once", sessionSeesChange},
		{"a session is extended while it lives", sessionExtended},
		{"an extension never revives a deleted session", sessionStaysDead},
		{"sessions are listed newest first without expired ones", sessionsListed},
		{"a person ends one session, or all but one", sessionsDeleted},
		{"expired sessions are removed and counted", sessionsExpire},
		{"nothing runs under a context that has ended", accountsCancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func accountsCancelled(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.CreateUser(ctx, User("grace"), ""); !errors.Is(err, context.Canceled) {
		t.Fatalf("a write gives %v", err)
	}
	if _, err := store.User(ctx, u.ID); !errors.Is(err, context.Canceled) {
		t.Fatalf("a read gives %v", err)
	}
	if _, err := store.SearchUsers(ctx, "a", 10); !errors.Is(err, context.Canceled) {
		t.Fatalf("a search gives %v", err)
	}
	_, err := store.UserByUsername(t.Context(), "grace")
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
}
