package chat

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Limits of files.
const (
	MaxAttachments = 10             // of a message
	MaxPending     = 50             // uploads of a person that no message has taken yet
	MaxStored      = 2 << 30        // bytes of all files of a person
	MinCharge      = 16 << 10       // bytes that the smallest file counts as, which bounds how many there can be
	UploadLife     = 24 * time.Hour // of an upload that no message takes
)

// Attachment is a file of a message, as it is stored with the message.
type Attachment struct {
	ID           string `json:"id"` // of the upload; "" for one of a system before this, which lies where URL says
	Name         string `json:"name"`
	Size         int64  `json:"size"` // in bytes
	Type         string `json:"type"` // the media type that the server found
	URL          string `json:"url"`
	ThumbnailURL string `json:"thumbnail_url,omitempty"` // "" for none
	Width        int    `json:"width,omitempty"`         // of a picture that stands upright, in pixels
	Height       int    `json:"height,omitempty"`
}

// Upload is a stored file. It belongs to who sent it, until one message takes it for good.
type Upload struct {
	ID            string
	Key           string // where its bytes lie: a UUID and the extension of its type
	UserID        string
	Name          string // as its sender called it: a label, nothing more
	Size          int64  // in bytes, as it is served
	Type          string
	Width, Height int // of a picture, 0 for others
	Thumbnail     bool
	MessageID     string // "" where no message has taken it
	CreatedAt     time.Time
	ExpiresAt     time.Time // when it is due for removal, zero for one that a message holds
}

// filePath is where files are served.
const filePath = "/api/files/"

// URL returns where the file is served.
func (u Upload) URL() string { return filePath + u.Key }

// Attachment returns what a message says of the upload.
func (u Upload) Attachment() Attachment {
	a := Attachment{ID: u.ID, Name: u.Name, Size: u.Size, Type: u.Type, URL: u.URL(), Width: u.Width, Height: u.Height}
	if u.Thumbnail {
		a.ThumbnailURL = a.URL + "?size=thumb"
	}
	return a
}

// Charge returns what an upload counts of its owner's MaxStored.
func (u Upload) Charge() int64 { return max(u.Size, MinCharge) }

// Usage is what a person's files take.
type Usage struct {
	Stored  int64 // the sum of Charge
	Pending int   // how many no message has taken
}

// Admits returns why there is no room for one more upload of a charge, nil where there is.
func (u Usage) Admits(charge int64) error {
	switch {
	case u.Pending >= MaxPending:
		return ErrTooManyUploads
	case u.Stored+charge > MaxStored:
		return ErrQuota
	}
	return nil
}

// UploadStore keeps what is known of files.
//
// AppendMessage takes the uploads that a message names as its attachments: a message with one that is not its author's, is
// gone or belongs to another message is refused as a Conflict with code ATTACHMENT_TAKEN, and nothing is stored. It is one
// decision however many ask at once. DeleteMessage drops the attachments from the message and makes its uploads due;
// TakeBackMessage leaves them to their owner.
type UploadStore interface {
	// AddUpload stores an upload unless its owner's Usage does not admit it. What runs at once may be refused a little
	// early, never admitted too much.
	AddUpload(ctx context.Context, u Upload) error
	UploadUsage(ctx context.Context, userID string) (Usage, error)
	// Upload returns an upload by its key; one that is being removed is missing. The error is ErrUploadNotFound.
	Upload(ctx context.Context, key string) (Upload, error)
	// Uploads returns those of a person's uploads that have these ids, in no order.
	Uploads(ctx context.Context, userID string, ids []string) ([]Upload, error)
	// UploadsBy returns up to limit uploads of a person in the order of their ids, after the id given.
	UploadsBy(ctx context.Context, userID, after string, limit int) ([]Upload, error)
	// ExpireUpload makes a person's upload due that no message has taken. Any other is ErrUploadNotFound.
	ExpireUpload(ctx context.Context, userID, key string, now time.Time) error
	// HoldUploads sets the time at which uploads of a person are due that no message has taken. Where one is gone or belongs to
	// a message it is ErrAttachmentTaken, and the others may be held.
	HoldUploads(ctx context.Context, userID string, ids []string, until time.Time) error
	// DueUploads returns up to limit uploads to remove, which it keeps from messages and from other callers until the
	// time given. What a message holds after all is not due any more.
	DueUploads(ctx context.Context, now, until time.Time, limit int) ([]Upload, error)
	// DeleteUpload forgets an upload. One that is gone is no error.
	DeleteUpload(ctx context.Context, id string) error
}

var (
	ErrUploadNotFound  = fault.New(fault.NotFound, "FILE_NOT_FOUND", "This file does not exist, or you may not see it.")
	ErrAttachmentTaken = &fault.Error{
		Kind: fault.Conflict, Code: "ATTACHMENT_TAKEN", Field: "attachments", Message: "One of the files is gone or belongs to another message already.",
	}
	ErrTooManyUploads = fault.New(fault.Full, "TOO_MANY_UPLOADS", "There are 50 uploads that no message has taken yet. Send or remove some first.")
	ErrQuota          = fault.New(fault.Full, "QUOTA_EXCEEDED", "Your files take all of the 2 GB that one person may have.")
)

// AttachmentRef names an upload of one's own, by its id or by the address where it is served.
type AttachmentRef struct{ ID, URL string }

// attachments returns what refs name. Whether a message may still take it is decided as the message is stored.
func (s *Service) attachments(ctx context.Context, actor accounts.User, refs []AttachmentRef) ([]Attachment, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	if len(refs) > MaxAttachments {
		return nil, fault.Field("attachments", "TOO_MANY_ATTACHMENTS", "A message has at most 10 files.")
	}
	var ids []string
	for _, ref := range refs {
		if id.Valid(ref.ID) {
			ids = append(ids, ref.ID)
		}
	}
	uploads, err := s.store.Uploads(ctx, actor.ID, ids)
	if err != nil {
		return nil, err
	}
	found := make([]Attachment, len(refs))
	for i, ref := range refs {
		at := slices.IndexFunc(uploads, func(u Upload) bool { return u.ID == ref.ID })
		if at < 0 && ref.ID == "" {
			u, err := s.uploadAt(ctx, actor, ref.URL)
			if err != nil {
				return nil, err
			}
			uploads, at = append(uploads, u), len(uploads)
		}
		if at < 0 {
			return nil, errAttachment
		}
		found[i] = uploads[at].Attachment()
		if slices.Contains(found[:i], found[i]) {
			return nil, fault.Field("attachments", "ATTACHMENT_TWICE", "A message has a file only once.")
		}
	}
	return found, nil
}

// PendingAttachments returns those of the actor's uploads with these ids that no message has taken, in the order of the ids.
func (s *Service) PendingAttachments(ctx context.Context, actor accounts.User, ids []string) ([]Attachment, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(uploadID string) bool { return !id.Valid(uploadID) })
	if len(ids) == 0 {
		return nil, nil
	}
	uploads, err := s.store.Uploads(ctx, actor.ID, ids[:min(len(ids), MaxAttachments)])
	if err != nil {
		return nil, err
	}
	var pending []Attachment
	for _, uploadID := range ids {
		at := slices.IndexFunc(uploads, func(u Upload) bool { return u.ID == uploadID && u.MessageID == "" })
		if at >= 0 {
			pending = append(pending, uploads[at].Attachment())
			uploads = slices.Delete(uploads, at, at+1)
		}
	}
	return pending, nil
}

var errAttachment = fault.Field("attachments", "UNKNOWN_ATTACHMENT", "One of the files is not an upload of yours.")

// uploadAt returns an upload of the actor's by the address where it is served.
func (s *Service) uploadAt(ctx context.Context, actor accounts.User, address string) (Upload, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Upload{}, errAttachment
	}
	key, served := strings.CutPrefix(u.Path, filePath)
	if !served {
		return Upload{}, errAttachment
	}
	found, err := s.store.Upload(ctx, key)
	if fault.Is(err, fault.NotFound) || err == nil && found.UserID != actor.ID {
		return Upload{}, errAttachment
	}
	return found, err
}

// RoomFor returns why the actor may not upload a file of this size, nil where they may. AddUpload decides.
func (s *Service) RoomFor(ctx context.Context, actor accounts.User, size int64) error {
	usage, err := s.store.UploadUsage(ctx, actor.ID)
	if err != nil {
		return err
	}
	return usage.Admits(Upload{Size: size}.Charge())
}

// AddUpload notes a file of the actor's before its bytes are stored, so that whatever happens they are known and removed
// when their time is over. It fills in whose it is and until when.
func (s *Service) AddUpload(ctx context.Context, actor accounts.User, u Upload) (Upload, error) {
	now := s.now()
	u.ID, u.UserID, u.MessageID, u.CreatedAt, u.ExpiresAt = id.New(now), actor.ID, "", now, now.Add(UploadLife)
	return u, s.store.AddUpload(ctx, u)
}

// Upload returns a file that the actor may see now: their own while no message has taken it, then those of messages that
// they may see.
func (s *Service) Upload(ctx context.Context, actor accounts.User, key string) (Upload, error) {
	u, err := s.store.Upload(ctx, key)
	if err != nil {
		return Upload{}, err
	}
	if u.MessageID == "" {
		if u.UserID != actor.ID {
			return Upload{}, ErrUploadNotFound
		}
		return u, nil
	}
	_, _, err = s.visible(ctx, actor, u.MessageID)
	if fault.Is(err, fault.NotFound) {
		return Upload{}, ErrUploadNotFound
	}
	return u, err
}

// RemoveUpload removes a file of the actor's that no message has taken.
func (s *Service) RemoveUpload(ctx context.Context, actor accounts.User, key string) error {
	err := s.store.ExpireUpload(ctx, actor.ID, key, s.now())
	if err == nil {
		s.wakeRemoval()
	}
	return err
}

// heldAfter is how long after its time the files of a scheduled message are kept that could not be sent.
const heldAfter = 30 * 24 * time.Hour

// hold keeps the files of a message that is sent at a time.
func (s *Service) hold(ctx context.Context, userID string, files []Attachment, at time.Time) error {
	if len(files) == 0 {
		return nil
	}
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	return s.store.HoldUploads(ctx, userID, ids, at.Add(heldAfter))
}

// release removes files that waited for a message. Those that a message has taken stay, and what fails goes when its time is
// over.
func (s *Service) release(ctx context.Context, actor accounts.User, files []Attachment) {
	for _, f := range files {
		_ = s.RemoveUpload(ctx, actor, strings.TrimPrefix(f.URL, filePath))
	}
}

// uploadLease is how long one server has for the files that it removes before another one tries.
const uploadLease = 5 * time.Minute

// DueUploads returns up to limit files to remove. Whoever has removed one calls ForgetUpload.
func (s *Service) DueUploads(ctx context.Context, limit int) ([]Upload, error) {
	now := s.now()
	return s.store.DueUploads(ctx, now, now.Add(uploadLease), limit)
}

// ForgetUpload ends what is known of a file whose bytes are gone.
func (s *Service) ForgetUpload(ctx context.Context, uploadID string) error {
	return s.store.DeleteUpload(ctx, uploadID)
}

// Removals returns a channel that gets a value when files have become due.
func (s *Service) Removals() <-chan struct{} { return s.removals }

func (s *Service) wakeRemoval() {
	select {
	case s.removals <- struct{}{}:
	default:
	}
}

// EachOwnUpload calls visit with every file of the actor in the order of their ids, page by page.
func (s *Service) EachOwnUpload(ctx context.Context, actor accounts.User, visit func(Upload) error) error {
	after := ""
	for {
		page, err := s.store.UploadsBy(ctx, actor.ID, after, exportPage)
		if err != nil {
			return err
		}
		for _, u := range page {
			if err := visit(u); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}
