// Package files keeps what people upload.
package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/draw"
	"image/png"
	"io"
	"strings"

	"pegasus/fault"
)

// MaxAvatar is the size of an uploaded picture of a person, in bytes.
const MaxAvatar = 5 << 20

// Crop is the square that a person chose from a picture: its corner and side in pixels of the picture as it is seen, with its
// orientation applied. The zero Crop, or one without a side, takes the largest square in the middle. One that reaches over an
// edge is moved and shrunk until it fits.
type Crop struct{ X, Y, Side int }

// Avatars keeps pictures of people: re-encoded, without metadata. It is safe for concurrent use.
type Avatars struct {
	blobs Blobs
	turns *turns
}

// OpenAvatars keeps pictures in a folder, which it makes where it is missing.
func OpenAvatars(dir string) (*Avatars, error) {
	disk, err := OpenDisk(dir)
	if err != nil {
		return nil, err
	}
	return NewAvatars(disk), nil
}

// NewAvatars keeps pictures among blobs, which it closes with itself.
func NewAvatars(blobs Blobs) *Avatars { return &Avatars{blobs: blobs, turns: newTurns()} }

var (
	errNoFile   = fault.Field("file", "NO_FILE", "Please choose a picture.")
	errFileSize = fault.Field("file", "FILE_TOO_LARGE", "The picture is too large. The limit is 5 MB.")
	errType     = fault.Field("file", "FILE_TYPE_NOT_ALLOWED", "Please choose a whole PNG, JPEG, GIF or WebP picture that does not move as WebP.")
	errPixels   = fault.Field("file", "IMAGE_TOO_LARGE", "The picture has too many pixels. The limit is 24 megapixels.")
	errNoAvatar = fault.New(fault.NotFound, "AVATAR_NOT_FOUND", "There is no such picture.")
)

// Put decodes a picture (PNG, JPEG, GIF or WebP, up to MaxAvatar bytes and 24 megapixels), crops it, scales it to 256 by 256
// pixels and stores it. Only its bytes say what it is. Of a GIF that moves the first frame counts. It returns the key, which
// depends on the person and on the pixels stored and on nothing else: the same picture again has the same key, so whoever
// replaces a picture must not remove the old key where it equals the new one.
//
// Errors: NO_FILE, FILE_TOO_LARGE, FILE_TYPE_NOT_ALLOWED and IMAGE_TOO_LARGE, all Invalid; STORAGE_FULL.
func (a *Avatars) Put(ctx context.Context, userID string, picture io.Reader, c Crop) (key string, err error) {
	if picture == nil {
		return "", errNoFile
	}
	data, err := readPicture(picture, MaxAvatar, errFileSize)
	if err != nil {
		return "", err
	}
	content, extension, err := a.convert(ctx, data, c)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(content, userID...))
	key = hex.EncodeToString(sum[:keyDigits/2]) + extension
	if err := a.blobs.Put(ctx, key, bytes.NewReader(content), int64(len(content))); err != nil {
		return "", err
	}
	return key, nil
}

// Remake makes a PNG of 256 by 256 pixels of the largest square in the middle of a picture that Put would take, on white where it
// shows through, and stores nothing.
func (a *Avatars) Remake(ctx context.Context, picture []byte) ([]byte, error) {
	small, err := a.square(ctx, picture, Crop{})
	if err != nil {
		return nil, err
	}
	flat := image.NewRGBA(small.Bounds())
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), small, image.Point{}, draw.Over)
	var out bytes.Buffer
	err = png.Encode(&out, flat)
	return out.Bytes(), err
}

// Open returns a stored picture and its media type. A key that is not one of ours is NotFound.
func (a *Avatars) Open(ctx context.Context, key string) (picture io.ReadSeekCloser, mediaType string, err error) {
	mediaType, ok := mediaTypeOf(key)
	if !ok {
		return nil, "", errNoAvatar
	}
	picture, err = a.blobs.Open(ctx, key)
	if fault.Is(err, fault.NotFound) {
		err = errNoAvatar
	}
	return picture, mediaType, err
}

// Remove deletes a picture. One that is gone, or whose key is not one of ours, is no error.
func (a *Avatars) Remove(ctx context.Context, key string) error {
	if _, ok := mediaTypeOf(key); !ok {
		return nil
	}
	return a.blobs.Remove(ctx, key)
}

// Close gives the storage back. Nothing may be called after it.
func (a *Avatars) Close() error { return a.blobs.Close() }

const keyDigits = 32

// mediaTypeOf returns the media type that a key stands for, and whether it has the exact form of a key: 32 lower-case hex
// digits and an extension. No other name reaches the disk.
func mediaTypeOf(key string) (string, bool) {
	name, extension, _ := strings.Cut(key, ".")
	if len(name) != keyDigits || strings.Trim(name, "0123456789abcdef") != "" {
		return "", false
	}
	switch extension {
	case "jpg":
		return "image/jpeg", true
	case "png":
		return "image/png", true
	case "gif":
		return "image/gif", true
	}
	return "", false
}
