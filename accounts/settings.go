package accounts

import (
	"context"
	"encoding/json"
	"errors"
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

// Setting is something that admins decide for everyone: kept in the store as JSON, and in memory. It is safe for concurrent use.
type Setting[T any] struct {
	name  string
	store SettingStore
	kept  *Kept[T]
}

// NewSetting returns a setting by its name.
func NewSetting[T any](store SettingStore, name string, now func() time.Time) *Setting[T] {
	return &Setting[T]{name, store, NewKept[T](settingLife, now)}
}

// Get returns what holds now, the zero value where nothing was ever set. It reads the store at least once a minute.
func (s *Setting[T]) Get(ctx context.Context) (T, error) { return s.kept.Get(ctx, s.load) }

// Fresh is Get with a look at the store, for what must not go by what held a moment ago.
func (s *Setting[T]) Fresh(ctx context.Context) (T, error) { return s.kept.Fresh(ctx, s.load) }

// Forget has the next Get look at the store: another server may have changed what it holds.
func (s *Setting[T]) Forget() { s.kept.Forget() }

func (s *Setting[T]) load(ctx context.Context) (value T, err error) {
	text, err := s.store.Setting(ctx, s.name)
	if errors.Is(err, ErrNoSetting) {
		return value, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &value)
	}
	return value, err
}

// Change stores what change makes of what the store holds. Where change fails everything stays.
func (s *Setting[T]) Change(ctx context.Context, change func(before T) (T, error)) (value T, err error) {
	err = s.kept.Change(ctx, s.load, func() error {
		done, err := turn(ctx, s.store, "setting "+s.name)
		if err != nil {
			return err
		}
		defer done()
		before, err := s.load(ctx)
		if err != nil {
			return err
		}
		if value, err = change(before); err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		return s.store.PutSetting(ctx, s.name, string(text))
	})
	return value, err
}
