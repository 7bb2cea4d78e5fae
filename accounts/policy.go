package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"pegasus/fault"
)

// Policy is what admins decide for everyone.
type Policy struct {
	RequireTwoFactor bool `json:"require_two_factor"`
	EmojiByAdmins    bool `json:"emoji_by_admins"` // admins alone add emoji
}

// policySetting is the name of the setting that holds the policy as JSON.
const (
	policySetting = "policy"
	policyLife    = time.Minute // in memory, so that it holds on every server soon
)

// policyCache keeps the policy in memory, as every request asks for it.
type policyCache struct {
	mu   sync.Mutex // held while it is read or written in the store, so that an old one never replaces a new one
	kept atomic.Pointer[keptPolicy]
}

type keptPolicy struct {
	Policy
	at time.Time
}

// Policy returns what holds now. It is kept in memory and read from the store at least once a minute.
func (s *Service) Policy(ctx context.Context) (Policy, error) {
	if p, ok := s.keptPolicy(); ok {
		return p, nil
	}
	s.policy.mu.Lock()
	defer s.policy.mu.Unlock()
	if p, ok := s.keptPolicy(); ok {
		return p, nil
	}
	var p Policy
	text, err := s.store.Setting(ctx, policySetting)
	switch {
	case errors.Is(err, ErrNoSetting):
	case err != nil:
		return Policy{}, err
	default:
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return Policy{}, err
		}
	}
	s.policy.kept.Store(&keptPolicy{Policy: p, at: s.now()})
	return p, nil
}

func (s *Service) keptPolicy() (Policy, bool) {
	kept := s.policy.kept.Load()
	if kept == nil || s.now().Sub(kept.at) >= policyLife {
		return Policy{}, false
	}
	return kept.Policy, true
}

// SetPolicy changes what holds for everyone. Who requires a second factor must have one (TWO_FACTOR_REQUIRED_FIRST).
func (s *Service) SetPolicy(ctx context.Context, admin User, p Policy) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	if p.RequireTwoFactor && !admin.TwoFactorEnabled {
		return fault.New(fault.Forbidden, "TWO_FACTOR_REQUIRED_FIRST", "Set up a second factor for yourself first.")
	}
	return s.setPolicy(ctx, admin, p)
}

func (s *Service) setPolicy(ctx context.Context, admin User, p Policy) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	s.policy.mu.Lock()
	defer s.policy.mu.Unlock()
	if err := s.store.PutSetting(ctx, policySetting, string(text)); err != nil {
		return err
	}
	s.policy.kept.Store(&keptPolicy{Policy: p, at: s.now()})
	s.record(ctx, Event{Action: ActionPolicyChanged, ActorID: admin.ID, Details: map[string]string{
		"require_two_factor": strconv.FormatBool(p.RequireTwoFactor), "emoji_by_admins": strconv.FormatBool(p.EmojiByAdmins),
	}})
	return nil
}

// SetEmojiByAdmins says whether admins alone add emoji, and leaves the rest as it is.
func (s *Service) SetEmojiByAdmins(ctx context.Context, admin User, only bool) error {
	p, err := s.Policy(ctx)
	if err != nil {
		return err
	}
	p.EmojiByAdmins = only
	return s.setPolicy(ctx, admin, p)
}

// MustEnroll reports whether a person has to set up a second factor before anything else: the policy asks for one, they have
// none, and the session was not opened by a passkey. It asks nothing of an admin who acts as somebody.
func (s *Service) MustEnroll(ctx context.Context, u User, session Session) (bool, error) {
	if u.TwoFactorEnabled || session.Way == WayPasskey || session.ImpersonatedBy != "" {
		return false, nil
	}
	p, err := s.Policy(ctx)
	return p.RequireTwoFactor, err
}
