package files

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pegasus/fault"
)

func open(t testing.TB) (*Avatars, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "avatars")
	a, err := OpenAvatars(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a, dir
}

var (
	red   = color.NRGBA{R: 255, A: 255}
	green = color.NRGBA{G: 255, A: 255}
	blue  = color.NRGBA{B: 255, A: 255}
	white = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	clear = color.NRGBA{}
)

// quarters is a picture whose quarters have four colours: top left, top right, bottom left, bottom right.
func quarters(width, height int, colors [4]color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, colors[2*(2*y/height)+2*x/width])
		}
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t testing.TB, frames ...*image.Paletted) []byte {
	t.Helper()
	var b bytes.Buffer
	all := &gif.GIF{Image: frames, Delay: make([]int, len(frames)), Config: image.Config{Width: 40, Height: 40}}
	if err := gif.EncodeAll(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func paletted(r image.Rectangle, c color.Color) *image.Paletted {
	m := image.NewPaletted(r, color.Palette{clear, c})
	for i := range m.Pix {
		m.Pix[i] = 1
	}
	return m
}

// put stores a picture and returns what is served afterwards.
func put(t testing.TB, a *Avatars, data []byte, c Crop) (key string, m image.Image) {
	t.Helper()
	key, err := a.Put(t.Context(), "ada", bytes.NewReader(data), c)
	if err != nil {
		t.Fatal(err)
	}
	file, mediaType, err := a.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m, name, err := image.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if mediaType != "image/"+name {
		t.Errorf("a %s is served as %s", name, mediaType)
	}
	if m.Bounds() != image.Rect(0, 0, avatarSide, avatarSide) {
		t.Errorf("it measures %s", m.Bounds())
	}
	return key, m
}

func near(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2), int(a1) - int(a2)} {
		if d < -0x1800 || d > 0x1800 {
			return false
		}
	}
	return true
}

// wantQuarters looks at the middle of each quarter.
func wantQuarters(t *testing.T, name string, m image.Image, colors [4]color.NRGBA) {
	t.Helper()
	for i, at := range []image.Point{{64, 64}, {192, 64}, {64, 192}, {192, 192}} {
		if got := m.At(at.X, at.Y); !near(got, colors[i]) {
			t.Errorf("%s: quarter %d is %v, not %v", name, i, got, colors[i])
		}
	}
}

var four = [4]color.NRGBA{red, green, blue, white}

// Two pictures in WebP, 1 by 1: compressed with loss and without.
var (
	lossyWebP    = unbase64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	losslessWebP = unbase64("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestEveryFormatBecomesASquareOfOneSize(t *testing.T) {
	a, _ := open(t)
	tall, wide := quarters(60, 200, four), quarters(300, 80, four)
	for name, data := range map[string][]byte{
		"png": asPNG(t, quarters(512, 512, four)), "jpeg": asJPEG(t, quarters(512, 512, four)), "tall": asPNG(t, tall), "wide": asJPEG(t, wide),
		"tiny": asPNG(t, quarters(2, 2, four)),
	} {
		key, m := put(t, a, data, Crop{})
		if !regexp.MustCompile(`^[0-9a-f]{32}\.jpg$`).MatchString(key) {
			t.Errorf("%s: key %q", name, key)
		}
		if name != "tiny" {
			wantQuarters(t, name, m, four)
		}
	}
	put(t, a, lossyWebP, Crop{})
	put(t, a, losslessWebP, Crop{})
	_, m := put(t, a, asGIF(t, paletted(image.Rect(0, 0, 40, 40), red), paletted(image.Rect(0, 0, 40, 40), blue)), Crop{})
	if !near(m.At(128, 128), red) {
		t.Errorf("the GIF shows %v, not its first frame", m.At(128, 128))
	}
}

func TestASmallFrameOfAGIFStandsWhereItBelongs(t *testing.T) {
	a, _ := open(t)
	key, m := put(t, a, asGIF(t, paletted(image.Rect(20, 20, 40, 40), red)), Crop{})
	if !strings.HasSuffix(key, ".png") {
		t.Errorf("key %s", key)
	}
	wantQuarters(t, "frame", m, [4]color.NRGBA{clear, clear, clear, red})
}

func TestWhatShowsThroughStaysSo(t *testing.T) {
	a, _ := open(t)
	half := color.NRGBA{R: 255, A: 128}
	key, m := put(t, a, asPNG(t, quarters(300, 300, [4]color.NRGBA{half, clear, blue, clear})), Crop{})
	if !strings.HasSuffix(key, ".png") {
		t.Errorf("key %s", key)
	}
	wantQuarters(t, "png", m, [4]color.NRGBA{half, clear, blue, clear})
	// Nothing shows through in the square that was chosen.
	if key, _ := put(t, a, asPNG(t, quarters(300, 300, [4]color.NRGBA{half, clear, blue, clear})), Crop{X: 0, Y: 160, Side: 130}); !strings.HasSuffix(key, ".jpg") {
		t.Errorf("key %s", key)
	}
}

func TestACropIsTakenAsChosenAndMovedInsideWhereItReachesOut(t *testing.T) {
	a, _ := open(t)
	picture := asPNG(t, quarters(200, 100, four))
	for name, c := range map[string]struct {
		crop Crop
		want [4]color.NRGBA
	}{
		"none":                 {Crop{}, four},
		"no side":              {Crop{X: 150, Y: 50}, four},
		"a negative side":      {Crop{X: 0, Y: 0, Side: -5}, four},
		"one quarter":          {Crop{X: 0, Y: 0, Side: 50}, [4]color.NRGBA{red, red, red, red}},
		"the left":             {Crop{X: 0, Y: 0, Side: 100}, [4]color.NRGBA{red, red, blue, blue}},
		"the right":            {Crop{X: 100, Y: 0, Side: 100}, [4]color.NRGBA{green, green, white, white}},
		"beyond the right":     {Crop{X: 190, Y: 90, Side: 50}, [4]color.NRGBA{white, white, white, white}},
		"before the corner":    {Crop{X: -50, Y: -50, Side: 50}, [4]color.NRGBA{red, red, red, red}},
		"larger":               {Crop{X: 50, Y: 0, Side: 1000}, four},
		"as large as they get": {Crop{X: 1 << 62, Y: 1 << 62, Side: 1 << 62}, [4]color.NRGBA{green, green, white, white}},
		"as small as they get": {Crop{X: -1 << 63, Y: -1 << 63, Side: 1}, [4]color.NRGBA{red, red, red, red}},
	} {
		_, m := put(t, a, picture, c.crop)
		wantQuarters(t, name, m, c.want)
	}
}

func TestTheKeyDependsOnThePersonAndThePixelsAlone(t *testing.T) {
	a, dir := open(t)
	m := quarters(300, 300, four)
	first, _ := put(t, a, asPNG(t, m), Crop{})
	again, _ := put(t, a, withEXIF(asPNG(t, m), nil), Crop{})
	if first != again {
		t.Errorf("%s and %s for one picture", first, again)
	}
	other, _ := put(t, a, asPNG(t, quarters(300, 300, [4]color.NRGBA{blue, green, blue, white})), Crop{})
	his, err := a.Put(t.Context(), "ben", bytes.NewReader(asPNG(t, m)), Crop{})
	if err != nil || other == first || his == first {
		t.Errorf("keys %s, %s, %s, %v", first, other, his, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestOnlyWholePicturesOfTheFourFormatsAreTaken(t *testing.T) {
	a, dir := open(t)
	picture := asPNG(t, quarters(300, 300, four))
	photo := asJPEG(t, quarters(300, 300, four))
	moving := asGIF(t, paletted(image.Rect(0, 0, 40, 40), red))
	for name, data := range map[string][]byte{
		"svg":              []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"html":             []byte("<!DOCTYPE html><script>alert(1)</script>"),
		"text":             []byte("hello"),
		"one byte":         {0},
		"pdf":              []byte("%PDF-1.7"),
		"bmp":              []byte("BM" + strings.Repeat("\x00", 100)),
		"tiff":             []byte("II*\x00" + strings.Repeat("\x00", 100)),
		"html then png":    append([]byte("<script>alert(1)</script>"), picture...),
		"magic alone":      picture[:8],
		"png header":       picture[:40],
		"half a png":       picture[:len(picture)/2],
		"half a jpeg":      photo[:len(photo)/2],
		"half a gif":       moving[:len(moving)-12],
		"gif without end":  []byte("GIF89a"),
		"webp alone":       []byte("RIFF\x04\x00\x00\x00WEBP"),
		"webp of nothing":  []byte("RIFF\x0c\x00\x00\x00WEBPVP8 \x00\x00\x00\x00"),
		"half a webp":      losslessWebP[:len(losslessWebP)-6],
		"empty gif":        gifClaiming(0, 0),
		"empty png":        pngClaiming(0, 0),
		"jpeg magic":       []byte("\xff\xd8\xff\xe0"),
		"riff of waves":    []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"),
		"scans over scans": append(bytes.Clone(photo), bytes.Repeat([]byte{0xff, 0xda}, maxScans)...),
	} {
		_, err := a.Put(t.Context(), "ada", bytes.NewReader(data), Crop{})
		wantCode(t, name, err, "FILE_TYPE_NOT_ALLOWED")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
}

func TestWhatFollowsThePictureIsNotKept(t *testing.T) {
	a, dir := open(t)
	for _, data := range [][]byte{
		append(asPNG(t, quarters(300, 300, four)), "<script>alert(1)</script>"...),
		append(asJPEG(t, quarters(300, 300, four)), "<script>alert(1)</script>"...),
		append(asGIF(t, paletted(image.Rect(0, 0, 40, 40), red)), "<script>alert(1)</script>"...),
	} {
		key, _ := put(t, a, data, Crop{})
		if kept, err := os.ReadFile(filepath.Join(dir, key)); err != nil || bytes.Contains(kept, []byte("script")) {
			t.Errorf("the script is kept (%v)", err)
		}
	}
}

func wantCode(t *testing.T, name string, err error, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Code != code {
		t.Errorf("%s: got %v, want %s", name, err, code)
	}
}

// gifClaiming is a GIF of 34 bytes that claims a size.
func gifClaiming(width, height uint16) []byte {
	b := []byte("GIF89a")
	b = binary.LittleEndian.AppendUint16(b, width)
	b = binary.LittleEndian.AppendUint16(b, height)
	b = append(b, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, ',', 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, width)
	b = binary.LittleEndian.AppendUint16(b, height)
	return append(b, 0, 2, 1, 0x44, 0, ';')
}

func pngClaiming(width, height uint32) []byte {
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)...)
	header = append(header, 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	b = binary.BigEndian.AppendUint32(append(b, header...), crc32.ChecksumIEEE(header))
	data := []byte("IDAT\x78\x9c\x03\x00\x00\x00\x00\x01")
	b = append(b, 0, 0, 0, byte(len(data)-4))
	return binary.BigEndian.AppendUint32(append(b, data...), crc32.ChecksumIEEE(data))
}

// vp8lClaiming is a lossless WebP of 28 bytes that claims a size.
func vp8lClaiming(width, height uint32) []byte {
	b := []byte("RIFF\x14\x00\x00\x00WEBPVP8L\x08\x00\x00\x00\x2f")
	b = binary.LittleEndian.AppendUint32(b, width-1|(height-1)<<14)
	return append(b, 0, 0, 0)
}

// vp8xClaiming is an extended WebP whose canvas claims a size, with an alpha plane of that size.
func vp8xClaiming(width, height uint32) []byte {
	b := []byte("RIFF\x40\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00")
	b = append(b, byte(width-1), byte((width-1)>>8), byte((width-1)>>16), byte(height-1), byte((height-1)>>8), byte((height-1)>>16))
	return append(b, "ALPH\x02\x00\x00\x00\x00\x00"...)
}

func jpegClaiming(t *testing.T, width, height uint16) []byte {
	b := asJPEG(t, quarters(16, 16, four))
	at := bytes.Index(b, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(b[at+5:], height)
	binary.BigEndian.PutUint16(b[at+7:], width)
	return b
}

func TestAPictureThatClaimsTooManyPixelsIsRefusedByItsHeader(t *testing.T) {
	a, _ := open(t)
	bombs := map[string][]byte{
		"gif": gifClaiming(65535, 65535), "png": pngClaiming(50_000, 50_000), "png beyond int32": pngClaiming(1<<31-1, 1), "webp": vp8lClaiming(16384, 16384),
		"webp canvas": vp8xClaiming(16384, 16384), "jpeg": jpegClaiming(t, 65500, 65500), "one pixel high": pngClaiming(maxSide+1, 1),
		"one pixel wide": gifClaiming(1, maxSide+1), "just too many": pngClaiming(6000, 4001),
	}
	if len(bombs["gif"]) != 34 || len(bombs["webp"]) != 28 {
		t.Fatalf("the bombs have %d and %d bytes", len(bombs["gif"]), len(bombs["webp"]))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var work sync.WaitGroup
	for range 20 {
		for name, data := range bombs {
			work.Go(func() {
				_, err := a.Put(t.Context(), "ada", bytes.NewReader(data), Crop{})
				wantCode(t, name, err, "IMAGE_TOO_LARGE")
			})
		}
	}
	work.Wait()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("they took %d MiB", used>>20)
	}
	// As many pixels as are allowed get as far as the decoder, which misses the rest of the file.
	_, err := a.Put(t.Context(), "ada", bytes.NewReader(pngClaiming(6000, 4000)), Crop{})
	wantCode(t, "the most", err, "FILE_TYPE_NOT_ALLOWED")
}

// counting counts what is read of an endless upload.
type counting struct{ read int }

func (c *counting) Read(p []byte) (int, error) {
	c.read += len(p)
	return copy(p, bytes.Repeat([]byte{0x89}, len(p))), nil
}

func TestAFileThatIsMissingOrTooLargeIsRefused(t *testing.T) {
	a, _ := open(t)
	_, err := a.Put(t.Context(), "ada", nil, Crop{})
	wantCode(t, "nil", err, "NO_FILE")
	_, err = a.Put(t.Context(), "ada", strings.NewReader(""), Crop{})
	wantCode(t, "empty", err, "NO_FILE")
	endless := &counting{}
	_, err = a.Put(t.Context(), "ada", endless, Crop{})
	wantCode(t, "endless", err, "FILE_TOO_LARGE")
	if endless.read > MaxAvatar+1<<20 {
		t.Errorf("%d bytes were read", endless.read)
	}
	padded := append(asPNG(t, quarters(300, 300, four)), make([]byte, MaxAvatar)...)
	_, err = a.Put(t.Context(), "ada", bytes.NewReader(padded[:MaxAvatar+1]), Crop{})
	wantCode(t, "a byte over the limit", err, "FILE_TOO_LARGE")
	if _, err = a.Put(t.Context(), "ada", bytes.NewReader(padded[:MaxAvatar]), Crop{}); err != nil {
		t.Errorf("the limit: %v", err)
	}
	broken := errors.New("connection lost")
	if _, err = a.Put(t.Context(), "ada", io.MultiReader(strings.NewReader("\x89PNG"), failing{broken}), Crop{}); !errors.Is(err, broken) {
		t.Errorf("a broken upload: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestKeysThatAreNotOursReachNoFile(t *testing.T) {
	a, dir := open(t)
	key, _ := put(t, a, asPNG(t, quarters(300, 300, four)), Crop{})
	outside := filepath.Join(filepath.Dir(dir), "secret")
	inside := filepath.Join(dir, "other.jpg")
	for _, path := range []string{outside, inside} {
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hex, _ := strings.CutSuffix(key, ".jpg")
	linked := strings.Repeat("a", keyDigits) + ".jpg"
	if err := os.Symlink(outside, filepath.Join(dir, linked)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", ".", "..", "../secret", "/etc/passwd", "other.jpg", hex, hex + ".", hex + ".JPG", hex + ".jpeg", hex + ".png", hex + ".jpg\x00", hex + ".jpg/",
		hex + ".jpg/../" + key, "./" + key, "../avatars/" + key, strings.ToUpper(hex) + ".jpg", hex[1:] + ".jpg", hex + "a.jpg", hex + ".jpg.jpg", "..\\" + key,
		strings.Repeat("a", 4096), strings.Repeat("0", keyDigits) + ".jpg", hex[:31] + "/.jpg", hex[:31] + "ａ.jpg",
	} {
		if _, _, err := a.Open(t.Context(), bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("open %.60q: %v", bad, err)
		}
		if err := a.Remove(t.Context(), bad); err != nil {
			t.Errorf("remove %.60q: %v", bad, err)
		}
	}
	if file, _, err := a.Open(t.Context(), linked); err == nil {
		content, _ := io.ReadAll(file)
		file.Close()
		t.Errorf("a link out of the folder was followed to %q", content)
	}
	for _, path := range []string{outside, inside, filepath.Join(dir, key)} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s is gone", path)
		}
	}
}

func TestARemovedPictureIsGone(t *testing.T) {
	a, _ := open(t)
	key, _ := put(t, a, asPNG(t, quarters(300, 300, four)), Crop{})
	for range 2 {
		if err := a.Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Open(t.Context(), key); !fault.Is(err, fault.NotFound) {
			t.Fatalf("got %v", err)
		}
	}
}

func TestFilesAreForTheOwnerAloneAndNoneIsHalfWritten(t *testing.T) {
	a, dir := open(t)
	if err := os.WriteFile(filepath.Join(dir, unfinished+"crashed"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	key, _ := put(t, a, asPNG(t, quarters(300, 300, four)), Crop{})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenAvatars(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != key {
		t.Fatalf("the folder holds %v, %v", entries, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, key): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if file, _, err := again.Open(t.Context(), key); err != nil {
		t.Errorf("after a restart: %v", err)
	} else {
		file.Close()
	}
}

func TestManyUploadsAtOnceAreAllKeptAndFewAreDecoded(t *testing.T) {
	a, _ := open(t)
	small, large := asPNG(t, quarters(300, 300, four)), asPNG(t, quarters(2600, 2400, four))
	var work sync.WaitGroup
	for i := range 12 {
		data := small
		if i%4 == 0 {
			data = large
		}
		work.Go(func() {
			key, err := a.Put(t.Context(), "ada", bytes.NewReader(data), Crop{})
			if err != nil {
				t.Error(err)
				return
			}
			if file, _, err := a.Open(t.Context(), key); err != nil {
				t.Error(err)
			} else {
				file.Close()
			}
		})
	}
	work.Wait()
	if len(a.turns.slots) != 0 || len(a.turns.queue) != 0 {
		t.Errorf("%d slots are not given back", len(a.turns.slots))
	}
}

func TestWaitingForATurnEndsWithTheRequest(t *testing.T) {
	turns := newTurns()
	one, err := turns.take(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.take(ended, largePixels+1); !errors.Is(err, context.Canceled) {
		t.Fatalf("a large one beside another: %v", err)
	}
	two, err := turns.take(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := turns.take(ended, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("a third: %v", err)
	}
	one()
	two()
	alone, err := turns.take(t.Context(), largePixels+1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := turns.take(ended, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("one beside a large one: %v", err)
	}
	alone()
}

func FuzzPut(f *testing.F) {
	a, _ := open(f)
	for _, seed := range [][]byte{
		asPNG(f, quarters(20, 10, four)), asJPEG(f, quarters(20, 10, four)), asGIF(f, paletted(image.Rect(5, 5, 40, 40), red)), lossyWebP, losslessWebP,
		withEXIF(asJPEG(f, quarters(20, 10, four)), exif(binary.LittleEndian, 6)), gifClaiming(65535, 65535), vp8lClaiming(16384, 16384), vp8xClaiming(3, 3),
		pngClaiming(9, 9), asPNG(f, paletted(image.Rect(0, 0, 9, 9), clear)),
	} {
		f.Add(seed, 0, 0, 0)
		f.Add(seed, -3, 7, 5)
	}
	f.Fuzz(func(t *testing.T, data []byte, x, y, side int) {
		// What the header claims costs time, and is bounded elsewhere.
		if _, size, err := inspect(data); err == nil && size.X*size.Y > 1<<16 {
			return
		}
		content, extension, err := a.convert(t.Context(), data, Crop{x, y, side})
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(content) != 0 {
				t.Fatalf("%d bytes and %v", len(content), err)
			}
			return
		}
		m, name, err := image.Decode(bytes.NewReader(content))
		if err != nil || m.Bounds() != image.Rect(0, 0, avatarSide, avatarSide) || extension != map[string]string{"jpeg": ".jpg", "png": ".png"}[name] {
			t.Fatalf("made a %s%s of %v, %v", name, extension, m.Bounds(), err)
		}
	})
}
