package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"pegasus/fault"
)

// Source is everything that a backup is made of.
type Source struct {
	Database        Database
	Files, Pictures Blobs
	// Secret is the application's; it goes into the archive where KeepSecret says so.
	Secret     []byte
	KeepSecret bool
	Program    string
	Now        func() time.Time
	Progress   func(Progress)
}

// archive writes entries and their hashes.
type archive struct {
	tar     *tar.Writer
	sums    bytes.Buffer
	at      time.Time
	entries int64
	bytes   int64
	last    string
}

// Write writes a backup. scratch is a path that is free to use meanwhile, on a disk with room for the database.
func Write(ctx context.Context, s Source, scratch string, out io.Writer) (m Manifest, err error) {
	whole := sha256.New()
	// One at a time, so that people who are served meanwhile keep their processors.
	packed, err := zstd.NewWriter(io.MultiWriter(out, whole), zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(8<<20))
	if err != nil {
		return m, err
	}
	a := &archive{tar: tar.NewWriter(packed), at: s.Now()}
	if m, err = a.write(ctx, s, scratch); err != nil {
		return m, errors.Join(err, packed.Close())
	}
	if err := errors.Join(a.tar.Close(), packed.Close()); err != nil {
		return m, err
	}
	_, err = out.Write(trailer(whole))
	return m, err
}

func (a *archive) write(ctx context.Context, s Source, scratch string) (Manifest, error) {
	m := Manifest{Head: Head{Format: format, Program: s.Program, Store: s.Database.Kind(), StartedAt: a.at}}
	if err := a.document(entryHead, m.Head); err != nil {
		return m, err
	}
	dump, err := s.Database.Dump(ctx, scratch, func(name string, size int64, content io.Reader) error {
		return a.add(folderDatabase+name, size, content)
	}, s.Progress)
	if err != nil {
		return m, fmt.Errorf("read the database: %w", err)
	}
	m.Schema, m.Counts = dump.Schema, dump.Counts
	if m.Files, err = a.blobs(ctx, s, "files", s.Files, dump.Files, &m); err != nil {
		return m, err
	}
	if m.Pictures, err = a.blobs(ctx, s, "pictures", s.Pictures, dump.Pictures, &m); err != nil {
		return m, err
	}
	if m.SecretCheck, err = secretCheck(s.Secret); err != nil {
		return m, err
	}
	if m.Secret = s.KeepSecret; m.Secret {
		if err := a.add(entrySecret, int64(len(s.Secret)), bytes.NewReader(s.Secret)); err != nil {
			return m, err
		}
	}
	sums := sha256.Sum256(a.sums.Bytes())
	m.Sums, m.Entries, m.Bytes, m.FinishedAt = hex.EncodeToString(sums[:]), a.entries, a.bytes, s.Now()
	if err := a.entry(entrySums, int64(a.sums.Len()), &a.sums); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, a.entry(entryManifest, int64(len(text)), bytes.NewReader(text))
}

// blobs adds the files of a folder. One that is gone is written down: its message may have been deleted a moment ago.
func (a *archive) blobs(ctx context.Context, s Source, step string, from Blobs, blobs []Blob, m *Manifest) (n int64, err error) {
	slices.SortFunc(blobs, func(x, y Blob) int { return strings.Compare(x.Key, y.Key) })
	blobs = slices.CompactFunc(blobs, func(x, y Blob) bool { return x.Key == y.Key })
	for i, b := range blobs {
		err := a.blob(ctx, from, step+"/"+b.Key, b.Key)
		switch {
		case fault.Is(err, fault.NotFound):
			if !b.Optional && len(m.Missing) < maxMissing {
				m.Missing = append(m.Missing, step+"/"+b.Key)
			}
		case err != nil:
			return n, fmt.Errorf("read the file %s: %w", b.Key, err)
		default:
			n++
		}
		s.Progress(Progress{Step: step, Done: i + 1, Total: len(blobs)})
	}
	return n, nil
}

func (a *archive) blob(ctx context.Context, from Blobs, name, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := from.Open(ctx, key)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	return a.add(name, size, file)
}

// add writes an entry and notes its hash.
func (a *archive) add(name string, size int64, content io.Reader) error {
	if most, known := mostOf(name); !known || size > most {
		return fmt.Errorf("%q with %d bytes has no place in a backup", name, size)
	}
	if name <= a.last {
		return fmt.Errorf("%q comes behind %q in a backup", name, a.last)
	}
	a.last = name
	sum := sha256.New()
	if err := a.entry(name, size, io.TeeReader(content, sum)); err != nil {
		return err
	}
	noteSum(&a.sums, sum, name)
	a.entries++
	a.bytes += size
	return nil
}

func noteSum(to io.Writer, sum hash.Hash, name string) {
	fmt.Fprintf(to, "%x  %s\n", sum.Sum(nil), name)
}

func (a *archive) document(name string, of any) error {
	text, err := json.Marshal(of)
	if err != nil {
		return err
	}
	return a.entry(name, int64(len(text)), bytes.NewReader(text))
}

func (a *archive) entry(name string, size int64, content io.Reader) error {
	err := a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.at, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	n, err := io.Copy(a.tar, io.LimitReader(content, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// trailerSize is the length of the frame behind the archive: its magic number, the length of its content, the content.
// Source: RFC 8878, 3.1.2.
const trailerSize = 8 + sha256.Size

func trailer(whole hash.Hash) []byte {
	return whole.Sum([]byte{0x50, 0x2a, 0x4d, 0x18, sha256.Size, 0, 0, 0})
}

// secretCheck tells one secret from another without giving it away.
func secretCheck(secret []byte) (string, error) {
	check, err := hkdf.Key(sha256.New, secret, nil, "pegasus backup", 8)
	return hex.EncodeToString(check), err
}
