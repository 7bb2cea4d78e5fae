package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"pegasus/accounts"
	"pegasus/fault"
)

// UpdateUser changes one document; the unique indexes decide.
func (s *Store) UpdateUser(ctx context.Context, id string, change accounts.UserChange, now time.Time) (accounts.User, error) {
	ctx, done := limited(ctx)
	defer done()
	fields, keys := changedFields(change, now)
	if change.Username != nil {
		if err := s.noGroupNamed(ctx, *change.Username); err != nil {
			return accounts.User{}, err
		}
	}
	doc, err := decode[userDoc](s.users.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: ref(id)}}, set(fields), after))
	if mongo.IsDuplicateKeyError(err) {
		err = s.whichTaken(ctx, id, keys, err)
	}
	if err != nil {
		return accounts.User{}, orMissing(err, accounts.ErrUserNotFound)
	}
	return doc.user(), nil
}

// EndStatus implements accounts.Store: the filter decides.
func (s *Store) EndStatus(ctx context.Context, id string, now time.Time) (accounts.User, bool, error) {
	ctx, done := limited(ctx)
	defer done()
	over := bson.D{{Key: "_id", Value: ref(id)}, {Key: "status_until", Value: bson.D{{Key: "$lte", Value: date(now)}}}}
	doc, err := decode[userDoc](s.users.FindOneAndUpdate(ctx, over, set(bson.D{
		{Key: "status_message", Value: ""}, {Key: "status_emoji", Value: ""}, {Key: "status_until", Value: date{}}, {Key: "updated_at", Value: date(now)},
	}), after))
	if err != nil {
		if err = orMissing(err, accounts.ErrUserNotFound); fault.Is(err, fault.NotFound) {
			err = nil
		}
		return accounts.User{}, false, err
	}
	return doc.user(), true, nil
}

// changedFields returns what to set, and which keys that takes.
func changedFields(change accounts.UserChange, now time.Time) (fields bson.D, keys []uniqueKey) {
	fields = bson.D{{Key: "updated_at", Value: date(now)}}
	fields = appendSet(fields, "full_name", change.Name)
	if change.Name != nil {
		fields = append(fields, bson.E{Key: "name_key", Value: fold(*change.Name)})
	}
	fields = appendSet(fields, "display_name", change.DisplayName)
	fields = appendSet(fields, "phone", change.Phone)
	fields = appendSet(fields, "status", change.Status)
	fields = appendSet(fields, "status_message", change.StatusMessage)
	fields = appendSet(fields, "status_emoji", change.StatusEmoji)
	fields = appendSet(fields, "status_until", (*date)(change.StatusUntil))
	fields = appendSet(fields, "avatar", change.Avatar)
	fields = appendSet(fields, "preferences", change.Preferences)
	fields = appendSet(fields, "role", change.Role)
	fields = appendSet(fields, "last_login", (*date)(change.LastLogin))
	fields = appendSet(fields, "last_active", (*date)(change.LastActive))
	fields = appendSet(fields, "email_verified", change.EmailVerified)
	fields = appendSet(fields, "google_id", change.GoogleID)
	fields = appendSet(fields, "oauth_provider", change.OAuthProvider)
	fields = appendSet(fields, "deactivated", change.Deactivated)
	if change.Email != nil {
		keys = append(keys, uniqueKey{"email_key", fold(*change.Email), accounts.ErrEmailTaken})
		fields = append(fields, bson.E{Key: "email", Value: *change.Email}, bson.E{Key: "email_key", Value: fold(*change.Email)})
	}
	if change.Username != nil {
		keys = append(keys, uniqueKey{"username_key", fold(*change.Username), accounts.ErrUsernameTaken})
		fields = append(fields, bson.E{Key: "username", Value: *change.Username},
			bson.E{Key: "username_key", Value: fold(*change.Username)})
	}
	if b := change.Ban; b != nil {
		fields = append(fields, bson.E{Key: "banned", Value: b.Banned}, bson.E{Key: "ban_reason", Value: b.Reason},
			bson.E{Key: "ban_expires", Value: date(b.Expires)})
	}
	if change.Notify != nil {
		fields = append(fields, bson.E{Key: "notify_new_device", Value: change.Notify.NewDevice})
	}
	return fields, keys
}

type uniqueKey struct {
	field, value string
	taken        error
}

// whichTaken looks up which key of a refused write somebody but self has, since not every server names the index outside
// its message.
func (s *Store) whichTaken(ctx context.Context, self string, keys []uniqueKey, refusal error) error {
	for _, key := range keys {
		filter := bson.D{{Key: key.field, Value: key.value}, {Key: "_id", Value: bson.D{{Key: "$ne", Value: ref(self)}}}}
		if found, err := exists(ctx, s.users, filter); err != nil {
			return err
		} else if found {
			return key.taken
		}
	}
	return translate(refusal)
}
