package mongo

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/store/storetest"
)

// old is a database as ConnectBest leaves it: fields missing or null, names that differ in case, memberships twice.
type old struct {
	people   [4]primitive.ObjectID
	channel  primitive.ObjectID
	messages []primitive.ObjectID // in the order in which they were written
}

func fill(t testing.TB, s *Store, messages int) (o old) {
	t.Helper()
	day := storetest.Start
	insert := func(collection string, docs ...any) {
		t.Helper()
		_, err := s.db.Collection(collection).InsertMany(t.Context(), docs)
		must(t, err)
	}
	for i := range o.people {
		o.people[i] = primitive.NewObjectID()
	}
	o.channel = primitive.NewObjectID()
	insert("users",
		bson.M{"_id": o.people[0], "email": "Ann@Example.test", "username": "Ann", "password_hash": "$2b$12$x", "full_name": "Ann",
			"role": "admin", "status": "away", "email_verified": true, "created_at": day, "last_login": nil, "backup_codes": bson.A{"x"}},
		bson.M{"_id": o.people[1], "email": "ann@example.test", "username": "ann", "full_name": nil, "role": nil, "avatar": nil},
		bson.M{"_id": o.people[2], "email": "bob@example.test", "username": nil, "password_hash": nil, "google_id": "7"},
		bson.M{"_id": o.people[3], "email": "bob@other.test"},
	)
	// ConnectBest's own index, not unique, stands in the way of ours.
	_, err := s.members.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "channel_id", Value: 1}, {Key: "user_id", Value: 1}}})
	must(t, err)
	_, err = s.channels.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "name", Value: 1}}, Options: options.Index().SetUnique(true)})
	must(t, err)
	insert("channels",
		bson.M{"_id": o.channel, "name": "General", "type": "public", "created_by": o.people[0], "created_at": day, "is_deleted": nil},
		bson.M{"_id": primitive.NewObjectID(), "name": "general", "description": nil, "type": "private"},
		bson.M{"_id": primitive.NewObjectID(), "name": "GENERAL", "type": "public"},
		bson.M{"_id": primitive.NewObjectID(), "name": "gone", "type": "public", "is_deleted": true},
	)
	insert("channel_members",
		bson.M{"channel_id": o.channel, "user_id": o.people[0], "role": "member", "joined_at": day},
		bson.M{"channel_id": o.channel, "user_id": o.people[0], "role": "admin", "joined_at": day},
		bson.M{"channel_id": o.channel, "user_id": o.people[2], "role": nil, "joined_at": day.Add(5*time.Minute + time.Second)},
	)
	var docs []any
	for i := range messages {
		o.messages = append(o.messages, primitive.NewObjectID())
		doc := bson.M{"_id": o.messages[i], "channel_id": o.channel, "user_id": o.people[i%2*2], "content": fmt.Sprint(i + 1),
			"parent_message_id": nil, "created_at": day.Add(time.Duration(i+1) * time.Minute), "edited_at": nil}
		if i == 1 {
			doc["is_deleted"] = true
		}
		docs = append(docs, doc)
	}
	for i := range docs { // stored in another order than written
		j := i * 7 % len(docs)
		docs[i], docs[j] = docs[j], docs[i]
	}
	insert("messages", docs...)
	insert("user_channel_read", bson.M{"channel_id": o.channel, "user_id": o.people[0], "last_read_at": day.Add(4*time.Minute + time.Second)})
	return o
}

func check(t testing.TB, s *Store, o old) {
	t.Helper()
	ctx := t.Context()
	ann, err := s.UserByEmail(ctx, "ANN@example.test")
	must(t, err)
	equal(t, "who keeps the address", ann, accounts.User{ID: o.people[0].Hex(), Email: "ann@example.test", EmailVerified: true, Name: "Ann",
		Username: "ann", Role: accounts.RoleAdmin, Status: accounts.StatusAway, Notify: accounts.Notify{NewDevice: true},
		CreatedAt: storetest.Start})
	people, err := s.ListUsers(ctx, "", 10)
	must(t, err)
	equal(t, "the number of people", len(people), 4)
	equal(t, "the second bob's name", people[3].Username, "bob#"+people[3].ID)
	equal(t, "the first bob's name", people[2].Username, "bob")
	hash, err := s.PasswordHash(ctx, people[2].ID)
	must(t, err)
	equal(t, "no password", hash, "")

	joined, err := s.JoinedChannels(ctx, ann.ID)
	must(t, err)
	equal(t, "the number of channels", len(joined), 1)
	general, mine := joined[0].Channel, joined[0].Member
	last := int64(len(o.messages))
	equal(t, "last_seq", general.LastSeq, last)
	equal(t, "member_count", general.MemberCount, 2)
	equal(t, "the newest text", joined[0].LastMessage, fmt.Sprint(last))
	equal(t, "ann's role", mine.Role, chat.RoleAdmin)
	equal(t, "ann's mark", mine.LastReadSeq, 4)
	equal(t, "what ann has not read", mine.Unread(last), last/2-2) // bob's after the fourth
	_, bobs, err := s.Membership(ctx, general.ID, people[2].ID)
	must(t, err)
	equal(t, "bob's mark", bobs.LastReadSeq, 5)
	page, err := s.Messages(ctx, general.ID, chat.Page{Around: 1, Limit: 4})
	must(t, err)
	equal(t, "the page", page[0].Content+page[1].Content+page[2].Content, "134")
	for i, id := range o.messages {
		m, err := s.Message(ctx, id.Hex())
		must(t, err)
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
	}
}

func TestUpgrade(t *testing.T) {
	s := connect(t)
	o := fill(t, s, 40)
	ensure(t, s)
	check(t, s, o)
	before := snapshot(t, s)
	ensure(t, s)
	equal(t, "the database after another Ensure", snapshot(t, s), before)
	named, err := s.ChannelByName(t.Context(), "general")
	must(t, err)
	equal(t, "which of two public channels keeps the name", named.ID, o.channel.Hex())
	hidden := storetest.Channel("general") // the old index would refuse it
	hidden.Type = chat.Private
	must(t, s.CreateChannel(t.Context(), hidden, nil))
	storetest.Post(t, s, o.channel.Hex(), o.people[2].Hex(), "new")
	var raw bson.M
	must(t, s.users.FindOne(t.Context(), bson.M{"_id": o.people[0]}).Decode(&raw))
	if raw["email"] != "Ann@Example.test" || raw["username"] != "Ann" || raw["backup_codes"] == nil {
		t.Errorf("fields of ConnectBest were changed: %v", raw)
	}
}

// Ensure is interrupted after every few milliseconds, and then left to finish.
func TestUpgradeInterrupted(t *testing.T) {
	s := connect(t)
	o := fill(t, s, 3000)
	interrupted := 0
	for limit := time.Millisecond; ; limit = limit*3/2 + time.Millisecond {
		ctx, done := context.WithTimeout(t.Context(), limit)
		err := s.Ensure(ctx)
		done()
		if err == nil {
			break
		}
		if interrupted++; !errors.Is(err, context.DeadlineExceeded) && interrupted > 50 {
			t.Fatal(err)
		}
	}
	t.Logf("interrupted %d times", interrupted)
	check(t, s, o)
}

// Two servers that start at once come to the same numbers, even where one of them has to start again.
func TestUpgradeTwice(t *testing.T) {
	uri, database := engine(t), databaseName()
	a, b := connectTo(t, uri, database), connectTo(t, uri, database)
	o := fill(t, a, 2000)
	errs := make(chan error, 2)
	for _, s := range []*Store{a, b} {
		go func() { errs <- s.Ensure(context.Background()) }()
	}
	if first, second := <-errs, <-errs; first != nil && second != nil {
		t.Fatal(first, second)
	}
	ensure(t, a)
	ensure(t, b)
	check(t, b, o)
}

func TestNewerSchema(t *testing.T) {
	s := connect(t)
	ensure(t, s)
	_, err := s.state.UpdateOne(t.Context(), schemaID, set(bson.D{{Key: "version", Value: schemaVersion + 1}}))
	must(t, err)
	if err := s.Ensure(t.Context()); err == nil {
		t.Error("a newer database was taken")
	}
}

// snapshot returns everything in the database as text.
func snapshot(t *testing.T, s *Store) (text string) {
	t.Helper()
	names, err := s.Tables(t.Context())
	must(t, err)
	for _, name := range names {
		docs, err := all[bson.D](t.Context(), s.db.Collection(name), bson.D{}, options.Find().SetSort(byID))
		must(t, err)
		present, err := s.db.Collection(name).Indexes().ListSpecifications(t.Context())
		must(t, err)
		text += fmt.Sprintln(name, docs)
		for _, p := range present {
			text += fmt.Sprintln(p.Name, p.KeysDocument)
		}
	}
	return text
}
