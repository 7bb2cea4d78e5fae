package mongodb

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"pegasus/chat"
	"pegasus/importer"
)

func (e entry) objectID() primitive.ObjectID { return primitive.ObjectID(e.id) }

// Messages implements importer.Source, channel by channel in the order of the log.
func (s *Source) Messages(ctx context.Context, here *importer.Here, visit func(importer.Part) error) error {
	return importer.EachPart(s.log.entries, func(e entry) int32 { return e.channel }, func(entries []entry) error {
		p, err := s.readPart(ctx, here, entries)
		if err == nil {
			err = visit(p)
		}
		return err
	})
}

func (s *Source) readPart(ctx context.Context, here *importer.Here, entries []entry) (importer.Part, error) {
	p := importer.Part{Channel: s.log.channels[entries[0].channel], Looked: len(entries)}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.id.String()
	}
	missing, err := here.Missing(ctx, ids)
	if err != nil || len(missing) == 0 {
		return p, err
	}
	found := map[string]doc{}
	names := make(bson.A, 0, len(missing))
	for i, e := range entries {
		if missing[ids[i]] {
			names = append(names, s.log.source(e))
		}
	}
	err = s.each(ctx, importer.Messages, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: names}}}}, nil, func(d doc) error {
		found[d.key("_id")] = append(doc(nil), d...)
		return nil
	})
	for i, e := range entries {
		key := ids[i]
		if e.odd > 0 {
			key = keyOf(s.log.odd[e.odd-1])
		}
		if d, there := found[key]; there && missing[ids[i]] && err == nil {
			s.addMessage(&p, e, d)
		}
	}
	return p, err
}

// messageFields are those that a message here has, and copies of its author.
var messageFields = map[string]bool{"_id": true, "is_deleted": true, "updated_at": true, "updatedAt": true, "edited_at": true,
	"editedAt": true, "user": true, "user_name": true, "username": true, "seq": true, "html": true}

func init() {
	for _, fields := range [][]string{textFields, placeFields, authorFields, parentFields, createdFields} {
		for _, field := range fields {
			messageFields[field] = true
		}
	}
}

// addMessage reads a message, without its HTML.
func (s *Source) addMessage(p *importer.Part, e entry, d doc) {
	created := time.UnixMilli(e.at).UTC()
	m := importer.Message{Author: d.key(authorFields...), Key: d.key("_id"), Message: chat.Message{
		ID: e.id.String(), Content: strings.ReplaceAll(d.text(textFields...), "\r\n", "\n"), CreatedAt: created,
		UpdatedAt: created, EditedAt: d.when("edited_at", "editedAt"), Deleted: d.flag("is_deleted", "isDeleted"),
	}}
	if at := d.when("updated_at", "updatedAt"); !at.IsZero() {
		m.UpdatedAt = at
	}
	tell := func(reason string) { p.Notes = append(p.Notes, [2]string{reason, m.ID}) }
	lost := false
	if m.ParentID, lost = s.log.parent(d, e.channel); lost {
		tell(importer.NoParent)
	}
	switch {
	case m.Deleted: // what somebody has deleted does not come back
		m.Content = ""
	case len(m.Content) > importer.MaxText:
		m.Content, m.Rest = "", d.without(map[string]bool{"_id": true})
		tell(importer.TooLong)
	default:
		m.Rest = d.without(messageFields)
	}
	p.Messages = append(p.Messages, m)
}
