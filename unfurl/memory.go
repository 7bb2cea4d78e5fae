package unfurl

import (
	"context"
	"sync"
	"time"
)

// memory remembers for an hour what came of addresses, failures too, and of how many of them at most.
type memory[T any] struct {
	now  func() time.Time
	most int

	mu   sync.Mutex
	kept map[string]kept[T]
}

type kept[T any] struct {
	value T
	err   error
	until time.Time
}

func newMemory[T any](now func() time.Time, most int) *memory[T] {
	return &memory[T]{now: now, most: most, kept: map[string]kept[T]{}}
}

// recall returns what is remembered of an address.
func (m *memory[T]) recall(address string) (k kept[T], there bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, there = m.kept[address]
	return k, there && m.now().Before(k.until)
}

// of returns what is remembered of an address, or what look finds there, which is remembered unless ctx has ended.
func (m *memory[T]) of(ctx context.Context, address string, look func() (T, error)) (T, error) {
	if k, there := m.recall(address); there {
		return k.value, k.err
	}
	value, err := look()
	if ctx.Err() != nil {
		var none T
		return none, ctx.Err()
	}
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for old, k := range m.kept {
		if len(m.kept) < m.most && now.Before(k.until) {
			break
		}
		delete(m.kept, old)
	}
	m.kept[address] = kept[T]{value, err, now.Add(keptFor)}
	return value, err
}
