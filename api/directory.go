package api

import (
	"context"
	"math"

	"pegasus/chat"
	"pegasus/web"
)

type listRequest struct {
	Limit  limit  `query:"limit" doc:"How many to return"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

// listedChannel is a channel in the admins' list.
type listedChannel struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type" enum:"public,private"`
	MemberCount int    `json:"memberCount"`
	CreatedAt   string `json:"createdAt" format:"date-time"`
}

type listedChannels struct {
	Channels   []listedChannel `json:"channels" nullable:"false"`
	Total      int             `json:"total"`
	NextCursor string          `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func channelName(c chat.Channel) string { return c.Name }

func (d *door) allChannels(ctx context.Context, in *listRequest) (*reply[listedChannels], error) {
	actor := me(ctx)
	read := func(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
		return d.Chat.AllChannels(ctx, actor, after, limit)
	}
	var found page[chat.Channel]
	var err error
	if in.Limit.n > 0 {
		found, err = readPage(ctx, in.Cursor, in.Limit.n, channelName, read)
	} else {
		// In one piece: private channels may share a name, and the next piece would begin behind all of them.
		found.items, err = read(ctx, in.Cursor, math.MaxInt32)
	}
	if err != nil {
		return nil, err
	}
	out := listedChannels{Channels: make([]listedChannel, len(found.items)), Total: len(found.items), NextCursor: found.next}
	for i, c := range found.items {
		out.Channels[i] = listedChannel{
			ID: c.ID, Name: c.Name, Description: c.Description, Type: string(c.Type), MemberCount: c.MemberCount, CreatedAt: web.Time(c.CreatedAt),
		}
	}
	if in.Limit.n > 0 {
		n, err := d.Chat.Count(ctx)
		if err != nil {
			return nil, err
		}
		out.Total = n.Channels
	}
	return ok(out)
}

// openChannel is a channel that anyone may join.
type openChannel struct {
	Channel
	MemberCount int  `json:"memberCount"`
	Joined      bool `json:"joined" doc:"Whether one is in it"`
}

type openChannels struct {
	Channels   []openChannel `json:"channels" nullable:"false"`
	NextCursor string        `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) browseChannels(ctx context.Context, in *listRequest) (*reply[openChannels], error) {
	found, err := readPage(ctx, in.Cursor, in.Limit.or(chat.DefaultPage), channelName, d.Chat.PublicChannels)
	if err != nil {
		return nil, err
	}
	joined, err := d.Chat.JoinedChannels(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	mine := make(map[string]bool, len(joined))
	for _, j := range joined {
		mine[j.Channel.ID] = true
	}
	out := openChannels{Channels: make([]openChannel, len(found.items)), NextCursor: found.next}
	for i, c := range found.items {
		out.Channels[i] = openChannel{Channel: newChannel(c), MemberCount: c.MemberCount, Joined: mine[c.ID]}
	}
	return ok(out)
}
