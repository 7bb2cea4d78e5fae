package chat

import (
	"time"

	"pegasus/accounts"
)

// Publisher hands events to the streams that hold their topic. It never blocks.
type Publisher interface {
	Publish(topic string, payload any)
	// Grant and Revoke change what the open streams of a person may receive; after Revoke has returned they take no
	// more of the topic.
	Grant(userID, topic string)
	Revoke(userID, topic string)
}

// The topics that events go to.
func channelTopic(channelID string) string { return "channel:" + channelID }
func userTopic(userID string) string       { return "user:" + userID }

// UserTopic returns the topic that all streams of a person hold.
func UserTopic(userID string) string { return userTopic(userID) }

const workspaceTopic = "workspace"

// The events of a conversation. A door gives each its name and form on the wire.
type (
	// MessagePosted goes to the channel.
	MessagePosted struct {
		Message Message
		Author  accounts.User
	}
	// MessageUpdated goes to the channel after an edit, a pin or the end of one.
	MessageUpdated struct {
		Message Message
		Author  accounts.User
		Pinner  accounts.User // who pinned it, zero where it is not pinned or they cannot be read
	}
	// ReactionAdded and ReactionRemoved go to the channel.
	ReactionAdded   struct{ ReactionChange }
	ReactionRemoved struct{ ReactionChange }
	// ReactionChange is one person's choice and what stands under the message after it, in the order of first use.
	ReactionChange struct {
		MessageID, ChannelID string
		Seq                  int64
		UserID, Emoji        string
		Reactions            []Reaction
		People               map[string]accounts.User // those of Reactions that are Named, by id, as far as they can be read
	}
	// ThreadUpdated goes to the channel after a reply was stored or deleted, and to each follower, and to who has changed
	// their place in the thread.
	ThreadUpdated struct {
		ChannelID, MessageID string // the root
		ReplyCount           int
		LastReplyAt          time.Time // zero where there is no reply any more
		Seq                  int64     // of the newest reply, 0 where there is none
		UserID               string    // the follower to whom it goes, "" to the channel
		Follows, Unread      bool      // what holds for that person
	}
	// Notification goes to a person whom a new message concerns, and to who is mentioned by an edit.
	Notification struct {
		UserID               string // to whom it goes
		Kind                 NotificationKind
		Reason               Reason
		ChannelID, MessageID string
		Seq                  int64
		AuthorID             string
		// What a desktop shows of it.
		Channel Channel
		Author  accounts.User
		Content string
		Sound   bool // that person wants to hear it
	}
	// Reminded goes to a person whose reminder's time has come.
	Reminded struct {
		UserID, ReminderID, Text string
		ChannelID, MessageID     string // of the message that it is about, "" for none
	}
	// SendingFailed goes to the author of a scheduled message that could not be sent.
	SendingFailed struct {
		UserID, ScheduledID, ChannelID, Problem string
	}
	// MessageDeleted goes to the channel. It carries no text.
	MessageDeleted struct {
		ChannelID, MessageID string
		Seq                  int64
	}
	// ChannelUpdated goes to the channel when its name, description, type, rules or state changed, and to a member alone when
	// their place in it did: a right, what they hear of it, where it stands in their list.
	ChannelUpdated struct {
		Channel Channel
		UserID  string // the member to whom it goes, "" to the channel
	}
	// MemberJoined goes to the channel, the one who joined included.
	MemberJoined struct {
		ChannelID, UserID string
		Members           int // how many are in the channel after it, 0 where that could not be read
	}
	// MemberLeft goes to the channel and, without Members, to the one who left.
	MemberLeft struct {
		ChannelID, UserID string
		Members           int
	}
	// ConversationOpened goes to a person in whose list a conversation appears: to who opens it, and to the others with
	// the message that brings it there, before that message.
	ConversationOpened struct {
		Channel Channel
		UserID  string          // to whom it goes
		People  []accounts.User // everybody in it, by ascending id
	}
	// ConversationHidden goes to the person who took a conversation out of their list.
	ConversationHidden struct {
		ChannelID, UserID string
	}
	// Read goes to the person whose mark moved, for their other tabs.
	Read struct {
		ChannelID, UserID string
		LastReadSeq       int64
		Unread            int64
		At                time.Time
		Back              bool // they have set it back themselves
	}
	// TypingChanged goes to the channel.
	TypingChanged struct {
		ChannelID, UserID, Name string
		Typing                  bool
	}
	// PresenceChanged goes to everyone: all changes of a short while in one event, so that many people coming back at
	// once cost each stream one event.
	PresenceChanged struct {
		Users []Presence
	}
)

// Presence is what others see of where a person is.
type Presence struct {
	UserID string
	Status accounts.Status
	Emoji  string // of what the person said of themselves, "" for none
	Text   string // what they said, "" for nothing
}
