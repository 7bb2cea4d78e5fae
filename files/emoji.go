package files

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"image"
	"image/gif"
	"image/png"
	"io"

	"golang.org/x/image/draw"

	"pegasus/fault"
)

// Limits of the pictures of emoji.
const (
	MaxEmoji       = 256 << 10 // bytes of an upload
	emojiSide      = 128       // pixels of the longer side of what is kept
	maxEmojiFrames = 200       // of a picture that moves; of one with more the first stands still
	leastDelay     = 2         // hundredths of a second between two frames; browsers slow down what is faster
	usualDelay     = 10
)

var errEmojiSize = fault.Field("file", "FILE_TOO_LARGE", "The picture is too large. The limit is 256 KB.")

// PutEmoji decodes a picture (PNG, JPEG, GIF or WebP, up to MaxEmoji bytes), scales it down into 128 by 128 pixels and stores
// it, without metadata. Only its bytes say what it is. A GIF of at most 128 by 128 pixels and 200 frames goes on moving, and
// comes with a second picture that stands still, else still is "". The keys are new ones each time.
//
// Errors: NO_FILE, FILE_TOO_LARGE, FILE_TYPE_NOT_ALLOWED and IMAGE_TOO_LARGE, all Invalid; STORAGE_FULL.
func (a *Avatars) PutEmoji(ctx context.Context, picture io.Reader) (key, still string, err error) {
	data, err := readPicture(picture, MaxEmoji, errEmojiSize)
	if err != nil {
		return "", "", err
	}
	small, moving, err := a.convertEmoji(ctx, data)
	if err != nil {
		return "", "", err
	}
	if key, err = a.putNew(ctx, small, ".png"); err != nil || moving == nil {
		return key, "", err
	}
	still = key
	if key, err = a.putNew(ctx, moving, ".gif"); err != nil {
		_ = a.Remove(ctx, still) // a file too many harms nobody
		return "", "", err
	}
	return key, still, nil
}

func (a *Avatars) putNew(ctx context.Context, content []byte, extension string) (string, error) {
	var name [keyDigits / 2]byte
	rand.Read(name[:])
	key := hex.EncodeToString(name[:]) + extension
	return key, a.blobs.Put(ctx, key, bytes.NewReader(content), int64(len(content)))
}

// convertEmoji returns a PNG, and where the picture moves and may go on, a GIF.
func (a *Avatars) convertEmoji(ctx context.Context, data []byte) (small, moving []byte, err error) {
	var out bytes.Buffer
	err = a.opened(ctx, data, func(picture image.Image, size image.Point) error {
		if bytes.HasPrefix(data, []byte("GIF8")) && size.X <= emojiSide && size.Y <= emojiSide {
			moving = stillMoving(data)
		}
		return png.Encode(&out, fit(picture, size, orientation(data), emojiSide))
	})
	return out.Bytes(), moving, err
}

// fit scales a picture down until its longer side is at most so many pixels, upright. The frame of a GIF may be smaller than its picture;
// what it leaves free shows through.
func fit(picture image.Image, size image.Point, orientation, side int) image.Image {
	to := size
	if longer := max(size.X, size.Y); longer > side {
		to = image.Pt(max(1, size.X*side/longer), max(1, size.Y*side/longer))
	}
	scaled := image.NewRGBA(image.Rectangle{Max: to})
	from := image.Rectangle{Max: size}
	if _, frame := picture.(*image.Paletted); !frame {
		from = from.Add(picture.Bounds().Min)
	}
	draw.BiLinear.Scale(scaled, scaled.Bounds(), picture, from, draw.Src, nil)
	if orientation == 1 {
		return scaled
	}
	upright := image.NewRGBA(image.Rectangle{Max: seen(to, orientation)})
	for y := range upright.Rect.Dy() {
		for x := range upright.Rect.Dx() {
			fromX, fromY := stored(orientation, to, x, y, 1)
			upright.SetRGBA(x, y, scaled.RGBAAt(fromX, fromY))
		}
	}
	return upright
}

// stillMoving encodes a GIF anew, which leaves nothing of it but its frames. It returns nil for one that does not move, that
// has too many frames or that is broken behind the first.
func stillMoving(data []byte) (moving []byte) {
	defer func() {
		if recover() != nil {
			moving = nil // as for every decoder
		}
	}()
	if n := gifFrames(data); n < 2 || n > maxEmojiFrames {
		return nil
	}
	all, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	for i, delay := range all.Delay {
		if delay < leastDelay {
			all.Delay[i] = usualDelay
		}
	}
	var out bytes.Buffer
	if gif.EncodeAll(&out, all) != nil {
		return nil
	}
	return out.Bytes()
}

// gifFrames counts the frames of a GIF without decoding any, 0 where it is broken.
func gifFrames(data []byte) (n int) {
	in := bufio.NewReader(bytes.NewReader(data))
	skip := func(bytes int) byte {
		var last byte
		for range bytes {
			last, _ = in.ReadByte()
		}
		return last
	}
	flags := skip(11)
	skip(2)
	if copyPalette(io.Discard, in, flags) != nil {
		return 0
	}
	for {
		kind, err := in.ReadByte()
		switch {
		case err != nil:
			return 0
		case kind == 0x3b:
			return n
		case kind == 0x2c:
			n++
			if copyPalette(io.Discard, in, skip(9)) != nil {
				return 0
			}
			skip(1)
		case kind == 0x21:
			skip(1)
		default:
			return 0
		}
		if copyBlocks(io.Discard, in) != nil {
			return 0
		}
	}
}
