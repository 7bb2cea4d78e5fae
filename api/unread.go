package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

type unreadReply struct {
	ChannelID   string `json:"channel_id"`
	LastReadSeq int64  `json:"last_read_seq" doc:"The number of the newest message that is read"`
}

func (d *door) markUnread(ctx context.Context, in *MessagePath) (*reply[unreadReply], error) {
	m, err := d.Chat.MarkUnread(ctx, me(ctx), in.ID)
	return &reply[unreadReply]{Body: unreadReply{ChannelID: m.ChannelID, LastReadSeq: m.LastReadSeq}}, err
}

type readAllReply struct {
	Channels int `json:"channels" doc:"In how many something was unread, at most 1000"`
}

func (d *door) markAllRead(ctx context.Context, _ *none) (*reply[readAllReply], error) {
	n, err := d.Chat.MarkAllRead(ctx, me(ctx))
	return &reply[readAllReply]{Body: readAllReply{Channels: n}}, err
}

type unreadChannel struct {
	ID           string    `json:"id"`
	Name         string    `json:"name" doc:"Empty for a conversation"`
	Type         string    `json:"type" doc:"public, private, dm or group"`
	People       []string  `json:"people" nullable:"false" doc:"The ids of the others in a conversation"`
	UnreadCount  int64     `json:"unreadCount"`
	MentionCount int64     `json:"mentionCount"`
	Messages     []message `json:"messages" nullable:"false" doc:"The first unread ones of others, at most 10"`
}

type unreadList struct {
	Channels []unreadChannel `json:"channels" nullable:"false" doc:"At most 20, the latest activity first"`
	More     bool            `json:"more" doc:"Whether there are others"`
}

func (d *door) listUnreads(ctx context.Context, _ *none) (*reply[unreadList], error) {
	found, more, err := d.Chat.Unreads(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	var all []chat.Message
	for _, u := range found {
		all = append(all, u.Messages...)
	}
	shown, err := d.messages(ctx, all)
	if err != nil {
		return nil, err
	}
	out := unreadList{Channels: make([]unreadChannel, len(found)), More: more}
	for i, u := range found {
		out.Channels[i] = unreadChannel{
			ID: u.Channel.ID, Name: u.Name, Type: string(u.Type), People: append([]string{}, u.People...),
			UnreadCount: u.Unread(u.LastSeq), MentionCount: u.MentionCount, Messages: shown[:len(u.Messages):len(u.Messages)],
		}
		shown = shown[len(u.Messages):]
	}
	return &reply[unreadList]{Body: out}, nil
}

type unreadCheck struct {
	At       *string `json:"at" format:"date-time" nullable:"true" doc:"When the last whole check ended, null before the first"`
	Checked  int     `json:"checked" doc:"Places of people in channels that were looked at"`
	Counts   int     `json:"counts_mended" doc:"Unread counts that were wrong and are right now"`
	Mentions int     `json:"mentions_mended" doc:"Unread mentions that stood for nothing and are gone"`
}

func (d *door) unreadCheck(context.Context, *none) (*reply[unreadCheck], error) {
	last := d.Chat.UnreadCheck()
	out := unreadCheck{Checked: last.Checked, Counts: last.Counts, Mentions: last.Mentions}
	if !last.At.IsZero() {
		at := web.Time(last.At)
		out.At = &at
	}
	return &reply[unreadCheck]{Body: out}, nil
}
