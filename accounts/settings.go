package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// SettingStore keeps settings of the workspace by their names.
type SettingStore interface {
	// Setting returns a setting of the workspace, or ErrNoSetting.
	Setting(ctx context.Context, name string) (string, error)
	PutSetting(ctx context.Context, name, value string) error
}

// settingLife is how long a setting is kept in memory, so that it holds on every server soon.
const settingLife = time.Minute

// Setting is something that admins decide for everyone: kept in the store as JSON, and in memory, as every request asks for it.
// It is safe for concurrent use.
type Setting[T any] struct {
	name  string
	store SettingStore
	now   func() time.Time
	turn  sync.Mutex // held while it is read or written in the store, so that an old one never replaces a new one
	kept  atomic.Pointer[keptSetting[T]]
	news  atomic.Int64 // how often it may have changed elsewhere
}

type keptSetting[T any] struct {
	value T
	at    time.Time
	news  int64
}

// NewSetting returns a setting by its name.
func NewSetting[T any](store SettingStore, name string, now func() time.Time) *Setting[T] {
	return &Setting[T]{name: name, store: store, now: now}
}

// Get returns what holds now, the zero value where nothing was ever set. It reads the store at least once a minute.
func (s *Setting[T]) Get(ctx context.Context) (T, error) {
	if value, fresh := s.fresh(); fresh {
		return value, nil
	}
	// Every request asks: while one reads a setting again the others go on with what they have.
	if kept := s.kept.Load(); kept == nil {
		s.turn.Lock()
	} else if !s.turn.TryLock() {
		return kept.value, nil
	}
	defer s.turn.Unlock()
	if value, fresh := s.fresh(); fresh {
		return value, nil
	}
	return s.read(ctx)
}

// Fresh is Get with a look at the store, for what must not go by what held a moment ago.
func (s *Setting[T]) Fresh(ctx context.Context) (T, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.read(ctx)
}

// Forget has the next Get look at the store: another server may have changed what it holds.
func (s *Setting[T]) Forget() { s.news.Add(1) }

func (s *Setting[T]) fresh() (value T, fresh bool) {
	kept := s.kept.Load()
	if kept == nil || s.now().Sub(kept.at) >= settingLife || kept.news != s.news.Load() {
		return value, false
	}
	return kept.value, true
}

func (s *Setting[T]) read(ctx context.Context) (value T, err error) {
	news := s.news.Load() // what comes while the store is read may come after it
	text, err := s.store.Setting(ctx, s.name)
	switch {
	case errors.Is(err, ErrNoSetting):
	case err != nil:
		return value, err
	default:
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return value, err
		}
	}
	s.kept.Store(&keptSetting[T]{value, s.now(), news})
	return value, nil
}

// Change stores what change makes of what the store holds. Where change fails everything stays.
func (s *Setting[T]) Change(ctx context.Context, change func(before T) (T, error)) (T, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	done, err := turn(ctx, s.store, "setting "+s.name)
	if err != nil {
		var none T
		return none, err
	}
	defer done()
	value, err := s.read(ctx)
	if err != nil {
		return value, err
	}
	if value, err = change(value); err != nil {
		return value, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return value, err
	}
	if err := s.store.PutSetting(ctx, s.name, string(text)); err != nil {
		return value, err
	}
	s.kept.Store(&keptSetting[T]{value, s.now(), s.news.Load()}) // the turn keeps others out
	return value, nil
}
