package accounts

import (
	"context"
	"time"

	"pegasus/fault"
)

// Wrong second factors of an account: so many within so long, for each budget.
const (
	factorLimit  = 10
	factorWindow = time.Hour
)

// The budgets beside those of the known devices.
const (
	budgetUnknown = "unknown" // sign-ins on devices that the account was never signed in on
	budgetSession = "session" // by somebody who is signed in
)

// deviceBudget returns which budget the guesses on a device count for.
func (s *Service) deviceBudget(ctx context.Context, u User, device string) (string, error) {
	if device == "" {
		return budgetUnknown, nil
	}
	hash := deviceHash(u, device)
	_, err := s.store.Ticket(ctx, PurposeDevice, hash, s.now())
	if fault.Is(err, fault.NotFound) {
		return budgetUnknown, nil
	}
	return hash, err
}

// guessFactor runs a check of a second factor within a budget of its account. The guess is counted before it is checked, and
// the count taken back where it was right: any number of guesses at once stays within the budget.
func (s *Service) guessFactor(ctx context.Context, u User, budget string, f Factor, check func() error) error {
	counter := s.counter(factorWindow, []string{"second factor", u.ID, budget})
	count, err := s.store.CountTicket(ctx, counter)
	if err != nil {
		return err
	}
	if count > factorLimit {
		return s.locked(ctx, u, counter, count == factorLimit+1)
	}
	err = check()
	if err == nil {
		// A failure leaves one guess less.
		_ = s.store.ReturnTry(context.WithoutCancel(ctx), PurposeFailures, counter.Hash)
		return nil
	}
	if fault.Is(err, fault.Unauthenticated) {
		s.record(ctx, Event{Action: ActionTwoFactorFailed, UserID: u.ID, Details: map[string]string{"factor": string(f)}})
	}
	return err
}

// locked returns the answer to a guess over the budget. The first one is recorded, and the owner told.
func (s *Service) locked(ctx context.Context, u User, counter Ticket, first bool) error {
	wait := factorWindow
	if counted, err := s.store.Ticket(ctx, PurposeFailures, counter.Hash, counter.CreatedAt); err == nil {
		wait = counted.ExpiresAt.Sub(counter.CreatedAt)
	}
	if first {
		s.record(ctx, Event{Action: ActionTwoFactorLocked, UserID: u.ID})
		s.notice(ctx, u, "There were too many wrong two-factor codes. If that was not you, somebody may know your password: please change it.")
	}
	return &fault.Error{
		Kind: fault.Limited, Code: "ACCOUNT_TEMPORARILY_LOCKED", RetryAfter: wait,
		Message: "Too many wrong codes. Please try again later, or use a device that you have signed in on before.",
	}
}
