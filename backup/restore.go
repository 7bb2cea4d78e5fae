package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"
)

// Place is where a backup is brought to.
type Place struct {
	Target          Target
	Files, Pictures Blobs
	// KeepSecret stores the secret that is in the archive.
	KeepSecret func(secret []byte) error
	Progress   func(Progress)
}

// Restore brings a backup to its place. Read the file with ReadFile first: this acts on entries before it has seen the end.
func Restore(ctx context.Context, name string, p Place) (m Manifest, err error) {
	m, err = ReadFile(ctx, name, func(entry string, size int64, content io.Reader) error {
		if inside, ours := isDatabase(entry); ours {
			return p.Target.Load(ctx, inside, size, content)
		}
		if key, ours := strings.CutPrefix(entry, folderFiles); ours {
			return p.Files.Put(ctx, key, content, size)
		}
		if key, ours := strings.CutPrefix(entry, folderPictures); ours {
			return p.Pictures.Put(ctx, key, content, size)
		}
		secret, err := io.ReadAll(io.LimitReader(content, maxSecret))
		if err != nil {
			return err
		}
		return p.KeepSecret(secret)
	}, p.Progress)
	if err != nil {
		return m, err
	}
	d, err := p.Target.Check(ctx)
	if err != nil {
		return m, err
	}
	return m, sameContents(m, d)
}

// sameContents compares what was loaded with what the manifest says was read.
func sameContents(m Manifest, d Dump) error {
	if d.Schema != m.Schema {
		return damaged("its database has schema version %d, and its manifest says %d", d.Schema, m.Schema)
	}
	for table, n := range m.Counts {
		if d.Counts[table] != n {
			return damaged("%s has %d rows, and its manifest says %d", table, d.Counts[table], n)
		}
	}
	return nil
}

// Scratch is a place for a drill, which goes after it.
type Scratch struct {
	Target Target
	// Open starts the program on what was restored, as far as it can be without anybody to serve.
	Open   func(ctx context.Context) error
	Remove func()
}

// errEnough ends the reading of a backup whose rest is not needed.
var errEnough = errors.New("enough of the backup is read")

// Drill proves a backup: it reads all of it, restores its database into a scratch place, counts, looks for every file that the
// database names, and starts the program on it. scratch is asked for the place once the file is known to be whole.
func Drill(ctx context.Context, name string, scratch func(context.Context, Manifest) (Scratch, error), progress func(Progress)) (m Manifest, err error) {
	held := map[string]bool{}
	m, err = ReadFile(ctx, name, func(entry string, _ int64, _ io.Reader) error {
		if _, ours := isDatabase(entry); !ours {
			held[entry] = true
		}
		return nil
	}, progress)
	if err != nil {
		return m, err
	}
	place, err := scratch(ctx, m)
	if err != nil {
		return m, err
	}
	defer place.Remove()
	_, err = ReadFile(ctx, name, func(entry string, size int64, content io.Reader) error {
		if inside, ours := isDatabase(entry); ours {
			return place.Target.Load(ctx, inside, size, content)
		}
		return errEnough
	}, func(Progress) {})
	if err != nil && !errors.Is(err, errEnough) {
		return m, err
	}
	d, err := place.Target.Check(ctx)
	if err != nil {
		return m, err
	}
	if err := errors.Join(sameContents(m, d), allHeld(m, d, held)); err != nil {
		return m, err
	}
	return m, place.Open(ctx)
}

// allHeld looks for every file that the database names among the entries. Those that were gone already are in the manifest.
func allHeld(m Manifest, d Dump, held map[string]bool) error {
	if len(m.Missing) >= maxMissing {
		return fmt.Errorf("more than %d files that the database names were missing when the backup was made", maxMissing)
	}
	for folder, blobs := range map[string][]Blob{folderFiles: d.Files, folderPictures: d.Pictures} {
		for _, b := range blobs {
			if !b.Optional && !held[folder+b.Key] && !slices.Contains(m.Missing, folder+b.Key) {
				return damaged("it lacks the file %s%s, which the database names", folder, b.Key)
			}
		}
	}
	return nil
}

// SameSecret reports whether a secret is the one that the workspace had.
func (m Manifest) SameSecret(secret []byte) bool {
	check, err := secretCheck(secret)
	return err == nil && check == m.SecretCheck
}

// Room reports, as an error for a person, that a disk has no room for so many bytes.
func Room(dir string, bytes int64) error {
	u, err := disk.Usage(dir)
	if err != nil {
		return nil // a system that does not say finds out
	}
	if free := int64(u.Free); free < bytes {
		return fmt.Errorf("the disk of %s has %d MB free, and %d MB are needed", dir, free>>20, bytes>>20+1)
	}
	return nil
}
