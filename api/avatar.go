package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/sessions"
	"pegasus/web"
)

// maxAvatarBody has room for what a form puts around the picture.
const maxAvatarBody = files.MaxAvatar + web.MaxBody

type avatarRequest struct {
	AvatarURL string `json:"avatar_url" doc:"The address of a picture on the web, which is fetched once. Or send a form with the picture in the field file"`
}

type avatarReply struct {
	Message   string `json:"message"`
	AvatarURL string `json:"avatar_url"`
}

var errNoFile = fault.Field("file", "NO_FILE", "Please choose a picture.")

// setAvatar takes a picture as a form with the field file, or as JSON with avatar_url. The query's x, y and side crop it.
func (d *door) setAvatar(w http.ResponseWriter, r *http.Request) {
	current, _ := sessions.From(r.Context())
	u, err := d.receiveAvatar(r, current.User)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, avatarReply{Message: "Avatar updated successfully", AvatarURL: u.Avatar})
}

func (d *door) receiveAvatar(r *http.Request, u accounts.User) (accounts.User, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return u, errNoFile
	}
	switch mediaType {
	case "multipart/form-data":
		return d.uploadAvatar(r, u)
	case "application/json":
		var in avatarRequest
		body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, web.MaxBody))
		if err != nil {
			return u, err
		}
		if err := decode(body, &in); err != nil || in.AvatarURL == "" {
			return u, fault.Field("avatar_url", "NO_FILE", "Please name the address of a picture.")
		}
		return d.changeAvatar(r.Context(), u, in.AvatarURL)
	}
	return u, fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "The body must be multipart/form-data or application/json.")
}

func (d *door) uploadAvatar(r *http.Request, u accounts.User) (accounts.User, error) {
	_, picture, err := web.ReadPicture(r, files.MaxAvatar)
	if err != nil {
		return u, err
	}
	return d.storeAvatar(r.Context(), u, picture, crop(r))
}

func crop(r *http.Request) files.Crop {
	number := func(name string) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil {
			return 0
		}
		return n
	}
	return files.Crop{X: number("x"), Y: number("y"), Side: number("side")}
}

// changeAvatar fetches a picture of the web once and keeps it; "" takes the person's picture away.
func (d *door) changeAvatar(ctx context.Context, u accounts.User, address string) (accounts.User, error) {
	if address == "" {
		return d.Accounts.SetAvatar(ctx, u.ID, "")
	}
	picture, err := d.Fetch(ctx, address, files.MaxAvatar)
	if err != nil {
		web.NoteError(ctx, err)
		return u, fault.Field("avatar", "AVATAR_UNREACHABLE", "There is no picture to be had at this address.")
	}
	return d.storeAvatar(ctx, u, picture, files.Crop{})
}

func (d *door) storeAvatar(ctx context.Context, u accounts.User, picture []byte, c files.Crop) (accounts.User, error) {
	key, err := d.Avatars.Put(ctx, u.ID, bytes.NewReader(picture), c)
	if err != nil {
		return u, err
	}
	return d.Accounts.SetAvatar(ctx, u.ID, files.Path(key))
}

func (d *door) deleteAvatar(ctx context.Context, _ *none) (*reply[notice], error) {
	if _, err := d.Accounts.SetAvatar(ctx, me(ctx).ID, ""); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Avatar removed"})
}
