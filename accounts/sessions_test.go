package accounts_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// token stands for the hash of a token.
func token(c string) string { return strings.Repeat(c, 64) }

func (w *world) open(t testing.TB, u accounts.User, tokenHash string, remember bool) accounts.Session {
	t.Helper()
	s, _, err := w.OpenSession(accounts.WithDevice(t.Context(), accounts.Device{Address: "192.0.2.1", UserAgent: "Browser"}), u, tokenHash, accounts.Entrance{Way: accounts.WayPassword, Remember: remember})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) alive(t testing.TB, tokenHash string) (session accounts.Session, extended, alive bool) {
	t.Helper()
	session, _, extended, err := w.SessionUser(t.Context(), tokenHash)
	if err != nil {
		refused(t, err, fault.Unauthenticated, "UNAUTHORIZED")
	}
	return session, extended, err == nil
}

func TestASessionEndsAfterSevenDaysWithoutUse(t *testing.T) {
	w := newWorld(t)
	s := w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
	if s.ExpiresAt.Sub(s.CreatedAt) != 7*24*time.Hour || !s.Remember {
		t.Fatalf("opened %+v", s)
	}
	w.later(7 * 24 * time.Hour)
	if _, _, alive := w.alive(t, token("a")); alive {
		t.Fatal("it lives on the dot of its end")
	}
}

func TestASessionIsExtendedOnceADay(t *testing.T) {
	w := newWorld(t)
	w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
	for _, step := range []struct {
		after    time.Duration
		extended bool
	}{{time.Hour, false}, {23*time.Hour - time.Millisecond, false}, {time.Millisecond, true}, {0, false}, {23 * time.Hour, false}, {time.Hour, true}} {
		w.later(step.after)
		s, extended, alive := w.alive(t, token("a"))
		if !alive || extended != step.extended {
			t.Fatalf("after %s: alive %v, extended %v, want %v", step.after, alive, extended, step.extended)
		}
		if extended && !s.ExpiresAt.Equal(w.now().Add(7*24*time.Hour)) {
			t.Fatalf("extended to %s", s.ExpiresAt)
		}
	}
}

func TestASessionInDailyUseEndsAfterThirtyDays(t *testing.T) {
	w := newWorld(t)
	s := w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
	end := s.CreatedAt.Add(30 * 24 * time.Hour)
	for w.now().Before(end.Add(-time.Hour)) {
		got, _, alive := w.alive(t, token("a"))
		if !alive || got.ExpiresAt.After(end) {
			t.Fatalf("at %s: alive %v, to %s", w.now(), alive, got.ExpiresAt)
		}
		w.later(12 * time.Hour)
	}
	w.later(end.Sub(w.now()) - time.Millisecond)
	if _, _, alive := w.alive(t, token("a")); !alive {
		t.Fatal("it ended early")
	}
	w.later(time.Millisecond)
	if _, _, alive := w.alive(t, token("a")); alive {
		t.Fatal("it outlived thirty days")
	}
}

func TestABriefSessionLastsADayAndIsNeverExtended(t *testing.T) {
	w := newWorld(t)
	s := w.open(t, w.join(t, "ada@example.test", good), token("a"), false)
	if s.Remember || s.ExpiresAt.Sub(s.CreatedAt) != 24*time.Hour {
		t.Fatalf("opened %+v", s)
	}
	w.later(24*time.Hour - time.Millisecond)
	if _, extended, alive := w.alive(t, token("a")); extended || !alive {
		t.Fatalf("extended %v, alive %v", extended, alive)
	}
	w.later(time.Millisecond)
	if _, _, alive := w.alive(t, token("a")); alive {
		t.Fatal("it lives on")
	}
}

func TestAnUnknownTokenIsNobodys(t *testing.T) {
	w := newWorld(t)
	w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
	for _, other := range []string{"", "a", token("b"), token("a")[:63], token("A"), "%", "' OR 1=1 --"} {
		if _, _, alive := w.alive(t, other); alive {
			t.Errorf("%q is somebody's", other)
		}
	}
}

// outage is the store on a day on which it does not change sessions.
type outage struct{ accounts.Store }

func (outage) UpdateSession(context.Context, string, accounts.SessionChange, time.Time) error {
	return fault.Away("DATABASE_UNAVAILABLE", "away", errors.New("no route to host"))
}

func TestAnOutageSignsNobodyOut(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Store = outage{o.Store} })
	w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
	w.later(25 * time.Hour)
	_, _, _, err := w.SessionUser(t.Context(), token("a"))
	refused(t, err, fault.Unavailable, "DATABASE_UNAVAILABLE")
}

func TestWhenASessionWasLastSeenIsNotWorthAFailure(t *testing.T) {
	w := newWorld(t, func(o *accounts.Options) { o.Store = outage{o.Store} })
	w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
	w.later(time.Hour)
	if _, _, alive := w.alive(t, token("a")); !alive {
		t.Fatal("signed out by an outage")
	}
}

func TestTheLastRequestOfASessionIsKnownToWithinFiveMinutes(t *testing.T) {
	w := newWorld(t)
	opened := w.open(t, w.join(t, "ada@example.test", good), token("a"), false)
	for _, step := range []struct {
		after time.Duration
		noted bool
	}{{4*time.Minute + 59*time.Second, false}, {time.Second, true}, {time.Minute, false}, {4 * time.Minute, true}} {
		w.later(step.after)
		_, _, _ = w.alive(t, token("a"))
		stored, err := w.store.Session(t.Context(), opened.ID)
		if err != nil || stored.SeenAt.Equal(w.now()) != step.noted || !stored.UpdatedAt.Equal(opened.UpdatedAt) {
			t.Fatalf("after %s: seen %s, now %s, %v", step.after, stored.SeenAt, w.now(), err)
		}
	}
}

func TestSignOutEndsTheSessionItsStreamsAndShowsThePersonOffline(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	s, other := w.open(t, u, token("a"), true), w.open(t, u, token("b"), true)
	if err := w.SignOut(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, _, alive := w.alive(t, token("a")); alive {
		t.Error("it is alive")
	}
	if _, _, alive := w.alive(t, token("b")); !alive {
		t.Error("the other device was signed out")
	}
	if !slices.Equal(w.ended, []string{u.ID + " " + s.ID + " "}) {
		t.Errorf("ended the streams %v", w.ended)
	}
	if len(w.changed) != 1 || w.changed[0].Status != accounts.StatusOffline {
		t.Errorf("told others %+v", w.changed)
	}
	if err := w.SignOut(t.Context(), s); err != nil {
		t.Errorf("a second sign-out: %v", err)
	}
	_ = other
}

func TestSigningInShowsSomeoneOfflineAsOnlineAndKeepsAnyOtherStatus(t *testing.T) {
	for before, after := range map[accounts.Status]accounts.Status{
		accounts.StatusOffline: accounts.StatusOnline, accounts.StatusBusy: accounts.StatusBusy, accounts.StatusAway: accounts.StatusAway,
	} {
		w := newWorld(t)
		u := w.join(t, "ada@example.test", good)
		u, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Status: &before}, w.now())
		if err != nil {
			t.Fatal(err)
		}
		w.later(time.Minute)
		_, got, err := w.OpenSession(t.Context(), u, token("a"), accounts.Entrance{Remember: true})
		if err != nil || got.Status != after || !got.LastLogin.Equal(w.now()) {
			t.Errorf("%s became %s at %s, %v", before, got.Status, got.LastLogin, err)
		}
	}
}

// A request that was let in before the sign-out goes on to extend its session: that must not bring it back.
func TestSignOutWhileRequestsAreInFlightStays(t *testing.T) {
	for range 10 {
		w := newWorld(t)
		s := w.open(t, w.join(t, "ada@example.test", good), token("a"), true)
		w.later(25 * time.Hour)
		var work sync.WaitGroup
		for range 50 {
			work.Go(func() { w.SessionUser(t.Context(), token("a")) })
		}
		work.Go(func() {
			if err := w.SignOut(t.Context(), s); err != nil {
				t.Error(err)
			}
			if _, _, alive := w.alive(t, token("a")); alive {
				t.Error("alive right after the sign-out")
			}
		})
		work.Wait()
		if _, _, alive := w.alive(t, token("a")); alive {
			t.Fatal("it came back")
		}
	}
}

func TestWhoIsKeptOutHasNoSession(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	w.open(t, u, token("a"), true)
	ban := accounts.Ban{Banned: true, Expires: w.now().Add(time.Hour)}
	banned, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Ban: &ban}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, alive := w.alive(t, token("a")); alive {
		t.Error("a banned person is in")
	}
	_, _, err = w.OpenSession(t.Context(), banned, token("b"), accounts.Entrance{})
	refused(t, err, fault.Forbidden, "BANNED_USER")
	w.later(time.Hour)
	if _, _, alive := w.alive(t, token("a")); !alive {
		t.Error("the ban is over, the session is not")
	}
	gone := accounts.User{
		ID: "0123456789abcdef01234567", Email: "gone@example.test", Name: "Gone", Username: "gone", Role: accounts.RoleUser,
		Preferences: "{}", Status: accounts.StatusOffline, Deactivated: true, CreatedAt: w.now(), UpdatedAt: w.now(),
	}
	if err := w.store.CreateUser(t.Context(), gone, ""); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.OpenSession(t.Context(), gone, token("c"), accounts.Entrance{})
	refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
	gone.Deactivated = false // as read before
	w.open(t, gone, token("c"), true)
	if _, _, alive := w.alive(t, token("c")); alive {
		t.Error("a deactivated person is in")
	}
}

func TestTheNextRequestSeesANewRole(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	w.open(t, u, token("a"), true)
	for _, role := range []accounts.Role{accounts.RoleAdmin, accounts.RoleUser} {
		if _, _, alive := w.alive(t, token("a")); !alive { // a read that may be cached
			t.Fatal("not alive")
		}
		if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Role: &role}, w.now()); err != nil {
			t.Fatal(err)
		}
		_, now, _, err := w.SessionUser(t.Context(), token("a"))
		if err != nil || now.Role != role || (accounts.RequireAdmin(now) == nil) != (role == accounts.RoleAdmin) {
			t.Fatalf("the role is %s, %v; want %s", now.Role, err, role)
		}
	}
}

func TestEndSessionsLeavesOnlyTheExceptedDevice(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	w.open(t, ada, token("a"), true)
	w.later(time.Second)
	kept := w.open(t, ada, token("b"), true)
	w.open(t, ben, token("c"), true)
	if list, err := w.Sessions(t.Context(), ada.ID); err != nil || len(list) != 2 || list[0].ID != kept.ID {
		t.Fatalf("devices %+v, %v", list, err)
	}
	if err := w.EndSessions(t.Context(), ada.ID, kept.ID); err != nil {
		t.Fatal(err)
	}
	for hash, want := range map[string]bool{token("a"): false, token("b"): true, token("c"): true} {
		if _, _, alive := w.alive(t, hash); alive != want {
			t.Errorf("%.1s is alive: %v", hash, alive)
		}
	}
	if !slices.Equal(w.ended, []string{ada.ID + "  " + kept.ID}) {
		t.Errorf("ended the streams %v", w.ended)
	}
}

func TestNobodyEndsAnotherPersonsSession(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join(t, "ada@example.test", good), w.join(t, "ben@example.test", good)
	s := w.open(t, ada, token("a"), true)
	if err := w.EndSession(t.Context(), ben.ID, s.ID); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	if _, _, alive := w.alive(t, token("a")); !alive || len(w.ended) != 0 {
		t.Fatalf("alive %v, ended %v", alive, w.ended)
	}
}

func TestALongUserAgentIsCutToValidText(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	device := accounts.Device{UserAgent: strings.Repeat("é", 400) + "\xff"}
	s, _, err := w.OpenSession(accounts.WithDevice(t.Context(), device), u, token("a"), accounts.Entrance{Remember: true})
	if err != nil || s.UserAgent != strings.Repeat("é", 256) {
		t.Fatalf("%d bytes, %v", len(s.UserAgent), err)
	}
	s, _, err = w.OpenSession(accounts.WithDevice(t.Context(), accounts.Device{UserAgent: "x" + strings.Repeat("é", 400)}), u, token("b"), accounts.Entrance{Remember: true})
	if err != nil || s.UserAgent != "x"+strings.Repeat("é", 255) {
		t.Fatalf("%q, %v", s.UserAgent, err)
	}
}

func TestTidyRemovesWhatIsPastItsEnd(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	w.open(t, u, token("a"), false)
	w.open(t, u, token("b"), true)
	w.later(25 * time.Hour)
	if n, err := w.store.DeleteExpiredSessions(t.Context(), w.now()); n != 1 || err != nil {
		t.Fatalf("removed %d, %v", n, err)
	}
}

// sweep is a store that counts what Tidy asks of it, and fails.
type sweep struct {
	accounts.Store
	times *int
}

func (s sweep) DeleteExpiredSessions(context.Context, time.Time) (int, error) {
	*s.times++
	return 0, errors.New("away")
}

func (s sweep) DeleteExpiredTickets(context.Context, time.Time) (int, error) {
	*s.times++
	return 0, nil
}

func (s sweep) DeleteEvents(context.Context, time.Time) (int, error) {
	*s.times++
	return 0, nil
}

func TestTidyGoesOnAfterAFailureAndStopsWithItsContext(t *testing.T) {
	times, failures := 0, 0
	w := newWorld(t, func(o *accounts.Options) { o.Store = sweep{o.Store, &times} })
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Minute)
		defer cancel()
		w.Tidy(ctx, time.Hour, func(error) { failures++ })
	})
	if times != 6 || failures != 2 {
		t.Fatalf("swept %d times, failed %d", times, failures)
	}
}

func TestProfileRules(t *testing.T) {
	w := newWorld(t)
	u := w.join(t, "ada@example.test", good)
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		change accounts.ProfileChange
		field  string
	}{
		"a status nobody knows":    {accounts.ProfileChange{Status: text("invisible")}, "status"},
		"an empty status":          {accounts.ProfileChange{Status: text("")}, "status"},
		"a long status message":    {accounts.ProfileChange{StatusMessage: text(strings.Repeat("é", 101))}, "status_message"},
		"a status message of two":  {accounts.ProfileChange{StatusMessage: text("a\nb")}, "status_message"},
		"a long phone":             {accounts.ProfileChange{Phone: text(strings.Repeat("1", 33))}, "phone"},
		"preferences of no object": {accounts.ProfileChange{Preferences: text(`[1]`)}, "preferences"},
		"preferences null":         {accounts.ProfileChange{Preferences: text(`null`)}, "preferences"},
		"broken preferences":       {accounts.ProfileChange{Preferences: text(`{`)}, "preferences"},
		"preferences and more":     {accounts.ProfileChange{Preferences: text(`{} {}`)}, "preferences"},
		"huge preferences":         {accounts.ProfileChange{Preferences: text(`{"a":"` + strings.Repeat("x", 16<<10) + `"}`)}, "preferences"},
	} {
		if _, err := w.ChangeProfile(t.Context(), u.ID, c.change); !fault.Is(err, fault.Invalid) || fault.From(err).Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after, _ := w.User(t.Context(), u.ID); after != u || len(w.changed) != 0 {
		t.Errorf("changed to %+v, told %d times", after, len(w.changed))
	}
	for _, status := range []string{"online", "away", "busy", "inmeeting", "offline"} {
		if after, err := w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{Status: &status}); err != nil || string(after.Status) != status {
			t.Errorf("%s: %s, %v", status, after.Status, err)
		}
	}
	after, err := w.ChangeProfile(t.Context(), u.ID, accounts.ProfileChange{StatusMessage: text(strings.Repeat("é", 100)), Preferences: text(`{"theme":"dark"}`)})
	if err != nil || after.Preferences != `{"theme":"dark"}` || after.Role != accounts.RoleUser || after.Email != u.Email {
		t.Errorf("%+v, %v", after, err)
	}
	_, err = w.ChangeProfile(t.Context(), "0123456789abcdef01234567", accounts.ProfileChange{Phone: text("1")})
	if !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
