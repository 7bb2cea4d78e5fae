package mongo

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// linkDoc is a link to an account at a provider, in Better Auth's collection "account" and with its names. key is unique:
// "<provider>:<subject>", or what no link can have for rows that are none: Better Auth's row of a password, or the younger
// of two for one account.
type linkDoc struct {
	ID        ref    `bson:"_id"`
	UserID    ref    `bson:"userId"`
	Provider  string `bson:"providerId"`
	Subject   string `bson:"accountId"`
	Key       string `bson:"key"`
	Email     string `bson:"email"`
	Scopes    string `bson:"scope"` // separated by commas
	CreatedAt date   `bson:"createdAt"`
	UpdatedAt date   `bson:"updatedAt"`
}

func newLinkDoc(a accounts.ProviderAccount) linkDoc {
	return linkDoc{
		ID: ref(a.ID), UserID: ref(a.UserID), Provider: a.Provider, Subject: a.Subject, Key: linkKey(a.Provider, a.Subject),
		Email: a.Email, Scopes: strings.Join(a.Scopes, ","), CreatedAt: date(a.CreatedAt), UpdatedAt: date(a.UpdatedAt),
	}
}

func linkKey(provider, subject string) string { return provider + ":" + subject }

func (d linkDoc) account() accounts.ProviderAccount {
	return accounts.ProviderAccount{
		ID: string(d.ID), UserID: string(d.UserID), Provider: d.Provider, Subject: d.Subject, Email: d.Email,
		Scopes: listed(d.Scopes), CreatedAt: d.CreatedAt.time(), UpdatedAt: d.UpdatedAt.time(),
	}
}

// listed returns the parts of a list as Better Auth stores it, nil for an empty one.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// CreateProviderAccount stores a link of a person who exists; the unique index decides whose it is.
func (s *Store) CreateProviderAccount(ctx context.Context, a accounts.ProviderAccount) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.mustExist(ctx, a.UserID); err != nil {
		return err
	}
	_, err := s.links.InsertOne(ctx, newLinkDoc(a))
	return orTaken(err, accounts.ErrProviderTaken)
}

// ProviderAccount returns a link by what the provider calls it.
func (s *Store) ProviderAccount(ctx context.Context, provider, subject string) (accounts.ProviderAccount, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[linkDoc](ctx, s.links, bson.D{{Key: "key", Value: linkKey(provider, subject)}})
	if err != nil {
		return accounts.ProviderAccount{}, orMissing(err, accounts.ErrNoProvider)
	}
	return doc.account(), nil
}

// ProviderAccounts lists a person's links, oldest first.
func (s *Store) ProviderAccounts(ctx context.Context, userID string) ([]accounts.ProviderAccount, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[linkDoc](ctx, s.links, bson.D{{Key: "userId", Value: ref(userID)}}, oldestFirst())
	docs = slices.DeleteFunc(docs, func(d linkDoc) bool { return d.Key != linkKey(d.Provider, d.Subject) })
	return convert(docs, linkDoc.account), err
}

func oldestFirst() *options.FindOptions {
	return options.Find().SetSort(bson.D{{Key: "createdAt", Value: 1}, {Key: "_id", Value: 1}})
}

// UpdateProviderAccount changes what the provider says of an account.
func (s *Store) UpdateProviderAccount(ctx context.Context, id, email string, scopes []string, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(accounts.ErrNoProvider)(s.links.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}},
		set(bson.D{{Key: "email", Value: email}, {Key: "scope", Value: strings.Join(scopes, ",")}, {Key: "updatedAt", Value: date(now)}})))
}

// DeleteProviderAccount removes a link of a person.
func (s *Store) DeleteProviderAccount(ctx context.Context, userID, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return deleted(accounts.ErrNoProvider)(
		s.links.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}, {Key: "userId", Value: ref(userID)}}))
}
