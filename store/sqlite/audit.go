package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pegasus/accounts"
)

func scanEvent(r row) (e accounts.Event, err error) {
	err = r.Scan(&e.ID, &e.Action, &e.ActorID, &e.UserID, &e.Address, &e.UserAgent, document{&e.Details}, into{&e.At})
	return e, err
}

// RecordEvent implements accounts.Store.
func (s *Store) RecordEvent(ctx context.Context, e accounts.Event) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.exec(insertEvent, e.ID, string(e.Action), e.ActorID, e.UserID, e.Address, e.UserAgent, document{e.Details},
			millis(e.At))
	})
}

// Events implements accounts.Store.
func (s *Store) Events(ctx context.Context, q accounts.EventQuery) ([]accounts.Event, error) {
	text, args := eventsText(q)
	return query(ctx, s.db, text, scanEvent, args...)
}

// eventsText names the given filters alone, since each has an index that an absent one would keep from use.
func eventsText(q accounts.EventQuery) (text string, args []any) {
	var conditions []string
	from, before := q.Bounds()
	for _, filter := range []struct{ condition, value string }{
		{"user_id = ?", q.UserID}, {"actor_id = ?", q.ActorID}, {"action = ?", string(q.Action)}, {"id < ?", before}, {"id >= ?", from},
	} {
		if filter.value != "" {
			args = append(args, filter.value)
			conditions = append(conditions, fmt.Sprintf("%s%d", filter.condition, len(args)))
		}
	}
	text = "SELECT " + eventColumns + " FROM audit_events"
	if len(conditions) > 0 {
		text += " WHERE " + strings.Join(conditions, " AND ")
	}
	args = append(args, max(0, q.Limit))
	return fmt.Sprintf("%s ORDER BY id DESC LIMIT ?%d", text, len(args)), args
}

// DeleteEvents implements accounts.Store.
func (s *Store) DeleteEvents(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, millis(before), deleteEvents)
}
