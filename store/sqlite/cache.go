package sqlite

import (
	"sync"

	"pegasus/accounts"
	"pegasus/chat"
)

// cache holds committed rows that are read with every request.
//
// The writer changes it after each commit and before it answers, so a read that begins after a write returned sees the
// write. A reader that fills it names the generation it saw before it read the database; where the writer has come by
// since, the fill is dropped.
type cache struct {
	mu         sync.RWMutex
	generation uint64
	users      bounded[string, accounts.User]
	sessions   bounded[string, accounts.Session] // by the hash of the token
	cookies    bounded[string, cookie]
	channels   bounded[string, chat.Channel]
	members    bounded[place, chat.Member]
	joined     bounded[string, []string] // channel ids by user id
	named      bounded[string, []string] // those of joined that have a name
}

// place names a membership.
type place struct{ channel, user string }

func newCache() *cache {
	return &cache{
		users:    newBounded[string, accounts.User](8192),
		sessions: newBounded[string, accounts.Session](8192),
		cookies:  newBounded[string, cookie](8192),
		channels: newBounded[string, chat.Channel](4096),
		members:  newBounded[place, chat.Member](32768),
		joined:   newBounded[string, []string](8192),
		named:    newBounded[string, []string](8192),
	}
}

// now returns the generation to name in fill. It is read before the database is.
func (c *cache) now() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.generation
}

// fill runs put where no write has come by since the generation.
func (c *cache) fill(generation uint64, put func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == generation {
		put()
	}
}

func (c *cache) user(id string) (accounts.User, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.users.get(id)
}

func (c *cache) sessionUser(tokenHash string) (s accounts.Session, u accounts.User, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if s, ok = c.sessions.get(tokenHash); ok {
		u, ok = c.users.get(s.UserID)
	}
	return s, u, ok
}

func (c *cache) cookie(token string) (cookie, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.cookies.get(token)
}

func (c *cache) channel(id string) (chat.Channel, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.channels.get(id)
}

func (c *cache) membership(p place) (ch chat.Channel, m chat.Member, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if m, ok = c.members.get(p); ok {
		ch, ok = c.channels.get(p.channel)
	}
	return ch, m, ok
}

func (c *cache) member(p place) (chat.Member, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.members.get(p)
}

// places returns a person's places in channels that have a name, in no order, where all are held.
func (c *cache) places(userID string) ([]chat.Joined, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	ids, ok := c.named.get(userID)
	if !ok {
		return nil, false
	}
	places := make([]chat.Joined, len(ids))
	for i, id := range ids {
		ch, known := c.channels.get(id)
		m, held := c.members.get(place{id, userID})
		if !known || !held {
			return nil, false
		}
		places[i] = chat.Joined{Channel: ch, Member: m}
	}
	return places, true
}

func (c *cache) joinedIDs(userID string) ([]string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.joined.get(userID)
}

// bounded is a map that drops an entry, no matter which, before it outgrows its limit.
type bounded[K comparable, V any] struct {
	limit int
	rows  map[K]V
}

func newBounded[K comparable, V any](limit int) bounded[K, V] {
	return bounded[K, V]{limit: limit, rows: map[K]V{}}
}

func (b *bounded[K, V]) get(key K) (V, bool) {
	row, ok := b.rows[key]
	return row, ok
}

func (b *bounded[K, V]) put(key K, row V) {
	if _, known := b.rows[key]; !known && len(b.rows) >= b.limit {
		for victim := range b.rows {
			delete(b.rows, victim)
			break
		}
	}
	b.rows[key] = row
}

func (b *bounded[K, V]) drop(keys []K) {
	for _, key := range keys {
		delete(b.rows, key)
	}
}
