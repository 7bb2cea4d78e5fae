package chat

import (
	"context"
	"strings"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Draft is a message that a person wants to post.
type Draft struct {
	Content  string
	ParentID string // the message it replies to, "" for none
	Key      string // an idempotency key, "" for none
}

const maxKey = 128

// PostMessage appends a message to a channel that the actor is in. Sent again with the same key it changes nothing and
// returns the first message; with the same key and another text it is a Mismatch.
func (s *Service) PostMessage(ctx context.Context, actor accounts.User, channelID string, d Draft) (Message, error) {
	content, err := checkContent(d.Content)
	if err != nil {
		return Message{}, err
	}
	if len(d.Key) > maxKey || strings.ContainsFunc(d.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Message{}, fault.Field("client_id", "INVALID_KEY", "An idempotency key has at most 128 visible ASCII characters.")
	}
	if _, _, err := s.member(ctx, actor, channelID); err != nil {
		return Message{}, err
	}
	if err := s.checkParent(ctx, channelID, d.ParentID); err != nil {
		return Message{}, err
	}
	now := s.now()
	// From here on a client that goes away changes nothing: what is stored must be told to the others.
	m, repeated, err := s.store.AppendMessage(context.WithoutCancel(ctx), Message{
		ID: id.New(now), ChannelID: channelID, UserID: actor.ID, Content: content, HTML: s.render(content),
		Renderer: s.renderer, ParentID: d.ParentID, ClientKey: d.Key, CreatedAt: now, UpdatedAt: now,
	})
	if fault.Is(err, fault.NotFound) {
		return Message{}, errChannel // left, removed or archived since the look above
	}
	if err != nil {
		return Message{}, err
	}
	if repeated {
		return repeatedMessage(m, channelID, content, d.ParentID)
	}
	s.stopTyping(channelID, actor)
	s.events.Publish(channelTopic(channelID), MessagePosted{Message: m, Author: actor})
	return m, nil
}

// repeatedMessage answers a retry with what the first attempt stored, edited or not.
func repeatedMessage(m Message, channelID, content, parentID string) (Message, error) {
	same := m.ChannelID == channelID && m.ParentID == parentID && (m.Content == content || !m.EditedAt.IsZero() || m.Deleted)
	if !same {
		return Message{}, fault.New(fault.Mismatch, "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for another message.")
	}
	return m, nil
}

func (s *Service) checkParent(ctx context.Context, channelID, parentID string) error {
	if parentID == "" {
		return nil
	}
	bad := fault.Field("parent_message_id", "INVALID_PARENT", "The message that this one replies to is not in this channel.")
	if !id.Valid(parentID) {
		return bad
	}
	parent, err := s.store.Message(ctx, parentID)
	if fault.Is(err, fault.NotFound) || err == nil && (parent.ChannelID != channelID || parent.Deleted) {
		return bad
	}
	return err
}

// checkContent returns a message's text in the form in which it is stored.
func checkContent(content string) (string, error) {
	content = strings.TrimRight(strings.ReplaceAll(content, "\r\n", "\n"), " \t\n")
	switch {
	case strings.TrimSpace(content) == "":
		return "", fault.Field("content", "CONTENT_REQUIRED", "A message cannot be empty.")
	case !utf8.ValidString(content) || strings.ContainsRune(content, 0):
		return "", fault.Field("content", "INVALID_CONTENT", "A message must be valid text.")
	case utf8.RuneCountInString(content) > MaxMessage:
		return "", fault.Field("content", "CONTENT_TOO_LONG", "A message has at most 2000 characters.")
	}
	return content, nil
}

// Message returns a message that the actor may see.
func (s *Service) Message(ctx context.Context, actor accounts.User, messageID string) (Message, error) {
	m, _, err := s.visible(ctx, actor, messageID)
	return m, err
}

// visible finds a message through the actor's place in its channel: what is not theirs to see is not there.
func (s *Service) visible(ctx context.Context, actor accounts.User, messageID string) (Message, Member, error) {
	if !id.Valid(messageID) {
		return Message{}, Member{}, errMessage
	}
	m, err := s.store.Message(ctx, messageID)
	if fault.Is(err, fault.NotFound) || err == nil && m.Deleted {
		return Message{}, Member{}, errMessage
	}
	if err != nil {
		return Message{}, Member{}, err
	}
	s.refresh(&m)
	_, place, err := s.store.Membership(ctx, m.ChannelID, actor.ID)
	if fault.Is(err, fault.NotFound) {
		return Message{}, Member{}, errMessage
	}
	return m, place, err
}

// refresh renders a message anew that another version rendered, or a system before this one stored as text alone.
func (s *Service) refresh(m *Message) {
	if m.Renderer != s.renderer && !m.Deleted {
		m.HTML, m.Renderer = s.render(m.Content), s.renderer
	}
}

// MayEdit reports whether a member may change the text of a message that they see.
func MayEdit(actor accounts.User, m Message) bool { return m.UserID == actor.ID }

// MayDelete reports whether a member may delete a message that they see: their own, or anyone's where they keep order.
func MayDelete(actor accounts.User, place Member, m Message) bool {
	return m.UserID == actor.ID || KeepsOrder(actor, place)
}

// EditMessage replaces the text of one of the actor's own messages.
func (s *Service) EditMessage(ctx context.Context, actor accounts.User, messageID, content string) (Message, error) {
	content, err := checkContent(content)
	if err != nil {
		return Message{}, err
	}
	m, _, err := s.visible(ctx, actor, messageID)
	if err == nil && !MayEdit(actor, m) {
		err = errMessage
	}
	if err != nil {
		return Message{}, err
	}
	m, err = s.store.EditMessage(context.WithoutCancel(ctx), messageID, actor.ID, content, s.render(content), s.renderer, s.now())
	if fault.Is(err, fault.NotFound) {
		return Message{}, errMessage
	}
	if err != nil {
		return Message{}, err
	}
	s.events.Publish(channelTopic(m.ChannelID), MessageUpdated{Message: m, Author: actor})
	return m, nil
}

// DeleteMessage deletes one of the actor's own messages, or anyone's where the actor keeps order: moderators and
// admins of the workspace, admins of the channel.
func (s *Service) DeleteMessage(ctx context.Context, actor accounts.User, messageID string) error {
	_, place, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return err
	}
	author := actor.ID
	if KeepsOrder(actor, place) {
		author = ""
	}
	m, err := s.store.DeleteMessage(context.WithoutCancel(ctx), messageID, author, s.now())
	if fault.Is(err, fault.NotFound) {
		return errMessage
	}
	if err != nil {
		return err
	}
	s.events.Publish(channelTopic(m.ChannelID), MessageDeleted{ChannelID: m.ChannelID, MessageID: m.ID, Seq: m.Seq})
	return nil
}

// History is a part of a channel as one of its members reads it.
type History struct {
	Channel  Channel
	Member   Member
	Messages []Message // in ascending order
}

// Cut asks for a part of a history by the ids of messages; at most one is set. Limit is clamped to 1..MaxPage.
type Cut struct {
	Before, After, Around string
	Limit                 int
}

// History returns a part of a channel that the actor is in.
func (s *Service) History(ctx context.Context, actor accounts.User, channelID string, cut Cut) (History, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err != nil {
		return History{}, err
	}
	page := Page{Limit: min(max(cut.Limit, 1), MaxPage)}
	for _, bound := range []struct {
		field, id string
		seq       *int64
	}{{"before", cut.Before, &page.Before}, {"after", cut.After, &page.After}, {"around", cut.Around, &page.Around}} {
		if bound.id == "" {
			continue
		}
		if *bound.seq, err = s.seqOf(ctx, channelID, bound.field, bound.id); err != nil {
			return History{}, err
		}
	}
	messages, err := s.store.Messages(ctx, channelID, page)
	for i := range messages {
		s.refresh(&messages[i])
	}
	return History{Channel: c, Member: m, Messages: messages}, err
}

// seqOf returns the number of a message of this channel, deleted ones included: a reader may stand at one.
func (s *Service) seqOf(ctx context.Context, channelID, field, messageID string) (int64, error) {
	unknown := fault.Field(field, "UNKNOWN_MESSAGE", "There is no such message in this channel.")
	if !id.Valid(messageID) {
		return 0, unknown
	}
	m, err := s.store.Message(ctx, messageID)
	if fault.Is(err, fault.NotFound) || err == nil && m.ChannelID != channelID {
		return 0, unknown
	}
	return m.Seq, err
}
