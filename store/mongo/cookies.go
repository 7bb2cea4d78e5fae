package mongo

import (
	"time"

	"github.com/alexedwards/scs/mongodbstore"
	"github.com/alexedwards/scs/v2"
	"go.mongodb.org/mongo-driver/mongo"
)

var _ scs.Store = (*SessionStore)(nil)

// SessionStore keeps the data of scs behind its cookies, in mongodbstore over the collection "sessions". Whether a device
// is signed in is for the session records of accounts.Store to say, so that a request in flight which commits once more
// after a sign-out brings nothing back.
//
// mongodbstore takes no context: the client's own limit bounds its calls.
type SessionStore struct{ inner *mongodbstore.MongoDBStore }

// Sessions returns the store for scs in the same database. DeleteExpiredSessions removes what is past its end.
func (s *Store) Sessions() *SessionStore {
	return &SessionStore{mongodbstore.NewWithConfig(s.db, mongodbstore.Config{CollectionName: s.cookies.Name()})}
}

// Find implements scs.Store.
func (s *SessionStore) Find(token string) ([]byte, bool, error) {
	data, found, err := s.inner.Find(token)
	return data, found, translate(err)
}

// Commit implements scs.Store. Two first commits of one token at the same time clash on the index that mongodbstore lacks;
// the second try finds the document.
func (s *SessionStore) Commit(token string, data []byte, expiry time.Time) error {
	err := s.inner.Commit(token, data, expiry)
	if mongo.IsDuplicateKeyError(err) {
		err = s.inner.Commit(token, data, expiry)
	}
	return translate(err)
}

// Delete implements scs.Store.
func (s *SessionStore) Delete(token string) error { return translate(s.inner.Delete(token)) }
