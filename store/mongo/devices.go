package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// CreateSession stores a session of a person who exists.
func (s *Store) CreateSession(ctx context.Context, session accounts.Session) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.mustExist(ctx, session.UserID); err != nil {
		return err
	}
	_, err := s.devices.InsertOne(ctx, newDeviceDoc(session))
	return translate(err)
}

func (s *Store) mustExist(ctx context.Context, userID string) error {
	found, err := exists(ctx, s.users, bson.D{{Key: "_id", Value: ref(userID)}})
	if err == nil && !found {
		return accounts.ErrUserNotFound
	}
	return err
}

// SessionUser reads the session and then its person: without joins that is two reads. A session that is ended between
// them counts as live when the call began.
func (s *Store) SessionUser(ctx context.Context, tokenHash string) (accounts.Session, accounts.User, error) {
	ctx, done := limited(ctx)
	defer done()
	device, err := one[deviceDoc](ctx, s.devices, bson.D{{Key: "token", Value: tokenHash}})
	if err != nil {
		return accounts.Session{}, accounts.User{}, orMissing(err, accounts.ErrSessionNotFound)
	}
	user, err := one[userDoc](ctx, s.users, bson.D{{Key: "_id", Value: device.UserID}})
	if err != nil {
		return accounts.Session{}, accounts.User{}, orMissing(err, accounts.ErrSessionNotFound)
	}
	return device.session(), user.user(), nil
}

// Session returns a session, expired or not.
func (s *Store) Session(ctx context.Context, id string) (accounts.Session, error) {
	ctx, done := limited(ctx)
	defer done()
	device, err := one[deviceDoc](ctx, s.devices, bson.D{{Key: "_id", Value: ref(id)}})
	if err != nil {
		return accounts.Session{}, orMissing(err, accounts.ErrSessionNotFound)
	}
	return device.session(), nil
}

// UpdateSession is an update alone, so it brings nothing back. A session past its end counts as missing.
func (s *Store) UpdateSession(ctx context.Context, id string, change accounts.SessionChange, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	live := bson.D{{Key: "_id", Value: ref(id)}, {Key: "expiresAt", Value: bson.D{{Key: "$gt", Value: date(now)}}}}
	var fields bson.D
	fields = appendSet(fields, "updatedAt", (*date)(change.UpdatedAt))
	fields = appendSet(fields, "seenAt", (*date)(change.SeenAt))
	fields = appendSet(fields, "provenAt", (*date)(change.ProvenAt))
	fields = appendSet(fields, "expiresAt", (*date)(change.ExpiresAt))
	if fields == nil { // which the server refuses as an update
		found, err := exists(ctx, s.devices, live)
		if err == nil && !found {
			return accounts.ErrSessionNotFound
		}
		return err
	}
	return matched(accounts.ErrSessionNotFound)(s.devices.UpdateOne(ctx, live, set(fields)))
}

// ListSessions returns a person's unexpired sessions, newest first.
func (s *Store) ListSessions(ctx context.Context, userID string, now time.Time) ([]accounts.Session, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[deviceDoc](ctx, s.devices,
		bson.D{{Key: "userId", Value: ref(userID)}, {Key: "expiresAt", Value: bson.D{{Key: "$gt", Value: date(now)}}}},
		options.Find().SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}))
	return convert(docs, deviceDoc.session), err
}

// DeleteSession ends one session of a person.
func (s *Store) DeleteSession(ctx context.Context, userID, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return deleted(accounts.ErrSessionNotFound)(
		s.devices.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}, {Key: "userId", Value: ref(userID)}}))
}

// DeleteSessions reads the ids and deletes those, until it finds no more: what it names and what it ends are the same, and
// a session that is made meanwhile ends too. Where it fails half way, the ids are those that have ended.
func (s *Store) DeleteSessions(ctx context.Context, userID, except string) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	filter := bson.D{{Key: "userId", Value: ref(userID)}}
	if except != "" {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$ne", Value: ref(except)}}})
	}
	var ended []string
	for {
		docs, err := all[deviceDoc](ctx, s.devices, filter, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
		if err != nil || len(docs) == 0 {
			return ended, err
		}
		ids := convert(docs, func(d deviceDoc) string { return string(d.ID) })
		_, err = s.devices.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}})
		if err != nil {
			return ended, translate(err)
		}
		ended = append(ended, ids...)
	}
}

// DeleteExpiredSessions removes what scs keeps of them too, uncounted.
func (s *Store) DeleteExpiredSessions(ctx context.Context, now time.Time) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.devices.DeleteMany(ctx, expiredDevices(now))
	if err != nil {
		return 0, translate(err)
	}
	_, err = s.cookies.DeleteMany(ctx, expiredCookies(now))
	return int(result.DeletedCount), translate(err)
}

func expiredDevices(now time.Time) bson.D {
	return bson.D{{Key: "expiresAt", Value: bson.D{{Key: "$lte", Value: date(now)}}}}
}

func expiredCookies(now time.Time) bson.D {
	return bson.D{{Key: "expiration", Value: bson.D{{Key: "$lte", Value: now.UnixNano()}}}}
}
