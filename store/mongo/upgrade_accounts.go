package mongo

import (
	"context"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// unsealed begins a secret, and a backup code, that ConnectBest kept as it was. The store has no key to seal it with.
const unsealed = "plain:"

// upgradeProfiles gives people the fields that queries compare, by what can be read of them, and mail about new devices.
func (s *Store) upgradeProfiles(ctx context.Context) error {
	writes := &bulk{collection: s.users}
	err := each(ctx, s.users, bson.D{{Key: "name_key", Value: nil}}, options.Find(), func(d userDoc) error {
		u := d.user()
		return writes.set(ctx, d.ID, "name_key", bson.D{
			{Key: "name_key", Value: fold(u.Name)}, {Key: "role", Value: u.Role}, {Key: "deactivated", Value: u.Deactivated},
			{Key: "email_verified", Value: u.EmailVerified}, {Key: "two_factor_enabled", Value: u.TwoFactorEnabled},
			{Key: "banned", Value: u.Banned}, {Key: "notify_new_device", Value: true},
		})
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// upgradeFactors moves ConnectBest's second factors to where this package keeps them, each in one write, so that a secret in
// the clear lies in one place until it is sealed. Where there is nothing to check a code against the record is empty and
// the flag stays: whoever had a second factor does not come in without, but asks an admin.
func (s *Store) upgradeFactors(ctx context.Context) error {
	type formerFactor struct {
		ID        ref           `bson:"_id"`
		Secret    bson.RawValue `bson:"two_factor_secret"`
		Codes     bson.RawValue `bson:"backup_codes"`
		CreatedAt date          `bson:"created_at"`
	}
	writes := &bulk{collection: s.users}
	bare := bson.D{{Key: "two_factor_enabled", Value: true}, {Key: "two_factor", Value: nil}}
	err := each(ctx, s.users, bare, options.Find(), func(f formerFactor) error {
		record := newTwoFactorDoc(accounts.TwoFactor{
			Secret: unsealedSecret(f.Secret), Confirmed: true, BackupCodes: unsealedCodes(f.Codes), CreatedAt: f.CreatedAt.time(),
		})
		return writes.add(ctx, mongo.NewUpdateOneModel().SetFilter(append(bson.D{{Key: "_id", Value: f.ID}}, bare...)).
			SetUpdate(bson.D{
				{Key: "$set", Value: bson.D{{Key: "two_factor", Value: record}}},
				{Key: "$unset", Value: bson.D{{Key: "two_factor_secret", Value: ""}, {Key: "backup_codes", Value: ""}}},
			}))
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// unsealedSecret returns a secret that is fit for TOTP, and nothing for what is not: codes made from a secret that everyone
// can guess, such as the empty one, would let everyone in.
func unsealedSecret(stored bson.RawValue) []byte {
	text, _ := stored.StringValueOK()
	return accounts.UnsealedSecret(text)
}

// unsealedCodes returns codes that look like ConnectBest's "ABCD-1234", in upper case without the dash. Others, such as
// hashes of a kind that nobody knows any more, are dropped.
func unsealedCodes(stored bson.RawValue) (codes []string) {
	array, ok := stored.ArrayOK()
	if !ok {
		return nil
	}
	values, err := array.Values()
	if err != nil {
		return nil
	}
	for _, value := range values {
		text, _ := value.StringValueOK()
		text = strings.ToUpper(strings.ReplaceAll(text, "-", ""))
		if len(text) == 8 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" {
			codes = append(codes, unsealed+text)
		}
	}
	return codes
}

// upgradeDevices gives sessions what is kept of them since. Until then everyone came in by a password.
func (s *Store) upgradeDevices(ctx context.Context) error {
	writes := &bulk{collection: s.devices}
	err := each(ctx, s.devices, bson.D{{Key: "seenAt", Value: nil}}, options.Find(), func(d deviceDoc) error {
		return writes.set(ctx, d.ID, "seenAt", bson.D{{Key: "seenAt", Value: d.UpdatedAt},
			{Key: "provenAt", Value: d.CreatedAt}, {Key: "way", Value: accounts.WayPassword}})
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// upgradeLinks gives Better Auth's links their unique key, makes links of ConnectBest's google_id, and puts passwords of
// Better Auth's where this package looks for them, unless there is one. Where one account at a provider is linked twice the
// older link counts: the other leads nowhere.
func (s *Store) upgradeLinks(ctx context.Context) error {
	linked := keys{}
	err := each(ctx, s.links, bson.D{}, options.Find(), func(d linkDoc) error {
		linked.keep(d.Key)
		return nil
	})
	if err != nil {
		return err
	}
	type oldLink struct {
		ID       ref    `bson:"_id"`
		UserID   ref    `bson:"userId"`
		Provider string `bson:"providerId"`
		Subject  string `bson:"accountId"`
		Password string `bson:"password"`
	}
	writes, passwords := &bulk{collection: s.links}, &bulk{collection: s.users}
	err = each(ctx, s.links, bson.D{{Key: "key", Value: nil}}, options.Find().SetSort(byID), func(d oldLink) error {
		if d.Provider == "credential" && d.Password != "" {
			none := bson.D{{Key: "_id", Value: d.UserID}, {Key: "password_hash", Value: bson.D{{Key: "$in", Value: bson.A{"", nil}}}}}
			err := passwords.add(ctx, mongo.NewUpdateOneModel().SetFilter(none).SetUpdate(set(bson.D{{Key: "password_hash", Value: d.Password}})))
			if err != nil {
				return err
			}
		}
		// A row gets its key after its password was copied, so that an interruption between repeats both.
		if err := passwords.flush(ctx); err != nil {
			return err
		}
		key := linkKey(d.Provider, d.Subject)
		if d.Provider == "credential" || d.Subject == "" || linked[key] {
			key = "#" + string(d.ID)
		}
		linked.keep(key)
		return writes.set(ctx, d.ID, "key", bson.D{{Key: "key", Value: key}})
	})
	if err != nil {
		return err
	}
	if err := writes.flush(ctx); err != nil {
		return err
	}
	return s.linkGoogle(ctx, linked)
}

// linkGoogle gives a link the id of its person, so that it is made once however often this runs.
func (s *Store) linkGoogle(ctx context.Context, linked keys) error {
	writes := &bulk{collection: s.links}
	named := bson.D{{Key: "google_id", Value: bson.D{{Key: "$gt", Value: ""}}}}
	err := each(ctx, s.users, named, options.Find().SetSort(byID), func(d userDoc) error {
		link := newLinkDoc(accounts.ProviderAccount{
			ID: string(d.ID), UserID: string(d.ID), Provider: "google", Subject: d.GoogleID, Email: fold(d.Email),
			CreatedAt: d.CreatedAt.time(), UpdatedAt: d.CreatedAt.time(),
		})
		if linked[link.Key] {
			return nil
		}
		linked.keep(link.Key)
		return writes.add(ctx, mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: link.ID}}).
			SetUpdate(bson.D{{Key: "$setOnInsert", Value: link}}).SetUpsert(true))
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}

// upgradePasskeys gives Better Auth's passkeys their unique key. The older of two for one credential keeps it.
func (s *Store) upgradePasskeys(ctx context.Context) error {
	registered := keys{}
	err := each(ctx, s.passkeys, bson.D{}, options.Find(), func(d passkeyDoc) error {
		registered.keep(d.Key)
		return nil
	})
	if err != nil {
		return err
	}
	writes := &bulk{collection: s.passkeys}
	err = each(ctx, s.passkeys, bson.D{{Key: "key", Value: nil}}, options.Find().SetSort(byID), func(d passkeyDoc) error {
		key := d.CredentialID
		if key == "" || registered[key] {
			key = "#" + string(d.ID)
		}
		registered.keep(key)
		return writes.set(ctx, d.ID, "key", bson.D{{Key: "key", Value: key}})
	})
	if err != nil {
		return err
	}
	return writes.flush(ctx)
}
