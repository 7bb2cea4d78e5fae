package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/plugins"
	"pegasus/views"
	"pegasus/web"
)

// step is an event of an answer as a page gets it.
type step struct {
	Text     string            `json:"text,omitempty"`
	File     string            `json:"file,omitempty"`
	Round    int               `json:"round,omitempty"`
	Problems []plugins.Problem `json:"problems,omitempty"`
}

// followAnswer streams an answer to a page until it is over. It goes on after the id in Last-Event-ID.
func (d *door) followAnswer(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	id := chi.URLParam(r, "exchange")
	if _, err := d.Plugins.Exchange(r.Context(), me, id); err != nil {
		return err
	}
	web.Tail{
		Live: d.Sessions.Live,
		Follow: func(ctx context.Context, after int, send func(int, []byte) error) error {
			return d.Plugins.Follow(ctx, me, id, after, func(e plugins.Event) error {
				frame, err := d.answerFrame(r, me, p, e)
				if err != nil {
					return err
				}
				return send(e.Number, frame)
			})
		},
	}.Serve(w, r)
	return nil
}

func (d *door) answerFrame(r *http.Request, me accounts.User, p plugins.Plugin, e plugins.Event) ([]byte, error) {
	if e.Kind == plugins.DoneEvent {
		turn, err := d.turn(r, me, p, *e.Exchange)
		if err != nil {
			return nil, err
		}
		var html bytes.Buffer
		_ = views.Turn(p.Name, turn).Render(r.Context(), &html) // a buffer takes everything
		return web.Frame(string(e.Kind), html.String()), nil
	}
	text, err := json.Marshal(step{Text: e.Text, File: e.File, Round: e.Round, Problems: e.Problems})
	return web.Frame(string(e.Kind), string(text)), err
}
