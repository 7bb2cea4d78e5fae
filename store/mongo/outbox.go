package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/mail"
)

// mailDoc is a mail in the outbox. done_at is when it was sent or given up; what waits has none.
type mailDoc struct {
	ID        ref    `bson:"_id"`
	Kind      string `bson:"kind"`
	To        string `bson:"to"`
	Sealed    []byte `bson:"sealed"`
	Tries     int    `bson:"tries"`
	LastError string `bson:"last_error"`
	CreatedAt date   `bson:"created_at"`
	NextTry   date   `bson:"next_try"`
	SentAt    date   `bson:"sent_at"`
	GivenUpAt date   `bson:"given_up_at"`
	DoneAt    date   `bson:"done_at"`
}

func newMailDoc(q mail.Queued) mailDoc {
	doc := mailDoc{
		ID: ref(q.ID), Kind: q.Kind, To: q.To, Sealed: q.Sealed, Tries: q.Tries, LastError: q.LastError,
		CreatedAt: date(q.CreatedAt), NextTry: date(q.NextTry), SentAt: date(q.SentAt), GivenUpAt: date(q.GivenUpAt),
	}
	if doc.DoneAt = doc.SentAt; q.SentAt.IsZero() {
		doc.DoneAt = doc.GivenUpAt
	}
	return doc
}

func (d mailDoc) queued() mail.Queued {
	return mail.Queued{
		ID: string(d.ID), Kind: d.Kind, To: d.To, Sealed: d.Sealed, Tries: d.Tries, LastError: d.LastError,
		CreatedAt: d.CreatedAt.time(), NextTry: d.NextTry.time(), SentAt: d.SentAt.time(), GivenUpAt: d.GivenUpAt.time(),
	}
}

// AddMail stores a mail.
func (s *Store) AddMail(ctx context.Context, q mail.Queued) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.outbox.InsertOne(ctx, newMailDoc(q))
	return translate(err)
}

var waiting = bson.E{Key: "done_at", Value: nil}

// DueMail takes one mail after another, each in one step, beginning with what has been due for the longest time. Where it
// fails half way it returns what it has: the others wait for nobody.
func (s *Store) DueMail(ctx context.Context, now, until time.Time, limit int) ([]mail.Queued, error) {
	ctx, done := limited(ctx)
	defer done()
	lease := options.FindOneAndUpdate().SetReturnDocument(options.After).
		SetSort(bson.D{{Key: "next_try", Value: 1}, {Key: "_id", Value: 1}})
	var due []mail.Queued
	taken := []ref{} // which a lease that is over at now would give again
	for len(due) < limit {
		doc, err := decode[mailDoc](s.outbox.FindOneAndUpdate(ctx,
			bson.D{waiting, {Key: "next_try", Value: bson.D{{Key: "$lte", Value: date(now)}}},
				{Key: "_id", Value: bson.D{{Key: "$nin", Value: taken}}}},
			set(bson.D{{Key: "next_try", Value: date(until)}}), lease))
		if err == mongo.ErrNoDocuments || err != nil && len(due) > 0 {
			break
		} else if err != nil {
			return nil, translate(err)
		}
		due, taken = append(due, doc.queued()), append(taken, doc.ID)
	}
	return due, nil
}

// MailSent changes one document.
func (s *Store) MailSent(ctx context.Context, id string, at time.Time, keep bool) error {
	ctx, done := limited(ctx)
	defer done()
	fields := bson.D{{Key: "sent_at", Value: date(at)}, {Key: "given_up_at", Value: nil}, {Key: "done_at", Value: date(at)}}
	if !keep {
		fields = append(fields, noContent)
	}
	return matched(mail.ErrNotFound)(s.outbox.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}}, set(fields)))
}

var noContent = bson.E{Key: "sealed", Value: []byte{}}

// MailFailed changes one document that waits: a mail that was sent or given up meanwhile counts as missing.
func (s *Store) MailFailed(ctx context.Context, id string, reason string, at, next time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	fields := bson.D{{Key: "last_error", Value: reason}, {Key: "next_try", Value: date(next)}}
	if next.IsZero() {
		fields = append(fields, bson.E{Key: "given_up_at", Value: date(at)}, bson.E{Key: "done_at", Value: date(at)}, noContent)
	}
	return matched(mail.ErrNotFound)(s.outbox.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}, waiting},
		bson.D{{Key: "$set", Value: fields}, {Key: "$inc", Value: bson.D{{Key: "tries", Value: 1}}}}))
}

// RecentMail returns mails in the order of ids, the newest first.
func (s *Store) RecentMail(ctx context.Context, limit int) ([]mail.Queued, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[mailDoc](ctx, s.outbox, bson.D{}, newestIDs(limit))
	return convert(docs, mailDoc.queued), err
}

// CountMail counts in indexes alone.
func (s *Store) CountMail(ctx context.Context) (waits, failed int, err error) {
	ctx, done := limited(ctx)
	defer done()
	n, err := s.outbox.CountDocuments(ctx, bson.D{waiting})
	if err != nil {
		return 0, 0, translate(err)
	}
	lost, err := s.outbox.CountDocuments(ctx, bson.D{{Key: "given_up_at", Value: bson.D{{Key: "$gt", Value: date(time.UnixMilli(0))}}}})
	return int(n), int(lost), translate(err)
}

// DeleteMail removes what was done with before a time. What waits has no such time and stays.
func (s *Store) DeleteMail(ctx context.Context, before time.Time) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.outbox.DeleteMany(ctx, bson.D{{Key: "done_at", Value: bson.D{{Key: "$lt", Value: date(before)}}}})
	if err != nil {
		return 0, translate(err)
	}
	return int(result.DeletedCount), nil
}
