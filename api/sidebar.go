package api

import (
	"context"

	"pegasus/chat"
)

// sidebarSection is a section of one's own list of channels, with its channels in the order in which they stand.
type sidebarSection struct {
	Name       string   `json:"name" doc:"* for the favourites, empty for the channels without a section, @ for direct conversations"`
	Folded     bool     `json:"folded" doc:"It shows what is unread alone"`
	Order      string   `json:"order" enum:"name,recent,unread,own"`
	ChannelIDs []string `json:"channel_ids" nullable:"false" doc:"None of direct conversations, which have a list of their own"`
}

type sidebarReply struct {
	Sections   []sidebarSection `json:"sections" nullable:"false"`
	UnreadOnly bool             `json:"unread_only"`
}

func (d *door) getSidebar(ctx context.Context, _ *none) (*reply[sidebarReply], error) {
	joined, err := d.Chat.JoinedPlaces(ctx, me(ctx))
	if err != nil {
		return nil, err
	}
	chosen := chat.SidebarOf(me(ctx))
	chosen.Arrange(joined)
	out := sidebarReply{UnreadOnly: chosen.Unread}
	add := func(name string) {
		out.Sections = append(out.Sections, sidebarSection{
			Name: name, Folded: chosen.IsFolded(name), Order: string(chosen.Order(name)), ChannelIDs: []string{},
		})
	}
	add("")
	for _, j := range joined {
		last := &out.Sections[len(out.Sections)-1]
		if last.Name != j.Section {
			add(j.Section)
			last = &out.Sections[len(out.Sections)-1]
		}
		last.ChannelIDs = append(last.ChannelIDs, j.Channel.ID)
	}
	add(chat.Talks)
	return ok(out)
}

type changeSidebarRequest struct {
	Body struct {
		Section    string    `json:"section,omitempty" doc:"Of which folded and order are"`
		Folded     *bool     `json:"folded,omitempty" nullable:"true"`
		Order      *string   `json:"order,omitempty" nullable:"true" doc:"name, recent, unread or own"`
		ChannelIDs *[]string `json:"channel_ids,omitempty" nullable:"true" maxItems:"1000" doc:"Its channels in one's own order, which the section then has; those left out come after"`
		UnreadOnly *bool     `json:"unread_only,omitempty" nullable:"true" doc:"Leave out what is read, in all sections"`
	}
}

func (d *door) changeSidebar(ctx context.Context, in *changeSidebarRequest) (*reply[notice], error) {
	b, actor := in.Body, me(ctx)
	var err error
	if b.Order != nil {
		err = d.Chat.OrderSection(ctx, actor, b.Section, chat.RowOrder(*b.Order))
	}
	if err == nil && b.ChannelIDs != nil {
		err = d.Chat.ArrangeSection(ctx, actor, b.Section, *b.ChannelIDs)
	}
	if err == nil && b.Folded != nil {
		err = d.Chat.FoldSection(ctx, actor, b.Section, *b.Folded)
	}
	if err == nil && b.UnreadOnly != nil {
		err = d.Chat.ShowUnread(ctx, actor, *b.UnreadOnly)
	}
	return &reply[notice]{Body: notice{Message: "Sidebar changed"}}, err
}

type setSectionRequest struct {
	ChannelPath
	Body struct {
		Section string `json:"section" doc:"At most 40 characters: a new one makes a section, * is the favourites, and empty takes the channel out of its section"`
	}
}

func (d *door) setSection(ctx context.Context, in *setSectionRequest) (*reply[notice], error) {
	err := d.Chat.SetSection(ctx, me(ctx), known(in.ID), in.Body.Section)
	return &reply[notice]{Body: notice{Message: "Channel moved"}}, err
}

type renameSectionRequest struct {
	Body struct {
		Section string `json:"section"`
		Name    string `json:"name" doc:"Its new name; empty puts its channels back among those without a section"`
	}
}

func (d *door) renameSection(ctx context.Context, in *renameSectionRequest) (*reply[notice], error) {
	err := d.Chat.RenameSection(ctx, me(ctx), in.Body.Section, in.Body.Name)
	return &reply[notice]{Body: notice{Message: "Section renamed"}}, err
}
