package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
)

// eventDoc is a line of the audit log.
type eventDoc struct {
	ID        ref               `bson:"_id"`
	Action    string            `bson:"action"`
	ActorID   ref               `bson:"actor_id"`
	UserID    ref               `bson:"user_id"`
	Address   string            `bson:"address"`
	UserAgent string            `bson:"user_agent"`
	Details   map[string]string `bson:"details"`
	At        date              `bson:"at"`
}

func (d eventDoc) event() accounts.Event {
	return accounts.Event{
		ID: string(d.ID), Action: accounts.Action(d.Action), ActorID: string(d.ActorID), UserID: string(d.UserID),
		Address: d.Address, UserAgent: d.UserAgent, Details: d.Details, At: d.At.time(),
	}
}

// RecordEvent stores a line.
func (s *Store) RecordEvent(ctx context.Context, e accounts.Event) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.events.InsertOne(ctx, eventDoc{
		ID: ref(e.ID), Action: string(e.Action), ActorID: ref(e.ActorID), UserID: ref(e.UserID), Address: e.Address,
		UserAgent: e.UserAgent, Details: e.Details, At: date(e.At),
	})
	return translate(err)
}

// Events returns a page in the order of ids, the newest first.
func (s *Store) Events(ctx context.Context, q accounts.EventQuery) ([]accounts.Event, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	from, before := q.Bounds()
	filter := olderThan(before)
	if from != "" {
		filter = bson.D{{Key: "$and", Value: bson.A{filter, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: ref(from)}}}}}}}
	}
	if q.UserID != "" {
		filter = append(filter, bson.E{Key: "user_id", Value: ref(q.UserID)})
	}
	if q.ActorID != "" {
		filter = append(filter, bson.E{Key: "actor_id", Value: ref(q.ActorID)})
	}
	if q.Action != "" {
		filter = append(filter, bson.E{Key: "action", Value: q.Action})
	}
	docs, err := all[eventDoc](ctx, s.events, filter, newestIDs(q.Limit))
	return convert(docs, eventDoc.event), err
}

// DeleteEvents removes what was recorded before a time.
func (s *Store) DeleteEvents(ctx context.Context, before time.Time) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.events.DeleteMany(ctx, bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: date(before)}}}})
	if err != nil {
		return 0, translate(err)
	}
	return int(result.DeletedCount), nil
}
