package storetest

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

var erasingCases = []accountCase{
	{"of a person who is erased a tombstone stays", userErased},
	{"a refused erasure leaves everything as it is", erasureRefused},
}

// addTraces stores all that can be kept of a person.
func addTraces(t *testing.T, store accounts.Store, username string) accounts.User {
	t.Helper()
	u := User(username)
	u.Avatar, u.Phone, u.StatusMessage, u.Status = "/a", "1", "hm", accounts.StatusBusy
	u.StatusEmoji, u.StatusUntil = "🌴", Start.Add(time.Hour)
	u.DisplayName, u.Role, u.EmailVerified, u.LastLogin = "Shown", accounts.RoleAdmin, true, Start
	u.GoogleID, u.OAuthProvider, u.Preferences = "g", "google", `{"a":1}`
	u.Banned, u.BanReason, u.BanExpires = true, "Spam", Start.Add(time.Hour)
	must(t, store.CreateUser(t.Context(), u, "hash of "+username))
	addSession(t, store, u.ID, username, 0)
	addTicket(t, store, reset, u.ID, username)
	addTicket(t, store, trusted, u.ID, username)
	addTwoFactor(t, store, u.ID, "code")
	must(t, store.CreateProviderAccount(t.Context(), ProviderAccount(u.ID, username)))
	must(t, store.CreatePasskey(t.Context(), Passkey(u.ID, username)))
	must(t, store.CreateToken(t.Context(), Token(u.ID, username)))
	return u
}

// traces returns what reading back what addTraces stored gives, by what it is.
func traces(t *testing.T, store accounts.Store, username string) map[string]error {
	t.Helper()
	ctx, found := t.Context(), map[string]error{}
	_, found["USER_NOT_FOUND"] = store.UserByEmail(ctx, username+"@example.test")
	_, _, found["SESSION_NOT_FOUND"] = store.SessionUser(ctx, username)
	_, found["INVALID_TOKEN"] = store.Ticket(ctx, reset, username, Start)
	_, found["ACCOUNT_NOT_FOUND"] = store.ProviderAccount(ctx, "github", username)
	_, found["PASSKEY_NOT_FOUND"] = store.PasskeyByCredential(ctx, username)
	_, _, found["TOKEN_NOT_FOUND"] = store.TokenUser(ctx, username)
	return found
}

func userErased(t *testing.T, store accounts.Store) {
	u, other := addTraces(t, store, "ada"), addTraces(t, store, "grace")
	for what, err := range traces(t, store, "ada") {
		if err != nil {
			t.Fatalf("before the end %s: %v", what, err)
		}
	}
	stone := accounts.Tombstone{Email: "gone-1@invalid", Username: "gone-1", Name: "Somebody who left"}
	want := accounts.User{
		ID: u.ID, Email: stone.Email, Username: stone.Username, Name: stone.Name, Role: accounts.RoleUser,
		Preferences: "{}", Status: accounts.StatusOffline, Deactivated: true, CreatedAt: u.CreatedAt,
	}
	for i := range 2 {
		want.UpdatedAt = Start.Add(time.Duration(i+1) * time.Hour)
		must(t, store.EraseUser(t.Context(), u.ID, stone, want.UpdatedAt))
		got, err := store.User(t.Context(), u.ID)
		must(t, err)
		equal(t, "what stays", got, want)
	}
	hash, err := store.PasswordHash(t.Context(), u.ID)
	must(t, err)
	equal(t, "the hash", hash, "")
	for code, err := range traces(t, store, "ada") {
		refused(t, err, fault.NotFound, code)
	}
	ticketGone(t, store, trusted, "ada", Start)
	_, err = store.TwoFactor(t.Context(), u.ID)
	refused(t, err, fault.NotFound, "TWO_FACTOR_NOT_ENABLED")
	sessions, err := store.ListSessions(t.Context(), u.ID, Start)
	must(t, err)
	equal(t, "the number of sessions", len(sessions), 0)

	for what, err := range traces(t, store, "grace") {
		if err != nil {
			t.Fatalf("of another person %s: %v", what, err)
		}
	}
	_, err = store.TwoFactor(t.Context(), other.ID)
	must(t, err)
	hash, err = store.PasswordHash(t.Context(), other.ID)
	must(t, err)
	equal(t, "another's hash", hash, "hash of grace")
	AddUser(t, store, "ada")
}

func erasureRefused(t *testing.T, store accounts.Store) {
	u, other := addTraces(t, store, "ada"), AddUser(t, store, "grace")
	before, err := store.User(t.Context(), u.ID)
	must(t, err)
	stone := accounts.Tombstone{Email: "gone@invalid", Username: "gone", Name: "Gone"}
	refused(t, store.EraseUser(t.Context(), User("nobody").ID, stone, Start), fault.NotFound, "USER_NOT_FOUND")
	stone.Username = other.Username
	refused(t, store.EraseUser(t.Context(), u.ID, stone, Start), fault.Conflict, "USERNAME_TAKEN")
	stone.Username, stone.Email = "gone", other.Email
	refused(t, store.EraseUser(t.Context(), u.ID, stone, Start), fault.Conflict, "EMAIL_TAKEN")
	got, err := store.User(t.Context(), u.ID)
	must(t, err)
	equal(t, "the person after refusals", got, before)
	hash, err := store.PasswordHash(t.Context(), u.ID)
	must(t, err)
	equal(t, "the hash after refusals", hash, "hash of ada")
}
