// Package slack reads the export of a Slack workspace: a zip file with lists of people and channels, and a folder for each
// channel with a file of messages for each day.
//
// Sources of the format: https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports,
// https://docs.slack.dev/reference/objects/user-object, https://docs.slack.dev/reference/objects/conversation-object and
// https://docs.slack.dev/reference/events/message with its subtypes. The file is a stranger's: see package archive.
package slack

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"pegasus/importer"
	"pegasus/importer/archive"
)

// Limits of an export. What goes over maxList or maxPeople is refused; of a day that does the rest is left out.
const (
	maxList   = 512 << 20 // bytes of a list of people or channels
	maxDay    = 64 << 20  // bytes of a channel's messages of a day, all of which are held in memory
	maxDaily  = 200_000   // messages of a channel on a day
	maxPeople = 1_000_000
	maxKey    = 100 // bytes of an id of Slack's
)

// Collections of people: the list, and those who are known from messages alone.
const people = "users"

// Source is an export.
type Source struct {
	// Emoji returns the emoji that a name stands for in messages here.
	Emoji func(name string) (string, bool)
	// Roles makes admins of who was an admin or owner in Slack.
	Roles bool

	archive  *archive.Archive
	root     string // of the names in the archive, "" or ending in a slash
	usersIn  string
	people   map[string]*importer.Person
	shown    map[string]string // what people are called, by key
	taken    map[string]bool   // what people are called, folded
	channels []*channel
	names    map[string]string // of channels by key
	seen     map[string]*writer
	oldest   time.Time // when the oldest channel was made, zero where none says
	total    int
	ignored  []string
}

// channel is a channel with the files of its messages, in the order of their days.
type channel struct {
	importer.Channel
	days    []string
	pins    []pin
	members []string
	creator string
	newest  time.Time
}

// writer is who has written something.
type writer struct {
	first time.Time
	name  string // that a message gives them, "" for none
	bot   bool
}

// Open opens an export. It fails where the file is none.
func Open(file string) (*Source, error) {
	a, err := archive.Open(file)
	if err != nil {
		return nil, err
	}
	s := &Source{archive: a, Emoji: func(string) (string, bool) { return "", false }}
	if err := s.find(); err != nil {
		a.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the file.
func (s *Source) Close() error { return s.archive.Close() }

// find finds the list of people, which may be in a folder where somebody has packed the export anew.
func (s *Source) find() error {
	for _, name := range s.archive.Names() {
		dir, base := path.Split(name)
		if (base == "users.json" || base == "org_users.json") && (s.usersIn == "" || len(dir) < len(s.root)) {
			s.root, s.usersIn = dir, name
		}
	}
	if s.usersIn == "" {
		return errors.New("the archive is no export of a Slack workspace: it has no users.json")
	}
	for _, l := range lists {
		if s.archive.Has(s.root + l.name) {
			return nil
		}
	}
	return errors.New("the archive is no export of a Slack workspace: it has neither channels.json nor groups.json, dms.json or mpims.json")
}

// Traits implements importer.Source.
func (s *Source) Traits() importer.Traits {
	return importer.Traits{Name: "Slack", Prefix: "slack_", People: []string{people}, Read: true}
}

// Ignored implements importer.Source.
func (s *Source) Ignored() []string { return s.ignored }

// list visits the elements of a file, which is one of the lists without which nothing can be told.
func list[T any](s *Source, name string, visit func(T) error, odd func(error)) error {
	r, err := s.archive.Reader(name, maxList)
	if err != nil {
		return err
	}
	defer r.Close()
	err = archive.Elements(r, visit, func(err error) error {
		odd(err)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s of the export cannot be read: %w", path.Base(name), err)
	}
	return nil
}

// stamp reads a time of Slack's, seconds and microseconds such as 1512085950.000216, which is also what a message is called in its
// channel.
func stamp(text string) (micros int64, ok bool) {
	seconds, fraction, _ := strings.Cut(text, ".")
	if len(seconds) > 10 || len(fraction) > 6 || seconds == "" {
		return 0, false
	}
	for i, digit := range seconds + fraction + strings.Repeat("0", 6-len(fraction)) {
		if digit < '0' || digit > '9' || i > 15 {
			return 0, false
		}
		micros = micros*10 + int64(digit-'0')
	}
	return micros, !importer.At(time.UnixMicro(micros)).IsZero()
}

func at(micros int64) time.Time { return importer.At(time.UnixMicro(micros)) }

// messageKey is what a message is called in a whole workspace.
func messageKey(channel string, micros int64) string {
	return fmt.Sprintf("%s/%d.%06d", channel, micros/1e6, micros%1e6)
}

func messageID(channel string, micros int64) string {
	return importer.IDFor("slack_messages", messageKey(channel, micros), at(micros))
}

// validKey reports whether a key has the form of Slack's, or of those that programs make up who write such exports.
func validKey(key string) bool {
	return key != "" && len(key) <= maxKey && strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == ""
}
