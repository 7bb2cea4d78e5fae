package mattermost

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"pegasus/importer"
)

// entry is all that is held in memory of a message while the order is found: 40 bytes.
type entry struct {
	at      int64 // milliseconds since 1970
	offset  int64 // of its line
	author  [8]byte
	channel *channel
	reply   int32 // its place in the replies of the line, -1 for what was replied to
	nth     int32 // of those that are called alike
}

// log is the order of all messages: by channel and time.
type log []entry

func (l log) sort() {
	slices.SortFunc(l, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.channel.Key, b.channel.Key), cmp.Compare(a.at, b.at), bytes.Compare(a.author[:], b.author[:]),
			cmp.Compare(a.offset, b.offset), cmp.Compare(a.reply, b.reply))
	})
	for i := 1; i < len(l); i++ {
		if last := l[i-1]; last.channel == l[i].channel && last.at == l[i].at && last.author == l[i].author {
			l[i].nth = last.nth + 1
		}
	}
}

func authorHash(author string) (short [8]byte) {
	sum := sha256.Sum256([]byte(author))
	copy(short[:], sum[:])
	return short
}

// nameOf is what a message is called: the export has no ids, and a text may be edited.
func nameOf(c *channel, millis int64, author string, nth int32) string {
	name := fmt.Sprintf("%s/%d/%s", c.Key, millis, author)
	if nth > 0 {
		name += fmt.Sprintf("/%d", nth)
	}
	return name
}

func idOf(name string, millis int64) string {
	return importer.IDFor("mattermost_messages", name, at(millis))
}

// nthOf finds which of those that are called alike the beginning of a line is.
func (l log) nthOf(c *channel, millis, offset int64, author string) int32 {
	hash := authorHash(author)
	i, _ := slices.BinarySearchFunc(l, entry{at: millis, author: hash, channel: c}, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.channel.Key, b.channel.Key), cmp.Compare(a.at, b.at), bytes.Compare(a.author[:], b.author[:]))
	})
	for ; i < len(l) && l[i].channel == c && l[i].at == millis && l[i].author == hash; i++ {
		if l[i].offset == offset && l[i].reply < 0 {
			return l[i].nth
		}
	}
	return 0
}

// shelf keeps lines that were read a moment ago: the replies of one stand in many parts.
type shelf struct {
	source *Source
	lines  map[int64]*line
	size   int64
}

const maxShelf = 32 << 20 // bytes of lines

func (b *shelf) line(offset int64) (*line, error) {
	if l := b.lines[offset]; l != nil {
		return l, nil
	}
	text, length, err := readLine(bufio.NewReader(io.NewSectionReader(b.source.file, offset, min(maxLine+1, b.source.size-offset))))
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("cannot read the export: %w", err)
	}
	l, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("the export has changed while it was read: %w", err)
	}
	if b.size += length; b.lines == nil || b.size > maxShelf {
		b.lines, b.size = map[int64]*line{}, length
	}
	b.lines[offset] = l
	return l, nil
}
