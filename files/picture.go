package files

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"pegasus/fault"
)

const (
	avatarSide  = 256
	jpegQuality = 85
	maxPixels   = 24_000_000
	maxSide     = 12_000
	// maxScans bounds how often a progressive JPEG goes over all its pixels. Cameras and editors write about ten.
	maxScans = 128
)

// format is a kind of picture that is read. Its first bytes decide, whatever a name or a header claims.
type format struct {
	is     func(data []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{begins("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode},
	{isJPEG, jpeg.DecodeConfig, jpeg.Decode},
	{begins("GIF87a"), gif.DecodeConfig, gif.Decode},
	{begins("GIF89a"), gif.DecodeConfig, gif.Decode},
	{func(data []byte) bool {
		return len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
	}, webp.DecodeConfig, webp.Decode},
}

var isJPEG = begins("\xff\xd8\xff")

func begins(with string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(with)) }
}

// readPicture reads an upload of at most so many bytes. Where there are more it returns tooLarge.
func readPicture(picture io.Reader, most int64, tooLarge error) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(picture, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read a picture: %w", err)
	case len(data) == 0:
		return nil, errNoFile
	case int64(len(data)) > most:
		return nil, tooLarge
	}
	return data, nil
}

// opened decodes a picture when it is its turn, which lasts until use is done with it. The size is the one that the file claims.
func (a *Avatars) opened(ctx context.Context, data []byte, use func(picture image.Image, size image.Point) error) error {
	f, size, err := inspect(data)
	if err != nil {
		return err
	}
	done, err := a.turns.take(ctx, size.X*size.Y)
	if err != nil {
		return err
	}
	defer done()
	picture, err := decode(f, data)
	if err != nil {
		return err
	}
	return use(picture, size)
}

// square is the part of a picture that a person chose, small and upright.
func (a *Avatars) square(ctx context.Context, data []byte, c Crop) (small *image.RGBA, err error) {
	err = a.opened(ctx, data, func(picture image.Image, size image.Point) error {
		small = shrink(picture, size, orientation(data), c)
		return nil
	})
	return small, err
}

// convert turns an upload into the file that is kept: a JPEG, or a PNG where something shows through.
func (a *Avatars) convert(ctx context.Context, data []byte, c Crop) (content []byte, extension string, err error) {
	small, err := a.square(ctx, data, c)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	if small.Opaque() {
		err, extension = jpeg.Encode(&out, small, &jpeg.Options{Quality: jpegQuality}), ".jpg"
	} else {
		err, extension = png.Encode(&out, small), ".png"
	}
	return out.Bytes(), extension, err
}

// inspect finds the format and the size from the first bytes alone. A file of 34 bytes can claim pixels for gigabytes, so this
// comes before anything is decoded (golang/go#79063, golang/go#80254).
func inspect(data []byte) (format, image.Point, error) {
	for _, f := range formats {
		if !f.is(data) {
			continue
		}
		config, err := f.config(bytes.NewReader(data))
		if err != nil || config.Width < 1 || config.Height < 1 {
			return format{}, image.Point{}, errType
		}
		if config.Width > maxSide || config.Height > maxSide || int64(config.Width)*int64(config.Height) > maxPixels {
			return format{}, image.Point{}, errPixels
		}
		// The marker of a scan never stands inside compressed data, so counting it needs no parser.
		if isJPEG(data) && bytes.Count(data, []byte{0xff, 0xda}) > maxScans {
			return format{}, image.Point{}, errType
		}
		return f, image.Pt(config.Width, config.Height), nil
	}
	return format{}, image.Point{}, errType
}

// decode reads a picture. A decoder that panics has met a file that it does not understand, which is the file's fault.
func decode(f format, data []byte) (picture image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			picture, err = nil, &fault.Error{Kind: errType.Kind, Code: errType.Code, Message: errType.Message, Err: fmt.Errorf("decoder: %v", r)}
		}
	}()
	if picture, err = f.decode(bytes.NewReader(data)); err != nil {
		return nil, errType
	}
	return picture, nil
}

// shrink cuts the square out of a picture of a size and scales it down, upright. A frame of a GIF may be smaller than its
// picture; what it leaves free shows through.
func shrink(picture image.Image, size image.Point, orientation int, c Crop) *image.RGBA {
	c = c.within(seen(size, orientation))
	x, y := stored(orientation, size, c.X, c.Y, c.Side)
	// Some formats count pixels from elsewhere than 0, 0; the frame of a GIF does so on purpose.
	square := image.Rect(x, y, x+c.Side, y+c.Side)
	scaled := image.NewRGBA(image.Rect(0, 0, avatarSide, avatarSide))
	draw.BiLinear.Scale(scaled, scaled.Bounds(), picture, square, draw.Src, nil)
	if orientation == 1 {
		return scaled
	}
	upright := image.NewRGBA(scaled.Bounds())
	for y := range avatarSide {
		for x := range avatarSide {
			fromX, fromY := stored(orientation, scaled.Bounds().Size(), x, y, 1)
			upright.SetRGBA(x, y, scaled.RGBAAt(fromX, fromY))
		}
	}
	return upright
}

// within returns the square moved and shrunk into a picture of a size.
func (c Crop) within(size image.Point) Crop {
	most := min(size.X, size.Y)
	if c.Side < 1 {
		return Crop{X: (size.X - most) / 2, Y: (size.Y - most) / 2, Side: most}
	}
	c.Side = min(c.Side, most)
	c.X = min(max(c.X, 0), size.X-c.Side)
	c.Y = min(max(c.Y, 0), size.Y-c.Side)
	return c
}
