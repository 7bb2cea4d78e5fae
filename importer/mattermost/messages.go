package mattermost

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/importer"
)

// Why messages are left out, or come in part.
const (
	ofMattermost = "Mattermost's own words, such as who joined and which header was set"
	damaged      = "without a time or an author of Mattermost's"
	withFiles    = "with files, of which the names alone are brought"
)

// props are what programs add to a message, as Slack's.
type props struct {
	Webhook     any                `json:"from_webhook"`
	Override    any                `json:"override_username"`
	Attachments []hooks.Attachment `json:"attachments"`
}

const maxProps = 1 << 16 // bytes: what lies in each other in blocks grows with their square

func (p *post) props() (out props) {
	if len(p.Props) <= maxProps {
		_ = json.Unmarshal(p.Props, &out) // what has another form says nothing here
	}
	return out
}

func (p *post) byWebhook() bool {
	if len(p.Props) == 0 {
		return false
	}
	by := p.props().Webhook
	return by == true || by == "true"
}

// author returns the key of who is shown to have written it.
func (p *post) author() string {
	if p.byWebhook() {
		return webhooks
	}
	return p.User
}

// count notes the messages of a line, each of its replies included.
func (s *Source) count(t *importer.Tell, c *channel, offset int64, root *post) {
	s.countOne(t, c, offset, -1, root)
	for i := range root.Replies {
		s.countOne(t, c, offset, int32(i), &root.Replies[i])
	}
}

func (s *Source) countOne(t *importer.Tell, c *channel, offset int64, reply int32, p *post) {
	t.Line(importer.Messages).Read++
	example := fmt.Sprintf("%s at %d", p.User, p.CreateAt)
	switch {
	case c == nil:
		t.LeaveOut(importer.Messages, "its channel is not there", example)
		return
	case at(p.CreateAt).IsZero() || !validKey(p.User):
		t.LeaveOut(importer.Messages, damaged, example)
		return
	case strings.HasPrefix(p.Type, "system_"):
		t.LeaveOut(importer.Messages, ofMattermost, p.Type)
		return
	}
	author := p.author()
	if author == webhooks && s.people[webhooks] == nil {
		t.Line(people).Read++
		s.addBot(t, webhooks, "Webhooks", "")
	}
	s.saw(c, author, at(p.CreateAt))
	for _, r := range p.Reactions {
		t.Line(importer.Reactions).Read++
		if _, ok := s.reaction(r.EmojiName); !ok {
			t.LeaveOut(importer.Reactions, "it is no emoji", importer.Clean(r.EmojiName))
		}
	}
	if p.Pinned {
		t.Line(importer.Pins).Read++
	}
	if n := len(p.FlaggedBy); n > 0 {
		t.Line(importer.Bookmarks).Read += n
	}
	s.log = append(s.log, entry{at: p.CreateAt, offset: offset, author: authorHash(author), channel: c, reply: reply})
}

// Messages implements importer.Source.
func (s *Source) Messages(ctx context.Context, here *importer.Here, visit func(importer.Part) error) error {
	lines := &shelf{source: s}
	return importer.EachPart(s.log, func(e entry) *channel { return e.channel }, func(entries []entry) error {
		p, err := s.part(ctx, here, lines, entries)
		if err == nil {
			err = visit(p)
		}
		return err
	})
}

func (s *Source) part(ctx context.Context, here *importer.Here, lines *shelf, entries []entry) (importer.Part, error) {
	out := importer.Part{Channel: &entries[0].channel.Channel, Looked: len(entries)}
	ids, names := make([]string, len(entries)), make([]string, len(entries))
	messages, roots := make([]*post, len(entries)), make([]*post, len(entries))
	for i, e := range entries {
		l, err := lines.line(e.offset)
		if err != nil {
			return out, err
		}
		if roots[i] = l.Post; l.Type == "direct_post" {
			roots[i] = l.DirectPost
		}
		messages[i] = roots[i]
		if e.reply >= 0 {
			messages[i] = &roots[i].Replies[e.reply]
		}
		names[i] = nameOf(e.channel, e.at, messages[i].author(), e.nth)
		ids[i] = idOf(names[i], e.at)
	}
	missing, err := here.Missing(ctx, ids)
	if err != nil {
		return out, err
	}
	for i, e := range entries {
		if missing[ids[i]] {
			s.bring(here, &out, e, messages[i], roots[i], ids[i], names[i])
		}
		s.mark(&out, messages[i], ids[i], names[i])
	}
	return out, nil
}

// bring reads a message that is not here.
func (s *Source) bring(here *importer.Here, out *importer.Part, e entry, p, root *post, id, name string) {
	created := at(p.CreateAt)
	m := importer.Message{Author: p.author(), Key: name, Message: chat.Message{ID: id, CreatedAt: created, UpdatedAt: created}}
	if edited := at(p.EditAt); edited.After(created) {
		m.EditedAt, m.UpdatedAt = edited, edited
	}
	begun := at(root.CreateAt)
	switch {
	case e.reply < 0:
	case begun.IsZero() || !begun.Before(created) || !validKey(root.User) || strings.HasPrefix(root.Type, "system_"):
		out.Notes = append(out.Notes, [2]string{importer.NoParent, id})
	default:
		nth := s.log.nthOf(e.channel, root.CreateAt, e.offset, root.author())
		m.ParentID = idOf(nameOf(e.channel, root.CreateAt, root.author(), nth), root.CreateAt)
	}
	more := p.props()
	if as, is := more.Override.(string); is && m.Author == webhooks {
		if as = oneLine(as); len([]rune(as)) <= 100 && !s.taken[strings.ToLower(as)] {
			m.Guise.Name = as
		}
	}
	m.Content = s.content(here, p, more)
	if len(p.Attachments) > 0 {
		out.Notes = append(out.Notes, [2]string{withFiles, id})
	}
	if len(m.Content) > importer.MaxText {
		if rest, err := json.Marshal(map[string]string{"message": m.Content}); err == nil {
			m.Rest = string(rest)
		}
		m.Content = ""
		out.Notes = append(out.Notes, [2]string{importer.TooLong, id})
	}
	out.Messages = append(out.Messages, m)
}

// content returns a message as it is written here: Mattermost's texts are markdown too.
func (s *Source) content(here *importer.Here, p *post, more props) string {
	text := importer.Mentions(strings.ReplaceAll(importer.Clean(p.Message), "\r\n", "\n"), here.Username)
	if p.Type == "me" && text != "" {
		text = "_" + strings.Trim(text, "*_ ") + "_"
	}
	attached := hooks.Payload{Attachments: more.Attachments[:min(len(more.Attachments), 100)]}
	var files []string
	for _, a := range p.Attachments[:min(len(p.Attachments), 100)] {
		files = append(files, "📎 "+hooks.Link(oneLine(path.Base(a.Path)), ""))
	}
	return importer.Paragraphs(text, importer.Clean(attached.Markdown(func(string) string { return "" })), strings.Join(files, "\n"))
}

var _ importer.Source = (*Source)(nil)
