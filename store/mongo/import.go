package mongo

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/imported"
)

var _ imported.Store = (*Store)(nil)

// importLimit bounds a call of an import, which writes a thousand documents where a request writes one.
const importLimit = time.Minute

// imported is the collection of what is kept from another system. It comes with the first import: its _id is all that
// queries and rules need.
func (s *Store) imported() *mongo.Collection { return s.db.Collection("imported") }

// personDoc is a person with the second factor that lies in the same document.
type personDoc struct {
	User   userDoc       `bson:",inline"` // exported, else the driver leaves it out
	Record *twoFactorDoc `bson:"two_factor,omitempty"`
}

// ImportPeople writes the links first and the people after them: who is there is there with all that belongs to them, and
// a link of nobody leads nowhere until the next call brings its person.
func (s *Store) ImportPeople(ctx context.Context, people []imported.Person) (refusals []error, err error) {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	refusals = make([]error, len(people))
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.User.ID
	}
	present, err := known(ctx, s.users, refs(ids))
	if err != nil {
		return nil, err
	}
	var links, docs []any
	var at []int // the place of a document's person
	for i, p := range people {
		if present[ref(p.User.ID)] {
			continue
		}
		for _, l := range p.Links {
			l.UserID = p.User.ID
			links = append(links, newLinkDoc(l))
		}
		doc := personDoc{User: newUserDoc(p.User, p.PasswordHash)}
		if p.TwoFactor != nil {
			p.TwoFactor.Confirmed = true
			record := newTwoFactorDoc(*p.TwoFactor)
			doc.Record = &record
		}
		docs, at = append(docs, doc), append(at, i)
	}
	if _, err := insertNew(ctx, s.links, links); err != nil {
		return nil, err
	}
	refused, err := insertNew(ctx, s.users, docs)
	if err != nil {
		return nil, err
	}
	for i := range refused {
		if refusals[at[i]], err = s.refusePerson(ctx, docs[i].(personDoc)); err != nil {
			return nil, err
		}
	}
	return refusals, nil
}

// refusePerson returns what stands in the way of a person, and removes their links: they may come back without.
func (s *Store) refusePerson(ctx context.Context, doc personDoc) (refusal, err error) {
	if found, err := exists(ctx, s.users, bson.D{{Key: "_id", Value: doc.User.ID}}); found || err != nil {
		return nil, err // another import has just brought them
	}
	refusal = s.whichTaken(ctx, "", []uniqueKey{{"email_key", doc.User.EmailKey, accounts.ErrEmailTaken},
		{"username_key", doc.User.UsernameKey, accounts.ErrUsernameTaken}}, errNoReason)
	if !fault.Is(refusal, fault.Conflict) {
		return nil, refusal
	}
	_, err = s.links.DeleteMany(ctx, bson.D{{Key: "userId", Value: doc.User.ID}})
	return refusal, translate(err)
}

var errNoReason = fault.Away("DATABASE_BUSY", "The database changes at the moment. Please try again.", nil)

// insertNew inserts documents and returns the places of those that a unique index has refused.
func insertNew(ctx context.Context, c *mongo.Collection, docs []any) (refused map[int]bool, err error) {
	if len(docs) == 0 {
		return nil, nil
	}
	_, err = c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	var failures mongo.BulkWriteException
	if !errors.As(err, &failures) || failures.WriteConcernError != nil {
		return nil, translate(err)
	}
	refused = map[int]bool{}
	for _, failure := range failures.WriteErrors {
		if !mongo.IsDuplicateKeyError(failure.WriteError) {
			return nil, translate(err)
		}
		refused[failure.Index] = true
	}
	return refused, nil
}

// known returns which of the ids a collection has.
func known[T comparable](ctx context.Context, c *mongo.Collection, ids []T) (map[T]bool, error) {
	type only struct {
		ID T `bson:"_id"`
	}
	docs, err := all[only](ctx, c, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	present := make(map[T]bool, len(docs))
	for _, doc := range docs {
		present[doc.ID] = true
	}
	return present, err
}

// FillTwoFactor is one conditional update.
func (s *Store) FillTwoFactor(ctx context.Context, userID string, secret []byte) (bool, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.confirmed", Value: true},
			{Key: "two_factor.secret", Value: bson.D{{Key: "$in", Value: bson.A{nil, []byte{}}}}}},
		set(bson.D{{Key: "two_factor.secret", Value: secret}}))
	if err != nil {
		return false, translate(err)
	}
	return result.ModifiedCount == 1, nil
}

// importedDoc is a document that is kept, or a note. Its _id is "<kind>/<source id>".
type importedDoc struct {
	ID        string `bson:"_id"`
	TargetID  ref    `bson:"target_id"`
	OwnerID   ref    `bson:"owner_id"`
	CreatedAt date   `bson:"created_at"`
	JSON      string `bson:"document"`
}

func importedID(kind, sourceID string) string { return kind + "/" + sourceID }

func (d importedDoc) document() imported.Document {
	kind, sourceID, _ := strings.Cut(d.ID, "/")
	return imported.Document{
		Kind: kind, SourceID: sourceID, TargetID: string(d.TargetID), OwnerID: string(d.OwnerID),
		CreatedAt: d.CreatedAt.time(), JSON: d.JSON,
	}
}

// KeepDocuments leaves it to _id which are new.
func (s *Store) KeepDocuments(ctx context.Context, documents []imported.Document) (added int, err error) {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	docs := make([]any, len(documents))
	for i, d := range documents {
		docs[i] = importedDoc{
			ID: importedID(d.Kind, d.SourceID), TargetID: ref(d.TargetID), OwnerID: ref(d.OwnerID),
			CreatedAt: date(d.CreatedAt), JSON: d.JSON,
		}
	}
	refused, err := insertNew(ctx, s.imported(), docs)
	if err != nil {
		return 0, err
	}
	return len(docs) - len(refused), nil
}

// KnownDocuments looks them up by _id.
func (s *Store) KnownDocuments(ctx context.Context, kind string, sourceIDs []string) ([]string, error) {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	ids := make([]string, len(sourceIDs))
	for i, id := range sourceIDs {
		ids[i] = importedID(kind, id)
	}
	present, err := known(ctx, s.imported(), ids)
	var found []string
	for i, id := range ids {
		if present[id] {
			found = append(found, sourceIDs[i])
		}
	}
	return found, err
}

// Documents walks a part of _id.
func (s *Store) Documents(ctx context.Context, kind, after string, limit int) ([]imported.Document, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	docs, err := all[importedDoc](ctx, s.imported(),
		bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: importedID(kind, after)}, {Key: "$lt", Value: kind + "0"}}}}, // '0' follows '/'
		options.Find().SetSort(byID).SetLimit(int64(limit)))
	return convert(docs, importedDoc.document), err
}
