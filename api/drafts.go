package api

import (
	"context"
	"time"

	"pegasus/chat"
	"pegasus/web"
)

// draft is what a person has begun to write.
type draft struct {
	ChannelID   string   `json:"channel_id"`
	ParentID    string   `json:"parent_message_id,omitempty" doc:"The message whose thread it is for; missing for the channel itself"`
	Content     string   `json:"content"`
	Attachments []string `json:"attachments" nullable:"false" doc:"The ids of uploads"`
	UpdatedAt   *string  `json:"updated_at" format:"date-time" doc:"Also its version. Null where there is no draft"`
}

func newDraft(d chat.SavedDraft, channelID, parentID string) draft {
	out := draft{ChannelID: channelID, ParentID: parentID, Content: d.Content, Attachments: d.Attachments}
	if out.Attachments == nil {
		out.Attachments = []string{}
	}
	if !d.UpdatedAt.IsZero() {
		at := web.Time(d.UpdatedAt)
		out.UpdatedAt = &at
	}
	return out
}

type draftList struct {
	Drafts []draft `json:"drafts" nullable:"false" doc:"The one that was changed last first, at most 200"`
}

func (d *door) listDrafts(ctx context.Context, _ *none) (*reply[draftList], error) {
	found, err := d.Chat.Drafts(ctx, me(ctx))
	out := draftList{Drafts: make([]draft, len(found))}
	for i, one := range found {
		out.Drafts[i] = newDraft(one, one.ChannelID, one.RootID)
	}
	return &reply[draftList]{Body: out}, err
}

type draftReply struct {
	Draft draft `json:"draft"`
}

type draftPath struct {
	ChannelPath
	Parent string `query:"parent_message_id" doc:"The message whose thread it is for"`
}

func (d *door) getDraft(ctx context.Context, in *draftPath) (*reply[draftReply], error) {
	found, err := d.Chat.Draft(ctx, me(ctx), known(in.ID), in.Parent)
	return &reply[draftReply]{Body: draftReply{Draft: newDraft(found, in.ID, in.Parent)}}, err
}

type saveDraftRequest struct {
	ChannelPath
	Body struct {
		Content     string     `json:"content" doc:"Up to 8000 characters. With nothing in it the draft is deleted"`
		ParentID    string     `json:"parent_message_id,omitempty" nullable:"true" doc:"The message whose thread it is for"`
		Attachments []string   `json:"attachments,omitempty" nullable:"true" doc:"The ids of up to 10 uploads of one's own"`
		Version     *time.Time `json:"version,omitempty" nullable:"true" doc:"updated_at of the draft that this one replaces; missing for none"`
	}
}

func (d *door) saveDraft(ctx context.Context, in *saveDraftRequest) (*reply[draftReply], error) {
	var base time.Time
	if in.Body.Version != nil {
		base = *in.Body.Version
	}
	saved, err := d.Chat.SaveDraft(ctx, me(ctx), chat.SavedDraft{
		ChannelID: known(in.ID), RootID: in.Body.ParentID, Content: in.Body.Content, Attachments: in.Body.Attachments,
	}, base)
	return &reply[draftReply]{Body: draftReply{Draft: newDraft(saved, in.ID, in.Body.ParentID)}}, err
}

func (d *door) deleteDraft(ctx context.Context, in *draftPath) (*reply[notice], error) {
	_, err := d.Chat.Draft(ctx, me(ctx), known(in.ID), in.Parent)
	if err == nil {
		err = d.Chat.DeleteDraft(ctx, me(ctx), in.ID, in.Parent)
	}
	return &reply[notice]{Body: notice{Message: "Draft deleted"}}, err
}
