package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// uploadDoc is what is known of a file. A message takes it in two steps: claim names the message by its client_key before
// that is stored, message_id after. Where a crash has left the second step out, whoever reads the claim asks the messages.
// ConnectBest's own documents of this collection have neither key nor removed, so that nothing here finds them.
type uploadDoc struct {
	ID        ref    `bson:"_id"`
	Key       string `bson:"key"`
	UserID    ref    `bson:"user_id"`
	Name      string `bson:"name"`
	Size      int64  `bson:"size"`
	Charge    int64  `bson:"charge"`
	Type      string `bson:"type"`
	Width     int    `bson:"width"`
	Height    int    `bson:"height"`
	Thumbnail bool   `bson:"thumbnail"`
	Claim     string `bson:"claim"`
	ClaimedAt date   `bson:"claimed_at"` // by the clock of the server that did
	MessageID ref    `bson:"message_id"`
	CreatedAt date   `bson:"created_at"`
	ExpiresAt date   `bson:"expires_at"` // null where a message holds it
	Removed   bool   `bson:"removed"`    // its removal has begun
}

func (d uploadDoc) upload() chat.Upload {
	return chat.Upload{
		ID: string(d.ID), Key: d.Key, UserID: string(d.UserID), Name: d.Name, Size: d.Size, Type: d.Type, Width: d.Width, Height: d.Height,
		Thumbnail: d.Thumbnail, MessageID: string(d.MessageID), CreatedAt: d.CreatedAt.time(), ExpiresAt: d.ExpiresAt.time(),
	}
}

var standing = bson.E{Key: "removed", Value: false}

// AddUpload stores the upload, counts, and takes it back where it was too much.
func (s *Store) AddUpload(ctx context.Context, u chat.Upload) error {
	_, err := s.uploads.InsertOne(ctx, uploadDoc{
		ID: ref(u.ID), Key: u.Key, UserID: ref(u.UserID), Name: u.Name, Size: u.Size, Charge: u.Charge(), Type: u.Type,
		Width: u.Width, Height: u.Height, Thumbnail: u.Thumbnail, MessageID: ref(u.MessageID), CreatedAt: date(u.CreatedAt), ExpiresAt: date(u.ExpiresAt),
	})
	if err != nil {
		return translate(err)
	}
	usage, err := s.UploadUsage(ctx, u.UserID)
	if err == nil {
		usage.Stored, usage.Pending = usage.Stored-u.Charge(), usage.Pending-1
		err = usage.Admits(u.Charge())
	}
	if err != nil {
		_ = s.DeleteUpload(context.WithoutCancel(ctx), u.ID) // else it goes when its time is over
	}
	return err
}

// UploadUsage reads no more than the person's own documents.
func (s *Store) UploadUsage(ctx context.Context, userID string) (usage chat.Usage, err error) {
	ctx, done := limited(ctx)
	defer done()
	cursor, err := s.uploads.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "user_id", Value: ref(userID)}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: nil}, {Key: "stored", Value: bson.D{{Key: "$sum", Value: "$charge"}}}}}},
	})
	if err != nil {
		return usage, translate(err)
	}
	var sums []struct{ Stored int64 }
	if err := cursor.All(ctx, &sums); err != nil {
		return usage, translate(err)
	}
	if len(sums) > 0 {
		usage.Stored = sums[0].Stored
	}
	pending, err := s.uploads.CountDocuments(ctx, bson.D{{Key: "user_id", Value: ref(userID)},
		{Key: "expires_at", Value: bson.D{{Key: "$gt", Value: date(time.UnixMilli(0))}}}})
	usage.Pending = int(pending)
	return usage, translate(err)
}

// Upload finds the message of one whose second step is missing.
func (s *Store) Upload(ctx context.Context, key string) (chat.Upload, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[uploadDoc](ctx, s.uploads, bson.D{{Key: "key", Value: key}, standing})
	if err != nil {
		return chat.Upload{}, orMissing(err, chat.ErrUploadNotFound)
	}
	if doc.MessageID == "" && doc.Claim != "" {
		doc.MessageID, err = s.holder(ctx, doc)
	}
	return doc.upload(), err
}

// holder returns the message that holds an upload, "" for none.
func (s *Store) holder(ctx context.Context, doc uploadDoc) (ref, error) {
	filter := bson.D{{Key: "_id", Value: doc.MessageID}}
	switch {
	case doc.MessageID == "" && doc.Claim == "":
		return "", nil
	case doc.MessageID == "":
		filter = bson.D{{Key: "client_key", Value: doc.Claim}}
	}
	message, err := one[messageDoc](ctx, s.messages, filter)
	if err == mongo.ErrNoDocuments {
		return "", nil
	}
	if err != nil || message.Deleted || !slices.ContainsFunc(message.Attachments, func(a chat.Attachment) bool { return a.ID == string(doc.ID) }) {
		return "", translate(err)
	}
	return message.ID, nil
}

// Uploads finds by _id.
func (s *Store) Uploads(ctx context.Context, userID string, ids []string) ([]chat.Upload, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[uploadDoc](ctx, s.uploads,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}, {Key: "user_id", Value: ref(userID)}, standing})
	return convert(docs, uploadDoc.upload), err
}

// UploadsBy reads in the order of ids.
func (s *Store) UploadsBy(ctx context.Context, userID, after string, limit int) ([]chat.Upload, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter := append(bson.D{{Key: "user_id", Value: ref(userID)}, standing}, newerThan(after)...)
	docs, err := all[uploadDoc](ctx, s.uploads, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, uploadDoc.upload), err
}

// ExpireUpload changes one document, if nothing has claimed it.
func (s *Store) ExpireUpload(ctx context.Context, userID, key string, now time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(chat.ErrUploadNotFound)(s.uploads.UpdateOne(ctx,
		bson.D{{Key: "key", Value: key}, {Key: "user_id", Value: ref(userID)}, {Key: "claim", Value: ""}, {Key: "message_id", Value: nil}, standing},
		set(bson.D{{Key: "removed", Value: true}, {Key: "expires_at", Value: date(now)}})))
}

// HoldUploads changes documents by their ids, those that nothing has claimed.
func (s *Store) HoldUploads(ctx context.Context, userID string, ids []string, until time.Time) error {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.uploads.UpdateMany(ctx,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}, {Key: "user_id", Value: ref(userID)}, {Key: "claim", Value: ""}, {Key: "message_id", Value: nil}, standing},
		set(bson.D{{Key: "expires_at", Value: date(until)}}))
	if err == nil && result.MatchedCount < int64(len(ids)) {
		return chat.ErrAttachmentTaken
	}
	return translate(err)
}

// claimGrace is longer than the storing of a message can take, with what the clocks of servers differ.
const claimGrace = time.Minute

// DueUploads takes one document after another, each for itself, and makes up the second step for those that a message
// holds. A claim that comes in between keeps the upload.
func (s *Store) DueUploads(ctx context.Context, now, until time.Time, limit int) ([]chat.Upload, error) {
	ctx, done := limited(ctx)
	defer done()
	lease := options.FindOneAndUpdate().SetReturnDocument(options.After).SetSort(bson.D{{Key: "expires_at", Value: 1}})
	var due []chat.Upload
	taken := []ref{} // which a lease that is over at now would give again
	for len(taken) < limit {
		doc, err := decode[uploadDoc](s.uploads.FindOneAndUpdate(ctx,
			bson.D{{Key: "expires_at", Value: bson.D{{Key: "$lte", Value: date(now)}}}, {Key: "_id", Value: bson.D{{Key: "$nin", Value: taken}}}},
			set(bson.D{{Key: "expires_at", Value: date(until)}}), lease))
		if err == mongo.ErrNoDocuments {
			break
		} else if err != nil {
			return due, translate(err)
		}
		taken = append(taken, doc.ID)
		message, err := s.holder(ctx, doc)
		if err != nil {
			return due, err
		}
		if message == "" && doc.MessageID == "" && doc.Claim != "" && time.Since(doc.ClaimedAt.time()) < claimGrace {
			continue // its message may be on the way
		}
		end := bson.D{{Key: "removed", Value: true}}
		if message != "" {
			end = bson.D{{Key: "message_id", Value: message}, {Key: "expires_at", Value: nil}, {Key: "removed", Value: false}}
		}
		result, err := s.uploads.UpdateOne(ctx,
			bson.D{{Key: "_id", Value: doc.ID}, {Key: "claim", Value: doc.Claim}, {Key: "message_id", Value: doc.MessageID}}, set(end))
		if err != nil {
			return due, translate(err)
		}
		if message == "" && result.MatchedCount == 1 {
			due = append(due, doc.upload())
		}
	}
	return due, nil
}

// DeleteUpload removes one document.
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.uploads.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}})
	return translate(err)
}
