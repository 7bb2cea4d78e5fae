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

// placeDoc is a person's place in a thread, in ConnectBest's collection of threads, whose own documents have neither root_id
// nor user_id. Its _id makes it one. unread says whether last_seq, the number of the newest reply, is after last_read_seq.
type placeDoc struct {
	ID          string `bson:"_id"` // "<root>:<user>"
	RootID      ref    `bson:"root_id"`
	UserID      ref    `bson:"user_id"`
	ChannelID   ref    `bson:"channel_id"`
	Follows     bool   `bson:"following"`
	Unread      bool   `bson:"unread"`
	LastReadSeq int64  `bson:"last_read_seq"`
	LastSeq     int64  `bson:"last_seq"`
	LastReplyAt date   `bson:"last_reply_at"`
}

func (d placeDoc) following() chat.Following {
	return chat.Following{
		RootID: string(d.RootID), ChannelID: string(d.ChannelID), UserID: string(d.UserID), Follows: d.Follows, LastReadSeq: d.LastReadSeq,
	}
}

func placeID(rootID, userID string) bson.E { return bson.E{Key: "_id", Value: rootID + ":" + userID} }

// newPlace returns what is stored where somebody has no place yet. It comes to the newest reply by moveThread.
func newPlace(root messageDoc, userID string, mark int64, more ...bson.E) bson.D {
	return append(bson.D{{Key: "root_id", Value: root.ID}, {Key: "user_id", Value: ref(userID)}, {Key: "channel_id", Value: root.ChannelID},
		{Key: "unread", Value: false}, {Key: "last_seq", Value: int64(0)}, {Key: "last_reply_at", Value: nil}}, more...)
}

func upsert(filter, update bson.D) mongo.WriteModel {
	return mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(update).SetUpsert(true)
}

// join gives a person a place in a thread that they have read up to a mark, where they have none.
func join(root messageDoc, userID string, mark int64) mongo.WriteModel {
	return upsert(bson.D{placeID(string(root.ID), userID)}, bson.D{{Key: "$setOnInsert", Value: newPlace(root, userID, mark,
		bson.E{Key: "following", Value: true}, bson.E{Key: "last_read_seq", Value: mark})}})
}

// replied makes the author of a reply follow the thread, which they have read up to their reply.
func replied(root messageDoc, userID string, seq int64) mongo.WriteModel {
	return upsert(bson.D{placeID(string(root.ID), userID)}, bson.D{{Key: "$set", Value: bson.D{{Key: "following", Value: true}}},
		{Key: "$max", Value: bson.D{{Key: "last_read_seq", Value: seq}}}, {Key: "$setOnInsert", Value: newPlace(root, userID, seq)}})
}

// returned makes somebody follow a thread again, who has read it up to a mark at least.
func returned(root messageDoc, userID string, mark int64) mongo.WriteModel {
	return mongo.NewUpdateOneModel().SetFilter(bson.D{placeID(string(root.ID), userID), {Key: "following", Value: false}}).
		SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "following", Value: true}}}, {Key: "$max", Value: bson.D{{Key: "last_read_seq", Value: mark}}}})
}

// rootFields are those of a message that a thread needs.
var rootFields = options.FindOne().SetProjection(bson.D{{Key: "content", Value: 0}, {Key: "html", Value: 0}, {Key: "history", Value: 0}})

// countReplies brings the root of a thread up to its replies: it adds what came after last_reply_seq, which a crash or
// another server may have left out, or counts all of them anew where replies were deleted since that was done last. Numbers
// become visible in their order, so that nothing before last_reply_seq comes later. The update is made on the condition that
// nobody else has counted since. It returns the root as it is after that, without an _id where it is missing, and whether it
// has counted anew.
func (s *Store) countReplies(ctx context.Context, rootID ref, always bool) (root messageDoc, anew bool, err error) {
	for {
		root, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "_id", Value: rootID}}, rootFields)
		if err == mongo.ErrNoDocuments {
			return messageDoc{}, false, nil
		} else if err != nil {
			return messageDoc{}, false, translate(err)
		}
		next := root
		anew := always || root.RepliesGone != root.RepliesGoneCounted
		if anew {
			next.ReplyCount, next.LastReplySeq, next.LastReplyAt, next.Participants = 0, 0, date{}, nil
		}
		if err := s.addReplies(ctx, &next); err != nil {
			return messageDoc{}, false, err
		}
		if !anew && next.LastReplySeq == root.LastReplySeq {
			return root, false, nil
		}
		result, err := s.messages.UpdateOne(ctx,
			bson.D{{Key: "_id", Value: rootID}, {Key: "last_reply_seq", Value: unchanged(root.LastReplySeq)},
				{Key: "reply_count", Value: unchanged(int64(root.ReplyCount))},
				{Key: "replies_gone_counted", Value: unchanged(root.RepliesGoneCounted)}},
			set(bson.D{{Key: "replies_gone_counted", Value: root.RepliesGone}, {Key: "reply_count", Value: next.ReplyCount}, {Key: "last_reply_seq", Value: next.LastReplySeq},
				{Key: "last_reply_at", Value: next.LastReplyAt}, {Key: "participants", Value: next.Participants}}))
		if err != nil {
			return messageDoc{}, false, translate(err)
		}
		if result.MatchedCount == 1 {
			return next, anew, nil
		}
	}
}

// unchanged finds a counter that is missing where it is 0, too.
func unchanged(n int64) any {
	if n == 0 {
		return bson.D{{Key: "$in", Value: bson.A{nil, 0}}}
	}
	return n
}

// addReplies adds what came after last_reply_seq. Participants are looked for among the newest replies alone.
func (s *Store) addReplies(ctx context.Context, root *messageDoc) error {
	const tail = 200
	after := replies(root.ID, bson.D{{Key: "$gt", Value: root.LastReplySeq}})
	newest, err := all[messageDoc](ctx, s.messages, after, options.Find().SetSort(bson.D{{Key: "seq", Value: -1}}).SetLimit(tail).
		SetProjection(bson.D{{Key: "seq", Value: 1}, {Key: "user_id", Value: 1}, {Key: "created_at", Value: 1}}))
	if err != nil || len(newest) == 0 {
		return err
	}
	n := int64(len(newest))
	if n == tail {
		if n, err = s.messages.CountDocuments(ctx, after); err != nil {
			return translate(err)
		}
	}
	var people []ref
	for _, userID := range append(convert(newest, func(d messageDoc) ref { return d.UserID }), root.Participants...) {
		if !slices.Contains(people, userID) && len(people) < chat.MaxParticipants {
			people = append(people, userID)
		}
	}
	root.ReplyCount, root.LastReplySeq, root.LastReplyAt, root.Participants = root.ReplyCount+int(n), newest[0].Seq, newest[0].CreatedAt, people
	return nil
}

// replies finds the replies in a thread that are not deleted.
func replies(rootID ref, bounds bson.D) bson.D {
	return bson.D{{Key: "parent_message_id", Value: rootID}, {Key: "is_deleted", Value: false}, {Key: "seq", Value: bounds}}
}

// moveThread brings the places in a thread up to its newest reply. A place that is further already stays, unless replies were
// counted anew because some are gone.
func moveThread(root messageDoc, anew bool) []mongo.WriteModel {
	newest := bson.D{{Key: "last_seq", Value: root.LastReplySeq}, {Key: "last_reply_at", Value: root.LastReplyAt}}
	where := func(conditions ...bson.E) bson.D {
		return append(bson.D{{Key: "root_id", Value: root.ID}}, conditions...)
	}
	last := func(operator string) bson.E {
		return bson.E{Key: "last_seq", Value: bson.D{{Key: operator, Value: root.LastReplySeq}}}
	}
	update := func(filter, fields bson.D) mongo.WriteModel {
		return mongo.NewUpdateManyModel().SetFilter(filter).SetUpdate(set(fields))
	}
	writes := []mongo.WriteModel{update(where(last("$lt")), append(newest[:2:2], bson.E{Key: "unread", Value: true}))}
	if anew {
		writes = append(writes, update(where(last("$gt")), newest))
	}
	read := bson.E{Key: "last_read_seq", Value: bson.D{{Key: "$gte", Value: root.LastReplySeq}}}
	return append(writes, update(where(last("$lte"), read), bson.D{{Key: "unread", Value: false}}))
}

// writePlaces makes writes in their order. All of them may be made again.
func (s *Store) writePlaces(ctx context.Context, writes []mongo.WriteModel) error {
	for {
		_, err := s.threads.BulkWrite(ctx, writes)
		if !mongo.IsDuplicateKeyError(err) { // somebody else has just made the same place
			return translate(err)
		}
	}
}

// relate puts the postings that are stored into their threads and stores whom they mention. What an earlier call may have left
// out is made up for with a repetition. It comes after the counters: a crash between leaves a message that nobody was told
// of, out of its thread until its retry or the next reply.
func (s *Store) relate(ctx context.Context, channelID string, batch []*posting) error {
	threads := map[string][]*posting{}
	for _, p := range batch {
		if !p.counts(channelID) || p.message.Deleted {
			continue
		}
		if p.message.ParentID != "" {
			threads[p.message.ParentID] = append(threads[p.message.ParentID], p)
		}
		if len(p.mentions) > 0 && p.message.EditedAt.IsZero() {
			if _, err := s.mention(ctx, newMessageDoc(p.message), p.mentions); err != nil {
				return err
			}
		}
	}
	for rootID, postings := range threads {
		if err := s.reply(ctx, rootID, postings); err != nil {
			return err
		}
	}
	return nil
}

// reply counts replies that are stored and makes their authors and that of the root follow the thread.
func (s *Store) reply(ctx context.Context, rootID string, postings []*posting) error {
	root, anew, err := s.countReplies(ctx, ref(rootID), false)
	if err != nil || root.ID == "" {
		return err
	}
	first, newest := postings[0].message.Seq, map[string]int64{}
	for _, p := range postings {
		first = min(first, p.message.Seq)
		newest[p.message.UserID] = max(newest[p.message.UserID], p.message.Seq)
	}
	writes := []mongo.WriteModel{join(root, string(root.UserID), first-1)}
	for userID, seq := range newest {
		writes = append(writes, replied(root, userID, seq))
	}
	return s.writePlaces(ctx, append(writes, moveThread(root, anew)...))
}

// endMessage takes a deleted message out of its thread, or ends the thread that it began, and drops its mentions. The root
// is told that its count is stale before anything is counted: after a crash there whoever comes to the thread next makes up
// for it. Of several deletions at once one counts for all.
func (s *Store) endMessage(ctx context.Context, m chat.Message) error {
	ctx, done := limited(ctx)
	defer done()
	if _, err := s.mentions.DeleteMany(ctx, bson.D{{Key: "message_id", Value: ref(m.ID)}}); err != nil {
		return translate(err)
	}
	if m.ParentID == "" {
		_, err := s.threads.DeleteMany(ctx, bson.D{{Key: "root_id", Value: ref(m.ID)}})
		return translate(err)
	}
	_, err := s.messages.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(m.ParentID)}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "replies_gone", Value: 1}}}})
	if err != nil {
		return translate(err)
	}
	leave, err := s.lanes.enter(ctx, "thread "+m.ParentID)
	if err != nil {
		return away(err)
	}
	defer leave()
	root, anew, err := s.countReplies(ctx, ref(m.ParentID), false)
	if err != nil || !anew {
		return err
	}
	return s.writePlaces(ctx, moveThread(root, true))
}

// Replies makes one read, or two around a reply.
func (s *Store) Replies(ctx context.Context, rootID string, page chat.Page) ([]chat.Message, error) {
	if page.Limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	read := func(bounds bson.D, direction int) ([]chat.Message, error) {
		docs, err := all[messageDoc](ctx, s.messages, replies(ref(rootID), bounds), options.Find().
			SetSort(bson.D{{Key: "seq", Value: direction}}).SetLimit(int64(page.Limit)).SetProjection(withoutHistory))
		if direction < 0 {
			slices.Reverse(docs)
		}
		return convert(docs, messageDoc.message), err
	}
	switch {
	case page.After > 0:
		return read(bson.D{{Key: "$gt", Value: page.After}}, 1)
	case page.Around > 0:
		before, err := read(bson.D{{Key: "$lt", Value: page.Around}}, -1)
		if err != nil {
			return nil, err
		}
		from, err := read(bson.D{{Key: "$gte", Value: page.Around}}, 1)
		if err != nil {
			return nil, err
		}
		first := min(len(before), max(page.Limit/2, page.Limit-len(from)))
		return append(before[len(before)-first:], from[:min(len(from), page.Limit-first)]...), nil
	case page.Before > 0:
		return read(bson.D{{Key: "$lt", Value: page.Before}}, -1)
	}
	return read(bson.D{{Key: "$gt", Value: int64(0)}}, -1)
}

// Place makes two reads.
func (s *Store) Place(ctx context.Context, rootID, userID string) (chat.Following, error) {
	ctx, done := limited(ctx)
	defer done()
	return s.place(ctx, rootID, userID)
}

func (s *Store) place(ctx context.Context, rootID, userID string) (chat.Following, error) {
	doc, err := one[placeDoc](ctx, s.threads, bson.D{placeID(rootID, userID)})
	if err == mongo.ErrNoDocuments {
		return chat.Following{}, nil
	} else if err != nil {
		return chat.Following{}, translate(err)
	}
	n, err := s.messages.CountDocuments(ctx, replies(doc.RootID, bson.D{{Key: "$gt", Value: doc.LastReadSeq}}),
		options.Count().SetLimit(chat.MaxUnreadReplies))
	f := doc.following()
	f.Unread = int(n)
	return f, translate(err)
}

// SetFollowing makes a place where there is none, and changes it otherwise.
func (s *Store) SetFollowing(ctx context.Context, rootID, userID string, follows bool) error {
	ctx, done := limited(ctx)
	defer done()
	root, err := s.standing(ctx, rootID)
	if err != nil {
		return err
	}
	mark := root.LastReplySeq
	writes := []mongo.WriteModel{returned(root, userID, mark), join(root, userID, mark)}
	if !follows {
		writes = []mongo.WriteModel{upsert(bson.D{placeID(rootID, userID)}, bson.D{
			{Key: "$set", Value: bson.D{{Key: "following", Value: false}}},
			{Key: "$setOnInsert", Value: newPlace(root, userID, mark, bson.E{Key: "last_read_seq", Value: mark})},
		})}
	}
	return s.writePlaces(ctx, append(writes, moveThread(root, false)...))
}

// MarkThreadRead moves the mark, and then says that nothing is unread unless a reply has come since.
func (s *Store) MarkThreadRead(ctx context.Context, rootID, userID string, seq int64) (chat.Following, error) {
	ctx, done := limited(ctx)
	defer done()
	self := placeID(rootID, userID)
	doc, err := one[placeDoc](ctx, s.threads, bson.D{self})
	if err == mongo.ErrNoDocuments {
		return chat.Following{}, nil
	} else if err != nil {
		return chat.Following{}, translate(err)
	}
	mark := min(seq, doc.LastSeq)
	if mark >= doc.LastReadSeq {
		err := s.writePlaces(ctx, []mongo.WriteModel{
			mongo.NewUpdateOneModel().SetFilter(bson.D{self}).SetUpdate(bson.D{{Key: "$max", Value: bson.D{{Key: "last_read_seq", Value: mark}}}}),
			mongo.NewUpdateOneModel().SetFilter(bson.D{self, {Key: "last_seq", Value: bson.D{{Key: "$lte", Value: mark}}}}).
				SetUpdate(set(bson.D{{Key: "unread", Value: false}})),
		})
		if err != nil {
			return chat.Following{}, err
		}
	}
	return s.place(ctx, rootID, userID)
}

// Followers makes two reads.
func (s *Store) Followers(ctx context.Context, rootID string) ([]chat.Following, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[placeDoc](ctx, s.threads, bson.D{{Key: "root_id", Value: ref(rootID)}, {Key: "following", Value: true}})
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "channel_id", Value: docs[0].ChannelID},
		{Key: "user_id", Value: bson.D{{Key: "$in", Value: convert(docs, func(d placeDoc) ref { return d.UserID })}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "user_id", Value: 1}}))
	present := map[ref]bool{}
	for _, m := range members {
		present[m.UserID] = true
	}
	docs = slices.DeleteFunc(docs, func(d placeDoc) bool { return !present[d.UserID] })
	return convert(docs, placeDoc.following), err
}

// ofChannels finds what is in the channels that a person is in.
func (s *Store) ofChannels(ctx context.Context, userID string) (bson.E, error) {
	members, err := all[memberDoc](ctx, s.members, bson.D{{Key: "user_id", Value: ref(userID)}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "channel_id", Value: 1}}))
	ids := convert(members, func(m memberDoc) ref { return m.ChannelID })
	return bson.E{Key: "channel_id", Value: bson.D{{Key: "$in", Value: ids}}}, err
}

// earlier finds what comes after a place in a list that is ordered by time and id, the latest first.
func earlier(timeKey, idKey string, before time.Time, beforeID string) bson.E {
	if before.IsZero() {
		return bson.E{Key: timeKey, Value: bson.D{{Key: "$gt", Value: date(time.Unix(0, 0))}}}
	}
	return bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: timeKey, Value: bson.D{{Key: "$lt", Value: date(before)}}}},
		bson.D{{Key: timeKey, Value: date(before)}, {Key: idKey, Value: bson.D{{Key: "$lt", Value: ref(beforeID)}}}},
	}}
}

// FollowedThreads makes four reads: the person's channels, their places, the roots, and the numbers of unread replies.
func (s *Store) FollowedThreads(
	ctx context.Context, userID string, unreadOnly bool, before time.Time, beforeID string, limit int,
) ([]chat.Followed, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	mine, err := s.ofChannels(ctx, userID)
	if err != nil {
		return nil, err
	}
	filter := bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "following", Value: true}}
	if unreadOnly {
		filter = append(filter, bson.E{Key: "unread", Value: true})
	}
	docs, err := all[placeDoc](ctx, s.threads, append(filter, mine, earlier("last_reply_at", "root_id", before, beforeID)),
		options.Find().SetSort(bson.D{{Key: "last_reply_at", Value: -1}, {Key: "root_id", Value: -1}}).SetLimit(int64(limit)))
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	roots, err := s.messagesByID(ctx, convert(docs, func(d placeDoc) ref { return d.RootID }))
	if err != nil {
		return nil, err
	}
	unread, err := s.countUnread(ctx, docs)
	var found []chat.Followed
	for _, d := range docs {
		if root, ok := roots[d.RootID]; ok {
			f := chat.Followed{Following: d.following(), Root: root.message()}
			f.Unread = unread[d.RootID]
			found = append(found, f)
		}
	}
	return found, err
}

// tally is a group of an aggregation with the number of its documents.
type tally struct {
	ID ref   `bson:"_id"`
	N  int64 `bson:"n"`
}

// countBy groups what a collection has of some ranges, each of which an index finds, by a field.
func countBy(ctx context.Context, c *mongo.Collection, ranges bson.A, field string) ([]tally, error) {
	if len(ranges) == 0 {
		return nil, nil
	}
	cursor, err := c.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: bson.D{{Key: "$or", Value: ranges}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + field}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	if err != nil {
		return nil, translate(err)
	}
	var found []tally
	return found, translate(cursor.All(ctx, &found))
}

func (s *Store) countUnread(ctx context.Context, docs []placeDoc) (map[ref]int, error) {
	var ranges bson.A
	for _, d := range docs {
		if d.Unread {
			ranges = append(ranges, replies(d.RootID, bson.D{{Key: "$gt", Value: d.LastReadSeq}}))
		}
	}
	found, err := countBy(ctx, s.messages, ranges, "parent_message_id")
	unread := make(map[ref]int, len(found))
	for _, t := range found {
		unread[t.ID] = int(min(t.N, chat.MaxUnreadReplies))
	}
	return unread, err
}

// UnreadThreads makes two reads.
func (s *Store) UnreadThreads(ctx context.Context, userID string) (int, error) {
	ctx, done := limited(ctx)
	defer done()
	mine, err := s.ofChannels(ctx, userID)
	if err != nil {
		return 0, err
	}
	n, err := s.threads.CountDocuments(ctx,
		bson.D{{Key: "user_id", Value: ref(userID)}, {Key: "following", Value: true}, {Key: "unread", Value: true}, mine},
		options.Count().SetLimit(chat.MaxUnreadThreads))
	return int(n), translate(err)
}
