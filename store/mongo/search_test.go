package mongo

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/store/storetest"
)

// Messages of a system before this one get their terms in the background, and deleted ones none to be found by.
func TestOldMessagesAreTakenIntoTheIndex(t *testing.T) {
	s := ready(t)
	s.background.Wait()
	ann := storetest.AddUser(t, s, "ann")
	c := storetest.AddChannel(t, s, "c", ann)
	const count = indexBatch + 10
	for range count {
		storetest.Post(t, s, c.ID, ann.ID, "walnut")
	}
	gone := storetest.Post(t, s, c.ID, ann.ID, "walnut")
	_, err := s.messages.UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "terms", Value: ""}}}})
	must(t, err)
	_, err = s.messages.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: ref(gone.ID)}}, set(bson.D{{Key: "is_deleted", Value: true}}))
	must(t, err)
	q := chat.Search{Channels: []string{c.ID}, Clauses: []chat.Clause{{Any: [][]string{{"wwalnut"}}}}, Limit: 2 * count}
	find := func(want int) {
		t.Helper()
		hits, err := s.SearchMessages(t.Context(), q)
		must(t, err)
		if len(hits) != want {
			t.Fatalf("%d hits, want %d", len(hits), want)
		}
	}
	find(0)
	s.indexOld(t.Context())
	find(count)
	left, err := s.messages.CountDocuments(t.Context(), bson.D{{Key: "channel_id", Value: ref(c.ID)}, {Key: "terms", Value: nil}})
	must(t, err)
	if left != 0 {
		t.Errorf("%d messages have no terms", left)
	}
}

// The server must have hits in order from its index, not read them all to sort them.
func TestASearchIsReadInOrder(t *testing.T) {
	s := ready(t)
	ann := storetest.AddUser(t, s, "ann")
	c, other := storetest.AddChannel(t, s, "c", ann), storetest.AddChannel(t, s, "d", ann)
	for i := range 50 {
		m := storetest.Message(c.ID, ann.ID, "walnut")
		if i%2 == 0 {
			m.ChannelID = other.ID
		}
		m.CreatedAt = m.CreatedAt.Add(time.Duration(i) * time.Second)
		_, _, err := s.AppendMessage(t.Context(), m)
		must(t, err)
	}
	f, err := s.finder(t.Context(), chat.Search{
		Channels: []string{c.ID, other.ID}, Clauses: []chat.Clause{{Any: [][]string{{"galnut"}, {"wwalnut"}}}}, Limit: 5,
	})
	must(t, err)
	var plan struct {
		ExecutionStats struct {
			TotalDocsExamined int `bson:"totalDocsExamined"`
		} `bson:"executionStats"`
	}
	must(t, s.db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: bson.D{
		{Key: "find", Value: "messages"}, {Key: "filter", Value: f.filter(f.channels)}, {Key: "limit", Value: 5},
		{Key: "sort", Value: newest},
	}}, {Key: "verbosity", Value: "executionStats"}}).Decode(&plan))
	if n := plan.ExecutionStats.TotalDocsExamined; n == 0 || n > 12 {
		t.Errorf("for 5 of 50 messages %d were read", n)
	}
}
