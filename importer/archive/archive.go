// Package archive reads zip files and JSON that strangers may have made. Names within are only keys: nothing is ever unpacked
// to a path. What claims or turns out to be larger than its limits is refused before it fills memory.
package archive

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// Limits of an archive.
const (
	MaxEntries = 1 << 20 // files
	MaxRatio   = 300     // of the length of a file to what it takes in the archive, for files over freeSize; deflate reaches 1,032
	freeSize   = 1 << 20 // bytes

	maxDirectory = 128 << 20 // bytes of the list of files, with what is read to find it
)

// Archive is an open zip file.
type Archive struct {
	file    *os.File
	entries map[string]*zip.File
	names   []string
}

// Open opens a zip file. Of two files of one name the first counts.
func Open(path string) (*Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the archive: %w", err)
	}
	a, err := read(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

func read(file *os.File) (*Archive, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	from := &directory{file, maxDirectory}
	list, err := zip.NewReader(from, info.Size())
	switch {
	case from.left < 0 || err == nil && len(list.File) > MaxEntries:
		return nil, fmt.Errorf("the archive has more than %d files", MaxEntries)
	case errors.Is(err, zip.ErrFormat):
		return nil, errors.New("it is no zip file")
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // names are no paths here
		return nil, fmt.Errorf("cannot read the archive: %w", err)
	}
	from.left = math.MaxInt64 // files are bounded each by itself
	a := &Archive{file: file, entries: make(map[string]*zip.File, len(list.File))}
	for _, f := range list.File {
		if _, twice := a.entries[f.Name]; !twice && !strings.HasSuffix(f.Name, "/") {
			a.entries[f.Name] = f
			a.names = append(a.names, f.Name)
		}
	}
	slices.Sort(a.names)
	return a, nil
}

// directory bounds how much is read to find the files.
type directory struct {
	*os.File
	left int64
}

func (d *directory) ReadAt(p []byte, offset int64) (int, error) {
	if d.left -= int64(len(p)); d.left < 0 {
		return 0, zip.ErrFormat
	}
	return d.File.ReadAt(p, offset)
}

// Close closes it.
func (a *Archive) Close() error { return a.file.Close() }

// Names returns the names of the files in ascending order. They must not be changed.
func (a *Archive) Names() []string { return a.names }

// Has reports whether there is a file of a name.
func (a *Archive) Has(name string) bool { return a.entries[name] != nil }

// Reader opens a file that has up to limit bytes. What is longer, or packed more tightly than MaxRatio, ends in an error.
func (a *Archive) Reader(name string, limit int64) (io.ReadCloser, error) {
	f := a.entries[name]
	if f == nil {
		return nil, fmt.Errorf("there is no %q in the archive", name)
	}
	if f.Flags&1 != 0 {
		return nil, fmt.Errorf("%q in the archive is encrypted", name)
	}
	most := min(limit, max(freeSize, int64(min(f.CompressedSize64, 1<<40))*MaxRatio))
	if f.UncompressedSize64 > uint64(most) {
		return nil, tooLarge(name, most)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("cannot read %q in the archive: %w", name, err)
	}
	return &bounded{r, name, most, most}, nil
}

func tooLarge(name string, most int64) error {
	return fmt.Errorf("%q in the archive is larger than it may be: %d bytes", name, most)
}

// bounded fails where there is more than there may be, whatever the archive says.
type bounded struct {
	io.ReadCloser
	name       string
	left, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, tooLarge(b.name, b.most)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Elements visits the elements of a JSON array one by one, so that memory holds only one. What does not have the form of T goes
// to odd, with the field that is wrong; the others follow all the same.
func Elements[T any](r io.Reader, visit func(T) error, odd func(error) error) error {
	decoder := json.NewDecoder(r)
	if t, err := decoder.Token(); err != nil || t != json.Delim('[') {
		if err == nil {
			err = errors.New("it is no list")
		}
		return err
	}
	for decoder.More() {
		var element T
		err := decoder.Decode(&element)
		var form *json.UnmarshalTypeError
		switch {
		case errors.As(err, &form):
			err = odd(Field(form))
		case err == nil:
			err = visit(element)
		}
		if err != nil {
			return err
		}
	}
	_, err := decoder.Token() // the end of the list
	return err
}

// Field says which field of a document has a wrong form.
func Field(err *json.UnmarshalTypeError) error {
	name := err.Field
	if name == "" {
		name = "it"
	}
	return fmt.Errorf("%s is a %s", name[:min(len(name), 100)], err.Value[:min(len(err.Value), 40)])
}
