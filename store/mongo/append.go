package mongo

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/chat"
)

// appendMessage puts the message in its channel's lane and waits for the batch that takes it.
//
// Order of the writes: (1) the message, on disk, under the number that the unique index (channel_id, seq) grants; (2) the
// author's own_unread; (3) the channel's last_seq; then the answer. A crash after (1) leaves a message that nobody was told
// of: its retry finds it by the unique client_key and makes up (2) and (3), and so does the next append for (3). Where the
// answer to (1) is lost, the message's own id tells whether it got in; where that cannot be asked either, the outcome is
// unknown, the error is Unavailable, and a retry with the same key has the answer.
func (s *Store) appendMessage(ctx context.Context, m chat.Message) (chat.Message, bool, error) {
	if ctx.Err() != nil {
		return chat.Message{}, false, away(ctx.Err())
	}
	limit, done := limited(context.WithoutCancel(ctx))
	defer done()
	m.CreatedAt, m.UpdatedAt, m.EditedAt = stored(m.CreatedAt), stored(m.UpdatedAt), stored(m.EditedAt)
	m.Seq, m.Deleted = 0, false
	p := &posting{message: m, mentions: m.Mentions, guest: m.Guest, done: make(chan struct{})}
	p.message.Mentions, p.message.Guest = nil, false
	s.lanes.queue(m.ChannelID, p, func(ln *lane) { s.serve(m.ChannelID, ln) })
	select {
	case <-p.done:
	case <-limit.Done():
	case <-ctx.Done():
	}
	if p.claimed.CompareAndSwap(false, true) {
		return chat.Message{}, false, away(cmp.Or(ctx.Err(), limit.Err())) // it still waited, and will not be stored
	}
	// A batch has it. It is seen through for a caller who has gone, so that what is stored is counted too.
	select {
	case <-p.done:
	case <-limit.Done():
		return chat.Message{}, false, away(limit.Err())
	}
	if p.err != nil {
		return chat.Message{}, false, p.err
	}
	return p.message, p.repeated, nil
}

// serve appends what waits in a lane until nothing does.
func (s *Store) serve(channelID string, ln *lane) {
	for {
		// The lane first, then the batch: whatever changed the channel in the meantime counts for it. Whoever is in the
		// lane leaves it within operationLimit.
		ln.turn <- struct{}{}
		batch := s.lanes.take(channelID, ln)
		if len(batch) > 0 {
			s.answer(channelID, batch)
		}
		<-ln.turn
		if len(batch) == 0 {
			return
		}
	}
}

func (s *Store) answer(channelID string, batch []*posting) {
	ctx, done := limited(s.life)
	defer done()
	err := translate(s.appendBatch(ctx, channelID, batch))
	for _, p := range batch {
		if p.err == nil {
			p.err = err
		}
		close(p.done)
	}
}

// appendBatch stores the postings of those who may post, in order. The error is for all that have none of their own.
func (s *Store) appendBatch(ctx context.Context, channelID string, batch []*posting) error {
	open, newest, err := s.admit(ctx, channelID, batch)
	if err != nil {
		return err
	}
	for {
		err = s.insertBatch(ctx, newest, open)
		switch {
		case err == nil:
			if err := s.count(ctx, channelID, open); err != nil {
				return err
			}
			return s.relate(ctx, channelID, open)
		case mongo.IsDuplicateKeyError(err), mongo.IsNetworkError(err) && ctx.Err() == nil:
			// Another server took the number, a key is known, or the connection broke: see what is there, and go on.
		default:
			return err
		}
		if err := s.reconcile(ctx, open); err != nil {
			return err
		}
		if newest, err = s.newestSeq(ctx, channelID); err != nil {
			return err
		}
	}
}

// admit refuses what must not be stored, and returns the rest with the number after which to go on. That is the channel's
// last_seq: it is never ahead of the messages, and where it lags behind them the insert is refused and the messages tell.
func (s *Store) admit(ctx context.Context, channelID string, batch []*posting) ([]*posting, int64, error) {
	var (
		both    sync.WaitGroup
		present map[ref]bool
		absent  error
	)
	both.Go(func() { present, absent = s.present(ctx, channelID, batch) })
	channel, err := s.findChannel(ctx, bson.D{{Key: "_id", Value: ref(channelID)}})
	both.Wait()
	if err = cmp.Or(err, absent); err != nil {
		return nil, 0, err
	}
	if channel.Archived {
		return nil, 0, chat.ErrChannelNotFound
	}
	var open []*posting
	for _, p := range batch {
		if p.guest || present[ref(p.message.UserID)] {
			open = append(open, p)
		} else {
			p.err = chat.ErrNotMember
		}
	}
	return open, channel.LastSeq, nil
}

// present returns which of the authors are members.
func (s *Store) present(ctx context.Context, channelID string, batch []*posting) (map[ref]bool, error) {
	var authors []ref
	seen := map[ref]bool{}
	for _, p := range batch {
		if author := ref(p.message.UserID); !seen[author] {
			seen[author] = true
			authors = append(authors, author)
		}
	}
	members, err := all[memberDoc](ctx, s.members,
		bson.D{{Key: "channel_id", Value: ref(channelID)}, {Key: "user_id", Value: bson.D{{Key: "$in", Value: authors}}}},
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "user_id", Value: 1}}))
	present := make(map[ref]bool, len(members))
	for _, m := range members {
		present[m.UserID] = true
	}
	return present, err
}

func (s *Store) newestSeq(ctx context.Context, channelID string) (int64, error) {
	doc, err := one[messageDoc](ctx, s.messages, bson.D{{Key: "channel_id", Value: ref(channelID)}},
		options.FindOne().SetSort(bson.D{{Key: "seq", Value: -1}}).SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "seq", Value: 1}}))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, nil
	}
	return doc.Seq, translate(err)
}

// insertBatch stores what has no number yet under the numbers after newest. The server stops at the first that it refuses,
// so that no number is left out.
func (s *Store) insertBatch(ctx context.Context, newest int64, open []*posting) error {
	var docs []any
	var sent []*posting
	for _, p := range open {
		if p.settled() {
			continue
		}
		newest++
		doc := newMessageDoc(p.message)
		doc.Seq = newest
		docs, sent = append(docs, doc), append(sent, p)
	}
	if len(docs) == 0 {
		return nil
	}
	_, err := s.messages.InsertMany(ctx, docs)
	stored := len(docs)
	var refused mongo.BulkWriteException
	if errors.As(err, &refused) && len(refused.WriteErrors) > 0 {
		stored = refused.WriteErrors[0].Index
	} else if err != nil {
		stored = 0
	}
	for i, p := range sent {
		if i < stored {
			p.message.Seq = docs[i].(messageDoc).Seq
		} else if mongo.IsNetworkError(err) {
			p.unsure = true
		}
	}
	return err
}
