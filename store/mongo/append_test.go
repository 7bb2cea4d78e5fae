package mongo

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/store/storetest"
)

// Two stores on one database stand for two servers: their lanes know nothing of each other.
func TestServersShareAChannel(t *testing.T) {
	uri, database := engine(t), databaseName()
	a, b := connectTo(t, uri, database), connectTo(t, uri, database)
	ensure(t, a)
	ann, bob := storetest.AddUser(t, a, "ann"), storetest.AddUser(t, a, "bob")
	c := storetest.AddChannel(t, a, "shared", ann, bob)
	const each, servers = 150, 2
	var group sync.WaitGroup
	for i, s := range []*Store{a, b} {
		for w := range 5 {
			group.Go(func() {
				author := []string{ann.ID, bob.ID}[i]
				for n := range each / 5 {
					m := storetest.Message(c.ID, author, fmt.Sprintf("%d/%d/%d", i, w, n))
					m.ClientKey = m.Content
					if _, _, err := s.AppendMessage(t.Context(), m); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
	all, err := b.forwards(t.Context(), c.ID, 1, each*servers+1)
	must(t, err)
	equal(t, "the number of messages", len(all), each*servers)
	for i, m := range all {
		equal(t, "a number", m.Seq, int64(i+1))
	}
	channel, member, err := a.Membership(t.Context(), c.ID, ann.ID)
	must(t, err)
	equal(t, "last_seq", channel.LastSeq, int64(each*servers))
	equal(t, "what is unread", member.Unread(channel.LastSeq), int64(each))
}

// A key decides on all servers and in all channels.
func TestServersShareKeys(t *testing.T) {
	uri, database := engine(t), databaseName()
	a, b := connectTo(t, uri, database), connectTo(t, uri, database)
	ensure(t, a)
	ann := storetest.AddUser(t, a, "ann")
	one, two := storetest.AddChannel(t, a, "one", ann), storetest.AddChannel(t, a, "two", ann)
	var group sync.WaitGroup
	var mu sync.Mutex
	ids, fresh := map[string]bool{}, 0
	for i := range 40 {
		group.Go(func() {
			m := storetest.Message([]string{one.ID, two.ID}[i/2%2], ann.ID, "twin")
			m.ClientKey = "k"
			stored, repeated, err := []*Store{a, b}[i%2].AppendMessage(t.Context(), m)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[stored.ID] = true
			if !repeated {
				fresh++
			}
		})
	}
	group.Wait()
	equal(t, "the number of messages", len(ids), 1)
	equal(t, "how many were new", fresh, 1)
	joined, err := a.JoinedChannels(t.Context(), ann.ID)
	must(t, err)
	equal(t, "the sum of the numbers", joined[0].LastSeq+joined[1].LastSeq, int64(1))
}

// What a crash between the message and the counters leaves is made up for by the retry and by the next append.
func TestCountersAreMadeUp(t *testing.T) {
	s := ready(t)
	ann, bob := storetest.AddUser(t, s, "ann"), storetest.AddUser(t, s, "bob")
	c := storetest.AddChannel(t, s, "c", ann, bob)
	lose := func(content string) chat.Message {
		m := storetest.Message(c.ID, ann.ID, content)
		m.ClientKey = content
		doc := newMessageDoc(m)
		newest, err := s.newestSeq(t.Context(), c.ID)
		must(t, err)
		doc.Seq = newest + 1
		_, err = s.messages.InsertOne(t.Context(), doc)
		must(t, err)
		return m
	}
	check := func(what string, seq, unreadAnn, unreadBob int64) {
		t.Helper()
		channel, member, err := s.Membership(t.Context(), c.ID, ann.ID)
		must(t, err)
		equal(t, "last_seq after "+what, channel.LastSeq, seq)
		equal(t, "what the author has not read after "+what, member.Unread(seq), unreadAnn)
		_, member, err = s.Membership(t.Context(), c.ID, bob.ID)
		must(t, err)
		equal(t, "what the other has not read after "+what, member.Unread(seq), unreadBob)
	}

	lost := lose("first")
	for range 2 {
		stored, repeated, err := s.AppendMessage(t.Context(), lost)
		must(t, err)
		if !repeated || stored.ID != lost.ID || stored.Seq != 1 {
			t.Fatalf("the retry got %+v, repeated %v", stored, repeated)
		}
		check("the retry", 1, 0, 1)
	}
	lose("second")
	storetest.Post(t, s, c.ID, bob.ID, "third")
	check("another's append", 3, 2, 2)
	lose("fourth")
	ensure(t, s)
	check("Ensure", 4, 3, 3)
	_, _, err := s.MarkRead(t.Context(), c.ID, ann.ID, 4, storetest.Start)
	must(t, err)
	check("the mark", 4, 0, 3)
}

// A server that has read the membership before another one ended it stores nothing that stays.
func TestOvertakenAppend(t *testing.T) {
	s := ready(t)
	ann, bob := storetest.AddUser(t, s, "ann"), storetest.AddUser(t, s, "bob")
	c := storetest.AddChannel(t, s, "c", ann, bob)
	post := func(author string) *posting {
		m := storetest.Message(c.ID, author, "late")
		m.ClientKey = "late"
		return &posting{message: m}
	}
	overtake := func(author string, change func() error, code string) {
		t.Helper()
		p := post(author)
		open, newest, err := s.admit(t.Context(), c.ID, []*posting{p})
		must(t, err)
		must(t, change())
		must(t, s.insertBatch(t.Context(), newest, open))
		must(t, s.count(t.Context(), c.ID, open))
		if fault.From(p.err).Code != code {
			t.Fatalf("the author got %v, want %s", p.err, code)
		}
		m, err := s.Message(t.Context(), p.message.ID)
		must(t, err)
		if !m.Deleted || m.Content != "" || m.ClientKey != "" {
			t.Fatalf("the message stays as %+v", m)
		}
	}
	overtake(ann.ID, func() error { return s.RemoveMember(t.Context(), c.ID, ann.ID) }, "NOT_A_MEMBER")
	archived := true
	overtake(bob.ID, func() error {
		_, err := s.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Archived: &archived})
		return err
	}, "CHANNEL_NOT_FOUND")
}

// The indexes decide what may not happen twice, so they must be there.
func TestIndexesAreUnique(t *testing.T) {
	s := ready(t)
	for collection, wanted := range indexes {
		for _, want := range wanted {
			if !want.unique {
				continue
			}
			doc := bson.D{}
			for _, key := range want.model().Keys.(bson.D) {
				doc = append(doc, bson.E{Key: key.Key, Value: "same"})
			}
			for i := range 2 {
				for _, other := range wanted {
					for _, key := range other.model().Keys.(bson.D) {
						if !slices.ContainsFunc(doc, func(e bson.E) bool { return e.Key == key.Key }) {
							doc = append(doc, bson.E{Key: key.Key, Value: fmt.Sprint(i)})
						}
					}
				}
				_, err := s.db.Collection(collection).InsertOne(t.Context(), doc)
				if (err == nil) != (i == 0) {
					t.Errorf("%s %s: insert %d gave %v", collection, want.keys, i, err)
				}
				doc = doc[:len(want.model().Keys.(bson.D))]
			}
			must(t, s.db.Collection(collection).Drop(t.Context()))
			must(t, s.ensureIndexes(t.Context()))
		}
	}
}
