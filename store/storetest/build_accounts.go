package storetest

import (
	"time"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/mail"
)

// Ticket returns a ticket of an hour, ready to be stored.
func Ticket(p accounts.Purpose, userID, hash string) accounts.Ticket {
	return accounts.Ticket{
		Purpose: p, Hash: hash, UserID: userID, Data: "{}", CreatedAt: Start, ExpiresAt: Start.Add(time.Hour),
	}
}

// TwoFactor returns a second factor that is not confirmed, ready to be stored.
func TwoFactor(userID, secret string, backupCodes ...string) accounts.TwoFactor {
	return accounts.TwoFactor{
		UserID: userID, Secret: []byte(secret), Salt: []byte("salt\x00\xff"), BackupCodes: backupCodes, CreatedAt: Start,
	}
}

// ProviderAccount returns a link to an account at GitHub, ready to be stored.
func ProviderAccount(userID, subject string) accounts.ProviderAccount {
	return accounts.ProviderAccount{
		ID: id.New(Start), UserID: userID, Provider: "github", Subject: subject, Email: subject + "@example.test",
		Scopes: []string{"read:user", "user:email"}, CreatedAt: Start, UpdatedAt: Start,
	}
}

// Passkey returns a passkey, ready to be stored.
func Passkey(userID, credentialID string) accounts.Passkey {
	return accounts.Passkey{
		ID: id.New(Start), UserID: userID, Name: "Key ✨", CredentialID: credentialID, PublicKey: []byte{0, 1, 0xff},
		Counter: 1<<32 - 1, DeviceType: "multiDevice", BackedUp: true, Transports: []string{"internal", "hybrid"},
		Data: `{"a":1}`, CreatedAt: Start,
	}
}

// Token returns a token that reads, ready to be stored.
func Token(userID, hash string) accounts.Token {
	return accounts.Token{
		ID: id.New(Start), UserID: userID, Name: "Backups ✨", Hash: hash, Hint: "wxyz",
		Scopes: []accounts.Scope{accounts.ScopeRead}, CreatedAt: Start,
	}
}

// Invitation returns an invitation of a week for one person, ready to be stored.
func Invitation(createdBy, tokenHash string) accounts.Invitation {
	return accounts.Invitation{
		ID: id.New(Start), TokenHash: tokenHash, Role: accounts.RoleUser, CreatedBy: createdBy, MaxUses: 1,
		CreatedAt: Start, ExpiresAt: Start.Add(7 * 24 * time.Hour),
	}
}

// Event returns a line of the audit log about somebody, ready to be stored.
func Event(action accounts.Action, actorID, userID string, at time.Time) accounts.Event {
	return accounts.Event{ID: id.New(at), Action: action, ActorID: actorID, UserID: userID, At: at}
}

// Queued returns a mail that is due from a time on, ready to be stored.
func Queued(to string, due time.Time) mail.Queued {
	return mail.Queued{
		ID: id.New(due), Kind: "reset-password", To: to, Sealed: []byte("sealed\x00\xff"), CreatedAt: due, NextTry: due,
	}
}
