package api

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/web"
)

// ChannelPath names a channel. It is exported, as all types embedded in one of the wire, because huma skips others.
type ChannelPath struct {
	ID string `path:"id" doc:"The channel's id"`
}

// Channel is what all forms of a channel share.
type Channel struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Type        string  `json:"type" enum:"public,private,dm,group"`
	CreatedBy   *string `json:"created_by" doc:"null for the channel that stands from the start"`
	CreatedAt   string  `json:"created_at" format:"date-time"`
	Topic       string  `json:"topic"`
	Archived    bool    `json:"is_archived"`
	Posting     string  `json:"posting" enum:"everyone,admins" doc:"Who posts; replies in threads are open to every member"`
	Mentioning  string  `json:"mentioning" enum:"everyone,admins" doc:"Who mentions everyone at once"`
	Inviting    string  `json:"inviting" enum:"everyone,admins" doc:"Who adds people"`
}

func newChannel(c chat.Channel) Channel {
	return Channel{
		ID: c.ID, Name: c.Name, Description: c.Description, Type: string(c.Type), CreatedBy: orNull(c.CreatedBy),
		CreatedAt: web.Time(c.CreatedAt), Topic: c.Topic, Archived: c.Archived, Posting: c.Rules.Posting.String(),
		Mentioning: c.Rules.Crowds.String(), Inviting: c.Rules.Inviting.String(),
	}
}

type channelReply struct {
	Channel Channel `json:"channel"`
}

// joinedChannel is a channel as one of its members has it.
type joinedChannel struct {
	Channel
	MemberRole    string  `json:"member_role" enum:"member,admin"`
	LastMessage   *string `json:"last_message"`
	LastMessageAt *string `json:"last_message_at" format:"date-time"`
	UnreadCount   int64   `json:"unreadCount"`
	MentionCount  int64   `json:"mention_count" doc:"Unread messages that mention oneself"`
}

type joinedChannels struct {
	Channels []joinedChannel `json:"channels" nullable:"false"`
}

func (d *door) listChannels(ctx context.Context, _ *none) (*reply[joinedChannels], error) {
	joined, err := d.Chat.JoinedChannels(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	out := make([]joinedChannel, len(joined))
	for i, j := range joined {
		out[i] = joinedChannel{
			Channel: newChannel(j.Channel), MemberRole: string(j.Role), LastMessage: orNull(j.LastMessage),
			LastMessageAt: atOrNull(j.LastMessageAt), UnreadCount: j.Unread(j.LastSeq), MentionCount: j.MentionCount,
		}
	}
	return ok(joinedChannels{Channels: out})
}

type createChannelRequest struct {
	Body struct {
		Name        string `json:"name" doc:"1 to 80 letters, digits, hyphens and underscores" example:"engineering"`
		Description string `json:"description,omitempty" nullable:"true" doc:"At most 250 characters"`
		Type        string `json:"type,omitempty" nullable:"true" doc:"public or private; public where it is left out"`
	}
}

func (d *door) createChannel(ctx context.Context, in *createChannelRequest) (*reply[channelReply], error) {
	c, err := d.Chat.CreateChannel(ctx, me(ctx), chat.NewChannel{
		Name: in.Body.Name, Description: in.Body.Description, Type: chat.ChannelType(in.Body.Type),
	})
	return &reply[channelReply]{Body: channelReply{Channel: newChannel(c)}}, err
}

// channelWithMembers is a channel as its page shows it.
type channelWithMembers struct {
	Channel
	Members   []member         `json:"members" nullable:"false"`
	Retention channelRetention `json:"retention"`
}

type member struct {
	ID       string `json:"id"`
	UserID   string `json:"user_id"`
	Name     string `json:"name"`
	Email    string `json:"email" doc:"Empty but for oneself and for admins"`
	Role     string `json:"role" enum:"member,admin,peer,bot" doc:"peer and bot in a direct conversation, which nobody manages"`
	IsBot    bool   `json:"is_bot,omitempty"`
	JoinedAt string `json:"joined_at" format:"date-time"`
}

type channelDetails struct {
	Channel channelWithMembers `json:"channel"`
}

func (d *door) getChannel(ctx context.Context, in *ChannelPath) (*reply[channelDetails], error) {
	viewer := me(ctx)
	c, _, err := d.Chat.Channel(ctx, viewer, known(in.ID))
	if err != nil {
		return nil, err
	}
	found, err := readPage(ctx, "", 0, func(m chat.Member) string { return m.UserID },
		func(ctx context.Context, after string, limit int) ([]chat.Member, error) {
			return d.Chat.Members(ctx, viewer, c.ID, after, limit)
		})
	if err != nil {
		return nil, err
	}
	people, err := usersOf(ctx, d.Accounts, found.items, func(m chat.Member) string { return m.UserID })
	if err != nil {
		return nil, err
	}
	kept, err := d.retentionOf(ctx, c)
	if err != nil {
		return nil, err
	}
	out := channelWithMembers{Channel: newChannel(c), Members: make([]member, len(found.items)), Retention: kept}
	for i, m := range found.items {
		u := people[m.UserID]
		out.Members[i] = member{
			ID: m.UserID, UserID: m.UserID, Name: u.Shown(), Email: emailFor(viewer, u), Role: string(m.Role), IsBot: u.Bot,
			JoinedAt: web.Time(m.JoinedAt),
		}
	}
	return ok(channelDetails{Channel: out})
}

// usersOf reads the people whom items name, each once.
func usersOf[T any](ctx context.Context, service *accounts.Service, items []T, userID func(T) string) (map[string]accounts.User, error) {
	seen := make(map[string]struct{}, 8)
	ids := make([]string, 0, 8)
	for _, item := range items {
		if _, twice := seen[userID(item)]; !twice {
			seen[userID(item)] = struct{}{}
			ids = append(ids, userID(item))
		}
	}
	return service.Users(ctx, ids)
}

type updateChannelRequest struct {
	ChannelPath
	Body struct {
		Name        *string `json:"name,omitempty" nullable:"true"`
		Description *string `json:"description,omitempty" nullable:"true"`
		Type        *string `json:"type,omitempty" nullable:"true" doc:"public or private"`
		Topic       *string `json:"topic,omitempty" nullable:"true" doc:"At most 250 characters"`
		Posting     *string `json:"posting,omitempty" nullable:"true" doc:"everyone or admins"`
		Mentioning  *string `json:"mentioning,omitempty" nullable:"true" doc:"everyone or admins"`
		Inviting    *string `json:"inviting,omitempty" nullable:"true" doc:"everyone or admins"`
		Newcomers   *bool   `json:"newcomers,omitempty" nullable:"true" doc:"Whether newcomers are put into it, for admins of the workspace to say"`
	}
}

func (d *door) updateChannel(ctx context.Context, in *updateChannelRequest) (*reply[channelReply], error) {
	change := chat.ChannelChange{
		Name: in.Body.Name, Description: in.Body.Description, Type: (*chat.ChannelType)(in.Body.Type), Topic: in.Body.Topic,
		Newcomers: in.Body.Newcomers,
	}
	for _, rule := range []struct {
		field string
		said  *string
		to    **chat.Who
	}{{"posting", in.Body.Posting, &change.Posting}, {"mentioning", in.Body.Mentioning, &change.Crowds}, {"inviting", in.Body.Inviting, &change.Inviting}} {
		if rule.said == nil {
			continue
		}
		who, err := chat.ParseWho(rule.field, *rule.said)
		if err != nil {
			return nil, err
		}
		*rule.to = &who
	}
	c, err := d.Chat.UpdateChannel(ctx, me(ctx), known(in.ID), change)
	return &reply[channelReply]{Body: channelReply{Channel: newChannel(c)}}, err
}

type topicRequest struct {
	ChannelPath
	Body struct {
		Topic string `json:"topic" doc:"At most 250 characters; empty for none"`
	}
}

func (d *door) setTopic(ctx context.Context, in *topicRequest) (*reply[channelReply], error) {
	c, err := d.Chat.SetTopic(ctx, me(ctx), known(in.ID), in.Body.Topic)
	return &reply[channelReply]{Body: channelReply{Channel: newChannel(c)}}, err
}

func (d *door) unarchiveChannel(ctx context.Context, in *ChannelPath) (*reply[channelReply], error) {
	open := false
	c, err := d.Chat.UpdateChannel(ctx, me(ctx), known(in.ID), chat.ChannelChange{Archived: &open})
	return &reply[channelReply]{Body: channelReply{Channel: newChannel(c)}}, err
}

func (d *door) archiveChannel(ctx context.Context, in *ChannelPath) (*reply[notice], error) {
	_, err := d.Chat.ArchiveChannel(ctx, me(ctx), known(in.ID))
	return &reply[notice]{Body: notice{Message: "Channel archived successfully"}}, err
}
