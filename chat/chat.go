// Package chat holds the rules of conversations: channels, who is in them, messages and their order, read marks,
// typing and presence.
package chat

import "time"

// ChannelType says who can find a channel.
type ChannelType string

// The channel types of the wire format.
const (
	Public  ChannelType = "public"
	Private ChannelType = "private"
)

// MemberRole is what a member may do in one channel.
type MemberRole string

// The member roles of the wire format.
const (
	RoleMember MemberRole = "member"
	RoleAdmin  MemberRole = "admin"
)

// Limits of the product, in characters unless said otherwise.
const (
	MaxChannelName = 80
	MaxDescription = 250
	MaxTopic       = 250
	MaxPage        = 100 // messages a page
	DefaultPage    = 50
)

// Channel is a conversation that numbers its messages.
type Channel struct {
	ID            string
	Name          string // [A-Za-z0-9_-]+, unique among public channels without regard to case; "" for a conversation
	Description   string
	Type          ChannelType
	CreatedBy     string // a user id, "" for the channel that stands from the start
	CreatedAt     time.Time
	Archived      bool
	LastSeq       int64 // the number of the newest message, 0 before the first
	LastMessageAt time.Time
	MemberCount   int
	Key           string // names the people of a conversation, unique; "" for a channel with a name
	Topic         string // what is talked of at the moment
	Rules         Rules
	Newcomers     bool // whoever signs up is put into it, as long as it is public
	KeepDays      int  // for how many days its messages are kept: 0 as the workspace says, KeepForEver for ever
}

// Member is a person's place in a channel.
type Member struct {
	ChannelID   string
	UserID      string
	Role        MemberRole
	JoinedAt    time.Time
	LastReadSeq int64
	LastReadAt  time.Time // zero before the first mark
	// OwnUnread counts the member's own messages after LastReadSeq, which are never unread for them.
	OwnUnread int64
	// ListedFrom is the number of the message from which on a conversation is in the member's list, 0 for always.
	ListedFrom int64
	// MutedUntil is when the member may write again, zero where nobody keeps them from it.
	MutedUntil time.Time
	Level      Level // of which messages of the channel they are told
	Muted      bool  // by the member: the channel stays quiet for them unless it calls them by name
	// Section is where the channel stands in the member's own list: "" among the channels, Favourites, or a name of theirs.
	Section string
	// Position is the channel's place in the member's own order of its section, from 1, and 0 where they gave it none.
	Position int
}

// Unread returns how many messages of others the member has not read.
func (m Member) Unread(lastSeq int64) int64 {
	return max(0, lastSeq-m.LastReadSeq-m.OwnUnread)
}

// Joined is a channel as one of its members has it.
type Joined struct {
	Channel
	Member
	LastMessage string // the newest message's text, "" where it was deleted or there is none
	// MentionCount is how many messages after LastReadSeq mention the member. A store leaves it 0.
	MentionCount int64
}

// Message is one entry of a channel.
type Message struct {
	ID        string
	ChannelID string
	Seq       int64 // from 1, no two alike in a channel, without holes
	UserID    string
	Content   string // as written
	HTML      string // rendered and sanitised, safe to send as it stands
	Renderer  int    // the version of the renderer that made HTML
	ParentID  string // the root of the thread that it is a reply in, "" for none
	// AlsoChannel says that a reply stands in its channel too, in full.
	AlsoChannel bool
	ClientKey   string // the author's idempotency key, "" where none was sent
	CreatedAt   time.Time
	UpdatedAt   time.Time
	EditedAt    time.Time // zero where never edited
	Deleted     bool
	// Attachments are the message's files, none where it was deleted.
	Attachments []Attachment
	// Previews are what the pages behind its links say of themselves, hidden ones included.
	Previews []Preview
	PinnedAt time.Time // zero where it is not pinned
	PinnedBy string    // who pinned it, "" where it is not

	// What a root knows of its thread. Deleted replies do not count.
	ReplyCount   int
	LastReplyAt  time.Time // zero where there is no reply
	LastReplySeq int64     // the number of the newest reply, 0 where there is none
	Participants []string  // the ids of those who replied last, the newest first, at most MaxParticipants

	Guise Guise // as whom a bot wrote it

	// For AppendMessage alone: reads leave them out.
	Mentions []Mention
	Guest    bool // its author may be somebody who is not a member of the channel
}

// Page asks for a part of a channel's history. At most one of Before, After, From and Around is set; with none the newest
// messages are meant. The bounds are message numbers and exclusive; From and Around are inclusive. Threads know no From.
type Page struct {
	Before int64
	After  int64
	From   int64
	Around int64
	Limit  int
}

// ChannelChange names the fields to change; nil leaves a field as it is.
type ChannelChange struct {
	Name        *string
	Description *string
	Type        *ChannelType
	Archived    *bool
	Topic       *string
	Posting     *Who
	Crowds      *Who
	Inviting    *Who
	Newcomers   *bool
	KeepDays    *int
}

// ChannelOrder says in which order channels are listed. Ties go by id.
type ChannelOrder string

// The orders of channels.
const (
	ByName     ChannelOrder = "name"
	ByActivity ChannelOrder = "activity" // the newest message first
	ByMembers  ChannelOrder = "members"  // the most members first
)

// ChannelQuery asks for channels with a name, those in use or the archived ones.
type ChannelQuery struct {
	Private  bool         // private ones too
	Archived bool         // the archived ones, private ones included, ByName
	Text     string       // what their name, topic or description contains, without regard to case; "" for all
	Order    ChannelOrder // ByName where empty
	After    ChannelPlace
	Limit    int
}

// ChannelPlace is the place of a channel in a list; the zero value is the beginning. Name is set in the order of names, Rank
// in the others: the time of the newest message in milliseconds, 0 where there is none, or the number of members.
type ChannelPlace struct {
	Name string
	Rank int64
	ID   string
}

// Place returns the channel's place in an order.
func (o ChannelOrder) Place(c Channel) ChannelPlace {
	switch o {
	case ByActivity:
		place := ChannelPlace{ID: c.ID}
		if !c.LastMessageAt.IsZero() {
			place.Rank = c.LastMessageAt.UnixMilli()
		}
		return place
	case ByMembers:
		return ChannelPlace{Rank: int64(c.MemberCount), ID: c.ID}
	}
	return ChannelPlace{Name: c.Name, ID: c.ID}
}
