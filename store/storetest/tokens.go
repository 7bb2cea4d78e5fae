package storetest

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var tokenCases = []accountCase{
	{"tokens read back with their person, newest first", tokensReadBack},
	{"a use of a token and a change of its person show at once", tokenSeesChange},
	{"tokens are removed by their person", tokensDeleted},
}

func tokensReadBack(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	full, bare := Token(u.ID, "full"), Token(u.ID, "bare")
	full.Scopes = []accounts.Scope{accounts.ScopeRead, accounts.ScopeWrite, accounts.ScopeAdmin}
	full.CreatedAt, full.ExpiresAt, full.LastUsedAt = Start.Add(time.Hour), Start.Add(2*time.Hour), Start.Add(90*time.Minute)
	bare.Name, bare.Hint, bare.Scopes = "", "", nil
	foreign := Token(other.ID, "foreign")
	for _, want := range []accounts.Token{full, bare, foreign} {
		must(t, store.CreateToken(t.Context(), want))
		got, owner, err := store.TokenUser(t.Context(), want.Hash)
		must(t, err)
		alike(t, "the token", got, want)
		equal(t, "the id of its person", owner.ID, want.UserID)
	}
	_, owner, err := store.TokenUser(t.Context(), "full")
	must(t, err)
	equal(t, "the person of the token", owner, u)
	_, _, err = store.TokenUser(t.Context(), "none")
	refused(t, err, fault.NotFound, "TOKEN_NOT_FOUND")
	tokens, err := store.Tokens(t.Context(), u.ID)
	must(t, err)
	alike(t, "the tokens, newest first", tokens, []accounts.Token{full, bare})
	tokens, err = store.Tokens(t.Context(), id.New(Start))
	must(t, err)
	equal(t, "the number of nobody's tokens", len(tokens), 0)
}

func tokenSeesChange(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	want := Token(u.ID, "hash")
	must(t, store.CreateToken(t.Context(), want))
	_, _, err := store.TokenUser(t.Context(), "hash")
	must(t, err)
	want.LastUsedAt, u.Role, u.Banned = Start.Add(time.Minute), accounts.RoleAdmin, true
	must(t, store.TouchToken(t.Context(), want.ID, want.LastUsedAt))
	_, err = store.UpdateUser(t.Context(), u.ID,
		accounts.UserChange{Role: &u.Role, Ban: &accounts.Ban{Banned: true}}, u.UpdatedAt)
	must(t, err)
	got, owner, err := store.TokenUser(t.Context(), "hash")
	must(t, err)
	alike(t, "the token after its use", got, want)
	equal(t, "the person after the change", owner, u)
	refused(t, store.TouchToken(t.Context(), id.New(Start), Start), fault.NotFound, "TOKEN_NOT_FOUND")
}

func tokensDeleted(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	gone, beside := Token(u.ID, "gone"), Token(u.ID, "beside")
	must(t, store.CreateToken(t.Context(), gone))
	must(t, store.CreateToken(t.Context(), beside))
	refused(t, store.DeleteToken(t.Context(), other.ID, gone.ID), fault.NotFound, "TOKEN_NOT_FOUND")
	must(t, store.DeleteToken(t.Context(), u.ID, gone.ID))
	refused(t, store.DeleteToken(t.Context(), u.ID, gone.ID), fault.NotFound, "TOKEN_NOT_FOUND")
	_, _, err := store.TokenUser(t.Context(), "gone")
	refused(t, err, fault.NotFound, "TOKEN_NOT_FOUND")
	refused(t, store.TouchToken(t.Context(), gone.ID, Start), fault.NotFound, "TOKEN_NOT_FOUND")
	tokens, err := store.Tokens(t.Context(), u.ID)
	must(t, err)
	alike(t, "the tokens left", tokens, []accounts.Token{beside})
}
