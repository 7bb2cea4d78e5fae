package sandbox

import (
	"context"
	"encoding/json"

	"pegasus/fault"
)

// Host does for a plugin what it cannot do itself, one call after another, in the order in which the plugin made them.
// Its arguments keep the limits of this package; whether the plugin has the right is the Host's to decide, at each call.
//
// A *fault.Error reaches the plugin with its code and message, so these must hold nothing that its author may not know.
// Any other error reaches it as INTERNAL, and the log.
type Host interface {
	// Get returns the value of a key as JSON, nil where there is none.
	Get(ctx context.Context, key string) (json.RawMessage, error)
	// Set keeps a value, valid JSON of at most MaxValue bytes.
	Set(ctx context.Context, key string, value json.RawMessage) error
	// Delete removes a key; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// List returns at most MaxList entries whose keys begin with prefix, by key.
	List(ctx context.Context, prefix string) ([]Entry, error)
	// Increment adds to the whole number of a key, 0 where there is none, and returns the sum; at once, so that of two calls
	// neither is lost. A value that is no whole number is Invalid, and so is a sum beyond ±(2^53-1).
	Increment(ctx context.Context, key string, by int64) (int64, error)
	// Person returns a member of the channel by id or username, nil where there is none.
	Person(ctx context.Context, who string) (*Person, error)
	// People returns the channel's members by name, at most MaxList.
	People(ctx context.Context) ([]Person, error)
	// Post posts a message and returns its id.
	Post(ctx context.Context, p Post) (id string, err error)
	// Fetch asks another server. It must hold the host against what is granted, and follow no redirects.
	Fetch(ctx context.Context, r Request) (Response, error)
}

// Entry is a stored value.
type Entry struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Post is a message that a plugin posts of its own accord.
type Post struct {
	Text   string // Markdown, 1 to MaxText characters, not yet sanitised
	Thread string // id of the message whose thread it goes to, as the plugin says it; "" for the channel
}

// Request is what a plugin asks another server.
type Request struct {
	URL     string // begins with https://
	Method  string // GET, HEAD, POST, PUT, PATCH or DELETE
	Headers map[string]string
	Body    string
}

// Response is what another server answered. A body of more than MaxReceived bytes or that is not UTF-8 is the Host's to refuse.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// NoHost refuses everything. Hosts that offer only a part of it embed it.
type NoHost struct{}

var errNotGranted = fault.New(fault.Forbidden, "NOT_GRANTED", "The plugin is not allowed to do this here.")

func (NoHost) Get(context.Context, string) (json.RawMessage, error) { return nil, errNotGranted }

func (NoHost) Set(context.Context, string, json.RawMessage) error { return errNotGranted }

func (NoHost) Delete(context.Context, string) error { return errNotGranted }

func (NoHost) List(context.Context, string) ([]Entry, error) { return nil, errNotGranted }

func (NoHost) Increment(context.Context, string, int64) (int64, error) { return 0, errNotGranted }

func (NoHost) Person(context.Context, string) (*Person, error) { return nil, errNotGranted }

func (NoHost) People(context.Context) ([]Person, error) { return nil, errNotGranted }

func (NoHost) Post(context.Context, Post) (string, error) { return "", errNotGranted }

func (NoHost) Fetch(context.Context, Request) (Response, error) { return Response{}, errNotGranted }
