package ops

import (
	"context"
	"sync"
	"time"
)

// SecurityFigures are counts of the audit log within SecurityPeriod.
type SecurityFigures struct {
	Blocked    int // sign-ins, accounts and factors that were locked after wrong guesses, people who were banned, webhooks that were stopped
	Suspicious int // what somebody should look at
	Failures   int // sign-ins and second factors that failed
	Actions    map[string]int
	From       time.Time
}

const (
	// SecurityPeriod is the time that the figures are of.
	SecurityPeriod = 24 * time.Hour
	figuresFor     = time.Minute // how long what was counted is good
)

// The actions of the audit log that figures count.
var (
	failedActions     = []string{"session.sign_in_failed", "two_factor.failed"}
	blockedActions    = []string{"session.sign_in_blocked", "two_factor.locked", "user.banned", "hook.stopped"}
	suspiciousActions = []string{
		"two_factor.backup_code_used", "two_factor.disabled", "user.impersonated", "user.role_changed", "email.changed", "password.reset_requested",
		"message.reported",
	}
)

// figures are those that were counted last.
type figures struct {
	mu   sync.Mutex
	last SecurityFigures
}

// ReadSecurity counts what the audit log says of the last day, once a minute at most.
func (s *Service) ReadSecurity(ctx context.Context) (SecurityFigures, error) {
	s.figures.mu.Lock()
	defer s.figures.mu.Unlock()
	from := s.Now().Add(-SecurityPeriod)
	if s.figures.last.Actions != nil && from.Sub(s.figures.last.From) < figuresFor {
		return s.figures.last, nil
	}
	counts, err := s.Security(ctx, from)
	if err != nil {
		return SecurityFigures{}, err
	}
	of := func(actions []string) (n int) {
		for _, action := range actions {
			n += counts[action]
		}
		return n
	}
	s.figures.last = SecurityFigures{
		Blocked: of(blockedActions), Suspicious: of(suspiciousActions), Failures: of(failedActions), Actions: counts, From: from,
	}
	return s.figures.last, nil
}
