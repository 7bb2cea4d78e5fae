package betterauth

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"pegasus/fault"
)

// input is the body of a request, whose fields are taken one by one, with what is wrong about them.
type input struct {
	fields   map[string]json.RawMessage
	field    string // the first at fault
	problems []string
}

var (
	errMediaType = fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.")
	errJSON      = fault.New(fault.Invalid, "INVALID_JSON", "The body is not valid JSON.")
	errObject    = fault.New(fault.Invalid, "BODY_MUST_BE_AN_OBJECT", "The body must be an object.")
)

// read reads a body. Only JSON is taken: pages of other sites can make a browser send a form.
func read(r *http.Request) (*input, error) {
	if header := r.Header.Get("Content-Type"); header != "" {
		mediaType, _, err := mime.ParseMediaType(header)
		if err != nil || mediaType != "application/json" {
			return nil, errMediaType
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errJSON
	}
	in := &input{}
	if err := json.Unmarshal(body, &in.fields); err != nil || in.fields == nil {
		return nil, errObject
	}
	return in, nil
}

// text takes a string that must be there.
func (in *input) text(name string) string {
	if _, there := in.fields[name]; !there {
		in.fault(name, "Invalid input: expected string, received undefined")
		return ""
	}
	return in.optional(name)
}

// optional takes a string, "" where it is not there.
func (in *input) optional(name string) (text string) {
	in.take(name, "string", &text)
	return text
}

func (in *input) flag(name string, otherwise bool) bool {
	in.take(name, "boolean", &otherwise)
	return otherwise
}

func (in *input) take(name, kind string, into any) {
	raw, there := in.fields[name]
	if !there {
		return
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		in.fault(name, "Invalid input: expected "+kind)
	}
}

func (in *input) fault(name, problem string) {
	if in.field == "" {
		in.field = name
	}
	in.problems = append(in.problems, "[body."+name+"] "+problem)
}

// err returns what is wrong about the fields taken so far.
func (in *input) err() error {
	if in.field == "" {
		return nil
	}
	return fault.Field(in.field, "VALIDATION_ERROR", strings.Join(in.problems, "; "))
}
