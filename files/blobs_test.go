package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"pegasus/fault"
)

// openS3 returns a bucket on a server in this process.
func openS3(t testing.TB) *S3 {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s, err := OpenS3(S3Options{Bucket: "files", Region: "us-east-1", Endpoint: server.URL, AccessKey: "key", SecretKey: "secret"}, "messages/")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openDisk(t testing.TB) *Disk {
	t.Helper()
	d, err := OpenDisk(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func everyBlobs(t *testing.T, run func(t *testing.T, blobs Blobs)) {
	t.Run("disk", func(t *testing.T) { run(t, openDisk(t)) })
	t.Run("s3", func(t *testing.T) { run(t, openS3(t)) })
}

func fetch(t testing.TB, blobs Blobs, key string) []byte {
	t.Helper()
	file, err := blobs.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestABlobComesBackWholeAndInParts(t *testing.T) {
	everyBlobs(t, func(t *testing.T, blobs Blobs) {
		for _, size := range []int{1, 1000, 17 << 20} { // the last is more than one part of a multipart upload
			data := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
			key := fmt.Sprintf("a-%d.bin", size)
			if err := blobs.Put(t.Context(), key, bytes.NewReader(data), int64(size)); err != nil {
				t.Fatal(err)
			}
			if got := fetch(t, blobs, key); !bytes.Equal(got, data) {
				t.Errorf("%d bytes come back as %d", size, len(got))
			}
		}
		file, err := blobs.Open(t.Context(), "a-1000.bin")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for _, step := range []struct {
			offset int64
			whence int
			at     int64
			want   string
		}{{0, io.SeekStart, 0, "0123"}, {4, io.SeekCurrent, 8, "89ab"}, {-3, io.SeekEnd, 997, "567"}, {5, io.SeekStart, 5, "5678"}, {0, io.SeekEnd, 1000, ""}} {
			at, err := file.Seek(step.offset, step.whence)
			got := make([]byte, len(step.want))
			n, _ := io.ReadFull(file, got)
			if err != nil || at != step.at || string(got[:n]) != step.want {
				t.Errorf("at %d, %v: %q; want %+v", at, err, got, step)
			}
		}
		if _, err := file.Seek(-1, io.SeekStart); err == nil {
			t.Error("a place before the beginning is found")
		}
	})
}

func TestABlobIsReplacedAndRemoved(t *testing.T) {
	everyBlobs(t, func(t *testing.T, blobs Blobs) {
		for _, content := range []string{"first", "second"} {
			if err := blobs.Put(t.Context(), "a", strings.NewReader(content), int64(len(content))); err != nil {
				t.Fatal(err)
			}
			if got := fetch(t, blobs, "a"); string(got) != content {
				t.Errorf("%q", got)
			}
		}
		for range 2 {
			if err := blobs.Remove(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
		}
		_, err := blobs.Open(t.Context(), "a")
		wantFault(t, "removed", err, "FILE_NOT_FOUND")
	})
}

func TestABlobThatBreaksOffLeavesNothing(t *testing.T) {
	everyBlobs(t, func(t *testing.T, blobs Blobs) {
		broken := io.MultiReader(strings.NewReader("half"), iotestErr{})
		if err := blobs.Put(t.Context(), "a", broken, 1000); err == nil {
			t.Error("a reader that fails is taken")
		}
		if err := blobs.Put(t.Context(), "a", strings.NewReader("short"), 1000); err == nil {
			t.Error("less than announced is taken")
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, disk := blobs.(*Disk); !disk {
			if err := blobs.Put(ended, "a", strings.NewReader("whole"), 5); err == nil {
				t.Error("it is stored under a context that has ended")
			}
		}
		_, err := blobs.Open(t.Context(), "a")
		wantFault(t, "half", err, "FILE_NOT_FOUND")
		if disk, ok := blobs.(*Disk); ok {
			folder, err := disk.root.Open(".")
			if err != nil {
				t.Fatal(err)
			}
			defer folder.Close()
			if left, err := folder.ReadDir(-1); err != nil || len(left) != 0 {
				t.Errorf("%d files are left, %v", len(left), err)
			}
		}
	})
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, errors.New("cut") }

func TestNoNameButAKeyReachesAnyStorage(t *testing.T) {
	everyBlobs(t, func(t *testing.T, blobs Blobs) {
		for _, key := range []string{"", ".", "..", "../a", "/etc/passwd", "a/b", `a\b`, "A", "a\x00", "a b", "new-a", "ä", ".a", "-a", strings.Repeat("a", 101)} {
			if err := blobs.Put(t.Context(), key, strings.NewReader("x"), 1); err == nil {
				t.Errorf("%q is stored", key)
			}
			_, err := blobs.Open(t.Context(), key)
			wantFault(t, key, err, "FILE_NOT_FOUND")
			if err := blobs.Remove(t.Context(), key); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestManyBlobsAtOnceAreAllKept(t *testing.T) {
	everyBlobs(t, func(t *testing.T, blobs Blobs) {
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				text := fmt.Sprint("content ", i%10)
				if err := blobs.Put(t.Context(), fmt.Sprint("k", i%10), strings.NewReader(text), int64(len(text))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range 10 {
			if got := fetch(t, blobs, fmt.Sprint("k", i)); string(got) != fmt.Sprint("content ", i) {
				t.Errorf("%d is %q", i, got)
			}
		}
	})
}

func TestADiskKeepsAReserve(t *testing.T) {
	d := openDisk(t)
	d.reserve = math.MaxUint64 / 2
	err := d.Put(t.Context(), "a", strings.NewReader("x"), 1)
	wantFault(t, "full", err, "STORAGE_FULL")
	if !fault.Is(err, fault.Full) {
		t.Error(err)
	}
}

func TestWhatACrashLeftOnTheDiskGoes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, unfinished+"x"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%d are left, %v", len(entries), err)
	}
}

func TestAServerOfFilesThatIsAwayIsUnavailable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	s, err := OpenS3(S3Options{
		Bucket: "files", Region: "r", Endpoint: "http://" + listener.Addr().String(), AccessKey: "k", SecretKey: "hidden-secret",
	}, "")
	if err != nil {
		t.Fatal("opening asks the server:", err)
	}
	_, err = s.Open(t.Context(), "a")
	wantFault(t, "open", err, "STORAGE_UNAVAILABLE")
	if strings.Contains(err.Error(), "hidden-secret") {
		t.Error("the secret is in the error")
	}
	wantFault(t, "put", s.Put(t.Context(), "a", strings.NewReader("x"), 1), "STORAGE_UNAVAILABLE")
	wantFault(t, "remove", s.Remove(t.Context(), "a"), "STORAGE_UNAVAILABLE")
}

func TestPicturesOfPeopleGoWhereFilesGo(t *testing.T) {
	everyBlobs(t, func(t *testing.T, blobs Blobs) {
		a := NewAvatars(blobs)
		key, _ := put(t, a, asPNG(t, quarters(300, 300, four)), Crop{})
		if err := a.Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		_, _, err := a.Open(t.Context(), key)
		wantFault(t, "removed", err, "AVATAR_NOT_FOUND")
	})
}

func wantFault(t testing.TB, name string, err error, code string) {
	t.Helper()
	if err == nil || fault.From(err).Code != code {
		t.Errorf("%s: got %v, want %s", name, err, code)
	}
}
