package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/web"
)

const directAbout = " A conversation of two people has two spellings: its id, as any channel, and dm_<smaller user id>_<larger " +
	"user id>. Every path that takes a channel's id takes both. Answers under /api/dm use the dm_ form, and name the id beside " +
	"it as channel_id; everything else, events included, uses the id."

// directNames puts ids in the place of the dm_ form in a request's path, for the people whom it names. To everybody else
// it stays what it is: an id of nothing.
func (d *door) directNames(r *http.Request) error {
	current, signedIn := sessions.From(r.Context())
	path := chi.RouteContext(r.Context())
	if !signedIn || path == nil {
		return nil
	}
	for i, value := range path.URLParams.Values {
		if _, _, direct := chat.DirectPeople(value); !direct {
			continue
		}
		channelID, err := d.Chat.ChannelID(r.Context(), current.User, value)
		if err == nil {
			path.URLParams.Values[i] = channelID // for handlers that read it with chi
			r.SetPathValue(path.URLParams.Keys[i], channelID)
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// directName returns how answers under /api/dm name a conversation.
func directName(c chat.Channel) string {
	if c.Type == chat.Direct {
		return c.Key
	}
	return c.ID
}

// conversation is a direct conversation as one of its people has it.
type conversation struct {
	DirectID      string  `json:"dm_channel_id" doc:"dm_<id>_<id>, or the id of a group"`
	ChannelID     string  `json:"channel_id" doc:"The id that events carry"`
	Type          string  `json:"type" enum:"dm,group"`
	UserID        *string `json:"user_id" doc:"The other one, oneself in notes to oneself; null for a group"`
	UserName      string  `json:"user_name" doc:"The names of all others for a group"`
	UserEmail     string  `json:"user_email" doc:"Empty but for oneself and for admins"`
	UserAvatar    *string `json:"user_avatar"`
	UserStatus    *string `json:"user_status" doc:"online, away, busy, inmeeting or offline; null for a group"`
	Users         []peer  `json:"users" nullable:"false" doc:"The others; nobody in notes to oneself"`
	LastMessage   *string `json:"last_message"`
	LastMessageAt *string `json:"last_message_at" format:"date-time"`
	UnreadCount   int64   `json:"unreadCount"`
	CreatedAt     string  `json:"created_at" format:"date-time"`
}

type peer struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Avatar *string `json:"avatar"`
	IsBot  bool    `json:"is_bot,omitempty"`
	Status string  `json:"status" enum:"online,away,busy,inmeeting,offline"`
	Said
}

func (d *door) newConversation(viewer accounts.User, c chat.Conversation, people map[string]accounts.User) conversation {
	out := conversation{
		DirectID: directName(c.Channel), ChannelID: c.Channel.ID, Type: string(c.Type), Users: make([]peer, len(c.People)),
		LastMessage: orNull(c.LastMessage), LastMessageAt: atOrNull(c.LastMessageAt), UnreadCount: c.Unread(c.LastSeq),
		CreatedAt: web.Time(c.CreatedAt),
	}
	names := make([]string, len(c.People))
	for i, userID := range c.People {
		u := people[userID]
		names[i] = u.Shown()
		out.Users[i] = peer{ID: userID, Name: u.Shown(), Avatar: orNull(u.Avatar), IsBot: u.Bot, Status: string(d.statusFor(viewer, u)), Said: Said{u.StatusMessage, u.StatusEmoji}}
	}
	out.UserName = strings.Join(names, ", ")
	if c.Type == chat.Group {
		return out
	}
	other := viewer
	if len(c.People) == 1 {
		other = people[c.People[0]]
		other.ID = c.People[0]
	}
	status := string(d.statusFor(viewer, other))
	out.UserID, out.UserName, out.UserEmail = &other.ID, other.Shown(), emailFor(viewer, other)
	out.UserAvatar, out.UserStatus = orNull(other.Avatar), &status
	return out
}

type conversationList struct {
	Conversations []conversation `json:"conversations" nullable:"false"`
	NextCursor    string         `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listConversations(ctx context.Context, in *listRequest) (*reply[conversationList], error) {
	viewer := me(ctx)
	found, err := readPage(ctx, in.Cursor, in.Limit.n, chat.Conversation.Cursor,
		func(ctx context.Context, after string, limit int) ([]chat.Conversation, error) {
			return d.Chat.Conversations(ctx, viewer, after, limit)
		})
	if err != nil {
		return nil, err
	}
	people, err := d.peopleIn(ctx, found.items...)
	if err != nil {
		return nil, err
	}
	out := conversationList{Conversations: make([]conversation, len(found.items)), NextCursor: found.next}
	for i, c := range found.items {
		out.Conversations[i] = d.newConversation(viewer, c, people)
	}
	return ok(out)
}

// peopleIn reads the others in some conversations.
func (d *door) peopleIn(ctx context.Context, conversations ...chat.Conversation) (map[string]accounts.User, error) {
	var ids []string
	for _, c := range conversations {
		ids = append(ids, c.People...)
	}
	return usersOf(ctx, d.Accounts, ids, func(userID string) string { return userID })
}

// RecipientPath names the other person of a conversation.
type RecipientPath struct {
	RecipientID string `path:"recipientId" doc:"The other person's id, or one's own for notes to oneself"`
}

type directMessagesRequest struct {
	RecipientPath
	HistoryPart
}

type directMessages struct {
	Messages []message `json:"messages" nullable:"false"`
	DirectID string    `json:"dm_channel_id"`
}

func (d *door) listDirectMessages(ctx context.Context, in *directMessagesRequest) (*reply[directMessages], error) {
	c, _, err := d.Chat.DirectChannel(ctx, me(ctx), in.RecipientID)
	if err != nil {
		return nil, err
	}
	messages, err := d.history(ctx, c.ID, in.HistoryPart)
	for i := range messages {
		messages[i].ChannelID = directName(c)
	}
	return &reply[directMessages]{Link: in.further(ctx, messages, false), Body: directMessages{Messages: messages, DirectID: directName(c)}}, err
}

type sendDirectRequest struct {
	RecipientPath
	Sending
}

type sendDirectReply struct {
	outcome
	DirectID string `json:"dm_channel_id"`
}

func (d *door) sendDirectMessage(ctx context.Context, in *sendDirectRequest) (*reply[sendDirectReply], error) {
	c, _, err := d.Chat.DirectChannel(ctx, me(ctx), in.RecipientID)
	if err != nil {
		return nil, err
	}
	sent, err := d.send(ctx, c.ID, in.Sending)
	if sent.Message != nil && sent.Message.ChannelID == c.ID {
		sent.Message.ChannelID = directName(c)
	}
	return &reply[sendDirectReply]{Body: sendDirectReply{outcome: sent, DirectID: directName(c)}}, err
}

type openGroupRequest struct {
	Body struct {
		UserIDs []string `json:"user_ids" doc:"The others: two to eight ids. One's own may be among them"`
	}
}

type openGroupReply struct {
	Conversation conversation `json:"conversation"`
}

func (d *door) openGroup(ctx context.Context, in *openGroupRequest) (*reply[openGroupReply], error) {
	viewer := me(ctx)
	group, _, err := d.Chat.GroupChannel(ctx, viewer, in.Body.UserIDs)
	if err != nil {
		return nil, err
	}
	c, err := d.Chat.Conversation(ctx, viewer, group.ID)
	if err != nil {
		return nil, err
	}
	people, err := d.peopleIn(ctx, c)
	return &reply[openGroupReply]{Body: openGroupReply{Conversation: d.newConversation(viewer, c, people)}}, err
}

// DirectPath names a conversation.
type DirectPath struct {
	ID string `path:"dmChannelId" doc:"The conversation's id, or dm_<id>_<id>"`
}

func (d *door) markDirectRead(ctx context.Context, in *DirectPath) (*reply[readReply], error) {
	c, err := d.Chat.Conversation(ctx, me(ctx), known(in.ID))
	if err != nil {
		return nil, err
	}
	out, err := d.markRead(ctx, &ChannelPath{ID: c.Channel.ID})
	if err == nil {
		out.Body.Data.ChannelID = directName(c.Channel)
	}
	return out, err
}

func (d *door) hideDirect(ctx context.Context, in *DirectPath) (*reply[notice], error) {
	err := d.Chat.HideConversation(ctx, me(ctx), known(in.ID))
	return &reply[notice]{Body: notice{Message: "Conversation hidden until its next message"}}, err
}
