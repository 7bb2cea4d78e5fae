package accounts

import (
	"context"
	"time"
)

// Store keeps people and their sessions. Both backends pass storetest.Accounts.
//
// Unless said otherwise a method returns a fault of kind NotFound where the thing is missing, and one of kind
// Unavailable where the database does not answer.
type Store interface {
	userStore
	sessionStore
	ticketStore
	twoFactorStore
	providerStore
	passkeyStore
	tokenStore
	profileStore
	invitationStore
	auditStore
	SettingStore
}

type userStore interface {
	// CreateUser stores a new person. A taken address is a Conflict with code EMAIL_TAKEN, a taken username one with
	// code USERNAME_TAKEN. passwordHash may be empty.
	CreateUser(ctx context.Context, u User, passwordHash string) error
	// CreateFirstAdmin is CreateUser for an admin, and a Conflict with code ALREADY_SET_UP where one exists.
	// Of any number of calls at once exactly one succeeds.
	CreateFirstAdmin(ctx context.Context, u User, passwordHash string) error
	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	UserByUsername(ctx context.Context, username string) (User, error)
	// Users returns those of the ids that exist, in no order.
	Users(ctx context.Context, ids []string) ([]User, error)
	// ListUsers returns up to limit people in the order of their ids, after the id given ("" from the start).
	ListUsers(ctx context.Context, after string, limit int) ([]User, error)
	// SearchUsers finds people whose name, display name, username or address contains query, without regard to case.
	// query is text, never a pattern.
	SearchUsers(ctx context.Context, query string, limit int) ([]User, error)
	// CountUsers returns how many people there are, and how many of them have a status other than offline.
	CountUsers(ctx context.Context) (total, active int, err error)
	// Bots returns up to limit bots that are not deactivated, in the order of their ids, after the id given. No other
	// list, search or count of people has bots; Users and the reads of one user do.
	Bots(ctx context.Context, after string, limit int) ([]User, error)
	HasAdmin(ctx context.Context) (bool, error)
	// UpdateUser applies a change and returns the person after it.
	UpdateUser(ctx context.Context, id string, change UserChange, now time.Time) (User, error)
	// EndStatus clears the status message of a person with its emoji and its end, where that is not after now, and returns the
	// person after it. It is one decision: a status that is set at the same time stands. A person without one, or who is
	// not there, is not ended and no error.
	EndStatus(ctx context.Context, id string, now time.Time) (u User, ended bool, err error)
	// PasswordHash returns the stored hash, "" where the person has no password.
	PasswordHash(ctx context.Context, userID string) (string, error)
	// ReplacePasswordHash stores next where the hash is still current, else it is a Conflict.
	ReplacePasswordHash(ctx context.Context, userID, current, next string, now time.Time) error
	// TouchUser records when a person was last here, where that is later than what is known.
	TouchUser(ctx context.Context, id string, at time.Time) error
	// CountActive returns how many people were last here at a time or after it.
	CountActive(ctx context.Context, since time.Time) (int, error)
	// FindUsers returns a page of the people whom a query finds, and how many it finds in all.
	FindUsers(ctx context.Context, q UserQuery) ([]User, int, error)
	// CountAdmins returns how many admins there are who are neither banned nor deactivated.
	CountAdmins(ctx context.Context) (int, error)
	// EraseUser removes everything that is known of a person but what their messages hang on: the row stays with
	// the name, address and username of the tombstone, no password, role user, deactivated and with every other
	// field cleared; sessions, tickets, second factor, provider accounts, passkeys and tokens are gone. CreatedAt stays,
	// which the id tells as well; cleared preferences are an empty object, and the status is offline. An address or
	// username that somebody else has is a Conflict, as in UpdateUser.
	EraseUser(ctx context.Context, id string, tombstone Tombstone, now time.Time) error
}

type sessionStore interface {
	CreateSession(ctx context.Context, s Session) error
	// SessionUser returns a session by the hash of its token together with its person, in one read.
	SessionUser(ctx context.Context, tokenHash string) (Session, User, error)
	Session(ctx context.Context, id string) (Session, error)
	// UpdateSession changes a session that still exists and is not past its end at now, and never brings one back.
	UpdateSession(ctx context.Context, id string, change SessionChange, now time.Time) error
	// ListSessions returns a person's unexpired sessions, newest first.
	ListSessions(ctx context.Context, userID string, now time.Time) ([]Session, error)
	// DeleteSession ends one session of a person.
	DeleteSession(ctx context.Context, userID, id string) error
	// DeleteSessions ends all sessions of a person but the one excepted ("" for none) and returns their ids.
	DeleteSessions(ctx context.Context, userID, except string) ([]string, error)
	// DeleteExpiredSessions removes what is past its end and returns how many.
	DeleteExpiredSessions(ctx context.Context, now time.Time) (int, error)
}

type ticketStore interface {
	// CreateTicket stores a ticket; one with the same purpose and hash is a Conflict (ErrTicketExists).
	CreateTicket(ctx context.Context, t Ticket) error
	// ReplaceTickets stores a ticket and removes the others of the same purpose and person.
	ReplaceTickets(ctx context.Context, t Ticket) error
	// Ticket returns a ticket that is not past its end.
	Ticket(ctx context.Context, p Purpose, hash string, now time.Time) (Ticket, error)
	// TakeTicket removes a ticket that is not past its end and returns it. Of any number of calls at once exactly one
	// succeeds.
	TakeTicket(ctx context.Context, p Purpose, hash string, now time.Time) (Ticket, error)
	// TryTicket counts a try on a ticket that is not past its end and has fewer than limit tries, and returns the ticket
	// after it. Of any number of calls at once no more than limit succeed; the others find nothing.
	TryTicket(ctx context.Context, p Purpose, hash string, limit int, now time.Time) (Ticket, error)
	// CountTicket counts a try at t.CreatedAt on the ticket of its purpose and hash, which keeps its end, and returns the
	// tries after it. Where there is none or only one past its end it stores t with one try.
	CountTicket(ctx context.Context, t Ticket) (int, error)
	// ReturnTry takes one try back where the ticket is there still.
	ReturnTry(ctx context.Context, p Purpose, hash string) error
	// DeleteTickets removes a person's tickets of a purpose.
	DeleteTickets(ctx context.Context, p Purpose, userID string) error
	// DeleteExpiredTickets removes what is past its end and returns how many.
	DeleteExpiredTickets(ctx context.Context, now time.Time) (int, error)
}

type twoFactorStore interface {
	// TwoFactor returns a person's record, confirmed or not; without one it is ErrNoTwoFactor.
	TwoFactor(ctx context.Context, userID string) (TwoFactor, error)
	// StartTwoFactor stores an unconfirmed record in place of one that was not confirmed either; beside a confirmed one it
	// is ErrTwoFactorOn.
	StartTwoFactor(ctx context.Context, t TwoFactor) error
	// ConfirmTwoFactor turns on a record that is unconfirmed, for the secret it was checked against, and sets
	// User.TwoFactorEnabled. Backup codes replace those of the record where there are any. Of any number of calls at
	// once exactly one succeeds; the others are ErrNoTwoFactor.
	ConfirmTwoFactor(ctx context.Context, userID string, secret []byte, step int64, backupCodes []string, now time.Time) error
	// UseStep records that the code of a time step was used. A step that is not after the last one is ErrCodeUsed.
	UseStep(ctx context.Context, userID string, step int64) error
	// ReplaceSecret stores next where the secret is still current, else it is ErrNoTwoFactor.
	ReplaceSecret(ctx context.Context, userID string, current, next []byte) error
	// ReplaceBackupCodes stores new hashes, and their salt, in a confirmed record.
	ReplaceBackupCodes(ctx context.Context, userID string, salt []byte, hashes []string) error
	// UseBackupCode removes one hash and returns how many are left. Of any number of calls at once with one hash exactly
	// one succeeds; the others are ErrTicketNotFound.
	UseBackupCode(ctx context.Context, userID, hash string) (left int, err error)
	// DeleteTwoFactor removes the record and clears User.TwoFactorEnabled. Without a record it is no error.
	DeleteTwoFactor(ctx context.Context, userID string, now time.Time) error
}

type providerStore interface {
	// CreateProviderAccount stores a link; (Provider, Subject) that is linked to anyone already is ErrProviderTaken.
	CreateProviderAccount(ctx context.Context, a ProviderAccount) error
	ProviderAccount(ctx context.Context, provider, subject string) (ProviderAccount, error)
	// ProviderAccounts lists a person's links, oldest first.
	ProviderAccounts(ctx context.Context, userID string) ([]ProviderAccount, error)
	// UpdateProviderAccount records what the provider says of a link now.
	UpdateProviderAccount(ctx context.Context, id, email string, scopes []string, now time.Time) error
	DeleteProviderAccount(ctx context.Context, userID, id string) error
}

type passkeyStore interface {
	// CreatePasskey stores a passkey; a CredentialID that is registered already is ErrPasskeyTaken.
	CreatePasskey(ctx context.Context, p Passkey) error
	PasskeyByCredential(ctx context.Context, credentialID string) (Passkey, error)
	// Passkeys lists a person's passkeys, oldest first.
	Passkeys(ctx context.Context, userID string) ([]Passkey, error)
	UpdatePasskey(ctx context.Context, userID, id string, change PasskeyChange) (Passkey, error)
	DeletePasskey(ctx context.Context, userID, id string) error
}

type tokenStore interface {
	CreateToken(ctx context.Context, t Token) error
	// TokenUser returns a token by its hash together with its person, expired or not.
	TokenUser(ctx context.Context, hash string) (Token, User, error)
	// Tokens lists a person's tokens, newest first.
	Tokens(ctx context.Context, userID string) ([]Token, error)
	// TouchToken records a use.
	TouchToken(ctx context.Context, id string, at time.Time) error
	DeleteToken(ctx context.Context, userID, id string) error
}

type invitationStore interface {
	CreateInvitation(ctx context.Context, i Invitation) error
	Invitation(ctx context.Context, hash string) (Invitation, error)
	// Invitations lists invitations, newest first, after the id given ("" from the newest).
	Invitations(ctx context.Context, after string, limit int) ([]Invitation, error)
	// UseInvitation counts one use of an invitation that is good at now. Of any number of calls at once no more succeed
	// than it has uses; the others are ErrNoInvitation.
	UseInvitation(ctx context.Context, hash string, now time.Time) (Invitation, error)
	// ReturnInvitation takes one use back.
	ReturnInvitation(ctx context.Context, id string) error
	RevokeInvitation(ctx context.Context, id string, now time.Time) error
}

type auditStore interface {
	RecordEvent(ctx context.Context, e Event) error
	// Events returns a page of the log, newest first.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
	// CountEvents counts what was recorded from a time on, by action.
	CountEvents(ctx context.Context, from time.Time) (map[Action]int, error)
	// DeleteEvents removes what was recorded before a time and returns how many.
	DeleteEvents(ctx context.Context, before time.Time) (int, error)
}
