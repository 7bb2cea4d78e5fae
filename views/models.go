// Package views holds the pages, as templ components and the models that they show. A model is shaped like its screen;
// whoever fills it has checked the rights already.
package views

import (
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// Person is somebody as the pages name them.
type Person struct {
	ID            string
	Name          string
	Username      string
	Avatar        string // the path of their picture, "" for none
	Status        accounts.Status
	StatusMessage string
	StatusEmoji   string    // before the message, "" for none
	StatusUntil   time.Time // when both end, zero for not by themselves
	Gone          bool      // their account is no more
	Bot           bool      // a program speaks there
	Groups        []string  // the handles of their groups, for the viewer alone
}

// Shell is what stands around every page of a person who is signed in.
type Shell struct {
	Title   string
	Me      Person
	Admin   bool
	Keeper  bool // may see the pages about other people
	Acting  bool // an admin acts as this person
	Place   Place
	Rows    []Row
	Threads int // threads with unread replies
	// Judge says that the person sees reports, and Reports how many are open.
	Judge   bool
	Reports int
	Talks   []Talk // direct conversations, the latest activity first
	Sidebar chat.Sidebar
	// NoChannels says that the person makes no channels, of neither type.
	NoChannels bool
	Back       string // where a form of the sidebar goes on: this page
	Notice     string // shown once, "" for none
	Banner     Banner
}

// Place is the part of the workspace that a page belongs to.
type Place string

// The places that the sidebar marks.
const (
	PlaceChat     Place = "chat"
	PlaceUnreads  Place = "unreads"
	PlaceChannels Place = "channels"
	PlacePeople   Place = "people"
	PlaceSearch   Place = "search"
	PlaceSaved    Place = "saved"
	PlaceLater    Place = "later"
	PlaceDrafts   Place = "drafts"
	PlaceTalks    Place = "talks"
	PlaceThreads  Place = "threads"
	PlacePlugins  Place = "plugins"
	PlaceProfile  Place = "profile"
	PlaceAdmin    Place = "admin"
	PlaceOps      Place = "ops"
)

// Row is a channel in the sidebar.
type Row struct {
	ID      string
	Name    string
	Private bool
	Here    bool
	Unread  int64 // in a muted channel, mentions alone
	Muted   bool
	Called  bool // something unread mentions the viewer
	LastSeq int64
	Recent  time.Time // when the newest message came
	Draft   bool      // something is written there that was not sent
	Section string    // where it stands in the viewer's list, "" among the channels
	Barred  bool      // the viewer may not post there now
}

// Channel is the channel that a page is about.
type Channel struct {
	ID          string
	Name        string
	Description string
	Private     bool
	Archived    bool
	General     bool
	Members     int
	CreatedAt   time.Time
	Joined      bool // whether the viewer is in it
	Muted       bool // for the viewer
	Manage      bool // whether the viewer may change it
	Direct      bool // it is a direct conversation, named after the others in it
	Peers       []Person
	Alone       bool   // notes to oneself
	Silent      bool   // nobody is there to receive messages any more
	Section     string // where it stands in the viewer's list
	Topic       string
	Rules       chat.Rules
	Newcomers   bool
	Barred      string // why the viewer may not post, "" where they may
	Invite      bool   // whether the viewer may add people
	Kept        int    // for how many days messages are kept, 0 for ever
	MayKeep     bool   // whether the viewer says for how long
	Crowd       int    // how many the viewer may mention at once, 0 where they may not
}

// Message is what every viewer sees of a message.
type Message struct {
	ID        string
	ChannelID string
	Seq       int64
	UserID    string
	Author    string
	Avatar    string // the path of the author's picture, "" for none
	Gone      bool   // the author's account is no more
	Bot       bool   // the author is a program
	Emoji     string // in place of a program's picture, "" for none
	Icon      string // the path of a picture over its own, "" for none
	Root      string // the message whose thread it is a reply in, "" for none
	Excerpt   string // the beginning of the text of a reply
	Also      bool   // it is a reply that stands in the channel in full, too
	HTML      string // rendered and sanitised by the domain
	Files     []chat.Attachment
	Previews  []chat.Preview
	At        time.Time
	Edited    bool
	EditedAt  time.Time
	Pinned    bool
	Pinner    string // who pinned it, "" where nobody knows
	Key       string // under which its author sent it, for the stream alone: their page knows by it what has arrived
}

// Entry is a message at its place in one viewer's log.
type Entry struct {
	Message
	Day  string // the label of the day line above it, "" for none
	New  bool   // the line of the first unread stands above it
	More bool   // it stands together with the message above
	Mine bool

	Saved     bool // by the viewer
	Undo      bool // the viewer sent it a moment ago and can take it back
	Reactions []Reaction
	Quotes    []Card     // of the messages to which it links
	Thread    ThreadLine // what stands below a message that has replies
	Folded    bool       // it is a reply, and the note of the next one in its thread stands right below
}

// Log is a part of a channel's history.
type Log struct {
	Entries  []Entry
	Older    string // where the messages before are, "" at the beginning
	Newer    string // where the messages after are, "" at the end
	Cursor   string // the newest event that the log includes
	LastRead int64
	Unread   int64
	// KeepsOrder says that the viewer may delete the messages of others.
	KeepsOrder bool
}

// Composer is the form for a new message.
type Composer struct {
	ChannelID string
	Root      string // the message whose thread it writes in, "" for the channel itself
	Action    string // where the form goes
	Label     string // says what is written here
	Text      string
	Key       string // names this message, so that sending twice posts once
	Error     string
	// Attachments are files that the message will take: uploads of the writer's that no message has.
	Attachments []chat.Attachment
	Version     int64  // of the draft that the text is, 0 for none
	Accept      string // the extensions of files that are taken, as a file input names them
	MaxFile     int64  // bytes of the largest file
	MaxText     int    // characters of a message
	AlsoTo      string // the channel in which a reply may stand too, "" where it may not
	Also        bool   // the writer wants it there
	CtrlEnter   bool   // the writer sends with Ctrl Enter, not Enter
	Preview     string // how the text would look, as safe HTML, "" where nobody asked
}

// Chat is the conversation page. At most one of the pointers is set: the panel at its side.
type Chat struct {
	Shell
	Channel  Channel
	Log      Log
	Composer Composer
	Typing   []string
	Members  *Members
	Search   *Search
	Editing  *ChannelForm
	Thread   *Thread
	Pins     *Pins
	Versions *Versions
	Files    *FileList
	About    *About
}

// Members is the panel that lists who is in a channel.
type Members struct {
	People []Member
	Others []Person // found, and not in it
	Query  string
	Cut    bool   // there may be more of them than are found
	Here   string // the address of the list as it stands, where its forms go
	First  string // where the list begins, "" there
	More   string // where it goes on, "" at its end
	Error  string
	// Unsought says that nobody was looked for, because too much was.
	Unsought bool
}

// Member is a person in a channel.
type Member struct {
	Person
	Admin      bool
	MutedUntil time.Time // zero where they may write
	Restrain   bool      // whether the viewer may mute and remove them
}

// About is the panel that says what a channel is.
type About struct {
	Topic string // as somebody filled it in
	Wrong Wrong
}

// ChannelForm is a channel's fields as somebody filled them in.
type ChannelForm struct {
	Name        string
	Description string
	Private     bool
	Wrong       Wrong
	NoPublic    string // why the viewer makes none public, "" where they may
	NoPrivate   string // why they make none private, "" where they may

	// For a channel that stands already.
	WasPrivate bool
	Rules      chat.Rules
	Newcomers  bool
	Boss       bool // whether the viewer says where newcomers begin
}

// Wrong says which field of a form is at fault and why. With Field "" it is about the form as a whole.
type Wrong struct {
	Field   string
	Message string
}

// Browser lists the channels that anyone may join, or the archived ones that the viewer is in.
type Browser struct {
	Shell
	Query    string
	Sort     chat.ChannelOrder
	Archived bool
	Channels []Channel
	More     string // where the list goes on, "" at its end
}

// Directory lists people.
type Directory struct {
	Shell
	Query  string
	People []Listed
	More   string // where the list goes on, "" at its end
}

// Listed is a person in the directory.
type Listed struct {
	Person
	Role accounts.Role
}

// MessageForm is the page that edits or deletes one message.
type MessageForm struct {
	Shell
	Channel Channel
	Message Message
	Text    string
	Wrong   Wrong

	CtrlEnter bool // the writer saves with Ctrl Enter, not Enter
	MaxText   int  // characters of a message
}

// Failure is an error as a person reads it.
type Failure struct {
	Status    int
	Headline  string
	Message   string
	RequestID string
	SignedIn  bool
}
