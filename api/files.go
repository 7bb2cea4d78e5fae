package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/sessions"
	"pegasus/web"
)

// attachment is a file of a message.
type attachment struct {
	ID           string  `json:"id" doc:"Empty for a file of a system before this one"`
	Name         string  `json:"name"`
	Size         int64   `json:"size" doc:"In bytes"`
	Type         string  `json:"type" doc:"The media type that the server found"`
	URL          string  `json:"url" doc:"Where it is served to who may see the message"`
	ThumbnailURL *string `json:"thumbnail_url,omitempty" doc:"A small picture, where there is one"`
	Width        int     `json:"width,omitempty" doc:"Of a picture, in pixels"`
	Height       int     `json:"height,omitempty"`
}

// newAttachments never returns nil: a message without files has an empty list.
func newAttachments(list []chat.Attachment) []attachment {
	out := make([]attachment, len(list))
	for i, a := range list {
		out[i] = attachment{
			ID: a.ID, Name: a.Name, Size: a.Size, Type: a.Type, URL: a.URL, ThumbnailURL: orNull(a.ThumbnailURL), Width: a.Width, Height: a.Height,
		}
	}
	return out
}

// attachmentRef names an upload of one's own, by id, or in the form of old clients, of which url alone counts.
type attachmentRef struct {
	ID   string `json:"id,omitempty" doc:"The id of an upload"`
	URL  string `json:"url,omitempty" doc:"Instead of id: the address of an upload"`
	Name string `json:"name,omitempty" doc:"Ignored"`
	Size int64  `json:"size,omitempty" doc:"Ignored"`
	Type string `json:"type,omitempty" doc:"Ignored"`
}

func newAttachmentRefs(list []attachmentRef) []chat.AttachmentRef {
	refs := make([]chat.AttachmentRef, len(list))
	for i, a := range list {
		refs[i] = chat.AttachmentRef{ID: a.ID, URL: a.URL}
	}
	return refs
}

type uploadReply struct {
	Success      bool    `json:"success"`
	ID           string  `json:"id" doc:"What a message names as its attachment"`
	FileURL      string  `json:"file_url"`
	ThumbnailURL *string `json:"thumbnail_url,omitempty"`
	Filename     string  `json:"filename"`
	OriginalName string  `json:"original_name"`
	Size         int64   `json:"size"`
	Type         string  `json:"type"`
	Width        int     `json:"width,omitempty"`
	Height       int     `json:"height,omitempty"`
}

// maxParts bounds how many fields a form with a file may have.
const maxParts = 20

// maxFileBody has room for what a form puts around a file.
func (d *door) maxFileBody() int64 { return d.Files.Max() + web.MaxBody }

// uploadFile takes a form with one file in the field file. It reads the form as it comes.
func (d *door) uploadFile(w http.ResponseWriter, r *http.Request) {
	current, _ := sessions.From(r.Context())
	read := web.ReadPatiently(w, r)
	upload, err := d.receiveFile(r, current.User)
	read()
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	a := upload.Attachment()
	web.WriteJSON(w, http.StatusOK, uploadReply{
		Success: true, ID: a.ID, FileURL: a.URL, ThumbnailURL: orNull(a.ThumbnailURL), Filename: "messages/" + upload.Key, OriginalName: a.Name,
		Size: a.Size, Type: a.Type, Width: a.Width, Height: a.Height,
	})
}

var errOneFile = fault.Field("file", "ONE_FILE", "Please send one file with each request.")

func (d *door) receiveFile(r *http.Request, u accounts.User) (upload chat.Upload, err error) {
	if r.ContentLength > d.maxFileBody() {
		return upload, errFileLarge
	}
	form, err := r.MultipartReader()
	if err != nil {
		return upload, errNoFile
	}
	received := false
	for range maxParts {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && received:
			return upload, nil
		case errors.Is(err, io.EOF):
			return upload, errNoFile
		case err != nil:
			return upload, d.abandon(r.Context(), u, upload, badForm(err))
		case part.FileName() == "":
			continue
		case received || part.FormName() != "file":
			return upload, d.abandon(r.Context(), u, upload, errOneFile)
		}
		if upload, err = d.Files.Receive(r.Context(), u, part.FileName(), formReader{part}); err != nil {
			return upload, err
		}
		received = true
	}
	return upload, d.abandon(r.Context(), u, upload, errForm)
}

// abandon takes back what a form brought that was not right to its end.
func (d *door) abandon(ctx context.Context, u accounts.User, upload chat.Upload, reason error) error {
	if upload.Key == "" {
		return reason
	}
	if err := d.Chat.RemoveUpload(context.WithoutCancel(ctx), u, upload.Key); err != nil {
		web.NoteError(ctx, err) // it goes when its time is over
	}
	return reason
}

var (
	errForm      = fault.New(fault.Invalid, "INVALID_FORM", "The form could not be read.")
	errFileLarge = fault.New(fault.TooLarge, "FILE_TOO_LARGE", "This file is too large.")
)

// badForm tells a form that breaks off from one that is too large.
func badForm(err error) error {
	if web.Fault(err).Kind == fault.TooLarge {
		return errFileLarge
	}
	return errForm
}

// formReader reads a part of a form, with the failures of a form.
type formReader struct{ io.Reader }

func (f formReader) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = badForm(err)
	}
	return n, err
}

// filePolicy lets a browser show a file and nothing of it act: no scripts, no forms, no origin.
const filePolicy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// paperPolicy is for a PDF in the frame of its page. A browser's viewer does not run in a sandbox; it is a program of the
// browser's, apart from our origin. The type is fixed, so that nothing else is ever served under this.
const paperPolicy = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"

// serveFile answers with a file, or with ?size=thumb its thumbnail, in whole or in parts. Who may see it is decided for each
// request, so that a browser may keep it but has to ask.
func (d *door) serveFile(w http.ResponseWriter, r *http.Request) {
	current, _ := sessions.From(r.Context())
	file, err := d.Files.Open(r.Context(), current.User, chi.URLParam(r, "key"), r.URL.Query().Get("size") == "thumb")
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Disposition", files.Disposition(file.Name, files.Inline(file.Type)))
	h.Set("Content-Security-Policy", filePolicy)
	if file.Type == files.PDF && r.URL.Query().Has("view") {
		h.Set("Content-Disposition", files.Disposition(file.Name, true))
		h.Set("Content-Security-Policy", paperPolicy)
		web.FramedByOwn(w)
	}
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+file.Tag+`"`)
	http.ServeContent(web.WritePatiently(w), r, "", file.Stored, file)
}

// FilePath names a file.
type FilePath struct {
	Key string `path:"key" doc:"The last part of its address"`
}

func (d *door) deleteFile(ctx context.Context, in *FilePath) (*reply[notice], error) {
	err := d.Chat.RemoveUpload(ctx, me(ctx), in.Key)
	return &reply[notice]{Body: notice{Message: "File removed"}}, err
}

type uploadedAvatar struct {
	Success   bool   `json:"success"`
	AvatarURL string `json:"avatar_url"`
	Filename  string `json:"filename"`
}

// uploadAvatarFile takes a form as setAvatar does, and answers in the form of old clients.
func (d *door) uploadAvatarFile(w http.ResponseWriter, r *http.Request) {
	current, _ := sessions.From(r.Context())
	u, err := d.uploadAvatar(r, current.User)
	if err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	key, _ := files.Key(u.Avatar)
	web.WriteJSON(w, http.StatusOK, uploadedAvatar{Success: true, AvatarURL: u.Avatar, Filename: "avatars/" + key})
}
