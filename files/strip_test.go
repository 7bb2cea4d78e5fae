package files

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// canary stands for everything that a picture says beside what it shows.
const canary = "GPS-48.2082-16.3738"

// stripped returns what is left of a picture.
func stripped(t testing.TB, extension string, data []byte) ([]byte, int, error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	orientation, err := strip(extension, file, bytes.NewReader(data))
	if err != nil {
		return nil, 0, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return out, orientation, nil
}

// tiffWith is an EXIF block with an orientation and a canary.
func tiffWith(orientation int) []byte { return append(upright(orientation), canary...) }

func segmentOf(marker byte, content string) []byte {
	return append([]byte{0xff, marker, byte((len(content) + 2) >> 8), byte(len(content) + 2)}, content...)
}

func photo(t testing.TB) []byte { return asJPEG(t, quarters(64, 48, four)) }

// photoWith is a JPEG with segments after its start.
func photoWith(t testing.TB, segments ...[]byte) []byte {
	data := photo(t)
	return append(append(bytes.Clone(data[:2]), bytes.Join(segments, nil)...), data[2:]...)
}

func samePixels(t *testing.T, name string, got, want image.Image) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s: %v, want %v", name, got.Bounds(), want.Bounds())
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			if got.At(x, y) != want.At(x, y) {
				t.Fatalf("%s: another colour at %d, %d", name, x, y)
			}
		}
	}
}

func TestAPhotoLosesItsPlaceAndKeepsItsPixels(t *testing.T) {
	want, err := jpeg.Decode(bytes.NewReader(photo(t)))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"exif":            photoWith(t, segmentOf(0xe1, "Exif\x00\x00"+string(tiffWith(1)))),
		"xmp":             photoWith(t, segmentOf(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+canary)),
		"photoshop":       photoWith(t, segmentOf(0xed, "Photoshop 3.0\x00"+canary)),
		"comment":         photoWith(t, segmentOf(0xfe, canary)),
		"another picture": photoWith(t, segmentOf(0xe2, "MPF\x00"+canary)),
		"a long adobe":    photoWith(t, segmentOf(0xee, "Adobe\x00d\x00\x00\x00\x00\x00"+canary)),
		"a second jfif":   photoWith(t, segmentOf(0xfe, "x"), segmentOf(0xe0, "JFIF\x00"+canary)),
		"filling":         photoWith(t, []byte{0xff, 0xff}, segmentOf(0xfe, canary)),
		"after the end":   append(photo(t), canary...),
		"a film after it": append(photo(t), "\x00\x00\x00\x18ftypmp42"+canary...),
		"many":            photoWith(t, bytes.Repeat(segmentOf(0xe5, canary), 500)),
	} {
		if !bytes.Contains(data, []byte(canary)) {
			t.Fatal(name)
		}
		out, orientation, err := stripped(t, "jpg", data)
		if err != nil || orientation != 1 {
			t.Errorf("%s: orientation %d, %v", name, orientation, err)
			continue
		}
		if bytes.Contains(out, []byte(canary)) {
			t.Errorf("%s: the canary stays", name)
		}
		got, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		samePixels(t, name, got, want)
	}
}

func TestAProfileOfColoursStays(t *testing.T) {
	for _, kept := range [][]byte{segmentOf(0xe2, "ICC_PROFILE\x00\x01\x01profile"), segmentOf(0xee, "Adobe\x00d\x00\x00\x00\x00\x01")} {
		out, _, err := stripped(t, "jpg", photoWith(t, kept, segmentOf(0xfe, canary)))
		if err != nil || !bytes.Contains(out, kept) || bytes.Contains(out, []byte(canary)) {
			t.Errorf("%q: %v", kept, err)
		}
	}
}

func TestHowToTurnAPictureStays(t *testing.T) {
	for o := 1; o <= 8; o++ {
		data := photoWith(t, segmentOf(0xe1, "Exif\x00\x00"+string(tiffWith(o))), segmentOf(0xe1, "Exif\x00\x00"+string(tiffWith(3))))
		out, got, err := stripped(t, "jpg", data)
		if err != nil || got != o || orientation(out) != o || bytes.Contains(out, []byte(canary)) {
			t.Errorf("jpg %d: %d and %d in the file, %v", o, got, orientation(out), err)
		}
		block := upright(o)
		for extension, data := range map[string][]byte{"png": pngWith(t, "eXIf", string(tiffWith(o))), "webp": webpWith("EXIF", string(tiffWith(o)))} {
			out, got, err := stripped(t, extension, data)
			if err != nil || got != o || bytes.Contains(out, block) != (o != 1) || bytes.Contains(out, []byte(canary)) {
				t.Errorf("%s %d: %d, %v", extension, o, got, err)
			}
			if extension == "webp" && (out[20]&webpEXIF != 0) != (o != 1) {
				t.Errorf("webp %d: flags %b", o, out[20])
			}
		}
	}
}

// pngWith is a picture with a chunk after its header.
func pngWith(t testing.TB, name, content string) []byte {
	data := asPNG(t, quarters(64, 48, four))
	const header = 8 + 25
	var chunk bytes.Buffer
	chunk.Write(binary.BigEndian.AppendUint32(nil, uint32(len(content))))
	chunk.WriteString(name + content + "crcc")
	return append(append(bytes.Clone(data[:header]), chunk.Bytes()...), data[header:]...)
}

func TestAPNGLosesItsTexts(t *testing.T) {
	want, err := png.Decode(bytes.NewReader(asPNG(t, quarters(64, 48, four))))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tEXt", "zTXt", "iTXt", "tIME", "eXIf", "prVt", "caBX"} {
		out, _, err := stripped(t, "png", append(pngWith(t, name, canary), canary...))
		if err != nil || bytes.Contains(out, []byte(canary)) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := png.Decode(bytes.NewReader(out))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		samePixels(t, name, got, want)
	}
}

// webpWith is an extended WebP with one more chunk and all flags set.
func webpWith(name, content string) []byte {
	body := []byte("WEBP")
	chunk := func(name, content string) {
		body = append(body, name...)
		body = binary.LittleEndian.AppendUint32(body, uint32(len(content)))
		body = append(body, content...)
		if len(content)%2 == 1 {
			body = append(body, 0)
		}
	}
	chunk("VP8X", "\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	body = append(body, losslessWebP[12:]...)
	chunk(name, content)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func TestAWebPLosesItsMetadata(t *testing.T) {
	for _, name := range []string{"EXIF", "XMP ", "abcd"} {
		out, _, err := stripped(t, "webp", append(webpWith(name, canary+"x"), canary...))
		if err != nil || bytes.Contains(out, []byte(canary)) || int(binary.LittleEndian.Uint32(out[4:])) != len(out)-8 || out[20] != 0 {
			t.Errorf("%s: %q, %v", name, out, err)
			continue
		}
		if f, size, err := inspect(out); err != nil || size != image.Pt(1, 1) {
			t.Errorf("%s: %v, %v", name, size, err)
		} else if _, err := decode(f, out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{"lossy": lossyWebP, "lossless": losslessWebP} {
		if out, _, err := stripped(t, "webp", data); err != nil || !bytes.Equal(out, data) {
			t.Errorf("%s has changed: %v", name, err)
		}
	}
}

func TestAGIFLosesItsCommentsAndStillMoves(t *testing.T) {
	data := asGIF(t, paletted(image.Rect(0, 0, 40, 40), color.NRGBA{R: 255, A: 255}), paletted(image.Rect(0, 0, 40, 40), color.NRGBA{B: 255, A: 255}))
	at := bytes.Index(data, []byte{0x21, 0xf9})
	extra := "\x21\xfe\x13" + canary + "\x00" + "\x21\xff\x0bXMP DataXMP\x13" + canary + "\x00"
	data = append(append(append(bytes.Clone(data[:at]), extra...), data[at:]...), canary...)
	out, _, err := stripped(t, "gif", data)
	if err != nil || bytes.Contains(out, []byte(canary)) || !bytes.Contains(out, []byte("NETSCAPE2.0")) {
		t.Fatalf("%v: %q", err, out)
	}
	if all, err := gif.DecodeAll(bytes.NewReader(out)); err != nil || len(all.Image) != 2 {
		t.Errorf("%v", err)
	}
}

func TestAPictureThatCannotBeFollowedIsBroken(t *testing.T) {
	pictures := map[string][]byte{
		"png": asPNG(t, quarters(64, 48, four)), "gif": asGIF(t, paletted(image.Rect(0, 0, 40, 40), red)), "webp": webpWith("XMP ", canary),
	}
	for extension, data := range pictures {
		for _, n := range []int{0, 5, 12, 13, 20, 30, len(data) / 2, len(data) - 3} {
			if _, _, err := stripped(t, extension, data[:n]); err != errBroken {
				t.Errorf("%d bytes of a %s: %v", n, extension, err)
			}
		}
	}
	whole := photo(t)
	for _, n := range []int{0, 1, 2, 3, 10, 100} {
		if _, _, err := stripped(t, "jpg", whole[:n]); err != errBroken {
			t.Errorf("%d bytes of a jpg: %v", n, err)
		}
	}
	// A photo that ends in its pixels is shown by every browser.
	if out, _, err := stripped(t, "jpg", whole[:len(whole)-20]); err != nil || len(out) < len(whole)/2 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// A progressive photo has several scans, with tables and maybe more between them.
func TestWhatStandsBetweenScansIsLookedAtToo(t *testing.T) {
	data := photo(t)
	at := bytes.LastIndex(data, []byte{0xff, 0xd9})
	between := append(bytes.Clone(data[:at]), segmentOf(0xfe, canary)...)
	between = append(between, segmentOf(0xc4, "table")...)
	out, _, err := stripped(t, "jpg", append(between, data[at:]...))
	if err != nil || bytes.Contains(out, []byte(canary)) || !bytes.Contains(out, segmentOf(0xc4, "table")) {
		t.Errorf("%v", err)
	}
}

func FuzzStrip(f *testing.F) {
	for extension, data := range map[string][]byte{
		"jpg": photo(f), "png": asPNG(f, quarters(8, 8, four)), "webp": webpWith("EXIF", "x"), "gif": asGIF(f, paletted(image.Rect(0, 0, 9, 9), red)),
	} {
		f.Add(extension, data)
	}
	f.Fuzz(func(t *testing.T, extension string, data []byte) {
		out, _, err := stripped(t, extension, data)
		if err == nil && len(out) > len(data)+64 {
			t.Errorf("%d bytes become %d", len(data), len(out))
		}
	})
}
