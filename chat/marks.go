package chat

import (
	"context"
	"time"
)

// Limits of what is put on messages.
const (
	MaxEmoji     = 10  // characters (Unicode code points) of a reaction
	MaxReactions = 50  // kinds of reactions to a message
	MaxNamed     = 3   // people named of a reaction; the others are counted
	MaxPins      = 100 // pinned messages of a channel
	MaxVersions  = 100 // former texts kept of a message; of more the oldest go
)

// Reaction is an emoji under a message, with everyone who chose it.
type Reaction struct {
	Emoji string
	Users []string // ids, in the order in which they chose it
}

// Reacted is one person's choice of an emoji for a message. There are no two alike.
type Reacted struct {
	ID        string
	MessageID string
	UserID    string
	Emoji     string
	CreatedAt time.Time
}

// Bookmark is a person's mark on a message, for themselves alone.
type Bookmark struct {
	ID        string
	UserID    string
	MessageID string
	ChannelID string
	CreatedAt time.Time
}

// Bookmarked is a bookmark with its message.
type Bookmarked struct {
	Bookmark
	Message Message
}

// Version is a text that a message has had.
type Version struct {
	Content   string
	HTML      string    // rendered and sanitised; a store leaves it empty
	WrittenAt time.Time // when it was posted, or became the text by an edit
}

// Marks are what people have put on a message, as one of its readers sees them.
type Marks struct {
	Reactions  []Reaction // in the order of their first use
	Bookmarked bool       // by the reader
}

// MarkStore keeps what is put on messages. Deleting a message drops all of it, and erasing a person drops their bookmarks
// and leaves their reactions. Where a message is missing or deleted, methods that change it return ErrMessageNotFound.
type MarkStore interface {
	// AddReaction stores a choice unless the person has made it already. It is a Conflict with code TOO_MANY_REACTIONS
	// where the message has MaxReactions kinds and this is another one.
	AddReaction(ctx context.Context, r Reacted) (added bool, err error)
	// RemoveReactions takes back a person's choice of an emoji for a message, or with "" all of theirs, and returns the
	// emoji that this call took.
	RemoveReactions(ctx context.Context, messageID, userID, emoji string) (removed []string, err error)
	// Reactions returns all choices for these messages, in no order, with one read.
	Reactions(ctx context.Context, messageIDs []string) ([]Reacted, error)

	// ToggleBookmark removes the person's bookmark on the message, or stores b where there is none, and reports whether
	// there is one now.
	ToggleBookmark(ctx context.Context, b Bookmark) (bookmarked bool, err error)
	// BookmarkedBy returns which of these messages a person has bookmarked, with one read.
	BookmarkedBy(ctx context.Context, userID string, messageIDs []string) ([]string, error)
	// Bookmarks returns up to limit bookmarks of a person with their messages, the newest first, before the bookmark id
	// given ("" for the newest), from the channels that the person is in now, with a fixed number of reads.
	Bookmarks(ctx context.Context, userID, before string, limit int) ([]Bookmarked, error)

	// TogglePin unpins a pinned message and pins another one. It is a Conflict with code TOO_MANY_PINS where the channel
	// has MaxPins.
	TogglePin(ctx context.Context, messageID, userID string, now time.Time) (Message, error)
	// Pins returns the pinned messages of a channel, the one that was pinned last first.
	Pins(ctx context.Context, channelID string) ([]Message, error)

	// VisibleMessages returns those of these messages that are not deleted and stand in channels that the person is in, in any
	// order, with a fixed number of reads.
	VisibleMessages(ctx context.Context, userID string, ids []string) ([]Message, error)

	// FormerTexts returns the texts that edits replaced, the oldest first.
	FormerTexts(ctx context.Context, messageID string) ([]Version, error)
}
