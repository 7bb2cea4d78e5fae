package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// answered is what came back.
type answered struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// do serves a request and holds the answer against the document.
func (w *world) do(r *http.Request) answered {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	w.documented(r, rec)
	return answered{rec, w.t}
}

func (w *world) call(a *actor, method, path string, body any) answered {
	w.t.Helper()
	return w.do(request(a, method, path, body))
}

// want checks the status, and the code where the answer is an error.
func (a answered) want(status int, code ...string) answered {
	a.t.Helper()
	if a.Code != status || len(code) > 0 && a.field("code") != code[0] {
		a.t.Fatalf("answer is %d %s, want %d %v", a.Code, a.Body, status, code)
	}
	return a
}

// field returns a value by its path of keys, as text.
func (a answered) field(path string) string {
	a.t.Helper()
	var v any
	must(a.t, json.Unmarshal(a.Body.Bytes(), &v))
	for key := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

var volatile = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`"[0-9a-f]{24}"`), `"ID"`},
	{regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`), `"TIME"`},
	{regexp.MustCompile(`"token":"[\w-]{32,}"`), `"token":"TOKEN"`},
	{regexp.MustCompile(`"request_id":"\w+"`), `"request_id":"REQUEST"`},
}

func masked(body string) string {
	for _, v := range volatile {
		body = v.pattern.ReplaceAllString(body, v.mask)
	}
	return body
}

// exactly checks the whole body but for ids, times and tokens.
func (a answered) exactly(status int, body string) answered {
	a.t.Helper()
	got := strings.TrimSpace(masked(a.Body.String()))
	if a.Code != status || got != body {
		a.t.Fatalf("answer is %d\n%s\nwant %d\n%s", a.Code, got, status, body)
	}
	return a
}

var document = sync.OnceValues(func() (validator.Validator, error) {
	text, err := Document(false)
	if err != nil {
		return nil, err
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
})

// documented checks that the document knows the answer. What is not documented is what no route takes.
func (w *world) documented(r *http.Request, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	if op := operationOf(w.t, r); op != nil && rec.Code < http.StatusBadRequest {
		answeredWell.Store(r.Method+" "+op.Path, true)
	}
	if rec.Code == http.StatusMethodNotAllowed || r.Method == http.MethodHead || r.URL.Path == streamPath && rec.Code == http.StatusOK {
		return
	}
	if rec.Code == http.StatusNotFound && strings.Contains(rec.Body.String(), `"NOT_FOUND"`) {
		return
	}
	w.coded(r, rec)
	v, err := document()
	must(w.t, err)
	if fine, problems := v.ValidateHttpResponse(r, rec.Result()); !fine {
		for _, p := range problems {
			w.t.Errorf("%s %s: %d %s: %s %s", r.Method, r.URL.Path, rec.Code, rec.Body, p.Message, p.Reason)
		}
	}
}

func newBuffer(s string) *bytes.Buffer { return bytes.NewBufferString(s) }
