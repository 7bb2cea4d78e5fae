package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"pegasus/backup"
	"pegasus/fault"
)

// shelf keeps files in memory.
type shelf map[string]string

type opened struct{ *strings.Reader }

func (opened) Close() error { return nil }

func (s shelf) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	text, here := s[key]
	if !here {
		return nil, fault.New(fault.NotFound, "FILE_NOT_FOUND", "It is gone.")
	}
	return opened{strings.NewReader(text)}, nil
}

func (s shelf) Put(_ context.Context, key string, content io.Reader, _ int64) error {
	text, err := io.ReadAll(content)
	s[key] = string(text)
	return err
}

// table is a database of one file, and the place for one.
type table struct {
	text string
	dump backup.Dump
}

func (*table) Kind() string                { return "sqlite" }
func (*table) Close(context.Context) error { return nil }

func (d *table) Dump(_ context.Context, _ string, add backup.Add, _ func(backup.Progress)) (backup.Dump, error) {
	return d.dump, add("pegasus.db", int64(len(d.text)), strings.NewReader(d.text))
}

func (d *table) Load(_ context.Context, _ string, _ int64, content io.Reader) error {
	text, err := io.ReadAll(content)
	d.text = string(text)
	return err
}

func (d *table) Check(context.Context) (backup.Dump, error) { return d.dump, nil }

var dump = backup.Dump{
	Schema: 7, Counts: map[string]int64{"messages": 3},
	Files:    []backup.Blob{{Key: "b.txt"}, {Key: "a.png"}, {Key: "a-thumb"}, {Key: "sending.txt", Optional: true}},
	Pictures: backup.Pictures([]string{"/avatars/face.jpg", "smile.png", "https://pictures.test/x.png", ""}),
}

func source() backup.Source {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return backup.Source{
		Database: &table{text: strings.Repeat("rows ", 5000), dump: dump},
		Files:    shelf{"a.png": "picture", "a-thumb": "small", "b.txt": "", "unnamed.txt": "of nobody"},
		Pictures: shelf{"face.jpg": "face", "smile.png": "smile"},
		Secret:   []byte("the secret of this workspace, long enough"), KeepSecret: true, Program: "v1", Now: func() time.Time { return at }, Progress: quiet,
	}
}

func quiet(backup.Progress) {}

func written(t testing.TB, s backup.Source) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := backup.Write(context.Background(), s, filepath.Join(t.TempDir(), "scratch"), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func stored(t testing.TB, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "b.tar.zst")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWhatIsBackedUpIsRestored(t *testing.T) {
	s := source()
	name := filepath.Join(t.TempDir(), "b.tar.zst")
	made, size, err := backup.WriteFile(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Size() != size || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file is %v, %v", info, err)
	}
	if left, _ := filepath.Glob(name + ".*"); len(left) > 0 {
		t.Errorf("%q is left beside it", left)
	}
	place := table{dump: dump}
	files, pictures, secret := shelf{}, shelf{}, ""
	read, err := backup.Restore(t.Context(), name, backup.Place{
		Target: &place, Files: files, Pictures: pictures, Progress: quiet, KeepSecret: func(kept []byte) error { secret = string(kept); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if read.Sums != made.Sums || read.Files != 3 || read.Pictures != 2 || len(read.Missing) != 0 {
		t.Errorf("the manifest says %+v", read)
	}
	if want := s.Files.(shelf); place.text != s.Database.(*table).text || files["a.png"] != want["a.png"] || files["a-thumb"] != want["a-thumb"] {
		t.Errorf("the files are %q", files)
	}
	if _, here := files["b.txt"]; !here || len(files) != 3 {
		t.Errorf("the files are %q: an empty one counts, one that nobody names does not", files)
	}
	if !maps.Equal(pictures, s.Pictures.(shelf)) || secret != string(s.Secret) || !read.SameSecret(s.Secret) || read.SameSecret([]byte("another")) {
		t.Errorf("the pictures are %q, the secret %q", pictures, secret)
	}
}

func TestASecretThatIsKeptElsewhereIsNotInABackup(t *testing.T) {
	s := source()
	s.KeepSecret = false
	name := stored(t, written(t, s))
	m, err := backup.ReadFile(t.Context(), name, func(entry string, _ int64, content io.Reader) error {
		text, err := io.ReadAll(content)
		if entry == "secret" || bytes.Contains(text, s.Secret) {
			t.Errorf("%s holds it", entry)
		}
		return err
	}, quiet)
	if err != nil || m.Secret || !m.SameSecret(s.Secret) {
		t.Errorf("%+v, %v: it is recognised all the same", m, err)
	}
}

func TestAFileThatIsGoneIsNamedAndStopsNothing(t *testing.T) {
	s := source()
	delete(s.Files.(shelf), "b.txt")
	m, err := backup.ReadFile(t.Context(), stored(t, written(t, s)), nil, quiet)
	if err != nil || !slices.Equal(m.Missing, []string{"files/b.txt"}) {
		t.Errorf("%v, %v: what was never sent is not missed", m.Missing, err)
	}
}

func TestEveryFlippedByteAndEveryCutIsFound(t *testing.T) {
	whole := written(t, source())
	if _, err := backup.ReadFile(t.Context(), stored(t, whole), nil, quiet); err != nil {
		t.Fatal(err)
	}
	name := stored(t, nil)
	check := func(what string, content []byte) {
		t.Helper()
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.ReadFile(t.Context(), name, nil, quiet); fault.From(err) == nil || fault.From(err).Code != "BACKUP_DAMAGED" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range whole {
		flipped := slices.Clone(whole)
		flipped[i] ^= 1 << (i % 8)
		check(fmt.Sprintf("byte %d of %d is wrong", i, len(whole)), flipped)
		check(fmt.Sprintf("cut at byte %d", i), whole[:i])
	}
	check("something follows", append(slices.Clone(whole), 0))
}

// made packs entries as somebody with bad intentions would, with everything about the file itself right.
func made(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	packed, _ := zstd.NewWriter(&out)
	w := tar.NewWriter(packed)
	write := func(h tar.Header, text string) {
		if h.Size = int64(len(text)); h.Typeflag != tar.TypeReg {
			h.Size = 0
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			io.WriteString(w, text)
		}
	}
	write(tar.Header{Typeflag: tar.TypeReg, Name: "backup.json"}, `{"format":1,"store":"sqlite"}`)
	for _, h := range headers {
		write(h, "text")
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(out.Bytes())
	out.Write([]byte{0x50, 0x2a, 0x4d, 0x18, sha256.Size, 0, 0, 0})
	out.Write(sum[:])
	return out.Bytes()
}

func TestNothingIsTakenFromAnArchiveThatIsNotOurs(t *testing.T) {
	file := func(names ...string) (headers []tar.Header) {
		for _, name := range names {
			headers = append(headers, tar.Header{Typeflag: tar.TypeReg, Name: name})
		}
		return headers
	}
	for what, headers := range map[string][]tar.Header{
		"a way out":         file("files/../../etc/passwd"),
		"a whole path":      file("/etc/passwd"),
		"a hidden name":     file("files/.ssh"),
		"another folder":    file("other/thing"),
		"a deeper folder":   file("files/a/b"),
		"two of a name":     file("files/a", "files/a"),
		"out of order":      file("files/b", "files/a"),
		"a link":            {{Typeflag: tar.TypeSymlink, Name: "files/a", Linkname: "/etc/passwd"}},
		"a hard link":       {{Typeflag: tar.TypeLink, Name: "files/a", Linkname: "secret"}},
		"a folder":          {{Typeflag: tar.TypeDir, Name: "files/a"}},
		"a device":          {{Typeflag: tar.TypeChar, Name: "files/a"}},
		"nothing":           nil,
		"no end":            file("files/a"),
		"a database beside": file("database/pegasus.db-wal"),
	} {
		place := table{}
		files := shelf{}
		_, err := backup.Restore(t.Context(), stored(t, made(t, headers...)), backup.Place{
			Target: &place, Files: files, Pictures: shelf{}, Progress: quiet, KeepSecret: func([]byte) error { return nil },
		})
		if fault.From(err) == nil || fault.From(err).Code != "BACKUP_DAMAGED" {
			t.Errorf("%s: %v", what, err)
		}
		for key := range files {
			if strings.Trim(key, "ab") != "" {
				t.Errorf("%s: it stored %q", what, key)
			}
		}
	}
}

func TestADrillFindsWhatIsNotThere(t *testing.T) {
	name := stored(t, written(t, source()))
	drill := func(found backup.Dump, open error) error {
		_, err := backup.Drill(t.Context(), name, func(context.Context, backup.Manifest) (backup.Scratch, error) {
			return backup.Scratch{Target: &table{dump: found}, Open: func(context.Context) error { return open }, Remove: func() {}}, nil
		}, quiet)
		return err
	}
	if err := drill(dump, nil); err != nil {
		t.Fatal(err)
	}
	if err := drill(dump, errors.New("it does not start")); err == nil {
		t.Error("a program that does not start on it proves it")
	}
	for what, change := range map[string]func(*backup.Dump){
		"fewer rows":     func(d *backup.Dump) { d.Counts = map[string]int64{"messages": 2} },
		"another schema": func(d *backup.Dump) { d.Schema = 6 },
		"a file":         func(d *backup.Dump) { d.Files = []backup.Blob{{Key: "lost.txt"}} },
		"a picture":      func(d *backup.Dump) { d.Pictures = []backup.Blob{{Key: "lost.png"}} },
	} {
		found := dump
		if change(&found); drill(found, nil) == nil {
			t.Errorf("%s: it is proven", what)
		}
	}
}

func TestTwoBackupsOfOneNameDoNotMix(t *testing.T) {
	name := filepath.Join(t.TempDir(), "b.tar.zst")
	s := source()
	inside := false
	s.Progress = func(backup.Progress) {
		if !inside {
			inside = true
			if _, _, err := backup.WriteFile(t.Context(), source(), name); err == nil {
				t.Error("the second was written beside the first")
			}
		}
	}
	if _, _, err := backup.WriteFile(t.Context(), s, name); err != nil || !inside {
		t.Fatal(err)
	}
}

func TestTheHistoryIsReadNewestFirstAndOutlivesACutLine(t *testing.T) {
	dir := t.TempDir()
	h := backup.NewHistory(dir)
	if all, err := h.List(); err != nil || len(all) != 0 {
		t.Fatalf("%v, %v", all, err)
	}
	for _, r := range []backup.Record{{What: backup.Made, File: "/a"}, {What: backup.Proven, File: "/a"}, {What: backup.Made, File: "/b", Problem: "full"}} {
		if err := h.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "backups.jsonl"), append(readAll(t, filepath.Join(dir, "backups.jsonl")), `{"what":"back`...), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := h.List()
	if err != nil || len(all) != 3 || all[0].File != "/b" {
		t.Fatalf("%+v, %v", all, err)
	}
}

func readAll(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, source()))
	f.Add(made(f, tar.Header{Typeflag: tar.TypeReg, Name: "files/a"}))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := backup.ReadFile(t.Context(), stored(t, content), func(name string, _ int64, content io.Reader) error {
			if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
				t.Errorf("it gave %q", name)
			}
			_, err := io.Copy(io.Discard, content)
			return err
		}, quiet)
		_ = err // whatever it says, it says something and returns
	})
}
