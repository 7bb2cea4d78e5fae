// Package importertest tests imports from a MongoDB server into any store. The tests are in a package of their own, so that
// both the server that TEST_MONGODB_URI names and the stand-in of test/mongo run them.
package importertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"golang.org/x/crypto/bcrypt"

	"pegasus/id"
)

// What the fixtures are made with. The hash and the sealed secrets were made by Better Auth itself, 1.2.8 and 1.7.25.
const (
	oldSecret    = "the old secret of the old application"
	authPassword = "correct horse battery"
	authHash     = "339d000c73f16f68268b7680392a9be5:21f3d6f6a83ead8836aca9c46acdc0919a76e1c9fa67012bc2c47c7fd546d062bfc464397cefb9b6b5c9f679477ec028be777e90c7139c409f53a2240dc4feeb"
	sealed12     = "d64f3f9e5b86f44583d64d202fdee9ec998ff79f8b7a6eeec95b2be961a37fda21608a851a76e86ab49138083dd82379cb2d033d9a91eb5ac652028969f2db58e847dab5e68165a3"
	sealed17     = "$ba$2$3867e9d16a7234e87d80f680c6bf0480bed2593dfd480ed5c3c0af0bb354c60c8e6eab8c169e3d85eb922b03d211815cf4a7a634134d35d6cf5667328c3d6f2f0fbfcb5dc5f899ef"
	sealedBase32 = "ffcd68e4208a36458c72fc3a64f79b1fb26de8d13ad43df66b4ee18f76a6cc11354b85ff86dd372476c83b77beaf678ed74baac875d0ff5d48fbe2e7e07ed35e3e5394419401ce"
	authTOTP     = "MFBDGZCFGZTUQOLKJMZG2TRVOBITQ42UGF3FONDZLI3WCQRTMRCQ"
	chatTOTP     = "JBSWY3DPEHPK3PXP"
	chatPassword = "flask and bcrypt"
)

var day = time.Date(2025, 1, 15, 10, 30, 0, 123_000_000, time.UTC)

// source is a database that the tests import from.
type source struct {
	uri, name string
	db        *mongo.Database
}

func newSource(t *testing.T, uri string) *source {
	t.Helper()
	client, err := mongo.Connect(t.Context(), options.Client().ApplyURI(uri))
	must(t, err)
	s := &source{uri: uri, name: "pegasus_import_" + id.New(time.Now())}
	s.db = client.Database(s.name)
	t.Cleanup(func() { client.Disconnect(context.Background()) })
	DropAfter(t, uri, s.name)
	return s
}

// DropAfter removes a database when the test has ended.
func DropAfter(t *testing.T, uri, name string) {
	t.Helper()
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), 20*time.Second)
		defer done()
		client, err := mongo.Connect(ctx, options.Client().ApplyURI(uri))
		if err == nil {
			err = errors.Join(client.Database(name).Drop(ctx), client.Disconnect(ctx))
		}
		if err != nil {
			t.Error("a test database is left behind:", err)
		}
	})
}

func (s *source) insert(t *testing.T, collection string, docs ...any) {
	t.Helper()
	_, err := s.db.Collection(collection).InsertMany(t.Context(), docs)
	must(t, err)
}

// oid returns the n-th ObjectID of a kind, made at a time.
func oid(kind byte, n int, at time.Time) primitive.ObjectID {
	o := primitive.NewObjectIDFromTimestamp(at)
	copy(o[4:], fmt.Sprintf("%c%07d", kind, n))
	return o
}

func user(n int) primitive.ObjectID    { return oid('u', n, day.Add(time.Duration(n)*time.Hour)) }
func room(n int) primitive.ObjectID    { return oid('c', n, day.Add(time.Duration(n)*time.Minute)) }
func message(n int) primitive.ObjectID { return oid('m', n, day.Add(time.Duration(n)*time.Minute)) }

func chatHash() string {
	hash, err := bcrypt.GenerateFromPassword([]byte(chatPassword), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return string(hash)
}

// dm is a direct conversation that has no document of its own.
func dm() string { return "dm_" + user(1).Hex() + "_" + user(2).Hex() }

// fillChat makes a database of ConnectBest, odd documents included.
func (s *source) fillChat(t *testing.T) {
	t.Helper()
	s.insert(t, "users",
		bson.M{"_id": user(1), "email": " Ada@Example.test", "username": "Ada", "password_hash": chatHash(), "full_name": "Ada Lovelace",
			"avatar": "https://files.example.test/a.png", "role": "admin", "status": "busy", "status_message": "thinking", "email_verified": true,
			"two_factor_enabled": true, "two_factor_secret": "jbsw y3dp ehpk 3pxp", "backup_codes": bson.A{"ABCD-1234"}, "google_id": "g-1",
			"oauth_provider": "google", "phone": "+1", "created_at": day, "updated_at": day.Add(time.Hour), "last_login": day.Add(2 * time.Hour)},
		bson.M{"_id": user(2), "email": "ben@example.test", "username": "ada", "password_hash": chatHash(), "full_name": "Ben", "role": "user",
			"email_verified": false, "two_factor_enabled": nil, "google_id": nil, "created_at": day.Add(time.Hour), "bookmarks": bson.A{message(1)}},
		bson.M{"_id": user(3), "email": "ADA@example.test", "username": "ada2", "password_hash": chatHash(), "role": "admin", "google_id": "g-1"},
		bson.M{"_id": user(4), "email": "cleo@example.test", "password_hash": "pbkdf2:sha256:1$x$y", "two_factor_enabled": true,
			"two_factor_secret": nil, "created_at": "2025-01-15T14:30:00.5"},
		bson.M{"_id": "string-id", "email": "dora@example.test", "full_name": "Dora\x00 \u202eevil", "created_at": "Wed, 15 Jan 2025 15:30:00 GMT", "role": 7},
		bson.M{"_id": user(6), "full_name": nil}, // no address, no time
		bson.M{"_id": user(7), "email": "Fay@example.test", "full_name": "Fay", "email_verified": true, "created_at": day.Add(7 * time.Hour)},
	)
	s.insert(t, "channels",
		bson.M{"_id": room(1), "name": "general", "description": "Everyone", "type": "public", "created_by": user(1), "created_at": day, "is_deleted": false},
		bson.M{"_id": room(2), "name": "General", "type": "public", "created_by": user(99), "topic": "kept for later"},
		bson.M{"_id": room(3), "name": "secret plans/é", "description": strings.Repeat("x", 300), "type": "private", "created_by": user(1)},
		bson.M{"_id": room(4), "name": "old", "type": "public", "is_deleted": true},
		bson.M{"_id": "room-five", "name": nil, "type": nil, "created_at": day},
	)
	s.insert(t, "channel_members",
		bson.M{"channel_id": room(1), "user_id": user(1), "role": "admin", "joined_at": day},
		bson.M{"channel_id": room(1), "user_id": user(2), "role": "member", "joined_at": day.Add(12*time.Minute + time.Second)},
		bson.M{"channel_id": room(1), "user_id": user(2), "role": "admin", "joined_at": day.Add(time.Hour)},
		bson.M{"channel_id": room(1), "user_id": "string-id", "joined_at": "2025-01-15T10:30:00Z"},
		bson.M{"channel_id": room(3).Hex(), "user_id": user(1).Hex(), "role": "admin", "joined_at": day},
		bson.M{"channel_id": room(1), "user_id": user(98), "role": "member"},
		bson.M{"channel_id": room(77), "user_id": user(1), "role": "member"},
		bson.M{"channel_id": "room-five", "user_id": user(4), "joined_at": day},
	)
	s.insert(t, "user_channel_read",
		bson.M{"channel_id": room(1), "user_id": user(1), "last_read_at": day.Add(5*time.Minute + time.Second)},
		bson.M{"channel_id": room(1), "user_id": user(1), "last_read_at": day},
	)
	s.fillMessages(t)
	s.insert(t, "message_reactions", bson.M{"_id": oid('r', 1, day), "message_id": message(1), "user_id": user(2), "emoji": "👍"})
	s.insert(t, "threads", bson.M{"_id": "t1", "parent_message_id": message(1)})
	s.insert(t, "message_embeddings", bson.M{"message_id": message(1), "vector": bson.A{0.1}})
	s.insert(t, "sessions", bson.M{"token": "live"})
}

func (s *source) fillMessages(t *testing.T) {
	t.Helper()
	var docs []any
	for i := range 30 { // in another order than written
		n := i*7%30 + 1
		doc := bson.M{"_id": message(n), "channel_id": room(1), "user_id": user(n%2 + 1), "content": fmt.Sprint("message ", n),
			"parent_message_id": nil, "attachments": bson.A{}, "is_deleted": false, "created_at": day.Add(time.Duration(n) * time.Minute), "edited_at": nil}
		switch n {
		case 2:
			doc["content"], doc["edited_at"], doc["updated_at"] = "**bold** <script>alert(1)</script>", day.Add(24*time.Hour), day.Add(24*time.Hour)
		case 3:
			doc["is_deleted"], doc["content"] = true, "taken back"
		case 4:
			doc["parent_message_id"] = message(1).Hex()
		case 5:
			doc["parent_message_id"] = message(999)
		case 6:
			doc["created_at"] = day.Add(6 * time.Minute).Format(time.RFC3339)
			doc["attachments"] = bson.A{bson.D{{Key: "name", Value: "a.pdf"}, {Key: "url", Value: "https://files.example.test/a.pdf"}, {Key: "size", Value: int64(1) << 40}}}
		case 7:
			doc["content"] = strings.Repeat("long ", 20_000) // 100 KB
		case 8:
			doc["user_id"] = user(97)
		case 9:
			doc["user_id"] = "string-id"
		case 10:
			delete(doc, "user_id")
			doc["content"] = nil
		}
		docs = append(docs, doc)
	}
	docs = append(docs,
		bson.M{"_id": "m-odd", "channel_id": room(1).Hex(), "user_id": user(1).Hex(), "content": "from text ids", "created_at": day.Add(90 * time.Second), "parent_message_id": message(1)},
		bson.M{"_id": "m-odd-reply", "channel_id": room(1), "user_id": user(1), "content": "to text ids\r\nline", "created_at": day.Add(100 * time.Second), "parent_message_id": "m-odd"},
		bson.M{"_id": message(40), "channel_id": room(3), "user_id": user(1), "content": "private"},
		bson.M{"_id": message(41), "channel_id": room(77), "user_id": user(1), "content": "of a channel that is gone"},
		bson.M{"_id": message(42), "channel_id": room(4), "user_id": user(2), "content": "archived", "parent_message_id": message(1)},
		bson.M{"_id": message(43), "channel_id": dm(), "user_id": user(2), "content": "between us", "created_at": day.Add(3 * time.Minute)},
		bson.M{"_id": message(44), "channel_id": dm(), "user_id": user(1), "content": "yes", "created_at": day.Add(4 * time.Minute)},
		bson.M{"_id": message(45), "channel_id": "room-five", "user_id": user(4), "content": "x\x00y"},
	)
	s.insert(t, "messages", docs...)
}

// fillAuth makes the collections of Better Auth and Pegasus Interface.
func (s *source) fillAuth(t *testing.T) {
	t.Helper()
	s.insert(t, "user",
		bson.M{"_id": user(11), "name": "Gus", "email": "gus@example.test", "emailVerified": false, "createdAt": day, "updatedAt": day,
			"image": nil, "role": "moderator", "displayName": "Gus!", "preferences": `{"theme":"dark"}`},
		bson.M{"_id": user(12), "name": "Ben Too", "email": "BEN@example.test", "emailVerified": true, "createdAt": day.Add(48 * time.Hour), "role": "user,admin"},
		bson.M{"_id": "nano-id-of-32-characters-xxxxxxx", "name": "Hal", "email": "hal@example.test", "emailVerified": day, "createdAt": day, "twoFactorEnabled": true},
		bson.M{"_id": user(14), "name": "Ivy", "email": "ivy@example.test", "createdAt": day, "twoFactorEnabled": true, "banned": true, "banReason": "spam"},
		bson.M{"_id": user(15), "name": "Jo", "email": "jo@example.test", "createdAt": day, "twoFactorEnabled": true},
		bson.M{"_id": user(16), "name": "Fay Too", "email": "fay@example.test", "emailVerified": false, "createdAt": day.Add(48 * time.Hour), "role": "admin"},
	)
	s.insert(t, "account",
		bson.M{"_id": oid('a', 1, day), "userId": user(11), "providerId": "credential", "accountId": user(11).Hex(), "password": authHash, "createdAt": day},
		bson.M{"_id": oid('a', 2, day), "userId": user(12), "providerId": "github", "accountId": "77", "accessToken": "gho_live", "scope": "read:user,user:email", "createdAt": day, "updatedAt": day.Add(time.Hour)},
		bson.M{"_id": oid('a', 3, day), "userId": "nano-id-of-32-characters-xxxxxxx", "providerId": "github", "accountId": "77", "createdAt": day.Add(time.Hour)},
		bson.M{"_id": oid('a', 4, day), "userId": user(14), "providerId": "company-sso", "accountId": "1", "createdAt": day},
		bson.M{"_id": oid('a', 5, day), "userId": user(99), "providerId": "github", "accountId": "88", "createdAt": day},
		bson.M{"_id": oid('a', 6, day), "userId": user(16), "providerId": "credential", "accountId": user(16).Hex(), "password": authHash, "createdAt": day},
	)
	s.insert(t, "twoFactor",
		bson.M{"_id": oid('f', 1, day), "userId": "nano-id-of-32-characters-xxxxxxx", "secret": sealed12, "backupCodes": "00"},
		bson.M{"_id": oid('f', 2, day), "userId": user(14), "secret": sealed17, "backupCodes": ""},
		bson.M{"_id": oid('f', 3, day), "userId": user(15), "secret": "garbage"},
	)
	s.insert(t, "session", bson.M{"userId": user(11), "token": "live"})
	s.insert(t, "passkey", bson.M{"userId": user(11), "credentialID": "x"})
	s.insert(t, "pegasus_user_plugins",
		bson.M{"_id": oid('p', 1, day), "userId": user(11).Hex(), "pluginName": "Weather", "pluginData": "{}", "createdAt": day, "downloadCount": 5},
		bson.M{"_id": oid('p', 2, day), "userId": user(12).Hex(), "pluginName": "Dice"},
		bson.M{"_id": oid('p', 3, day), "userId": "nobody", "pluginName": "Lost"})
	s.insert(t, "pegasus_chat_conversations", bson.M{"_id": "conv", "userId": "nano-id-of-32-characters-xxxxxxx", "title": "t", "createdAt": day})
	s.insert(t, "pegasus_chat_messages", bson.M{"_id": oid('q', 1, day), "conversationId": "conv", "operations": bson.A{bson.M{"type": "create"}}})
}
