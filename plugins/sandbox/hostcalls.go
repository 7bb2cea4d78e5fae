package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"pegasus/fault"
)

// maxSafe is the largest whole number that JavaScript tells from its neighbours.
const maxSafe = 1<<53 - 1

var (
	messageID  = regexp.MustCompile(`^[0-9a-f]{24}$`)
	headerName = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,64}$`)
	methods    = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
)

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "INVALID", fmt.Sprintf(format, args...))
}

// functions are those of the host, by the names that the runtime calls them. Each reads its arguments strictly: a child may
// be lost to whoever wrote the plugin, and says then whatever it likes.
var functions = map[string]func(ctx context.Context, h Host, args []byte) (any, error){
	"storage.get": func(ctx context.Context, h Host, args []byte) (any, error) {
		key, err := readKey(args)
		if err != nil {
			return nil, err
		}
		value, err := h.Get(ctx, key)
		if value == nil {
			return nil, err
		}
		return value, err
	},
	"storage.set": func(ctx context.Context, h Host, args []byte) (any, error) {
		a, err := read[struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		}](args)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(checkKey(a.Key, 1), checkValue(a.Value)); err != nil {
			return nil, err
		}
		return nil, h.Set(ctx, a.Key, a.Value)
	},
	"storage.delete": func(ctx context.Context, h Host, args []byte) (any, error) {
		key, err := readKey(args)
		if err != nil {
			return nil, err
		}
		return nil, h.Delete(ctx, key)
	},
	"storage.list": func(ctx context.Context, h Host, args []byte) (any, error) {
		a, err := read[struct {
			Prefix string `json:"prefix"`
		}](args)
		if err == nil {
			err = checkKey(a.Prefix, 0)
		}
		if err != nil {
			return nil, err
		}
		entries, err := h.List(ctx, a.Prefix)
		return orNone(entries), err
	},
	"storage.increment": func(ctx context.Context, h Host, args []byte) (any, error) {
		a, err := read[struct {
			Key string `json:"key"`
			By  int64  `json:"by"`
		}](args)
		if err == nil {
			err = checkKey(a.Key, 1)
		}
		if err == nil && (a.By > maxSafe || a.By < -maxSafe) {
			err = invalid("What is added is a whole number.")
		}
		if err != nil {
			return nil, err
		}
		return h.Increment(ctx, a.Key, a.By)
	},
	"people.get": func(ctx context.Context, h Host, args []byte) (any, error) {
		a, err := read[struct {
			Who string `json:"who"`
		}](args)
		if err == nil && !plain(a.Who, 1, 64) {
			err = invalid("A person is looked up by an id or a username.")
		}
		if err != nil {
			return nil, err
		}
		p, err := h.Person(ctx, strings.TrimPrefix(a.Who, "@"))
		if p == nil {
			return nil, err
		}
		return p, err
	},
	"people.list": func(ctx context.Context, h Host, args []byte) (any, error) {
		if _, err := read[struct{}](args); err != nil {
			return nil, err
		}
		people, err := h.People(ctx)
		return orNone(people), err
	},
	"post": func(ctx context.Context, h Host, args []byte) (any, error) {
		a, err := read[struct {
			Text   string `json:"text"`
			Thread string `json:"thread"`
		}](args)
		if err == nil {
			err = checkText(a.Text, "A message")
		}
		if err == nil && a.Thread != "" && !messageID.MatchString(a.Thread) {
			err = invalid("A thread is named by the id of its message.")
		}
		if err != nil {
			return nil, err
		}
		id, err := h.Post(ctx, Post{Text: a.Text, Thread: a.Thread})
		return object{"id": id}, err
	},
	"fetch": func(ctx context.Context, h Host, args []byte) (any, error) {
		a, err := read[struct {
			URL     string            `json:"url"`
			Method  string            `json:"method"`
			Headers map[string]string `json:"headers"`
			Body    string            `json:"body"`
		}](args)
		if err != nil {
			return nil, err
		}
		r := Request{URL: a.URL, Method: a.Method, Headers: a.Headers, Body: a.Body}
		if err := r.check(); err != nil {
			return nil, err
		}
		response, err := h.Fetch(ctx, r)
		response.Headers = orEmpty(response.Headers)
		return response, err
	},
}

// read decodes arguments: one object, its known keys alone, nothing behind it.
func read[T any](args []byte) (T, error) {
	var into T
	if len(args) == 0 || args[0] != '{' || !utf8.Valid(args) {
		return into, invalid("This function is called wrongly.")
	}
	decoder := json.NewDecoder(bytes.NewReader(args))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&into); err != nil {
		return into, invalid("This function is called wrongly: an argument is missing or of another type.")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return into, invalid("This function is called wrongly.")
	}
	return into, nil
}

func readKey(args []byte) (string, error) {
	a, err := read[struct {
		Key string `json:"key"`
	}](args)
	if err == nil {
		err = checkKey(a.Key, 1)
	}
	return a.Key, err
}

func checkKey(key string, least int) error {
	if !plain(key, least, MaxKey) {
		return invalid("A key has 1 to %d characters, none of them a control character.", MaxKey)
	}
	return nil
}

func plain(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

func checkText(text, what string) error {
	if n := utf8.RuneCountInString(text); n > MaxText {
		return fault.New(fault.Invalid, "TOO_LONG", fmt.Sprintf("%s has at most %d characters, and this one has %d.", what, MaxText, n))
	}
	if strings.TrimSpace(text) == "" || strings.ContainsRune(text, 0) {
		return invalid("%s is a text that is not empty.", what)
	}
	return nil
}

// checkValue holds a stored value against its size and depth, and its numbers against what a number can be.
func checkValue(value json.RawMessage) error {
	if len(value) == 0 {
		return invalid("There is no value.")
	}
	if len(value) > MaxValue {
		return fault.New(fault.Invalid, "TOO_LONG", fmt.Sprintf("A value has at most %d KB as JSON, and this one has %d.", MaxValue>>10, len(value)>>10))
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	for depth := 0; ; {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return invalid("A value is something that JSON can hold.")
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
			if depth > maxDepth {
				return invalid("A value is nested at most %d deep.", maxDepth)
			}
		case json.Number:
			if n, err := strconv.ParseFloat(t.String(), 64); err != nil || math.IsInf(n, 0) {
				return invalid("A number in this value is too large.")
			}
		}
	}
}

func (r Request) check() error {
	if !strings.HasPrefix(r.URL, "https://") || len(r.URL) > MaxURL || strings.ContainsFunc(r.URL, notInURL) {
		return invalid("An address begins with https:// and has at most %d characters.", MaxURL)
	}
	if !slices.Contains(methods, r.Method) {
		return invalid("A method is one of %s.", strings.Join(methods, ", "))
	}
	if len(r.Headers) > MaxHeaders {
		return invalid("A request has at most %d headers.", MaxHeaders)
	}
	for name, value := range r.Headers {
		if !headerName.MatchString(name) || len(value) > MaxHeader || strings.ContainsFunc(value, unicode.IsControl) {
			return invalid("The header %.64q is not one.", name)
		}
	}
	if len(r.Body) > MaxSent {
		return invalid("The body of a request has at most %d KB.", MaxSent>>10)
	}
	if r.Body != "" && (r.Method == "GET" || r.Method == "HEAD") {
		return invalid("A %s has no body.", r.Method)
	}
	return nil
}

func notInURL(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }

// orNone keeps a list that is empty from becoming null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
