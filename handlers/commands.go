package handlers

import (
	"net/http"

	"pegasus/chat"
	"pegasus/views"
)

// answerSaid answers who sent a text from a page: with that page where it was posted, and with what a command says. next is
// the page that it was sent from.
func (d *door) answerSaid(w http.ResponseWriter, r *http.Request, said chat.Outcome, next string) error {
	moves := true
	switch {
	case said.Left:
		next = "/chat"
	case said.ChannelID != "":
		next = "/chat/" + said.ChannelID
	default:
		moves = false
	}
	if said.Reply == "" {
		return done(w, r, next)
	}
	if !fragment(r) {
		d.note(r, said.Reply)
		return done(w, r, next)
	}
	if moves {
		w.Header().Set("X-Location", next)
	}
	render(w, r, http.StatusOK, views.Aside(said.Reply, said.HTML))
	return nil
}
