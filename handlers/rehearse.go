package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

// rehearsalRoutes show what is in a composer as it would stand in its channel or thread.
func (d *door) rehearsalRoutes(post func(string, http.HandlerFunc)) {
	post("/chat/{channel}/preview", member(d.rehearse))
	post("/chat/{channel}/thread/{message}/preview", member(d.rehearse))
}

// rehearse answers a script with the message as it would look, and without scripts shows it above the box, which keeps its
// text and files.
func (d *door) rehearse(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	channelID, reply := chi.URLParam(r, "channel"), chi.URLParam(r, "message") != ""
	if reply {
		if _, err := d.message(r, me); err != nil {
			return err
		}
	}
	p, err := d.readPosting(w, r, me, channelID)
	if err == nil {
		err = d.Limits.Complete.Take(w, r, me.ID)
	}
	html := ""
	if err == nil {
		html, err = d.Chat.Rehearse(r.Context(), me, channelID, p.Content)
	}
	if fragment(r) {
		if err == nil {
			render(w, r, http.StatusOK, views.ComposerPreview(html))
		}
		return err
	}
	var page views.Chat
	var failed error
	if reply {
		page, failed = d.threadPage(r, me)
	} else {
		page, _, failed = d.conversation(r, me)
	}
	if failed != nil {
		return failed
	}
	f := &page.Composer
	if reply {
		f = &page.Thread.Composer
	}
	status, err := d.rehearsed(w, r, me, p, html, err, f)
	if err == nil {
		render(w, r, status, views.ChatPage(page))
	}
	return err
}

// rehearsed fills the composer in with what its form brought, and with the preview or what is wrong.
func (d *door) rehearsed(w http.ResponseWriter, r *http.Request, me accounts.User, p posting, html string, wrong error, f *views.Composer) (int, error) {
	if wrong != nil {
		return d.refill(w, r, me, p, wrong, f)
	}
	attachments, err := d.pending(r, me, p)
	f.Text, f.Attachments, f.Preview, f.Also = p.Content, attachments, html, p.AlsoChannel
	if p.Key != "" {
		f.Key = p.Key
	}
	return http.StatusOK, err
}

// pending returns the files that a form names or brought and that no message has.
func (d *door) pending(r *http.Request, me accounts.User, p posting) ([]chat.Attachment, error) {
	ids := make([]string, len(p.Attachments))
	for i, ref := range p.Attachments {
		ids[i] = ref.ID
	}
	return d.Chat.PendingAttachments(r.Context(), me, ids)
}
