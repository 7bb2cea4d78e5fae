package slack

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/importer"
)

// lists are the files that name channels, by what they hold.
var lists = []struct {
	name   string
	public bool
	direct bool
}{{"channels.json", true, false}, {"groups.json", false, false}, {"dms.json", false, true}, {"mpims.json", false, true}}

// room is an element of one of the lists.
type room struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Created  float64  `json:"created"` // seconds since 1970
	Creator  string   `json:"creator"`
	Archived bool     `json:"is_archived"`
	Private  bool     `json:"is_private"`
	Members  []string `json:"members"`
	Topic    note     `json:"topic"`
	Purpose  note     `json:"purpose"`
	Pins     []pin    `json:"pins"`
}

type note struct {
	Value string `json:"value"`
}

// pin is a message that was pinned; of files, which could be once, there is no message.
type pin struct {
	Type    string  `json:"type"`
	ID      string  `json:"id"` // when the message was written
	Created float64 `json:"created"`
	User    string  `json:"user"`
	Owner   string  `json:"owner"`
}

// readChannels reads the lists of channels and finds their files.
func (s *Source) readChannels(t *importer.Tell) error {
	folders := map[string]*channel{}
	s.names = map[string]string{}
	line := t.Line(importer.Channels)
	for _, l := range lists {
		if !s.archive.Has(s.root + l.name) {
			continue
		}
		err := list(s, s.root+l.name, func(r room) error {
			line.Read++
			if !validKey(r.ID) || s.names[r.ID] != "" {
				t.LeaveOut(importer.Channels, "without an id of Slack's, or with that of another channel", l.name+": "+r.ID)
				return nil
			}
			c := newChannel(r, l.public && !r.Private, l.direct)
			folder := r.Name
			if folder == "" || l.name == "dms.json" {
				folder = r.ID
			}
			s.names[r.ID] = importer.Clean(folder)
			if folders[folder] != nil {
				t.Note(importer.Channels, "another channel has the same name: their messages cannot be told apart, and are the other's", l.name+": "+folder)
			} else {
				folders[folder] = c
			}
			s.channels = append(s.channels, c)
			return nil
		}, func(err error) {
			line.Read++
			t.LeaveOut(importer.Channels, "not as Slack writes them", l.name+": "+err.Error())
		})
		if err != nil {
			return err
		}
	}
	s.findDays(t, folders)
	return nil
}

func newChannel(r room, public, direct bool) *channel {
	c := &channel{members: r.Members, pins: r.Pins, creator: r.Creator}
	c.Channel = importer.Channel{Key: r.ID, Channel: chat.Channel{
		Name: importer.Clean(r.Name), Type: chat.Private, CreatedBy: r.Creator, Archived: r.Archived, CreatedAt: moment(r.Created),
		Description: bare(r.Purpose.Value), Topic: bare(r.Topic.Value),
	}}
	if public {
		c.Type = chat.Public
	}
	if direct {
		c.People, c.members = r.Members, nil
	}
	c.ID = importer.IDFor("slack_channels", r.ID, c.CreatedAt)
	return c
}

// moment is a time in seconds, or the one that stands for none.
func moment(seconds float64) time.Time {
	if seconds > 0 && seconds < 1<<32 {
		if at := importer.At(time.Unix(int64(seconds), 0)); !at.IsZero() {
			return at
		}
	}
	return importer.NoTime
}

func bare(text string) string {
	return strings.Join(strings.Fields(hooks.BareFromSlack(importer.Clean(text))), " ")
}

// findDays gives channels the files in their folders. A folder's name is the channel's, or its id for a direct conversation.
func (s *Source) findDays(t *importer.Tell, folders map[string]*channel) {
	strange := map[string]bool{}
	for _, name := range s.archive.Names() {
		inside, under := strings.CutPrefix(name, s.root)
		if !under {
			continue
		}
		folder, day, deeper := strings.Cut(inside, "/")
		switch c := folders[folder]; {
		case !deeper:
			if path.Ext(folder) == ".json" && !known[folder] && len(s.ignored) < 50 {
				s.ignored = append(s.ignored, folder)
			}
		case !isDay(day):
		case c == nil && !strange[folder]:
			strange[folder] = true
			t.Note(importer.Channels, "a folder of messages whose channel is in no list: left out", folder)
		case c != nil:
			c.days = append(c.days, name) // names are in ascending order
		}
	}
}

// known are the files that are read.
var known = map[string]bool{
	"users.json": true, "org_users.json": true, "channels.json": true, "groups.json": true, "dms.json": true, "mpims.json": true,
}

func isDay(name string) bool {
	day, is := strings.CutSuffix(name, ".json")
	_, err := time.Parse(time.DateOnly, day)
	return is && err == nil
}

// History implements importer.Source. People has read it all.
func (s *Source) History(context.Context, *importer.Tell) (*importer.History, error) {
	h := &importer.History{Total: s.total}
	for _, c := range s.channels {
		h.Channels = append(h.Channels, &c.Channel)
	}
	for author := range s.seen {
		h.Authors = append(h.Authors, author)
	}
	return h, nil
}

// Members implements importer.Source. When somebody joined is not in the lists, so that they have been there from the start, and
// have read everything. Who made a channel is an admin of it, as here.
func (s *Source) Members(_ context.Context, _ *importer.Tell, visit func(importer.Membership) error) error {
	for _, c := range s.channels {
		for _, person := range append(c.members, slices.Compact(slices.Sorted(slices.Values(c.People)))...) {
			err := visit(importer.Membership{
				Channel: c.Key, Person: person, Admin: person == c.creator, JoinedAt: c.CreatedAt, LastReadAt: c.newest,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Marks implements importer.Source: reactions come with their messages.
func (s *Source) Marks(context.Context, *importer.Tell, func(string, int, importer.Mark) error) error {
	return nil
}

// Rest implements importer.Source.
func (s *Source) Rest(context.Context, *importer.Tell, func(importer.Rest) error) error { return nil }
