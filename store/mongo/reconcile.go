package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
)

// settled reports whether nothing is left to insert for a posting.
func (p *posting) settled() bool { return p.message.Seq > 0 || p.err != nil }

// reconcile finds out what is stored of the postings without a number: under its own id it got in, under its key it is a
// repetition, and a key that has outlived its time is freed for it.
func (s *Store) reconcile(ctx context.Context, open []*posting) error {
	var ids []ref
	var keys []string
	for _, p := range open {
		if !p.settled() {
			ids, keys = append(ids, ref(p.message.ID)), append(keys, clientKey(p.message))
		}
	}
	found, err := all[messageDoc](ctx, s.messages, bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		bson.D{{Key: "client_key", Value: bson.D{{Key: "$in", Value: keys}}}},
	}}})
	if err != nil {
		return err
	}
	byID, byKey := map[ref]messageDoc{}, map[string]messageDoc{}
	for _, doc := range found {
		byID[doc.ID], byKey[doc.ClientKey] = doc, doc
	}
	for _, p := range open {
		if p.settled() {
			continue
		}
		if doc, ok := byID[ref(p.message.ID)]; ok && p.unsure {
			p.message.Seq = doc.Seq
		} else if ok && doc.ClientKey == string(doc.ID) {
			p.err = chat.ErrMessageExists
		} else if doc, ok := byKey[clientKey(p.message)]; ok {
			if err := s.repeat(ctx, p, doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeat answers a posting with the message that has its key already, or frees the key.
func (s *Store) repeat(ctx context.Context, p *posting, first messageDoc) error {
	if p.message.CreatedAt.Sub(first.CreatedAt.time()) <= chat.KeyLife {
		p.message, p.repeated = first.message(), true
		return nil
	}
	_, err := s.messages.UpdateOne(ctx, bson.D{{Key: "_id", Value: first.ID}, {Key: "client_key", Value: first.ClientKey}},
		set(bson.D{{Key: "client_key", Value: string(first.ID)}}))
	return translate(err)
}

// refuse marks a message as deleted, and frees its key, where another server's change has overtaken it.
func (s *Store) refuse(ctx context.Context, p *posting, refusal error) error {
	_, err := s.messages.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(p.message.ID)}}, set(bson.D{
		{Key: "content", Value: ""}, {Key: "html", Value: ""}, {Key: "is_deleted", Value: true},
		{Key: "attachments", Value: bson.A{}}, {Key: "client_key", Value: p.message.ID}, {Key: "updated_at", Value: date(time.Now())},
		{Key: "terms", Value: deletedTerms},
	}))
	if err == nil {
		p.err = refusal
	}
	return translate(err)
}
