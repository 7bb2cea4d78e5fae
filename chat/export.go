package chat

import (
	"context"

	"pegasus/accounts"
)

const exportPage = 500

// EachOwnMessage calls visit with every message that the actor wrote and that is not deleted, channel by channel in the
// order of their numbers. It reads them page by page, so that years of them need little memory.
func (s *Service) EachOwnMessage(ctx context.Context, actor accounts.User, visit func(Message) error) error {
	channel, seq := "", int64(0)
	for {
		page, err := s.store.MessagesBy(ctx, actor.ID, channel, seq, exportPage)
		if err != nil {
			return err
		}
		for _, m := range page {
			if err := visit(m); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		channel, seq = page[len(page)-1].ChannelID, page[len(page)-1].Seq
	}
}
