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

// UndoMessage takes back a message of the actor's that was sent a moment ago, and returns its text.
func (s *Service) UndoMessage(ctx context.Context, actor accounts.User, messageID string) (content string, err error) {
	m, _, err := s.visible(ctx, actor, messageID)
	if err == nil && m.UserID != actor.ID {
		err = errMessage
	}
	if err == nil && s.now().Sub(m.CreatedAt) > undoTime {
		err = errTooLate
	}
	if err != nil {
		return "", err
	}
	return m.Content, s.DeleteMessage(ctx, actor, messageID)
}
