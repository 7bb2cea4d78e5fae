package importer

import (
	"context"
	"time"

	"pegasus/chat"
	"pegasus/imported"
)

// Source is a system that people and their history are read from. It is never written.
//
// Keys are what the source calls things: unique within a kind and the same each time. A run calls the methods in the order in
// which they stand here, so that one may build on what those before it have read. Only Messages runs beside the storing of
// what it has visited.
type Source interface {
	Traits() Traits
	// People returns everybody, the oldest first, with all that belongs to them.
	People(ctx context.Context, t *Tell) ([]*Person, error)
	// History returns the channels and who has written in them, nil where the source has none. The methods from here to Marks
	// are not called then.
	History(ctx context.Context, t *Tell) (*History, error)
	// Members visits who is in which channel.
	Members(ctx context.Context, t *Tell, visit func(Membership) error) error
	// Messages visits the messages channel by channel in the order of their times. What is told goes with the parts.
	Messages(ctx context.Context, here *Here, visit func(Part) error) error
	// Marks visits reactions and bookmarks that do not come with the messages.
	Marks(ctx context.Context, t *Tell, visit func(collection string, total int, m Mark) error) error
	// Rest visits what has no place here yet, to be kept as it is.
	Rest(ctx context.Context, t *Tell, visit func(Rest) error) error
	// Ignored names what was not looked at.
	Ignored() []string
}

// Traits say what a source is like.
type Traits struct {
	Name string // what it is, for a person
	// Prefix begins the kinds of the notes about it, which no other system has: keys of two systems may be alike.
	Prefix string
	// People are the collections that people come from. Where two have a key, the first counts.
	People []string
	// Read says that the source does not tell what was read: whoever has read everything here has read also what comes.
	Read bool
}

// Tell takes what a reader meets.
type Tell struct {
	*Report
	Progress func(Progress)
}

// Reference names somebody of the source. Those of the collection come first, then those of the others.
type Reference struct{ Collection, Key string }

// History is what there is of a source's channels before any message is brought.
type History struct {
	Channels []*Channel
	Authors  []string // keys of those who have written; who is none of the people is shown as a deleted account
	Total    int      // of the messages, about
}

// Channel is a channel of the source.
type Channel struct {
	chat.Channel // without an id it gets one that follows from the key; CreatedBy is the key of a person
	Key          string
	Also         []string // other keys by which members and messages may call it
	People       []string // keys of those whom it is between, for a direct conversation
	Rest         string   // of its document, as Extended JSON
	between      []string // the ids here of People, in ascending order, where all are known
}

// Membership is somebody's place in a channel.
type Membership struct {
	Channel, Person string // keys
	Admin           bool
	JoinedAt        time.Time
	LastReadAt      time.Time // zero where the source does not know
	// Seen says that this is about LastReadAt alone, and tells of no place.
	Seen bool
}

// Part is what comes one after another in a channel, MaxPart messages at most.
type Part struct {
	Channel  *Channel
	Looked   int       // at how many messages, those that are here already included
	Messages []Message // those that are not here
	Marks    []Mark    // reactions to any of those that were looked at
	Saved    []Mark    // bookmarks on them
	Pins     []Pin
	Notes    [][2]string // a reason and an example each, about messages
}

// MaxPart is how many messages are held in memory at a time.
const MaxPart = 2000

// EachPart cuts a log that is in the order of Messages into what becomes parts.
func EachPart[E any, C comparable](log []E, channel func(E) C, visit func([]E) error) error {
	for from := 0; from < len(log); {
		to := from + 1
		for to < len(log) && to < from+MaxPart && channel(log[to]) == channel(log[from]) {
			to++
		}
		if err := visit(log[from:to]); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// MaxText is the length of a message in bytes. A longer one would not fit a document with its HTML.
const MaxText = 1 << 20

// TooLong is noted of a message that is longer than MaxText. Its reader leaves out the text, and hands it over as Rest.
const TooLong = "longer than a megabyte: brought without their text, which is kept for later"

// NoParent is noted of a reply whose reader did not find what it replies to.
const NoParent = "what they reply to is not in the same channel: brought as messages of their own"

// Message is a message of the source with its id, times, text and parent; channel, author and HTML are found by the run.
type Message struct {
	chat.Message
	Author string // a key
	Key    string
	Rest   string // what has no place here, as Extended JSON, "" for nothing
}

// Mark is somebody's reaction to a message, or with no emoji their bookmark on it.
type Mark struct {
	Key       string
	MessageID string // here
	Person    string // a key
	Emoji     string
	At        time.Time
}

// Pin is a message that was pinned in its channel.
type Pin struct {
	MessageID string // here
	Person    string // a key, "" where nobody knows who pinned it
	At        time.Time
}

// Rest is a document that has no place here yet.
type Rest struct {
	Collection string
	Owner      Reference // to whom it belongs, the zero Reference for nobody
	Document   imported.Document
}

// Here is what a reader may ask of the workspace while it reads messages.
type Here struct{ r *run }

// Missing returns those of the ids of messages that are not here.
func (h *Here) Missing(ctx context.Context, ids []string) (map[string]bool, error) {
	known, err := h.r.Target.KnownMessages(ctx, ids)
	if err != nil {
		return nil, err
	}
	missing := setOf(ids)
	for _, id := range known {
		delete(missing, id)
	}
	return missing, nil
}

// Username returns the name here by which somebody is mentioned, "" for nobody and for who is gone.
func (h *Here) Username(key string) string {
	return h.r.usernames[h.r.who(Reference{Key: key})]
}
