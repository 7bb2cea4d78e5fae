package handlers

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/web"
)

// maxAvatarForm has room for what a form puts around a picture.
const maxAvatarForm = files.MaxAvatar + web.MaxBody

var errNoPicture = fault.Field("file", "NO_FILE", "Please choose a picture.")

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

// readPicture reads the form as it comes: nothing of it is put on the disk before it is a picture. The square stands
// before the picture in the form.
func readPicture(r *http.Request) (content []byte, crop files.Crop, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, crop, errNoPicture
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, crop, errNoPicture
		}
		if err != nil {
			return nil, crop, unreadable(err)
		}
		switch part.FormName() {
		case "x":
			crop.X = pixels(part)
		case "y":
			crop.Y = pixels(part)
		case "side":
			crop.Side = pixels(part)
		case "file":
			content, err := io.ReadAll(io.LimitReader(part, files.MaxAvatar+1))
			if err != nil {
				return nil, crop, unreadable(err)
			}
			return content, crop, nil
		}
	}
}

// pixels reads a number of the square, 0 where there is none.
func pixels(part io.Reader) int {
	text, err := io.ReadAll(io.LimitReader(part, 8))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return 0
	}
	return n
}

// unreadable tells a form that breaks off from one that is too large.
func unreadable(err error) error {
	if web.Fault(err).Kind == fault.TooLarge {
		return fault.Field("file", "FILE_TOO_LARGE", "The picture is larger than 5 MB.")
	}
	return fault.New(fault.Invalid, "INVALID_FORM", "The form could not be read.")
}
