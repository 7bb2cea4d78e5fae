package importer

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/imported"
)

const (
	messageBatch = 2000
	maxText      = 1 << 20 // bytes of a message; a longer one would not fit a document with its HTML
)

func (e entry) objectID() primitive.ObjectID { return primitive.ObjectID(e.id) }

// storeStrangers stores an account that is gone for every author whom nobody knows, as a person leaves one behind who deletes
// their account.
func (r *run) storeStrangers(ctx context.Context) error {
	var people []imported.Person
	for _, key := range slices.Sorted(maps.Keys(r.strangers)) {
		userID := idFor("strangers", key, noTime)
		r.people[chatUsers][key] = userID
		r.report.note("messages", "their author is unknown: shown as a deleted account", "author "+key)
		people = append(people, imported.Person{User: accounts.User{
			ID: userID, Email: userID + "@deleted.invalid", Username: "deleted-" + userID, Name: "Deleted account", Role: accounts.RoleUser,
			Preferences: "{}", Status: accounts.StatusOffline, Deactivated: true, CreatedAt: noTime, UpdatedAt: noTime,
		}})
	}
	if r.DryRun || len(people) == 0 {
		return nil
	}
	refusals, err := r.Target.ImportPeople(ctx, people)
	for _, refusal := range refusals {
		if err == nil {
			err = refusal
		}
	}
	return err
}

// packet is a part of a channel's messages, ready to be stored.
type packet struct {
	channel  *channel
	looked   int // at how many entries of the log
	messages []chat.Message
	extras   []imported.Document
	notes    [][2]string // a reason and an example each
	err      error
}

// bringMessages reads and renders one part while it stores the one before.
func (r *run) bringMessages(ctx context.Context, l *log) error {
	ctx, stop := context.WithCancel(ctx)
	packets := make(chan packet, 1)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(packets)
		r.readMessages(ctx, l, packets)
	})
	defer reader.Wait()
	defer stop()
	line, done := r.report.line("messages"), 0
	for p := range packets {
		if p.err != nil {
			return p.err
		}
		if err := r.storePacket(ctx, p); err != nil {
			return err
		}
		done += p.looked
		line.Brought, line.Already = line.Brought+len(p.messages), line.Already+p.looked-len(p.messages)
		r.Progress(Progress{"messages", done, len(l.entries)})
	}
	return ctx.Err()
}

func (r *run) storePacket(ctx context.Context, p packet) error {
	for _, n := range p.notes {
		r.report.note("messages", n[0], n[1])
	}
	// The extras come first: they are not looked for again once their message is here.
	if err := r.keep(ctx, "messages", p.extras); err != nil || r.DryRun || len(p.messages) == 0 {
		return err
	}
	_, err := r.Target.ImportMessages(ctx, p.channel.ID, p.messages)
	return err
}

// readMessages sends what is missing here, channel by channel in the order of the log.
func (r *run) readMessages(ctx context.Context, l *log, packets chan<- packet) {
	for from := 0; from < len(l.entries); {
		to := from
		for to < len(l.entries) && to < from+messageBatch && l.entries[to].channel == l.entries[from].channel {
			to++
		}
		p := r.readPacket(ctx, l, l.entries[from:to])
		select {
		case packets <- p:
		case <-ctx.Done():
			return
		}
		if p.err != nil {
			return
		}
		from = to
	}
}

func (r *run) readPacket(ctx context.Context, l *log, entries []entry) (p packet) {
	p.channel, p.looked = l.channels[entries[0].channel], len(entries)
	var missing []entry
	if missing, p.err = r.missing(ctx, entries); p.err != nil || len(missing) == 0 {
		return p
	}
	found := map[string]doc{}
	names := make(bson.A, len(missing))
	for i, e := range missing {
		names[i] = l.source(e)
	}
	p.err = r.Source.each(ctx, "messages", bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: names}}}}, nil, func(d doc) error {
		found[d.key("_id")] = append(doc(nil), d...)
		return nil
	})
	for _, e := range missing {
		key := e.id.String()
		if e.odd > 0 {
			key = keyOf(l.odd[e.odd-1])
		}
		if d, there := found[key]; there && p.err == nil {
			r.addMessage(&p, l, e, d)
		}
	}
	if !r.DryRun {
		r.render(p.messages)
	}
	return p
}

// missing returns the entries whose messages are not here.
func (r *run) missing(ctx context.Context, entries []entry) (missing []entry, err error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.id.String()
	}
	known, err := r.Target.KnownMessages(ctx, ids)
	here := setOf(known)
	for i, e := range entries {
		if !here[ids[i]] {
			missing = append(missing, e)
		}
	}
	return missing, err
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
func (r *run) addMessage(p *packet, l *log, e entry, d doc) {
	created := time.UnixMilli(e.at).UTC()
	m := chat.Message{
		ID: e.id.String(), ChannelID: p.channel.ID, UserID: r.who(d.key(authorFields...), chatUsers, authUsers),
		Content: strings.ReplaceAll(d.text(textFields...), "\r\n", "\n"), Renderer: r.Renderer, CreatedAt: created,
		UpdatedAt: created, EditedAt: d.when("edited_at", "editedAt"), Deleted: d.flag("is_deleted", "isDeleted"),
	}
	if at := d.when("updated_at", "updatedAt"); !at.IsZero() {
		m.UpdatedAt = at
	}
	tell := func(reason string) { p.notes = append(p.notes, [2]string{reason, m.ID}) }
	lost := false
	if m.ParentID, lost = l.parent(d, e.channel); lost {
		tell("what they reply to is not in the same channel: brought as messages of their own")
	}
	rest := ""
	switch {
	case m.Deleted: // what somebody has deleted does not come back
		m.Content = ""
	case len(m.Content) > maxText:
		m.Content, rest = "", d.without(map[string]bool{"_id": true})
		tell("longer than a megabyte: brought without their text, which is kept for later")
	default:
		rest = d.without(messageFields)
		if utf8.RuneCountInString(m.Content) > accounts.DefaultMessage {
			tell("longer than a message is unless admins allow more: brought whole, and cannot be edited without being shortened")
		}
	}
	if rest != "" {
		p.extras = append(p.extras, imported.Document{
			Kind: "messages", SourceID: d.key("_id"), TargetID: m.ID, CreatedAt: created, JSON: rest,
		})
	}
	p.messages = append(p.messages, m)
}

// render makes the HTML of messages on all cores.
func (r *run) render(messages []chat.Message) {
	var workers sync.WaitGroup
	next := make(chan *chat.Message)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for m := range next {
				m.HTML = r.Render(m.Content)
			}
		})
	}
	for i := range messages {
		if m := &messages[i]; m.Content != "" {
			next <- m
		}
	}
	close(next)
	workers.Wait()
}
