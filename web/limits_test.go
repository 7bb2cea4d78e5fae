package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5/middleware"
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

func TestLimitsThatAreOffRefuseNothing(t *testing.T) {
	l := NewLimits(true)
	for range 1000 {
		if err := l.SignIn.Take(httptest.NewRecorder(), from("192.0.2.1:1"), "k"); err != nil {
			t.Fatal(err)
		}
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
