package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"pegasus/fault"
)

// from returns a request from a client's address.
func from(address string) *http.Request {
	var got *http.Request
	r := httptest.NewRequest("POST", "/", nil)
	r.RemoteAddr = address
	middleware.ClientIPFromRemoteAddr(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })).
		ServeHTTP(httptest.NewRecorder(), r)
	return got
}

// midWindow moves the clock to the start of a window, so that a test knows which one it is in.
func midWindow(window time.Duration) {
	now := time.Now().UTC()
	time.Sleep(now.Truncate(window).Add(window).Sub(now))
}

func TestTheFourthTryToSignInWithinTenSecondsIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(false).SignIn
		midWindow(10 * time.Second)
		for i := range 20 {
			w := httptest.NewRecorder()
			err := l.Take(w, from("192.0.2.1:1"), "192.0.2.1")
			if (err == nil) != (i < 3) {
				t.Fatalf("try %d: %v", i+1, err)
			}
			if err == nil {
				continue
			}
			WriteJSONError(w, from("192.0.2.1:1"), err)
			if w.Code != 429 || w.Header().Get("Retry-After") != "10" || w.Header().Get("X-Retry-After") != "10" {
				t.Fatalf("answered %d with %v", w.Code, w.Header())
			}
		}
		if err := l.Take(httptest.NewRecorder(), from("192.0.2.2:1"), "192.0.2.2"); err != nil {
			t.Fatalf("another client is refused: %v", err)
		}
		time.Sleep(20 * time.Second)
		if err := l.Take(httptest.NewRecorder(), from("192.0.2.1:1"), "192.0.2.1"); err != nil {
			t.Fatalf("refused for good: %v", err)
		}
	})
}

func TestCheckRefusesOnceCountHasUsedUpTheShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(false).Failures
		midWindow(15 * time.Minute)
		for i := range 10 {
			for range 5 { // asking costs nothing
				if err := l.Check("ada"); err != nil {
					t.Fatalf("refused after %d failures", i)
				}
			}
			l.Count("ada")
		}
		err := l.Check("ada")
		if f := fault.From(err); !fault.Is(err, fault.Limited) || f.RetryAfter != 15*time.Minute {
			t.Fatalf("after 10 failures: %v", err)
		}
		if err := l.Check("ben"); err != nil {
			t.Fatalf("another account: %v", err)
		}
		time.Sleep(14 * time.Minute)
		if l.Check("ada") == nil {
			t.Fatal("free within the window")
		}
		time.Sleep(16 * time.Minute)
		if err := l.Check("ada"); err != nil {
			t.Fatalf("refused for good: %v", err)
		}
	})
}

func TestCheckHoldsWhereverInAWindowTheServerStarted(t *testing.T) {
	for _, offset := range []time.Duration{0, time.Millisecond, 7*time.Minute + 13*time.Second, 14*time.Minute + 59*time.Second} {
		synctest.Test(t, func(t *testing.T) {
			midWindow(15 * time.Minute)
			time.Sleep(offset)
			l := NewLimits(false).Failures
			for range 10 {
				l.Count("ada")
			}
			if l.Check("ada") == nil {
				t.Errorf("started %s into a window it refuses nothing", offset)
			}
		})
	}
}

func TestCountAndTakeShareOneBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimit(3, time.Minute)
		midWindow(time.Minute)
		l.Count("k")
		l.Count("k")
		if err := l.Take(httptest.NewRecorder(), from("192.0.2.1:1"), "k"); err != nil {
			t.Fatal(err)
		}
		if l.Check("k") == nil || l.Take(httptest.NewRecorder(), from("192.0.2.1:1"), "k") == nil {
			t.Fatal("a fourth")
		}
	})
}

func TestLimitsThatAreOffRefuseNothing(t *testing.T) {
	l := NewLimits(true)
	for range 1000 {
		if err := l.SignIn.Take(httptest.NewRecorder(), from("192.0.2.1:1"), "k"); err != nil {
			t.Fatal(err)
		}
		l.Failures.Count("k")
	}
	if err := l.Failures.Check("k"); err != nil {
		t.Fatal(err)
	}
}

func TestAClientIsAnAddressOrAWholeNetworkOfIPv6(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:1": "192.0.2.1", "192.0.2.2:1": "192.0.2.2",
		"[2001:db8:1:2::1]:1": "2001:db8:1:2::/64", "[2001:db8:1:2:ffff:ffff:ffff:ffff]:9": "2001:db8:1:2::/64",
		"[2001:db8:1:3::1]:1": "2001:db8:1:3::/64", "nonsense": "",
	} {
		if got := ClientKey(from(address)); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
	if v4, mapped := ClientKey(from("192.0.2.1:1")), ClientKey(from("[::ffff:192.0.2.1]:1")); v4 != mapped {
		t.Errorf("one client has the keys %q and %q", v4, mapped)
	}
}

func TestForwardingHeadersOfAClientDoNotChangeItsKey(t *testing.T) {
	for _, header := range []string{"X-Forwarded-For", "X-Real-IP", "True-Client-IP", "Forwarded"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = "192.0.2.1:1"
		r.Header.Set(header, "203.0.113.9")
		middleware.ClientIPFromRemoteAddr(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if key := ClientKey(r); key != "192.0.2.1" {
				t.Errorf("%s makes the key %q", header, key)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}
