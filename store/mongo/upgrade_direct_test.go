package mongo

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/store/storetest"
)

// fillDirect adds direct messages as ConnectBest keeps them, or as version 2 did, and returns their people and ids, the
// oldest first.
func fillDirect(t *testing.T, s *Store, messages int, numbered bool) (a, b primitive.ObjectID, ids []primitive.ObjectID) {
	t.Helper()
	a, b = primitive.NewObjectID(), primitive.NewObjectID()
	name := chat.DirectKey(a.Hex(), b.Hex())
	day := storetest.Start
	var docs []any
	for i := range messages {
		ids = append(ids, primitive.NewObjectID())
		doc := bson.M{"_id": ids[i], "channel_id": name, "user_id": []primitive.ObjectID{a, b}[i%2], "content": fmt.Sprint(i + 1),
			"created_at": day.Add(time.Duration(i+1) * time.Minute), "is_deleted": false}
		if numbered {
			doc["seq"], doc["client_key"] = i+1, ids[i].Hex()
		}
		docs = append(docs, doc)
	}
	docs = append(docs, bson.M{"channel_id": "dm_nobody", "user_id": a, "content": "lost", "created_at": day})
	_, err := s.messages.InsertMany(t.Context(), docs)
	must(t, err)
	_, err = s.users.InsertMany(t.Context(), []any{
		bson.M{"_id": a, "email": "a@direct.test", "username": "a-direct", "email_key": "a", "username_key": "a", "admin_key": "a"},
		bson.M{"_id": b, "email": "b@direct.test", "username": "b-direct", "email_key": "b", "username_key": "b", "admin_key": "b"},
	})
	must(t, err)
	_, err = s.channels.InsertOne(t.Context(), bson.M{"_id": name, "type": "dm"})
	must(t, err)
	_, err = s.members.InsertOne(t.Context(), bson.M{"channel_id": name, "user_id": a})
	must(t, err)
	_, err = s.receipts.InsertOne(t.Context(), bson.M{"channel_id": name, "user_id": a, "last_read_at": day.Add(4*time.Minute + time.Second)})
	must(t, err)
	return a, b, ids
}

func checkDirect(t *testing.T, s *Store, a, b primitive.ObjectID, ids []primitive.ObjectID) {
	t.Helper()
	ctx := t.Context()
	c, err := s.ChannelByKey(ctx, chat.DirectKey(b.Hex(), a.Hex()))
	must(t, err)
	last := int64(len(ids))
	equal(t, "the type", c.Type, chat.Direct)
	equal(t, "last_seq", c.LastSeq, last)
	equal(t, "member_count", c.MemberCount, 2)
	for i, id := range ids {
		m, err := s.Message(ctx, id.Hex())
		must(t, err)
		if m.Seq != int64(i+1) || m.ChannelID != c.ID {
			t.Fatalf("message %d has number %d in %s", i+1, m.Seq, m.ChannelID)
		}
	}
	for person, want := range map[primitive.ObjectID]int64{a: 4, b: 1} {
		_, m, err := s.Membership(ctx, c.ID, person.Hex())
		must(t, err)
		equal(t, "the role", m.Role, chat.RolePeer)
		equal(t, "the mark", m.LastReadSeq, want)
		page, err := s.Conversations(ctx, person.Hex(), time.Time{}, "", 10)
		must(t, err)
		equal(t, "the number of conversations", len(page), 1)
		equal(t, "the newest text", page[0].LastMessage, fmt.Sprint(last))
		joined, err := s.JoinedChannels(ctx, person.Hex())
		must(t, err)
		equal(t, "the number of channels", len(joined), 0)
	}
	n, err := s.channels.CountDocuments(ctx, bson.D{{Key: "_id", Value: byPeople}})
	must(t, err)
	equal(t, "the number of channels under a name", n, 0)
	n, err = s.messages.CountDocuments(ctx, bson.D{{Key: "channel_id", Value: byPeople}})
	must(t, err)
	equal(t, "the number of messages that name nobody and stay", n, 1)
}

func TestUpgradeOfDirectMessages(t *testing.T) {
	for _, from := range []string{"ConnectBest", "version 2"} {
		t.Run(from, func(t *testing.T) {
			s := connect(t)
			if from == "version 2" {
				ensure(t, s)
			}
			a, b, ids := fillDirect(t, s, 30, from == "version 2")
			if from == "version 2" {
				_, err := s.state.UpdateOne(t.Context(), schemaID, set(bson.D{{Key: "version", Value: 2}}))
				must(t, err)
			}
			ensure(t, s)
			checkDirect(t, s, a, b, ids)
			before := snapshot(t, s)
			ensure(t, s)
			equal(t, "the database after another Ensure", snapshot(t, s), before)
			c, err := s.ChannelByKey(t.Context(), chat.DirectKey(a.Hex(), b.Hex()))
			must(t, err)
			equal(t, "the number of the next message", storetest.Post(t, s, c.ID, a.Hex(), "new").Seq, 31)
		})
	}
}

func TestUpgradeOfDirectMessagesInterrupted(t *testing.T) {
	s := connect(t)
	a, b, ids := fillDirect(t, s, 2500, false)
	interrupted := 0
	for limit := time.Millisecond; ; limit = limit*5/4 + time.Millisecond {
		ctx, done := context.WithTimeout(t.Context(), limit)
		err := s.Ensure(ctx)
		done()
		if err == nil {
			break
		}
		if interrupted++; !errors.Is(err, context.DeadlineExceeded) && interrupted > 60 {
			t.Fatal(err)
		}
	}
	t.Logf("interrupted %d times", interrupted)
	checkDirect(t, s, a, b, ids)
}

func TestUpgradeOfDirectMessagesTwice(t *testing.T) {
	uri, database := engine(t), databaseName()
	one, two := connectTo(t, uri, database), connectTo(t, uri, database)
	a, b, ids := fillDirect(t, one, 1500, false)
	errs := make(chan error, 2)
	for _, s := range []*Store{one, two} {
		go func() { errs <- s.Ensure(context.Background()) }()
	}
	if first, second := <-errs, <-errs; first != nil && second != nil {
		t.Fatal(first, second)
	}
	ensure(t, one)
	checkDirect(t, two, a, b, ids)
}

// exerciseDirect is exercise for conversations.
func exerciseDirect(t *testing.T, s *Store, ann, bob accounts.User) {
	ctx := t.Context()
	try := func(_ any, err error) { t.Helper(); must(t, err) }
	c := storetest.AddDirect(t, s, ann, bob)
	storetest.Post(t, s, c.ID, ann.ID, "text")
	try(s.ChannelByKey(ctx, c.Key))
	try(s.Conversations(ctx, ann.ID, time.Time{}, "", 10))
	try(s.Conversations(ctx, ann.ID, storetest.Start, c.ID, 10))
	try(s.MembersOf(ctx, []string{c.ID}))
	must(t, s.HideConversation(ctx, c.ID, bob.ID))
	must(t, s.ListConversation(ctx, c.ID, bob.ID))
}
