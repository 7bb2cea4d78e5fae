package api

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/web"
)

// message is an entry of a history.
type message struct {
	ID          string  `json:"id"`
	ChannelID   string  `json:"channel_id"`
	Seq         int64   `json:"seq" doc:"Its number in the channel, from 1"`
	UserID      string  `json:"user_id"`
	User        author  `json:"user"`
	Content     string  `json:"content"`
	ParentID    *string `json:"parent_message_id"`
	Attachments []any   `json:"attachments" nullable:"false"`
	Reactions   []any   `json:"reactions" nullable:"false"`
	CreatedAt   string  `json:"created_at" format:"date-time"`
	UpdatedAt   string  `json:"updated_at" format:"date-time"`
	EditedAt    *string `json:"edited_at" format:"date-time"`
	IsDeleted   bool    `json:"is_deleted"`
}

type author struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Email  string  `json:"email" doc:"Empty but for oneself and for admins"`
	Avatar *string `json:"avatar"`
}

type listMessagesRequest struct {
	ChannelPath
	Limit  limit  `query:"limit" doc:"50 where it is left out"`
	Before string `query:"before" doc:"A message's id: what is older"`
	After  string `query:"after" doc:"A message's id: what is newer"`
}

type messageList struct {
	Messages []message `json:"messages" nullable:"false"`
}

var errBothEnds = fault.Field("after", "INVALID_PAGE", "Give before or after, not both.")

func (d *door) listMessages(ctx context.Context, in *listMessagesRequest) (*reply[messageList], error) {
	if in.Before != "" && in.After != "" {
		return nil, errBothEnds
	}
	viewer := me(ctx)
	history, err := d.Chat.History(ctx, viewer, known(in.ID), chat.Cut{
		Before: in.Before, After: in.After, Limit: in.Limit.or(chat.DefaultPage),
	})
	if err != nil {
		return nil, err
	}
	people, err := usersOf(ctx, d.Accounts, history.Messages, func(m chat.Message) string { return m.UserID })
	if err != nil {
		return nil, err
	}
	out := make([]message, len(history.Messages))
	for i, m := range history.Messages {
		out[i] = newMessage(viewer, people[m.UserID], m)
	}
	return ok(messageList{Messages: out})
}

func newMessage(viewer, by accounts.User, m chat.Message) message {
	return message{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID,
		User:    author{ID: m.UserID, Name: by.Shown(), Email: emailFor(viewer, by), Avatar: orNull(by.Avatar)},
		Content: m.Content, ParentID: orNull(m.ParentID), Attachments: []any{}, Reactions: []any{},
		CreatedAt: web.Time(m.CreatedAt), UpdatedAt: web.Time(m.UpdatedAt), EditedAt: atOrNull(m.EditedAt), IsDeleted: m.Deleted,
	}
}

type sendMessageRequest struct {
	ChannelPath
	Key  string `header:"Idempotency-Key" doc:"Makes a retry safe for 24 hours: at most 128 visible ASCII characters"`
	Body struct {
		Content     string `json:"content" doc:"1 to 2000 characters"`
		ParentID    string `json:"parent_message_id,omitempty" nullable:"true" doc:"The message that this one replies to"`
		ClientID    string `json:"client_id,omitempty" nullable:"true" doc:"As Idempotency-Key, which comes first"`
		Attachments []any  `json:"attachments,omitempty" nullable:"true" doc:"Must be empty: uploads are not taken yet"`
	}
}

type sentMessage struct {
	ID          string `json:"id"`
	ChannelID   string `json:"channel_id"`
	Seq         int64  `json:"seq" doc:"Its number in the channel, from 1"`
	UserID      string `json:"user_id"`
	Content     string `json:"content"`
	Attachments []any  `json:"attachments" nullable:"false"`
	CreatedAt   string `json:"created_at" format:"date-time"`
}

type sendMessageReply struct {
	Message sentMessage `json:"message"`
}

var errAttachments = fault.Field("attachments", "ATTACHMENTS_UNSUPPORTED", "This server does not take attachments.")

func (d *door) sendMessage(ctx context.Context, in *sendMessageRequest) (*reply[sendMessageReply], error) {
	if len(in.Body.Attachments) > 0 {
		return nil, errAttachments
	}
	key := in.Key
	if key == "" {
		key = in.Body.ClientID
	}
	m, err := d.Chat.PostMessage(ctx, me(ctx), known(in.ID), chat.Draft{
		Content: in.Body.Content, ParentID: in.Body.ParentID, Key: key,
	})
	if err != nil {
		return nil, err
	}
	return ok(sendMessageReply{Message: sentMessage{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID, Content: m.Content, Attachments: []any{},
		CreatedAt: web.Time(m.CreatedAt),
	}})
}

// MessagePath names a message.
type MessagePath struct {
	ID string `path:"id" doc:"The message's id"`
}

type foundMessage struct {
	ID        string `json:"id"`
	ChannelID string `json:"channel_id"`
	Seq       int64  `json:"seq" doc:"Its number in the channel, from 1"`
	Content   string `json:"content"`
}

type getMessageReply struct {
	Message foundMessage `json:"message"`
}

func (d *door) getMessage(ctx context.Context, in *MessagePath) (*reply[getMessageReply], error) {
	m, err := d.Chat.Message(ctx, me(ctx), in.ID)
	return &reply[getMessageReply]{Body: getMessageReply{Message: foundMessage{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, Content: m.Content,
	}}}, err
}

type editMessageRequest struct {
	MessagePath
	Body struct {
		Content string `json:"content" doc:"1 to 2000 characters"`
	}
}

type editedMessage struct {
	ID       string `json:"id"`
	Seq      int64  `json:"seq" doc:"Its number in the channel, from 1"`
	Content  string `json:"content"`
	EditedAt string `json:"edited_at" format:"date-time"`
}

type editMessageReply struct {
	Message editedMessage `json:"message"`
}

func (d *door) editMessage(ctx context.Context, in *editMessageRequest) (*reply[editMessageReply], error) {
	m, err := d.Chat.EditMessage(ctx, me(ctx), in.ID, in.Body.Content)
	return &reply[editMessageReply]{Body: editMessageReply{Message: editedMessage{
		ID: m.ID, Seq: m.Seq, Content: m.Content, EditedAt: web.Time(m.EditedAt),
	}}}, err
}

func (d *door) deleteMessage(ctx context.Context, in *MessagePath) (*reply[notice], error) {
	err := d.Chat.DeleteMessage(ctx, me(ctx), in.ID)
	return &reply[notice]{Body: notice{Message: "Message deleted successfully"}}, err
}
