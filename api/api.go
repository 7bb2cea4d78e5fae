// Package api is the JSON door: it turns requests under /api into calls of the domain and what they return into JSON.
//
// It holds no rule of the domain. Types of the wire are apart from those of the domain and name every field that goes
// out, so that a new field of the domain stays inside until somebody lets it out.
package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/api/betterauth"
	"pegasus/backup"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/hooks"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/sessions/passkey"
	"pegasus/web"
)

// Deps are the parts that the door stands on. Every part but Origins must be set.
type Deps struct {
	Accounts *accounts.Service
	Chat     *chat.Service
	Hooks    *hooks.Service
	Plugins  *plugins.Service
	// PublicGenerate opens /api/generate to who is not signed in.
	PublicGenerate bool
	Sessions       *sessions.Manager
	Providers      *oauth.Providers
	Passkeys       *passkey.Ceremonies
	Avatars        *files.Avatars
	Files          *files.Uploads
	Notify         *notify.Service
	Ops            *ops.Service
	Backups        *backup.Service
	Brand          *brand.Service
	Broker         *events.Broker
	Limits         *web.Limits
	// Fetch returns what is at an address of the web, up to a limit in bytes, by a client that reaches no inner network.
	Fetch    func(ctx context.Context, url string, limit int64) ([]byte, error)
	Database Database
	Now      func() time.Time
	// Origins are those whose pages may send changes, beside pages of the host that a request names: scheme, host and
	// port, no path.
	Origins []string
}

// Database is what the door asks of the store as a whole.
type Database interface {
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	// Ensure creates what is missing of the schema and changes nothing else.
	Ensure(ctx context.Context) error
	// Tables names what the database is made of.
	Tables(ctx context.Context) ([]string, error)
}

// door is the wired set of handlers.
type door struct {
	Deps
	auth     *betterauth.Door
	router   chi.Router // routes of all kinds
	own      chi.Router // router, behind the check for requests of other sites
	huma     huma.API
	document func() (written, error) // the OpenAPI document, written when it is first asked for
}

// Routes adds everything under /api and /hooks, and /livez and /readyz, to r. Requests must come through sessions.Manager.Load.
// It fails where an origin cannot be read.
func Routes(r chi.Router, deps Deps) error {
	d, err := newDoor(deps)
	if err != nil {
		return err
	}
	handler := d.handler()
	for _, pattern := range []string{"/api", "/api/*", "/hooks/*", "/livez", "/readyz"} {
		r.Handle(pattern, handler)
	}
	return nil
}

// Document returns the OpenAPI document of the API, with the product's limits. publicGenerate is as in Deps.
func Document(publicGenerate bool) ([]byte, error) {
	d, err := newDoor(Deps{Limits: web.NewLimits(false), PublicGenerate: publicGenerate})
	if err != nil {
		return nil, err
	}
	d.complete()
	return json.Marshal(d.huma.OpenAPI())
}

// written is a document with its ETag.
type written struct {
	text []byte
	etag string
}

func newDoor(deps Deps) (*door, error) {
	refuse := func(w http.ResponseWriter, r *http.Request, err error) {
		web.WriteJSONError(w, r, cmp.Or(deps.Limits.API.Take(w, r, callerKey(r)), err))
	}
	sameSite, err := web.SameSite(deps.Origins, refuse)
	if err != nil {
		return nil, err
	}
	router := chi.NewRouter()
	router.NotFound(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, errNothing) })
	d := &door{Deps: deps, router: router, own: router.With(sameSite)}
	router.MethodNotAllowed(d.wrongMethod)
	d.auth = betterauth.New(betterauth.Options{
		Picture:  d.changeAvatar,
		Accounts: deps.Accounts, Sessions: deps.Sessions, Origins: deps.Origins,
		Providers: deps.Providers, Passkeys: deps.Passkeys, Now: deps.Now,
		Refuse: refuse,
	})
	d.huma = huma.NewAPI(config(), adapter{d})
	d.routes()
	d.document = sync.OnceValues(func() (written, error) {
		text, err := Document(deps.PublicGenerate)
		sum := sha256.Sum256(text)
		return written{text, `W/"` + hex.EncodeToString(sum[:8]) + `"`}, err // weak, since it may be packed on the way
	})
	return d, nil
}

// handler returns the router, apart from any router around it, with HEAD answered as GET is.
func (d *door) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), chi.RouteCtxKey, nil)
		r = r.WithContext(ctx)
		// A link of a mail is used up by GET: programs that look at mails before people do ask by HEAD.
		if r.Method == http.MethodHead && r.URL.Path != streamPath && !strings.HasPrefix(r.URL.Path, authPrefix) {
			r.Method = http.MethodGet // of a copy: the server still leaves the body out
		}
		d.router.ServeHTTP(w, r)
	})
}

var errNothing = fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this address.")

func (d *door) wrongMethod(w http.ResponseWriter, r *http.Request) {
	if err := d.Limits.API.Take(w, r, callerKey(r)); err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	body := web.NewErrorBody(web.RequestID(r.Context()), time.Now(), fault.New(fault.NotFound, "METHOD_NOT_ALLOWED", "This address does not take this method."))
	body.Status, body.Text = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed)
	web.WriteJSON(w, body.Status, body)
}
