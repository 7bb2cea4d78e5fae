// Package imported says what a database takes in from another system: people and a history that keep their ids and times,
// and documents that no part of the product has a place for yet.
package imported

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// Person is somebody from another system, with all by which they came in there.
type Person struct {
	User         accounts.User
	PasswordHash string // of a kind that accounts can check, "" for none
	// TwoFactor is confirmed, nil for none; User.TwoFactorEnabled says the same. Without a secret no code is right.
	TwoFactor *accounts.TwoFactor
	Links     []accounts.ProviderAccount
}

// Document is something from another system that is kept as it was, or the note of what became of it here.
type Document struct {
	Kind      string // the collection that it comes from, or what the note is about
	SourceID  string // unique within its kind
	TargetID  string // what it belongs to or became here: a message, a channel, a person; "" for nothing
	OwnerID   string // the person here with whom it goes when they are erased, "" for nobody
	CreatedAt time.Time
	JSON      string // MongoDB's Extended JSON, canonical; "" for a mere note
}

// Store is what a database must do to take part in an import. Both backends pass storetest.Import.
//
// Every method adds what is missing and leaves alone what is there, so that an import can be repeated, and gone on with
// after an interruption. None checks rights; none is called for requests.
type Store interface {
	// ImportPeople stores those whose ids are free, each whole or not at all. A taken address is refused with
	// accounts.ErrEmailTaken, a taken username with accounts.ErrUsernameTaken: refusals has one entry a person, nil for
	// who is here afterwards. A link that is somebody else's already is left out.
	ImportPeople(ctx context.Context, people []Person) (refusals []error, err error)
	// FillTwoFactor gives a confirmed second factor without a secret one, and reports whether there was such.
	FillTwoFactor(ctx context.Context, userID string, secret []byte) (bool, error)
	// ImportMembers stores memberships of one channel and returns how many are new. Each is stored once: who has left
	// since stays out. They begin at the channel's newest message.
	ImportMembers(ctx context.Context, channelID string, members []chat.Member) (added int, err error)
	// ImportMessages appends those whose ids are free to a channel, archived or not, in the order given, which is that of
	// their times, and returns how many are new. The numbers follow the newest message of the channel; times, edits
	// and deletions are stored as given. A member who has read everything so far has read also what is from before they
	// joined or last read, where nothing newer comes before it; with read they have read all of it. Who follows a thread and
	// has read it to its end has read the replies to it as well.
	ImportMessages(ctx context.Context, channelID string, messages []chat.Message, read bool) (added int, err error)
	// KnownMessages returns those of the ids that are stored.
	KnownMessages(ctx context.Context, ids []string) ([]string, error)
	// ImportReactions and ImportBookmarks store those that are missing. What is about a message that is not here, or deleted, is
	// left out. Neither remembers what was taken back since.
	ImportReactions(ctx context.Context, reactions []chat.Reacted) error
	ImportBookmarks(ctx context.Context, bookmarks []chat.Bookmark) error
	// KeepDocuments stores those whose kind and source id are free, and returns how many.
	KeepDocuments(ctx context.Context, documents []Document) (added int, err error)
	// KnownDocuments returns those of the source ids of a kind that are stored.
	KnownDocuments(ctx context.Context, kind string, sourceIDs []string) ([]string, error)
	// Documents returns up to limit documents of a kind in the order of their source ids, after the one given.
	Documents(ctx context.Context, kind, after string, limit int) ([]Document, error)
}

// KindMember is the kind of the notes about memberships that were stored. Their source id is made by MemberNote.
const KindMember = "channel_members"

// MemberNote returns the source id of the note about a membership, made of ids here.
func MemberNote(channelID, userID string) string { return channelID + ":" + userID }
