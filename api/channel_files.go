package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

type channelFile struct {
	File      attachment `json:"file"`
	MessageID string     `json:"message_id"`
	UserID    string     `json:"user_id" doc:"Who sent it"`
	SentAt    string     `json:"sent_at" format:"date-time"`
}

type channelFiles struct {
	Files      []channelFile `json:"files" nullable:"false" doc:"The newest first; all of a message are on one page"`
	NextCursor string        `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

type listFilesRequest struct {
	ChannelPath
	Limit  limit  `query:"limit" doc:"How many messages to look at; 50 where it is left out"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

func (d *door) listFiles(ctx context.Context, in *listFilesRequest) (*reply[channelFiles], error) {
	list, err := d.Chat.Files(ctx, me(ctx), known(in.ID), in.Cursor, in.Limit.or(chat.DefaultPage))
	if err != nil {
		return nil, err
	}
	out := channelFiles{Files: []channelFile{}, NextCursor: list.Next}
	for _, m := range list.Messages {
		for _, a := range newAttachments(m.Attachments) {
			out.Files = append(out.Files, channelFile{File: a, MessageID: m.ID, UserID: m.UserID, SentAt: web.Time(m.CreatedAt)})
		}
	}
	return ok(out)
}
