package accounts

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"sync"

	"pegasus/fault"
)

// setupToken lets whoever started the server make the first admin. It lives in memory for one run of the server, where it is not that
// of several.
type setupToken struct {
	mu    sync.Mutex
	token string
}

var errSetup = fault.New(fault.NotFound, "SETUP_CLOSED", "This set-up link is not valid. The server prints a new one when it starts without an admin.")

// OpenSetup returns a token for the set-up page, "" where an admin exists already.
func (s *Service) OpenSetup(ctx context.Context) (string, error) {
	exists, err := s.store.HasAdmin(ctx)
	if err != nil || exists {
		return "", err
	}
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	s.setup.token = cmp.Or(s.setupAt, rand.Text())
	return s.setup.token, nil
}

// CheckSetup reports whether a token is good, as an error.
func (s *Service) CheckSetup(token string) error {
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	if s.setup.token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.setup.token)) != 1 {
		return errSetup
	}
	return nil
}

// Setup makes the first admin. The token is good for one success.
func (s *Service) Setup(ctx context.Context, token string, d Draft) (User, error) {
	if err := s.CheckSetup(token); err != nil {
		return User{}, err
	}
	u, err := s.createAdmin(ctx, d, s.store.CreateFirstAdmin)
	if err == nil || fault.From(err).Code == "ALREADY_SET_UP" {
		s.setup.mu.Lock()
		s.setup.token = ""
		s.setup.mu.Unlock()
	}
	if err != nil && fault.From(err).Code == "ALREADY_SET_UP" {
		return User{}, errSetup
	}
	if err == nil {
		s.record(ctx, Event{Action: ActionSignUp, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"way": "setup"}})
	}
	return u, err
}
