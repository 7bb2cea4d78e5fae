package mongo

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/bsontype"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"
)

// ref is an id: an ObjectID in BSON, 24 hex digits in the domain, null and "" for none. Text that is no id is written as
// text, so that a search for it finds nothing.
type ref string

// MarshalBSONValue writes the id.
func (r ref) MarshalBSONValue() (bsontype.Type, []byte, error) {
	if r == "" {
		return bson.TypeNull, nil, nil
	}
	oid, err := primitive.ObjectIDFromHex(string(r))
	if err != nil {
		return bson.TypeString, bsoncore.AppendString(nil, string(r)), nil
	}
	return bson.TypeObjectID, oid[:], nil
}

// UnmarshalBSONValue reads an ObjectID or text. Anything else is none.
func (r *ref) UnmarshalBSONValue(t bsontype.Type, data []byte) error {
	value := bson.RawValue{Type: t, Value: data}
	if oid, ok := value.ObjectIDOK(); ok {
		*r = ref(oid.Hex())
	} else if text, ok := value.StringValueOK(); ok {
		*r = ref(text)
	} else {
		*r = ""
	}
	return nil
}

// date is a BSON date, with null for the zero time. BSON keeps milliseconds.
type date time.Time

// MarshalBSONValue writes the date.
func (d date) MarshalBSONValue() (bsontype.Type, []byte, error) {
	if time.Time(d).IsZero() {
		return bson.TypeNull, nil, nil
	}
	return bson.TypeDateTime, bsoncore.AppendDateTime(nil, time.Time(d).UnixMilli()), nil
}

// UnmarshalBSONValue reads a date. Anything else is the zero time.
func (d *date) UnmarshalBSONValue(t bsontype.Type, data []byte) error {
	*d = date{}
	if ms, ok := (bson.RawValue{Type: t, Value: data}).DateTimeOK(); ok {
		*d = date(time.UnixMilli(ms).UTC())
	}
	return nil
}

func (d date) time() time.Time { return time.Time(d) }

// IsZero lets omitempty leave out a time that never was.
func (d date) IsZero() bool { return time.Time(d).IsZero() }

// stored returns t as a read of it will.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// fold returns the form of an address or a name that unique indexes compare.
func fold(text string) string { return strings.ToLower(text) }

func refs(ids []string) []ref {
	out := make([]ref, len(ids))
	for i, id := range ids {
		out[i] = ref(id)
	}
	return out
}

// one reads a single document.
func one[T any](ctx context.Context, c *mongo.Collection, filter any, opts ...*options.FindOneOptions) (T, error) {
	return decode[T](c.FindOne(ctx, filter, opts...))
}

func decode[T any](result *mongo.SingleResult) (doc T, err error) {
	raw, err := result.Raw()
	if err != nil {
		return doc, err
	}
	if err := bson.Unmarshal(raw, &doc); err != nil {
		return doc, &decodeError{err}
	}
	return doc, nil
}

// all reads what a filter finds, which the caller bounds.
func all[T any](ctx context.Context, c *mongo.Collection, filter any, opts ...*options.FindOptions) ([]T, error) {
	cursor, err := c.Find(ctx, filter, opts...)
	if err != nil {
		return nil, translate(err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	var docs []T
	for cursor.Next(ctx) {
		var doc T
		if err := bson.Unmarshal(cursor.Current, &doc); err != nil {
			return nil, &decodeError{err}
		}
		docs = append(docs, doc)
	}
	return docs, translate(cursor.Err())
}

// exists reports whether a filter finds anything.
func exists(ctx context.Context, c *mongo.Collection, filter any) (bool, error) {
	err := c.FindOne(ctx, filter, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if err == mongo.ErrNoDocuments {
		return false, nil
	}
	return err == nil, translate(err)
}

func convert[D, T any](docs []D, to func(D) T) []T {
	out := make([]T, len(docs))
	for i, doc := range docs {
		out[i] = to(doc)
	}
	return out
}
