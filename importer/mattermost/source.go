// Package mattermost reads Mattermost's bulk export: a file of lines, each a JSON object of a type, by itself or in a zip file.
//
// Source of the format: https://docs.mattermost.com/onboard/bulk-loading-data-format.html and the types of
// server/channels/app/imports in Mattermost's own sources. It has no ids: people are called by their usernames, channels by team
// and name, and messages by their channel, time and author. The file is a stranger's: see package archive.
package mattermost

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"pegasus/importer"
	"pegasus/importer/archive"
)

// Limits of an export.
const (
	maxFile   = 64 << 30 // bytes of the lines that are unpacked from a zip file
	maxLine   = 16 << 20 // bytes; a longer line is left out
	maxPeople = 1_000_000
	maxKey    = 200 // bytes of a name
)

const people = "users"

// Source is an export.
type Source struct {
	// Emoji returns the emoji that a name stands for in messages here.
	Emoji func(name string) (string, bool)
	// Roles makes admins of who was an admin in Mattermost.
	Roles bool

	file     *os.File
	unpacked bool // file is a copy of what was in a zip file, which goes with Close
	size     int64

	teams    map[string]team
	people   map[string]*importer.Person
	taken    map[string]bool // what people are called, folded
	first    map[string]time.Time
	places   []place
	channels map[string]*channel
	order    []*channel
	log      log
	ignored  map[string]int
}

// Open opens an export. It fails where the file is none.
func Open(name string) (*Source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot open the export: %w", err)
	}
	s := &Source{file: file, Emoji: func(string) (string, bool) { return "", false }}
	sign := make([]byte, 2)
	if n, _ := file.ReadAt(sign, 0); n == 2 && string(sign) == "PK" {
		if err := s.unpack(name); err != nil {
			s.Close()
			return nil, err
		}
	}
	info, err := s.file.Stat()
	if err == nil {
		s.size, err = info.Size(), s.look()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// unpack copies the lines out of a zip file: its messages are in no order, so that they are read by their place.
func (s *Source) unpack(name string) error {
	a, err := archive.Open(name)
	if err != nil {
		return err
	}
	defer a.Close()
	inside := ""
	for _, candidate := range a.Names() {
		if strings.HasSuffix(candidate, ".jsonl") && (inside == "" || strings.Count(candidate, "/") < strings.Count(inside, "/")) {
			inside = candidate
		}
	}
	if inside == "" {
		return errors.New("the archive is no export of Mattermost: it has no .jsonl file")
	}
	r, err := a.Reader(inside, maxFile)
	if err != nil {
		return err
	}
	defer r.Close()
	copied, err := os.CreateTemp("", "pegasus-import-*")
	if err != nil {
		return err
	}
	s.file.Close()
	s.file, s.unpacked = copied, true
	if _, err := io.Copy(copied, r); err != nil {
		return fmt.Errorf("cannot unpack the export: %w", err)
	}
	return nil
}

// look recognises an export by its first line.
func (s *Source) look() error {
	start := make([]byte, 4096)
	n, _ := s.file.ReadAt(start, 0)
	var l line
	text, _, _ := bytes.Cut(start[:n], []byte("\n"))
	if json.Unmarshal(text, &l) != nil || l.Type != "version" {
		return errors.New("the file is no bulk export of Mattermost: its first line is no version")
	}
	if l.Version != 1 {
		return fmt.Errorf("the export has version %d of the format, and 1 alone is known", l.Version)
	}
	return nil
}

// Close closes the file.
func (s *Source) Close() error {
	err := s.file.Close()
	if s.unpacked {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}

// Traits implements importer.Source.
func (s *Source) Traits() importer.Traits {
	return importer.Traits{Name: "Mattermost", Prefix: "mattermost_", People: []string{people}, Read: true}
}

// Ignored implements importer.Source.
func (s *Source) Ignored() (names []string) {
	for _, kind := range []string{"emoji", "role", "scheme"} {
		if n := s.ignored[kind]; n > 0 {
			names = append(names, fmt.Sprintf("%d of type %s", n, kind))
		}
	}
	return names
}

// eachLine visits the lines with their places in the file. One that is too long or no JSON of the right form goes to odd.
func (s *Source) eachLine(ctx context.Context, visit func(offset int64, l *line) error, odd func(number int, err error)) error {
	r := bufio.NewReaderSize(io.NewSectionReader(s.file, 0, s.size), 1<<20)
	offset, number := int64(0), 0
	for {
		number++
		text, length, err := readLine(r)
		if length == 0 && err == io.EOF {
			return nil
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("cannot read the export: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if l, err := parse(text); err != nil {
			odd(number, err)
		} else if err := visit(offset, l); err != nil {
			return err
		}
		offset += length
	}
}

// readLine returns a line and its length in the file, and no text where it is longer than maxLine.
func readLine(r *bufio.Reader) (text []byte, length int64, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		length += int64(len(piece))
		if length <= maxLine {
			text = append(text, piece...)
		} else {
			text = nil
		}
		if err != bufio.ErrBufferFull {
			return text, length, err
		}
	}
}

func parse(text []byte) (*line, error) {
	if text == nil {
		return nil, fmt.Errorf("it is longer than %d bytes", maxLine)
	}
	var l line
	err := json.Unmarshal(text, &l)
	var form *json.UnmarshalTypeError
	if errors.As(err, &form) {
		err = archive.Field(form)
	}
	return &l, err
}

// at is a time in milliseconds, zero for none that can be.
func at(millis int64) time.Time { return importer.At(time.UnixMilli(millis)) }

// validKey reports whether Mattermost would call a person, a team or a channel so.
func validKey(key string) bool {
	return key != "" && len(key) <= maxKey && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}
