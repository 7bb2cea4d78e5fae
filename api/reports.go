package api

import (
	"context"

	"pegasus/chat"
	"pegasus/web"
)

type reportRequest struct {
	MessagePath
	Body struct {
		Reason   string `json:"reason" doc:"1 to 500 characters"`
		Disclose bool   `json:"disclose,omitempty" doc:"Whether those who keep order and are not in the channel may read the message"`
	}
}

func (d *door) reportMessage(ctx context.Context, in *reportRequest) (*reply[notice], error) {
	err := d.Chat.ReportMessage(ctx, me(ctx), known(in.ID), in.Body.Reason, in.Body.Disclose)
	return &reply[notice]{Body: notice{Message: "Message reported successfully"}}, err
}

// reportedMessage is a message with its open reports, as one of those who keep order sees it.
type reportedMessage struct {
	MessageID string       `json:"message_id"`
	ChannelID *string      `json:"channel_id" doc:"null where one may not go there"`
	AuthorID  *string      `json:"author_id" doc:"null where one may not see the message"`
	Content   *string      `json:"content" doc:"null where one may not see it, or it is gone"`
	Deleted   bool         `json:"deleted"`
	MayAct    bool         `json:"may_act" doc:"Whether one may delete the message and mute its author"`
	ForAdmins bool         `json:"for_admins" doc:"A moderator has handed it on"`
	Reports   []openReport `json:"reports" nullable:"false"`
}

type openReport struct {
	ID         string `json:"id"`
	ReporterID string `json:"reporter_id"`
	Reason     string `json:"reason"`
	CreatedAt  string `json:"created_at" format:"date-time"`
}

type reportList struct {
	Messages   []reportedMessage `json:"messages" nullable:"false"`
	NextCursor string            `json:"next_cursor,omitempty" doc:"There where another page follows"`
}

type listReportsRequest struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

func (d *door) listReports(ctx context.Context, in *listReportsRequest) (*reply[reportList], error) {
	cases, next, err := d.Chat.Reports(ctx, me(ctx), in.Cursor)
	out := reportList{Messages: make([]reportedMessage, len(cases)), NextCursor: next}
	for i, c := range cases {
		shown := reportedMessage{
			MessageID: c.MessageID, ChannelID: orNull(c.Channel.ID), AuthorID: orNull(c.Message.UserID), Content: orNull(c.Message.Content),
			Deleted: c.Gone, MayAct: c.MayAct && !c.Gone, ForAdmins: c.Reports[0].ForAdmins,
		}
		for _, r := range c.Reports {
			shown.Reports = append(shown.Reports, openReport{ID: r.ID, ReporterID: r.ReporterID, Reason: r.Reason, CreatedAt: web.Time(r.CreatedAt)})
		}
		out.Messages[i] = shown
	}
	return &reply[reportList]{Body: out}, err
}

type judgeRequest struct {
	MessagePath
	Body struct {
		Action string `json:"action" doc:"dismiss, delete the message, mute its author for a day, or hand_on to the admins"`
	}
}

func (d *door) judgeReports(ctx context.Context, in *judgeRequest) (*reply[notice], error) {
	err := d.Chat.Judge(ctx, me(ctx), known(in.ID), chat.Judgement(in.Body.Action))
	return &reply[notice]{Body: notice{Message: "Reports settled"}}, err
}
