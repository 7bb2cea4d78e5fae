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
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	Seq         int64        `json:"seq" doc:"Its number in the channel, from 1"`
	UserID      string       `json:"user_id"`
	User        author       `json:"user"`
	Content     string       `json:"content"`
	ParentID    *string      `json:"parent_message_id"`
	Attachments []attachment `json:"attachments" nullable:"false"`
	Previews    []preview    `json:"previews,omitempty" nullable:"false" doc:"What the pages behind its links say of themselves"`
	Reactions   []reaction   `json:"reactions" nullable:"false" doc:"In the order of first use"`
	CreatedAt   string       `json:"created_at" format:"date-time"`
	UpdatedAt   string       `json:"updated_at" format:"date-time"`
	EditedAt    *string      `json:"edited_at" format:"date-time"`
	IsDeleted   bool         `json:"is_deleted"`
	Pinned      bool         `json:"pinned"`
	Bookmarked  bool         `json:"bookmarked" doc:"By oneself"`

	AlsoChannel  bool     `json:"also_channel,omitempty" doc:"It is a reply that stands in the channel in full, too"`
	ReplyCount   int      `json:"reply_count" doc:"Of the thread that it begins"`
	LastReplyAt  *string  `json:"last_reply_at" format:"date-time"`
	Participants []string `json:"participants" nullable:"false" doc:"The ids of those who replied last, the newest first, at most 5"`
}

type author struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Email     string  `json:"email" doc:"Empty but for oneself and for admins"`
	Avatar    *string `json:"avatar"`
	IsBot     bool    `json:"is_bot,omitempty" doc:"There for a program, which is no person"`
	ShownAs   string  `json:"shown_as,omitempty" doc:"The name under which a bot's message is shown"`
	IconEmoji string  `json:"icon_emoji,omitempty" doc:"The emoji in place of its picture"`
	IconURL   string  `json:"icon_url,omitempty" doc:"The path of the picture in place of its own. Where it answers 404, its own stands"`
}

// HistoryPart says which part of a history is wanted.
type HistoryPart struct {
	Limit  limit  `query:"limit" doc:"50 where it is left out"`
	Before string `query:"before" doc:"A message's id: what is older"`
	After  string `query:"after" doc:"A message's id: what is newer"`
}

type listMessagesRequest struct {
	ChannelPath
	HistoryPart
}

type messageList struct {
	Messages []message `json:"messages" nullable:"false"`
}

var errBothEnds = fault.Field("after", "INVALID_PAGE", "Give before or after, not both.")

func (d *door) listMessages(ctx context.Context, in *listMessagesRequest) (*reply[messageList], error) {
	messages, err := d.history(ctx, known(in.ID), in.HistoryPart)
	return &reply[messageList]{Link: in.further(ctx, messages, false), Body: messageList{Messages: messages}}, err
}

// history returns a part of a channel with all that belongs to its messages.
func (d *door) history(ctx context.Context, channelID string, part HistoryPart) ([]message, error) {
	if part.Before != "" && part.After != "" {
		return nil, errBothEnds
	}
	history, err := d.Chat.History(ctx, me(ctx), channelID, chat.Cut{
		Before: part.Before, After: part.After, Limit: part.Limit.or(chat.DefaultPage),
	})
	if err != nil {
		return nil, err
	}
	return d.marked(ctx, history.Messages, history.Marks)
}

func newMessage(viewer, by accounts.User, m chat.Message, marks chat.Marks) message {
	return message{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID,
		User:    author{ID: m.UserID, Name: by.Shown(), Email: emailFor(viewer, by), Avatar: orNull(by.Avatar), IsBot: by.Bot, ShownAs: m.Guise.Name, IconEmoji: m.Guise.Emoji, IconURL: m.Guise.Icon},
		Content: m.Content, ParentID: orNull(m.ParentID), Attachments: newAttachments(m.Attachments), Previews: newPreviews(m.Previews), Reactions: newReactions(marks.Reactions),
		CreatedAt: web.Time(m.CreatedAt), UpdatedAt: web.Time(m.UpdatedAt), EditedAt: atOrNull(m.EditedAt), IsDeleted: m.Deleted,
		Pinned: !m.PinnedAt.IsZero(), Bookmarked: marks.Bookmarked, AlsoChannel: m.AlsoChannel, ReplyCount: m.ReplyCount, LastReplyAt: atOrNull(m.LastReplyAt),
		Participants: append([]string{}, m.Participants...),
	}
}

// Sending is a message on its way in.
type Sending struct {
	Key  string `header:"Idempotency-Key" doc:"Makes a retry safe for 24 hours: at most 128 visible ASCII characters"`
	Body struct {
		Content     string          `json:"content" doc:"1 character to as many as admins allow, 2000 unless they chose otherwise; with attachments none too"`
		ParentID    string          `json:"parent_message_id,omitempty" nullable:"true" doc:"The message that this one replies to"`
		AlsoChannel bool            `json:"also_channel,omitempty" doc:"A reply stands in the channel in full, too"`
		ClientID    string          `json:"client_id,omitempty" nullable:"true" doc:"As Idempotency-Key, which comes first"`
		Attachments []attachmentRef `json:"attachments,omitempty" nullable:"true" doc:"Up to 10 uploads of one's own that no message has yet"`
	}
}

type sendMessageRequest struct {
	ChannelPath
	Sending
}

type sentMessage struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	Seq         int64        `json:"seq" doc:"Its number in the channel, from 1"`
	UserID      string       `json:"user_id"`
	Content     string       `json:"content"`
	Attachments []attachment `json:"attachments" nullable:"false"`
	CreatedAt   string       `json:"created_at" format:"date-time"`
	Reactions   []reaction   `json:"reactions" nullable:"false" doc:"None yet"`
	Pinned      bool         `json:"pinned"`
	Bookmarked  bool         `json:"bookmarked"`
}

// outcome is what became of a text that was sent.
type outcome struct {
	Message *sentMessage `json:"message,omitempty" doc:"What was posted; a command may post nothing"`
	Reply   string       `json:"reply,omitempty" doc:"What a command tells its caller alone"`
	GoTo    string       `json:"go_to,omitempty" doc:"The channel in which the caller goes on after a command"`
}

func (d *door) sendMessage(ctx context.Context, in *sendMessageRequest) (*reply[outcome], error) {
	sent, err := d.send(ctx, known(in.ID), in.Sending)
	return &reply[outcome]{Body: sent}, err
}

// send posts a message to a channel, or runs the command that its text is.
func (d *door) send(ctx context.Context, channelID string, in Sending) (outcome, error) {
	key := in.Key
	if key == "" {
		key = in.Body.ClientID
	}
	said, err := d.Chat.Say(ctx, me(ctx), channelID, chat.Draft{
		Content: in.Body.Content, ParentID: in.Body.ParentID, AlsoChannel: in.Body.AlsoChannel, Key: key, Attachments: newAttachmentRefs(in.Body.Attachments),
	})
	if err != nil {
		return outcome{}, err
	}
	out := outcome{Reply: said.Reply, GoTo: said.ChannelID}
	if m := said.Message; m.ID != "" {
		out.Message = &sentMessage{
			ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID, Content: m.Content, Attachments: newAttachments(m.Attachments),
			CreatedAt: web.Time(m.CreatedAt), Reactions: []reaction{},
		}
	}
	return out, nil
}

// MessagePath names a message.
type MessagePath struct {
	ID string `path:"id" doc:"The message's id"`
}

type foundMessage struct {
	ID         string     `json:"id"`
	ChannelID  string     `json:"channel_id"`
	Seq        int64      `json:"seq" doc:"Its number in the channel, from 1"`
	Content    string     `json:"content"`
	Reactions  []reaction `json:"reactions" nullable:"false" doc:"In the order of first use"`
	Pinned     bool       `json:"pinned"`
	Bookmarked bool       `json:"bookmarked" doc:"By oneself"`
}

type getMessageReply struct {
	Message foundMessage `json:"message"`
}

func (d *door) getMessage(ctx context.Context, in *MessagePath) (*reply[getMessageReply], error) {
	m, err := d.Chat.Message(ctx, me(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	marks, err := d.Chat.Marks(ctx, me(ctx), []chat.Message{m})
	return &reply[getMessageReply]{Body: getMessageReply{Message: foundMessage{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, Content: m.Content, Reactions: newReactions(marks[m.ID].Reactions),
		Pinned: !m.PinnedAt.IsZero(), Bookmarked: marks[m.ID].Bookmarked,
	}}}, err
}

type editMessageRequest struct {
	MessagePath
	Body struct {
		Content string `json:"content" doc:"1 character to as many as admins allow, 2000 unless they chose otherwise"`
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
