package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/plugins"
	"pegasus/views"
	"pegasus/web"
)

// answerWait bounds one write to a follower, so that one who reads nothing is dropped.
const answerWait = 10 * time.Second

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
	after, _ := strconv.Atoi(r.Header.Get("Last-Event-ID")) // what is no number asks for everything
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	send := func(frame []byte) error {
		if err := control.SetWriteDeadline(time.Now().Add(answerWait)); err != nil {
			return err
		}
		if _, err := w.Write(frame); err != nil {
			return err
		}
		return control.Flush()
	}
	if err := send([]byte("retry: 1000\n\n")); err != nil {
		return nil // nobody listens any more
	}
	_ = d.Plugins.Follow(r.Context(), me, id, max(0, after), func(e plugins.Event) error {
		frame, err := d.answerFrame(r, me, p, e)
		if err != nil {
			return err
		}
		return send(append(fmt.Appendf(nil, "id: %d\n", e.Number), frame...))
	}) // the head is out: a page that gets no last event asks again
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
