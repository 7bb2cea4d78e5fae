package mongo

import (
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/bsontype"

	"pegasus/chat"
)

// attachmentDocs are the files of a message, in ConnectBest's form with more fields. What cannot be read is left out: a
// history with an odd entry must stay readable.
type attachmentDocs []chat.Attachment

type attachmentDoc struct {
	ID           ref    `bson:"id"`
	Name         string `bson:"name"`
	Size         int64  `bson:"size"`
	Type         string `bson:"type"`
	URL          string `bson:"url"`
	ThumbnailURL string `bson:"thumbnail_url,omitempty"`
	Width        int    `bson:"width,omitempty"`
	Height       int    `bson:"height,omitempty"`
}

// MarshalBSONValue writes an array of documents.
func (a attachmentDocs) MarshalBSONValue() (bsontype.Type, []byte, error) {
	docs := make([]attachmentDoc, len(a))
	for i, one := range a {
		docs[i] = attachmentDoc{
			ID: ref(one.ID), Name: one.Name, Size: one.Size, Type: one.Type, URL: one.URL, ThumbnailURL: one.ThumbnailURL,
			Width: one.Width, Height: one.Height,
		}
	}
	return bson.MarshalValue(docs)
}

// UnmarshalBSONValue reads an array of documents. Of ConnectBest's, which lie elsewhere, an address of the web is kept.
func (a *attachmentDocs) UnmarshalBSONValue(t bsontype.Type, data []byte) error {
	*a = nil
	array, ok := (bson.RawValue{Type: t, Value: data}).ArrayOK()
	if !ok {
		return nil
	}
	entries, err := array.Values()
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		doc, ok := entry.DocumentOK()
		if !ok {
			continue
		}
		one := chat.Attachment{
			Name: textOf(doc, "name"), Size: numberOf(doc, "size"), Type: textOf(doc, "type"), URL: textOf(doc, "url"),
			ThumbnailURL: textOf(doc, "thumbnail_url"), Width: int(numberOf(doc, "width")), Height: int(numberOf(doc, "height")),
		}
		var id ref
		if value, err := doc.LookupErr("id"); err == nil && value.Type == bson.TypeObjectID {
			_ = id.UnmarshalBSONValue(value.Type, value.Value) // an ObjectID is always read
		}
		if one.ID = string(id); one.ID == "" {
			one.ThumbnailURL = ""
			if !strings.HasPrefix(one.URL, "https://") && !strings.HasPrefix(one.URL, "http://") {
				one.URL = ""
			}
		}
		*a = append(*a, one)
	}
	return nil
}

func textOf(doc bson.Raw, key string) string {
	text, _ := doc.Lookup(key).StringValueOK()
	return text
}

func numberOf(doc bson.Raw, key string) int64 {
	n, _ := doc.Lookup(key).AsInt64OK()
	return n
}
