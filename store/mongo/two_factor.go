package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// twoFactorDoc is a person's second factor. It lies in the field two_factor of the person's own document, as ConnectBest's
// does: whether a factor is asked for and what it is checked against change in one write, so that no crash and no race can
// leave one without the other. A person with the flag and no record could not come in; one with a record and no flag
// would come in by the password alone.
type twoFactorDoc struct {
	Secret      []byte   `bson:"secret"`
	Confirmed   bool     `bson:"confirmed"`
	LastStep    int64    `bson:"last_step"`
	Salt        []byte   `bson:"salt"`
	BackupCodes []string `bson:"backup_codes"`
	CreatedAt   date     `bson:"created_at"`
}

func newTwoFactorDoc(t accounts.TwoFactor) twoFactorDoc {
	return twoFactorDoc{
		Secret: t.Secret, Confirmed: t.Confirmed, LastStep: t.LastStep, Salt: t.Salt,
		BackupCodes: append([]string{}, t.BackupCodes...), // never null, which $pull refuses
		CreatedAt:   date(t.CreatedAt),
	}
}

// guarded is the part of a person's document that the methods here read.
type guarded struct {
	TwoFactor *twoFactorDoc `bson:"two_factor"`
}

// TwoFactor returns a person's record.
func (s *Store) TwoFactor(ctx context.Context, userID string) (accounts.TwoFactor, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[guarded](ctx, s.users, bson.D{{Key: "_id", Value: ref(userID)}},
		options.FindOne().SetProjection(bson.D{{Key: "two_factor", Value: 1}}))
	if err == nil && doc.TwoFactor == nil {
		err = mongo.ErrNoDocuments
	}
	if err != nil {
		return accounts.TwoFactor{}, orMissing(err, accounts.ErrNoTwoFactor)
	}
	d := doc.TwoFactor
	return accounts.TwoFactor{
		UserID: userID, Secret: d.Secret, Confirmed: d.Confirmed, LastStep: d.LastStep, Salt: d.Salt,
		BackupCodes: d.BackupCodes, CreatedAt: d.CreatedAt.time(),
	}, nil
}

// StartTwoFactor stores a record where there is none that is confirmed.
func (s *Store) StartTwoFactor(ctx context.Context, t accounts.TwoFactor) error {
	ctx, done := limited(ctx)
	defer done()
	t.Confirmed = false
	result, err := s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(t.UserID)}, {Key: "two_factor.confirmed", Value: bson.D{{Key: "$ne", Value: true}}}},
		set(bson.D{{Key: "two_factor", Value: newTwoFactorDoc(t)}}))
	if err != nil || result.MatchedCount == 1 {
		return translate(err)
	}
	if err := s.mustExist(ctx, t.UserID); err != nil {
		return err
	}
	return accounts.ErrTwoFactorOn
}

// ConfirmTwoFactor turns a record on for the secret that was checked.
func (s *Store) ConfirmTwoFactor(
	ctx context.Context, userID string, secret []byte, step int64, backupCodes []string, now time.Time,
) error {
	ctx, done := limited(ctx)
	defer done()
	fields := bson.D{{Key: "two_factor.confirmed", Value: true}, {Key: "two_factor.last_step", Value: step},
		{Key: "two_factor_enabled", Value: true}, {Key: "updated_at", Value: date(now)}}
	if len(backupCodes) > 0 {
		fields = append(fields, bson.E{Key: "two_factor.backup_codes", Value: backupCodes})
	}
	return matched(accounts.ErrNoTwoFactor)(s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.confirmed", Value: false},
			{Key: "two_factor.secret", Value: secret}}, set(fields)))
}

// ReplaceSecret is an update alone, so it brings nothing back.
func (s *Store) ReplaceSecret(ctx context.Context, userID string, current, next []byte) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.secret", Value: current}},
		set(bson.D{{Key: "two_factor.secret", Value: next}}))
	if err == nil && result.MatchedCount == 0 {
		return accounts.ErrNoTwoFactor
	}
	return translate(err)
}

// UseStep moves the last step on, never back.
func (s *Store) UseStep(ctx context.Context, userID string, step int64) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.last_step", Value: bson.D{{Key: "$lt", Value: step}}}},
		set(bson.D{{Key: "two_factor.last_step", Value: step}}))
	if err != nil || result.MatchedCount == 1 {
		return translate(err)
	}
	return s.orNoFactor(ctx, userID, accounts.ErrCodeUsed)
}

// orNoFactor returns refusal, or that there is no second factor which could refuse.
func (s *Store) orNoFactor(ctx context.Context, userID string, refusal error) error {
	found, err := exists(ctx, s.users,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.confirmed", Value: bson.D{{Key: "$in", Value: bson.A{true, false}}}}})
	if err == nil && !found {
		return accounts.ErrNoTwoFactor
	} else if err != nil {
		return err
	}
	return refusal
}

// ReplaceBackupCodes changes a confirmed record.
func (s *Store) ReplaceBackupCodes(ctx context.Context, userID string, salt []byte, hashes []string) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(accounts.ErrNoTwoFactor)(s.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.confirmed", Value: true}},
		set(bson.D{{Key: "two_factor.salt", Value: salt}, {Key: "two_factor.backup_codes", Value: append([]string{}, hashes...)}})))
}

// UseBackupCode finds and removes in one step.
func (s *Store) UseBackupCode(ctx context.Context, userID, hash string) (left int, err error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := decode[guarded](s.users.FindOneAndUpdate(ctx,
		bson.D{{Key: "_id", Value: ref(userID)}, {Key: "two_factor.backup_codes", Value: hash}},
		bson.D{{Key: "$pull", Value: bson.D{{Key: "two_factor.backup_codes", Value: hash}}}}, after))
	if err == mongo.ErrNoDocuments {
		return 0, s.orNoFactor(ctx, userID, accounts.ErrTicketNotFound)
	} else if err != nil {
		return 0, translate(err)
	}
	return len(doc.TwoFactor.BackupCodes), nil
}

// DeleteTwoFactor removes the record with its flag, and what ConnectBest kept of one.
func (s *Store) DeleteTwoFactor(ctx context.Context, userID string, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.users.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(userID)}}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "two_factor_enabled", Value: false}, {Key: "updated_at", Value: date(now)}}},
		{Key: "$unset", Value: bson.D{{Key: "two_factor", Value: ""}, {Key: "two_factor_secret", Value: ""}, {Key: "backup_codes", Value: ""}}},
	})
	return translate(err)
}
