package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/internal/doortest"
	"pegasus/sessions/oauth"
	"pegasus/web"
)

// clientsDir holds the npm packages of the client and what drives them.
const clientsDir = "../test/betterauth"

// The unmodified client of Better Auth, in the oldest and the newest release that we serve, works against a whole server.
// Without Node or the packages the test is skipped on a laptop and fails on CI.
func TestTheStockClientWorks(t *testing.T) {
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(clientsDir, "node_modules"))
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the clients are missing: %v", err)
		}
		t.Skipf("SKIPPED: %v; npm ci in test/betterauth gets the clients", err)
	}
	settings := doortest.Options{Providers: oauth.Settings{GitHubID: "id", GitHubSecret: "secret"}}
	w := newWorldOf(t, settings)
	server, control := httptest.NewServer(w.handler), httptest.NewServer(w.control())
	defer server.Close()
	defer control.Close()
	for _, client := range []string{"better-auth-1.2", "better-auth-1"} {
		t.Run(client, func(t *testing.T) {
			slow := newWorldOf(t, settings, func(d *Deps) { d.Limits = web.NewLimits(false) })
			limited := httptest.NewServer(slow.handler)
			defer limited.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			c := exec.CommandContext(ctx, node, "conformance.mjs", client)
			c.Dir = clientsDir
			c.Env = append(os.Environ(), "BASE_URL="+server.URL, "LIMITED_URL="+limited.URL, "CONTROL_URL="+control.URL)
			out, err := c.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// control lets what drives the clients read the mail, make admins and ask for the routes.
func (w *world) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /letter", func(rw http.ResponseWriter, r *http.Request) {
		letter, found := w.letters.Last(r.FormValue("to"), accounts.LetterKind(r.FormValue("kind")))
		if !found {
			http.NotFound(rw, r)
			return
		}
		web.WriteJSON(rw, http.StatusOK, letter)
	})
	mux.HandleFunc("POST /admin", func(rw http.ResponseWriter, r *http.Request) {
		draft := accounts.Draft{Email: r.FormValue("email"), Password: r.FormValue("password"), Name: "The Boss"}
		if _, err := w.accounts.CreateAdmin(r.Context(), draft); err != nil {
			web.WriteJSONError(rw, r, err)
		}
	})
	mux.HandleFunc("GET /routes", func(rw http.ResponseWriter, _ *http.Request) {
		var routes []string
		for pattern := range protocolTable {
			routes = append(routes, pattern)
		}
		slices.Sort(routes)
		_ = json.NewEncoder(rw).Encode(routes)
	})
	return mux
}
