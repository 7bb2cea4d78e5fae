package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// invitationDoc is an invitation. left is max_uses less uses, because not every server compares two fields of a document.
type invitationDoc struct {
	ID        ref    `bson:"_id"`
	TokenHash string `bson:"token_hash"`
	Email     string `bson:"email"`
	Role      string `bson:"role"`
	CreatedBy ref    `bson:"created_by"`
	MaxUses   int    `bson:"max_uses"`
	Uses      int    `bson:"uses"`
	Left      int    `bson:"left"`
	CreatedAt date   `bson:"created_at"`
	ExpiresAt date   `bson:"expires_at"`
	RevokedAt date   `bson:"revoked_at"`
}

func newInvitationDoc(i accounts.Invitation) invitationDoc {
	return invitationDoc{
		ID: ref(i.ID), TokenHash: i.TokenHash, Email: i.Email, Role: string(i.Role), CreatedBy: ref(i.CreatedBy),
		MaxUses: i.MaxUses, Uses: i.Uses, Left: i.MaxUses - i.Uses, CreatedAt: date(i.CreatedAt),
		ExpiresAt: date(i.ExpiresAt), RevokedAt: date(i.RevokedAt),
	}
}

func (d invitationDoc) invitation() accounts.Invitation {
	return accounts.Invitation{
		ID: string(d.ID), TokenHash: d.TokenHash, Email: d.Email, Role: accounts.Role(d.Role), CreatedBy: string(d.CreatedBy),
		MaxUses: d.MaxUses, Uses: d.Uses, CreatedAt: d.CreatedAt.time(), ExpiresAt: d.ExpiresAt.time(),
		RevokedAt: d.RevokedAt.time(),
	}
}

// CreateInvitation stores an invitation.
func (s *Store) CreateInvitation(ctx context.Context, i accounts.Invitation) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.invitations.InsertOne(ctx, newInvitationDoc(i))
	return translate(err)
}

// Invitation returns an invitation, good or not.
func (s *Store) Invitation(ctx context.Context, hash string) (accounts.Invitation, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[invitationDoc](ctx, s.invitations, bson.D{{Key: "token_hash", Value: hash}})
	return foundInvitation(doc, err)
}

func foundInvitation(doc invitationDoc, err error) (accounts.Invitation, error) {
	if err != nil {
		return accounts.Invitation{}, orMissing(err, accounts.ErrNoInvitation)
	}
	return doc.invitation(), nil
}

// Invitations returns a page in the order of ids, the newest first.
func (s *Store) Invitations(ctx context.Context, after string, limit int) ([]accounts.Invitation, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[invitationDoc](ctx, s.invitations, olderThan(after), newestIDs(limit))
	return convert(docs, invitationDoc.invitation), err
}

// olderThan finds the ids before one, or all where it is "".
func olderThan(id string) bson.D {
	if id == "" {
		return bson.D{}
	}
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: ref(id)}}}}
}

// newerThan finds the ids after one, or all where it is "".
func newerThan(id string) bson.D {
	if id == "" {
		return bson.D{}
	}
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ref(id)}}}}
}

func newestIDs(limit int) *options.FindOptions {
	return options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(limit))
}

// UseInvitation compares and counts in one step.
func (s *Store) UseInvitation(ctx context.Context, hash string, now time.Time) (accounts.Invitation, error) {
	ctx, done := limited(ctx)
	defer done()
	good := bson.D{{Key: "token_hash", Value: hash}, {Key: "left", Value: bson.D{{Key: "$gt", Value: 0}}},
		{Key: "expires_at", Value: bson.D{{Key: "$gt", Value: date(now)}}}, {Key: "revoked_at", Value: nil}}
	return foundInvitation(decode[invitationDoc](s.invitations.FindOneAndUpdate(ctx, good, uses(1), after)))
}

func uses(n int) bson.D {
	return bson.D{{Key: "$inc", Value: bson.D{{Key: "uses", Value: n}, {Key: "left", Value: -n}}}}
}

// ReturnInvitation takes back a use, if there was one.
func (s *Store) ReturnInvitation(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.invitations.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(id)}, {Key: "uses", Value: bson.D{{Key: "$gt", Value: 0}}}}, uses(-1))
	if err != nil || result.MatchedCount == 1 {
		return translate(err)
	}
	return s.mustHaveInvitation(ctx, id)
}

// RevokeInvitation ends an invitation. One that was revoked before keeps its time.
func (s *Store) RevokeInvitation(ctx context.Context, id string, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.invitations.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}, {Key: "revoked_at", Value: nil}},
		set(bson.D{{Key: "revoked_at", Value: date(now)}}))
	if err != nil || result.MatchedCount == 1 {
		return translate(err)
	}
	return s.mustHaveInvitation(ctx, id)
}

func (s *Store) mustHaveInvitation(ctx context.Context, id string) error {
	found, err := exists(ctx, s.invitations, bson.D{{Key: "_id", Value: ref(id)}})
	if err == nil && !found {
		return accounts.ErrNoInvitation
	}
	return err
}
