// Package sandboxtest has a host for tests of plugins, which grants everything and keeps it in memory.
package sandboxtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pegasus/fault"
	"pegasus/plugins/sandbox"
)

// Host is a sandbox.Host in memory; its zero value is empty. It is safe for concurrent use. What it was given it keeps in
// the exported fields, which must be read when no call runs.
type Host struct {
	Members []sandbox.Person
	Posts   []sandbox.Post
	Fetched []sandbox.Request
	// Answer answers Fetch; nil for 404.
	Answer func(sandbox.Request) (sandbox.Response, error)

	mu     sync.Mutex
	values map[string]json.RawMessage
}

// Values returns what is kept, as JSON by key.
func (h *Host) Values() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]string{}
	for key, value := range h.values {
		all[key] = string(value)
	}
	return all
}

// Get implements sandbox.Host, as the methods below do.
func (h *Host) Get(_ context.Context, key string) (json.RawMessage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.values[key], nil
}

func (h *Host) Set(_ context.Context, key string, value json.RawMessage) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(key, value)
	return nil
}

func (h *Host) set(key string, value json.RawMessage) {
	if h.values == nil {
		h.values = map[string]json.RawMessage{}
	}
	h.values[key] = slices.Clone(value)
}

func (h *Host) Delete(_ context.Context, key string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.values, key)
	return nil
}

func (h *Host) List(_ context.Context, prefix string) ([]sandbox.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []sandbox.Entry
	for key, value := range h.values {
		if strings.HasPrefix(key, prefix) {
			found = append(found, sandbox.Entry{Key: key, Value: value})
		}
	}
	slices.SortFunc(found, func(a, b sandbox.Entry) int { return strings.Compare(a.Key, b.Key) })
	return found[:min(len(found), sandbox.MaxList)], nil
}

func (h *Host) Increment(_ context.Context, key string, by int64) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var n int64
	if value, there := h.values[key]; there {
		if err := json.Unmarshal(value, &n); err != nil {
			return 0, fault.New(fault.Invalid, "NOT_A_NUMBER", "What is kept there is no whole number.")
		}
	}
	n += by
	h.set(key, json.RawMessage(strconv.FormatInt(n, 10)))
	return n, nil
}

func (h *Host) Person(_ context.Context, who string) (*sandbox.Person, error) {
	for _, p := range h.Members {
		if p.ID == who || p.Username == who {
			return &p, nil
		}
	}
	return nil, nil
}

func (h *Host) People(context.Context) ([]sandbox.Person, error) { return h.Members, nil }

func (h *Host) Post(_ context.Context, p sandbox.Post) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Posts = append(h.Posts, p)
	return fmt.Sprintf("%024x", len(h.Posts)), nil
}

func (h *Host) Fetch(_ context.Context, r sandbox.Request) (sandbox.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Fetched = append(h.Fetched, r)
	if h.Answer == nil {
		return sandbox.Response{Status: 404}, nil
	}
	return h.Answer(r)
}
