package chat

import (
	"context"
	"sort"
	"time"

	"pegasus/accounts"
)

// MessageFrom returns the first message that was written in a channel at a time or after it, the newest one where there is
// none. It makes as many reads as the number of the newest message has binary digits. In a channel without messages it is
// not found.
func (s *Service) MessageFrom(ctx context.Context, actor accounts.User, channelID string, at time.Time) (Message, error) {
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return Message{}, err
	}
	var first Message
	read := func(page Page) (found []Message) {
		if err == nil {
			page.Limit = 1
			found, err = s.store.Messages(ctx, channelID, page)
		}
		return found
	}
	sort.Search(int(c.LastSeq), func(seq int) bool {
		found := read(Page{From: int64(seq) + 1})
		if len(found) > 0 && found[0].CreatedAt.Before(at) {
			return false
		}
		if len(found) > 0 {
			first = found[0]
		}
		return true
	})
	if first.ID == "" {
		if newest := read(Page{}); len(newest) > 0 {
			first = newest[0]
		}
	}
	if err == nil && first.ID == "" {
		err = errMessage
	}
	return first, err
}
