package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// tokenDoc is a personal access token, of which the hash alone is kept.
type tokenDoc struct {
	ID         ref              `bson:"_id"`
	UserID     ref              `bson:"user_id"`
	Name       string           `bson:"name"`
	Hash       string           `bson:"hash"`
	Hint       string           `bson:"hint"`
	Scopes     []accounts.Scope `bson:"scopes"`
	CreatedAt  date             `bson:"created_at"`
	ExpiresAt  date             `bson:"expires_at"`
	LastUsedAt date             `bson:"last_used_at"`
}

func newTokenDoc(t accounts.Token) tokenDoc {
	return tokenDoc{
		ID: ref(t.ID), UserID: ref(t.UserID), Name: t.Name, Hash: t.Hash, Hint: t.Hint, Scopes: t.Scopes,
		CreatedAt: date(t.CreatedAt), ExpiresAt: date(t.ExpiresAt), LastUsedAt: date(t.LastUsedAt),
	}
}

func (d tokenDoc) token() accounts.Token {
	return accounts.Token{
		ID: string(d.ID), UserID: string(d.UserID), Name: d.Name, Hash: d.Hash, Hint: d.Hint, Scopes: d.Scopes,
		CreatedAt: d.CreatedAt.time(), ExpiresAt: d.ExpiresAt.time(), LastUsedAt: d.LastUsedAt.time(),
	}
}

// CreateToken stores a token of a person who exists.
func (s *Store) CreateToken(ctx context.Context, t accounts.Token) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.mustExist(ctx, t.UserID); err != nil {
		return err
	}
	_, err := s.tokens.InsertOne(ctx, newTokenDoc(t))
	return translate(err)
}

// TokenUser reads the token and then its person, as SessionUser does.
func (s *Store) TokenUser(ctx context.Context, hash string) (accounts.Token, accounts.User, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[tokenDoc](ctx, s.tokens, bson.D{{Key: "hash", Value: hash}})
	if err != nil {
		return accounts.Token{}, accounts.User{}, orMissing(err, accounts.ErrTokenNotFound)
	}
	user, err := one[userDoc](ctx, s.users, bson.D{{Key: "_id", Value: doc.UserID}})
	if err != nil {
		return accounts.Token{}, accounts.User{}, orMissing(err, accounts.ErrTokenNotFound)
	}
	return doc.token(), user.user(), nil
}

// Tokens lists a person's tokens, newest first.
func (s *Store) Tokens(ctx context.Context, userID string) ([]accounts.Token, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[tokenDoc](ctx, s.tokens, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetSort(bson.D{{Key: "created_at", Value: -1}, {Key: "_id", Value: -1}}))
	return convert(docs, tokenDoc.token), err
}

// TouchToken is an update alone, so it brings nothing back.
func (s *Store) TouchToken(ctx context.Context, id string, at time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(accounts.ErrTokenNotFound)(s.tokens.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}},
		set(bson.D{{Key: "last_used_at", Value: date(at)}})))
}

// DeleteToken removes a token of a person.
func (s *Store) DeleteToken(ctx context.Context, userID, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return deleted(accounts.ErrTokenNotFound)(
		s.tokens.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}, {Key: "user_id", Value: ref(userID)}}))
}
