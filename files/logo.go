package files

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"

	"golang.org/x/image/draw"

	"pegasus/fault"
)

// Limits of a workspace's sign.
const (
	MaxLogo  = 1 << 20 // bytes of an upload
	LogoSide = 512     // pixels of what is kept, as installed apps want it
)

var errLogoSize = fault.Field("file", "FILE_TOO_LARGE", "The picture is too large. The limit is 1 MB.")

// PutLogo decodes a picture (PNG, JPEG, GIF or WebP, up to MaxLogo bytes and 24 megapixels), brings the whole of it into the middle
// of a square of LogoSide pixels, clear where it leaves some free, and stores it as a PNG without metadata. Only its bytes say
// what it is. The key is a new one each time.
//
// Errors: NO_FILE, FILE_TOO_LARGE, FILE_TYPE_NOT_ALLOWED and IMAGE_TOO_LARGE, all Invalid; STORAGE_FULL.
func (a *Avatars) PutLogo(ctx context.Context, picture io.Reader) (key string, err error) {
	data, err := readPicture(picture, MaxLogo, errLogoSize)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = a.opened(ctx, data, func(whole image.Image, size image.Point) error {
		return png.Encode(&out, centred(fit(whole, size, orientation(data), LogoSide), LogoSide))
	})
	if err != nil {
		return "", err
	}
	return a.putNew(ctx, out.Bytes(), ".png")
}

// centred scales a picture until its longer side is that of a square, and puts it into the middle of one.
func centred(picture image.Image, side int) image.Image {
	size := picture.Bounds().Size()
	longer := max(size.X, size.Y)
	to := image.Pt(max(1, size.X*side/longer), max(1, size.Y*side/longer))
	at := image.Pt((side-to.X)/2, (side-to.Y)/2)
	square := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.BiLinear.Scale(square, image.Rectangle{Min: at, Max: at.Add(to)}, picture, picture.Bounds(), draw.Src, nil)
	return square
}
