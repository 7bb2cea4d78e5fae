package accounts

import (
	"context"
	"strconv"
	"strings"

	"pegasus/fault"
)

// Policy is what admins decide for everyone.
type Policy struct {
	RequireTwoFactor bool `json:"require_two_factor"`
	EmojiByAdmins    bool `json:"emoji_by_admins"` // admins alone add emoji
	// PublicChannels and PrivateChannels say who makes channels, and who makes them public or private afterwards.
	PublicChannels  Makers `json:"public_channels,omitempty"`
	PrivateChannels Makers `json:"private_channels,omitempty"`
	MaxMessage      int    `json:"max_message,omitempty"` // characters, 0 for DefaultMessage
	// SignUpDomains are of whose addresses people make accounts by themselves, where sign-up is open or by a link for anyone; none for
	// all.
	SignUpDomains []string `json:"sign_up_domains,omitempty"`
}

// How long a message may be at most, in characters: what an admin may choose, and what holds where none chose.
const (
	DefaultMessage = 2000
	LeastMessage   = 1000
	MostMessage    = 16_000
)

// MessageLimit returns how many characters a message has at most.
func (p Policy) MessageLimit() int {
	if p.MaxMessage == 0 {
		return DefaultMessage
	}
	return p.MaxMessage
}

// Makers says who may make something.
type Makers string

// The values of the wire format, but for Anyone, which it calls "everyone".
const (
	Anyone       Makers = ""
	ByModerators Makers = "moderators" // and admins
	ByAdmins     Makers = "admins"
)

// ParseMakers reads the form of the wire.
func ParseMakers(field, text string) (Makers, error) {
	switch m := Makers(text); m {
	case "everyone":
		return Anyone, nil
	case ByModerators, ByAdmins:
		return m, nil
	}
	return "", fault.Field(field, "INVALID_RIGHT", "This must be everyone, moderators or admins.")
}

// String returns the form of the wire.
func (m Makers) String() string {
	if m == Anyone {
		return "everyone"
	}
	return string(m)
}

// Has reports whether somebody is among them.
func (m Makers) Has(u User) bool {
	return m == Anyone || u.IsAdmin() || m == ByModerators && u.Role == RoleModerator
}

// policySetting is the name of the setting that holds the policy.
const policySetting = "policy"

// Policy returns what holds now. It is kept in memory and read from the store at least once a minute.
func (s *Service) Policy(ctx context.Context) (Policy, error) { return s.policy.Get(ctx) }

// Forget has what is kept in memory of the store read again: another server may have changed it.
func (s *Service) Forget() {
	s.policy.Forget()
	s.fields.Forget()
}

// SetPolicy changes what holds for everyone, of which change is given what holds now. Who requires a second factor from now on must
// have one (TWO_FACTOR_REQUIRED_FIRST). A length of messages out of bounds is INVALID_LENGTH, what is no domain INVALID_DOMAIN.
func (s *Service) SetPolicy(ctx context.Context, admin User, change func(Policy) Policy) (Policy, error) {
	if err := RequireAdmin(admin); err != nil {
		return Policy{}, err
	}
	p, err := s.policy.Change(ctx, func(before Policy) (Policy, error) {
		after := change(before)
		if after.RequireTwoFactor && !before.RequireTwoFactor && !admin.TwoFactorEnabled {
			return before, fault.New(fault.Forbidden, "TWO_FACTOR_REQUIRED_FIRST", "Set up a second factor for yourself first.")
		}
		if after.MaxMessage != 0 && (after.MaxMessage < LeastMessage || after.MaxMessage > MostMessage) {
			return before, fault.Field("max_message", "INVALID_LENGTH", "A message has at most 1,000 to 16,000 characters.")
		}
		domains, err := cleanDomains(after.SignUpDomains)
		after.SignUpDomains = domains
		return after, err
	})
	if err != nil {
		return Policy{}, err
	}
	s.record(ctx, Event{Action: ActionPolicyChanged, ActorID: admin.ID, Details: map[string]string{
		"require_two_factor": strconv.FormatBool(p.RequireTwoFactor), "emoji_by_admins": strconv.FormatBool(p.EmojiByAdmins),
		"public_channels": p.PublicChannels.String(), "private_channels": p.PrivateChannels.String(), "max_message": strconv.Itoa(p.MessageLimit()),
		"sign_up_domains": strings.Join(p.SignUpDomains, " "),
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
