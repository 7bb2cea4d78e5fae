package api

import (
	"context"
	"strconv"
	"strings"

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

// channelCursor names a channel's place in the order of names. Names have no colon.
func channelCursor(c chat.Channel) string { return c.Name + ":" + c.ID }

// byName asks for what is after a cursor. A name alone means everything behind it.
func byName(cursor string, limit int) chat.ChannelQuery {
	q := chat.ChannelQuery{Limit: limit}
	if cursor != "" {
		name, id, whole := strings.Cut(cursor, ":")
		if !whole {
			id = "~"
		}
		q.After = chat.ChannelPlace{Name: name, ID: id}
	}
	return q
}

type allChannelsRequest struct {
	Limit    limit  `query:"limit" doc:"How many to return"`
	Cursor   string `query:"cursor" doc:"next_cursor of the page before"`
	Archived bool   `query:"archived" doc:"The archived ones in place of those in use"`
}

func (d *door) allChannels(ctx context.Context, in *allChannelsRequest) (*reply[listedChannels], error) {
	actor := me(ctx)
	read := func(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
		q := byName(after, limit)
		q.Archived = in.Archived
		return d.Chat.AllChannels(ctx, actor, q)
	}
	found, err := readPage(ctx, in.Cursor, in.Limit.n, channelCursor, read)
	if err != nil {
		return nil, err
	}
	out := listedChannels{Channels: make([]listedChannel, len(found.items)), Total: len(found.items), NextCursor: found.next}
	for i, c := range found.items {
		out.Channels[i] = listedChannel{
			ID: c.ID, Name: c.Name, Description: c.Description, Type: string(c.Type), MemberCount: c.MemberCount, CreatedAt: web.Time(c.CreatedAt),
		}
	}
	switch {
	case in.Limit.n == 0:
	case in.Archived: // which nothing counts, being few
		all, err := readPage(ctx, "", 0, channelCursor, read)
		if err != nil {
			return nil, err
		}
		out.Total = len(all.items)
	default:
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

type browseRequest struct {
	Limit  limit  `query:"limit" doc:"How many to return"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
	Query  string `query:"query" doc:"What the name, the topic or the description contains"`
	Sort   string `query:"sort" doc:"name, activity or members; name where it is left out"`
}

// placeCursor names a channel's place in an order, and byPlace asks for what is after it.
func placeCursor(o chat.ChannelOrder, c chat.Channel) string {
	if place := o.Place(c); place.Name == "" {
		return strconv.FormatInt(place.Rank, 10) + ":" + place.ID
	}
	return channelCursor(c)
}

func byPlace(o chat.ChannelOrder, cursor string, limit int) chat.ChannelQuery {
	q := byName(cursor, limit)
	q.Order = o
	if q.After.ID != "" && (o == chat.ByActivity || o == chat.ByMembers) {
		q.After.Rank, _ = strconv.ParseInt(q.After.Name, 10, 64)
		q.After.Name = ""
	}
	return q
}

func (d *door) browseChannels(ctx context.Context, in *browseRequest) (*reply[openChannels], error) {
	sort := chat.ChannelOrder(in.Sort)
	found, err := readPage(ctx, in.Cursor, in.Limit.or(chat.DefaultPage),
		func(c chat.Channel) string { return placeCursor(sort, c) },
		func(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
			q := byPlace(sort, after, limit)
			q.Text = in.Query
			return d.Chat.PublicChannels(ctx, q)
		})
	if err != nil {
		return nil, err
	}
	joined, err := d.Chat.JoinedPlaces(ctx, me(ctx))
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
