package mongodb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/id"
	"pegasus/importer"
)

// number is an id in 12 bytes.
type number [12]byte

func numberOf(id string) (n number) {
	hex.Decode(n[:], []byte(id)) // ids are valid, IDFor makes no others
	return n
}

func (n number) String() string { return hex.EncodeToString(n[:]) }

// entry is all that is held in memory of a message while the order is found: 32 bytes.
type entry struct {
	at      int64 // milliseconds since 1970
	id      number
	channel int32 // place in log.channels
	odd     int32 // place in log.odd, from 1, for a message whose _id is no ObjectID
}

// log is the order of all messages of the source: by channel, time and id. The source is not asked to sort, which without an
// index of its own it could not do for years of messages, and dates may be text.
type log struct {
	entries  []entry
	channels []*importer.Channel
	odd      []bson.RawValue
	oddIDs   map[string]number // by key
	parents  map[number]int32  // the channel of each message that was replied to, -1 for none that is there
}

var (
	textFields    = []string{"content", "text", "message", "body"}
	placeFields   = []string{"channel_id", "channelId"}
	authorFields  = []string{"user_id", "userId", "sender_id", "author_id"}
	parentFields  = []string{"parent_message_id", "parentMessageId", "parent_id"}
	createdFields = []string{"created_at", "createdAt", "timestamp"}
)

// readLog reads of every message where it belongs, and returns who has written.
func (s *Source) readLog(ctx context.Context, t *importer.Tell) ([]string, error) {
	l := &log{oddIDs: map[string]number{}, parents: map[number]int32{}}
	s.log = l
	places, authors := map[*importer.Channel]int32{}, map[string]bool{}
	var oddParents []string
	line := t.Line(importer.Messages)
	total, err := s.count(ctx, importer.Messages)
	if err != nil {
		return nil, err
	}
	fields := slices.Concat(placeFields, authorFields, parentFields, createdFields)
	err = s.each(ctx, importer.Messages, bson.D{}, fields, func(d doc) error {
		if line.Read++; line.Read%readBatch == 0 {
			t.Progress(importer.Progress{Collection: "order of messages", Done: line.Read, Total: total})
		}
		created := d.created()
		c := s.channels[d.key(placeFields...)]
		if c == nil {
			c = s.directChannel(t, d.key(placeFields...), created)
		}
		if c == nil {
			t.LeaveOut(importer.Messages, "its channel is not there", d.key("_id"))
			return nil
		}
		if c.ID == "" && created.Before(c.CreatedAt) {
			c.CreatedAt = created
		}
		authors[d.key(authorFields...)] = true
		place, known := places[c]
		if !known {
			place = int32(len(l.channels))
			places[c], l.channels = place, append(l.channels, c)
		}
		l.add(d, created, place)
		if parent := d.key(parentFields...); id.Valid(parent) {
			l.parents[numberOf(parent)] = -1
		} else if parent != "" {
			oddParents = append(oddParents, parent)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, parent := range oddParents {
		if n, known := l.oddIDs[parent]; known {
			l.parents[n] = -1
		}
	}
	l.sort()
	return slices.Collect(maps.Keys(authors)), nil
}

func (l *log) add(d doc, created time.Time, place int32) {
	e := entry{at: created.UnixMilli(), channel: place}
	raw := d.value("_id")
	if oid, ok := raw.ObjectIDOK(); ok {
		e.id = number(oid)
	} else {
		key := keyOf(raw)
		e.id = numberOf(importer.IDFor(importer.Messages, key, created))
		l.odd = append(l.odd, bson.RawValue{Type: raw.Type, Value: bytes.Clone(raw.Value)})
		e.odd, l.oddIDs[key] = int32(len(l.odd)), e.id
	}
	l.entries = append(l.entries, e)
}

func (l *log) sort() {
	slices.SortFunc(l.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.at, b.at), bytes.Compare(a.id[:], b.id[:]))
	})
	for _, e := range l.entries {
		if _, asked := l.parents[e.id]; asked {
			l.parents[e.id] = e.channel
		}
	}
}

// parent returns the id here of the message that one of a channel replies to, "" where that is not in the channel.
func (l *log) parent(d doc, place int32) (parent string, missing bool) {
	key := d.key(parentFields...)
	if key == "" {
		return "", false
	}
	n, odd := l.oddIDs[key]
	if !odd && id.Valid(key) {
		n = numberOf(key)
	}
	if at, known := l.parents[n]; !known || at != place {
		return "", true
	}
	return n.String(), false
}

// source returns what the source calls a message.
func (l *log) source(e entry) any {
	if e.odd > 0 {
		return l.odd[e.odd-1]
	}
	return e.objectID()
}

// messageID returns the id here of the message that the source calls key.
func (l *log) messageID(key string) string {
	if l == nil {
		return key
	}
	if n, odd := l.oddIDs[key]; odd {
		return n.String()
	}
	return key
}
