package importer

import (
	"context"

	"pegasus/imported"
)

const (
	keepBatch = 200
	// MaxKept is the length in bytes of a document that is kept, as text; both stores take twice that.
	MaxKept = 8 << 20
)

// keepRest keeps what has no place yet.
func (r *run) keepRest(ctx context.Context) error {
	var docs []imported.Document
	collection, size := "", 0
	flush := func() error {
		if len(docs) == 0 {
			return nil
		}
		added, err := r.keep(ctx, collection, docs)
		r.report.Line(collection).Already += len(docs) - added
		docs, size = docs[:0], 0
		return err
	}
	err := r.Source.Rest(ctx, r.tell, func(d Rest) error {
		if d.Collection != collection {
			if err := flush(); err != nil {
				return err
			}
			collection = d.Collection
		}
		owner, err := r.owner(ctx, d.Owner)
		if err != nil {
			return err
		}
		d.Document.Kind, d.Document.OwnerID = r.kind(collection), owner
		docs = append(docs, d.Document)
		if size += len(d.Document.JSON); len(docs) < keepBatch && size < MaxKept {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// owner returns the person here whom a document belongs to: one of this source, or one whom an earlier run has brought from
// another database of the same system.
func (r *run) owner(ctx context.Context, ref Reference) (string, error) {
	if known := r.who(ref); known != "" || ref.Key == "" {
		return known, nil
	}
	here, err := r.Target.Users(ctx, []string{ref.Key})
	if err != nil || len(here) == 0 {
		return "", err
	}
	r.people[ref.Collection][ref.Key] = ref.Key
	return ref.Key, nil
}

// keep stores documents of one kind, counts them as kept of a collection, and returns how many are new.
func (r *run) keep(ctx context.Context, collection string, docs []imported.Document) (added int, err error) {
	if len(docs) == 0 {
		return 0, nil
	}
	if r.DryRun {
		ids := make([]string, len(docs))
		for i, d := range docs {
			ids[i] = d.SourceID
		}
		known, err := r.Target.KnownDocuments(ctx, docs[0].Kind, ids)
		if err != nil {
			return 0, err
		}
		added = len(docs) - len(known)
	} else if added, err = r.Target.KeepDocuments(ctx, docs); err != nil {
		return 0, err
	}
	r.report.Line(collection).Kept += added
	return added, nil
}
