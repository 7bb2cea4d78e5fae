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
