// Package files keeps what people upload.
package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"pegasus/fault"
)

// MaxAvatar is the size of an uploaded picture of a person, in bytes.
const MaxAvatar = 5 << 20

// Crop is the square that a person chose from a picture: its corner and side in pixels of the picture as it is seen, with its
// orientation applied. The zero Crop, or one without a side, takes the largest square in the middle. One that reaches over an
// edge is moved and shrunk until it fits.
type Crop struct{ X, Y, Side int }

// Avatars keeps pictures of people under a folder: re-encoded, without metadata. It is safe for concurrent use.
type Avatars struct {
	root  *os.Root
	turns *turns
}

// unfinished begins the name of a file that is being written. It can be no key.
const unfinished = "new-"

// OpenAvatars opens the folder, which it makes where it is missing, and removes what a crash left half-written in it.
func OpenAvatars(dir string) (*Avatars, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of avatars: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of avatars: %w", err)
	}
	left, err := fs.Glob(root.FS(), unfinished+"*")
	for _, name := range left {
		err = errors.Join(err, root.Remove(name))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("clean the folder of avatars: %w", err), root.Close())
	}
	return &Avatars{root: root, turns: newTurns()}, nil
}

var (
	errNoFile   = fault.New(fault.Invalid, "NO_FILE", "Please choose a picture.")
	errFileSize = fault.New(fault.Invalid, "FILE_TOO_LARGE", "The picture is too large. The limit is 5 MB.")
	errType     = fault.New(fault.Invalid, "FILE_TYPE_NOT_ALLOWED", "Please choose a whole PNG, JPEG, GIF or WebP picture that does not move as WebP.")
	errPixels   = fault.New(fault.Invalid, "IMAGE_TOO_LARGE", "The picture has too many pixels. The limit is 24 megapixels.")
	errNoAvatar = fault.New(fault.NotFound, "AVATAR_NOT_FOUND", "There is no such picture.")
	errNoRoom   = fault.New(fault.Full, "STORAGE_FULL", "The server has no room left to store this.")
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
	data, err := io.ReadAll(io.LimitReader(picture, MaxAvatar+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read a picture: %w", err)
	case len(data) == 0:
		return "", errNoFile
	case len(data) > MaxAvatar:
		return "", errFileSize
	}
	content, extension, err := a.convert(ctx, data, c)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(content, userID...))
	key = hex.EncodeToString(sum[:keyDigits/2]) + extension
	if err := a.write(key, content); err != nil {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return "", errNoRoom
		}
		return "", fmt.Errorf("store a picture: %w", err)
	}
	return key, nil
}

// write puts a file in its place whole and durably, or not at all.
func (a *Avatars) write(key string, content []byte) error {
	draft := unfinished + rand.Text()
	file, err := a.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = a.root.Rename(draft, key)
	}
	if err != nil {
		return errors.Join(err, a.root.Remove(draft))
	}
	folder, err := a.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Open returns a stored picture and its media type. A key that is not one of ours is NotFound.
func (a *Avatars) Open(key string) (picture io.ReadSeekCloser, mediaType string, err error) {
	mediaType, ok := mediaTypeOf(key)
	if !ok {
		return nil, "", errNoAvatar
	}
	file, err := a.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", errNoAvatar
	}
	if err != nil {
		return nil, "", fmt.Errorf("open a picture: %w", err)
	}
	return file, mediaType, nil
}

// Remove deletes a picture. One that is gone, or whose key is not one of ours, is no error.
func (a *Avatars) Remove(key string) error {
	if _, ok := mediaTypeOf(key); !ok {
		return nil
	}
	if err := a.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a picture: %w", err)
	}
	return nil
}

// Close gives the folder back. Nothing may be called after it.
func (a *Avatars) Close() error { return a.root.Close() }

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
	}
	return "", false
}
