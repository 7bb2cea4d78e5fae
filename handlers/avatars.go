package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
)

// avatar serves a picture of a person to people who are signed in. The key changes with the picture, so a browser may keep it.
func (d *door) avatar(w http.ResponseWriter, r *http.Request, _ accounts.User) error {
	picture, mediaType, err := d.Avatars.Open(r.Context(), chi.URLParam(r, "key"))
	if err != nil {
		return err
	}
	defer picture.Close()
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(w, r, "", time.Time{}, picture)
	return nil
}
