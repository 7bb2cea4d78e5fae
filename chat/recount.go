package chat

import (
	"context"
	"sync"
	"time"
)

const (
	recountStep  = 200                    // members whose unread counts are checked at once
	recountPause = 200 * time.Millisecond // between two steps, so that the check is never in the way
)

// UnreadCheck is what the last whole check of unread counts found.
type UnreadCheck struct {
	At       time.Time // when it ended, zero before the first
	Checked  int       // members of channels
	Counts   int       // members whose count was wrong and is right now
	Mentions int       // unread mentions that stood for nothing and are gone
}

// recount holds the last check.
type recount struct {
	mu   sync.Mutex
	last UnreadCheck
}

// UnreadCheck returns what the last whole check of unread counts found.
func (s *Service) UnreadCheck() UnreadCheck {
	s.recount.mu.Lock()
	defer s.recount.mu.Unlock()
	return s.recount.last
}

// RecountUnread checks the unread counts of everybody, a bounded step at a time with a pause after each, mends what is wrong
// and keeps what it found. pause returns an error where the check has to end.
func (s *Service) RecountUnread(ctx context.Context, pause func(context.Context) error) (UnreadCheck, error) {
	var check UnreadCheck
	for channelID, userID := "", ""; ; {
		step, err := s.store.RecountUnread(ctx, channelID, userID, recountStep)
		if err != nil {
			return UnreadCheck{}, err
		}
		check.Checked, check.Counts, check.Mentions = check.Checked+step.Checked, check.Counts+step.Counts, check.Mentions+step.Mentions
		if channelID, userID = step.ChannelID, step.UserID; channelID == "" {
			break
		}
		if err := pause(ctx); err != nil {
			return UnreadCheck{}, err
		}
	}
	check.At = s.now()
	s.NoteUnreadCheck(check)
	return check, nil
}

// NoteUnreadCheck keeps what a check of another server found.
func (s *Service) NoteUnreadCheck(check UnreadCheck) {
	s.recount.mu.Lock()
	defer s.recount.mu.Unlock()
	s.recount.last = check
}

// CheckUnread runs RecountUnread every so often until ctx ends, where it is this server's to do, and reports what each found.
func (s *Service) CheckUnread(ctx context.Context, every time.Duration, ours func() bool, report func(UnreadCheck, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !ours() {
			continue
		}
		check, err := s.RecountUnread(ctx, waitABit)
		if ctx.Err() == nil {
			report(check, err)
		}
	}
}

func waitABit(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(recountPause):
		return nil
	}
}
