package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
)

// accountCase is a sentence about a store of people, and its test.
type accountCase struct {
	name string
	run  func(t *testing.T, store accounts.Store)
}

// Accounts tests a store of people and of all by which they come in. open returns an empty store and closes it with the
// test.
func Accounts(t *testing.T, open func(t *testing.T) accounts.Store) {
	for _, test := range slices.Concat(
		userCases, changeCases, findingCases, erasingCases, sessionCases,
		ticketCases, twoFactorCases, credentialCases, tokenCases, invitationCases, auditCases, profileCases,
		[]accountCase{{"nothing runs under a context that has ended", accountsCancelled}},
	) {
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
