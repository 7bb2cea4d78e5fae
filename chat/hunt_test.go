package chat

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// shelf is a store of numbered messages, all of them hits, that takes some time for each search.
type shelf struct {
	Store
	size  int
	text  func(i int) string
	takes time.Duration
	asked int
}

func (s *shelf) Places(context.Context, string) ([]Channel, error) { return []Channel{{ID: "c"}}, nil }

func (s *shelf) SearchMessages(ctx context.Context, q Search) (hits []Hit, err error) {
	s.asked++
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return nil, fault.Away("AWAY", "It was interrupted.", ctx.Err())
	}
	last := s.size
	if q.Before != "" {
		if last, err = strconv.Atoi(q.Before); err != nil {
			return nil, err
		}
	}
	for i := last - 1; i >= 0 && len(hits) < q.Limit; i-- {
		hits = append(hits, Hit{Message: Message{ID: strconv.Itoa(i), ChannelID: "c", Content: s.text(i)}, Position: strconv.Itoa(i)})
	}
	return hits, nil
}

func newSearcher(s *shelf) *Service {
	return NewService(Options{Store: s, Now: time.Now, Connected: func(string) bool { return false }})
}

func needles(n int) func(int) string {
	return func(i int) string {
		if i%n == 0 {
			return "needle"
		}
		return "straw"
	}
}

func TestAPageIsFullHoweverManyHitsAreNone(t *testing.T) {
	s := newSearcher(&shelf{size: 1000, text: needles(50)})
	var got []string
	cursor := ""
	for range 3 {
		results, err := s.Search(t.Context(), accounts.User{ID: "u"}, Sought{Text: "needle", Cursor: cursor, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range results.Found {
			got = append(got, f.ID)
		}
		cursor = results.Next
	}
	want := "[950 900 850 800 750 700 650 600 550 500 450 400 350 300 250 200 150 100 50 0]"
	if fmt.Sprint(got) != want || cursor != "" {
		t.Errorf("the pages hold %v and go on at %q, want %s", got, cursor, want)
	}
}

func TestASearchReadsSoManyMessagesAndGoesOnLater(t *testing.T) {
	books := &shelf{size: 10_000, text: needles(10_000)}
	s := newSearcher(books)
	cursor, pages := "", 0
	for {
		results, err := s.Search(t.Context(), accounts.User{ID: "u"}, Sought{Text: "needle", Cursor: cursor, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		pages++
		if len(results.Found) == 1 {
			break
		}
		if results.Next == "" || results.Next == cursor {
			t.Fatalf("page %d ends at %q", pages, results.Next)
		}
		cursor = results.Next
	}
	if pages < 4 || pages > 8 {
		t.Errorf("10,000 messages were %d pages", pages)
	}
}

func TestASearchEndsInTimeWithWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSearcher(&shelf{size: 10_000, text: needles(10), takes: 600 * time.Millisecond})
		start := time.Now()
		results, err := s.Search(t.Context(), accounts.User{ID: "u"}, Sought{Text: "needle", Limit: 100})
		if err != nil || len(results.Found) == 0 || results.Next == "" || time.Since(start) != maxSearchTime {
			t.Errorf("%d found, next %q, %v after %v", len(results.Found), results.Next, err, time.Since(start))
		}
	})
}

func TestASearchThatFindsNothingInTimeSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSearcher(&shelf{size: 10, text: needles(1), takes: time.Minute})
		_, err := s.Search(t.Context(), accounts.User{ID: "u"}, Sought{Text: "needle", Limit: 10})
		if fault.From(err).Code != "SEARCH_TIMEOUT" {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err = s.Search(ctx, accounts.User{ID: "u"}, Sought{Text: "needle", Limit: 10}); fault.From(err).Code != "AWAY" {
			t.Errorf("one that its caller gave up ends with %v", err)
		}
	})
}
