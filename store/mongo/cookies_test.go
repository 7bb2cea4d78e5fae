package mongo

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
)

func TestCookies(t *testing.T) {
	s := ready(t)
	sessions := s.Sessions()
	end := time.Now().Add(time.Hour)
	var group sync.WaitGroup
	for i := range 32 { // of one token's first commits all succeed and one document comes of it
		group.Go(func() {
			if err := sessions.Commit("token", fmt.Append(nil, i), end); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	n, err := s.cookies.CountDocuments(t.Context(), bson.D{})
	must(t, err)
	equal(t, "the number of documents", n, 1)
	must(t, sessions.Commit("token", []byte("last"), end))
	must(t, sessions.Commit("expired", []byte("x"), time.Now().Add(-time.Second)))
	data, found, err := sessions.Find("token")
	must(t, err)
	if !found || string(data) != "last" {
		t.Errorf("found %q, %v", data, found)
	}
	if _, found, err := sessions.Find("expired"); err != nil || found {
		t.Error("an expired session was found", err)
	}
	removed, err := s.DeleteExpiredSessions(t.Context(), time.Now())
	must(t, err)
	equal(t, "the sessions of devices removed", removed, 0)
	n, err = s.cookies.CountDocuments(t.Context(), bson.D{})
	must(t, err)
	equal(t, "the number of documents left", n, 1)
	must(t, sessions.Delete("token"))
	if _, found, err := sessions.Find("token"); err != nil || found {
		t.Error("a deleted session was found", err)
	}
}
