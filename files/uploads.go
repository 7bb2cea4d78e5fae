package files

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// UploadOptions are the parts that Uploads are made of.
type UploadOptions struct {
	Chat    *chat.Service
	Blobs   Blobs
	Staging string // a folder for what is arriving, made where it is missing
	Max     int64  // bytes of a file
	Avatars *Avatars
}

// Uploads takes files for messages and gives them to who may see them. It is safe for concurrent use.
type Uploads struct {
	chat    *chat.Service
	blobs   Blobs
	staging string
	max     int64
	turns   *turns // shared with the pictures of people: they bound the memory of the process
}

// NewUploads returns Uploads over blobs, which it closes with itself.
func NewUploads(o UploadOptions) (*Uploads, error) {
	if err := os.MkdirAll(o.Staging, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of files: %w", err)
	}
	return &Uploads{chat: o.Chat, blobs: o.Blobs, staging: o.Staging, max: o.Max, turns: o.Avatars.turns}, nil
}

// Max returns the size of the largest file that is taken, in bytes. Of nil Uploads it is 0.
func (u *Uploads) Max() int64 {
	if u == nil {
		return 0
	}
	return u.max
}

// Close gives the storage back. Nothing may be called after it.
func (u *Uploads) Close() error { return u.blobs.Close() }

var (
	errEmpty   = fault.Field("file", "NO_FILE", "Please choose a file that is not empty.")
	errLarge   = fault.New(fault.TooLarge, "FILE_TOO_LARGE", "This file is too large.")
	errDamaged = fault.New(fault.Unsupported, "FILE_TYPE_NOT_ALLOWED", "This picture is damaged, or has too many pixels.")
)

// Receive takes a file as it arrives: into the staging folder, checked there, and then to where files are kept. Pictures lose
// what says more than they show, and get a thumbnail where they are small enough to be decoded. What fails or breaks off
// leaves nothing; after a crash the upload is known, and goes when its time is over.
//
// Errors: NO_FILE; FILE_TOO_LARGE; FILE_TYPE_NOT_ALLOWED; STORAGE_FULL, QUOTA_EXCEEDED and TOO_MANY_UPLOADS; those of content
// as they are.
func (u *Uploads) Receive(ctx context.Context, actor accounts.User, name string, content io.Reader) (chat.Upload, error) {
	name = cleanName(name)
	if err := u.chat.RoomFor(ctx, actor, 1); err != nil {
		return chat.Upload{}, err
	}
	file, err := u.stage()
	if err != nil {
		return chat.Upload{}, err
	}
	defer file.Close()
	extension, k, size, err := u.fill(file, name, content)
	if err != nil {
		return chat.Upload{}, err
	}
	upload := chat.Upload{Key: newKey() + "." + extension, Name: name, Size: size, Type: k.mediaType}
	var thumb []byte
	switch extension {
	case "jpg", "png", "gif", "webp":
		clean, err := u.stage()
		if err != nil {
			return chat.Upload{}, err
		}
		defer clean.Close()
		if thumb, err = u.preparePicture(ctx, &upload, extension, clean, file); err != nil {
			return chat.Upload{}, err
		}
		file = clean
	}
	upload.Thumbnail = len(thumb) > 0
	if upload, err = u.chat.AddUpload(ctx, actor, upload); err != nil {
		return chat.Upload{}, err
	}
	if err := u.keep(ctx, upload, file, thumb); err != nil {
		if undone := u.remove(context.WithoutCancel(ctx), upload); undone != nil {
			err = errors.Join(err, undone)
		}
		return chat.Upload{}, err
	}
	return upload, nil
}

// stage opens a file that has no name any more, so that it goes with the process, however that ends.
func (u *Uploads) stage() (*os.File, error) {
	file, err := os.CreateTemp(u.staging, unfinished+"*")
	if err == nil {
		err = os.Remove(file.Name())
	}
	return file, full(err)
}

// full tells a disk without room from other failures.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errNoRoom
	}
	return err
}

// fill reads content into a file, no more of it than may be, and finds out what it is.
func (u *Uploads) fill(file *os.File, name string, content io.Reader) (extension string, k kind, size int64, err error) {
	beginning := make([]byte, sniffed)
	n, err := io.ReadFull(content, beginning)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", kind{}, 0, err
	}
	if n == 0 {
		return "", kind{}, 0, errEmpty
	}
	if extension, k, err = kindOf(name, beginning[:n]); err != nil {
		return "", kind{}, 0, err
	}
	rest := io.MultiReader(bytes.NewReader(beginning[:n]), content)
	const step = 8 << 20 // between two looks at what the disk has left
	for {
		if !roomIn(file, step) {
			return "", kind{}, 0, errNoRoom
		}
		n, err := io.CopyN(file, rest, min(step, u.max+1-size))
		size += n
		switch {
		case size > u.max:
			return "", kind{}, 0, errLarge
		case errors.Is(err, io.EOF):
			_, err = file.Seek(0, io.SeekStart)
			return extension, k, size, err
		case err != nil:
			return "", kind{}, 0, full(err)
		}
	}
}

// ThumbnailKey returns where the thumbnail of a file lies.
func ThumbnailKey(key string) string {
	stem, _, _ := cutLast(key, ".")
	return stem + "-thumb"
}

func (u *Uploads) keep(ctx context.Context, upload chat.Upload, file io.Reader, thumb []byte) error {
	if err := u.blobs.Put(ctx, upload.Key, file, upload.Size); err != nil || len(thumb) == 0 {
		return err
	}
	return u.blobs.Put(ctx, ThumbnailKey(upload.Key), bytes.NewReader(thumb), int64(len(thumb)))
}

// remove deletes the bytes of an upload, then what is known of it.
func (u *Uploads) remove(ctx context.Context, upload chat.Upload) error {
	if err := u.blobs.Remove(ctx, upload.Key); err != nil {
		return err
	}
	if upload.Thumbnail {
		if err := u.blobs.Remove(ctx, ThumbnailKey(upload.Key)); err != nil {
			return err
		}
	}
	return u.chat.ForgetUpload(ctx, upload.ID)
}

// newKey returns a random UUID. Source: RFC 9562, 5.4.
func newKey() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
