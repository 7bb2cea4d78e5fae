package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/views"
	"pegasus/web"
)

// newComposer fills in what every composer needs; drafted does the rest.
func (d *door) newComposer(f views.Composer) views.Composer {
	f.Key, f.MaxFile = rand.Text(), d.Files.Max()
	f.Accept = "." + strings.Join(files.Extensions(), ",.")
	return f
}

// posting is a message as a form brings it.
type posting struct {
	chat.Draft
	received []chat.Upload // the files that came with the form itself
}

// maxParts bounds how many fields a form of a message may have.
const maxParts = 50

// maxMessageForm has room for a message with as many files as it may have.
func (d *door) maxMessageForm() int64 { return chat.MaxAttachments*d.Files.Max() + web.MaxBody }

// readPosting reads the form of a composer. One with files is read as it comes: each file goes where files are kept. Where
// the form breaks off nothing of it stays; a file that is refused stops the message, and the others wait for the next try.
func (d *door) readPosting(w http.ResponseWriter, r *http.Request, me accounts.User, channelID string) (p posting, err error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	fields := url.Values{}
	if kind == "multipart/form-data" {
		if _, _, err := d.Chat.Channel(r.Context(), me, channelID); err != nil {
			return p, err // whose message goes nowhere has no files for it
		}
		read := web.ReadPatiently(w, r)
		fields, p.received, err = d.readFiles(w, r, me)
		read()
	} else {
		r.Body = http.MaxBytesReader(w, r.Body, web.MaxBody)
		if err = parse(r); err == nil {
			fields = r.PostForm
		}
	}
	p.Content, p.Key, p.Zone = fields.Get("content"), fields.Get("client_id"), fields.Get("zone")
	p.AlsoChannel = fields.Get("also_channel") != ""
	for _, uploadID := range fields["attachment"] {
		p.Attachments = append(p.Attachments, chat.AttachmentRef{ID: uploadID})
	}
	for _, u := range p.received {
		p.Attachments = append(p.Attachments, chat.AttachmentRef{ID: u.ID})
	}
	return p, err
}

var errManyFiles = fault.Field("attachments", "TOO_MANY_ATTACHMENTS", fmt.Sprintf("A message has at most %d files.", chat.MaxAttachments))

// readFiles reads a form with files. The first file that is refused is the error; those after it are read all the same.
func (d *door) readFiles(w http.ResponseWriter, r *http.Request, me accounts.User) (fields url.Values, received []chat.Upload, refused error) {
	fields = url.Values{}
	form, err := r.MultipartReader()
	if err != nil {
		return fields, nil, fault.New(fault.Invalid, "INVALID_FORM", "The form could not be read.")
	}
	abandon := func(err error) (url.Values, []chat.Upload, error) {
		d.abandon(r.Context(), me, received)
		return fields, nil, err
	}
	left := int64(web.MaxBody)
	for range maxParts {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return fields, received, refused
		case err != nil:
			return abandon(brokenForm(err))
		case part.FileName() == "":
			text, err := io.ReadAll(io.LimitReader(part, left+1))
			if left -= int64(len(text)); err != nil || left < 0 {
				return abandon(brokenForm(err))
			}
			fields.Add(part.FormName(), string(text))
			continue
		case len(received)+len(fields["attachment"]) >= chat.MaxAttachments:
			return fields, received, errManyFiles
		}
		upload, err := d.receive(w, r, me, part.FileName(), part)
		switch {
		case err == nil:
			received = append(received, upload)
		case errors.Is(err, errBroken):
			return abandon(err)
		case web.Fault(err).Kind == fault.Invalid || web.Fault(err).Kind == fault.Unsupported:
			refused = errors.Join(refused, err)
			if _, err := io.Copy(io.Discard, io.LimitReader(part, d.Files.Max())); err != nil {
				return abandon(brokenForm(err))
			}
		default:
			return fields, received, err // too large, or no room: what is left of the form is not worth reading
		}
	}
	return abandon(errBroken)
}

// receive takes one file of a form. What is wrong with it is told with its name.
func (d *door) receive(w http.ResponseWriter, r *http.Request, me accounts.User, name string, content io.Reader) (chat.Upload, error) {
	if err := d.Limits.Upload.Take(w, r, me.ID); err != nil {
		return chat.Upload{}, err
	}
	upload, err := d.Files.Receive(r.Context(), me, name, formFile{content})
	f := web.Fault(err)
	if err == nil || errors.Is(err, errBroken) || f.Kind == fault.Internal {
		return upload, err
	}
	told := *f
	if told.Message = "“" + name + "”: " + f.Message; f.Code == "FILE_TOO_LARGE" {
		told.Message = fmt.Sprintf("“%s” is too large. A file has at most %d MB.", name, d.Files.Max()>>20)
	}
	return chat.Upload{}, &told
}

var errBroken = fault.New(fault.Invalid, "INVALID_FORM", "The form could not be read.")

// brokenForm tells a form that breaks off from one that is too large.
func brokenForm(err error) error {
	if err != nil && web.Fault(err).Kind == fault.TooLarge {
		return err
	}
	return errBroken
}

// formFile is a file of a form, with the failures of a form.
type formFile struct{ io.Reader }

func (f formFile) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = brokenForm(err)
	}
	return n, err
}

// abandon takes uploads back. What fails goes when its time is over.
func (d *door) abandon(ctx context.Context, me accounts.User, uploads []chat.Upload) {
	for _, u := range uploads {
		if err := d.Chat.RemoveUpload(context.WithoutCancel(ctx), me, u.Key); err != nil {
			web.NoteError(ctx, err)
		}
	}
}

// post posts what a form brought, or runs the command in it. Sent a second time the form brings its files again: they are
// not kept twice.
func (d *door) post(w http.ResponseWriter, r *http.Request, me accounts.User, channelID string, p posting) (chat.Outcome, error) {
	if err := d.Limits.Post.Take(w, r, me.ID); err != nil {
		return chat.Outcome{}, err
	}
	said, err := d.Chat.Say(r.Context(), me, channelID, p.Draft)
	if err == nil {
		d.abandon(r.Context(), me, slices.DeleteFunc(p.received, func(u chat.Upload) bool {
			return slices.ContainsFunc(said.Message.Attachments, func(a chat.Attachment) bool { return a.ID == u.ID })
		}))
	}
	return said, err
}

// refill puts what a form brought back into its composer, with what was wrong. It returns err where no form can mend it.
func (d *door) refill(w http.ResponseWriter, r *http.Request, me accounts.User, p posting, err error, f *views.Composer) (status int, unmended error) {
	problem := web.Fault(err)
	switch problem.Kind {
	case fault.Invalid, fault.Limited, fault.Mismatch, fault.Conflict, fault.TooLarge, fault.Unsupported, fault.Full:
	default:
		return 0, err
	}
	attachments, failed := d.pending(r, me, p)
	if failed != nil {
		return 0, failed
	}
	web.NoteError(r.Context(), err)
	web.SetRetryAfter(w.Header(), problem)
	f.Text, f.Attachments, f.Error, f.Also = p.Content, attachments, problem.Message, p.AlsoChannel
	if problem.Kind == fault.Mismatch { // the form was sent before with another text; with its new key it is a new message
		f.Error = "This form was sent before. Send it again to post this text as a new message."
	} else if p.Key != "" {
		f.Key = p.Key
	}
	return web.Status(problem.Kind), nil
}
