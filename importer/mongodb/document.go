package mongodb

import (
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/id"
	"pegasus/importer"
)

// doc is a document of the source. Its methods take a field by whatever name and in whatever form it may have: two programs in
// two languages have written it, over years.
type doc bson.Raw

// value returns the first of the fields that is there and not null.
func (d doc) value(names ...string) bson.RawValue {
	for _, name := range names {
		if v, err := bson.Raw(d).LookupErr(name); err == nil && v.Type != bson.TypeNull && v.Type != bson.TypeUndefined {
			return v
		}
	}
	return bson.RawValue{}
}

// text returns a text, a number as text, or "". It is valid UTF-8 without zero bytes, which no store would take.
func (d doc) text(names ...string) string {
	v := d.value(names...)
	if text, ok := v.StringValueOK(); ok {
		return importer.Clean(text)
	}
	if n, ok := v.AsInt64OK(); ok && v.IsNumber() {
		return strconv.FormatInt(n, 10)
	}
	return ""
}

// flag reports whether a field says yes: true, a number but 0, "true", or a time, as NextAuth stores when an address was
// proven.
func (d doc) flag(names ...string) bool {
	v := d.value(names...)
	switch v.Type {
	case bson.TypeBoolean:
		return v.Boolean()
	case bson.TypeString:
		return strings.EqualFold(v.StringValue(), "true") || v.StringValue() == "1"
	case bson.TypeDateTime:
		return true
	}
	n, ok := v.AsInt64OK()
	return ok && v.IsNumber() && n != 0
}

// layouts are the forms in which programs write a time as text.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
	time.RFC1123, time.RFC1123Z, time.DateOnly,
}

// when returns a time in milliseconds and UTC, or zero for none: a date, text in one of the layouts, or a number of seconds or
// milliseconds since 1970.
func (d doc) when(names ...string) time.Time {
	for _, name := range names {
		if t := moment(d.value(name)); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func moment(v bson.RawValue) time.Time {
	var t time.Time
	switch v.Type {
	case bson.TypeDateTime:
		t = time.UnixMilli(v.DateTime())
	case bson.TypeTimestamp:
		seconds, _ := v.Timestamp()
		t = time.Unix(int64(seconds), 0)
	case bson.TypeString:
		for _, layout := range layouts {
			if parsed, err := time.Parse(layout, strings.TrimSpace(v.StringValue())); err == nil {
				t = parsed
				break
			}
		}
	default:
		n, ok := v.AsInt64OK()
		switch {
		case !ok || !v.IsNumber():
		case n > 1e11: // milliseconds: as seconds it would be the year 5138
			t = time.UnixMilli(n)
		default:
			t = time.Unix(n, 0)
		}
	}
	return importer.At(t)
}

// created returns when a document was made: as it says, or as its id says.
func (d doc) created() time.Time {
	if t := d.when("created_at", "createdAt", "timestamp", "joined_at"); !t.IsZero() {
		return t
	}
	if oid, ok := d.value("_id").ObjectIDOK(); ok && oid.Timestamp().Unix() > 0 {
		return oid.Timestamp().UTC()
	}
	return importer.NoTime
}

// key returns what the source calls something, whether its reference is an ObjectID or the same as text; "" for nothing.
func (d doc) key(names ...string) string { return keyOf(d.value(names...)) }

func keyOf(v bson.RawValue) string {
	if oid, ok := v.ObjectIDOK(); ok {
		return oid.Hex()
	}
	if text, ok := v.StringValueOK(); ok {
		if lower := strings.ToLower(text); id.Valid(lower) {
			return lower
		}
		return strings.ToValidUTF8(text, "\ufffd")
	}
	if v.Type == 0 || v.Type == bson.TypeNull {
		return ""
	}
	return v.String() // Extended JSON tells numbers, UUIDs and the like apart
}

// without returns what a document has beside the fields named, as Extended JSON, and "" where nothing of it says anything.
func (d doc) without(names map[string]bool) string {
	elements, err := bson.Raw(d).Elements()
	if err != nil {
		return ""
	}
	var rest bson.D
	for _, e := range elements {
		if v := e.Value(); !names[e.Key()] && !blank(v) {
			rest = append(rest, bson.E{Key: e.Key(), Value: v})
		}
	}
	if rest == nil {
		return ""
	}
	text, err := bson.MarshalExtJSON(rest, true, false)
	if err != nil {
		return ""
	}
	return string(text)
}

// blank reports whether a value says nothing.
func blank(v bson.RawValue) bool {
	switch v.Type {
	case bson.TypeNull, bson.TypeUndefined:
		return true
	case bson.TypeBoolean:
		return !v.Boolean()
	case bson.TypeString:
		return v.StringValue() == ""
	case bson.TypeArray, bson.TypeEmbeddedDocument:
		return len(v.Value) <= 5 // the length and the end
	}
	n, ok := v.AsInt64OK()
	return ok && v.IsNumber() && n == 0
}

// document returns a document within, empty where there is none.
func (d doc) document(name string) doc {
	inner, ok := d.value(name).DocumentOK()
	if !ok {
		return nil
	}
	return doc(inner)
}

// documents returns those of a list.
func (d doc) documents(name string) (all []doc) {
	for _, v := range d.list(name) {
		if inner, ok := v.DocumentOK(); ok {
			all = append(all, doc(inner))
		}
	}
	return all
}

// texts returns those of a list.
func (d doc) texts(name string) (all []string) {
	for _, v := range d.list(name) {
		if text, ok := v.StringValueOK(); ok {
			all = append(all, importer.Clean(text))
		}
	}
	return all
}

func (d doc) list(name string) []bson.RawValue {
	list, ok := d.value(name).ArrayOK()
	if !ok {
		return nil
	}
	values, err := list.Values()
	if err != nil {
		return nil
	}
	return values
}

type field struct {
	name  string
	value doc
}

// fields returns the documents within, by their names.
func (d doc) fields() (all []field) {
	elements, err := bson.Raw(d).Elements()
	if err != nil {
		return nil
	}
	for _, e := range elements {
		if inner, ok := e.Value().DocumentOK(); ok {
			all = append(all, field{importer.Clean(e.Key()), doc(inner)})
		}
	}
	return all
}
