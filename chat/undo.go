package chat

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// How long a message can be taken back after it was sent. What is offered is a little less than what is taken, which leaves
// time for the way.
const (
	UndoOffer = 10 * time.Second
	undoTime  = 15 * time.Second
)

var errTooLate = fault.New(fault.Conflict, "TOO_LATE", "It is too late to take this message back. You can still delete it.")

// UndoMessage takes back a message of the actor's that was sent a moment ago, and returns it as it was. Its files wait for
// another message then, as those do that were just uploaded.
func (s *Service) UndoMessage(ctx context.Context, actor accounts.User, messageID string) (Message, error) {
	m, _, err := s.visible(ctx, actor, messageID)
	now := s.now()
	if err == nil && m.UserID != actor.ID {
		err = errMessage
	}
	if err == nil && now.Sub(m.CreatedAt) > undoTime {
		err = errTooLate
	}
	if err != nil {
		return Message{}, err
	}
	gone, err := s.store.TakeBackMessage(context.WithoutCancel(ctx), messageID, actor.ID, now, now.Add(UploadLife))
	if err != nil {
		return Message{}, orMessage(err)
	}
	s.tellDeleted(ctx, gone)
	return m, nil
}
