package api

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/web"
)

// Names are spelled as each endpoint's clients know them, which is not the same everywhere.

// notice is an answer that only says that something was done.
type notice struct {
	Message string `json:"message"`
}

// atOrNull is at with null for a time that never was.
func atOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := web.Time(t)
	return &s
}

// orNull returns null for what is not there.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// unissued has the form of an id and belongs to nothing.
const unissued = "000000000000000000000000"

// known returns an id as it is, and one that belongs to nothing for what cannot be an id, so that both are refused
// alike.
func known(s string) string {
	if !id.Valid(s) {
		return unissued
	}
	return s
}

// emailFor returns a person's address where viewer may see it, else "". Bots have none.
func emailFor(viewer, u accounts.User) string {
	if !u.Bot && (viewer.ID == u.ID || viewer.IsAdmin()) {
		return u.Email
	}
	return ""
}

// maxPage is the most that a list with pages returns at once.
const maxPage = 100

// limit is how much of a list is asked for. Whatever is sent becomes a number from 1 to maxPage; what is no number
// counts as not sent.
type limit struct{ n int }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *limit) UnmarshalText(text []byte) error {
	f, err := strconv.ParseFloat(string(text), 64)
	if math.IsNaN(f) || err != nil && !math.IsInf(f, 0) {
		return nil
	}
	l.n = int(min(max(f, 1), maxPage))
	return nil
}

// Schema implements huma.SchemaProvider.
func (limit) Schema(huma.Registry) *huma.Schema {
	low, high := 1.0, float64(maxPage)
	return &huma.Schema{Type: huma.TypeInteger, Minimum: &low, Maximum: &high}
}

func (l limit) or(n int) int {
	if l.n == 0 {
		return n
	}
	return l.n
}

// page is a part of a list and where the next one begins, "" at the end.
type page[T any] struct {
	items []T
	next  string
}

// readPage returns limit items after a cursor, or, where limit is 0, all of them.
func readPage[T any](ctx context.Context, after string, limit int, cursor func(T) string, read func(context.Context, string, int) ([]T, error)) (page[T], error) {
	const chunk = 500
	if limit > 0 {
		items, err := read(ctx, after, limit+1)
		if err != nil || len(items) <= limit {
			return page[T]{items: items}, err
		}
		return page[T]{items: items[:limit], next: cursor(items[limit-1])}, nil
	}
	var all []T
	for {
		items, err := read(ctx, after, chunk)
		if err != nil {
			return page[T]{}, err
		}
		all = append(all, items...)
		if len(items) < chunk {
			return page[T]{items: all}, nil
		}
		after = cursor(items[len(items)-1])
	}
}
