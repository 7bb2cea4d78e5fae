package plugins

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

const (
	maxWhole   = 1<<53 - 1 // the largest whole number that a plugin can count to
	countTries = 50        // to count where others do at the same time
	postsFrom  = 10        // behind what answers are numbered with
)

var (
	errWhole = fault.New(fault.Invalid, "NOT_A_NUMBER", "What is kept under this key is no whole number, or would get too large.")
	errLarge = fault.New(fault.TooLarge, "VALUE_TOO_LARGE", "A value has at most 64 KB.")
)

// host does for a plugin what it was granted, one call after another.
type host struct {
	s      *Service
	a      authority
	c      call
	posted int
}

func (h *host) Get(ctx context.Context, key string) (json.RawMessage, error) {
	if err := h.a.need(manifest.Storage); err != nil {
		return nil, err
	}
	v, err := h.s.store.StoredValue(ctx, h.a.ID, key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return json.RawMessage(v.Content), err
}

func (h *host) Set(ctx context.Context, key string, value json.RawMessage) error {
	if err := h.a.need(manifest.Storage); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return errLarge
	}
	return h.s.store.SetValue(ctx, h.a.ID, Value{Key: key, Content: string(value), UpdatedAt: h.s.now()}, MaxValues)
}

func (h *host) Delete(ctx context.Context, key string) error {
	if err := h.a.need(manifest.Storage); err != nil {
		return err
	}
	err := h.s.store.DeleteValue(ctx, h.a.ID, key)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (h *host) List(ctx context.Context, prefix string) ([]sandbox.Entry, error) {
	if err := h.a.need(manifest.Storage); err != nil {
		return nil, err
	}
	values, err := h.s.store.StoredValues(ctx, h.a.ID, prefix, "", sandbox.MaxList)
	entries := make([]sandbox.Entry, len(values))
	for n, v := range values {
		entries[n] = sandbox.Entry{Key: v.Key, Value: json.RawMessage(v.Content)}
	}
	return entries, err
}

func (h *host) Increment(ctx context.Context, key string, by int64) (int64, error) {
	if err := h.a.need(manifest.Storage); err != nil {
		return 0, err
	}
	for range countTries {
		v, err := h.s.store.StoredValue(ctx, h.a.ID, key)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return 0, err
		}
		sum, err := added(v.Content, by)
		if err != nil {
			return 0, err
		}
		next := Value{Key: key, Content: strconv.FormatInt(sum, 10), UpdatedAt: h.s.now()}
		swapped, err := h.s.store.SwapValue(ctx, h.a.ID, next, v.Content, MaxValues)
		if err != nil || swapped {
			return sum, err
		}
	}
	return 0, fault.New(fault.Unavailable, "BUSY", "Too many count here at once. Please try again.")
}

// added returns the sum of a stored number, "" for none, and another one.
func added(stored string, by int64) (int64, error) {
	var before int64
	if stored != "" {
		var err error
		if before, err = strconv.ParseInt(stored, 10, 64); err != nil {
			return 0, errWhole
		}
	}
	if before > maxWhole || before < -maxWhole || by > maxWhole || by < -maxWhole || before+by > maxWhole || before+by < -maxWhole {
		return 0, errWhole
	}
	return before + by, nil
}

// mayRead refuses what people there are, where the plugin or who called it may not know.
func (h *host) mayRead(ctx context.Context) error {
	if err := h.a.need(manifest.ReadPeople); err != nil {
		return err
	}
	_, _, _, err := h.s.calledBy(ctx, h.a, h.c)
	return err
}

func (h *host) Person(ctx context.Context, who string) (*sandbox.Person, error) {
	if err := h.mayRead(ctx); err != nil {
		return nil, err
	}
	u, err := h.find(ctx, who)
	if err == nil && !u.Bot && !u.Deactivated {
		if _, _, err = h.s.chat.Place(ctx, h.a.ChannelID, u.ID); err == nil {
			p := asPerson(u)
			return &p, nil
		}
	}
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return nil, err
}

func (h *host) find(ctx context.Context, who string) (accounts.User, error) {
	if id.Valid(who) {
		return h.s.user(ctx, who)
	}
	return h.s.userNamed(ctx, strings.ToLower(strings.TrimPrefix(who, "@")))
}

func (h *host) People(ctx context.Context) ([]sandbox.Person, error) {
	if err := h.mayRead(ctx); err != nil {
		return nil, err
	}
	members, err := h.s.chat.Members(ctx, h.a.installer, h.a.ChannelID, "", sandbox.MaxList)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(members))
	for n, m := range members {
		ids[n] = m.UserID
	}
	users, err := h.s.users(ctx, ids)
	people := make([]sandbox.Person, 0, len(users))
	for _, u := range users {
		if !u.Bot && !u.Deactivated {
			people = append(people, asPerson(u))
		}
	}
	slices.SortFunc(people, func(a, b sandbox.Person) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return people, err
}

// Post posts where whoever installed the plugin might, now, and who called it as well.
func (h *host) Post(ctx context.Context, p sandbox.Post) (string, error) {
	if err := h.a.need(manifest.WriteMessages); err != nil {
		return "", err
	}
	c, place, err := h.s.chat.Place(ctx, h.a.ChannelID, h.a.InstallerID)
	if err == nil {
		err = chat.MayPost(h.a.installer, c, place, p.Thread != "", h.s.now())
	}
	if err != nil {
		return "", err
	}
	m, err := h.s.post(ctx, h.a, h.c, p.Text, p.Thread, postsFrom+h.posted)
	h.posted++
	return m.ID, err
}

// Fetch asks a host that was granted by its exact name, encrypted, on the port of the web.
func (h *host) Fetch(ctx context.Context, r sandbox.Request) (sandbox.Response, error) {
	if err := h.a.need(manifest.Network); err != nil {
		return sandbox.Response{}, err
	}
	if !mayAsk(r.URL, h.a.hosts) {
		return sandbox.Response{}, errAskHost
	}
	return h.s.fetch(ctx, r)
}
