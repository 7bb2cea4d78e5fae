package chat

import (
	"context"
	"time"

	"pegasus/accounts"
)

// Store keeps channels, members and messages. Both backends pass storetest.Chat.
//
// Unless said otherwise a method returns a fault of kind NotFound where the thing is missing, and one of kind
// Unavailable where the database does not answer. A store checks no rights.
type Store interface {
	accounts.SettingStore
	// CreateChannel stores a channel with its first members, all or nothing. A public channel with the name of another
	// public one, in whatever case, is a Conflict with code CHANNEL_EXISTS. Private channels may share a name: one that
	// cannot be taken would tell of them. So is a conversation with the key of another one.
	CreateChannel(ctx context.Context, c Channel, members []Member) error
	Channel(ctx context.Context, id string) (Channel, error)
	// ChannelByName returns the public channel of a name, in whatever case.
	ChannelByName(ctx context.Context, name string) (Channel, error)
	// Channels returns a page of the channels that a query asks for. Conversations are in no list, and CountChannels does
	// not count them.
	Channels(ctx context.Context, q ChannelQuery) ([]Channel, error)
	// ArchivedChannels returns up to limit archived channels that a person is in, in the order of their names.
	ArchivedChannels(ctx context.Context, userID string, limit int) ([]Channel, error)
	// NewcomerChannels returns the public channels in use that newcomers are put into.
	NewcomerChannels(ctx context.Context) ([]Channel, error)
	CountChannels(ctx context.Context) (int, error)
	UpdateChannel(ctx context.Context, id string, change ChannelChange) (Channel, error)

	// AddMember stores a membership; an existing one is a Conflict with code ALREADY_MEMBER. Who was muted in the channel and
	// left it is muted in it until the same time.
	AddMember(ctx context.Context, m Member) error
	// JoinMember is AddMember for a channel that is public and not archived at that moment; else it is NotFound with code
	// CHANNEL_NOT_FOUND, and the membership is not there.
	JoinMember(ctx context.Context, m Member) error
	// MuteMember keeps a member from writing until a time, which is in the past to let them again.
	MuteMember(ctx context.Context, channelID, userID string, until time.Time) error
	// RemoveMember ends a membership. After it returned no message of that person is appended to the channel.
	RemoveMember(ctx context.Context, channelID, userID string) error
	// SetMemberRole changes a role. It is a Conflict with code LAST_ADMIN where it would leave a channel that has an
	// admin without one.
	SetMemberRole(ctx context.Context, channelID, userID string, role MemberRole) error
	// Membership returns a channel and one person's place in it, in one read.
	Membership(ctx context.Context, channelID, userID string) (Channel, Member, error)
	// Members returns up to limit members in the order of their user ids, after the id given.
	Members(ctx context.Context, channelID, after string, limit int) ([]Member, error)
	// ChannelAdmins returns up to limit members with RoleAdmin in the order of their user ids, by an index, however many members
	// there are.
	ChannelAdmins(ctx context.Context, channelID string, limit int) ([]Member, error)
	// MembersAmong returns those of up to a page of people who are members of a channel, in no order.
	MembersAmong(ctx context.Context, channelID string, userIDs []string) ([]Member, error)
	// JoinedChannels returns the channels that a person is in and that are not archived, without conversations, in the
	// order of their names, with a fixed number of reads.
	JoinedChannels(ctx context.Context, userID string) ([]Joined, error)
	// JoinedPlaces is JoinedChannels without the newest messages, which costs far less.
	JoinedPlaces(ctx context.Context, userID string) ([]Joined, error)
	// JoinedChannelIDs returns the ids of the same channels and of all the person's conversations.
	JoinedChannelIDs(ctx context.Context, userID string) ([]string, error)

	// AppendMessage stores a message durably, gives it the next number of its channel, and returns it as stored.
	//
	// Where the author has sent the same ClientKey within KeyLife before m.CreatedAt, nothing is stored and the first
	// message is returned with repeated true. Where the author is not a member of the channel, but for a Guest, or the
	// channel is archived, it is NotFound. Messages become visible in the order of their numbers.
	AppendMessage(ctx context.Context, m Message) (stored Message, repeated bool, err error)
	Message(ctx context.Context, id string) (Message, error)
	// Messages returns a page in ascending order. Deleted messages are left out.
	Messages(ctx context.Context, channelID string, page Page) ([]Message, error)
	// EditMessage replaces the text of a message that is not deleted and belongs to the author.
	EditMessage(ctx context.Context, id, authorID, content, html string, renderer int, now time.Time) (Message, error)
	// DeleteMessage marks a message that is not deleted as deleted and drops its text. authorID "" means anyone's.
	DeleteMessage(ctx context.Context, id, authorID string, now time.Time) (Message, error)
	// TakeBackMessage deletes a message of the author as DeleteMessage does, and leaves its uploads to the author until the time
	// given, free for another message.
	TakeBackMessage(ctx context.Context, id, authorID string, now, until time.Time) (Message, error)
	CountMessages(ctx context.Context) (int64, error)
	// MessagesBy returns up to limit messages of an author that are not deleted, in the order of (channel, seq), after
	// that place; ("", 0) is the beginning.
	MessagesBy(ctx context.Context, userID, afterChannel string, afterSeq int64, limit int) ([]Message, error)

	// MarkRead moves a member's read mark to seq (never back, never past the newest message) and returns the member
	// and the channel after it.
	MarkRead(ctx context.Context, channelID, userID string, seq int64, now time.Time) (Channel, Member, error)

	ConversationStore
	UploadStore
	MarkStore
	DraftStore
	ThreadStore
	MentionStore
	SearchStore
	ReportStore
	SectionStore
	PreviewStore
	UnreadStore
	PreferenceStore
	EmojiStore
	GroupStore
	MeaningStore
	RetentionStore
}

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 24 * time.Hour
