package files_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/id"
	"pegasus/internal/doortest"
)

// world is a server's services with its files on a disk or in a bucket.
type world struct {
	*doortest.Services
	uploads *files.Uploads
	dir     string // where files are staged, and on a disk kept
	count   func() int
}

const maxTestFile = 8 << 20

func newWorld(t testing.TB, bucket bool) *world {
	t.Helper()
	s := doortest.New(t, doortest.Options{})
	w := &world{Services: s, dir: filepath.Join(t.TempDir(), "files")}
	var blobs files.Blobs
	if bucket {
		backend := s3mem.New()
		must(t, backend.CreateBucket("bucket"))
		server := httptest.NewServer(gofakes3.New(backend).Server())
		t.Cleanup(server.Close)
		opened, err := files.OpenS3(files.S3Options{Bucket: "bucket", Region: "eu", Endpoint: server.URL, AccessKey: "k", SecretKey: "s"}, "messages/")
		must(t, err)
		blobs = opened
		w.count = func() int {
			list, err := backend.ListBucket("bucket", &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
			must(t, err)
			return len(list.Contents) + entries(t, w.dir)
		}
	} else {
		opened, err := files.OpenDisk(w.dir)
		must(t, err)
		blobs = opened
		w.count = func() int { return entries(t, w.dir) }
	}
	var err error
	w.uploads, err = files.NewUploads(files.UploadOptions{Chat: s.Chat, Blobs: blobs, Staging: w.dir, Max: maxTestFile, Avatars: s.Avatars})
	must(t, err)
	t.Cleanup(func() { w.uploads.Close() })
	return w
}

func entries(t testing.TB, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	return len(list)
}

func everywhere(t *testing.T, run func(t *testing.T, w *world)) {
	t.Run("disk", func(t *testing.T) { run(t, newWorld(t, false)) })
	t.Run("s3", func(t *testing.T) { run(t, newWorld(t, true)) })
}

func (w *world) person(t testing.TB, name string) accounts.User {
	t.Helper()
	u := accounts.User{
		ID: id.New(time.Now()), Email: name + "@example.test", Name: name, Username: name, Role: accounts.RoleUser, Preferences: "{}",
		Status: accounts.StatusOnline, CreatedAt: doortest.Now(), UpdatedAt: doortest.Now(),
	}
	must(t, w.Store.CreateUser(t.Context(), u, ""))
	return u
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, what string, err error, code string) {
	t.Helper()
	if err == nil || fault.From(err).Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// picture is one with a red, a green, a blue and a white quarter.
func picture(width, height int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	colors := []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, colors[2*(2*y/height)+2*x/width])
		}
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, m))
	return b.Bytes()
}

// turnedPhoto is a photo of 1000 by 500 that stands on its side, taken somewhere.
func turnedPhoto(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, picture(1000, 500), nil))
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00GPS-48.2-16.3"
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append(bytes.Clone(b.Bytes()[:2]), segment...), b.Bytes()[2:]...)
}

func (w *world) read(t testing.TB, u accounts.User, key string, thumb bool) (files.File, []byte) {
	t.Helper()
	file, err := w.uploads.Open(t.Context(), u, key, thumb)
	must(t, err)
	defer file.Close()
	data, err := io.ReadAll(file)
	must(t, err)
	return file, data
}

func TestAFileComesBackWithTheTypeThatTheServerFound(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		ada := w.person(t, "ada")
		u, err := w.uploads.Receive(t.Context(), ada, "../Zürich.TXT", strings.NewReader("<script>alert(1)</script>"))
		must(t, err)
		if u.Name != "Zürich.TXT" || u.Type != "text/plain" || u.Size != 25 || u.Thumbnail || u.Width != 0 || u.UserID != ada.ID || !strings.HasSuffix(u.Key, ".txt") {
			t.Errorf("%+v", u)
		}
		file, data := w.read(t, ada, u.Key, false)
		if string(data) != "<script>alert(1)</script>" || file.Type != "text/plain" || file.Name != "Zürich.TXT" || file.Tag == "" {
			t.Errorf("%q, %+v", data, file)
		}
		_, err = w.uploads.Open(t.Context(), ada, u.Key, true)
		refused(t, "a thumbnail of a text", err, "FILE_NOT_FOUND")
	})
}

func TestAPhotoLosesItsPlaceAndHasAThumbnailUpright(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		ada := w.person(t, "ada")
		u, err := w.uploads.Receive(t.Context(), ada, "photo.jpeg", bytes.NewReader(turnedPhoto(t)))
		must(t, err)
		if u.Width != 500 || u.Height != 1000 || !u.Thumbnail || u.Type != "image/jpeg" {
			t.Errorf("%+v", u)
		}
		_, data := w.read(t, ada, u.Key, false)
		if bytes.Contains(data, []byte("GPS")) || int64(len(data)) != u.Size {
			t.Errorf("%d bytes of %d say where", len(data), u.Size)
		}
		file, thumb := w.read(t, ada, u.Key, true)
		m, kind, err := image.Decode(bytes.NewReader(thumb))
		must(t, err)
		if m.Bounds() != image.Rect(0, 0, 240, 480) || file.Type != "image/"+kind || file.Name != "photo.jpeg" {
			t.Errorf("%v as %s, %s", m.Bounds(), file.Type, file.Name)
		}
		// Turned clockwise the blue quarter is on top left.
		if r, _, b, _ := m.At(20, 20).RGBA(); b < 0xc000 || r > 0x4000 {
			t.Errorf("the corner is %v", m.At(20, 20))
		}
	})
}

func TestAThumbnailNeverGrowsAndKeepsWhatShowsThrough(t *testing.T) {
	w := newWorld(t, false)
	ada := w.person(t, "ada")
	for _, c := range []struct{ width, height, wide, high int }{{10, 20, 10, 20}, {480, 1, 480, 1}, {2000, 3, 480, 1}, {960, 480, 480, 240}} {
		u, err := w.uploads.Receive(t.Context(), ada, "a.png", bytes.NewReader(asPNG(t, picture(c.width, c.height))))
		must(t, err)
		_, thumb := w.read(t, ada, u.Key, true)
		m, _, err := image.Decode(bytes.NewReader(thumb))
		must(t, err)
		if m.Bounds() != image.Rect(0, 0, c.wide, c.high) || u.Width != c.width {
			t.Errorf("%+v: %v", c, m.Bounds())
		}
	}
	u, err := w.uploads.Receive(t.Context(), ada, "clear.png", bytes.NewReader(asPNG(t, image.NewNRGBA(image.Rect(0, 0, 50, 50)))))
	must(t, err)
	file, thumb := w.read(t, ada, u.Key, true)
	m, err := png.Decode(bytes.NewReader(thumb))
	must(t, err)
	if _, _, _, a := m.At(9, 9).RGBA(); a != 0 || file.Type != "image/png" {
		t.Errorf("alpha %d, %s", a, file.Type)
	}
}

// claiming is a PNG of a few bytes that claims a size.
func claiming(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	header = append(binary.BigEndian.AppendUint32(header, height), 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
	return append(out, "\x00\x00\x00\x00IEND\xae\x42\x60\x82"...)
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		ada := w.person(t, "ada")
		whole := asPNG(t, picture(50, 50))
		for name, c := range map[string]struct {
			name    string
			content io.Reader
			code    string
		}{
			"empty":           {"a.txt", strings.NewReader(""), "NO_FILE"},
			"html":            {"a.html", strings.NewReader("<html>"), "FILE_TYPE_NOT_ALLOWED"},
			"no picture":      {"a.png", strings.NewReader("<html>"), "FILE_TYPE_NOT_ALLOWED"},
			"half a picture":  {"a.png", bytes.NewReader(whole[:len(whole)/2]), "FILE_TYPE_NOT_ALLOWED"},
			"a bomb":          {"a.png", bytes.NewReader(claiming(50_000, 50_000)), "FILE_TYPE_NOT_ALLOWED"},
			"a long bomb":     {"a.png", bytes.NewReader(claiming(1<<31-1, 1)), "FILE_TYPE_NOT_ALLOWED"},
			"a gif bomb":      {"a.gif", strings.NewReader("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;"), "FILE_TYPE_NOT_ALLOWED"},
			"too large":       {"a.txt", strings.NewReader(strings.Repeat("x", maxTestFile+1)), "FILE_TOO_LARGE"},
			"endless":         {"a.txt", endless{}, "FILE_TOO_LARGE"},
			"cut":             {"a.txt", io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), cut{}), "CUT"},
			"cut at the head": {"a.txt", io.MultiReader(strings.NewReader("x"), cut{}), "CUT"},
		} {
			_, err := w.uploads.Receive(t.Context(), ada, c.name, c.content)
			refused(t, name, err, c.code)
		}
		if n := w.count(); n != 0 {
			t.Errorf("%d files are left", n)
		}
		if usage, err := w.Store.UploadUsage(t.Context(), ada.ID); err != nil || usage != (chat.Usage{}) {
			t.Errorf("%+v, %v", usage, err)
		}
		if _, err := w.uploads.Receive(t.Context(), ada, "a.txt", strings.NewReader(strings.Repeat("x", maxTestFile))); err != nil {
			t.Error("the largest one:", err)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, fault.New(fault.Invalid, "CUT", "") }

// A large picture is kept as it is; only what would burst a browser is refused.
func TestAPictureTooLargeToDecodeIsKeptWithoutAThumbnail(t *testing.T) {
	w := newWorld(t, false)
	ada := w.person(t, "ada")
	u, err := w.uploads.Receive(t.Context(), ada, "wide.png", bytes.NewReader(claiming(12_000, 9_000)))
	must(t, err)
	if u.Thumbnail || u.Width != 12_000 || u.Height != 9_000 {
		t.Errorf("%+v", u)
	}
}

func TestAnArchiveIsNeverUnpacked(t *testing.T) {
	w := newWorld(t, false)
	ada := w.person(t, "ada")
	u, err := w.uploads.Receive(t.Context(), ada, "42.zip", strings.NewReader("PK\x03\x04"+strings.Repeat("\x00", 42_000)))
	must(t, err)
	if _, data := w.read(t, ada, u.Key, false); len(data) != 42_004 || w.count() != 1 {
		t.Errorf("%d bytes in %d files", len(data), w.count())
	}
}

func TestOnTheDiskThereAreKeysAloneForTheOwnerAlone(t *testing.T) {
	w := newWorld(t, false)
	ada := w.person(t, "ada")
	for _, name := range []string{"../../x.txt", "/etc/passwd.txt", "CON.txt", "a\x00.txt", strings.Repeat("n", 4096) + ".txt", `..\..\x.txt`} {
		u, err := w.uploads.Receive(t.Context(), ada, name, strings.NewReader("x"))
		must(t, err)
		if strings.ContainsAny(u.Name, "/\\\x00") || len(u.Name) > 255 {
			t.Errorf("%q", u.Name)
		}
	}
	list, err := os.ReadDir(w.dir)
	must(t, err)
	for _, entry := range list {
		info, err := entry.Info()
		must(t, err)
		if len(entry.Name()) != 36+4 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", entry.Name(), info.Mode())
		}
	}
	info, err := os.Stat(w.dir)
	must(t, err)
	if len(list) != 6 || info.Mode().Perm() != 0o700 {
		t.Errorf("%d files in a folder of mode %o", len(list), info.Mode())
	}
}

func (w *world) send(t testing.TB, u accounts.User, channelID string, uploads ...chat.Upload) chat.Message {
	t.Helper()
	var refs []chat.AttachmentRef
	for _, one := range uploads {
		refs = append(refs, chat.AttachmentRef{ID: one.ID})
	}
	m, err := w.Chat.PostMessage(t.Context(), u, channelID, chat.Draft{Attachments: refs})
	must(t, err)
	return m
}

func (w *world) text(t testing.TB, u accounts.User, content string) chat.Upload {
	t.Helper()
	upload, err := w.uploads.Receive(t.Context(), u, "a.txt", strings.NewReader(content))
	must(t, err)
	return upload
}

func TestWhoMaySeeAFileFollowsItsMessage(t *testing.T) {
	w := newWorld(t, false)
	ada, ben, eve := w.person(t, "ada"), w.person(t, "ben"), w.person(t, "eve")
	c, err := w.Chat.CreateChannel(t.Context(), ada, chat.NewChannel{Name: "c", Type: chat.Private})
	must(t, err)
	upload := w.text(t, ada, "x")
	sees := func(when string, want ...bool) {
		t.Helper()
		for i, u := range []accounts.User{ada, ben, eve} {
			file, err := w.uploads.Open(t.Context(), u, upload.Key, false)
			if (err == nil) != want[i] {
				t.Errorf("%s %s: %v", when, u.Name, err)
			}
			if err != nil {
				refused(t, when, err, "FILE_NOT_FOUND")
				continue
			}
			file.Close()
		}
	}
	sees("before", true, false, false)
	must(t, w.Chat.AddMember(t.Context(), ada, c.ID, ben.ID))
	m := w.send(t, ada, c.ID, upload)
	sees("sent", true, true, false)
	must(t, w.Chat.AddMember(t.Context(), ada, c.ID, eve.ID))
	sees("joined", true, true, true)
	must(t, w.Chat.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	sees("removed", true, false, true)
	must(t, w.Chat.SetMemberRole(t.Context(), ada, c.ID, eve.ID, chat.RoleAdmin))
	must(t, w.Chat.RemoveMember(t.Context(), eve, c.ID, ada.ID))
	sees("its sender left", false, false, true)
	must(t, w.Chat.DeleteMessage(t.Context(), eve, m.ID))
	sees("deleted", false, false, false)
	must(t, w.uploads.Sweep(t.Context()))
	if n := w.count(); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestTheSweepRemovesWhatNobodyNeeds(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		ada := w.person(t, "ada")
		c, err := w.Chat.CreateChannel(t.Context(), ada, chat.NewChannel{Name: "c"})
		must(t, err)
		photo, err := w.uploads.Receive(t.Context(), ada, "a.png", bytes.NewReader(asPNG(t, picture(50, 50))))
		must(t, err)
		kept, going := w.text(t, ada, "kept"), w.text(t, ada, "going")
		m := w.send(t, ada, c.ID, photo)
		w.send(t, ada, c.ID, kept)
		if w.count() != 4 {
			t.Fatalf("%d files", w.count())
		}
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.uploads.Run(ctx, time.Hour, func(err error) { t.Error(err) }) })
		must(t, w.Chat.DeleteMessage(t.Context(), ada, m.ID))
		must(t, w.Chat.RemoveUpload(t.Context(), ada, going.Key))
		used := func() chat.Usage {
			usage, err := w.Store.UploadUsage(t.Context(), ada.ID)
			must(t, err)
			return usage
		}
		for i := 0; w.count() != 1 || used() != (chat.Usage{Stored: chat.MinCharge}); i++ {
			if i == 500 {
				t.Fatalf("%d files are left, and %+v is used", w.count(), used())
			}
			time.Sleep(10 * time.Millisecond)
		}
		end()
		running.Wait()
		w.read(t, ada, kept.Key, false)
	})
}

// failing are blobs on a disk that is full from some put on.
type failing struct {
	files.Blobs
	puts int
}

func (f *failing) Put(ctx context.Context, key string, content io.Reader, size int64) error {
	if f.puts--; f.puts < 0 {
		return fault.New(fault.Full, "STORAGE_FULL", "full")
	}
	return f.Blobs.Put(ctx, key, content, size)
}

func TestAFullDiskRefusesAFileAndKeepsNothingOfIt(t *testing.T) {
	s := doortest.New(t, doortest.Options{})
	for puts := range 2 {
		dir := filepath.Join(t.TempDir(), "files")
		disk, err := files.OpenDisk(dir)
		must(t, err)
		uploads, err := files.NewUploads(files.UploadOptions{Chat: s.Chat, Blobs: &failing{disk, puts}, Staging: dir, Max: maxTestFile, Avatars: s.Avatars})
		must(t, err)
		w := &world{Services: s, uploads: uploads}
		ada := w.person(t, fmt.Sprint("ada", puts))
		_, err = uploads.Receive(t.Context(), ada, "a.png", bytes.NewReader(asPNG(t, picture(50, 50))))
		refused(t, "full", err, "STORAGE_FULL")
		if n := entries(t, dir); n != 0 {
			t.Errorf("%d files are left", n)
		}
		usage, err := s.Store.UploadUsage(t.Context(), ada.ID)
		if err != nil || usage != (chat.Usage{}) {
			t.Errorf("%+v, %v", usage, err)
		}
		must(t, uploads.Close())
	}
}

func TestAPersonHasSoManyUploadsThatNoMessageTook(t *testing.T) {
	w := newWorld(t, false)
	ada := w.person(t, "ada")
	for range chat.MaxPending {
		w.text(t, ada, "x")
	}
	_, err := w.uploads.Receive(t.Context(), ada, "a.txt", strings.NewReader("x"))
	refused(t, "one more", err, "TOO_MANY_UPLOADS")
}

func TestMemoryStaysFlatHoweverLargeTheFile(t *testing.T) {
	s := doortest.New(t, doortest.Options{})
	dir := filepath.Join(t.TempDir(), "files")
	disk, err := files.OpenDisk(dir)
	must(t, err)
	defer disk.Close()
	const large = 50 << 20
	uploads, err := files.NewUploads(files.UploadOptions{Chat: s.Chat, Blobs: disk, Staging: dir, Max: large, Avatars: s.Avatars})
	must(t, err)
	ada := (&world{Services: s}).person(t, "ada")
	for name, head := range map[string][]byte{"a.txt": []byte("text"), "a.jpg": turnedPhoto(t)} {
		content := io.MultiReader(bytes.NewReader(head), io.LimitReader(endless{}, int64(large-len(head))))
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		upload, err := uploads.Receive(t.Context(), ada, name, content)
		must(t, err)
		var after runtime.MemStats
		runtime.ReadMemStats(&after)
		if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 12<<20 {
			t.Errorf("%s: %d bytes were allocated for a file of %d", name, grown, upload.Size)
		}
	}
}

func TestManyBombsAtOnceCostLittle(t *testing.T) {
	w := newWorld(t, false)
	ada := w.person(t, "ada")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for _, bomb := range [][]byte{claiming(50_000, 50_000), claiming(5_000, 4_800), claiming(100, 100)} {
				if _, err := w.uploads.Receive(t.Context(), ada, "a.png", bytes.NewReader(bomb)); err != nil && fault.From(err).Code == "INTERNAL" && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 400<<20 {
		t.Errorf("the process grew by %d MiB", grown>>20)
	}
}
