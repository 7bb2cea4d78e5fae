package mongo

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/imported"
)

// kindPending is the kind of the note that messages are being imported to a channel.
const kindPending = "pending"

// ImportMembers writes the memberships before the notes about them: an interruption between repeats the membership, which
// the unique index then refuses. Who leaves in that moment comes back.
func (s *Store) ImportMembers(ctx context.Context, channelID string, members []chat.Member) (added int, err error) {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	leave, err := s.lanes.enter(ctx, channelID)
	if err != nil {
		return 0, away(err)
	}
	defer leave()
	channel, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}})
	if err != nil {
		return 0, err
	}
	var ids, notes []string
	for _, m := range members {
		ids, notes = append(ids, m.UserID), append(notes, imported.MemberNote(channelID, m.UserID))
	}
	people, err := known(ctx, s.users, refs(ids))
	if err != nil {
		return 0, err
	}
	noted, err := s.KnownDocuments(ctx, imported.KindMember, notes)
	if err != nil {
		return 0, err
	}
	var docs []any
	var fresh []imported.Document
	for i, m := range members {
		switch {
		case slices.Contains(noted, notes[i]):
			continue
		case !people[ref(m.UserID)]:
			return 0, accounts.ErrUserNotFound
		}
		m.ChannelID, m.LastReadSeq, m.OwnUnread = channelID, channel.LastSeq, 0
		docs = append(docs, newMemberDoc(id.New(time.Now()), m))
		fresh = append(fresh, imported.Document{Kind: imported.KindMember, SourceID: notes[i]})
	}
	refused, err := insertNew(ctx, s.members, docs)
	if err != nil {
		return 0, err
	}
	n, err := s.members.CountDocuments(ctx, bson.D{{Key: "channel_id", Value: ref(channelID)}})
	if err != nil {
		return 0, translate(err)
	}
	_, err = s.channels.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(channelID)}}, set(bson.D{{Key: "member_count", Value: n}}))
	if err != nil {
		return 0, translate(err)
	}
	if len(fresh) > 0 {
		_, err = s.KeepDocuments(ctx, fresh)
	}
	return len(docs) - len(refused), err
}

// KnownMessages looks them up by _id.
func (s *Store) KnownMessages(ctx context.Context, ids []string) ([]string, error) {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	present, err := known(ctx, s.messages, refs(ids))
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !present[ref(id)] }), err
}

// ImportMessages writes a note with the channel's newest number, the messages, what members have read of them and written
// themselves, the channel's counters, and then removes the note. A call that finds a note settles first what an
// interruption has left: each member's document says whether it counts a message already.
//
// A server that appends to the channel meanwhile takes numbers in between; the unique index decides.
func (s *Store) ImportMessages(ctx context.Context, channelID string, messages []chat.Message, read bool) (added int, err error) {
	ctx, done := context.WithTimeout(ctx, importLimit)
	defer done()
	leave, err := s.lanes.enter(ctx, channelID)
	if err != nil {
		return 0, away(err)
	}
	defer leave()
	if _, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}}); err != nil {
		return 0, err
	}
	if err := s.settlePending(ctx, channelID); err != nil {
		return 0, err
	}
	waiting, err := s.missingMessages(ctx, messages)
	for err == nil && len(waiting) > 0 {
		var stored int
		stored, err = s.importRun(ctx, channelID, waiting, read)
		waiting, added = waiting[stored:], added+stored
	}
	return added, err
}

func (s *Store) missingMessages(ctx context.Context, messages []chat.Message) ([]chat.Message, error) {
	ids := make([]ref, len(messages))
	for i, m := range messages {
		ids[i] = ref(m.ID)
	}
	present, err := known(ctx, s.messages, ids)
	return slices.DeleteFunc(slices.Clone(messages), func(m chat.Message) bool { return present[ref(m.ID)] }), err
}

// importRun stores messages under the numbers after the newest until one of them is taken, and returns how many.
func (s *Store) importRun(ctx context.Context, channelID string, messages []chat.Message, read bool) (int, error) {
	newest, err := s.newestSeq(ctx, channelID)
	if err != nil {
		return 0, err
	}
	// Nothing waits for the note's own way to the disk: what confirms the messages confirms what came before them.
	notes := s.db.Collection("imported", options.Collection().SetWriteConcern(writeconcern.W1()))
	note := bson.D{{Key: "_id", Value: importedID(kindPending, channelID)}}
	_, err = notes.UpdateOne(ctx, note, set(bson.D{{Key: "seq", Value: newest}, {Key: "read", Value: read}}), options.Update().SetUpsert(true))
	if err != nil {
		return 0, translate(err)
	}
	docs := make([]messageDoc, len(messages))
	inserts := make([]any, len(messages))
	for i, m := range messages {
		docs[i] = newMessageDoc(m)
		docs[i].ChannelID, docs[i].Seq, docs[i].Deleted = ref(channelID), newest+int64(i)+1, m.Deleted
		inserts[i] = docs[i]
	}
	_, err = s.messages.InsertMany(ctx, inserts)
	var refused mongo.BulkWriteException
	if errors.As(err, &refused) && len(refused.WriteErrors) > 0 && mongo.IsDuplicateKeyError(err) {
		docs, err = docs[:refused.WriteErrors[0].Index], nil
	}
	if err == nil {
		err = s.settle(ctx, channelID, docs, read)
	}
	if err == nil {
		_, err = notes.DeleteOne(ctx, note)
	}
	return len(docs), translate(err)
}

// settlePending makes up for what an interruption has left between the messages and the end of importRun.
func (s *Store) settlePending(ctx context.Context, channelID string) error {
	note := bson.D{{Key: "_id", Value: importedID(kindPending, channelID)}}
	pending, err := one[struct {
		Seq  int64
		Read bool
	}](ctx, s.imported(), note)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil
	} else if err != nil {
		return translate(err)
	}
	docs, err := all[messageDoc](ctx, s.messages,
		bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "seq", Value: bson.D{{Key: "$gt", Value: pending.Seq}}}},
		options.Find().SetSort(bson.D{{Key: "seq", Value: 1}}).SetLimit(2*writeBatch).
			SetProjection(bson.D{{Key: "content", Value: 0}, {Key: "html", Value: 0}}))
	if err == nil {
		err = s.settle(ctx, channelID, docs, pending.Read)
	}
	if err == nil {
		_, err = s.imported().DeleteOne(ctx, note)
	}
	return translate(err)
}

// settle moves the marks of those who had read everything over what is from before their last look, counts what everybody
// else has written themselves, and then moves the channel on. docs have numbers without holes. With read nothing of it is
// after anybody's last look.
func (s *Store) settle(ctx context.Context, channelID string, docs []messageDoc, read bool) error {
	if len(docs) == 0 {
		return nil
	}
	before, last := docs[0].Seq-1, docs[len(docs)-1]
	filter := bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "last_read_seq", Value: before}}
	if !read {
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "joined_at", Value: bson.D{{Key: "$gte", Value: docs[0].CreatedAt}}}},
			bson.D{{Key: "last_read_at", Value: bson.D{{Key: "$gte", Value: docs[0].CreatedAt}}}},
		}})
	}
	readers, err := all[memberDoc](ctx, s.members, filter)
	if err != nil {
		return err
	}
	// Unordered: each document is changed by one of the writes.
	writes := &bulk{collection: s.memberCounts}
	looked := map[ref]bool{}
	for _, m := range readers {
		looked[m.UserID] = true
		if err := writes.add(ctx, markRead(m, docs, read)); err != nil {
			return err
		}
	}
	for _, write := range ownWrites(channelID, docs, looked) {
		if err := writes.add(ctx, write); err != nil {
			return err
		}
	}
	if err := writes.flush(ctx); err != nil {
		return err
	}
	if err := s.importReplies(ctx, docs); err != nil {
		return err
	}
	newest := last.CreatedAt
	for _, d := range docs {
		if d.CreatedAt.time().After(newest.time()) {
			newest = d.CreatedAt
		}
	}
	_, err = s.channels.UpdateOne(ctx, bson.D{{Key: "_id", Value: ref(channelID)}, {Key: "last_seq", Value: bson.D{{Key: "$lt", Value: last.Seq}}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "last_seq", Value: last.Seq}, {Key: "last_message_id", Value: last.ID}}},
			{Key: "$max", Value: bson.D{{Key: "last_message_at", Value: newest}}}})
	return translate(err)
}

// markRead moves a member's mark as far as they have looked, in one write with what is theirs after it.
func markRead(m memberDoc, docs []messageDoc, all bool) mongo.WriteModel {
	since := m.JoinedAt.time()
	if m.LastReadAt.time().After(since) {
		since = m.LastReadAt.time()
	}
	read := sort.Search(len(docs), func(i int) bool { return !all && docs[i].CreatedAt.time().After(since) })
	fields := bson.D{{Key: "last_read_seq", Value: docs[0].Seq - 1 + int64(read)}}
	var unread int64
	for _, d := range docs[read:] {
		if d.UserID == m.UserID {
			unread++
			m.OwnSeq = d.Seq
		}
	}
	fields = append(fields, bson.E{Key: "own_unread", Value: unread}, bson.E{Key: "own_seq", Value: m.OwnSeq})
	return mongo.NewUpdateOneModel().SetUpdate(set(fields)).
		SetFilter(bson.D{{Key: "_id", Value: m.ID}, {Key: "last_read_seq", Value: docs[0].Seq - 1}})
}

// ownWrites adds to own_unread what own_seq shows is not in it yet, for all but those who were looked at.
func ownWrites(channelID string, docs []messageDoc, looked map[ref]bool) []mongo.WriteModel {
	var batch []*posting
	for _, d := range docs {
		if !looked[d.UserID] {
			batch = append(batch, &posting{message: chat.Message{
				ID: string(d.ID), ChannelID: channelID, UserID: string(d.UserID), Seq: d.Seq,
			}})
		}
	}
	return ownUpdates(channelID, batch)
}
