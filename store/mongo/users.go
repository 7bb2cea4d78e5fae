package mongo

import (
	"context"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// CreateUser stores a new person in one document; the unique indexes decide.
func (s *Store) CreateUser(ctx context.Context, u accounts.User, passwordHash string) error {
	ctx, done := limited(ctx)
	defer done()
	return s.insertUser(ctx, newUserDoc(u, passwordHash))
}

func (s *Store) insertUser(ctx context.Context, doc userDoc) error {
	if err := s.noGroupNamed(ctx, doc.Username); err != nil {
		return err
	}
	_, err := s.users.InsertOne(ctx, doc)
	if !mongo.IsDuplicateKeyError(err) {
		return translate(err)
	}
	keys := []uniqueKey{{"email_key", doc.EmailKey, accounts.ErrEmailTaken}, {"username_key", doc.UsernameKey, accounts.ErrUsernameTaken}}
	if doc.AdminKey == firstAdmin {
		keys = append([]uniqueKey{{"admin_key", firstAdmin, accounts.ErrAlreadySetUp}}, keys...)
	}
	return s.whichTaken(ctx, "", keys, err)
}

// CreateFirstAdmin is one insert as well: admin_key is unique, everyone else's is their own id, and only the first admin
// has the fixed one. Where its holder is no admin any more and there is no other, the key is taken from them first; a
// crash after that leaves it free.
func (s *Store) CreateFirstAdmin(ctx context.Context, u accounts.User, passwordHash string) error {
	ctx, done := limited(ctx)
	defer done()
	if found, err := s.hasAdmin(ctx); err != nil {
		return err
	} else if found {
		return accounts.ErrAlreadySetUp
	}
	former := bson.D{{Key: "admin_key", Value: firstAdmin},
		{Key: "role", Value: bson.D{{Key: "$ne", Value: accounts.RoleAdmin}}}}
	switch holder, err := one[userDoc](ctx, s.users, former); err {
	case nil:
		_, err := s.users.UpdateOne(ctx, former, set(bson.D{{Key: "admin_key", Value: string(holder.ID)}}))
		if err != nil {
			return translate(err)
		}
	case mongo.ErrNoDocuments:
	default:
		return translate(err)
	}
	u.Role = accounts.RoleAdmin
	doc := newUserDoc(u, passwordHash)
	doc.AdminKey = firstAdmin
	return s.insertUser(ctx, doc)
}

// User returns a person.
func (s *Store) User(ctx context.Context, id string) (accounts.User, error) {
	return s.findUser(ctx, bson.D{{Key: "_id", Value: ref(id)}})
}

// UserByEmail finds a person without regard to case.
func (s *Store) UserByEmail(ctx context.Context, email string) (accounts.User, error) {
	return s.findUser(ctx, bson.D{{Key: "email_key", Value: fold(email)}})
}

// UserByUsername finds a person without regard to case.
func (s *Store) UserByUsername(ctx context.Context, username string) (accounts.User, error) {
	return s.findUser(ctx, bson.D{{Key: "username_key", Value: fold(username)}})
}

func (s *Store) findUser(ctx context.Context, filter bson.D) (accounts.User, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[userDoc](ctx, s.users, filter)
	if err != nil {
		return accounts.User{}, orMissing(err, accounts.ErrUserNotFound)
	}
	return doc.user(), nil
}

// Users returns those of the ids that exist.
func (s *Store) Users(ctx context.Context, ids []string) ([]accounts.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.findUsers(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}}, options.Find())
}

// notGone leaves out people who are gone.
var notGone = bson.E{Key: "deactivated", Value: false}

// notBot leaves out bots, whose documents alone have the field.
var notBot = bson.E{Key: "bot", Value: nil}

// ListUsers returns a page in the order of ids.
func (s *Store) ListUsers(ctx context.Context, after string, limit int) ([]accounts.User, error) {
	if limit <= 0 {
		return nil, nil
	}
	filter := append(bson.D{notGone, notBot}, newerThan(after)...)
	return s.findUsers(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
}

// SearchUsers walks the people in the order of their usernames until it has found limit of them: where few match it reads
// them all, which searchLimit bounds.
func (s *Store) SearchUsers(ctx context.Context, query string, limit int) ([]accounts.User, error) {
	if limit <= 0 || strings.ContainsRune(query, 0) {
		return nil, nil
	}
	ctx, done := context.WithTimeout(ctx, searchLimit)
	defer done()
	return s.findUsers(ctx, searchFilter(query),
		options.Find().SetSort(bson.D{{Key: "username_key", Value: 1}}).SetLimit(int64(limit)))
}

func searchFilter(query string) bson.D {
	pattern := primitive.Regex{Pattern: regexp.QuoteMeta(query), Options: "i"}
	var fields bson.A
	for _, field := range []string{"full_name", "display_name", "username_key", "email_key"} {
		fields = append(fields, bson.D{{Key: field, Value: pattern}})
	}
	return bson.D{notGone, notBot, {Key: "$or", Value: fields}}
}

func (s *Store) findUsers(ctx context.Context, filter bson.D, opts *options.FindOptions) ([]accounts.User, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[userDoc](ctx, s.users, filter, opts)
	return convert(docs, userDoc.user), err
}

// Bots returns a page in the order of ids.
func (s *Store) Bots(ctx context.Context, after string, limit int) ([]accounts.User, error) {
	if limit <= 0 {
		return nil, nil
	}
	filter := append(bson.D{{Key: "bot", Value: true}, notGone}, newerThan(after)...)
	return s.findUsers(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
}

// CountUsers takes the total from the collection's own count less those who are gone and the bots, who are few, so that
// nobody has to be looked at, and the active from an index.
func (s *Store) CountUsers(ctx context.Context) (total, active int, err error) {
	ctx, done := limited(ctx)
	defer done()
	people, err := s.users.EstimatedDocumentCount(ctx)
	if err != nil {
		return 0, 0, translate(err)
	}
	gone, err := s.users.CountDocuments(ctx, bson.D{{Key: "deactivated", Value: true}})
	if err != nil {
		return 0, 0, translate(err)
	}
	bots, err := s.users.CountDocuments(ctx, bson.D{{Key: "bot", Value: true}, notGone})
	if err != nil {
		return 0, 0, translate(err)
	}
	shown, err := s.users.CountDocuments(ctx, activeFilter)
	return int(people - gone - bots), int(shown), translate(err)
}

var activeFilter = bson.D{notGone, notBot, {Key: "status", Value: bson.D{{Key: "$in", Value: []accounts.Status{
	accounts.StatusOnline, accounts.StatusAway, accounts.StatusBusy, accounts.StatusInMeeting}}}}}

// HasAdmin reports whether the workspace has an admin.
func (s *Store) HasAdmin(ctx context.Context) (bool, error) {
	ctx, done := limited(ctx)
	defer done()
	return s.hasAdmin(ctx)
}

func (s *Store) hasAdmin(ctx context.Context) (bool, error) {
	return exists(ctx, s.users, bson.D{{Key: "role", Value: accounts.RoleAdmin}})
}

// TouchUser is one update, which finds nothing where a later time is known.
func (s *Store) TouchUser(ctx context.Context, id string, at time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.users.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(id)}, {Key: "$or", Value: bson.A{
		bson.D{{Key: "last_active", Value: bson.D{{Key: "$lt", Value: date(at)}}}}, bson.D{{Key: "last_active", Value: nil}},
	}}}, set(bson.D{{Key: "last_active", Value: date(at)}}))
	return translate(err)
}

// CountActive counts in an index.
func (s *Store) CountActive(ctx context.Context, since time.Time) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	n, err := s.users.CountDocuments(ctx, bson.D{{Key: "last_active", Value: bson.D{{Key: "$gte", Value: date(since)}}}})
	return int(n), translate(err)
}

// CountAdmins counts those who are neither banned nor gone.
func (s *Store) CountAdmins(ctx context.Context) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	n, err := s.users.CountDocuments(ctx,
		bson.D{{Key: "role", Value: accounts.RoleAdmin}, {Key: "banned", Value: false}, notGone})
	return int(n), translate(err)
}

// after makes FindOneAndUpdate return the document as it is then.
var after = options.FindOneAndUpdate().SetReturnDocument(options.After)

func set(fields bson.D) bson.D { return bson.D{{Key: "$set", Value: fields}} }

func appendSet[T any](fields bson.D, name string, value *T) bson.D {
	if value == nil {
		return fields
	}
	return append(fields, bson.E{Key: name, Value: *value})
}
