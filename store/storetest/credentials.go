package storetest

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var credentialCases = []accountCase{
	{"provider accounts read back as stored, oldest first", providersReadBack},
	{"a provider account is linked once", providerUnique},
	{"provider accounts are changed and removed", providersChange},
	{"passkeys read back as stored, oldest first, each registered once", passkeysReadBack},
	{"passkeys are changed and removed by their person", passkeysChange},
}

func providersReadBack(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	full, bare := ProviderAccount(u.ID, "Sübject-1"), ProviderAccount(u.ID, "subject-2")
	full.CreatedAt, full.UpdatedAt = Start.Add(time.Hour), Start.Add(2*time.Hour)
	bare.Email, bare.Scopes, bare.UpdatedAt = "", nil, time.Time{}
	must(t, store.CreateProviderAccount(t.Context(), full))
	must(t, store.CreateProviderAccount(t.Context(), bare))
	foreign := ProviderAccount(other.ID, "subject-1")
	must(t, store.CreateProviderAccount(t.Context(), foreign))
	for _, want := range []accounts.ProviderAccount{full, bare, foreign} {
		got, err := store.ProviderAccount(t.Context(), want.Provider, want.Subject)
		must(t, err)
		alike(t, "the link", got, want)
	}
	links, err := store.ProviderAccounts(t.Context(), u.ID)
	must(t, err)
	alike(t, "the links, oldest first", links, []accounts.ProviderAccount{bare, full})
	_, err = store.ProviderAccount(t.Context(), "google", "subject-1")
	refused(t, err, fault.NotFound, "ACCOUNT_NOT_FOUND")
	links, err = store.ProviderAccounts(t.Context(), id.New(Start))
	must(t, err)
	equal(t, "the number of nobody's links", len(links), 0)
}

func providerUnique(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	won, failures := atOnce(50, func(i int) error {
		if i%2 == 0 {
			return store.CreateProviderAccount(t.Context(), ProviderAccount(u.ID, "wanted"))
		}
		return store.CreateProviderAccount(t.Context(), ProviderAccount(other.ID, "wanted"))
	})
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "LINKED_ACCOUNT_ALREADY_EXISTS")
	}
	elsewhere := ProviderAccount(u.ID, "wanted")
	elsewhere.Provider = "google"
	must(t, store.CreateProviderAccount(t.Context(), elsewhere))
}

func providersChange(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	want, beside := ProviderAccount(u.ID, "one"), ProviderAccount(u.ID, "two")
	must(t, store.CreateProviderAccount(t.Context(), want))
	must(t, store.CreateProviderAccount(t.Context(), beside))
	for _, scopes := range [][]string{{"openid"}, nil} {
		want.Email, want.Scopes, want.UpdatedAt = "new@example.test", scopes, Start.Add(time.Hour)
		must(t, store.UpdateProviderAccount(t.Context(), want.ID, want.Email, want.Scopes, want.UpdatedAt))
		got, err := store.ProviderAccount(t.Context(), "github", "one")
		must(t, err)
		alike(t, "the link", got, want)
	}
	refused(t, store.UpdateProviderAccount(t.Context(), id.New(Start), "", nil, Start), fault.NotFound, "ACCOUNT_NOT_FOUND")
	refused(t, store.DeleteProviderAccount(t.Context(), other.ID, want.ID), fault.NotFound, "ACCOUNT_NOT_FOUND")
	must(t, store.DeleteProviderAccount(t.Context(), u.ID, want.ID))
	refused(t, store.DeleteProviderAccount(t.Context(), u.ID, want.ID), fault.NotFound, "ACCOUNT_NOT_FOUND")
	links, err := store.ProviderAccounts(t.Context(), u.ID)
	must(t, err)
	alike(t, "the links left", links, []accounts.ProviderAccount{beside})
	must(t, store.CreateProviderAccount(t.Context(), ProviderAccount(other.ID, "one")))
}

func passkeysReadBack(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	full := Passkey(u.ID, "Credential-_1")
	full.CreatedAt, full.LastUsedAt = Start.Add(time.Hour), Start.Add(2*time.Hour)
	bare := accounts.Passkey{ID: id.New(Start), UserID: u.ID, CredentialID: "credential-_1", PublicKey: []byte{1}, CreatedAt: Start}
	foreign := Passkey(other.ID, "other")
	for _, want := range []accounts.Passkey{full, bare, foreign} {
		must(t, store.CreatePasskey(t.Context(), want))
		got, err := store.PasskeyByCredential(t.Context(), want.CredentialID)
		must(t, err)
		alike(t, "the passkey", got, want)
	}
	keys, err := store.Passkeys(t.Context(), u.ID)
	must(t, err)
	alike(t, "the passkeys, oldest first", keys, []accounts.Passkey{bare, full})
	_, err = store.PasskeyByCredential(t.Context(), "CREDENTIAL-_1")
	refused(t, err, fault.NotFound, "PASSKEY_NOT_FOUND")
	won, failures := atOnce(50, func(int) error { return store.CreatePasskey(t.Context(), Passkey(u.ID, "wanted")) })
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "PASSKEY_EXISTS")
	}
	refused(t, store.CreatePasskey(t.Context(), Passkey(u.ID, "other")), fault.Conflict, "PASSKEY_EXISTS")
}

func passkeysChange(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	want, beside := Passkey(u.ID, "one"), Passkey(u.ID, "two")
	must(t, store.CreatePasskey(t.Context(), want))
	must(t, store.CreatePasskey(t.Context(), beside))
	change := func(change accounts.PasskeyChange) {
		t.Helper()
		got, err := store.UpdatePasskey(t.Context(), u.ID, want.ID, change)
		must(t, err)
		alike(t, "the passkey after the change", got, want)
		got, err = store.PasskeyByCredential(t.Context(), "one")
		must(t, err)
		alike(t, "the passkey read again", got, want)
	}
	change(accounts.PasskeyChange{})
	want.Name = ""
	change(accounts.PasskeyChange{Name: &want.Name})
	want.Counter, want.BackedUp, want.Data, want.LastUsedAt = 0, false, `{"b":2}`, Start.Add(time.Hour)
	change(accounts.PasskeyChange{
		Counter: &want.Counter, BackedUp: &want.BackedUp, Data: &want.Data, LastUsedAt: &want.LastUsedAt,
	})
	_, err := store.UpdatePasskey(t.Context(), other.ID, want.ID, accounts.PasskeyChange{Name: &want.ID})
	refused(t, err, fault.NotFound, "PASSKEY_NOT_FOUND")
	_, err = store.UpdatePasskey(t.Context(), u.ID, id.New(Start), accounts.PasskeyChange{})
	refused(t, err, fault.NotFound, "PASSKEY_NOT_FOUND")
	refused(t, store.DeletePasskey(t.Context(), other.ID, want.ID), fault.NotFound, "PASSKEY_NOT_FOUND")
	must(t, store.DeletePasskey(t.Context(), u.ID, want.ID))
	refused(t, store.DeletePasskey(t.Context(), u.ID, want.ID), fault.NotFound, "PASSKEY_NOT_FOUND")
	keys, err := store.Passkeys(t.Context(), u.ID)
	must(t, err)
	alike(t, "the passkeys left", keys, []accounts.Passkey{beside})
}
