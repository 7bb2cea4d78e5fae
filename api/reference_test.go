package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"pegasus/web"
)

// described is a door with its document, as Document makes it.
var described = sync.OnceValues(func() (*door, error) {
	d, err := newDoor(Deps{Limits: web.NewLimits(false)})
	if err == nil {
		d.complete()
	}
	return d, err
})

// operationOf returns what the document says of a request, nil for what no route takes.
func operationOf(t testing.TB, r *http.Request) *huma.Operation {
	t.Helper()
	d, err := described()
	must(t, err)
	at := chi.NewRouteContext()
	if !d.router.Match(at, r.Method, r.URL.Path) {
		return nil
	}
	return operationAt(d.huma.OpenAPI().Paths[at.RoutePattern()], r.Method)
}

func operationAt(item *huma.PathItem, method string) *huma.Operation {
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete}[method]
}

// coded checks that the document lists the code of a failure with its status.
func (w *world) coded(r *http.Request, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	var body struct{ Code string }
	op := operationOf(w.t, r)
	if op == nil || rec.Code < 400 || json.Unmarshal(rec.Body.Bytes(), &body) != nil || body.Code == "" {
		return
	}
	response := op.Responses[statusKey(rec.Code)]
	if response == nil {
		return // which the check of the whole answer says
	}
	if codes, _ := response.Extensions[codesKey].([]string); !slices.Contains(codes, body.Code) {
		w.t.Errorf("%s %s answers %d %s, which is not among its codes %v: run go generate ./api", r.Method, op.Path, rec.Code, body.Code, codes)
	}
}

// each calls do with every operation of the document.
func each(t *testing.T, do func(pattern string, op *huma.Operation)) {
	t.Helper()
	d, err := described()
	must(t, err)
	n := 0
	for path, item := range d.huma.OpenAPI().Paths {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			if op := operationAt(item, method); op != nil {
				n++
				do(method+" "+path, op)
			}
		}
	}
	if n < len(table) {
		t.Errorf("%d operations are documented, the table has %d routes", n, len(table))
	}
}

func TestEveryOperationSaysWhatAProgramMustKnow(t *testing.T) {
	known := map[string]bool{}
	for _, g := range groups {
		known[g.name] = true
	}
	ids := map[string]bool{}
	each(t, func(pattern string, op *huma.Operation) {
		if _, there := table[pattern]; !there {
			t.Errorf("%s is documented and has no call in the table", pattern)
		}
		if ids[op.OperationID] || !known[op.Tags[0]] || op.Summary == "" || op.Description == "" {
			t.Errorf("%s: id %q, tags %v, %q, %q", pattern, op.OperationID, op.Tags, op.Summary, op.Description)
		}
		ids[op.OperationID] = true
		r := op.Metadata[metaRoute].(*route)
		if scopes := op.Extensions["x-scopes"]; (scopes != nil) != (r.who != public && !r.bySession) {
			t.Errorf("%s has the scopes %v", pattern, scopes)
		}
		if op.Deprecated != (aliases[pattern] != "") {
			t.Errorf("%s is deprecated: %v", pattern, op.Deprecated)
		}
		fine := false
		for status, response := range op.Responses {
			fine = fine || status < "400"
			if codes, _ := response.Extensions[codesKey].([]string); status >= "400" && status < "500" && len(codes) == 0 && !r.words && status != "416" && status != "404" && status != "403" {
				t.Logf("%s has no code for %s", pattern, status)
			}
		}
		if !fine {
			t.Errorf("%s documents no success", pattern)
		}
		if strings.HasPrefix(op.Path, "/api/") && (op.Responses["429"] == nil || op.Responses["429"].Headers["Retry-After"] == nil || op.Extensions["x-limit"] == nil) {
			t.Errorf("%s does not document its limit", pattern)
		}
	})
	for pattern, instead := range aliases {
		if _, there := table[instead]; !there {
			t.Errorf("%s stands for %s, which is no route", pattern, instead)
		}
	}
}

// Examples hold against their schemas: those of requests, and those of answers.
func TestExamplesAreAsTheirSchemasSay(t *testing.T) {
	v, err := document()
	must(t, err)
	each(t, func(pattern string, op *huma.Operation) {
		r := httptest.NewRequest(op.Method, strings.NewReplacer("{", "", "}", "").Replace(op.Path), nil)
		if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
			body, err := json.Marshal(op.RequestBody.Content["application/json"].Example)
			must(t, err)
			sent := r.Clone(t.Context())
			sent.Header.Set("Content-Type", "application/json")
			sent.Body = io.NopCloser(strings.NewReader(string(body)))
			if fine, problems := v.GetRequestBodyValidator().ValidateRequestBody(sent); !fine {
				t.Errorf("%s: the example %s: %v", pattern, body, problems)
			}
		}
		for status, response := range op.Responses {
			content := response.Content["application/json"]
			if status >= "300" || content == nil {
				continue
			}
			body, err := json.Marshal(content.Example)
			must(t, err)
			rec := httptest.NewRecorder()
			rec.Header().Set("Content-Type", "application/json")
			rec.WriteHeader(op.DefaultStatus)
			_, _ = rec.Write(body)
			if fine, problems := v.ValidateHttpResponse(r, rec.Result()); !fine {
				t.Errorf("%s: the example %s: %v", pattern, body, problems)
			}
		}
	})
}

// The example of a request is one that its route reads, whatever it then finds missing.
func TestExamplesOfRequestsAreRead(t *testing.T) {
	s := newScene(t)
	each(t, func(pattern string, op *huma.Operation) {
		c := table[pattern]
		if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil || strings.Contains(pattern, "/hooks/") {
			return
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(op.Path)
		who := s.signIn(s.sender(c))
		got := s.call(who, op.Method, path, op.RequestBody.Content["application/json"].Example)
		switch got.field("code") {
		case "VALIDATION_ERROR", "INVALID_JSON", "BODY_MUST_BE_AN_OBJECT", "UNSUPPORTED_MEDIA_TYPE", "INTERNAL":
			t.Errorf("%s does not read its example %v: %s", pattern, op.RequestBody.Content["application/json"].Example, got.Body)
		}
	})
}

func TestTheDocumentIsAskedForByItsETag(t *testing.T) {
	w := newWorld(t)
	first := w.call(nil, "GET", "/api/openapi.json", nil).want(200)
	r := request(nil, "GET", "/api/openapi.json", nil)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	if again := w.do(r).want(304); again.Body.Len() > 0 || again.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("again: %v, %d bytes", again.Header(), again.Body.Len())
	}
}

// Every answer of the API says what is left of its limit, in both spellings, whatever the answer is.
func TestEveryAnswerTellsItsLimit(t *testing.T) {
	s := newScene(t)
	s.deps.Limits = web.NewLimits(false)
	s.route()
	for pattern, c := range table {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.HasPrefix(path, "/api/") || path == streamPath {
			continue
		}
		for _, who := range []*actor{s.anon, s.outsider} {
			h := s.call(who, method, strings.NewReplacer("{", "", "}", "").Replace(c.path), nil).Header()
			for _, name := range []string{"Limit", "Remaining", "Reset"} {
				if h.Get("RateLimit-"+name) == "" || h.Get("X-RateLimit-"+name) == "" {
					t.Errorf("%s by %s: %s is missing of %v", pattern, who.name, name, h)
				}
			}
			if h.Get("RateLimit-Limit") != h.Get("X-RateLimit-Limit") || !strings.HasPrefix(h.Get("RateLimit-Policy"), h.Get("RateLimit-Limit")+";w=") {
				t.Errorf("%s by %s: %v", pattern, who.name, h)
			}
		}
	}
	for _, path := range []string{"/api/nothing", "/api/users/none/none"} {
		if h := s.call(nil, "GET", path, nil).want(404).Header(); h.Get("RateLimit-Remaining") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if h := s.call(nil, "PUT", "/api/users", nil).want(405).Header(); h.Get("RateLimit-Remaining") == "" {
		t.Errorf("405: %v", h)
	}
	for _, path := range []string{"/api/users/me/avatar", "/api/auth/sign-in/email"} {
		foreign := request(nil, "POST", path, `{}`)
		foreign.Header.Set("Origin", "https://evil.test")
		foreign.Header.Set("Sec-Fetch-Site", "cross-site")
		if h := s.do(foreign).want(403).Header(); h.Get("RateLimit-Remaining") == "" {
			t.Errorf("%s for another site: %v", path, h)
		}
	}
	if h := s.call(nil, "GET", "/livez", nil).want(200).Header(); h.Get("RateLimit-Remaining") != "" {
		t.Errorf("a probe is limited: %v", h)
	}
}

func TestTheGeneralLimitHoldsWhoeverAsks(t *testing.T) {
	s := newScene(t)
	s.deps.Limits = web.NewLimits(false)
	s.route()
	most, _ := s.deps.Limits.API.Rate()
	for range most {
		s.handler.ServeHTTP(httptest.NewRecorder(), request(nil, "GET", "/api/users/me", nil))
	}
	over := s.call(nil, "GET", "/api/users/me", nil).want(429, "TOO_MANY_REQUESTS")
	if over.Header().Get("Retry-After") != "60" || over.Header().Get("RateLimit-Remaining") != "0" {
		t.Errorf("refused with %v", over.Header())
	}
	elsewhere := httptest.NewRecorder()
	if s.handler.ServeHTTP(elsewhere, request(nil, "GET", "/api/nothing", nil)); elsewhere.Code != 429 {
		t.Errorf("what is not there answers %d", elsewhere.Code)
	}
	s.call(s.member, "GET", "/api/users/me", nil).want(200)
	s.call(nil, "GET", "/livez", nil).want(200)
}

func TestPagesLinkToTheNext(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for range 4 {
		s.call(s.member, "POST", "/api/chat/channels/"+s.channel.ID+"/messages/send", `{"content":"more"}`).want(201)
	}
	for _, path := range []string{"/api/users?limit=2&x=%20y", "/api/chat/channels/" + s.channel.ID + "/messages?limit=2"} {
		pages := 0
		for next := path; next != ""; pages++ {
			link := s.call(s.member, "GET", next, nil).want(200).Header().Get("Link")
			next = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
			if pages > 9 || link != "" && (next == link || !strings.Contains(next, "limit=2")) {
				t.Fatalf("%s leads to %q", path, link)
			}
		}
		if pages < 3 {
			t.Errorf("%s has %d pages", path, pages)
		}
	}
	newer := s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/messages?limit=2&after="+s.message.ID, nil).want(200)
	if link := newer.Header().Get("Link"); !strings.Contains(link, "after=") || strings.Contains(link, "before=") {
		t.Errorf("what is newer leads to %q", link)
	}
}

func TestUnknownParametersAreNamed(t *testing.T) {
	s := newScene(t)
	for query, want := range map[string]string{
		"?limit=2": "", "": "", "?limit=2&page=3&Cursor=x": "Cursor, page", "?%0d%0aSet-Cookie:x=1&page=1": "page", "?cursor=x&cursor=y": "",
		"?a&b&c&d&e&f&g&h&i&j&k&l": "a, b, c, d, e, f, g, h, i, j",
	} {
		if got := s.call(s.member, "GET", "/api/users"+query, nil).Header().Get("Ignored-Parameters"); got != want {
			t.Errorf("%s: named %q, want %q", query, got, want)
		}
	}
}
