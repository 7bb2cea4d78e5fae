package plugins

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

// tryHost does for a plugin that is tried out what its manifest asks for, without touching a channel.
type tryHost struct {
	s        *Service
	actor    accounts.User
	manifest manifest.Manifest
	session  *session
	said     []Said
}

func (h *tryHost) need(p manifest.Permission) error {
	if !h.manifest.Asks(p) {
		return errSilent
	}
	return nil
}

func (h *tryHost) Get(_ context.Context, key string) (json.RawMessage, error) {
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	return h.session.values[key], h.need(manifest.Storage)
}

func (h *tryHost) Set(_ context.Context, key string, value json.RawMessage) error {
	if err := h.need(manifest.Storage); err != nil {
		return err
	}
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	return h.session.set(key, value)
}

// set keeps a value. A session keeps less than an install, for it lies in memory.
func (s *session) set(key string, value json.RawMessage) error {
	const most = 100
	if _, there := s.values[key]; !there && len(s.values) >= most {
		return ErrFull
	}
	if len(value) > MaxValue {
		return errLarge
	}
	s.values[key] = slices.Clone(value)
	return nil
}

func (h *tryHost) Delete(_ context.Context, key string) error {
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	delete(h.session.values, key)
	return h.need(manifest.Storage)
}

func (h *tryHost) List(_ context.Context, prefix string) ([]sandbox.Entry, error) {
	if err := h.need(manifest.Storage); err != nil {
		return nil, err
	}
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	entries := []sandbox.Entry{}
	for key, value := range h.session.values {
		if strings.HasPrefix(key, prefix) {
			entries = append(entries, sandbox.Entry{Key: key, Value: value})
		}
	}
	slices.SortFunc(entries, func(a, b sandbox.Entry) int { return strings.Compare(a.Key, b.Key) })
	return entries[:min(len(entries), sandbox.MaxList)], nil
}

func (h *tryHost) Increment(_ context.Context, key string, by int64) (int64, error) {
	if err := h.need(manifest.Storage); err != nil {
		return 0, err
	}
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	sum, err := added(string(h.session.values[key]), by)
	if err == nil {
		err = h.session.set(key, json.RawMessage(strconv.FormatInt(sum, 10)))
	}
	return sum, err
}

// Person knows nobody but who tries the plugin out.
func (h *tryHost) Person(_ context.Context, who string) (*sandbox.Person, error) {
	if err := h.need(manifest.ReadPeople); err != nil {
		return nil, err
	}
	if who != h.actor.ID && !strings.EqualFold(strings.TrimPrefix(who, "@"), h.actor.Username) {
		return nil, nil
	}
	p := asPerson(h.actor)
	return &p, nil
}

func (h *tryHost) People(context.Context) ([]sandbox.Person, error) {
	return []sandbox.Person{asPerson(h.actor)}, h.need(manifest.ReadPeople)
}

func (h *tryHost) Post(_ context.Context, p sandbox.Post) (string, error) {
	if err := h.need(manifest.WriteMessages); err != nil {
		return "", err
	}
	h.said = append(h.said, Said{Text: p.Text, HTML: h.s.render(p.Text), Posted: true})
	return id.New(h.s.now()), nil
}

func (h *tryHost) Fetch(ctx context.Context, r sandbox.Request) (sandbox.Response, error) {
	if err := h.need(manifest.Network); err != nil {
		return sandbox.Response{}, err
	}
	if !h.actor.IsAdmin() {
		return sandbox.Response{}, errNetwork
	}
	if !mayAsk(r.URL, h.manifest.Hosts) {
		return sandbox.Response{}, errAskHost
	}
	return h.s.fetch(ctx, r)
}

// mayAsk reports whether an address lies on one of the hosts, by its exact name, encrypted and on the port of the web.
func mayAsk(address string, hosts []string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && slices.Contains(hosts, strings.ToLower(u.Hostname()))
}
