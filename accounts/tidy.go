package accounts

import (
	"context"
	"time"
)

// keepEvents is how long the audit log goes back.
const keepEvents = 400 * 24 * time.Hour

// Tidy removes what is past its end: sessions, tickets, and old lines of the audit log. It returns when ctx does.
func (s *Service) Tidy(ctx context.Context, every time.Duration, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.tidy(ctx, failed)
		}
	}
}

func (s *Service) tidy(ctx context.Context, failed func(error)) {
	now := s.now()
	_, sessions := s.store.DeleteExpiredSessions(ctx, now)
	_, tickets := s.store.DeleteExpiredTickets(ctx, now)
	_, events := s.store.DeleteEvents(ctx, now.Add(-keepEvents))
	for _, err := range []error{sessions, tickets, events} {
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}
