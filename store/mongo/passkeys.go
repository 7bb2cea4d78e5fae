package mongo

import (
	"context"
	"encoding/base64"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/accounts"
)

// passkeyDoc is a passkey, with the names and forms of Better Auth: the key in base64, transports separated by commas. key
// is unique: the credential's id, or what none can be for the younger of two rows with one.
type passkeyDoc struct {
	ID           ref     `bson:"_id"`
	UserID       ref     `bson:"userId"`
	Name         string  `bson:"name"`
	CredentialID string  `bson:"credentialID"`
	Key          string  `bson:"key"`
	PublicKey    string  `bson:"publicKey"`
	Counter      float64 `bson:"counter"` // JavaScript stores either of two kinds of number
	DeviceType   string  `bson:"deviceType"`
	BackedUp     bool    `bson:"backedUp"`
	Transports   string  `bson:"transports"`
	Data         string  `bson:"data"`
	CreatedAt    date    `bson:"createdAt"`
	LastUsedAt   date    `bson:"lastUsedAt"`
}

func newPasskeyDoc(p accounts.Passkey) passkeyDoc {
	return passkeyDoc{
		ID: ref(p.ID), UserID: ref(p.UserID), Name: p.Name, CredentialID: p.CredentialID, Key: p.CredentialID,
		PublicKey: base64.StdEncoding.EncodeToString(p.PublicKey), Counter: float64(p.Counter), DeviceType: p.DeviceType,
		BackedUp: p.BackedUp, Transports: strings.Join(p.Transports, ","), Data: p.Data,
		CreatedAt: date(p.CreatedAt), LastUsedAt: date(p.LastUsedAt),
	}
}

// passkey leaves the key empty where it cannot be read: nothing verifies against it.
func (d passkeyDoc) passkey() accounts.Passkey {
	p := accounts.Passkey{
		ID: string(d.ID), UserID: string(d.UserID), Name: d.Name, CredentialID: d.CredentialID, Counter: uint32(d.Counter),
		DeviceType: d.DeviceType, BackedUp: d.BackedUp, Transports: listed(d.Transports), Data: d.Data,
		CreatedAt: d.CreatedAt.time(), LastUsedAt: d.LastUsedAt.time(),
	}
	if raw, err := base64.StdEncoding.DecodeString(d.PublicKey); err == nil && len(raw) > 0 {
		p.PublicKey = raw
	}
	return p
}

// CreatePasskey stores a passkey of a person who exists; the unique index decides whose it is.
func (s *Store) CreatePasskey(ctx context.Context, p accounts.Passkey) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.mustExist(ctx, p.UserID); err != nil {
		return err
	}
	_, err := s.passkeys.InsertOne(ctx, newPasskeyDoc(p))
	return orTaken(err, accounts.ErrPasskeyTaken)
}

// PasskeyByCredential returns a passkey by its credential's id.
func (s *Store) PasskeyByCredential(ctx context.Context, credentialID string) (accounts.Passkey, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[passkeyDoc](ctx, s.passkeys, bson.D{{Key: "key", Value: credentialID}})
	return foundPasskey(doc, err)
}

func foundPasskey(doc passkeyDoc, err error) (accounts.Passkey, error) {
	if err != nil {
		return accounts.Passkey{}, orMissing(err, accounts.ErrPasskeyNotFound)
	}
	return doc.passkey(), nil
}

// Passkeys lists a person's passkeys, oldest first.
func (s *Store) Passkeys(ctx context.Context, userID string) ([]accounts.Passkey, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[passkeyDoc](ctx, s.passkeys, bson.D{{Key: "userId", Value: ref(userID)}}, oldestFirst())
	return convert(docs, passkeyDoc.passkey), err
}

// UpdatePasskey changes one document.
func (s *Store) UpdatePasskey(
	ctx context.Context, userID, id string, change accounts.PasskeyChange,
) (accounts.Passkey, error) {
	ctx, done := limited(ctx)
	defer done()
	filter := ownedPasskey(userID, id)
	var fields bson.D
	fields = appendSet(fields, "name", change.Name)
	if change.Counter != nil {
		fields = append(fields, bson.E{Key: "counter", Value: float64(*change.Counter)})
	}
	fields = appendSet(fields, "backedUp", change.BackedUp)
	fields = appendSet(fields, "data", change.Data)
	fields = appendSet(fields, "lastUsedAt", (*date)(change.LastUsedAt))
	if fields == nil { // which the server refuses as an update
		return foundPasskey(one[passkeyDoc](ctx, s.passkeys, filter))
	}
	return foundPasskey(decode[passkeyDoc](s.passkeys.FindOneAndUpdate(ctx, filter, set(fields), after)))
}

func ownedPasskey(userID, id string) bson.D {
	return bson.D{{Key: "_id", Value: ref(id)}, {Key: "userId", Value: ref(userID)}}
}

// DeletePasskey removes a passkey of a person.
func (s *Store) DeletePasskey(ctx context.Context, userID, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return deleted(accounts.ErrPasskeyNotFound)(s.passkeys.DeleteOne(ctx, ownedPasskey(userID, id)))
}
