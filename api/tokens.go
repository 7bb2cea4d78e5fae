package api

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/web"
)

// token is a personal access token without its secret.
type token struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Hint       string   `json:"hint" doc:"The last four characters"`
	Scopes     []string `json:"scopes" nullable:"false"`
	CreatedAt  string   `json:"created_at" format:"date-time"`
	ExpiresAt  *string  `json:"expires_at" format:"date-time" doc:"null: never"`
	LastUsedAt *string  `json:"last_used_at" format:"date-time" doc:"null where it was not used yet"`
}

func newToken(t accounts.Token) token {
	out := token{
		ID: t.ID, Name: t.Name, Hint: t.Hint, Scopes: make([]string, len(t.Scopes)), CreatedAt: web.Time(t.CreatedAt),
		ExpiresAt: atOrNull(t.ExpiresAt), LastUsedAt: atOrNull(t.LastUsedAt),
	}
	for i, scope := range t.Scopes {
		out.Scopes[i] = string(scope)
	}
	return out
}

type tokenList struct {
	Tokens []token `json:"tokens" nullable:"false"`
}

func (d *door) listTokens(ctx context.Context, _ *none) (*reply[tokenList], error) {
	found, err := d.Accounts.Tokens(ctx, me(ctx).ID)
	out := tokenList{Tokens: make([]token, len(found))}
	for i, t := range found {
		out.Tokens[i] = newToken(t)
	}
	return &reply[tokenList]{Body: out}, err
}

type createTokenRequest struct {
	Body struct {
		Name      string   `json:"name" doc:"1 to 80 characters"`
		Scopes    []string `json:"scopes" nullable:"false" doc:"At least one of read, write and admin"`
		ExpiresIn int64    `json:"expires_in,omitempty" minimum:"0" maximum:"31536000" doc:"Seconds, from an hour to a year; 0 is for ever"`
	}
}

type createdToken struct {
	Token  token  `json:"token"`
	Secret string `json:"secret" doc:"The token itself, which is not shown again"`
}

func (d *door) createToken(ctx context.Context, in *createTokenRequest) (*reply[createdToken], error) {
	u, session := by(ctx)
	scopes := make([]accounts.Scope, len(in.Body.Scopes))
	for i, scope := range in.Body.Scopes {
		scopes[i] = accounts.Scope(scope)
	}
	t, secret, err := d.Accounts.CreateToken(ctx, u, session, in.Body.Name, scopes, time.Duration(in.Body.ExpiresIn)*time.Second)
	if err != nil {
		return nil, err
	}
	return ok(createdToken{Token: newToken(t), Secret: secret})
}

// TokenPath names a token.
type TokenPath struct {
	ID string `path:"id" doc:"The token's id"`
}

func (d *door) deleteToken(ctx context.Context, in *TokenPath) (*reply[notice], error) {
	if err := d.Accounts.DeleteToken(ctx, me(ctx), known(in.ID)); err != nil {
		return nil, err
	}
	return ok(notice{Message: "Token deleted"})
}
