package files

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"pegasus/fault"
)

func TestALogoIsTheWholePictureInTheMiddleOfASquare(t *testing.T) {
	a, err := OpenAvatars(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []image.Point{{40, 20}, {20, 40}, {1000, 10}, {1, 1}, {600, 600}} {
		picture := image.NewNRGBA(image.Rectangle{Max: size})
		for i := range picture.Pix {
			picture.Pix[i] = 0xff
		}
		var out bytes.Buffer
		if err := png.Encode(&out, picture); err != nil {
			t.Fatal(err)
		}
		key, err := a.PutLogo(t.Context(), &out)
		if err != nil {
			t.Fatal(size, err)
		}
		kept, mediaType, err := a.Open(t.Context(), key)
		if err != nil || mediaType != "image/png" {
			t.Fatal(size, mediaType, err)
		}
		logo, err := png.Decode(kept)
		kept.Close()
		if err != nil || logo.Bounds().Size() != image.Pt(LogoSide, LogoSide) {
			t.Fatal(size, logo.Bounds(), err)
		}
		corner, middle := logo.At(0, 0), logo.At(LogoSide/2, LogoSide/2)
		if _, _, _, alpha := middle.RGBA(); alpha != 0xffff {
			t.Errorf("%v: the middle is %v", size, middle)
		}
		if _, _, _, alpha := corner.RGBA(); (alpha == 0) != (size.X != size.Y) {
			t.Errorf("%v: the corner is %v", size, color.NRGBAModel.Convert(corner))
		}
	}
}

func TestALogoThatIsNoPictureOrTooLargeIsRefused(t *testing.T) {
	a, err := OpenAvatars(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for code, data := range map[string][]byte{
		"NO_FILE": nil, "FILE_TYPE_NOT_ALLOWED": []byte("<svg/>"), "FILE_TOO_LARGE": make([]byte, MaxLogo+1), "IMAGE_TOO_LARGE": pngClaiming(12_001, 12_001),
	} {
		if _, err := a.PutLogo(t.Context(), bytes.NewReader(data)); fault.From(err).Code != code || fault.From(err).Field != "file" {
			t.Errorf("%s: %v", code, err)
		}
	}
}
