package slack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/importer"
)

// file is a file of a message. The export has only its name and address.
type file struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Mode      string `json:"mode"`
	Permalink string `json:"permalink"`
	Private   string `json:"url_private"`
	External  bool   `json:"is_external"`
}

// content returns a message in markdown, with the people here whom it names.
func (s *Source) content(here *importer.Here, m *message, lost func()) string {
	names := hooks.Names{
		User:    func(id string) (string, string) { return here.Username(id), s.shown[id] },
		Channel: func(id string) string { return s.names[id] },
		Emoji:   s.emoji,
	}
	text := importer.Clean(m.Text)
	if m.Comment != nil && m.Subtype == "file_comment" {
		text = importer.Clean(m.Comment.Comment)
	}
	converted := hooks.FromSlack(text, names)
	if m.Subtype == "me_message" && converted != "" {
		converted = "_" + converted + "_"
	}
	blocks := ""
	if converted == "" {
		blocks = s.blocks(m, names, lost)
	}
	return importer.Paragraphs(converted, blocks, s.attached(m, names, lost), filesOf(m))
}

// blocks returns what a message without a text says: programs may send blocks alone.
func (s *Source) blocks(m *message, names hooks.Names, lost func()) string {
	var p hooks.Payload
	if m.Blocks == nil {
		return ""
	}
	if len(m.Blocks) > maxPiece || json.Unmarshal(m.Blocks, &p.Blocks) != nil {
		lost()
		return ""
	}
	return importer.Clean(p.Markdown(username(names)))
}

func username(names hooks.Names) func(string) string {
	return func(id string) string {
		name, _ := names.User(id)
		return name
	}
}

const (
	maxAttached = 100     // attachments of a message that are read, which is Slack's own limit
	maxPiece    = 1 << 16 // bytes of one, or of all blocks: what lies in each other in them grows with their square
)

// attached returns the attachments of a message, without what Slack has fetched of the pages behind its links.
func (s *Source) attached(m *message, names hooks.Names, lost func()) string {
	var p hooks.Payload
	for _, raw := range m.Attachments[:min(len(m.Attachments), maxAttached)] {
		var a hooks.Attachment
		var from struct {
			Fetched string `json:"from_url"`
			Shared  bool   `json:"is_share"`
			Message bool   `json:"is_msg_unfurl"`
		}
		if len(raw) > maxPiece || json.Unmarshal(raw, &from) != nil || json.Unmarshal(raw, &a) != nil {
			lost()
			continue
		}
		if from.Fetched != "" && !from.Shared && !from.Message {
			continue
		}
		a.Text, a.Pretext = hooks.FromSlack(importer.Clean(a.Text), names), hooks.FromSlack(importer.Clean(a.Pretext), names)
		p.Attachments = append(p.Attachments, a)
	}
	return importer.Clean(p.Markdown(username(names)))
}

// filesOf names the files of a message, with a link to where they are in Slack.
func filesOf(m *message) string {
	files := m.Files
	if m.File != nil {
		files = append(files, *m.File)
	}
	var lines []string
	for _, f := range files[:min(len(files), maxAttached)] {
		name := strings.Join(strings.Fields(importer.Clean(cmp.Or(f.Name, f.Title, "File"))), " ")
		switch {
		case f.Mode == "tombstone":
			lines = append(lines, "📎 a file that was deleted in Slack")
		case f.External && !ofSlacks(f.Private):
			lines = append(lines, "📎 "+hooks.Link(name, f.Private))
		default:
			lines = append(lines, "📎 "+hooks.Link(name, keyless(cmp.Or(f.Permalink, f.Private))))
		}
	}
	return strings.Join(lines, "\n")
}

// keyless takes from an address of Slack's what follows the path: exports put a key there that opens every file to whoever
// has it.
func keyless(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = "", "", "", false
	return u.String()
}

// ofSlacks reports whether an address is one of Slack's.
func ofSlacks(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	host := strings.ToLower(u.Hostname())
	return strings.HasSuffix("."+host, ".slack.com") || strings.HasSuffix("."+host, ".slack-files.com")
}

func (s *Source) emoji(name string) (string, bool) { return importer.Shortcode(name, s.Emoji) }

// guise returns as whom a program has written one message. A name that is somebody's is not taken.
func (s *Source) guise(m *message) (g chat.Guise) {
	if m.Subtype != "bot_message" || m.Username == "" {
		return g
	}
	name := strings.Join(strings.Fields(importer.Clean(m.Username)), " ")
	if name != s.shown[m.author()] && len([]rune(name)) <= maxGuise && !s.taken[strings.ToLower(name)] {
		g.Name = name
	}
	if m.Icons != nil {
		g.Emoji, _ = s.emoji(strings.Trim(m.Icons.Emoji, ":"))
	}
	return g
}

const maxGuise = 100 // characters, as many as a name has

// marks returns the reactions to a message. Slack does not say when they were made: they get the times after the message's.
func (s *Source) marks(channel string, m *message, id string) (marks []importer.Mark) {
	for _, r := range m.Reactions {
		emoji, ok := s.reaction(r.Name)
		if !ok {
			continue
		}
		for _, person := range r.Users {
			marks = append(marks, importer.Mark{
				Key: fmt.Sprintf("%s/%s/%s", messageKey(channel, m.at), importer.Clean(r.Name), importer.Clean(person[:min(len(person), maxKey)])), MessageID: id, Person: person, Emoji: emoji,
				At: at(m.at).Add(time.Duration(len(marks)) * time.Millisecond),
			})
		}
	}
	return marks
}

// reaction returns an emoji by its name, or the name of one of the workspace's own in colons.
func (s *Source) reaction(name string) (string, bool) {
	if len(name) > maxKey {
		return "", false
	}
	if one, ok := s.emoji(name); ok {
		return one, true
	}
	own, _, _ := strings.Cut(name, "::")
	return chat.ReactionFromElsewhere(":" + own + ":")
}
