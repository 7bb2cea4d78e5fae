package api

import (
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
	byClient     bool       // the limit counts clients, not people
	fails        []int      // beside what follows from the rest
}

type option func(*route)

func created(r *route) { r.status = http.StatusCreated }

// fails names statuses of failures that the rest of the route does not tell.
func fails(statuses ...int) option { return func(r *route) { r.fails = append(r.fails, statuses...) } }

func perPerson(l *web.Limit) option { return func(r *route) { r.limit, r.limited = l, true } }
func perClient(l *web.Limit) option {
	return func(r *route) { r.limit, r.limited, r.byClient = l, true, true }
}

func newRoute(pattern string, who access, about string, options []option) *route {
	method, path, _ := strings.Cut(pattern, " ")
	r := &route{method: method, path: path, who: who, about: about, status: http.StatusOK}
	for _, o := range options {
		o(r)
	}
	return r
}

// reply is the answer of a handler.
type reply[T any] struct{ Body T }

func ok[T any](body T) (*reply[T], error) { return &reply[T]{Body: body}, nil }

// none is the input of a handler that takes none.
type none struct{}

// add registers a handler with its types as documentation and as a check of what comes in.
func add[I, O any](d *door, pattern string, who access, handle func(context.Context, *I) (*reply[O], error), about string, options ...option) {
	r := newRoute(pattern, who, about, options)
	op := d.operation(r)
	op.Metadata = map[string]any{metaRoute: r}
	huma.Register(d.huma, *op, func(ctx context.Context, in *I) (*reply[O], error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, failure(ctx, d.Now(), err)
		}
		return out, nil
	})
}

const metaRoute = "route"

// plain registers a handler that reads and writes for itself. I and O only document it.
func plain[I, O any](d *door, pattern string, who access, handle http.HandlerFunc, about string, options ...option) {
	r := newRoute(pattern, who, about, options)
	op := d.operation(r)
	if body := reflect.TypeFor[I](); body != reflect.TypeFor[none]() {
		op.RequestBody = &huma.RequestBody{Content: d.content("application/json", body)}
	}
	op.Responses[statusKey(r.status)] = &huma.Response{
		Description: http.StatusText(r.status), Content: d.content("application/json", reflect.TypeFor[O]()),
	}
	d.huma.OpenAPI().AddOperation(op)
	router := d.own
	if strings.HasPrefix(r.path, authPrefix) && r.method == http.MethodPost && r.path != authPrefix+"logout" {
		router = d.router.With(d.auth.CheckOrigin) // that protocol has a rule of its own
	}
	router.Method(r.method, r.path, d.guard(r, handle))
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
		handle(humachi.NewContext(op, req, w))
	}))
}

func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

var (
	errToken = fault.New(fault.Unauthenticated, "INVALID_TOKEN", "Invalid or expired token")
	errShut  = fault.New(fault.Forbidden, "FORBIDDEN", "Nobody may do this.")
)

// guard lets a request through to a route that its sender may call, within the route's limit.
func (d *door) guard(r *route, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := r.check(w, req); err != nil {
			web.WriteJSONError(w, req, err)
			return
		}
		next(w, req)
	})
}

// check is apart from guard to be off the stack of what comes after: a stream stands on that stack for hours.
func (r *route) check(w http.ResponseWriter, req *http.Request) error {
	current, signedIn := sessions.From(req.Context())
	if err := r.admit(current.User, signedIn, req); err != nil || !r.limited {
		return err
	}
	key := current.User.ID
	if r.byClient {
		key = web.ClientKey(req)
	}
	return r.limit.Take(w, req, key)
}

func (r *route) admit(user accounts.User, signedIn bool, req *http.Request) error {
	switch {
	case r.who == public:
		return nil
	case r.who != members && r.who != admins:
		return errShut
	case !signedIn && req.Header.Get("Authorization") != "":
		return errToken
	case !signedIn:
		return sessions.ErrSignIn
	case r.who == admins:
		return accounts.RequireAdmin(user)
	}
	return nil
}

// me returns who calls a route that is not public.
func me(ctx context.Context) accounts.User {
	current, _ := sessions.From(ctx)
	return current.User
}
