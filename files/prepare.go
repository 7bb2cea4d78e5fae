package files

import (
	"bufio"
	"context"
	"errors"
	"image"
	"io"
	"os"

	"pegasus/chat"
	"pegasus/fault"
)

// preparePicture copies a picture without metadata, notes its size, and returns its thumbnail, nil for none.
func (u *Uploads) preparePicture(ctx context.Context, upload *chat.Upload, extension string, to, from *os.File) ([]byte, error) {
	config, err := configOf(from)
	if err != nil || config.X > maxKeptSide || config.Y > maxKeptSide || int64(config.X)*int64(config.Y) > maxKeptPixels {
		return nil, errDamaged
	}
	orientation, err := strip(extension, to, from)
	if errors.Is(err, errBroken) {
		return nil, errDamaged
	}
	if err != nil {
		return nil, full(err)
	}
	if upload.Size, err = to.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	upright := seen(config, orientation)
	upload.Width, upload.Height = upright.X, upright.Y
	thumb, err := u.thumbnailOf(ctx, to, upload.Size, orientation)
	if err == nil {
		_, err = to.Seek(0, io.SeekStart)
	}
	return thumb, err
}

// configOf reads a picture's size from its header alone, and goes back to the beginning.
func configOf(file *os.File) (image.Point, error) {
	in := bufio.NewReader(file)
	head, err := in.Peek(16)
	if err != nil {
		return image.Point{}, err
	}
	for _, f := range formats {
		if f.is(head) {
			config, err := f.config(in)
			if err == nil && (config.Width < 1 || config.Height < 1) {
				err = errBroken
			}
			_, seek := file.Seek(0, io.SeekStart)
			return image.Pt(config.Width, config.Height), errors.Join(err, seek)
		}
	}
	return image.Point{}, errBroken
}

// thumbnailOf decodes a picture when it is its turn. One that is too large, or not whole, has none.
func (u *Uploads) thumbnailOf(ctx context.Context, file io.ReaderAt, size int64, orientation int) ([]byte, error) {
	if size > maxThumbnail {
		return nil, nil
	}
	_, shape, err := inspect(read(file, min(size, sniffed)))
	if fault.Is(err, fault.Invalid) && fault.From(err).Code == errPixels.Code {
		return nil, nil
	}
	pixels := largePixels + 1 // where the header is longer than what was read
	if err == nil {
		pixels = shape.X * shape.Y
	}
	done, err := u.turns.take(ctx, pixels)
	if err != nil {
		return nil, err
	}
	defer done()
	data := read(file, size)
	f, shape, err := inspect(data)
	if err != nil {
		return nil, nil
	}
	picture, err := decode(f, data)
	if err != nil {
		return nil, nil
	}
	return thumbnail(picture, shape, orientation)
}

func read(file io.ReaderAt, size int64) []byte {
	data := make([]byte, size)
	n, _ := file.ReadAt(data, 0) // what is missing makes a picture that is not whole
	return data[:n]
}
