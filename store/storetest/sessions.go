package storetest

import (
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var sessionCases = []accountCase{
	{"a session reads back with its person", sessionReadsBack},
	{"a change of a person shows in their session at once", sessionSeesChange},
	{"a session is extended while it lives", sessionExtended},
	{"a change of a session touches the named fields only, until its end", sessionChanged},
	{"an extension never revives a deleted session", sessionStaysDead},
	{"sessions are listed newest first without expired ones", sessionsListed},
	{"a person ends one session, or all but one", sessionsDeleted},
	{"expired sessions are removed and counted", sessionsExpire},
}

// addSession stores a session that was made some time after Start.
func addSession(t *testing.T, store accounts.Store, userID, tokenHash string, after time.Duration) accounts.Session {
	t.Helper()
	s := Session(userID, tokenHash)
	s.CreatedAt, s.UpdatedAt = s.CreatedAt.Add(after), s.UpdatedAt.Add(after)
	must(t, store.CreateSession(t.Context(), s))
	return s
}

func sessionReadsBack(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	s := Session(u.ID, "hash")
	s.Remember, s.Way, s.ImpersonatedBy = true, accounts.WayImpersonation, id.New(Start)
	s.UpdatedAt, s.SeenAt, s.ProvenAt = Start.Add(time.Minute), Start.Add(time.Hour), Start.Add(time.Second)
	must(t, store.CreateSession(t.Context(), s))
	for range 2 {
		got, owner, err := store.SessionUser(t.Context(), "hash")
		must(t, err)
		equal(t, "the session", got, s)
		equal(t, "its person", owner, u)
	}
	got, err := store.Session(t.Context(), s.ID)
	must(t, err)
	equal(t, "the session by id", got, s)
	_, _, err = store.SessionUser(t.Context(), "other")
	refused(t, err, fault.NotFound, "SESSION_NOT_FOUND")
	_, err = store.Session(t.Context(), id.New(Start))
	refused(t, err, fault.NotFound, "SESSION_NOT_FOUND")
}

func sessionSeesChange(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	addSession(t, store, u.ID, "hash", 0)
	role := accounts.RoleAdmin
	for range 20 {
		_, _, err := store.SessionUser(t.Context(), "hash")
		must(t, err)
		_, err = store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Role: &role}, Start)
		must(t, err)
		_, got, err := store.SessionUser(t.Context(), "hash")
		must(t, err)
		equal(t, "the role after the change", got.Role, role)
		if role == accounts.RoleAdmin {
			role = accounts.RoleUser
		} else {
			role = accounts.RoleAdmin
		}
	}
}

func sessionExtended(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	s := addSession(t, store, u.ID, "hash", 0)
	_, _, err := store.SessionUser(t.Context(), "hash")
	must(t, err)
	s.UpdatedAt, s.ExpiresAt = Start.Add(time.Hour), Start.Add(9*24*time.Hour)
	must(t, store.UpdateSession(t.Context(), s.ID, extended(s.UpdatedAt, s.ExpiresAt), s.UpdatedAt))
	got, _, err := store.SessionUser(t.Context(), "hash")
	must(t, err)
	equal(t, "the session", got, s)

	late := s.ExpiresAt.Add(time.Hour)
	refused(t, store.UpdateSession(t.Context(), s.ID, extended(late, late.Add(time.Hour)), late), fault.NotFound, "SESSION_NOT_FOUND")
	refused(t, store.UpdateSession(t.Context(), id.New(Start), extended(Start, late), Start), fault.NotFound, "SESSION_NOT_FOUND")
}

func sessionChanged(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	want := addSession(t, store, u.ID, "hash", 0)
	other := addSession(t, store, u.ID, "other", 0)
	for i, field := range []struct {
		at     *time.Time
		change func(at *time.Time) accounts.SessionChange
	}{
		{&want.UpdatedAt, func(at *time.Time) accounts.SessionChange { return accounts.SessionChange{UpdatedAt: at} }},
		{&want.SeenAt, func(at *time.Time) accounts.SessionChange { return accounts.SessionChange{SeenAt: at} }},
		{&want.ProvenAt, func(at *time.Time) accounts.SessionChange { return accounts.SessionChange{ProvenAt: at} }},
		{&want.ExpiresAt, func(at *time.Time) accounts.SessionChange { return accounts.SessionChange{ExpiresAt: at} }},
	} {
		_, _, err := store.SessionUser(t.Context(), "hash")
		must(t, err)
		*field.at = Start.Add(time.Duration(i+1) * time.Hour)
		must(t, store.UpdateSession(t.Context(), want.ID, field.change(field.at), Start))
		got, _, err := store.SessionUser(t.Context(), "hash")
		must(t, err)
		equal(t, "the session", got, want)
	}
	must(t, store.UpdateSession(t.Context(), want.ID, accounts.SessionChange{}, Start))
	seen := accounts.SessionChange{SeenAt: &other.SeenAt}
	must(t, store.UpdateSession(t.Context(), want.ID, seen, want.ExpiresAt.Add(-time.Millisecond)))
	refused(t, store.UpdateSession(t.Context(), want.ID, seen, want.ExpiresAt), fault.NotFound, "SESSION_NOT_FOUND")
	got, err := store.Session(t.Context(), other.ID)
	must(t, err)
	equal(t, "another session", got, other)
}

func sessionStaysDead(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	s := addSession(t, store, u.ID, "hash", 0)
	atOnce(50, func(i int) error {
		if i == 25 {
			return store.DeleteSession(t.Context(), u.ID, s.ID)
		}
		if i%2 == 0 {
			_, _, err := store.SessionUser(t.Context(), "hash")
			return err
		}
		return store.UpdateSession(t.Context(), s.ID, extended(Start, Start.Add(30*24*time.Hour)), Start)
	})
	_, _, err := store.SessionUser(t.Context(), "hash")
	refused(t, err, fault.NotFound, "SESSION_NOT_FOUND")
	refused(t, store.UpdateSession(t.Context(), s.ID, extended(Start, Start.Add(time.Hour)), Start), fault.NotFound, "SESSION_NOT_FOUND")
	left, err := store.ListSessions(t.Context(), u.ID, Start)
	must(t, err)
	equal(t, "the number of sessions", len(left), 0)
}

func sessionsListed(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	old := addSession(t, store, u.ID, "old", 0)
	fresh := addSession(t, store, u.ID, "fresh", time.Hour)
	addSession(t, store, other.ID, "other", 0)
	expired := Session(u.ID, "expired")
	expired.ExpiresAt = Start.Add(time.Minute)
	must(t, store.CreateSession(t.Context(), expired))
	got, err := store.ListSessions(t.Context(), u.ID, Start.Add(2*time.Hour))
	must(t, err)
	if !slices.Equal(got, []accounts.Session{fresh, old}) {
		t.Fatalf("the list is %+v", got)
	}
}

func sessionsDeleted(t *testing.T, store accounts.Store) {
	u, other := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	hashes := []string{"one", "two", "three", "four"}
	var ids []string
	for _, hash := range hashes {
		ids = append(ids, addSession(t, store, u.ID, hash, 0).ID)
		_, _, err := store.SessionUser(t.Context(), hash)
		must(t, err)
	}
	foreign := addSession(t, store, other.ID, "other", 0)

	refused(t, store.DeleteSession(t.Context(), u.ID, foreign.ID), fault.NotFound, "SESSION_NOT_FOUND")
	must(t, store.DeleteSession(t.Context(), u.ID, ids[0]))
	refused(t, store.DeleteSession(t.Context(), u.ID, ids[0]), fault.NotFound, "SESSION_NOT_FOUND")
	ended, err := store.DeleteSessions(t.Context(), u.ID, ids[1])
	must(t, err)
	slices.Sort(ended)
	if want := slices.Sorted(slices.Values(ids[2:])); !slices.Equal(ended, want) {
		t.Fatalf("ended %v, want %v", ended, want)
	}
	for i, hash := range hashes {
		_, _, err := store.SessionUser(t.Context(), hash)
		if i == 1 {
			must(t, err)
		} else {
			refused(t, err, fault.NotFound, "SESSION_NOT_FOUND")
		}
	}
	ended, err = store.DeleteSessions(t.Context(), u.ID, "")
	must(t, err)
	equal(t, "the number of ended sessions", len(ended), 1)
	ended, err = store.DeleteSessions(t.Context(), u.ID, "")
	must(t, err)
	equal(t, "the number of sessions ended twice", len(ended), 0)
	_, _, err = store.SessionUser(t.Context(), "other")
	must(t, err)
}

func sessionsExpire(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	for _, hash := range []string{"one", "two"} {
		s := Session(u.ID, hash)
		s.ExpiresAt = Start.Add(time.Hour)
		must(t, store.CreateSession(t.Context(), s))
	}
	addSession(t, store, u.ID, "three", 0)
	_, _, err := store.SessionUser(t.Context(), "one")
	must(t, err)
	n, err := store.DeleteExpiredSessions(t.Context(), Start.Add(time.Hour+time.Millisecond))
	must(t, err)
	equal(t, "the number of removed sessions", n, 2)
	_, _, err = store.SessionUser(t.Context(), "one")
	refused(t, err, fault.NotFound, "SESSION_NOT_FOUND")
	_, _, err = store.SessionUser(t.Context(), "three")
	must(t, err)
}

func extended(now, expires time.Time) accounts.SessionChange {
	return accounts.SessionChange{UpdatedAt: &now, ExpiresAt: &expires}
}
