package sqlite

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"pegasus/chat"
)

// manyChannels is from how many channels on a search looks at the newest messages of the whole workspace first. Asking the
// index for each channel costs about 60 µs a channel, and most searches find enough before that is needed.
const manyChannels = 50

// glances are how many messages such a first look takes, and the one after it where the first was not enough.
var glances = []int{200, 2000}

// SearchMessages implements chat.SearchStore.
func (s *Store) SearchMessages(ctx context.Context, q chat.Search) ([]chat.Hit, error) {
	before, err := parsePosition(q.Before)
	if err != nil {
		return nil, err
	}
	if len(q.Channels) == 0 || q.Limit <= 0 {
		return nil, nil
	}
	s.catchUp(ctx)
	since := place64(hour(q.Since), 0)
	if !q.Until.IsZero() {
		before = min(before, place64(hour(q.Until.Add(time.Hour-1)), 0))
	}
	var hits []chat.Hit
	for _, n := range glances {
		if len(q.Channels) <= manyChannels {
			break
		}
		some, next, done, err := s.glance(ctx, q, since, before, n)
		if hits = append(hits, some...); err != nil || done {
			return hits, err
		}
		q.Limit, before = q.Limit-len(some), next
	}
	expression := matchText(append(q.Clauses[:len(q.Clauses):len(q.Clauses)], inChannels(q.Channels)))
	rest, err := watched(ctx, s.reads[readSearch], scanHit, expression, before, since, document{q.Channels}, q.Limit)
	return append(hits, rest...), err
}

// glance takes the hits of the asker among the n newest of everybody. done says that these are all, or as many as are wanted;
// otherwise the search goes on before the place returned.
func (s *Store) glance(
	ctx context.Context, q chat.Search, since, before int64, n int,
) (hits []chat.Hit, next int64, done bool, err error) {
	type candidate struct {
		place   int64
		channel string
	}
	seen, err := watched(ctx, s.reads[readSearchPlaces], func(r row) (c candidate, err error) {
		err = r.Scan(&c.place, &c.channel)
		return c, err
	}, matchText(append(q.Clauses[:len(q.Clauses):len(q.Clauses)], everything)), before, since, n)
	if err != nil {
		return nil, 0, false, err
	}
	mine := make(map[string]bool, len(q.Channels))
	for _, id := range q.Channels {
		mine[id] = true
	}
	var places []int64
	for _, c := range seen {
		if next = c.place; mine[c.channel] && len(places) < q.Limit {
			places = append(places, c.place)
		}
	}
	hits, err = list(ctx, s.reads[readSearched], scanHit, document{places})
	if err == nil && len(hits) < len(places) { // one was deleted meanwhile: a page that is not full would be the last
		return s.glance(ctx, q, since, before, n)
	}
	return hits, next, len(seen) < n || len(places) == q.Limit, err
}

// Places implements chat.SearchStore.
func (s *Store) Places(ctx context.Context, userID string) ([]chat.Channel, error) {
	return list(ctx, s.reads[readPlaces], func(r row) (c chat.Channel, err error) {
		err = r.Scan(&c.ID, &c.Name, &c.Type, &c.Key)
		return c, err
	}, userID)
}

func scanHit(r row) (h chat.Hit, err error) {
	var place int64
	err = r.Scan(append([]any{&place}, messageTargets(&h.Message)...)...)
	h.Position = strconv.FormatInt(place, 10)
	return h, err
}

func parsePosition(text string) (int64, error) {
	if text == "" {
		return math.MaxInt64, nil
	}
	place, err := strconv.ParseInt(text, 10, 64)
	if err != nil || place < 0 {
		return 0, chat.ErrSearchCursor
	}
	return place, nil
}

// place64 is where a message is in the index: by the hour, then by n. That is the order of results, and it keeps the
// distances of neighbours, which the index stores, to a byte or two.
func place64(hour, n int64) int64 { return hour<<31 | n }

// hour counts from 1970 and is never negative.
func hour(t time.Time) int64 { return min(max(t.Unix()/3600, 0), 1<<31) }

// every is a term of all messages.
const every = "x"

var everything = chat.Clause{Any: [][]string{{every}}}

func inChannels(ids []string) chat.Clause {
	var c chat.Clause
	for _, id := range ids {
		c.Any = append(c.Any, []string{chat.InChannel(id)})
	}
	return c
}

// matchText writes clauses in the language of FTS5, where NOT takes what is before it without what is after it. At least one
// of them must ask for something. Each term is quoted, and consists of what quotes cannot be ended by.
func matchText(clauses []chat.Clause) string {
	var wanted, unwanted []string
	for _, c := range clauses {
		var any []string
		for _, all := range c.Any {
			any = append(any, `("`+strings.Join(all, `" AND "`)+`")`)
		}
		text := "(" + strings.Join(any, " OR ") + ")"
		if c.Not {
			unwanted = append(unwanted, text)
		} else {
			wanted = append(wanted, text)
		}
	}
	text := "(" + strings.Join(wanted, " AND ") + ")"
	if len(unwanted) > 0 {
		text += " NOT (" + strings.Join(unwanted, " OR ") + ")"
	}
	return text
}
