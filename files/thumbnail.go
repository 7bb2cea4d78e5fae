package files

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

const (
	thumbnailSide = 480      // pixels of the longer side, at most
	maxThumbnail  = 32 << 20 // bytes of a picture of which a thumbnail is made: it is read whole

	// Limits of a picture that is kept without being looked at. What claims more would burst the reader's browser.
	maxKeptPixels = 250_000_000
	maxKeptSide   = 30_000
)

// thumbnail returns a picture scaled down to thumbnailSide, upright: a JPEG, or a PNG where something shows through.
func thumbnail(picture image.Image, size image.Point, orientation int) ([]byte, error) {
	fit := image.Pt(size.X, size.Y)
	if long := max(size.X, size.Y); long > thumbnailSide {
		fit = image.Pt(max(1, size.X*thumbnailSide/long), max(1, size.Y*thumbnailSide/long))
	}
	scaled := image.NewRGBA(image.Rectangle{Max: fit})
	draw.BiLinear.Scale(scaled, scaled.Bounds(), picture, image.Rectangle{Max: size}, draw.Src, nil)
	turned := scaled
	if orientation != 1 {
		turned = image.NewRGBA(image.Rectangle{Max: seen(fit, orientation)})
		for y := range turned.Rect.Dy() {
			for x := range turned.Rect.Dx() {
				fromX, fromY := stored(orientation, fit, x, y, 1)
				turned.SetRGBA(x, y, scaled.RGBAAt(fromX, fromY))
			}
		}
	}
	var out bytes.Buffer
	var err error
	if turned.Opaque() {
		err = jpeg.Encode(&out, turned, &jpeg.Options{Quality: jpegQuality})
	} else {
		err = png.Encode(&out, turned)
	}
	return out.Bytes(), err
}
