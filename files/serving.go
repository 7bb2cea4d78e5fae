package files

import (
	"context"
	"errors"
	"io"
	"time"

	"pegasus/accounts"
)

// File is an open upload.
type File struct {
	io.ReadSeekCloser
	Name, Type string
	Tag        string // differs for whatever differs in bytes, and never changes
	Stored     time.Time
}

// Open returns a file that the actor may see at this moment, or its thumbnail. Whatever they may not see is FILE_NOT_FOUND.
func (u *Uploads) Open(ctx context.Context, actor accounts.User, key string, thumb bool) (File, error) {
	upload, err := u.chat.Upload(ctx, actor, key)
	if err != nil {
		return File{}, err
	}
	if !thumb {
		content, err := u.blobs.Open(ctx, upload.Key)
		return File{ReadSeekCloser: content, Name: upload.Name, Type: upload.Type, Tag: upload.ID, Stored: upload.CreatedAt}, err
	}
	if !upload.Thumbnail {
		return File{}, errNoFileThere
	}
	content, err := u.blobs.Open(ctx, ThumbnailKey(upload.Key))
	if err != nil {
		return File{}, err
	}
	file := File{ReadSeekCloser: content, Type: "image/png", Tag: upload.ID + "-thumb", Stored: upload.CreatedAt}
	head := make([]byte, 3)
	if _, err = io.ReadFull(content, head); err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if isJPEG(head) {
		file.Type = "image/jpeg"
	}
	stem, _, _ := cutLast(upload.Name, ".")
	file.Name = stem + "." + file.Type[len("image/"):]
	return file, err
}

const sweepPage = 100

// Sweep removes the files whose time is over and those of deleted messages.
func (u *Uploads) Sweep(ctx context.Context) error {
	for {
		due, err := u.chat.DueUploads(ctx, sweepPage)
		if err != nil {
			return err
		}
		var failures []error
		for _, upload := range due {
			failures = append(failures, u.remove(ctx, upload)) // what fails is due again when its lease is over
		}
		if err := errors.Join(failures...); err != nil || len(due) < sweepPage {
			return err
		}
	}
}

// Run sweeps now and then, and whenever files become due by what people do, until ctx ends.
func (u *Uploads) Run(ctx context.Context, every time.Duration, failed func(error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := u.Sweep(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-u.chat.Removals():
		}
	}
}
