package trouble

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

var boss = accounts.User{ID: "b", Name: "Ada", Role: accounts.RoleAdmin}

// bench are switches with a clock that the test moves.
type bench struct {
	*Switches
	now   time.Time
	cuts  int
	audit []accounts.Event
}

func newBench() *bench {
	b := &bench{now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)}
	b.Switches = New(Options{
		Now: func() time.Time { return b.now }, Cut: func() { b.cuts++ },
		Record: func(_ context.Context, e accounts.Event) { b.audit = append(b.audit, e) },
	})
	return b
}

func (b *bench) set(t *testing.T, one Switch) {
	t.Helper()
	if err := b.Set(t.Context(), boss, one, MaxLife); err != nil {
		t.Fatal(err)
	}
}

// asks returns the status that a request gets.
func (b *bench) asks(method, path string) int {
	fail := func(w http.ResponseWriter, _ *http.Request, err error) {
		w.WriteHeader(map[fault.Kind]int{fault.Unavailable: 503, fault.Limited: 429}[fault.From(err).Kind])
	}
	rec := httptest.NewRecorder()
	b.Requests(fail)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })).ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	return rec.Code
}

func TestAFailureMeetsAsManyRequestsOfItsTargetAsItIsFor(t *testing.T) {
	for _, c := range []struct {
		one          Switch
		method, path string
		want         [3]int
	}{
		{Switch{Kind: Unavailable, Target: Sends, Left: 2}, "POST", "/chat/c/messages", [3]int{503, 503, 200}},
		{Switch{Kind: Unavailable, Target: Sends, Left: 2}, "POST", "/api/chat/channels/c/messages/send", [3]int{503, 503, 200}},
		{Switch{Kind: Limited, Target: Sends, Left: 1}, "POST", "/chat/c/thread/m", [3]int{429, 200, 200}},
		{Switch{Kind: Unavailable, Target: Sends, Left: 2}, "GET", "/chat/c/messages/m/edit", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: Sends, Left: 2}, "POST", "/channels/new", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: Writes, Left: 1}, "POST", "/channels/new", [3]int{503, 200, 200}},
		{Switch{Kind: Unavailable, Target: Writes, Left: 1}, "GET", "/channels/new", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: All, Left: 3}, "GET", "/chat", [3]int{503, 503, 503}},
		{Switch{Kind: Cut, Target: All, Left: 1}, "GET", "/events", [3]int{503, 200, 200}},
		{Switch{Kind: Cut, Target: Sends, Left: 1}, "GET", "/api/events", [3]int{503, 200, 200}},
		{Switch{Kind: Unavailable, Target: All, Left: 9}, "GET", "/events", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: All, Left: 9}, "POST", "/test/failures", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: All, Left: 9}, "POST", "/login", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: All, Left: 9}, "GET", "/two-factor", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: Writes, Left: 9}, "POST", "/two-factor", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: Writes, Left: 9}, "POST", "/two-factor/code", [3]int{200, 200, 200}},
		{Switch{Kind: Unavailable, Target: All, Left: 1}, "GET", "/tests", [3]int{503, 200, 200}},
	} {
		b := newBench()
		b.set(t, c.one)
		var got [3]int
		for i := range got {
			got[i] = b.asks(c.method, c.path)
		}
		if got != c.want {
			t.Errorf("%+v: %s %s is answered with %v, want %v", c.one, c.method, c.path, got, c.want)
		}
	}
}

func TestAFailureEndsByItselfAndByHand(t *testing.T) {
	b := newBench()
	b.set(t, Switch{Kind: Unavailable, Target: All, Left: MaxLeft})
	if on, err := b.List(boss); err != nil || len(on) != 1 || on[0].By != "Ada" || !on[0].Until.Equal(b.now.Add(MaxLife)) {
		t.Errorf("%+v, %v", on, err)
	}
	b.now = b.now.Add(MaxLife)
	if on, _ := b.List(boss); len(on) != 0 || b.asks("GET", "/chat") != 200 {
		t.Error("it is on after its time")
	}
	b.set(t, Switch{Kind: Limited, Target: All, Left: 9})
	if err := b.End(t.Context(), boss, Limited); err != nil || b.asks("GET", "/chat") != 200 {
		t.Errorf("it is on after its end, %v", err)
	}
	if len(b.audit) != 3 || b.audit[0].Details["requests"] != "1000" || b.audit[2].Details["requests"] != "0" {
		t.Errorf("the audit log has %+v", b.audit)
	}
}

func TestFailuresAreForAdminsAndBounded(t *testing.T) {
	b := newBench()
	good := Switch{Kind: Cut, Target: All, Left: 1}
	for _, role := range []accounts.Role{accounts.RoleUser, accounts.RoleModerator} {
		u := accounts.User{ID: "u", Role: role}
		_, list := b.List(u)
		for what, err := range map[string]error{"set": b.Set(t.Context(), u, good, time.Minute), "end": b.End(t.Context(), u, Cut), "list": list} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s %s: %v", role, what, err)
			}
		}
	}
	for name, bad := range map[string]struct {
		change func(*Switch)
		life   time.Duration
	}{
		"kind": {func(s *Switch) { s.Kind = "fire" }, time.Minute}, "target": {func(s *Switch) { s.Target = "" }, time.Minute},
		"left": {func(s *Switch) { s.Left = 0 }, time.Minute}, "more left": {func(s *Switch) { s.Left = MaxLeft + 1 }, time.Minute},
		"life": {func(*Switch) {}, 0}, "a longer life": {func(*Switch) {}, MaxLife + 1},
	} {
		one := good
		bad.change(&one)
		if err := b.Set(t.Context(), boss, one, bad.life); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.cuts != 0 {
		t.Error("streams were cut by who may not, or by what is wrong")
	}
	b.set(t, good)
	if b.cuts != 1 {
		t.Error("open streams go on")
	}
}

func TestASlowAnswerComesLaterUnlessNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.set(t, Switch{Kind: Slow, Target: All, Left: 1})
		began := time.Now()
		if status := b.asks("GET", "/chat"); status != 200 || time.Since(began) != SlowFor {
			t.Errorf("it took %v, status %d", time.Since(began), status)
		}
	})
}

func TestWithoutSwitchesNothingFails(t *testing.T) {
	var none *Switches
	if none.Take(Database, Any) {
		t.Error("it fails")
	}
}
