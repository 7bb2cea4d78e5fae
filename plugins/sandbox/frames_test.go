package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"pegasus/fault"
)

// watchful is a host that complains of every argument that breaks a limit.
type watchful struct {
	NoHost
	t testing.TB
}

func (w watchful) key(key string, least int) {
	if n := utf8.RuneCountInString(key); n < least || n > MaxKey || !utf8.ValidString(key) {
		w.t.Errorf("the key %q came through", key)
	}
}

func (w watchful) Get(_ context.Context, key string) (json.RawMessage, error) {
	w.key(key, 1)
	return nil, nil
}

func (w watchful) Set(_ context.Context, key string, value json.RawMessage) error {
	w.key(key, 1)
	var any any
	if len(value) > MaxValue || json.Unmarshal(value, &any) != nil {
		w.t.Errorf("the value %.100q came through", value)
	}
	return nil
}

func (w watchful) Delete(_ context.Context, key string) error {
	w.key(key, 1)
	return nil
}

func (w watchful) List(_ context.Context, prefix string) ([]Entry, error) {
	w.key(prefix, 0)
	return nil, nil
}

func (w watchful) Increment(_ context.Context, key string, by int64) (int64, error) {
	w.key(key, 1)
	if by > maxSafe || by < -maxSafe {
		w.t.Errorf("%d came through", by)
	}
	return by, nil
}

func (w watchful) Person(_ context.Context, who string) (*Person, error) {
	if len(who) > 4*64 {
		w.t.Errorf("%q came through", who)
	}
	return nil, nil
}

func (w watchful) People(context.Context) ([]Person, error) { return nil, nil }

func (w watchful) Post(_ context.Context, p Post) (string, error) {
	if n := utf8.RuneCountInString(p.Text); n == 0 || n > MaxText || p.Thread != "" && len(p.Thread) != 24 {
		w.t.Errorf("%+v came through", p)
	}
	return "", nil
}

func (w watchful) Fetch(_ context.Context, r Request) (Response, error) {
	if !strings.HasPrefix(r.URL, "https://") || len(r.URL) > MaxURL || len(r.Body) > MaxSent || len(r.Headers) > MaxHeaders {
		w.t.Errorf("%.200v came through", r)
	}
	for name, value := range r.Headers {
		if strings.ContainsAny(name+value, "\r\n\x00") {
			w.t.Errorf("the header %q: %q came through", name, value)
		}
	}
	return Response{}, nil
}

// hear gives the host's side one message, as a child that is lost to somebody might send it.
func hear(t testing.TB, message []byte, event Event) error {
	c := &call{pool: &Pool{limits: DefaultLimits, logger: slog.New(slog.DiscardHandler)}, host: watchful{t: t}, event: event}
	var m said
	if err := json.Unmarshal(message, &m); err != nil {
		return err
	}
	switch m.Op {
	case opCall:
		function, known := functions[m.Name]
		if !known {
			return nil
		}
		_, err := function(context.Background(), c.host, m.Args)
		return err
	case opDone:
		_, err := c.accept(m.Args)
		for _, r := range c.out.Replies {
			if n := utf8.RuneCountInString(r.Text); err == nil && (n == 0 || n > MaxText || len(c.out.Replies) > MaxReplies) {
				t.Errorf("%+v came through", r)
			}
		}
		return err
	case opThrown:
		return c.thrown(m.Args)
	}
	return nil
}

var lies = []string{
	`{"op":"call","id":1,"name":"storage.get","args":{"key":"a"}}`,
	`{"op":"call","id":1,"name":"storage.get","args":{"key":5}}`,
	`{"op":"call","id":1,"name":"storage.get","args":{"key":null}}`,
	`{"op":"call","id":1,"name":"storage.get","args":["a"]}`,
	`{"op":"call","id":1,"name":"storage.get","args":null}`,
	`{"op":"call","id":1,"name":"storage.get"}`,
	`{"op":"call","id":1,"name":"storage.get","args":{"key":"a","user_id":"b"}}`,
	`{"op":"call","id":1,"name":"storage.set","args":{"key":"a","value":1e999}}`,
	`{"op":"call","id":1,"name":"storage.set","args":{"key":"a"}}`,
	`{"op":"call","id":1,"name":"storage.increment","args":{"key":"a","by":-9007199254740992}}`,
	`{"op":"call","id":1,"name":"storage.increment","args":{"key":"a","by":1e300}}`,
	`{"op":"call","id":1,"name":"storage.increment","args":{"key":"a","by":"1"}}`,
	`{"op":"call","id":1,"name":"storage.increment","args":{"key":"a","by":0.5}}`,
	`{"op":"call","id":1,"name":"storage.list","args":{"prefix":[]}}`,
	`{"op":"call","id":1,"name":"people.get","args":{"who":{}}}`,
	`{"op":"call","id":1,"name":"people.list","args":{"all":true}}`,
	`{"op":"call","id":1,"name":"post","args":{"text":"a","thread":"b"}}`,
	`{"op":"call","id":1,"name":"post","args":{"text":"a","author":"b"}}`,
	`{"op":"call","id":1,"name":"fetch","args":{"url":"https://a.example","method":"GET","headers":{"a":"b"},"body":""}}`,
	`{"op":"call","id":1,"name":"fetch","args":{"url":"http://169.254.169.254/","method":"GET","headers":{},"body":""}}`,
	`{"op":"call","id":9999999999999999999,"name":"post","args":{}}`,
	`{"op":"call","id":-1,"name":"__proto__","args":{}}`,
	`{"op":"done","args":{"replies":[{"text":"a","visibility":"channel","thread":true}]}}`,
	`{"op":"done","args":{"replies":[{"text":"","visibility":"channel"}]}}`,
	`{"op":"done","args":{"replies":[{"text":5}]}}`,
	`{"op":"done","args":{"replies":{"length":1000000000}}}`,
	`{"op":"done","args":5}`, `{"op":"done"}`, `{"op":"thrown","args":{"message":5}}`, `{"op":"thrown","args":{"message":"a","stack":"at f (<eval>:9999999:9999999)"}}`,
	`{"op":"log","text":5}`, `{"op":"quit"}`, `{}`, `[]`, `null`, `5`, ``, `{"op":"call","args":{"key":"\ud800"},"name":"storage.get"}`, "\xff\xfe",
}

// FuzzWhatAChildSays holds the host's side against anything that a child can send.
func FuzzWhatAChildSays(f *testing.F) {
	for _, lie := range lies {
		f.Add([]byte(lie))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		err := hear(t, message, Command{})
		var broken *Fault
		var told *fault.Error
		if err != nil && json.Valid(message) && !errors.As(err, &broken) && !errors.As(err, &told) {
			if wrong := new(json.UnmarshalTypeError); !errors.As(err, &wrong) {
				t.Errorf("an error that says nothing: %v", err)
			}
		}
	})
}

func TestArgumentsOfAnotherTypeAreErrors(t *testing.T) {
	for _, lie := range lies[1:6] {
		if err := hear(t, []byte(lie), Command{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", lie, err)
		}
	}
	if err := hear(t, []byte(lies[0]), Command{}); err != nil {
		t.Errorf("%s: %v", lies[0], err)
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("at f (<eval>:2:1)", `{"sources":["project:main.ts"],"mappings":"AAAA;AACA"}`)
	f.Add("at <eval>:99", `{"sources":[],"mappings":"gggggggggggB,,,;;A"}`)
	f.Fuzz(func(t *testing.T, stack, sourceMap string) {
		for _, p := range locate(stack, []byte(sourceMap)) {
			if p.File == "" {
				t.Error("a place without a file")
			}
		}
	})
}

func TestWordsAreSplitAtSpaceOutsideOfQuotes(t *testing.T) {
	for text, want := range map[string]string{
		``: ``, `a b`: `a|b`, `  a   b `: `a|b`, `"a b" c`: `a b|c`, `“a b” c`: `a b|c`, `a"b c"d`: `ab cd`, `"" a`: `|a`, `"open end`: `open end`, "a\nb\tc": `a|b|c`,
	} {
		if got := strings.Join(words(text), "|"); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
