package handlers

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/views"
)

// removePreview takes the preview of a link away from one of one's own messages.
func (d *door) removePreview(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	m, err := d.message(r, me)
	if err == nil {
		_, err = d.Chat.RemovePreview(r.Context(), me, m.ID, r.PostForm.Get("url"))
	}
	if err != nil {
		return err
	}
	return done(w, r, views.MessageLink(m.ChannelID, m.ID))
}
