package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/chat"
)

// groupDoc is a group with its members, of whom there are so few that they fit.
type groupDoc struct {
	ID          ref    `bson:"_id"`
	Handle      string `bson:"handle"`
	Name        string `bson:"name"`
	Description string `bson:"description"`
	Open        bool   `bson:"open"`
	MemberCount int    `bson:"member_count"`
	Members     []ref  `bson:"members"`
	CreatedBy   ref    `bson:"created_by"`
	CreatedAt   date   `bson:"created_at"`
}

func (d groupDoc) group() chat.UserGroup {
	return chat.UserGroup{
		ID: string(d.ID), Handle: d.Handle, Name: d.Name, Description: d.Description, Open: d.Open, MemberCount: d.MemberCount,
		CreatedBy: string(d.CreatedBy), CreatedAt: d.CreatedAt.time(),
	}
}

// CreateGroup inserts the document, unless a person has the name. Somebody who takes it at the same moment keeps it, and calls
// reach them alone.
func (s *Store) CreateGroup(ctx context.Context, g chat.UserGroup) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.nobodyNamed(ctx, g.Handle); err != nil {
		return err
	}
	_, err := s.groups.InsertOne(ctx, groupDoc{
		ID: ref(g.ID), Handle: g.Handle, Name: g.Name, Description: g.Description, Open: g.Open, Members: []ref{},
		CreatedBy: ref(g.CreatedBy), CreatedAt: date(stored(g.CreatedAt)),
	})
	if mongo.IsDuplicateKeyError(err) {
		return chat.ErrHandleTaken
	}
	return translate(err)
}

func (s *Store) nobodyNamed(ctx context.Context, handle string) error {
	n, err := s.users.CountDocuments(ctx, bson.D{{Key: "username_key", Value: handle}}, options.Count().SetLimit(1))
	if err == nil && n > 0 {
		return chat.ErrHandleTaken
	}
	return translate(err)
}

// noGroupNamed refuses a username that calls a group.
func (s *Store) noGroupNamed(ctx context.Context, username string) error {
	n, err := s.groups.CountDocuments(ctx, bson.D{{Key: "handle", Value: fold(username)}}, options.Count().SetLimit(1))
	if err == nil && n > 0 {
		return accounts.ErrUsernameTaken
	}
	return translate(err)
}

// UpdateGroup changes one document.
func (s *Store) UpdateGroup(ctx context.Context, g chat.UserGroup) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.nobodyNamed(ctx, g.Handle); err != nil {
		return err
	}
	result, err := s.groups.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(g.ID)}}, set(bson.D{
		{Key: "handle", Value: g.Handle}, {Key: "name", Value: g.Name}, {Key: "description", Value: g.Description}, {Key: "open", Value: g.Open},
	}))
	switch {
	case mongo.IsDuplicateKeyError(err):
		return chat.ErrHandleTaken
	case err == nil && result.MatchedCount == 0:
		return chat.ErrGroupNotFound
	}
	return translate(err)
}

// DeleteGroup deletes by _id.
func (s *Store) DeleteGroup(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.groups.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}})
	if err == nil && result.DeletedCount == 0 {
		return chat.ErrGroupNotFound
	}
	return translate(err)
}

// Groups reads in the order of the index.
func (s *Store) Groups(ctx context.Context, limit int) ([]chat.UserGroup, error) {
	return s.findGroups(ctx, bson.D{{Key: "handle", Value: bson.D{{Key: "$gt", Value: ""}}}}, limit)
}

// GroupsNamed reads by the index.
func (s *Store) GroupsNamed(ctx context.Context, handles []string) ([]chat.UserGroup, error) {
	return s.findGroups(ctx, bson.D{{Key: "handle", Value: bson.D{{Key: "$in", Value: handles}}}}, len(handles))
}

// GroupsOf reads by the index of members, and sorts what one person is in.
func (s *Store) GroupsOf(ctx context.Context, userID string, limit int) ([]chat.UserGroup, error) {
	return s.findGroups(ctx, bson.D{{Key: "members", Value: ref(userID)}}, limit)
}

func (s *Store) findGroups(ctx context.Context, filter bson.D, limit int) ([]chat.UserGroup, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[groupDoc](ctx, s.groups, filter, options.Find().SetProjection(bson.D{{Key: "members", Value: 0}}).
		SetSort(bson.D{{Key: "handle", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, groupDoc.group), err
}

// GroupMembers reads the document.
func (s *Store) GroupMembers(ctx context.Context, groupID string) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	return s.membersOfGroups(ctx, []string{groupID})
}

func (s *Store) membersOfGroups(ctx context.Context, groupIDs []string) ([]string, error) {
	docs, err := all[groupDoc](ctx, s.groups, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(groupIDs)}}}},
		options.Find().SetProjection(bson.D{{Key: "members", Value: 1}}))
	var ids []string
	for _, d := range docs {
		for _, member := range d.Members {
			ids = append(ids, string(member))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// SetGroupMember changes the members and their number in one document at once.
func (s *Store) SetGroupMember(ctx context.Context, groupID, userID string, in bool) (bool, error) {
	ctx, done := limited(ctx)
	defer done()
	member := bson.D{{Key: "members", Value: ref(userID)}}
	filter := bson.D{{Key: "_id", Value: ref(groupID)}, {Key: "members", Value: ref(userID)}}
	change := bson.D{{Key: "$pull", Value: member}, {Key: "$inc", Value: bson.D{{Key: "member_count", Value: -1}}}}
	if in {
		filter = bson.D{{Key: "_id", Value: ref(groupID)}, {Key: "members", Value: bson.D{{Key: "$ne", Value: ref(userID)}}},
			{Key: "member_count", Value: bson.D{{Key: "$lt", Value: chat.MaxGroupMembers}}}}
		change = bson.D{{Key: "$push", Value: member}, {Key: "$inc", Value: bson.D{{Key: "member_count", Value: 1}}}}
	}
	result, err := s.groups.UpdateOne(ctx, filter, change)
	if err != nil || result.ModifiedCount > 0 {
		return err == nil, translate(err)
	}
	d, err := one[groupDoc](ctx, s.groups, bson.D{{Key: "_id", Value: ref(groupID)}})
	if err == nil && in && !slices.Contains(d.Members, ref(userID)) {
		return false, chat.ErrGroupFull
	}
	return false, orMissing(err, chat.ErrGroupNotFound)
}

// leaveGroups takes a person out of all groups.
func (s *Store) leaveGroups(ctx context.Context, userID string) error {
	_, err := s.groups.UpdateMany(ctx, bson.D{{Key: "members", Value: ref(userID)}},
		bson.D{{Key: "$pull", Value: bson.D{{Key: "members", Value: ref(userID)}}}, {Key: "$inc", Value: bson.D{{Key: "member_count", Value: -1}}}})
	return translate(err)
}

// CalledMembers makes two reads.
func (s *Store) CalledMembers(ctx context.Context, groupIDs []string, channelID string) ([]string, error) {
	ctx, done := limited(ctx)
	defer done()
	ids, err := s.membersOfGroups(ctx, groupIDs)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	present, err := s.membersAmong(ctx, channelID, refs(ids))
	return slices.DeleteFunc(ids, func(userID string) bool { return !present[ref(userID)] }), err
}
