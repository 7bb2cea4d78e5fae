package unfurl

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/guard"
)

// iconsOf returns icons through a site's client. To make anew is to shout, and "broken" cannot be.
func (s *site) iconsOf() *Icons {
	return NewIcons(s.client, []byte("key"), func() time.Time { return s.now }, func(_ context.Context, picture []byte) ([]byte, error) {
		if string(picture) == "broken" {
			return nil, errors.New("no picture")
		}
		return bytes.ToUpper(picture), nil
	})
}

// parts are what follows /icons/ in the path of an address.
func parts(t *testing.T, i *Icons, address string) (mac, encoded string) {
	t.Helper()
	mac, encoded, _ = strings.Cut(strings.TrimPrefix(i.Path(address), "/icons/"), "/")
	if encoded == "" {
		t.Fatalf("%s has no path", address)
	}
	return mac, encoded
}

func noIcon(t *testing.T, err error) {
	t.Helper()
	if f := fault.From(err); f == nil || f.Code != "ICON_NOT_FOUND" {
		t.Errorf("the error is %v", err)
	}
}

func TestAPictureIsFetchedMadeAnewAndRemembered(t *testing.T) {
	s := newSite(t, page("face"))
	i := s.iconsOf()
	mac, encoded := parts(t, i, s.url+"/a.png")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if content, err := i.Open(t.Context(), mac, encoded); err != nil || string(content) != "FACE" {
				t.Errorf("%q %v", content, err)
			}
		})
	}
	all.Wait()
	if n := s.asked.Load(); n > iconsAtOnce {
		t.Errorf("asked %d times at once", n)
	}
	before := s.asked.Load()
	s.now = s.now.Add(keptFor + time.Second)
	if _, err := i.Open(t.Context(), mac, encoded); err != nil || s.asked.Load() != before+1 {
		t.Errorf("after an hour it was asked %d times more, %v", s.asked.Load()-before, err)
	}
}

func TestNoPictureIsFetchedThatNoPathWasMadeFor(t *testing.T) {
	s := newSite(t, page("face"))
	i := s.iconsOf()
	mac, encoded := parts(t, i, s.url+"/a.png")
	other := base64.RawURLEncoding.EncodeToString([]byte(s.url + "/b.png"))
	for _, forged := range [][2]string{{mac, other}, {"", encoded}, {strings.Repeat("0", len(mac)), encoded}, {mac, "%%%"}, {"", ""}} {
		_, err := i.Open(t.Context(), forged[0], forged[1])
		noIcon(t, err)
	}
	if _, err := NewIcons(s.client, []byte("another key"), time.Now, nil).Open(t.Context(), mac, encoded); err == nil || s.asked.Load() != 0 {
		t.Errorf("another server's path led to %d requests, %v", s.asked.Load(), err)
	}
	for _, address := range []string{"", "javascript:alert(1)", "data:image/png;base64,AA", "ftp://a.test/x", "//a.test/x", "/x.png", "https://a.test/" + strings.Repeat("x", maxIconURL)} {
		if path := i.Path(address); path != "" {
			t.Errorf("%.40s has the path %s", address, path)
		}
	}
	var none *Icons
	if none.Path("https://a.test/x.png") != "" {
		t.Error("without icons there is a path")
	}
	_, err := none.Open(t.Context(), mac, encoded)
	noIcon(t, err)
}

func TestAPictureThatCannotBeHadIsNone(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"gone":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"too large":  page(strings.Repeat("x", maxIcon+1)),
		"no picture": page("broken"),
		"cut off":    func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
		"sent inside": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, handle)
			i := s.iconsOf()
			mac, encoded := parts(t, i, s.url+"/a.png")
			for range 2 {
				_, err := i.Open(t.Context(), mac, encoded)
				noIcon(t, err)
			}
			if n := s.asked.Load(); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
	i := NewIcons(guard.NewClient(guard.Options{}), []byte("key"), time.Now, nil)
	for _, inner := range []string{"http://127.0.0.1/a.png", "http://169.254.169.254/latest", "http://[::1]/a.png", "http://localhost/a.png"} {
		mac, encoded := parts(t, i, inner)
		_, err := i.Open(t.Context(), mac, encoded)
		noIcon(t, err)
	}
}
