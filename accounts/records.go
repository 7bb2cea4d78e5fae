package accounts

import (
	"slices"
	"time"
)

// Session is the record of one signed-in device. It alone decides whether the device's cookie is good.
type Session struct {
	ID             string
	UserID         string
	TokenHash      string // hex SHA-256 of the token; the token itself is stored nowhere
	Address        string
	UserAgent      string
	Way            Way
	ImpersonatedBy string // the admin who acts as this person, "" for the person
	Remember       bool
	CreatedAt      time.Time
	UpdatedAt      time.Time // the last extension, not the last request
	SeenAt         time.Time // the last request, to within some minutes
	ProvenAt       time.Time // the last time that the person proved who they are
	ExpiresAt      time.Time
}

// SessionChange names the fields to change; nil leaves a field as it is.
type SessionChange struct {
	UpdatedAt *time.Time
	SeenAt    *time.Time
	ProvenAt  *time.Time
	ExpiresAt *time.Time
}

// Way is how a person came in.
type Way string

// The ways in. A provider's is its name: "github", "google" or "oidc".
const (
	WayPassword      Way = "password"
	WayMagicLink     Way = "magic-link"
	WayPasskey       Way = "passkey"
	WaySignUp        Way = "sign-up"
	WayImpersonation Way = "impersonation"
)

// Purpose is what a ticket is for. Tickets of one purpose are unknown to every other.
type Purpose string

// The purposes.
const (
	PurposeReset       Purpose = "reset-password"
	PurposeVerify      Purpose = "verify-email"
	PurposeChangeEmail Purpose = "change-email"
	PurposeMagicLink   Purpose = "magic-link"
	PurposeDelete      Purpose = "delete-account"
	PurposeChallenge   Purpose = "second-factor"  // between the first factor and the second
	PurposeEmailCode   Purpose = "email-code"     // the code of a challenge, sent by mail
	PurposeTrusted     Purpose = "trusted-device" // skips the second factor
	PurposeDevice      Purpose = "known-device"   // was signed in to this account before
	PurposeFlow        Purpose = "provider-flow"  // a sign-in under way at a provider
	PurposePasskey     Purpose = "passkey"        // a passkey ceremony under way
	PurposeFailures    Purpose = "failures"       // counts wrong guesses
	PurposeProven      Purpose = "proven-factor"  // a second factor was proven in a session
)

// Ticket is something that a person shows and that is good for a while, most often once: a link in a mail, a cookie of
// a sign-in that is not finished, a count of wrong guesses.
type Ticket struct {
	Purpose   Purpose
	Hash      string // hex SHA-256 of what is shown, which is stored nowhere; unique within its purpose
	UserID    string // "" for nobody's
	Email     string // the address that it is bound to, if any
	Data      string // JSON
	Tries     int
	CreatedAt time.Time
	ExpiresAt time.Time
}

// TwoFactor is a person's second factor: a shared secret for TOTP, and backup codes.
type TwoFactor struct {
	UserID      string
	Secret      []byte // sealed
	Confirmed   bool   // a code was proven; until then nothing is asked for
	LastStep    int64  // the newest time step whose code was used
	Salt        []byte // of the backup codes
	BackupCodes []string
	CreatedAt   time.Time
}

// ProviderAccount links a person to an account at GitHub, Google or another issuer.
type ProviderAccount struct {
	ID        string
	UserID    string
	Provider  string
	Subject   string // the provider's own name for the account, which never changes
	Email     string // as the provider last said it
	Scopes    []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Passkey is a WebAuthn credential.
type Passkey struct {
	ID           string
	UserID       string
	Name         string
	CredentialID string // base64url without padding
	PublicKey    []byte // COSE
	Counter      uint32
	DeviceType   string // "singleDevice" or "multiDevice"
	BackedUp     bool
	Transports   []string
	Data         string // what the library keeps of it, JSON
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero where it was not used yet
}

// PasskeyChange names the fields to change; nil leaves a field as it is.
type PasskeyChange struct {
	Name       *string
	Counter    *uint32
	BackedUp   *bool
	Data       *string
	LastUsedAt *time.Time
}

// Token is a personal access token. The token itself is shown once and stored nowhere.
type Token struct {
	ID         string
	UserID     string
	Name       string
	Hash       string // hex SHA-256
	Hint       string // the last four characters
	Scopes     []Scope
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // to within a minute; zero where it was not used yet
}

// Scope is what a token may do. No token reaches sign-in, credentials or other tokens, whatever its scopes.
type Scope string

// The scopes.
const (
	ScopeRead  Scope = "read"  // read what its person may read
	ScopeWrite Scope = "write" // change what its person may change
	ScopeAdmin Scope = "admin" // use its person's admin rights; a moderator's take none
)

// Allows reports whether the token has all of the scopes.
func (t Token) Allows(scopes []Scope) bool {
	for _, scope := range scopes {
		if !slices.Contains(t.Scopes, scope) {
			return false
		}
	}
	return true
}

// Invitation lets people make an account while sign-up is closed to others.
type Invitation struct {
	ID        string
	TokenHash string // hex SHA-256
	Email     string // the only address it is good for, "" for any
	Role      Role
	CreatedBy string
	MaxUses   int
	Uses      int
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero where it was not revoked
}

// Event is a line of the audit log.
type Event struct {
	ID        string
	Action    Action
	ActorID   string // who did it, "" for nobody known
	UserID    string // whom it is about, "" for nobody
	Address   string
	UserAgent string
	Details   map[string]string // never a secret
	At        time.Time
}

// EventQuery selects events. Empty fields select all.
type EventQuery struct {
	UserID  string // about whom
	ActorID string
	Action  Action
	Before  string    // an id: events older than that one
	Since   time.Time // events at this second or later
	Until   time.Time // events before this second
	Limit   int
}

// UserQuery selects people for admins.
type UserQuery struct {
	// Search is text to find in a field, never a pattern; "" finds everyone.
	Search   string
	SearchIn UserField // UserEmail or UserName, "" for both and the username
	SearchAt Match
	Filters  []UserFilter // all must hold
	SortBy   UserField    // "" is UserCreatedAt
	Desc     bool
	Offset   int
	After    UserPlace // where the page before ended, zero for the start
	Bots     bool      // bots, switched off or not, in place of people
	Limit    int
}

// UserPlace is where somebody stands in the order of a query: the value of the field that it sorts by, in the form that a
// UserFilter has, and the id.
type UserPlace struct{ Value, ID string }

// UserField names a field that people can be selected or sorted by.
type UserField string

// The fields.
const (
	UserID        UserField = "id"
	UserEmail     UserField = "email"
	UserName      UserField = "name"
	UserUsername  UserField = "username"
	UserRole      UserField = "role"
	UserBanned    UserField = "banned"           // compares with "true" or "false"
	UserVerified  UserField = "emailVerified"    // the same
	UserTwoFactor UserField = "twoFactorEnabled" // the same
	UserCreatedAt UserField = "createdAt"        // compares with milliseconds since 1970 in decimal
	UserLastLogin UserField = "lastLogin"        // the same, 0 for never
	UserActive    UserField = "lastActive"       // the same
)

// Match is where in a field a text is found.
type Match string

// The matches; the zero value is MatchContains.
const (
	MatchContains   Match = "contains"
	MatchStartsWith Match = "starts_with"
	MatchEndsWith   Match = "ends_with"
)

// UserFilter compares a field with a value.
type UserFilter struct {
	Field UserField
	Op    Op
	Value string
}

// Op compares.
type Op string

// The comparisons. Texts are compared without regard to case.
const (
	OpEqual        Op = "eq"
	OpNotEqual     Op = "ne"
	OpLess         Op = "lt"
	OpLessEqual    Op = "lte"
	OpGreater      Op = "gt"
	OpGreaterEqual Op = "gte"
)

// Tombstone is what stays of a person who is gone.
type Tombstone struct {
	Email    string
	Username string
	Name     string
}
