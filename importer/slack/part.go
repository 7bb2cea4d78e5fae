package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"pegasus/chat"
	"pegasus/importer"
)

// Messages implements importer.Source, a day of a channel at a time.
func (s *Source) Messages(ctx context.Context, here *importer.Here, visit func(importer.Part) error) error {
	for _, c := range s.channels {
		b := &batch{source: s, here: here, channel: c, visit: visit, roots: map[int64]bool{}}
		for _, name := range c.days {
			messages, err := s.day(ctx, name, &b.part)
			if err != nil {
				return err
			}
			for _, m := range messages {
				if err := b.add(ctx, m); err != nil {
					return err
				}
			}
		}
		if err := b.finish(ctx); err != nil {
			return err
		}
	}
	return nil
}

// batch gathers a part of a channel's messages.
type batch struct {
	source  *Source
	here    *importer.Here
	channel *channel
	visit   func(importer.Part) error
	part    importer.Part
	waiting []*message
	roots   map[int64]bool // of threads, so far
	last    int64
}

func (b *batch) add(ctx context.Context, m *message) error {
	if m.at < b.last {
		b.part.Notes = append(b.part.Notes, [2]string{backwards, m.TS})
	}
	b.last = max(b.last, m.at)
	if b.waiting = append(b.waiting, m); len(b.waiting) < importer.MaxPart {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) finish(ctx context.Context) error {
	for _, p := range b.channel.pins {
		if micros, ok := stamp(p.ID); ok && (p.Type == "C" || p.Type == "") {
			b.part.Pins = append(b.part.Pins, importer.Pin{
				MessageID: messageID(b.channel.Key, micros), Person: cmp.Or(p.User, p.Owner), At: pinnedAt(micros, p),
			})
		}
	}
	if len(b.waiting)+len(b.part.Pins)+len(b.part.Notes) == 0 {
		return nil
	}
	return b.flush(ctx)
}

// flush hands over what is gathered.
func (b *batch) flush(ctx context.Context) error {
	p := b.part
	p.Channel, p.Looked = &b.channel.Channel, len(b.waiting)
	ids := make([]string, len(b.waiting))
	for i, m := range b.waiting {
		ids[i] = messageID(b.channel.Key, m.at)
	}
	missing, err := b.here.Missing(ctx, ids)
	if err != nil {
		return err
	}
	for i, m := range b.waiting {
		if m.root == m.at {
			b.roots[m.at] = true
		}
		if missing[ids[i]] {
			delete(missing, ids[i]) // the same may stand in two files
			b.bring(&p, m, ids[i])
		}
		p.Marks = append(p.Marks, b.source.marks(b.channel.Key, m, ids[i])...)
	}
	b.waiting, b.part = b.waiting[:0], importer.Part{}
	return b.visit(p)
}

// bring reads a message that is not here.
func (b *batch) bring(p *importer.Part, m *message, id string) {
	s, created := b.source, at(m.at)
	out := importer.Message{Author: m.author(), Key: messageKey(b.channel.Key, m.at), Message: chat.Message{
		ID: id, CreatedAt: created, UpdatedAt: created, Deleted: m.Subtype == "tombstone", Guise: s.guise(m),
	}}
	if m.Edited != nil {
		if micros, ok := stamp(m.Edited.TS); ok && micros >= m.at {
			out.EditedAt, out.UpdatedAt = at(micros), at(micros)
		}
	}
	if m.root != 0 && m.root != m.at {
		if b.roots[m.root] {
			out.ParentID = messageID(b.channel.Key, m.root)
			out.AlsoChannel = m.Subtype == "thread_broadcast" || m.Subtype == "reply_broadcast"
		} else {
			p.Notes = append(p.Notes, [2]string{importer.NoParent, id})
		}
	}
	if !out.Deleted {
		out.Content = s.content(b.here, m, func() { p.Notes = append(p.Notes, [2]string{partLost, id}) })
	}
	if len(out.Content) > importer.MaxText {
		rest, err := json.Marshal(map[string]string{"text": out.Content})
		if err == nil {
			out.Rest = string(rest)
		}
		out.Content = ""
		p.Notes = append(p.Notes, [2]string{importer.TooLong, id})
	}
	p.Messages = append(p.Messages, out)
}

// pinnedAt is when a message was pinned: not before it was written.
func pinnedAt(micros int64, p pin) time.Time {
	if pinned := moment(p.Created); pinned.After(at(micros)) {
		return pinned
	}
	return at(micros)
}
