package static

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func get(t *testing.T, method, path, accept string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestFilesAreKeptForEver(t *testing.T) {
	for name := range urls {
		res := get(t, http.MethodGet, URL(name), "")
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", name, res.StatusCode)
		}
		for header, want := range map[string]string{
			"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff", "Content-Encoding": "",
		} {
			if got := res.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		if res.Header.Get("Content-Type") == "" {
			t.Errorf("%s has no content type", name)
		}
	}
}

func TestPackedOnlyForThoseWhoTakeIt(t *testing.T) {
	for accept, want := range map[string]string{"gzip, br": "gzip", "gzip;q=0": "", "br": "", "gzip; q=0.5": "gzip"} {
		if got := get(t, http.MethodGet, URL("app.js"), accept).Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accept, got, want)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/static/", "/static/manifest.json", "/static/../static.go", "/static/app.js"} {
		if got := get(t, http.MethodGet, path, "").StatusCode; got != http.StatusNotFound {
			t.Errorf("%s: status %d", path, got)
		}
	}
	if got := get(t, http.MethodPost, URL("app.js"), "").StatusCode; got != http.StatusNotFound {
		t.Errorf("POST: status %d", got)
	}
}

// The page itself has what is left of 150 KB.
func TestFirstVisitIsSmall(t *testing.T) {
	sent := func(name string) int64 { return get(t, http.MethodGet, URL(name), "gzip").ContentLength }
	script := sent("app.js") + sent("theme.js")
	if script > 60<<10 {
		t.Errorf("the scripts are %d bytes, at most 60 KB are allowed", script)
	}
	total := script
	for name := range urls {
		switch name {
		case "app.js", "theme.js": // counted
		case "picker.js", "emoji.json", "workbench.js", "editor.js", "push.js", "reword.js", "own.js", "passkey.js", "apart.css": // loaded by a later click or by another page
		case "icon-192.png", "icon-512.png", "maskable-512.png", "touch-180.png": // loaded by who installs the app
		default:
			total += sent(name)
		}
	}
	if total > 140<<10 {
		t.Errorf("a first visit loads %d bytes, at most 140 KB are allowed beside the page", total)
	}
}
