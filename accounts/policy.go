package accounts

import (
	"context"
	"strconv"

	"pegasus/fault"
)

// Policy is what admins decide for everyone.
type Policy struct {
	RequireTwoFactor bool `json:"require_two_factor"`
	EmojiByAdmins    bool `json:"emoji_by_admins"` // admins alone add emoji
}

// policySetting is the name of the setting that holds the policy.
const policySetting = "policy"

// Policy returns what holds now. It is kept in memory and read from the store at least once a minute.
func (s *Service) Policy(ctx context.Context) (Policy, error) { return s.policy.Get(ctx) }

// Forget has what is kept in memory of the store read again: another server may have changed it.
func (s *Service) Forget() { s.policy.Forget() }

// SetPolicy changes what holds for everyone, of which change is given what holds now. Who requires a second factor from now on must
// have one (TWO_FACTOR_REQUIRED_FIRST).
func (s *Service) SetPolicy(ctx context.Context, admin User, change func(Policy) Policy) (Policy, error) {
	if err := RequireAdmin(admin); err != nil {
		return Policy{}, err
	}
	p, err := s.policy.Change(ctx, func(before Policy) (Policy, error) {
		after := change(before)
		if after.RequireTwoFactor && !before.RequireTwoFactor && !admin.TwoFactorEnabled {
			return before, fault.New(fault.Forbidden, "TWO_FACTOR_REQUIRED_FIRST", "Set up a second factor for yourself first.")
		}
		return after, nil
	})
	if err != nil {
		return Policy{}, err
	}
	s.record(ctx, Event{Action: ActionPolicyChanged, ActorID: admin.ID, Details: map[string]string{
		"require_two_factor": strconv.FormatBool(p.RequireTwoFactor), "emoji_by_admins": strconv.FormatBool(p.EmojiByAdmins),
	}})
	return p, nil
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
