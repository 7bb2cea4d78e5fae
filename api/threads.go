package api

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/web"
)

type listRepliesRequest struct {
	MessagePath
	HistoryPart
}

type replyList struct {
	Replies []message `json:"replies" nullable:"false" doc:"In the order of their numbers; without before the first ones, or those after"`
}

func (d *door) listReplies(ctx context.Context, in *listRepliesRequest) (*reply[replyList], error) {
	if in.Before != "" && in.After != "" {
		return nil, errBothEnds
	}
	thread, err := d.Chat.Thread(ctx, me(ctx), in.ID, chat.Cut{Before: in.Before, After: in.After, Limit: in.Limit.or(chat.DefaultPage)})
	if err != nil {
		return nil, err
	}
	replies, err := d.messages(ctx, thread.Replies)
	return &reply[replyList]{Link: in.further(ctx, replies, true), Body: replyList{Replies: replies}}, err
}

type sendReplyRequest struct {
	MessagePath
	Key  string `header:"Idempotency-Key" doc:"Makes a retry safe for 24 hours: at most 128 visible ASCII characters"`
	Body struct {
		Content     string          `json:"content" doc:"1 character to as many as admins allow, 2000 unless they chose otherwise; with attachments none too"`
		AlsoChannel bool            `json:"also_channel,omitempty" doc:"The reply stands in the channel in full, too, for who may post there"`
		ClientID    string          `json:"client_id,omitempty" nullable:"true" doc:"As Idempotency-Key, which comes first"`
		Attachments []attachmentRef `json:"attachments,omitempty" nullable:"true" doc:"Up to 10 uploads of one's own that no message has yet"`
	}
}

type sentReply struct {
	ID          string       `json:"id"`
	ParentID    string       `json:"parent_message_id" doc:"The thread's first message, also where a reply was replied to"`
	ChannelID   string       `json:"channel_id"`
	AlsoChannel bool         `json:"also_channel,omitempty" doc:"It stands in the channel in full, too"`
	Seq         int64        `json:"seq" doc:"Its number in the channel, from 1"`
	UserID      string       `json:"user_id"`
	Content     string       `json:"content"`
	Attachments []attachment `json:"attachments" nullable:"false"`
	CreatedAt   string       `json:"created_at" format:"date-time"`
}

type sendReplyReply struct {
	Reply  *sentReply `json:"reply,omitempty" doc:"What was posted; a command may post nothing"`
	Notice string     `json:"notice,omitempty" doc:"What a command tells its caller alone"`
}

func (d *door) sendReply(ctx context.Context, in *sendReplyRequest) (*reply[sendReplyReply], error) {
	key := in.Key
	if key == "" {
		key = in.Body.ClientID
	}
	said, err := d.Chat.SayReply(ctx, me(ctx), in.ID, chat.Draft{
		Content: in.Body.Content, AlsoChannel: in.Body.AlsoChannel, Key: key, Attachments: newAttachmentRefs(in.Body.Attachments),
	})
	out := sendReplyReply{Notice: said.Reply}
	if m := said.Message; m.ID != "" {
		out.Reply = &sentReply{
			ID: m.ID, ParentID: m.ParentID, ChannelID: m.ChannelID, AlsoChannel: m.AlsoChannel, Seq: m.Seq, UserID: m.UserID, Content: m.Content,
			Attachments: newAttachments(m.Attachments), CreatedAt: web.Time(m.CreatedAt),
		}
	}
	return &reply[sendReplyReply]{Body: out}, err
}

// threadPlace is one's place in a thread.
type threadPlace struct {
	Following   bool  `json:"following"`
	LastReadSeq int64 `json:"last_read_seq" doc:"The number of the newest reply that one has read"`
	Unread      int   `json:"unread" doc:"Replies after it, counted as far as 100"`
}

func newThreadPlace(f chat.Following) *reply[threadPlace] {
	return &reply[threadPlace]{Body: threadPlace{Following: f.Follows, LastReadSeq: f.LastReadSeq, Unread: f.Unread}}
}

type followRequest struct {
	MessagePath
	Body struct {
		Following bool `json:"following"`
	}
}

func (d *door) followThread(ctx context.Context, in *followRequest) (*reply[threadPlace], error) {
	place, err := d.Chat.FollowThread(ctx, me(ctx), in.ID, in.Body.Following)
	return newThreadPlace(place), err
}

type readThreadRequest struct {
	MessagePath
	Body *struct {
		Seq int64 `json:"seq,omitempty" doc:"The number of the reply up to which one has read, the newest where it is left out"`
	}
}

func (d *door) readThread(ctx context.Context, in *readThreadRequest) (*reply[threadPlace], error) {
	var seq int64
	if in.Body != nil {
		seq = in.Body.Seq
	}
	place, err := d.Chat.MarkThreadRead(ctx, me(ctx), in.ID, seq)
	return newThreadPlace(place), err
}

type listThreadsRequest struct {
	Unread bool   `query:"unread" doc:"Only threads with unread replies"`
	Limit  limit  `query:"limit" doc:"50 where it is left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

type followedThread struct {
	Message     message `json:"message" doc:"The thread's first message"`
	ChannelID   string  `json:"channel_id"`
	ReplyCount  int     `json:"reply_count"`
	LastReplyAt *string `json:"last_reply_at" format:"date-time"`
	LastReadSeq int64   `json:"last_read_seq"`
	Unread      int     `json:"unread" doc:"Unread replies, counted as far as 100"`
}

type threadPage struct {
	Threads     []followedThread `json:"threads" nullable:"false" doc:"The one with the newest reply first"`
	UnreadTotal int              `json:"unread_total" doc:"Threads with unread replies, counted as far as 100"`
	NextCursor  string           `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listThreads(ctx context.Context, in *listThreadsRequest) (*reply[threadPage], error) {
	found, err := readPage(ctx, in.Cursor, in.Limit.or(chat.DefaultPage), chat.Followed.Cursor,
		func(ctx context.Context, cursor string, limit int) ([]chat.Followed, error) {
			return d.Chat.Threads(ctx, me(ctx), in.Unread, cursor, limit)
		})
	if err != nil {
		return nil, err
	}
	roots := make([]chat.Message, len(found.items))
	for i, f := range found.items {
		roots[i] = f.Root
	}
	shown, err := d.messages(ctx, roots)
	if err != nil {
		return nil, err
	}
	out := threadPage{Threads: make([]followedThread, len(shown)), NextCursor: found.next}
	for i, f := range found.items {
		out.Threads[i] = followedThread{
			Message: shown[i], ChannelID: f.ChannelID, ReplyCount: f.Root.ReplyCount, LastReplyAt: atOrNull(f.Root.LastReplyAt),
			LastReadSeq: f.LastReadSeq, Unread: f.Unread,
		}
	}
	out.UnreadTotal, err = d.Chat.UnreadThreads(ctx, me(ctx))
	return &reply[threadPage]{Body: out}, err
}

type mentionPage struct {
	Mentions   []message `json:"mentions" nullable:"false" doc:"Messages that mention oneself, the newest first"`
	NextCursor string    `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listMentions(ctx context.Context, in *listBookmarksRequest) (*reply[mentionPage], error) {
	found, err := readPage(ctx, in.Cursor, in.Limit.or(chat.DefaultPage), chat.MentionCursor,
		func(ctx context.Context, cursor string, limit int) ([]chat.Message, error) {
			return d.Chat.Mentions(ctx, me(ctx), cursor, limit)
		})
	if err != nil {
		return nil, err
	}
	shown, err := d.messages(ctx, found.items)
	return &reply[mentionPage]{Body: mentionPage{Mentions: shown, NextCursor: found.next}}, err
}

type mentionableRequest struct {
	ChannelPath
	Query string `query:"query" doc:"What a username, a name or a display name begins with"`
	Limit limit  `query:"limit" doc:"10 where it is left out, at most 50"`
}

type mentionable struct {
	ID       string  `json:"id"`
	Username string  `json:"username" doc:"What stands behind the @"`
	Name     string  `json:"name"`
	Avatar   *string `json:"avatar"`
	IsBot    bool    `json:"is_bot,omitempty"`
	Status   string  `json:"status" enum:"online,away,busy,offline"`
}

type mentionableList struct {
	Members []mentionable `json:"members" nullable:"false" doc:"Those whose username begins so first"`
}

func (d *door) listMentionable(ctx context.Context, in *mentionableRequest) (*reply[mentionableList], error) {
	people, err := d.Chat.Mentionable(ctx, me(ctx), known(in.ID), in.Query, in.Limit.or(10))
	if err != nil {
		return nil, err
	}
	out := mentionableList{Members: make([]mentionable, len(people))}
	for i, u := range people {
		out.Members[i] = newMentionable(u, d.Chat.Presence(u))
	}
	return ok(out)
}

func newMentionable(u accounts.User, status accounts.Status) mentionable {
	return mentionable{ID: u.ID, Username: u.Username, Name: u.Shown(), Avatar: orNull(u.Avatar), IsBot: u.Bot, Status: string(status)}
}

type (
	threadEvent struct {
		ChannelID   string  `json:"channelId"`
		MessageID   string  `json:"messageId"`
		ReplyCount  int     `json:"replyCount"`
		LastReplyAt *string `json:"lastReplyAt"`
		Seq         int64   `json:"seq"`
		// Of a follower's own, what holds for them.
		Following *bool `json:"following,omitempty"`
		Unread    *bool `json:"unread,omitempty"`
	}
	notificationEvent struct {
		Kind      string `json:"kind"`
		ChannelID string `json:"channelId"`
		MessageID string `json:"messageId"`
		Seq       int64  `json:"seq"`
		UserID    string `json:"userId"` // the author
	}
)

func newThreadEvent(p chat.ThreadUpdated) threadEvent {
	e := threadEvent{
		ChannelID: p.ChannelID, MessageID: p.MessageID, ReplyCount: p.ReplyCount, LastReplyAt: atOrNull(p.LastReplyAt), Seq: p.Seq,
	}
	if p.UserID != "" {
		e.Following, e.Unread = &p.Follows, &p.Unread
	}
	return e
}

func newNotificationEvent(p chat.Notification) notificationEvent {
	return notificationEvent{
		Kind: string(p.Kind), ChannelID: p.ChannelID, MessageID: p.MessageID, Seq: p.Seq, UserID: p.AuthorID,
	}
}
