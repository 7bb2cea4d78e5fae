package mongo

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/store/storetest"
)

const totpSecret = "JBSWY3DPEHPK3PXP"

// oldPeople are ConnectBest's, who had their second factors and Google accounts in their own documents.
var oldPeople = []struct {
	name   string
	fields bson.M
	secret string // what their record holds after the upgrade
	codes  []string
	asked  bool // for a second factor
	google string
}{
	{"guarded", bson.M{"two_factor_enabled": true, "two_factor_secret": totpSecret, "google_id": "g-1",
		"backup_codes": bson.A{"ABCD-1234", "efgh5678", "$2b$12$abcdefghijklmnopqrstuv", nil}},
		"plain:" + totpSecret, []string{"plain:ABCD1234", "plain:EFGH5678"}, true, "g-1"},
	{"grouped", bson.M{"two_factor_enabled": true, "two_factor_secret": "jbsw y3dp ehpk 3pxp", "backup_codes": nil},
		"plain:" + totpSecret, nil, true, ""},
	{"keyless", bson.M{"two_factor_enabled": true, "two_factor_secret": nil}, "", nil, true, ""},
	{"empty", bson.M{"two_factor_enabled": true, "two_factor_secret": ""}, "", nil, true, ""},
	{"short", bson.M{"two_factor_enabled": true, "two_factor_secret": "JBSW"}, "", nil, true, ""},
	{"garbled", bson.M{"two_factor_enabled": true, "two_factor_secret": "not base32 at all!", "backup_codes": "x"}, "", nil, true, ""},
	{"halfway", bson.M{"two_factor_enabled": false, "two_factor_secret": totpSecret}, "", nil, false, ""},
	{"second", bson.M{"google_id": "g-1"}, "", nil, false, ""}, // the first has that account already
	{"plain", bson.M{"google_id": "", "oauth_provider": nil}, "", nil, false, ""},
}

// fillAccounts makes a database of a version, with Better Auth's rows beside ConnectBest's people.
func fillAccounts(t testing.TB, s *Store, version int) (ids map[string]string) {
	t.Helper()
	ctx, day := t.Context(), storetest.Start
	insert := func(collection string, docs ...any) {
		t.Helper()
		_, err := s.db.Collection(collection).InsertMany(ctx, docs)
		must(t, err)
	}
	ids = map[string]string{}
	for _, p := range oldPeople {
		key := primitive.NewObjectID()
		ids[p.name] = key.Hex()
		doc := bson.M{"_id": key, "email": p.name + "@example.test", "username": p.name, "full_name": "Name of " + p.name, "created_at": day}
		if version == 1 {
			doc["email_key"], doc["username_key"], doc["admin_key"], doc["deactivated"] = doc["email"], p.name, key.Hex(), false
		}
		for field, value := range p.fields {
			doc[field] = value
		}
		insert("users", doc)
	}
	owner := func(name string) primitive.ObjectID { o, _ := primitive.ObjectIDFromHex(ids[name]); return o }
	insert("session", bson.M{"userId": owner("plain"), "token": "hash", "createdAt": day, "updatedAt": day.Add(time.Hour),
		"expiresAt": day.Add(7 * 24 * time.Hour), "remember": true})
	insert("account",
		bson.M{"accountId": "77", "providerId": "github", "userId": owner("plain"), "accessToken": "x", "scope": "read:user,user:email",
			"createdAt": day, "updatedAt": day},
		bson.M{"accountId": "77", "providerId": "github", "userId": owner("second"), "createdAt": day, "updatedAt": day},
		bson.M{"accountId": ids["plain"], "providerId": "credential", "userId": owner("plain"), "password": "salt:key", "createdAt": day},
		bson.M{"accountId": ids["second"], "providerId": "credential", "userId": owner("second"), "password": nil, "createdAt": day},
	)
	insert("passkey",
		bson.M{"name": nil, "publicKey": base64.StdEncoding.EncodeToString([]byte("cose")), "userId": owner("plain"), "credentialID": "cred",
			"counter": 3.0, "deviceType": "multiDevice", "backedUp": true, "transports": "internal,hybrid", "createdAt": day},
		bson.M{"publicKey": "", "userId": owner("second"), "credentialID": "cred", "counter": int32(0)},
	)
	insert("verification", // twice the same, as Better Auth allows
		bson.M{"identifier": "reset-password", "value": "a", "expiresAt": day.Add(time.Hour), "createdAt": day, "updatedAt": day},
		bson.M{"identifier": "reset-password", "value": "a", "expiresAt": day.Add(time.Hour), "createdAt": day, "updatedAt": day})
	if version > 0 {
		_, err := s.state.InsertOne(ctx, bson.M{"_id": "schema", "version": version})
		must(t, err)
	}
	return ids
}

func checkAccounts(t testing.TB, s *Store, ids map[string]string) {
	t.Helper()
	ctx := t.Context()
	for _, p := range oldPeople {
		u, err := s.User(ctx, ids[p.name])
		must(t, err)
		equal(t, p.name+" is asked for a second factor", u.TwoFactorEnabled, p.asked)
		equal(t, p.name+" gets mail about new devices", u.Notify.NewDevice, true)
		record, err := s.TwoFactor(ctx, u.ID)
		if !p.asked {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("the record of %s is %+v, %v", p.name, record, err)
			}
		} else if must(t, err); string(record.Secret) != p.secret || !record.Confirmed || !slices.Equal(record.BackupCodes, p.codes) {
			t.Errorf("the record of %s is %+v", p.name, record)
		}
		if p.google != "" {
			links, err := s.ProviderAccounts(ctx, u.ID)
			must(t, err)
			if len(links) != 1 || links[0].Provider != "google" || links[0].Subject != p.google || links[0].UserID != u.ID {
				t.Errorf("the links of %s are %+v", p.name, links)
			}
		}
	}
	left, err := s.users.CountDocuments(ctx, bson.M{"two_factor_enabled": true, "$or": bson.A{
		bson.M{"two_factor_secret": bson.M{"$exists": true}}, bson.M{"backup_codes": bson.M{"$exists": true}}}})
	must(t, err)
	equal(t, "the number of secrets that lie in two places", left, 0)
	checkRows(t, s, ids)
}

func checkRows(t testing.TB, s *Store, ids map[string]string) {
	t.Helper()
	ctx, day := t.Context(), storetest.Start
	for subject, want := range map[string]string{"77": ids["plain"], ids["plain"]: ""} {
		link, err := s.ProviderAccount(ctx, "github", subject)
		if want == "" && !fault.Is(err, fault.NotFound) || link.UserID != want {
			t.Errorf("github's %s belongs to %q, %v", subject, link.UserID, err)
		}
	}
	links, err := s.ProviderAccounts(ctx, ids["plain"])
	must(t, err)
	if len(links) != 1 || !slices.Equal(links[0].Scopes, []string{"read:user", "user:email"}) {
		t.Errorf("the links are %+v", links)
	}
	links, err = s.ProviderAccounts(ctx, ids["second"])
	must(t, err)
	equal(t, "the number of links that lead to somebody else", len(links), 0)
	_, err = s.ProviderAccount(ctx, "credential", ids["plain"])
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("a password is a link: %v", err)
	}
	for name, want := range map[string]string{"plain": "salt:key", "second": ""} {
		hash, err := s.PasswordHash(ctx, ids[name])
		must(t, err)
		equal(t, "the password hash of "+name, hash, want)
	}
	key, err := s.PasskeyByCredential(ctx, "cred")
	must(t, err)
	if key.UserID != ids["plain"] || string(key.PublicKey) != "cose" || key.Counter != 3 || !key.BackedUp ||
		!slices.Equal(key.Transports, []string{"internal", "hybrid"}) {
		t.Errorf("the passkey is %+v", key)
	}
	session, _, err := s.SessionUser(ctx, "hash")
	must(t, err)
	equal(t, "the session", session, accounts.Session{ID: session.ID, UserID: ids["plain"], TokenHash: "hash", Way: accounts.WayPassword,
		Remember: true, CreatedAt: day, UpdatedAt: day.Add(time.Hour), SeenAt: day.Add(time.Hour), ProvenAt: day,
		ExpiresAt: day.Add(7 * 24 * time.Hour)})
	gone, err := s.DeleteExpiredTickets(ctx, day.Add(time.Hour))
	must(t, err)
	equal(t, "the number of expired rows", gone, 2)
}

func TestUpgradeOfAccounts(t *testing.T) {
	for version := range 2 {
		t.Run(fmt.Sprint("from version ", version), func(t *testing.T) {
			s := connect(t)
			ids := fillAccounts(t, s, version)
			ensure(t, s)
			before := snapshot(t, s)
			ensure(t, s)
			equal(t, "the database after another Ensure", snapshot(t, s), before)
			checkAccounts(t, s, ids)
			total, _, err := s.FindUsers(t.Context(), accounts.UserQuery{Limit: 100, Filters: []accounts.UserFilter{
				{Field: accounts.UserRole, Op: accounts.OpEqual, Value: "user"},
				{Field: accounts.UserBanned, Op: accounts.OpEqual, Value: "false"}}})
			must(t, err)
			equal(t, "the number of people", len(total), len(oldPeople))
		})
	}
}

// Whatever point an upgrade is interrupted at, nobody's second factor is off while it goes on, nor after.
func TestUpgradeOfAccountsInterrupted(t *testing.T) {
	s := connect(t)
	ids := fillAccounts(t, s, 0)
	var crowd []any
	for i := range 3000 {
		crowd = append(crowd, bson.M{"email": fmt.Sprintf("crowd%d@example.test", i), "two_factor_enabled": true,
			"two_factor_secret": totpSecret, "google_id": fmt.Sprint("c-", i)})
	}
	_, err := s.users.InsertMany(t.Context(), crowd)
	must(t, err)
	guarded := func() {
		t.Helper()
		n, err := s.users.CountDocuments(t.Context(), bson.M{"email": bson.M{"$regex": "^crowd"}, "two_factor_enabled": true, "$or": bson.A{
			bson.M{"two_factor_secret": totpSecret}, bson.M{"two_factor.secret": []byte("plain:" + totpSecret)}}})
		must(t, err)
		equal(t, "the number of people with a secret", n, int64(len(crowd)))
	}
	interrupted := 0
	for limit := time.Millisecond; ; limit = limit*4/3 + time.Millisecond {
		ctx, done := context.WithTimeout(t.Context(), limit)
		err := s.Ensure(ctx)
		done()
		guarded()
		if err == nil {
			break
		}
		if interrupted++; !errors.Is(err, context.DeadlineExceeded) && interrupted > 50 {
			t.Fatal(err)
		}
	}
	t.Logf("interrupted %d times", interrupted)
	checkAccounts(t, s, ids)
	links, err := s.links.CountDocuments(t.Context(), bson.M{"providerId": "google"})
	must(t, err)
	equal(t, "the number of Google links", links, int64(len(crowd)+1))
}

// Rows that were stored before a person was erased, and whatever a crash left, are gone after the next call.
func TestAnErasureThatWasCutShortIsFinished(t *testing.T) {
	s := ready(t)
	ctx, now := t.Context(), storetest.Start
	u := storetest.AddUser(t, s, "kim")
	must(t, s.CreateSession(ctx, storetest.Session(u.ID, "hash")))
	_, err := s.users.UpdateOne(ctx, bson.M{"email_key": u.Email}, set(bson.D{{Key: "two_factor_secret", Value: totpSecret}, {Key: "department", Value: "x"}}))
	must(t, err)
	tombstone := accounts.Tombstone{Email: "gone@example.test", Username: "gone", Name: "Gone"}
	must(t, s.EraseUser(ctx, u.ID, tombstone, now))
	must(t, s.CreateSession(ctx, storetest.Session(u.ID, "hash"))) // as a crash before its deletion would leave it
	must(t, s.EraseUser(ctx, u.ID, tombstone, now))
	if _, _, err := s.SessionUser(ctx, "hash"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the session is still there: %v", err)
	}
	var raw bson.M
	must(t, s.users.FindOne(ctx, bson.M{"email_key": tombstone.Email}).Decode(&raw))
	if raw["two_factor_secret"] != nil || raw["department"] != nil {
		t.Errorf("fields that only ConnectBest knows stay: %v", raw)
	}
}
