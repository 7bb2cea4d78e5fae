package chat

import (
	"context"
	"slices"
	"time"
)

// keptFrom is the time from which on messages are kept that are kept for so many days.
func (s *Service) keptFrom(days int) time.Time {
	return s.now().Add(-time.Duration(days) * 24 * time.Hour)
}

// outlives reports whether a message stays for what was replied to it since.
func (m Message) outlives(before time.Time) bool {
	return m.ReplyCount > 0 && !m.LastReplyAt.Before(before)
}

// countOld adds what is to be removed from a channel.
func (s *Service) countOld(ctx context.Context, c Channel, days int, loss *Loss) error {
	if days == 0 || c.LastSeq == 0 {
		return nil
	}
	before, found := s.keptFrom(days), false
	_, err := s.eachOld(ctx, c.ID, 0, before, func(old []Message) (more bool, err error) {
		for _, m := range old {
			if m.outlives(before) {
				continue
			}
			if loss.Messages == maxPreviewed {
				loss.More = true
				return false, nil
			}
			if !found {
				loss.Channels, found = loss.Channels+1, true
			}
			loss.Messages, loss.Files = loss.Messages+1, loss.Files+len(m.Attachments)
		}
		return true, nil
	})
	return err
}

// eachOld calls visit with the messages of a channel that were stored before a time, after a number, the oldest first and
// maxOldPage at once, until visit wants no more or one is met that is younger; of that it reports whether it was so. Where the
// first is younger it has read no other.
func (s *Service) eachOld(
	ctx context.Context, channelID string, after int64, before time.Time, visit func(old []Message) (more bool, err error),
) (through bool, err error) {
	young := func(m Message) bool { return !m.CreatedAt.Before(before) }
	for limit := 1; ; limit = maxOldPage {
		page, err := s.store.Messages(ctx, channelID, Page{From: after + 1, Limit: limit})
		if err != nil || len(page) == 0 {
			return err == nil, err
		}
		old := page
		if i := slices.IndexFunc(page, young); i >= 0 {
			old = page[:i]
		}
		if limit == 1 && len(old) == 1 {
			continue // whole pages from here on
		}
		if len(old) > 0 {
			if more, err := visit(old); err != nil || !more {
				return false, err
			}
		}
		if len(old) < limit {
			return true, nil
		}
		after = old[len(old)-1].Seq
	}
}
