package mongo

import (
	"strings"

	"pegasus/chat"
)

// channelDoc is a channel. is_deleted means archived; name_key is the name in lower case, for the order; public_key is unique:
// the same for a public channel, what no name can be for a private one, whose name others may have too, and made of its
// people's key for a conversation.
type channelDoc struct {
	ID            ref    `bson:"_id"`
	Name          string `bson:"name"`
	NameKey       string `bson:"name_key"`
	PublicKey     string `bson:"public_key"`
	Description   string `bson:"description"`
	Type          string `bson:"type"`
	CreatedBy     ref    `bson:"created_by"`
	CreatedAt     date   `bson:"created_at"`
	Archived      bool   `bson:"is_deleted"`
	LastSeq       int64  `bson:"last_seq"`
	LastMessageAt date   `bson:"last_message_at"`
	LastMessageID ref    `bson:"last_message_id"`
	MemberCount   int    `bson:"member_count"`
	Topic         string `bson:"topic,omitempty"`
	Posting       string `bson:"posting,omitempty"` // "admins", else everyone; so the two after it
	Crowds        string `bson:"crowds,omitempty"`
	Inviting      string `bson:"inviting,omitempty"`
	Newcomers     bool   `bson:"newcomers,omitempty"`
	KeepDays      int    `bson:"keep_days,omitempty"`
}

func newChannelDoc(c chat.Channel) channelDoc {
	return channelDoc{
		ID: ref(c.ID), Name: c.Name, NameKey: fold(c.Name),
		PublicKey: publicKey(c), Description: c.Description, Type: string(c.Type),
		CreatedBy: ref(c.CreatedBy), CreatedAt: date(c.CreatedAt), Archived: c.Archived, Topic: c.Topic,
		Posting: string(c.Rules.Posting), Crowds: string(c.Rules.Crowds), Inviting: string(c.Rules.Inviting), Newcomers: c.Newcomers,
	}
}

// who takes anything unknown for the narrower right.
func who(stored string) chat.Who {
	if stored == "" {
		return chat.Everyone
	}
	return chat.Admins
}

func publicKey(c chat.Channel) string {
	if c.Type == chat.Public {
		return fold(c.Name)
	}
	if c.IsDirect() {
		return peopleKey(c.Key)
	}
	return "#" + c.ID
}

// channel takes a channel of no known type for a private one, which shows it to nobody who is not in it.
func (d channelDoc) channel() chat.Channel {
	c := chat.Channel{
		ID: string(d.ID), Name: d.Name, Description: d.Description, Type: chat.Private, CreatedBy: string(d.CreatedBy),
		CreatedAt: d.CreatedAt.time(), Archived: d.Archived, LastSeq: d.LastSeq, LastMessageAt: d.LastMessageAt.time(),
		MemberCount: d.MemberCount, Topic: d.Topic, Newcomers: d.Newcomers, KeepDays: d.KeepDays,
		Rules: chat.Rules{Posting: who(d.Posting), Crowds: who(d.Crowds), Inviting: who(d.Inviting)},
	}
	switch chat.ChannelType(d.Type) {
	case chat.Public:
		c.Type = chat.Public
	case chat.Direct, chat.Group:
		c.Type = chat.ChannelType(d.Type)
		c.Key = strings.TrimPrefix(d.PublicKey, peopleKey(""))
	}
	return c
}

// memberDoc is a membership with its read mark. own_seq is the newest of the member's own messages that own_unread knows
// of: it makes adding a message to own_unread idempotent, and tells a mark up to where to count.
type memberDoc struct {
	ID          ref    `bson:"_id"`
	ChannelID   ref    `bson:"channel_id"`
	UserID      ref    `bson:"user_id"`
	Role        string `bson:"role"`
	JoinedAt    date   `bson:"joined_at"`
	LastReadSeq int64  `bson:"last_read_seq"`
	LastReadAt  date   `bson:"last_read_at"`
	OwnUnread   int64  `bson:"own_unread"`
	OwnSeq      int64  `bson:"own_seq"`
	ListedFrom  int64  `bson:"listed_from"`
	Level       string `bson:"level,omitempty"`
	Muted       bool   `bson:"muted,omitempty"`
	MutedUntil  date   `bson:"muted_until,omitempty"`
	Section     string `bson:"section,omitempty"`
	Position    int    `bson:"position,omitempty"`
}

func newMemberDoc(id string, m chat.Member) memberDoc {
	return memberDoc{
		ID: ref(id), ChannelID: ref(m.ChannelID), UserID: ref(m.UserID), Role: string(m.Role), JoinedAt: date(m.JoinedAt),
		LastReadSeq: m.LastReadSeq, LastReadAt: date(m.LastReadAt), OwnUnread: m.OwnUnread, OwnSeq: m.LastReadSeq,
		ListedFrom: m.ListedFrom, MutedUntil: date(m.MutedUntil), Level: string(m.Level), Muted: m.Muted,
	}
}

func (d memberDoc) member() chat.Member {
	m := chat.Member{
		ChannelID: string(d.ChannelID), UserID: string(d.UserID), Role: chat.RoleMember, JoinedAt: d.JoinedAt.time(),
		LastReadSeq: d.LastReadSeq, LastReadAt: d.LastReadAt.time(), OwnUnread: d.OwnUnread, ListedFrom: d.ListedFrom,
		Level: chat.Level(d.Level), Muted: d.Muted,
		MutedUntil: d.MutedUntil.time(), Section: d.Section, Position: d.Position,
	}
	switch role := chat.MemberRole(d.Role); role {
	case chat.RoleAdmin, chat.RolePeer, chat.RoleBot:
		m.Role = role
	}
	return m
}

// messageDoc is a message. client_key is unique: "<author>:<key>", or the message's own id where there is no key.
type messageDoc struct {
	ID        ref    `bson:"_id"`
	ChannelID ref    `bson:"channel_id"`
	Seq       int64  `bson:"seq"`
	UserID    ref    `bson:"user_id"`
	Content   string `bson:"content"`
	HTML      string `bson:"html"`
	Renderer  int    `bson:"renderer"`
	ParentID  ref    `bson:"parent_message_id"`
	ClientKey string `bson:"client_key"`
	CreatedAt date   `bson:"created_at"`
	UpdatedAt date   `bson:"updated_at"`
	EditedAt  date   `bson:"edited_at"`
	Deleted   bool   `bson:"is_deleted"`
	PinnedAt  date   `bson:"pinned_at"`
	PinnedBy  ref    `bson:"pinned_by"`

	Attachments attachmentDocs `bson:"attachments,omitempty"`
	Previews    []previewDoc   `bson:"previews,omitempty"`
	AlsoChannel bool           `bson:"also_channel,omitempty"`

	GuiseName  string `bson:"guise_name,omitempty"`
	GuiseEmoji string `bson:"guise_emoji,omitempty"`
	GuiseIcon  string `bson:"guise_icon,omitempty"`

	ReplyCount   int   `bson:"reply_count,omitempty"`
	LastReplyAt  date  `bson:"last_reply_at,omitempty"`
	LastReplySeq int64 `bson:"last_reply_seq,omitempty"`
	Participants []ref `bson:"participants,omitempty"`
	// How many replies were deleted, and how many of them reply_count knows of.
	RepliesGone        int64 `bson:"replies_gone,omitempty"`
	RepliesGoneCounted int64 `bson:"replies_gone_counted,omitempty"`

	Terms []string `bson:"terms,omitempty"` // see termsOf; reads leave it out
}

func newMessageDoc(m chat.Message) messageDoc {
	return messageDoc{
		ID: ref(m.ID), ChannelID: ref(m.ChannelID), Seq: m.Seq, UserID: ref(m.UserID), Content: m.Content, HTML: m.HTML,
		Renderer: m.Renderer, ParentID: ref(m.ParentID), ClientKey: clientKey(m), CreatedAt: date(m.CreatedAt),
		UpdatedAt: date(m.UpdatedAt), EditedAt: date(m.EditedAt), Attachments: m.Attachments, AlsoChannel: m.AlsoChannel,
		GuiseName: m.Guise.Name, GuiseEmoji: m.Guise.Emoji, GuiseIcon: m.Guise.Icon, Terms: termsOf(m),
	}
}

func clientKey(m chat.Message) string {
	if m.ClientKey == "" {
		return m.ID
	}
	return m.UserID + ":" + m.ClientKey
}

func (d messageDoc) message() chat.Message {
	_, key, _ := strings.Cut(d.ClientKey, ":")
	return chat.Message{
		ID: string(d.ID), ChannelID: string(d.ChannelID), Seq: d.Seq, UserID: string(d.UserID), Content: d.Content,
		HTML: d.HTML, Renderer: d.Renderer, ParentID: string(d.ParentID), ClientKey: key, CreatedAt: d.CreatedAt.time(),
		UpdatedAt: d.UpdatedAt.time(), EditedAt: d.EditedAt.time(), Deleted: d.Deleted,
		PinnedAt: d.PinnedAt.time(), PinnedBy: string(d.PinnedBy),
		Attachments: d.Attachments, Previews: previewsOf(d.Previews), AlsoChannel: d.AlsoChannel, Guise: chat.Guise{Name: d.GuiseName, Emoji: d.GuiseEmoji, Icon: d.GuiseIcon},
		ReplyCount: d.ReplyCount, LastReplyAt: d.LastReplyAt.time(), LastReplySeq: d.LastReplySeq,
		Participants: convert(d.Participants, func(r ref) string { return string(r) }),
	}
}
