package sqlite

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pegasus/backup"
	"pegasus/brand"
)

// fill makes a table of some megabytes, so that copying takes several steps.
func fill(t *testing.T, s *Store) {
	t.Helper()
	if err := s.writer.write(t.Context(), func(b *batch) error {
		_, err := b.w.conn.ExecContext(context.Background(),
			"CREATE TABLE ballast AS WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<3000) SELECT i, randomblob(4000) FROM n")
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestACopyIsOfOneMomentAndHoldsNobodyUp(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fill(t, s)
	source, err := OpenSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	during := 0
	scratch, restored := filepath.Join(t.TempDir(), "copy.db"), t.TempDir()
	target := NewTarget(restored)
	d, err := source.Dump(t.Context(), scratch, func(name string, size int64, content io.Reader) error {
		return target.Load(t.Context(), name, size, content)
	}, func(backup.Progress) {
		during++
		if err := s.writer.write(t.Context(), func(b *batch) error {
			_, err := b.w.conn.ExecContext(context.Background(), "INSERT INTO ballast VALUES (0, 'meanwhile')")
			return err
		}); err != nil {
			t.Error("a write while the copy is made:", err)
		}
	})
	if err != nil || d.Schema != Schema() || d.Counts["ballast"] != 3000 || during < 2 {
		t.Fatalf("%d rows after %d writes during the copy, %v", d.Counts["ballast"], during, err)
	}
	if left, _ := filepath.Glob(scratch + "*"); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
	found, err := target.Check(t.Context())
	if err != nil || found.Counts["ballast"] != 3000 {
		t.Fatalf("%d rows, %v", found.Counts["ballast"], err)
	}
	again, err := Open(t.Context(), restored)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestABackupHasTheSignOfTheWorkspace(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	source, err := OpenSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		look string
		want []backup.Blob
	}{
		{"", nil}, {`{"name":"Acme"}`, nil}, {`{"logo":""}`, nil}, {`{"logo":"sign.png"}`, []backup.Blob{{Key: "sign.png"}}},
	} {
		if c.look != "" {
			if err := s.PutSetting(t.Context(), brand.Setting, c.look); err != nil {
				t.Fatal(err)
			}
		}
		restored := t.TempDir()
		target := NewTarget(restored)
		d, err := source.Dump(t.Context(), filepath.Join(t.TempDir(), "copy.db"), func(name string, size int64, content io.Reader) error {
			return target.Load(t.Context(), name, size, content)
		}, func(backup.Progress) {})
		if err != nil || !slices.Equal(d.Pictures, c.want) {
			t.Errorf("%q: pictures %v, want %v, %v", c.look, d.Pictures, c.want, err)
		}
		if found, err := target.Check(t.Context()); err != nil || !slices.Equal(found.Pictures, c.want) {
			t.Errorf("%q restored: pictures %v, want %v, %v", c.look, found.Pictures, c.want, err)
		}
	}
}

func TestADatabaseWithAWrongPageIsNoneToRestore(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, fileName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := file.Stat()
	if _, err := file.WriteAt(make([]byte, 4096), info.Size()/2/4096*4096); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if _, err := NewTarget(dir).Check(t.Context()); err == nil {
		t.Error("it is taken")
	}
}

func TestWhatIsNoWorkspaceIsNotBackedUp(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenSource(dir); err == nil {
		t.Error("an empty folder is one")
	}
	if made, _ := filepath.Glob(dir + "/*"); len(made) > 0 {
		t.Errorf("it made %q", made)
	}
}
