package mongodb

import (
	"context"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/importer"
)

// rocketTime is when something was made.
func rocketTime(d doc) time.Time {
	if at := d.when("ts"); !at.IsZero() {
		return at
	}
	return d.created()
}

// leftOut says why a message is left out, "" where it is brought.
func (r *Rocket) leftOut(d doc) string {
	switch kind := d.text("t"); {
	case r.rooms[d.key("rid")] == nil:
		return "its channel is not there"
	case kind == "e2e":
		return "encrypted between its people"
	case kind != "":
		return "Rocket.Chat's own words, such as who joined and which topic was set"
	case d.flag("_hidden"):
		return "a former text of another message"
	}
	return ""
}

// count looks at every message once: who has written, and what is left out.
func (r *Rocket) count(ctx context.Context, t *importer.Tell) (authors map[string]bool, total int, err error) {
	authors = map[string]bool{}
	fields := []string{"rid", "u", "t", "ts", "_hidden", "reactions", "pinned", "starred"}
	return authors, total, r.from.each(ctx, rocketMessages, bson.D{}, fields, func(d doc) error {
		line := t.Line(importer.Messages)
		if line.Read++; line.Read%readBatch == 0 {
			t.Progress(importer.Progress{Collection: "looking at messages", Done: line.Read, Total: line.Read})
		}
		if why := r.leftOut(d); why != "" {
			t.LeaveOut(importer.Messages, why, d.key("_id"))
			return nil
		}
		total++
		authors[d.document("u").key("_id")] = true
		for _, reaction := range d.document("reactions").fields() {
			n := len(reaction.value.texts("usernames"))
			t.Line(importer.Reactions).Read += n
			if _, ok := r.reaction(reaction.name); !ok {
				t.Line(importer.Reactions).LeftOut += n
				t.Note(importer.Reactions, "it is no emoji", reaction.name)
			}
		}
		if d.flag("pinned") {
			t.Line(importer.Pins).Read++
		}
		if n := len(d.documents("starred")); n > 0 {
			t.Line(importer.Bookmarks).Read += n
		}
		return nil
	})
}

// Messages implements importer.Source. Rocket.Chat has an index by room and time.
func (r *Rocket) Messages(ctx context.Context, here *importer.Here, visit func(importer.Part) error) error {
	for _, c := range r.order {
		if err := r.messagesOf(ctx, c, here, visit); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rocket) messagesOf(ctx context.Context, c *importer.Channel, here *importer.Here, visit func(importer.Part) error) error {
	o := options.Find().SetBatchSize(readBatch).SetSort(bson.D{{Key: "ts", Value: 1}, {Key: "_id", Value: 1}}).SetAllowDiskUse(true)
	cursor, err := r.from.db.Collection(rocketMessages).Find(ctx, bson.D{{Key: "rid", Value: c.Key}}, o)
	if err != nil {
		return reading(rocketMessages, err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	var waiting []doc
	roots := map[string]string{} // ids here of what has replies
	for cursor.Next(ctx) {
		d := doc(cursor.Current)
		if r.leftOut(d) != "" {
			continue
		}
		if waiting = append(waiting, append(doc(nil), d...)); len(waiting) == importer.MaxPart {
			if err := r.hand(ctx, c, here, waiting, roots, visit); err != nil {
				return err
			}
			waiting = waiting[:0]
		}
	}
	if err := cursor.Err(); err != nil {
		return reading(rocketMessages, err)
	}
	if len(waiting) == 0 {
		return nil
	}
	return r.hand(ctx, c, here, waiting, roots, visit)
}

func (r *Rocket) hand(
	ctx context.Context, c *importer.Channel, here *importer.Here, docs []doc, roots map[string]string, visit func(importer.Part) error,
) error {
	p := importer.Part{Channel: c, Looked: len(docs)}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = importer.IDFor("rocketchat_messages", d.key("_id"), rocketTime(d))
		if d.flag("tcount") {
			roots[d.key("_id")] = ids[i]
		}
	}
	missing, err := here.Missing(ctx, ids)
	if err != nil {
		return err
	}
	for i, d := range docs {
		if missing[ids[i]] {
			r.bring(&p, here, d, ids[i], roots)
		}
		r.mark(&p, d, ids[i])
	}
	return visit(p)
}

func (r *Rocket) bring(p *importer.Part, here *importer.Here, d doc, id string, roots map[string]string) {
	created := rocketTime(d)
	m := importer.Message{Author: d.document("u").key("_id"), Key: d.key("_id"), Message: chat.Message{
		ID: id, CreatedAt: created, UpdatedAt: created, EditedAt: d.when("editedAt"),
	}}
	if m.EditedAt.After(created) {
		m.UpdatedAt = m.EditedAt
	}
	if root := d.key("tmid"); root != "" {
		if m.ParentID = roots[root]; m.ParentID == "" {
			p.Notes = append(p.Notes, [2]string{importer.NoParent, id})
		}
		m.AlsoChannel = m.ParentID != "" && d.flag("tshow")
	}
	if as := strings.Join(strings.Fields(d.text("alias")), " "); r.bots[m.Author] && len([]rune(as)) <= 100 && here.Username("@"+as) == "" {
		m.Guise.Name = as
	}
	if m.Content = r.content(p, here, d, id); len(m.Content) > importer.MaxText {
		m.Content, m.Rest = "", d.without(map[string]bool{"_id": true})
		p.Notes = append(p.Notes, [2]string{importer.TooLong, id})
	}
	p.Messages = append(p.Messages, m)
}

// quote is the link by which a message quotes another one.
var quote = regexp.MustCompile(`\[ ?\]\([^()\s]*\)`)

func (r *Rocket) content(p *importer.Part, here *importer.Here, d doc, id string) string {
	text := quote.ReplaceAllString(strings.ReplaceAll(d.text("msg"), "\r\n", "\n"), "")
	text = importer.Mentions(hooks.FromSingleStars(text), func(name string) string { return here.Username("@" + name) })
	var attached hooks.Payload
	var files []string
	for _, a := range d.documents("attachments") {
		switch {
		case a.text("message_link") != "" || a.text("type") == "file" || a.text("image_url", "audio_url", "video_url") != "":
		default:
			attached.Attachments = append(attached.Attachments, hooks.Attachment{
				Title: a.text("title"), TitleLink: a.text("title_link"), Text: hooks.FromSingleStars(a.text("text")), AuthorName: a.text("author_name"),
			})
		}
	}
	names := d.documents("files")
	if len(names) == 0 && d.document("file") != nil {
		names = []doc{d.document("file")}
	}
	for i, f := range names {
		if name := f.text("name"); name != "" && (i == 0 || !strings.HasPrefix(name, "thumb-")) {
			files = append(files, "📎 "+hooks.Link(strings.Join(strings.Fields(name), " "), ""))
		}
	}
	if len(files) > 0 {
		p.Notes = append(p.Notes, [2]string{"with files, of which the names alone are brought", id})
	}
	return importer.Paragraphs(text, attached.Markdown(func(string) string { return "" }), strings.Join(files, "\n"))
}

// mark adds what people have put on a message.
func (r *Rocket) mark(p *importer.Part, d doc, id string) {
	key, at := d.key("_id"), rocketTime(d)
	for _, reaction := range d.document("reactions").fields() {
		emoji, ok := r.reaction(reaction.name)
		for i, username := range reaction.value.texts("usernames") {
			if ok {
				p.Marks = append(p.Marks, importer.Mark{
					Key: key + "/" + reaction.name + "/" + username, MessageID: id, Person: "@" + username, Emoji: emoji, At: at.Add(time.Duration(i) * time.Millisecond),
				})
			}
		}
	}
	for _, by := range d.documents("starred") {
		p.Saved = append(p.Saved, importer.Mark{Key: key + "/" + by.key("_id"), MessageID: id, Person: by.key("_id"), At: at})
	}
	if d.flag("pinned") {
		when := d.when("pinnedAt")
		if when.Before(at) {
			when = at
		}
		p.Pins = append(p.Pins, importer.Pin{MessageID: id, Person: d.document("pinnedBy").key("_id"), At: when})
	}
}

func (r *Rocket) reaction(name string) (string, bool) {
	if one, ok := importer.Shortcode(strings.Trim(name, ":"), r.Emoji); ok {
		return one, true
	}
	return chat.ReactionFromElsewhere(name)
}
