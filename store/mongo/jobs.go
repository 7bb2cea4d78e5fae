package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/queue"
)

// jobDoc is something to be done at a time. next_try is null for what may not be claimed any more.
type jobDoc struct {
	ID        ref    `bson:"_id"`
	Kind      string `bson:"kind"`
	Owner     ref    `bson:"owner"`
	Key       string `bson:"key"`
	State     string `bson:"state"`
	Due       date   `bson:"due"`
	NextTry   date   `bson:"next_try"`
	Tries     int    `bson:"tries"`
	Problem   string `bson:"problem"`
	Body      string `bson:"body"`
	CreatedAt date   `bson:"created_at"`
	DoneAt    date   `bson:"done_at"`
	Version   int    `bson:"version"`
}

func (d jobDoc) job() queue.Job {
	return queue.Job{
		ID: string(d.ID), Kind: d.Kind, Owner: string(d.Owner), Key: d.Key, State: queue.State(d.State), Due: d.Due.time(),
		NextTry: d.NextTry.time(), Tries: d.Tries, Problem: d.Problem, Body: d.Body, CreatedAt: d.CreatedAt.time(),
		DoneAt: d.DoneAt.time(), Version: d.Version,
	}
}

// AddJob leaves it to the index of keys to keep one.
func (s *Store) AddJob(ctx context.Context, j queue.Job) (queue.Job, bool, error) {
	ctx, done := limited(ctx)
	defer done()
	if j.Key == "" {
		j.Key = j.ID
	}
	doc := jobDoc{
		ID: ref(j.ID), Kind: j.Kind, Owner: ref(j.Owner), Key: j.Key, State: string(j.State), Due: date(j.Due), NextTry: date(j.NextTry),
		Tries: j.Tries, Problem: j.Problem, Body: j.Body, CreatedAt: date(j.CreatedAt), DoneAt: date(j.DoneAt), Version: j.Version,
	}
	_, err := s.jobs.InsertOne(ctx, doc)
	repeated := mongo.IsDuplicateKeyError(err)
	if err != nil && !repeated {
		return queue.Job{}, false, translate(err)
	}
	stored, err := one[jobDoc](ctx, s.jobs, bson.D{{Key: "owner", Value: doc.Owner}, {Key: "kind", Value: j.Kind}, {Key: "key", Value: j.Key}})
	return stored.job(), repeated, orMissing(err, queue.ErrNotFound)
}

// Job finds by _id.
func (s *Store) Job(ctx context.Context, owner, id string) (queue.Job, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[jobDoc](ctx, s.jobs, bson.D{{Key: "_id", Value: ref(id)}, {Key: "owner", Value: ref(owner)}})
	return doc.job(), orMissing(err, queue.ErrNotFound)
}

// Jobs reads in the order of ids.
func (s *Store) Jobs(ctx context.Context, owner, kind string, limit int) ([]queue.Job, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[jobDoc](ctx, s.jobs, bson.D{{Key: "owner", Value: ref(owner)}, {Key: "kind", Value: kind}}, newestIDs(limit))
	return convert(docs, jobDoc.job), err
}

// AllJobs walks _id.
func (s *Store) AllJobs(ctx context.Context, before string, limit int) ([]queue.Job, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[jobDoc](ctx, s.jobs, olderThan(before), newestIDs(limit))
	return convert(docs, jobDoc.job), err
}

// ClaimJobs takes one job after another, each in one step. Where it fails half way it returns what it has.
func (s *Store) ClaimJobs(ctx context.Context, kind string, now, until time.Time, limit int) ([]queue.Job, error) {
	ctx, done := limited(ctx)
	defer done()
	claim := options.FindOneAndUpdate().SetReturnDocument(options.After).
		SetSort(bson.D{{Key: "next_try", Value: 1}, {Key: "_id", Value: 1}})
	change := append(set(bson.D{{Key: "state", Value: string(queue.Running)}, {Key: "next_try", Value: date(until)}}),
		bson.E{Key: "$inc", Value: bson.D{{Key: "tries", Value: 1}, {Key: "version", Value: 1}}})
	var claimed []queue.Job
	taken := []ref{} // which a lease that is over at now would give again
	for len(claimed) < limit {
		doc, err := decode[jobDoc](s.jobs.FindOneAndUpdate(ctx,
			bson.D{{Key: "kind", Value: kind}, {Key: "next_try", Value: bson.D{{Key: "$lte", Value: date(now)}}},
				{Key: "_id", Value: bson.D{{Key: "$nin", Value: taken}}}}, change, claim))
		if err == mongo.ErrNoDocuments || err != nil && len(claimed) > 0 {
			break
		} else if err != nil {
			return nil, translate(err)
		}
		claimed, taken = append(claimed, doc.job()), append(taken, doc.ID)
	}
	return claimed, nil
}

// SaveJob changes one document.
func (s *Store) SaveJob(ctx context.Context, j queue.Job) error {
	ctx, done := limited(ctx)
	defer done()
	change := append(set(bson.D{{Key: "state", Value: string(j.State)}, {Key: "due", Value: date(j.Due)}, {Key: "next_try", Value: date(j.NextTry)},
		{Key: "problem", Value: j.Problem}, {Key: "body", Value: j.Body}, {Key: "done_at", Value: date(j.DoneAt)}}),
		bson.E{Key: "$inc", Value: bson.D{{Key: "version", Value: 1}}})
	return matched(queue.ErrChanged)(s.jobs.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(j.ID)}, {Key: "version", Value: j.Version}}, change))
}

// DeleteJob removes one document.
func (s *Store) DeleteJob(ctx context.Context, owner, id string, version int) error {
	ctx, done := limited(ctx)
	defer done()
	return deleted(queue.ErrChanged)(s.jobs.DeleteOne(ctx,
		bson.D{{Key: "_id", Value: ref(id)}, {Key: "owner", Value: ref(owner)}, {Key: "version", Value: version}}))
}

// DeleteJobs removes through the index of owners.
func (s *Store) DeleteJobs(ctx context.Context, owner, kind string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.jobs.DeleteMany(ctx, bson.D{{Key: "owner", Value: ref(owner)}, {Key: "kind", Value: kind}})
	return translate(err)
}
