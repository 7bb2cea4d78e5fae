package accounts

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Kept is something of the store that every request asks for: it is kept in memory for a while, so that what another server changes
// holds here soon. It is safe for concurrent use.
type Kept[T any] struct {
	life time.Duration
	now  func() time.Time
	turn sync.Mutex // held while it is read or changed in the store, so that an old one never replaces a new one
	kept atomic.Pointer[keptValue[T]]
	news atomic.Int64 // how often it may have changed elsewhere
}

type keptValue[T any] struct {
	value T
	at    time.Time
	news  int64
}

// Load reads it from the store. It is the same with every call.
type Load[T any] func(context.Context) (T, error)

// NewKept returns something that is kept for a life.
func NewKept[T any](life time.Duration, now func() time.Time) *Kept[T] {
	return &Kept[T]{life: life, now: now}
}

// Get returns what holds now, the zero value with an error.
func (k *Kept[T]) Get(ctx context.Context, load Load[T]) (T, error) {
	if value, fresh := k.fresh(); fresh {
		return value, nil
	}
	// Every request asks: while one reads it again the others go on with what they have.
	if kept := k.kept.Load(); kept == nil {
		k.turn.Lock()
	} else if !k.turn.TryLock() {
		return kept.value, nil
	}
	defer k.turn.Unlock()
	if value, fresh := k.fresh(); fresh {
		return value, nil
	}
	return k.read(ctx, load)
}

// Fresh is Get with a look at the store, for what must not go by what held a moment ago.
func (k *Kept[T]) Fresh(ctx context.Context, load Load[T]) (T, error) {
	k.turn.Lock()
	defer k.turn.Unlock()
	return k.read(ctx, load)
}

// Last returns what was read last, without a look at the store; the zero value where nothing was.
func (k *Kept[T]) Last() (value T) {
	if kept := k.kept.Load(); kept != nil {
		value = kept.value
	}
	return value
}

// Forget has the next Get look at the store: another server may have changed what it holds.
func (k *Kept[T]) Forget() { k.news.Add(1) }

// Change lets change write to the store, and reads what it holds then. Where only the reading fails the change stands, and the next
// Get reads it.
func (k *Kept[T]) Change(ctx context.Context, load Load[T], change func() error) error {
	k.turn.Lock()
	defer k.turn.Unlock()
	if err := change(); err != nil {
		return err
	}
	if _, err := k.read(ctx, load); err != nil {
		k.Forget()
	}
	return nil
}

func (k *Kept[T]) fresh() (value T, fresh bool) {
	kept := k.kept.Load()
	if kept == nil || k.now().Sub(kept.at) >= k.life || kept.news != k.news.Load() {
		return value, false
	}
	return kept.value, true
}

// read reads it anew. The turn must be held.
func (k *Kept[T]) read(ctx context.Context, load Load[T]) (value T, err error) {
	news := k.news.Load() // what comes while the store is read may come after it
	if value, err = load(ctx); err != nil {
		var none T
		return none, err
	}
	k.kept.Store(&keptValue[T]{value, k.now(), news})
	return value, nil
}
