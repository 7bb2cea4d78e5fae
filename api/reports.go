package api

import "context"

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
