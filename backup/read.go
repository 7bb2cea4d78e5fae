package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"pegasus/fault"
)

// Visit is called with each entry of an archive that SHA256SUMS lists, in order. What it leaves of the content is read anyway.
type Visit func(name string, size int64, content io.Reader) error

// ReadFile reads a backup from its first byte to its last. It fails where anything in it is not as it was written, but only once
// visit has seen what came before: whoever acts on the entries reads a file twice, the first time without acting.
func ReadFile(ctx context.Context, name string, visit Visit, progress func(Progress)) (Manifest, error) {
	file, err := os.Open(name)
	if err != nil {
		return Manifest{}, fmt.Errorf("cannot read the backup: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Manifest{}, fmt.Errorf("cannot read the backup: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Manifest{}, fmt.Errorf("cannot read the backup: %s is no file", name)
	}
	return read(ctx, file, info.Size(), visit, progress)
}

// metered counts what is read, in the unit in which progress is shown, and remembers why the file could not be read.
type metered struct {
	ctx      context.Context
	from     io.Reader
	at, size int64
	progress func(Progress)
	failed   error
}

const unit = 1 << 20

func (m *metered) Read(p []byte) (n int, err error) {
	if err = m.ctx.Err(); err == nil {
		n, err = m.from.Read(p)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m.failed = err
	}
	m.at += int64(n)
	m.progress(Progress{Step: "checking", Done: int(m.at / unit), Total: int(m.size / unit)})
	return n, err
}

func read(ctx context.Context, file io.ReaderAt, size int64, visit Visit, progress func(Progress)) (m Manifest, err error) {
	if size <= trailerSize {
		return m, damaged("it is too short")
	}
	size -= trailerSize
	whole := sha256.New()
	meter := &metered{ctx: ctx, from: io.NewSectionReader(file, 0, size), size: size, progress: progress}
	raw := io.TeeReader(meter, whole)
	unpacked, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return m, damaged("it is not compressed as a backup is")
	}
	defer unpacked.Close()
	r := &reader{tar: tar.NewReader(unpacked), sums: sha256.New()}
	if m, err = r.read(visit); err == nil {
		err = rest(unpacked, raw)
	}
	behind := make([]byte, trailerSize)
	if err == nil {
		_, err = file.ReadAt(behind, size)
	}
	switch {
	case r.visited != nil:
		return m, r.visited
	case meter.failed != nil:
		return m, meter.failed
	case err != nil && fault.From(err).Code == codeDamaged:
		return m, err
	case err != nil || !bytes.Equal(behind, trailer(whole)):
		return m, damaged("it is cut short, or a byte of it is wrong")
	}
	return m, nil
}

// rest reads what stands behind the end of the archive: it counts for the hash of the file, and there is little of it.
func rest(unpacked, raw io.Reader) error {
	n, err := io.Copy(io.Discard, io.LimitReader(unpacked, unit))
	if err == nil && n == unit {
		err = damaged("something stands behind its end")
	}
	if err == nil {
		_, err = io.Copy(io.Discard, raw)
	}
	return err
}

type reader struct {
	tar     *tar.Reader
	sums    hash.Hash
	entries int64
	bytes   int64
	last    string
	visited error // why the visitor stopped
}

func (r *reader) read(visit Visit) (m Manifest, err error) {
	if err := r.head(); err != nil {
		return m, err
	}
	for {
		h, err := r.next()
		if err != nil {
			return m, err
		}
		if h.Name == entrySums {
			return r.end(h)
		}
		if err := r.entry(h, visit); err != nil {
			return m, err
		}
	}
}

// next returns the head of the next entry, which must be a plain file.
func (r *reader) next() (*tar.Header, error) {
	h, err := r.tar.Next()
	if errors.Is(err, io.EOF) {
		return nil, damaged("its end is missing")
	}
	if err != nil {
		return nil, err
	}
	if h.Typeflag != tar.TypeReg || h.Size < 0 {
		return nil, damaged("%q is no plain file", h.Name)
	}
	return h, nil
}

func (r *reader) head() error {
	h, err := r.next()
	if err != nil {
		return err
	}
	var head Head
	if h.Name != entryHead {
		return damaged("it does not begin with %s", entryHead)
	}
	if err := r.document(h, &head); err != nil {
		return err
	}
	if head.Format != format {
		return damaged("its format is %d, this program knows %d: it was made by another version, %s", head.Format, format, head.Program)
	}
	return nil
}

func (r *reader) document(h *tar.Header, to any) error {
	if h.Size > maxHead {
		return damaged("%s is too large", h.Name)
	}
	text, err := io.ReadAll(io.LimitReader(r.tar, maxHead))
	if err != nil {
		return err
	}
	if json.Unmarshal(text, to) != nil {
		return damaged("%s cannot be read", h.Name)
	}
	return nil
}

func (r *reader) entry(h *tar.Header, visit Visit) error {
	most, known := mostOf(h.Name)
	switch {
	case !known:
		return damaged("%q has no place in it", h.Name)
	case h.Size > most:
		return damaged("%q is too large", h.Name)
	case h.Name <= r.last:
		return damaged("%q comes behind %q", h.Name, r.last)
	}
	r.last = h.Name
	sum := sha256.New()
	content := io.TeeReader(r.tar, sum)
	if visit != nil {
		if r.visited = visit(h.Name, h.Size, content); r.visited != nil {
			return r.visited
		}
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	noteSum(r.sums, sum, h.Name)
	r.entries++
	r.bytes += h.Size
	return nil
}

// end compares what was read with what the end of the archive says.
func (r *reader) end(sums *tar.Header) (m Manifest, err error) {
	listed := sha256.New()
	if sums.Size > maxSums {
		return m, damaged("%s is too large", entrySums)
	}
	if _, err := io.Copy(listed, r.tar); err != nil {
		return m, err
	}
	want := r.sums.Sum(nil)
	if !bytes.Equal(listed.Sum(nil), want) {
		return m, damaged("an entry is not what %s says", entrySums)
	}
	h, err := r.next()
	if err != nil {
		return m, err
	}
	if h.Name != entryManifest {
		return m, damaged("%s is missing", entryManifest)
	}
	if err := r.document(h, &m); err != nil {
		return m, err
	}
	if m.Format != format || m.Sums != hex.EncodeToString(want) || m.Entries != r.entries || m.Bytes != r.bytes {
		return m, damaged("its entries are not those of its manifest")
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return m, damaged("something stands behind %s", entryManifest)
	}
	return m, nil
}
