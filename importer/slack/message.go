package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
	"pegasus/importer"
	"pegasus/importer/archive"
)

// message is an element of a day's file, as far as anything of it is brought.
type message struct {
	Type        string            `json:"type"`
	Subtype     string            `json:"subtype"`
	TS          string            `json:"ts"`
	ThreadTS    string            `json:"thread_ts"`
	User        string            `json:"user"`
	BotID       string            `json:"bot_id"`
	Username    string            `json:"username"`
	Text        string            `json:"text"`
	Hidden      bool              `json:"hidden"`
	Edited      *edit             `json:"edited"`
	Reactions   []reaction        `json:"reactions"`
	Files       []file            `json:"files"`
	File        *file             `json:"file"` // before 2018
	Comment     *comment          `json:"comment"`
	Attachments []json.RawMessage `json:"attachments"`
	Blocks      json.RawMessage   `json:"blocks"`
	BotProfile  *named            `json:"bot_profile"`
	UserProfile *named            `json:"user_profile"`
	Icons       *icons            `json:"icons"`

	at, root int64 // TS and ThreadTS in microseconds, 0 for none
}

type edit struct {
	TS string `json:"ts"`
}

type reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

type comment struct {
	User    string `json:"user"`
	Comment string `json:"comment"`
}

type named struct {
	Name        string `json:"name"`
	RealName    string `json:"real_name"`
	DisplayName string `json:"display_name"`
}

type icons struct {
	Emoji string `json:"emoji"`
}

// said are the subtypes of what somebody has said. All others are Slack's own words, about who joined and the like.
var said = map[string]bool{
	"": true, "bot_message": true, "me_message": true, "thread_broadcast": true, "reply_broadcast": true, "file_share": true,
	"file_comment": true, "file_mention": true, "slackbot_response": true, "tombstone": true, "assistant_app_thread": true,
	"document_mention": true, "bot_response": true,
}

// Why messages are left out.
const (
	ofSlack   = "Slack's own words, such as who joined and which topic was set"
	damaged   = "not as Slack writes them"
	tooMany   = "more than 200,000 in a channel on a day: the rest is left out"
	twice     = "in the export twice: brought once"
	partLost  = "an attachment or block of theirs is too large, or not as Slack writes it: brought without it"
	backwards = "older than what stands before them in the export: numbered where they stand"
)

// check reads the times of a message and says why it is left out, "" where it is brought. What has a thread is brought whatever
// it is, as the thread's beginning.
func (m *message) check() string {
	var ok bool
	if m.at, ok = stamp(m.TS); !ok {
		return damaged
	}
	if m.root, ok = stamp(m.ThreadTS); !ok {
		m.root = 0
	}
	for _, key := range []string{m.User, m.BotID} {
		if key != "" && !validKey(key) {
			return damaged
		}
	}
	if m.Type != "message" && m.Type != "" || len(m.Username) > 4*maxKey {
		return damaged
	}
	if begins := m.root == m.at; !begins && (m.Hidden || !said[m.Subtype]) {
		return ofSlack
	}
	return ""
}

// author returns the key of who has written it, "" for nobody.
func (m *message) author() string {
	switch {
	case m.User != "":
		return m.User
	case m.Comment != nil && validKey(m.Comment.User):
		return m.Comment.User
	case m.BotID != "":
		return m.BotID
	case m.Username != "":
		return "bot " + strings.ToLower(importer.Clean(m.Username))
	}
	return ""
}

// eachMessage visits the messages of a day in the order of the file. What has another form goes to odd.
func (s *Source) eachMessage(ctx context.Context, name string, visit func(*message) error, odd func(reason, example string)) error {
	r, err := s.archive.Reader(name, maxDay)
	day := path.Join(path.Base(path.Dir(name)), path.Base(name))
	if err != nil {
		odd(damaged, fmt.Sprintf("%s and what is in it: %v", day, err))
		return nil
	}
	defer r.Close()
	n := 0
	var failed error // of the visit: all else is a matter of the file
	err = archive.Elements(r, func(m message) error {
		if n++; n > maxDaily {
			return errFull
		}
		if failed = ctx.Err(); failed != nil {
			return failed
		}
		if why := m.check(); why != "" {
			odd(why, fmt.Sprintf("%s: %s %s", day, cmp.Or(m.Subtype, "ts"), m.TS))
			return nil
		}
		failed = visit(&m)
		return failed
	}, func(err error) error {
		odd(damaged, day+": "+err.Error())
		failed = ctx.Err()
		return failed
	})
	var syntax *json.SyntaxError
	switch {
	case failed != nil || err == nil:
		return failed
	case errors.Is(err, errFull):
		odd(tooMany, day)
	case errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		odd(damaged, day+" from here on: "+err.Error())
	default:
		odd(damaged, day+": "+err.Error())
	}
	return nil
}

var errFull = errors.New("the day is full")

// day returns the messages of a file in the order of their times, each once.
func (s *Source) day(ctx context.Context, name string, p *importer.Part) ([]*message, error) {
	var all []*message
	err := s.eachMessage(ctx, name, func(m *message) error {
		all = append(all, m)
		return nil
	}, func(string, string) {}) // told of when the messages were counted
	slices.SortStableFunc(all, func(a, b *message) int { return cmp.Compare(a.at, b.at) })
	once := slices.CompactFunc(all, func(a, b *message) bool {
		if a.at == b.at {
			p.Notes = append(p.Notes, [2]string{twice, a.TS})
		}
		return a.at == b.at
	})
	return once, err
}

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
