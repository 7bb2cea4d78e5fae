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

const workspaceTopic = "workspace"

// The events of a conversation. A door gives each its name and form on the wire.
type (
	// MessagePosted goes to the channel.
	MessagePosted struct {
		Message Message
		Author  accounts.User
	}
	// MessageUpdated goes to the channel after an edit.
	MessageUpdated struct {
		Message Message
		Author  accounts.User
	}
	// MessageDeleted goes to the channel. It carries no text.
	MessageDeleted struct {
		ChannelID, MessageID string
		Seq                  int64
	}
	// ChannelUpdated goes to the channel when its name, description, type or state changed.
	ChannelUpdated struct {
		Channel Channel
	}
	// MemberJoined goes to the channel, the one who joined included.
	MemberJoined struct {
		ChannelID, UserID string
	}
	// MemberLeft goes to the channel and to the one who left.
	MemberLeft struct {
		ChannelID, UserID string
	}
	// Read goes to the person whose mark moved, for their other tabs.
	Read struct {
		ChannelID, UserID string
		LastReadSeq       int64
		Unread            int64
		At                time.Time
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
}
