package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// reportDoc is a report. Its _id sorts by time; of one person's reports of a message the unique index lets one in.
type reportDoc struct {
	ID         ref    `bson:"_id"`
	MessageID  ref    `bson:"message_id"`
	ChannelID  ref    `bson:"channel_id"`
	AuthorID   ref    `bson:"author_id"`
	ReporterID ref    `bson:"reporter_id"`
	Reason     string `bson:"reason"`
	Disclosed  bool   `bson:"disclosed"`
	CreatedAt  date   `bson:"created_at"`
	ForAdmins  bool   `bson:"for_admins"`
	Resolution string `bson:"resolution"`
	ResolvedBy ref    `bson:"resolved_by"`
	ResolvedAt date   `bson:"resolved_at"`
}

func (d reportDoc) report() chat.Report {
	return chat.Report{
		ID: string(d.ID), MessageID: string(d.MessageID), ChannelID: string(d.ChannelID), AuthorID: string(d.AuthorID),
		ReporterID: string(d.ReporterID), Reason: d.Reason, Disclosed: d.Disclosed, CreatedAt: d.CreatedAt.time(), ForAdmins: d.ForAdmins,
		Resolution: chat.Resolution(d.Resolution), ResolvedBy: string(d.ResolvedBy), ResolvedAt: d.ResolvedAt.time(),
	}
}

// AddReport inserts one document; the unique index decides.
func (s *Store) AddReport(ctx context.Context, r chat.Report) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.reports.InsertOne(ctx, reportDoc{
		ID: ref(r.ID), MessageID: ref(r.MessageID), ChannelID: ref(r.ChannelID), AuthorID: ref(r.AuthorID), ReporterID: ref(r.ReporterID),
		Reason: r.Reason, Disclosed: r.Disclosed, CreatedAt: date(stored(r.CreatedAt)), ForAdmins: r.ForAdmins,
		Resolution: string(r.Resolution), ResolvedBy: ref(r.ResolvedBy), ResolvedAt: date(stored(r.ResolvedAt)),
	})
	if mongo.IsDuplicateKeyError(err) {
		return chat.ErrReported
	}
	return translate(err)
}

func openReports(forAdmins bool) bson.D {
	filter := bson.D{{Key: "resolution", Value: ""}}
	if !forAdmins {
		filter = append(filter, bson.E{Key: "for_admins", Value: false})
	}
	return filter
}

// OpenReports reads by the index of what is open, which is short.
func (s *Store) OpenReports(ctx context.Context, forAdmins bool, before string, limit int) ([]chat.Report, error) {
	return s.findReports(ctx, append(openReports(forAdmins), olderThan(before)...), limit)
}

// OpenReportsOf reads the reports of one message.
func (s *Store) OpenReportsOf(ctx context.Context, messageID string, limit int) ([]chat.Report, error) {
	return s.findReports(ctx, openReportsOf(messageID), limit)
}

func openReportsOf(messageID string) bson.D {
	return bson.D{{Key: "message_id", Value: ref(messageID)}, {Key: "resolution", Value: ""}}
}

func (s *Store) findReports(ctx context.Context, filter bson.D, limit int) ([]chat.Report, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[reportDoc](ctx, s.reports, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(limit)))
	return convert(docs, reportDoc.report), err
}

// CountOpenReports walks the index of what is open, up to the limit.
func (s *Store) CountOpenReports(ctx context.Context, forAdmins bool, limit int) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	n, err := s.reports.CountDocuments(ctx, openReports(forAdmins), options.Count().SetLimit(int64(limit)))
	return int(n), translate(err)
}

// HandOnReports changes each report that is open.
func (s *Store) HandOnReports(ctx context.Context, messageID string) (int, error) {
	return s.changeReports(ctx, append(openReportsOf(messageID), bson.E{Key: "for_admins", Value: false}), bson.D{{Key: "for_admins", Value: true}})
}

// ResolveReports settles each report that is open; where it is interrupted, the rest stays open.
func (s *Store) ResolveReports(ctx context.Context, messageID string, how chat.Resolution, by string, at time.Time) (int, error) {
	return s.changeReports(ctx, openReportsOf(messageID), bson.D{{Key: "resolution", Value: string(how)},
		{Key: "resolved_by", Value: ref(by)}, {Key: "resolved_at", Value: date(stored(at))}})
}

func (s *Store) changeReports(ctx context.Context, filter, fields bson.D) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	result, err := s.reports.UpdateMany(ctx, filter, set(fields))
	if err != nil {
		return 0, translate(err)
	}
	return int(result.ModifiedCount), nil
}

// MessagesByID makes one read.
func (s *Store) MessagesByID(ctx context.Context, ids []string) ([]chat.Message, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}},
		options.Find().SetProjection(bson.D{{Key: "terms", Value: 0}}))
	return convert(docs, messageDoc.message), err
}

// ChannelsByID makes one read.
func (s *Store) ChannelsByID(ctx context.Context, ids []string) ([]chat.Channel, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[channelDoc](ctx, s.channels, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}})
	return convert(docs, channelDoc.channel), err
}
