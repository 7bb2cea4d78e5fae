package betterauth

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"pegasus/fault"
)

type sample struct {
	Name  string          `json:"name"`
	Short *string         `json:"short,omitempty"`
	Flag  bool            `json:"flag,omitempty"`
	N     float64         `json:"n,omitempty"`
	Raw   json.RawMessage `json:"raw,omitempty"`
	List  []string        `json:"list,omitempty"`
}

func TestReadTellsAllThatIsWrong(t *testing.T) {
	for body, want := range map[string]string{
		`{"name":"a","short":"b","flag":true,"n":1.5,"raw":null,"list":["x"],"other":{}}`: "",
		`{"name":"a"}`: "",
		`{}`:           "VALIDATION_ERROR: [body.name] Invalid input: expected string, received undefined",
		`{"Name":"a"}`: "VALIDATION_ERROR: [body.name] Invalid input: expected string, received undefined",
		`{"name":null,"short":null,"flag":"yes","n":"1","list":{}}`: "VALIDATION_ERROR: [body.name] Invalid input: expected string; " +
			"[body.short] Invalid input: expected string; [body.flag] Invalid input: expected boolean; [body.n] Invalid input: expected number; [body.list] Invalid input: expected object",
		`[]`: "BODY_MUST_BE_AN_OBJECT: The body must be an object.", `null`: "BODY_MUST_BE_AN_OBJECT: The body must be an object.",
		`{"name":"a"`: "INVALID_JSON: The body is not valid JSON.", ``: "INVALID_JSON: The body is not valid JSON.", "{\"name\":\"\xff\"}": "INVALID_JSON: The body is not valid JSON.",
	} {
		in, err := read[sample](httptest.NewRequest("POST", "/", strings.NewReader(body)))
		if got := text(err); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
		if want == "" && in.Name != "a" {
			t.Errorf("%s: read %+v", body, in)
		}
	}
	form := httptest.NewRequest("POST", "/", strings.NewReader(`{"name":"a"}`))
	form.Header.Set("Content-Type", "text/plain")
	if _, err := read[sample](form); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a form is read: %v", err)
	}
}

func TestReadTakesAQuery(t *testing.T) {
	in, err := read[ListUsersQuery](httptest.NewRequest("GET", "/?searchValue=a%26b&limit=5&limit=6", nil))
	if err != nil || in.SearchValue != "a&b" || in.Limit != "5" || in.SortBy != "" {
		t.Errorf("read %+v, %v", in, err)
	}
}

func TestTranslate(t *testing.T) {
	cause := errors.New("cause")
	for name, c := range map[string]struct {
		in   error
		kind fault.Kind
		want string
	}{
		"unknown":            {fault.New(fault.NotFound, "USER_NOT_FOUND", "x"), fault.NotFound, "USER_NOT_FOUND: x"},
		"foreign":            {cause, fault.Internal, "cause"},
		"another code":       {fault.New(fault.Conflict, "EMAIL_TAKEN", "x"), fault.Mismatch, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: User already exists. Use another email."},
		"another status":     {fault.New(fault.NotFound, "INVALID_TOKEN", "x"), fault.Invalid, "INVALID_TOKEN: Invalid token"},
		"the domain's words": {fault.New(fault.Conflict, "CODE_ALREADY_USED", "Wait."), fault.Unauthenticated, "INVALID_CODE: Wait."},
		"code of an address": {fault.New(fault.Forbidden, "some_thing", "x"), fault.Forbidden, "SOME_THING: x"},
		"elsewhere":          {as(fault.New(fault.NotFound, "INVALID_TOKEN", "x"), fault.Unauthenticated, "INVALID_TOKEN"), fault.Unauthenticated, "INVALID_TOKEN: Invalid token"},
		"not elsewhere":      {as(fault.New(fault.NotFound, "INVALID_TOKEN", "x"), fault.Unauthenticated, "OTHER"), fault.Invalid, "INVALID_TOKEN: Invalid token"},
	} {
		got := translate(c.in)
		if got.Error() != c.want || fault.From(got).Kind != c.kind {
			t.Errorf("%s: %v of kind %d", name, got, fault.From(got).Kind)
		}
	}
	if translate(nil) != nil || as(nil, fault.Invalid, "X") != nil {
		t.Error("no failure is one")
	}
	if got := fault.From(translate(&fault.Error{Kind: fault.Conflict, Code: "EMAIL_TAKEN", Field: "email", Err: cause})); got.Field != "email" || !errors.Is(got, cause) {
		t.Errorf("lost field or cause: %+v", got)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
