// Package accounts holds the rules about people: who they are, how they prove it, and which of their sessions live.
package accounts

import "time"

// Role is what a person may do in the whole workspace.
type Role string

// The roles, from least to most.
const (
	RoleUser      Role = "user"
	RoleModerator Role = "moderator"
	RoleAdmin     Role = "admin"
)

// Status is the presence that a person chose.
type Status string

// The presence states of the chat's wire format.
const (
	StatusOnline    Status = "online"
	StatusAway      Status = "away"
	StatusBusy      Status = "busy"
	StatusInMeeting Status = "inmeeting"
	StatusOffline   Status = "offline"
)

// Valid reports whether s is one of the five states.
func (s Status) Valid() bool {
	switch s {
	case StatusOnline, StatusAway, StatusBusy, StatusInMeeting, StatusOffline:
		return true
	}
	return false
}

// User is a person with an account. It holds no secret: the password hash is read on its own.
type User struct {
	ID            string
	Email         string // lower-case, unique
	EmailVerified bool
	Name          string // the full name
	Username      string // lower-case, unique, for @mentions
	DisplayName   string // preferred over Name where set
	Avatar        string // a path or URL, empty where there is none
	Role          Role
	// Plain says that a token without ScopeAdmin speaks for the person: the role is shown as it is, and of an admin it gives
	// nothing. No store keeps it.
	Plain         bool
	Preferences   string // a JSON object as text
	Status        Status
	StatusMessage string
	StatusEmoji   string    // before the message: an emoji, or one of the workspace's own in colons; "" for none
	StatusUntil   time.Time // when message and emoji end, zero for not by themselves
	Phone         string
	GoogleID      string
	OAuthProvider string
	Deactivated   bool
	// TwoFactorEnabled says that a second factor is asked for.
	TwoFactorEnabled bool
	Banned           bool
	BanReason        string
	BanExpires       time.Time // zero: for good
	Notify           Notify
	// Bot says that a program speaks here, not a person. Its Email is no address.
	Bot     bool
	OwnerID string // who made the bot and answers for it, "" for a person
	// Tokenless says that a webhook, a command, a plugin or the server itself speaks for the bot, and no token does: it is in
	// channels whose members let that in, and nobody else.
	Tokenless bool
	CreatedAt time.Time
	UpdatedAt time.Time
	LastLogin time.Time // zero before the first sign-in
	// LastActive is when the person was last here, to a quarter of an hour; zero before the first sign-in.
	LastActive time.Time
}

// Shown returns the name that others see.
func (u User) Shown() string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Name
}

// IsAdmin reports whether the person runs the workspace, as far as what speaks for them may use that.
func (u User) IsAdmin() bool { return u.Role == RoleAdmin && !u.Plain }

// UserChange names the fields to change; nil leaves a field as it is.
type UserChange struct {
	Name          *string
	DisplayName   *string
	Phone         *string
	Status        *Status
	StatusMessage *string
	StatusEmoji   *string
	StatusUntil   *time.Time
	Avatar        *string
	Preferences   *string
	Role          *Role
	LastLogin     *time.Time
	LastActive    *time.Time
	Username      *string // a taken one is a Conflict with code USERNAME_TAKEN
	Email         *string // a taken one is a Conflict with code EMAIL_TAKEN
	EmailVerified *bool
	GoogleID      *string
	OAuthProvider *string
	Ban           *Ban // the zero Ban lifts one
	Deactivated   *bool
	Notify        *Notify
}

// Ban keeps a person out.
type Ban struct {
	Banned  bool
	Reason  string
	Expires time.Time // zero: for good
}

// Notify is what a person wants mail about. Mail about changes to the account itself is always sent.
type Notify struct {
	NewDevice bool `json:"new_device"` // a sign-in from a device that was not seen before
}

// MayEnter returns an error for who cannot sign in: a bot, or a person who is KeptOut.
func (u User) MayEnter(now time.Time) error {
	if u.Bot {
		return errCredentials
	}
	return u.KeptOut(now)
}

// KeptOut returns an error for who is banned and not past the ban's end, or deactivated. Bots are not, which come in by
// their tokens.
func (u User) KeptOut(now time.Time) error {
	switch {
	case u.Deactivated:
		return errCredentials
	case u.Banned && (u.BanExpires.IsZero() || now.Before(u.BanExpires)):
		return ErrBanned
	}
	return nil
}
