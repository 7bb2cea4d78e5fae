package files

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"strings"
	"testing"
)

// putEmoji stores the picture of an emoji and returns what is served afterwards.
func putEmoji(t testing.TB, a *Avatars, data []byte) (content []byte, mediaType, still string) {
	t.Helper()
	key, still, err := a.PutEmoji(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	served, mediaType, err := a.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	if content, err = io.ReadAll(served); err != nil {
		t.Fatal(err)
	}
	return content, mediaType, still
}

func TestAnEmojiIsScaledDownAndKeepsItsShape(t *testing.T) {
	a, _ := open(t)
	colors := [4]color.NRGBA{{R: 255, A: 255}, {G: 255, A: 255}, {B: 255, A: 255}, {R: 255, G: 255, A: 255}}
	for name, test := range map[string]struct {
		data []byte
		want image.Point
	}{
		"a wide PNG": {asPNG(t, quarters(300, 150, colors)), image.Pt(128, 64)}, "a small JPEG": {asJPEG(t, quarters(20, 30, colors)), image.Pt(20, 30)},
		"a GIF that stands still": {asGIF(t, paletted(image.Rect(10, 10, 30, 30), color.Black)), image.Pt(40, 40)},
	} {
		content, mediaType, still := putEmoji(t, a, test.data)
		m, err := png.Decode(bytes.NewReader(content))
		if err != nil || mediaType != "image/png" || still != "" || m.Bounds().Size() != test.want {
			t.Errorf("%s: %s of %v, still %q, %v", name, mediaType, m.Bounds(), still, err)
		}
	}
}

func TestASmallGIFGoesOnMovingAndHasAStillPicture(t *testing.T) {
	a, _ := open(t)
	frames := []*image.Paletted{paletted(image.Rect(0, 0, 40, 40), color.Black), paletted(image.Rect(5, 5, 20, 20), color.White)}
	data := bytes.Replace(asGIF(t, frames...), []byte("\x21\xf9"), []byte("\x21\xfe\x06canary\x00\x21\xf9"), 1)
	content, mediaType, still := putEmoji(t, a, data)
	all, err := gif.DecodeAll(bytes.NewReader(content))
	if err != nil || mediaType != "image/gif" || len(all.Image) != 2 || all.Delay[0] != usualDelay || bytes.Contains(content, []byte("canary")) {
		t.Errorf("%s with %v, %v", mediaType, all, err)
	}
	if _, mediaType, err := a.Open(t.Context(), still); err != nil || mediaType != "image/png" {
		t.Errorf("the still picture is %s, %v", mediaType, err)
	}
	for range maxEmojiFrames {
		frames = append(frames, paletted(image.Rect(0, 0, 1, 1), color.White))
	}
	if _, mediaType, still := putEmoji(t, a, asGIF(t, frames...)); mediaType != "image/png" || still != "" {
		t.Errorf("one of too many frames is kept as %s", mediaType)
	}
	if cut := data[:len(data)-30]; gifFrames(cut) != 0 {
		t.Errorf("%d frames of a broken file", gifFrames(cut))
	}
}

func TestWhatIsNoEmojiIsRefused(t *testing.T) {
	a, _ := open(t)
	for code, data := range map[string]string{
		"NO_FILE": "", "FILE_TOO_LARGE": strings.Repeat("x", MaxEmoji+1), "FILE_TYPE_NOT_ALLOWED": "<svg onload=alert(1)>",
	} {
		_, _, err := a.PutEmoji(t.Context(), strings.NewReader(data))
		wantCode(t, code, err, code)
	}
	_, _, err := a.PutEmoji(t.Context(), bytes.NewReader(pngClaiming(12_001, 12_001)))
	wantCode(t, "many pixels", err, "IMAGE_TOO_LARGE")
}

func FuzzPutEmoji(f *testing.F) {
	f.Add(asGIF(f, paletted(image.Rect(0, 0, 40, 40), color.Black), paletted(image.Rect(0, 0, 9, 9), color.White)))
	a, _ := open(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = a.PutEmoji(t.Context(), bytes.NewReader(data))
	})
}
