package plugins

import (
	"context"
	"strings"
	"sync"
	"time"

	"pegasus/accounts"
)

// EventKind says what an Event tells.
type EventKind string

// The kinds of events of an answer. The words are part of the API.
const (
	TextEvent     EventKind = "text"     // Text was said
	FileEvent     EventKind = "file"     // File is being written
	RoundEvent    EventKind = "round"    // the model is asked for the Round-th time
	BuildingEvent EventKind = "building" // the compiler works on what was changed
	ProblemsEvent EventKind = "problems" // Problems were found; a round may follow
	DoneEvent     EventKind = "done"     // the answer is over: Exchange is all of it
)

// Event is a step of an answer on its way.
type Event struct {
	Number   int // of the last step that it tells, from 1 on
	Kind     EventKind
	Text     string
	File     string
	Round    int
	Problems []Problem
	Exchange *Exchange
}

// lookEvery is how often a follower looks for the end of an answer that another server gives.
const lookEvery = time.Second

// answer is what an answer on its way has told so far. Followers read it at their own pace, so that a slow one holds up
// nobody.
type answer struct {
	cancel context.CancelCauseFunc
	over   chan struct{} // closed with the last event

	mu     sync.Mutex
	events []Event
	more   chan struct{} // closed when there is one more
	broken bool          // there is no more
	tell   func(Event)   // tells other servers of each; nil where there are none

	inChannel bool // a channel is told how it ends
}

func newAnswer() *answer {
	return &answer{over: make(chan struct{}), more: make(chan struct{})}
}

func (a *answer) add(e Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Number = len(a.events) + 1
	a.events = append(a.events, e)
	close(a.more)
	a.more = make(chan struct{})
	if e.Kind == DoneEvent {
		close(a.over)
	}
	if a.tell != nil {
		e.Exchange = nil
		a.tell(e)
	}
}

// say takes a piece from the model.
func (a *answer) say(p Piece) {
	if p.Text != "" {
		a.add(Event{Kind: TextEvent, Text: p.Text})
	}
	if p.File != "" {
		a.add(Event{Kind: FileEvent, File: p.File})
	}
}

// said returns the text so far.
func (a *answer) said() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var b strings.Builder
	for _, e := range a.events {
		b.WriteString(e.Text)
	}
	return strings.TrimSpace(b.String())
}

// after returns the events behind the number-th, and what is closed when there are more, or errBroken where there are none and will
// be none.
func (a *answer) after(number int) (events []Event, more <-chan struct{}, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	events = a.events[min(max(number, 0), len(a.events)):]
	if a.broken && len(events) == 0 {
		err = errBroken
	}
	return events, a.more, err
}

// Follow hands the steps of an answer of the actor's to send, from behind the after-th on (0 for all): first what has
// happened already, with texts in one, then each as it comes. It returns nil when it has sent the last one, the error of send,
// or ctx's. Of an answer that is over it sends the last step alone, and so it does of one that another server gives where its steps do
// not come. Whether its asker saw that last step is for who shows it to say, by SeeExchange.
func (s *Service) Follow(ctx context.Context, actor accounts.User, exchangeID string, after int, send func(Event) error) error {
	e, err := s.exchange(ctx, actor, exchangeID)
	if err != nil {
		return err
	}
	if a := s.answering(exchangeID); a != nil {
		return a.follow(ctx, after, send)
	}
	if e.State == Answering {
		if err := s.followElsewhere(ctx, actor, exchangeID, &after, send); err != errBroken {
			return err
		}
	}
	for e.State == Answering {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
		if e, err = s.exchange(ctx, actor, exchangeID); err != nil {
			return err
		}
	}
	return send(Event{Number: after + 1, Kind: DoneEvent, Exchange: &e})
}

func (a *answer) follow(ctx context.Context, after int, send func(Event) error) error {
	for {
		events, more, err := a.after(after)
		if err != nil {
			return err
		}
		for i := 0; i < len(events); {
			e := events[i]
			for i++; e.Kind == TextEvent && i < len(events) && events[i].Kind == TextEvent; i++ {
				e.Text += events[i].Text
				e.Number = events[i].Number
			}
			if err := send(e); err != nil || e.Kind == DoneEvent {
				return err
			}
			after = e.Number
		}
		if len(events) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-more:
		}
	}
}
