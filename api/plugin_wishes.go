package api

import (
	"context"
	"net/http"

	"pegasus/plugins"
	"pegasus/web"
)

type improveRequest struct {
	Body struct {
		Message  string `json:"message" doc:"What is wanted, 1 to 8000 characters"`
		PluginID string `json:"pluginId,omitempty" nullable:"true" doc:"The plugin of one's own that it is about; left out for one that is to be made"`
	}
}

type improveReply struct {
	Success bool         `json:"success"`
	Message string       `json:"message" doc:"The same in clearer and fuller words, as plain text, 1 to 4000 characters"`
	Model   string       `json:"model"`
	Usage   usageNumbers `json:"usage" doc:"It counts as any call of the model"`
}

const improveAbout = "Nothing is asked by it: the text is for its author to read, change and send. The model is told the text and, with pluginId, the " +
	"plugin's name, its manifest and the names of its files. It takes up to 2 minutes; hanging up ends it. Where no model is configured, or a " +
	"Pegasus back end answers, it is 409 IMPROVING_UNSUPPORTED."

func (d *door) improveWish(w http.ResponseWriter, r *http.Request, in *improveRequest) {
	answer := web.WaitPatiently(w)
	made, err := d.Plugins.Improve(r.Context(), me(r.Context()), knownOrNone(in.Body.PluginID), in.Body.Message)
	answer()
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, improveReply{Success: true, Message: made.Text, Model: made.Model, Usage: newUsage(made.Usage)})
}

type estimateRequest struct {
	PluginPath
	Body struct {
		Message        string `json:"message,omitempty" doc:"What will be asked, up to 8000 characters; empty for what is read beside it"`
		ConversationID string `json:"conversationId,omitempty" nullable:"true" doc:"A new conversation where left out"`
	}
}

type estimateReply struct {
	Input      *int64        `json:"inputTokens" doc:"About how many tokens the model reads in the first round; null where that is not known"`
	Cost       *int64        `json:"costMicros" doc:"Of these, in millionths of currency; null where no price is known"`
	Usual      *usageNumbers `json:"usual,omitempty" doc:"What each of the last 10 answers about the plugin used on an average; left out where there is none to go by"`
	Answers    int           `json:"answers" doc:"Of how many answers usual is the average"`
	TokensLeft *int64        `json:"tokensLeft" doc:"Of today's budget, one's own or the workspace's, whichever is less; null for no bound"`
	Currency   *string       `json:"currency" doc:"null where no price is known"`
}

func newEstimate(e plugins.Estimate) estimateReply {
	out := estimateReply{Answers: e.Answers, Currency: orNull(e.Currency)}
	if e.Input > 0 {
		out.Input = &e.Input
		if e.Currency != "" {
			out.Cost = &e.Cost
		}
	}
	if e.Answers > 0 {
		usual := newUsage(e.Usual)
		out.Usual = &usual
	}
	if e.Bounded {
		out.TokensLeft = &e.Left
	}
	return out
}

func (d *door) estimateAnswer(ctx context.Context, in *estimateRequest) (*reply[estimateReply], error) {
	e, err := d.Plugins.Estimate(ctx, me(ctx), known(in.ID), knownOrNone(in.Body.ConversationID), in.Body.Message)
	if err != nil {
		return nil, err
	}
	return ok(newEstimate(e))
}
