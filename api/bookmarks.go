package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

type bookmarkReply struct {
	Bookmarked bool `json:"bookmarked"`
}

func (d *door) toggleBookmark(ctx context.Context, in *MessagePath) (*reply[bookmarkReply], error) {
	bookmarked, err := d.Chat.ToggleBookmark(ctx, me(ctx), in.ID)
	return &reply[bookmarkReply]{Body: bookmarkReply{Bookmarked: bookmarked}}, err
}

type listBookmarksRequest struct {
	Limit  limit  `query:"limit" doc:"50 where it is left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

type bookmark struct {
	BookmarkedAt string  `json:"bookmarked_at" format:"date-time"`
	Message      message `json:"message"`
}

type bookmarkPage struct {
	Bookmarks  []bookmark `json:"bookmarks" nullable:"false" doc:"Newest first, without those of messages that one may not see any more"`
	NextCursor string     `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

func (d *door) listBookmarks(ctx context.Context, in *listBookmarksRequest) (*reply[bookmarkPage], error) {
	found, err := readPage(ctx, in.Cursor, in.Limit.or(chat.DefaultPage), func(b chat.Bookmarked) string { return b.ID },
		func(ctx context.Context, cursor string, limit int) ([]chat.Bookmarked, error) {
			return d.Chat.Bookmarks(ctx, me(ctx), cursor, limit)
		})
	if err != nil {
		return nil, err
	}
	messages := make([]chat.Message, len(found.items))
	for i, b := range found.items {
		messages[i] = b.Message
	}
	shown, err := d.messages(ctx, messages)
	if err != nil {
		return nil, err
	}
	out := bookmarkPage{Bookmarks: make([]bookmark, len(shown)), NextCursor: found.next}
	for i, m := range shown {
		out.Bookmarks[i] = bookmark{BookmarkedAt: web.Time(found.items[i].CreatedAt), Message: m}
	}
	return ok(out)
}

// messages returns messages that the caller may see with their authors and what is on them, with three reads however many
// they are.
func (d *door) messages(ctx context.Context, found []chat.Message) ([]message, error) {
	marks, err := d.Chat.Marks(ctx, me(ctx), found)
	if err != nil {
		return nil, err
	}
	return d.marked(ctx, found, marks)
}

// marked is messages where what is on them has been read.
func (d *door) marked(ctx context.Context, found []chat.Message, marks map[string]chat.Marks) ([]message, error) {
	people, err := usersOf(ctx, d.Accounts, found, func(m chat.Message) string { return m.UserID })
	if err != nil {
		return nil, err
	}
	out := make([]message, len(found))
	for i, m := range found {
		out[i] = newMessage(me(ctx), people[m.UserID], m, marks[m.ID])
	}
	return out, nil
}

type pinReply struct {
	Pinned bool `json:"pinned"`
}

func (d *door) togglePin(ctx context.Context, in *MessagePath) (*reply[pinReply], error) {
	m, err := d.Chat.TogglePin(ctx, me(ctx), in.ID)
	return &reply[pinReply]{Body: pinReply{Pinned: !m.PinnedAt.IsZero()}}, err
}

type pin struct {
	PinnedAt string  `json:"pinned_at" format:"date-time"`
	PinnedBy string  `json:"pinned_by" doc:"The id of who pinned it"`
	Message  message `json:"message"`
}

type pinList struct {
	Pins []pin `json:"pins" nullable:"false" doc:"The one that was pinned last first, at most 100"`
}

func (d *door) listPins(ctx context.Context, in *ChannelPath) (*reply[pinList], error) {
	found, err := d.Chat.Pins(ctx, me(ctx), known(in.ID))
	if err != nil {
		return nil, err
	}
	shown, err := d.messages(ctx, found)
	if err != nil {
		return nil, err
	}
	out := pinList{Pins: make([]pin, len(shown))}
	for i, m := range shown {
		out.Pins[i] = pin{PinnedAt: web.Time(found[i].PinnedAt), PinnedBy: found[i].PinnedBy, Message: m}
	}
	return ok(out)
}
