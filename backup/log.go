package backup

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// What a record tells of.
const (
	Made   = "backup"
	Proven = "drill"
)

// Record is one line of the history of backups.
type Record struct {
	At      time.Time     `json:"at"` // when it ended
	What    string        `json:"what"`
	File    string        `json:"file"` // its whole path, "" for standard output
	By      string        `json:"by"`   // a person's name, or what it was
	Took    time.Duration `json:"took"`
	Size    int64         `json:"size"` // of the file, in bytes
	Rows    int64         `json:"rows"` // of the database
	Files   int64         `json:"files"`
	Missing int           `json:"missing,omitempty"`
	Problem string        `json:"problem,omitempty"` // "" where it went well
}

// Fill adds what a manifest says.
func (r *Record) Fill(m Manifest) {
	for _, n := range m.Counts {
		r.Rows += n
	}
	r.Files, r.Missing = m.Files+m.Pictures, len(m.Missing)
}

// History is the list of backups and drills of a data directory. It is a file to which the server and the command line add lines; it
// is no part of the database, since what is told there of backups is of use where that is gone.
type History struct{ path string }

// NewHistory returns the history in a data directory.
func NewHistory(dir string) *History { return &History{filepath.Join(dir, "backups.jsonl")} }

// remembered is how many bytes of the history are read, its last ones.
const remembered = 256 << 10

// Add writes a line.
func (h *History) Add(r Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n')) // one write, which no other comes between
	return errors.Join(err, file.Close())
}

// List returns the records, the newest first. A line that a crash cut short is left out.
func (h *History) List() ([]Record, error) {
	file, err := os.Open(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > remembered {
		if _, err := file.Seek(-remembered, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	var all []Record
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		var r Record
		if json.Unmarshal(bytes.TrimSpace(line), &r) == nil {
			all = append(all, r)
		}
		if err != nil {
			slices.Reverse(all)
			return all, ignoreEOF(err)
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// newest returns the newest record of a kind that went well.
func newest(all []Record, what string) (Record, bool) {
	for _, r := range all {
		if r.What == what && r.Problem == "" {
			return r, true
		}
	}
	return Record{}, false
}
