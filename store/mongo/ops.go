package mongo

import (
	"context"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/ops"
)

// Watch tells seen how long each command takes from now on.
func (s *Store) Watch(seen func(time.Duration)) { s.watch.Store(&seen) }

func monitor(watch *atomic.Pointer[func(time.Duration)]) *event.CommandMonitor {
	took := func(e event.CommandFinishedEvent) {
		if seen := watch.Load(); seen != nil {
			(*seen)(e.Duration)
		}
	}
	return &event.CommandMonitor{
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) { took(e.CommandFinishedEvent) },
		Failed:    func(_ context.Context, e *event.CommandFailedEvent) { took(e.CommandFinishedEvent) },
	}
}

// measureDoc is what the server measured of itself. Its resolution is in seconds.
type measureDoc struct {
	Resolution int64  `bson:"resolution"`
	At         date   `bson:"at"`
	Body       string `bson:"body"`
}

// KeepMeasures writes first, all at once, and removes then: where it fails half way, the next call does the rest.
func (s *Store) KeepMeasures(ctx context.Context, measures []ops.Kept, before map[time.Duration]time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	var writes []mongo.WriteModel
	for _, m := range measures {
		writes = append(writes, mongo.NewUpdateOneModel().SetUpsert(true).SetUpdate(set(bson.D{{Key: "body", Value: m.Body}})).
			SetFilter(bson.D{{Key: "resolution", Value: int64(m.Resolution / time.Second)}, {Key: "at", Value: date(m.At)}}))
	}
	for resolution, at := range before {
		writes = append(writes, mongo.NewDeleteManyModel().SetFilter(bson.D{
			{Key: "resolution", Value: int64(resolution / time.Second)}, {Key: "at", Value: bson.D{{Key: "$lt", Value: date(at)}}},
		}))
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := s.measures.BulkWrite(ctx, writes)
	return translate(err)
}

// Measures reads in the order of the index.
func (s *Store) Measures(ctx context.Context, resolution time.Duration, from time.Time, limit int) ([]ops.Kept, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[measureDoc](ctx, s.measures,
		bson.D{{Key: "resolution", Value: int64(resolution / time.Second)}, {Key: "at", Value: bson.D{{Key: "$gte", Value: date(from)}}}},
		options.Find().SetSort(bson.D{{Key: "at", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, func(d measureDoc) ops.Kept { return ops.Kept{Resolution: resolution, At: d.At.time(), Body: d.Body} }), err
}

// alarmDoc is a change of an alarm.
type alarmDoc struct {
	ID     ref    `bson:"_id"`
	Name   string `bson:"name"`
	State  string `bson:"state"`
	Reason string `bson:"reason"`
	At     date   `bson:"at"`
	Told   bool   `bson:"told"`
}

func (d alarmDoc) change() ops.AlarmChange {
	return ops.AlarmChange{ID: string(d.ID), Name: d.Name, State: ops.State(d.State), Reason: d.Reason, At: d.At.time(), Told: d.Told}
}

// AddAlarmChange leaves it to _id to keep one.
func (s *Store) AddAlarmChange(ctx context.Context, c ops.AlarmChange) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.alarms.InsertOne(ctx, alarmDoc{ID: ref(c.ID), Name: c.Name, State: string(c.State), Reason: c.Reason, At: date(c.At), Told: c.Told})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return translate(err)
}

// AlarmTold changes one document.
func (s *Store) AlarmTold(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(ops.ErrNoChange)(s.alarms.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}}, set(bson.D{{Key: "told", Value: true}})))
}

// AlarmChanges reads in the order of ids.
func (s *Store) AlarmChanges(ctx context.Context, before string, limit int) ([]ops.AlarmChange, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[alarmDoc](ctx, s.alarms, olderThan(before), newestIDs(limit))
	return convert(docs, alarmDoc.change), err
}

// LastAlarmChange reads the end of an index.
func (s *Store) LastAlarmChange(ctx context.Context, name string) (ops.AlarmChange, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[alarmDoc](ctx, s.alarms, bson.D{{Key: "name", Value: name}}, options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}}))
	return doc.change(), orMissing(err, ops.ErrNoChange)
}

// DeleteAlarmChanges removes through the index of times.
func (s *Store) DeleteAlarmChanges(ctx context.Context, before time.Time) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.alarms.DeleteMany(ctx, bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: date(before)}}}})
	if err != nil {
		return 0, translate(err)
	}
	return int(result.DeletedCount), nil
}

// LogSize is not known: the server's log serves all databases.
func (s *Store) LogSize(context.Context) (int64, error) { return -1, nil }

// DueJobs counts in the index of what is due.
func (s *Store) DueJobs(ctx context.Context, kind string, now time.Time, limit int) (jobs int, oldest time.Time, err error) {
	ctx, done := limited(ctx)
	defer done()
	due := bson.D{{Key: "kind", Value: kind}, {Key: "next_try", Value: bson.D{{Key: "$lte", Value: date(now)}}}}
	n, err := s.jobs.CountDocuments(ctx, due, options.Count().SetLimit(int64(limit)))
	if err != nil || n == 0 {
		return 0, time.Time{}, translate(err)
	}
	first, err := one[jobDoc](ctx, s.jobs, due, options.FindOne().SetSort(bson.D{{Key: "next_try", Value: 1}, {Key: "_id", Value: 1}}))
	if err == mongo.ErrNoDocuments { // somebody has claimed it meanwhile
		return 0, time.Time{}, nil
	}
	return int(n), first.NextTry.time(), translate(err)
}

// CountEvents walks the index of times from the one given on.
func (s *Store) CountEvents(ctx context.Context, from time.Time) (map[accounts.Action]int, error) {
	ctx, done := limited(ctx)
	defer done()
	cursor, err := s.events.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "at", Value: bson.D{{Key: "$gte", Value: date(from)}}}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$action"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	if err != nil {
		return nil, translate(err)
	}
	var groups []struct {
		Action accounts.Action `bson:"_id"`
		N      int             `bson:"n"`
	}
	if err := cursor.All(ctx, &groups); err != nil {
		return nil, translate(err)
	}
	counts := map[accounts.Action]int{}
	for _, g := range groups {
		counts[g.Action] = g.N
	}
	return counts, nil
}
