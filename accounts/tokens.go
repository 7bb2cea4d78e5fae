package accounts

import (
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// TokenPrefix begins every personal access token, so that scanners find leaked ones.
const TokenPrefix = "pgs_"

// Limits of personal access tokens.
const (
	MaxTokens    = 50 // a person
	MaxTokenName = 80 // characters
	MinTokenLife = time.Hour
	MaxTokenLife = 366 * 24 * time.Hour
	touchAfter   = time.Minute
)

var errToken = fault.New(fault.Unauthenticated, "INVALID_TOKEN", "This token is not valid, or has expired.")

// CreateToken makes a personal access token and returns it, once. life 0 is for ever, else 1 hour to 1 year. The session
// must be fresh, and the person's own. Up to 50 a person.
func (s *Service) CreateToken(ctx context.Context, u User, session Session, name string, scopes []Scope, life time.Duration) (Token, string, error) {
	return s.createToken(ctx, u, session, u, name, scopes, life)
}

// createToken makes a token of u's, which by asks for in a session.
func (s *Service) createToken(
	ctx context.Context, by User, session Session, u User, name string, scopes []Scope, life time.Duration,
) (Token, string, error) {
	if session.ImpersonatedBy != "" {
		return Token{}, "", errNotYours
	}
	if err := s.Fresh(session); err != nil {
		return Token{}, "", err
	}
	name, err := cleanText("name", name, MaxTokenName)
	switch {
	case err != nil:
		return Token{}, "", err
	case name == "":
		return Token{}, "", fault.Field("name", "NAME_REQUIRED", "Please enter a name for the token.")
	case life != 0 && (life < MinTokenLife || life > MaxTokenLife):
		return Token{}, "", fault.Field("expires_in", "INVALID_EXPIRY", "A token lasts for 1 hour to 1 year, or for ever.")
	}
	if scopes, err = cleanScopes(u, scopes); err != nil {
		return Token{}, "", err
	}
	have, err := s.store.Tokens(ctx, u.ID)
	if err != nil {
		return Token{}, "", err
	}
	if len(have) >= MaxTokens {
		return Token{}, "", fault.New(fault.Conflict, "TOO_MANY_TOKENS", "There are 50 tokens already. Please delete one first.")
	}
	now, secret := s.now(), TokenPrefix+NewSecret()
	token := Token{
		ID: id.New(now), UserID: u.ID, Name: name, Hash: HashSecret(secret), Hint: secret[len(secret)-4:], Scopes: scopes, CreatedAt: now,
	}
	if life != 0 {
		token.ExpiresAt = now.Add(life)
	}
	if err := s.store.CreateToken(ctx, token); err != nil {
		return Token{}, "", err
	}
	s.record(ctx, Event{Action: ActionTokenCreated, ActorID: by.ID, UserID: u.ID, Details: map[string]string{"token": token.ID, "name": name}})
	if u.Bot {
		s.notice(ctx, by, "You made an access token for the bot “"+u.Name+"”.")
	} else {
		s.notice(ctx, u, "A personal access token was made.")
	}
	return token, secret, nil
}

// cleanScopes returns scopes without repeats. A token with admin rights is for admins; it has none once its person has none.
func cleanScopes(u User, scopes []Scope) ([]Scope, error) {
	var clean []Scope
	for _, scope := range scopes {
		switch scope {
		case ScopeRead, ScopeWrite:
		case ScopeAdmin:
			if err := RequireAdmin(u); err != nil {
				return nil, err
			}
		default:
			return nil, fault.Field("scopes", "INVALID_SCOPE", "Scopes are read, write and admin.")
		}
		if !slices.Contains(clean, scope) {
			clean = append(clean, scope)
		}
	}
	if len(clean) == 0 {
		return nil, fault.Field("scopes", "INVALID_SCOPE", "Please pick at least one scope.")
	}
	return clean, nil
}

// TokenUser returns the live token and the person whom it belongs to, Plain where it lacks ScopeAdmin, or Unauthenticated. It
// records the use.
func (s *Service) TokenUser(ctx context.Context, token string) (Token, User, error) {
	if !strings.HasPrefix(token, TokenPrefix) {
		return Token{}, User{}, errToken
	}
	t, u, err := s.store.TokenUser(ctx, HashSecret(token))
	if fault.Is(err, fault.NotFound) {
		return Token{}, User{}, errToken
	}
	if err != nil {
		return Token{}, User{}, err
	}
	now := s.now()
	if !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) || u.KeptOut(now) != nil {
		return Token{}, User{}, errToken
	}
	if now.Sub(t.LastUsedAt) >= touchAfter {
		// A failure refuses nobody: the next use notes itself.
		if s.store.TouchToken(ctx, t.ID, now) == nil {
			t.LastUsedAt = now
		}
	}
	u.Plain = !t.Allows([]Scope{ScopeAdmin})
	return t, u, nil
}

// Tokens lists a person's tokens, newest first.
func (s *Service) Tokens(ctx context.Context, userID string) ([]Token, error) {
	return s.store.Tokens(ctx, userID)
}

// DeleteToken ends a token at once.
func (s *Service) DeleteToken(ctx context.Context, u User, id string) error {
	return s.deleteToken(ctx, u.ID, u.ID, id)
}

func (s *Service) deleteToken(ctx context.Context, actorID, userID, id string) error {
	if err := s.store.DeleteToken(ctx, userID, id); err != nil {
		return err
	}
	s.record(ctx, Event{Action: ActionTokenDeleted, ActorID: actorID, UserID: userID, Details: map[string]string{"token": id}})
	return nil
}
