package archive_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/importer/archive"
)

func open(t *testing.T, write func(z *zip.Writer)) *archive.Archive {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func add(t *testing.T, z *zip.Writer, name, text string) {
	t.Helper()
	w, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(a *archive.Archive, name string, limit int64) (int, error) {
	r, err := a.Reader(name, limit)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return len(text), err
}

func TestNamesAreOnlyKeys(t *testing.T) {
	a := open(t, func(z *zip.Writer) {
		for _, name := range []string{"../../etc/x", "/abs", "dir/", "same"} {
			add(t, z, name, "")
		}
		add(t, z, "same", "second")
	})
	if names := strings.Join(a.Names(), " "); names != "../../etc/x /abs same" || !a.Has("/abs") || a.Has("dir/") {
		t.Errorf("the names are %s", names)
	}
	if n, err := read(a, "same", 100); n != 0 || err != nil {
		t.Errorf("of two of one name the first has %d bytes, %v", n, err)
	}
	if _, err := read(a, "none", 100); err == nil {
		t.Error("what is not there is read")
	}
}

func TestWhatIsTooLargeEndsInAnError(t *testing.T) {
	a := open(t, func(z *zip.Writer) {
		add(t, z, "small", strings.Repeat("x", 1000))
		add(t, z, "tight", strings.Repeat("x", 2<<20)) // packed a thousandfold
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, 9)
		if err == nil {
			_, err = io.WriteString(w, strings.Repeat("x", 4<<20))
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		raw, err := z.CreateRaw(&zip.FileHeader{Name: "lies", Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: 10})
		if err == nil {
			_, err = raw.Write(packed.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if n, err := read(a, "small", 1000); n != 1000 || err != nil {
		t.Errorf("what fits has %d bytes, %v", n, err)
	}
	for name, limit := range map[string]int64{"small": 999, "tight": 1 << 30, "lies": 1 << 30} {
		if n, err := read(a, name, limit); err == nil || n > 4<<20 {
			t.Errorf("%s gives %d bytes, %v", name, n, err)
		}
	}
}
