package chat

import (
	"context"

	"pegasus/accounts"
)

// Rehearse returns what a message of the actor would look like in a channel that they are in, and posts nothing. What it
// would mention is marked.
func (s *Service) Rehearse(ctx context.Context, actor accounts.User, channelID, content string) (html string, err error) {
	c, place, err := s.member(ctx, actor, channelID)
	if err == nil {
		content, err = s.checkContent(ctx, content, false)
	}
	if err != nil {
		return "", err
	}
	text, err := s.compose(ctx, actor, c, place, content, "")
	return text.html, err
}
