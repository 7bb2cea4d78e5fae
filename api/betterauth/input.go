package betterauth

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"pegasus/fault"
)

var (
	errMediaType = fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.")
	errJSON      = fault.New(fault.Invalid, "INVALID_JSON", "The body is not valid JSON.")
	errObject    = fault.New(fault.Invalid, "BODY_MUST_BE_AN_OBJECT", "The body must be an object.")
)

// refuser is an input that has to refuse fields which it does not have.
type refuser interface {
	refuse(fields map[string]json.RawMessage) error
}

// read reads the input of a request: fields with a tag "query" from its query, the others from its body.
//
// Names of fields are matched to the letter. A field without omitempty must be there, and none may be null. All that is
// wrong is told at once, in the words of the protocol.
func read[I any](r *http.Request) (in I, err error) {
	v := reflect.ValueOf(&in).Elem()
	if v.NumField() == 0 {
		return in, nil
	}
	if name := v.Type().Field(0).Tag.Get("query"); name != "" {
		query := r.URL.Query()
		for i := range v.NumField() {
			v.Field(i).SetString(query.Get(v.Type().Field(i).Tag.Get("query")))
		}
		return in, nil
	}
	fields, err := readBody(r)
	if err != nil {
		return in, err
	}
	if refuser, ok := any(in).(refuser); ok {
		if err := refuser.refuse(fields); err != nil {
			return in, err
		}
	}
	return in, decode(fields, "", v)
}

// readBody reads a body. Only JSON is taken: pages of other sites can make a browser send a form.
func readBody(r *http.Request) (fields map[string]json.RawMessage, err error) {
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
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, errObject
	}
	return fields, nil
}

// decode fills a struct. path stands before the names in what is told, "" or ending in a dot.
func decode(fields map[string]json.RawMessage, path string, into reflect.Value) error {
	p := problems{}
	for i := range into.NumField() {
		field := into.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		kind := expected(field.Type)
		raw, there := fields[name]
		switch {
		case !there && options != "omitempty":
			p.add(path+name, "Invalid input: expected "+kind+", received undefined")
		case !there:
		case string(raw) == "null" && field.Type != rawMessage || json.Unmarshal(raw, into.Field(i).Addr().Interface()) != nil:
			p.add(path+name, "Invalid input: expected "+kind)
		}
	}
	return p.err()
}

var rawMessage = reflect.TypeFor[json.RawMessage]()

// expected names a type as the protocol does.
func expected(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "number"
	case reflect.Struct, reflect.Map, reflect.Slice:
		return "object"
	}
	return "string"
}

// problems are what is wrong with an input.
type problems struct {
	field string // the first at fault
	texts []string
}

func (p *problems) add(field, text string) {
	if p.field == "" {
		p.field = field
	}
	p.texts = append(p.texts, "[body."+field+"] "+text)
}

func (p *problems) err() error {
	if p.field == "" {
		return nil
	}
	return fault.Field(p.field, "VALIDATION_ERROR", strings.Join(p.texts, "; "))
}
