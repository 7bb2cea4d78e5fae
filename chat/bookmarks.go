package chat

import (
	"context"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// ToggleBookmark bookmarks a message that the actor may see, or takes their bookmark away, and reports whether there is
// one now. Nobody else learns of it.
func (s *Service) ToggleBookmark(ctx context.Context, actor accounts.User, messageID string) (bookmarked bool, err error) {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return false, err
	}
	now := s.now()
	bookmarked, err = s.store.ToggleBookmark(ctx, Bookmark{
		ID: id.New(now), UserID: actor.ID, MessageID: m.ID, ChannelID: m.ChannelID, CreatedAt: now,
	})
	return bookmarked, orMessage(err)
}

// SetBookmark is ToggleBookmark for who names the state: a message that is in it already stays as it is.
func (s *Service) SetBookmark(ctx context.Context, actor accounts.User, messageID string, bookmarked bool) error {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return err
	}
	found, err := s.store.BookmarkedBy(ctx, actor.ID, []string{m.ID})
	if err != nil || len(found) > 0 == bookmarked {
		return err
	}
	_, err = s.ToggleBookmark(ctx, actor, messageID)
	return err
}

// Bookmarks lists up to limit of the actor's bookmarks, the newest first, before the bookmark whose id is the cursor, ""
// for the newest. Messages that the actor may not see any more are left out; with a place in their channel they come back.
func (s *Service) Bookmarks(ctx context.Context, actor accounts.User, cursor string, limit int) ([]Bookmarked, error) {
	if cursor != "" && !id.Valid(cursor) {
		return nil, fault.Field("cursor", "INVALID_CURSOR", "This is not the cursor of a list of bookmarks.")
	}
	found, err := s.store.Bookmarks(ctx, actor.ID, cursor, limit)
	for i := range found {
		s.refresh(&found[i].Message)
	}
	return found, err
}

// TogglePin pins a message in its channel, or unpins it. Every member may. It returns the message as it is after that.
func (s *Service) TogglePin(ctx context.Context, actor accounts.User, messageID string) (Message, error) {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return Message{}, err
	}
	m, err = s.store.TogglePin(context.WithoutCancel(ctx), m.ID, actor.ID, s.now())
	if err != nil {
		return Message{}, orMessage(err)
	}
	s.refresh(&m)
	// Who cannot be read is told of by id alone: the pin stands, and the others must know.
	author, err := s.user(context.WithoutCancel(ctx), m.UserID)
	if err != nil {
		author = accounts.User{ID: m.UserID}
	}
	s.events.Publish(channelTopic(m.ChannelID), MessageUpdated{Message: m, Author: author, Pinner: s.pinner(ctx, m)})
	return m, nil
}

// SetPin is TogglePin for who names the state: a message that is in it already stays as it is.
func (s *Service) SetPin(ctx context.Context, actor accounts.User, messageID string, pinned bool) error {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil || !m.PinnedAt.IsZero() == pinned {
		return err
	}
	_, err = s.TogglePin(ctx, actor, messageID)
	return err
}

// pinner returns who pinned a message, nobody where it is not pinned or they cannot be read.
func (s *Service) pinner(ctx context.Context, m Message) accounts.User {
	if m.PinnedBy == "" {
		return accounts.User{}
	}
	who, err := s.user(context.WithoutCancel(ctx), m.PinnedBy)
	if err != nil {
		return accounts.User{}
	}
	return who
}

// Pins returns the pinned messages of a channel that the actor is in, the one that was pinned last first, MaxPins at most.
func (s *Service) Pins(ctx context.Context, actor accounts.User, channelID string) ([]Message, error) {
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return nil, err
	}
	pins, err := s.store.Pins(ctx, c.ID)
	for i := range pins {
		s.refresh(&pins[i])
	}
	return pins, err
}

// Versions returns the texts of a message that the actor may see, the oldest first and the one that stands last. Of the
// former ones the newest MaxVersions are kept.
func (s *Service) Versions(ctx context.Context, actor accounts.User, messageID string) ([]Version, error) {
	m, _, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return nil, err
	}
	versions, err := s.store.FormerTexts(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		versions[i].HTML = s.render(v.Content)
	}
	current := Version{Content: m.Content, HTML: m.HTML, WrittenAt: m.EditedAt}
	if m.EditedAt.IsZero() {
		current.WrittenAt = m.CreatedAt
	}
	return append(versions, current), nil
}
