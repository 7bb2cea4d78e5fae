package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/web"
)

// access says who may call a route. The zero value lets nobody in, so that a route without one is shut.
type access uint8

const (
	nobody access = iota
	public
	members // everyone who is signed in
	admins
)

// route is what a route says of itself.
type route struct {
	method, path string
	who          access
	about        string
	status       int
	limited      bool
	limit        *web.Limit // nil where limits are off
	general      *web.Limit // counts what limit does not
	byClient     bool       // the limit counts clients, not people
	byPath       bool       // the limit counts this path on its own
	protocol     bool       // it speaks Better Auth's protocol
	fails        []int      // beside what follows from the rest
	bySession    bool       // a token, a JWT or a proxy is not enough
	enrolling    bool       // open to who has to set up a second factor first
	words        bool       // it answers in plain words, as another system's clients expect
	body         int64      // the largest body, in bytes
	unknown      error      // the answer to nobody, nil for the usual ones
}

type option func(*route)

func created(r *route) { r.status = http.StatusCreated }

// fails names statuses of failures that the rest of the route does not tell.
func fails(statuses ...int) option { return func(r *route) { r.fails = append(r.fails, statuses...) } }

func perPerson(l *web.Limit) option { return func(r *route) { r.limit, r.limited = l, true } }
func perClient(l *web.Limit) option {
	return func(r *route) { r.limit, r.limited, r.byClient = l, true, true }
}

// perPath is perClient for each route on its own, as Better Auth counts.
func perPath(l *web.Limit) option {
	return func(r *route) { r.limit, r.limited, r.byClient, r.byPath = l, true, true, true }
}

// bySession shuts a route to requests that come without a session: it changes what guards the account, or shows more than
// a token may take away.
func bySession(r *route) { r.bySession = true }

// enrolling opens a route to people who have to set up a second factor before anything else.
func enrolling(r *route) { r.enrolling = true }

// inWords documents answers in plain words.
func inWords(r *route) { r.words = true }

// upload takes a body of up to so many bytes.
func upload(limit int64) option { return func(r *route) { r.body = limit } }

func (d *door) newRoute(pattern string, who access, about string, options []option) *route {
	method, path, _ := strings.Cut(pattern, " ")
	r := &route{method: method, path: path, who: who, about: about, status: http.StatusOK, body: web.MaxBody}
	for _, o := range options {
		o(r)
	}
	if strings.HasPrefix(path, "/api/") {
		r.general = d.Limits.API
	}
	return r
}

// reply is the answer of a handler.
type reply[T any] struct {
	Link string
	Body T
}

func ok[T any](body T) (*reply[T], error) { return &reply[T]{Body: body}, nil }

// none is the input of a handler that takes none.
type none struct{}

// add registers a handler with its types as documentation and as a check of what comes in.
func add[I, O any](d *door, pattern string, who access, handle func(context.Context, *I) (*reply[O], error), about string, options ...option) {
	r := d.newRoute(pattern, who, about, options)
	op := d.operation(r)
	cursor := nextCursor[O]()
	if cursor != nil || hasHistory[I]() {
		op.Metadata[metaPaged] = true
	}
	op.Responses[statusKey(r.status)] = &huma.Response{
		Description: http.StatusText(r.status), Content: d.named("application/json", reflect.TypeFor[O](), reflect.TypeFor[reply[O]]().Name()+"Body"),
	}
	huma.Register(d.huma, *op, func(ctx context.Context, in *I) (*answer, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, failure(ctx, d.Now(), err)
		}
		if cursor != nil {
			out.Link = linkTo(ctx, "cursor", cursor(&out.Body))
		}
		return &answer{out.Link, out.Body}, nil
	})
}

// answer is a reply of any type. The library's function for a route is large and compiled anew for each pair of types: with one
// type for all that goes out it is compiled for what comes in alone.
type answer struct {
	Link string `header:"Link" doc:"Where the next page is, as rel=\"next\"; there where more may follow"`
	Body any
}

// What the document knows of an operation: its route, and whether its answers lead on to further pages.
const (
	metaRoute = "route"
	metaPaged = "paged"
)

// plain registers a handler that reads and writes for itself. I and O only document it.
func plain[I, O any](d *door, pattern string, who access, handle http.HandlerFunc, about string, options ...option) {
	r := d.newRoute(pattern, who, about, options)
	op := d.operation(r)
	if body := reflect.TypeFor[I](); body != reflect.TypeFor[none]() {
		op.RequestBody = &huma.RequestBody{Content: d.content("application/json", body)}
	}
	answers := "application/json"
	if r.words {
		answers = "text/plain"
	}
	op.Responses[statusKey(r.status)] = &huma.Response{
		Description: http.StatusText(r.status), Content: d.content(answers, reflect.TypeFor[O]()),
	}
	d.huma.OpenAPI().AddOperation(op)
	router := d.own
	if strings.HasPrefix(r.path, authPrefix) && r.method == http.MethodPost && r.path != authPrefix+"logout" {
		router = d.router.With(d.auth.CheckOrigin) // that protocol has a rule of its own
	}
	router.Method(r.method, r.path, d.guard(r, handle))
}

// writing is add for a handler that writes its answer for itself; O documents it.
func writing[I, O any](d *door, pattern string, who access, handle func(w http.ResponseWriter, r *http.Request, in *I), about string, options ...option) {
	r := d.newRoute(pattern, who, about, options)
	op := d.operation(r)
	op.Responses[statusKey(r.status)] = &huma.Response{
		Description: http.StatusText(r.status), Content: d.content("application/json", reflect.TypeFor[O]()),
	}
	huma.Register(d.huma, *op, func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			req, w := humachi.Unwrap(ctx)
			handle(w, req, in)
		}}, nil
	})
}

const authPrefix = "/api/auth/"

// adapter lets huma register its handlers behind the guard of their route.
type adapter struct{ *door }

func (a adapter) Handle(op *huma.Operation, handle func(huma.Context)) {
	r, _ := op.Metadata[metaRoute].(*route)
	if r == nil {
		r = &route{}
	}
	a.own.Method(op.Method, op.Path, a.guard(r, func(w http.ResponseWriter, req *http.Request) {
		tellIgnored(w, req, op)
		handle(humachi.NewContext(op, req, w))
	}))
}

func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

var (
	errToken   = fault.New(fault.Unauthenticated, "INVALID_TOKEN", "Invalid or expired token")
	errSession = fault.New(fault.Forbidden, "SESSION_REQUIRED", "Please sign in for this: no token reaches it.")
	errEnroll  = fault.New(fault.Forbidden, "TWO_FACTOR_SETUP_REQUIRED", "Please set up a second factor first.")
	errShut    = fault.New(fault.Forbidden, "FORBIDDEN", "Nobody may do this.")
)

// guard lets a request through to a route that its sender may call, within the route's limit.
func (d *door) guard(r *route, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		web.NoteRoute(req.Context(), r.path)
		if err := r.check(w, req); err != nil {
			web.WriteJSONError(w, req, err)
			return
		}
		if err := d.directNames(req); err != nil {
			web.WriteJSONError(w, req, err)
			return
		}
		next(w, req)
	})
}

// check is apart from guard to be off the stack of what comes after: a stream stands on that stack for hours.
func (r *route) check(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, r.body)
	current, signedIn := sessions.From(req.Context())
	refusal := r.admit(current, signedIn, req)
	if refusal != nil || !r.limited {
		return cmp.Or(r.general.Take(w, req, callerKey(req)), refusal)
	}
	key := current.User.ID
	if r.byClient {
		key = web.ClientKey(req)
	}
	if r.byPath {
		key += " " + r.path
	}
	return r.limit.Take(w, req, key)
}

// callerKey is the key of the person who asks, else of their client.
func callerKey(req *http.Request) string {
	if current, signedIn := sessions.From(req.Context()); signedIn {
		return current.User.ID
	}
	return web.ClientKey(req)
}

func (r *route) admit(current sessions.Current, signedIn bool, req *http.Request) error {
	switch {
	case r.who == public:
		return nil
	case r.who != members && r.who != admins:
		return errShut
	case !signedIn && r.unknown != nil:
		return r.unknown
	case !signedIn && req.Header.Get("Authorization") != "":
		return errToken
	case !signedIn:
		return sessions.ErrSignIn
	case r.bySession && !current.HasSession():
		return errSession
	case current.MustEnroll && !r.enrolling && !strings.HasPrefix(r.path, authPrefix):
		return errEnroll
	case current.Personal != nil && !current.Personal.Allows(r.needs()):
		return accounts.ErrScope
	case r.who == admins:
		return accounts.RequireAdmin(current.User)
	}
	return nil
}

// needs returns the scopes that a personal token must have.
func (r *route) needs() []accounts.Scope {
	scopes := []accounts.Scope{accounts.ScopeWrite}
	if r.method == http.MethodGet {
		scopes[0] = accounts.ScopeRead
	}
	if r.who == admins {
		scopes = append(scopes, accounts.ScopeAdmin)
	}
	return scopes
}

// me returns who calls a route that is not public.
func me(ctx context.Context) accounts.User {
	current, _ := sessions.From(ctx)
	return current.User
}
