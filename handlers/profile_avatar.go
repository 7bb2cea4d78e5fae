package handlers

import (
	"bytes"
	"net/http"
	"strconv"

	"pegasus/accounts"
	"pegasus/files"
	"pegasus/web"
)

// maxAvatarForm has room for what a form puts around a picture.
const maxAvatarForm = files.MaxAvatar + web.MaxBody

func (d *door) setAvatar(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	content, crop, err := readPicture(r)
	var key string
	if err == nil {
		key, err = d.Avatars.Put(r.Context(), me.ID, bytes.NewReader(content), crop)
	}
	if err == nil {
		_, err = d.Accounts.SetAvatar(r.Context(), me.ID, files.Path(key))
	}
	if err != nil {
		return d.profileAgain(w, r, me, "picture", err)
	}
	d.note(r, "Your picture is saved")
	return done(w, r, "/profile")
}

func (d *door) removeAvatar(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if _, err := d.Accounts.SetAvatar(r.Context(), me.ID, ""); err != nil {
		return err
	}
	d.note(r, "Your picture is removed")
	return done(w, r, "/profile")
}

// readPicture reads the form with a picture and the square of it to keep.
func readPicture(r *http.Request) ([]byte, files.Crop, error) {
	fields, picture, err := web.ReadPicture(r, files.MaxAvatar)
	return picture, files.Crop{X: pixels(fields["x"]), Y: pixels(fields["y"]), Side: pixels(fields["side"])}, err
}

// pixels reads a number of the square, 0 where there is none.
func pixels(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
