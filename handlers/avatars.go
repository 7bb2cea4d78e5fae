package handlers

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
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

// nothing is a picture of one pixel that nothing is seen of.
var nothing = func() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 1, 1))) // a buffer takes everything
	return b.Bytes()
}()

// botIcon serves a picture of another server that a bot is shown under. Where there is none, what is not found comes with a
// picture that lets the bot's own face show through: browsers would put the sign of a broken one over it.
func (d *door) botIcon(w http.ResponseWriter, r *http.Request, _ accounts.User) error {
	picture, err := d.Icon(r.Context(), chi.URLParam(r, "mac"), chi.URLParam(r, "address"))
	missing := fault.Is(err, fault.NotFound)
	if err != nil && !missing {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if missing {
		w.Header().Set("Cache-Control", "private, max-age=600")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(nothing)
		return nil
	}
	w.Header().Set("Cache-Control", "private, max-age=86400")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(picture))
	return nil
}
