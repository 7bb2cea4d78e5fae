package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"pegasus/accounts"
)

// EraseUser replaces the person's document first, by one that nobody can sign in to: with the password and the second factor
// goes everything else in it, what ConnectBest alone knew of too. What hung on the person goes after that. A crash
// between leaves somebody who is gone already; the next call removes the rest.
func (s *Store) EraseUser(ctx context.Context, id string, tombstone accounts.Tombstone, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	self := bson.D{{Key: "_id", Value: ref(id)}}
	former, err := one[userDoc](ctx, s.users, self)
	if err != nil {
		return orMissing(err, accounts.ErrUserNotFound)
	}
	gone := newUserDoc(accounts.User{
		ID: id, Email: tombstone.Email, Username: tombstone.Username, Name: tombstone.Name, Role: accounts.RoleUser,
		Preferences: "{}", Status: accounts.StatusOffline, Deactivated: true, CreatedAt: former.CreatedAt.time(), UpdatedAt: now,
	}, "")
	_, err = s.users.ReplaceOne(ctx, self, gone)
	if mongo.IsDuplicateKeyError(err) {
		return s.whichTaken(ctx, id, []uniqueKey{{"email_key", gone.EmailKey, accounts.ErrEmailTaken},
			{"username_key", gone.UsernameKey, accounts.ErrUsernameTaken}}, err)
	} else if err != nil {
		return translate(err)
	}
	if err := s.leaveGroups(ctx, id); err != nil {
		return err
	}
	for _, dependents := range []struct {
		collection *mongo.Collection
		owner      string
	}{
		{s.devices, "userId"}, {s.tokens, "user_id"}, {s.tickets, "userId"}, {s.links, "userId"}, {s.passkeys, "userId"},
		{s.bookmarks, "user_id"}, {s.drafts, "user_id"}, {s.threads, "user_id"}, {s.mentions, "user_id"}, {s.jobs, "owner"},
		{s.pluginTalks, "userId"}, {s.pluginExchanges, "userId"}, {s.pluginUsage, "user_id"}, {s.pluginBudgets, "_id"},
		{s.imported(), "owner_id"}, {s.preferences, "_id"}, {s.profiles, "_id"}, {s.browsers, "user_id"},
	} {
		_, err := dependents.collection.DeleteMany(ctx, bson.D{{Key: dependents.owner, Value: ref(id)}})
		if err != nil {
			return translate(err)
		}
	}
	return nil
}
