package sqlite

import (
	"context"

	"pegasus/chat"
)

// MarkUnread implements chat.UnreadStore.
func (s *Store) MarkUnread(
	ctx context.Context, channelID, userID string, seq int64,
) (c chat.Channel, m chat.Member, err error) {
	err = s.writer.writeLight(ctx, func(b *batch) error {
		c, m, err = b.markUnread(place{channelID, userID}, max(0, seq-1))
		return err
	})
	return c, m, err
}

func (b *batch) markUnread(p place, mark int64) (chat.Channel, chat.Member, error) {
	c, err := b.channel(p.channel)
	if err != nil {
		return chat.Channel{}, chat.Member{}, err
	}
	m, err := b.member(p)
	if err != nil {
		return chat.Channel{}, chat.Member{}, err
	}
	if mark < m.LastReadSeq {
		var own int64
		if err := b.row(countOwn, p.user, p.channel, mark).Scan(&own); err != nil {
			return chat.Channel{}, chat.Member{}, err
		}
		m.LastReadSeq, m.OwnUnread, m.dirty = mark, own, true
	}
	return c.Channel, m.Member, nil
}

// UnreadPlaces implements chat.UnreadStore.
func (s *Store) UnreadPlaces(ctx context.Context, userID string, limit int) ([]chat.Joined, error) {
	return list(ctx, s.reads[readUnreadPlaces], scanJoined, userID, max(0, limit))
}

// MessagesAfter implements chat.UnreadStore.
func (s *Store) MessagesAfter(ctx context.Context, after map[string]int64, span int64) ([]chat.Message, error) {
	return list(ctx, s.reads[readMessagesAfter], scanMessage, document{after}, span)
}

// suspect is a member as the check of unread counts finds them.
type suspect struct {
	place
	wrong    bool
	mentions int
}

// RecountUnread implements chat.UnreadStore. It counts beside the writer, which counts again where something is wrong.
func (s *Store) RecountUnread(ctx context.Context, afterChannel, afterUser string, limit int) (chat.Recount, error) {
	found, err := list(ctx, s.reads[readSuspects], func(r row) (one suspect, err error) {
		err = r.Scan(&one.channel, &one.user, &one.wrong, &one.mentions)
		return one, err
	}, afterChannel, afterUser, max(1, limit))
	step := chat.Recount{Checked: len(found)}
	if err != nil {
		return chat.Recount{}, err
	}
	for _, one := range found {
		if !one.wrong && one.mentions == 0 {
			continue
		}
		if err := s.mend(ctx, one.place, &step); err != nil {
			return chat.Recount{}, err
		}
	}
	if len(found) == limit {
		step.ChannelID, step.UserID = found[limit-1].channel, found[limit-1].user
	}
	return step, nil
}

func (s *Store) mend(ctx context.Context, p place, step *chat.Recount) error {
	var counts, mentions int64
	err := s.writer.write(ctx, func(b *batch) (err error) {
		b.changed.members = append(b.changed.members, p)
		if counts, err = b.affected(recountOwn, p.channel, p.user); err != nil {
			return err
		}
		mentions, err = b.affected(deleteEmptyMentions, p.channel, p.user)
		return err
	})
	if err == nil {
		step.Counts, step.Mentions = step.Counts+int(counts), step.Mentions+int(mentions)
	}
	return err
}
