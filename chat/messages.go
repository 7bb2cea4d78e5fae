package chat

import (
	"context"
	"slices"
	"strconv"
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
	// AlsoChannel puts a reply in full into its channel too, for who may post there. It is for replies alone.
	AlsoChannel bool
	Key         string // an idempotency key, "" for none
	Zone        string // the author's time zone by its IANA name, for commands that take a time; "" is UTC
	// Attachments are uploads of one's own, which the message takes. With some the text may be empty.
	Attachments []AttachmentRef
	// Hook says that a bot posts for a webhook that a keeper of the channel has set up there; nil elsewhere.
	Hook *ByHook

	saved bool // it was written in the box of its place, whose saved draft it ends
}

const maxKey = 128

// PostMessage appends a message to a channel that the actor is in. Sent again with the same key it changes nothing and
// returns the first message; with the same key and another text it is a Mismatch. In a conversation where everybody else is
// kept out it is Forbidden with code RECIPIENT_UNAVAILABLE.
func (s *Service) PostMessage(ctx context.Context, actor accounts.User, channelID string, d Draft) (Message, error) {
	content, err := s.checkContent(ctx, d.Content, len(d.Attachments) > 0)
	if err == nil {
		err = checkKey(d.Key)
	}
	if err != nil {
		return Message{}, err
	}
	c, place, err := s.author(ctx, actor, channelID, d)
	if err == nil && c.IsDirect() {
		err = s.available(ctx, actor, c)
	}
	if err == nil {
		// Who keeps the channel has let the webhook speak where others may not.
		err = MayPost(actor, c, place, d.ParentID != "" && !d.AlsoChannel || d.Hook != nil, s.now())
	}
	if err != nil {
		return Message{}, err
	}
	if d.ParentID, err = s.parent(ctx, channelID, d.ParentID); err != nil {
		return Message{}, err
	}
	attachments, err := s.attachments(ctx, actor, d.Attachments)
	if err != nil {
		return Message{}, err
	}
	called, guise := c, Guise{}
	if d.Hook != nil {
		called, guise = d.Hook.within(c), d.Hook.Guise
	}
	text, err := s.compose(ctx, actor, called, place, content, "")
	if err != nil {
		return Message{}, err
	}
	now := s.now()
	// From here on a client that goes away changes nothing: what is stored must be told to the others.
	m, repeated, err := s.store.AppendMessage(context.WithoutCancel(ctx), Message{
		ID: id.New(now), ChannelID: channelID, UserID: actor.ID, Content: content, HTML: text.html,
		Renderer: s.renderer, ParentID: d.ParentID, ClientKey: d.Key, CreatedAt: now, UpdatedAt: now,
		Attachments: attachments, Mentions: text.mentions, Guise: guise, AlsoChannel: d.AlsoChannel && d.ParentID != "",
		Guest: d.Hook != nil && d.Hook.Guest,
	})
	if fault.Is(err, fault.NotFound) {
		return Message{}, errChannel // left, removed or archived since the look above
	}
	if err != nil {
		return Message{}, err
	}
	if d.saved { // before anybody sees the message: its author may go on from another device at once
		s.endDraft(context.WithoutCancel(ctx), actor, channelID, d.ParentID)
	}
	if repeated {
		return repeatedMessage(m, channelID, content, d.ParentID, attachments)
	}
	s.stopTyping(channelID, actor)
	if c.IsDirect() {
		// The message is stored: where this fails, the others find the conversation with their next look.
		_ = s.reveal(context.WithoutCancel(ctx), c, m.Seq)
	}
	s.events.Publish(channelTopic(channelID), MessagePosted{Message: m, Author: actor})
	s.tellConcerned(context.WithoutCancel(ctx), c, m, actor, text.mentions)
	s.previewLater(c, m)
	if s.posted != nil {
		s.posted(context.WithoutCancel(ctx), Posted{Channel: c, Message: m, Author: actor})
	}
	return m, nil
}

// author is member for who posts a draft. A guest who is no member gets a place without powers that is stored nowhere.
func (s *Service) author(ctx context.Context, actor accounts.User, channelID string, d Draft) (Channel, Member, error) {
	if d.Hook == nil || !d.Hook.Guest {
		return s.member(ctx, actor, channelID)
	}
	c, place, err := s.store.Membership(ctx, channelID, actor.ID)
	if fault.Is(err, fault.NotFound) {
		place = Member{ChannelID: channelID, UserID: actor.ID, Role: RoleBot}
		c, err = s.store.Channel(ctx, channelID)
	}
	if fault.Is(err, fault.NotFound) {
		err = errChannel
	}
	return c, place, err
}

func checkKey(key string) error {
	if len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fault.Field("client_id", "INVALID_KEY", "An idempotency key has at most 128 visible ASCII characters.")
	}
	return nil
}

// repeatedMessage answers a retry with what the first attempt stored, edited or not.
func repeatedMessage(m Message, channelID, content, parentID string, attachments []Attachment) (Message, error) {
	same := m.ChannelID == channelID && m.ParentID == parentID && (m.Deleted ||
		(m.Content == content || !m.EditedAt.IsZero()) && slices.EqualFunc(m.Attachments, attachments, sameFile))
	if !same {
		return Message{}, fault.New(fault.Mismatch, "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for another message.")
	}
	return m, nil
}

// sameFile reports whether two attachments may be the same file, sent again with its form.
func sameFile(a, b Attachment) bool { return a.Name == b.Name && a.Size == b.Size && a.Type == b.Type }

// checkContent returns a message's text in the form in which it is stored. Beside files it may be empty.
func (s *Service) checkContent(ctx context.Context, content string, files bool) (string, error) {
	most, err := s.MaxMessage(ctx)
	if err != nil {
		return "", err
	}
	content = strings.TrimRight(strings.ReplaceAll(content, "\r\n", "\n"), " \t\n")
	switch {
	case strings.TrimSpace(content) == "" && files:
		return "", nil
	case strings.TrimSpace(content) == "":
		return "", fault.Field("content", "CONTENT_REQUIRED", "A message cannot be empty.")
	case !utf8.ValidString(content) || strings.ContainsRune(content, 0):
		return "", fault.Field("content", "INVALID_CONTENT", "A message must be valid text.")
	case utf8.RuneCountInString(content) > most:
		return "", fault.Field("content", "CONTENT_TOO_LONG", "A message has at most "+strconv.Itoa(most)+" characters.")
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

// refresh renders a message anew that another version rendered, or a system before this one stored as text alone. The
// mentions stay those that were marked when it was written.
func (s *Service) refresh(m *Message) {
	if m.Renderer != s.renderer && !m.Deleted {
		former := m.HTML
		m.HTML = s.renderMentions(m.Content, func(name string) bool { return strings.Contains(former, mentionMark(name)) })
		m.Renderer = s.renderer
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
	former, place, err := s.visible(ctx, actor, messageID)
	if err == nil && !MayEdit(actor, former) {
		err = errMessage
	}
	var c Channel
	if err == nil {
		c, err = s.store.Channel(ctx, former.ChannelID)
	}
	if err == nil {
		err = MayPost(actor, c, place, true, s.now()) // what stands already can be put right by its author
	}
	if err == nil {
		content, err = s.checkContent(ctx, content, len(former.Attachments) > 0)
	}
	if err != nil {
		return Message{}, err
	}
	text, err := s.compose(ctx, actor, c, place, content, crowdOf(former.HTML))
	if err != nil {
		return Message{}, err
	}
	ctx = context.WithoutCancel(ctx)
	m, err := s.store.EditMessage(ctx, messageID, actor.ID, content, text.html, s.renderer, s.now())
	if fault.Is(err, fault.NotFound) {
		return Message{}, errMessage
	}
	if err != nil {
		return Message{}, err
	}
	s.events.Publish(channelTopic(m.ChannelID), MessageUpdated{Message: m, Author: actor, Pinner: s.pinner(ctx, m)})
	s.meansElse(ctx, m)
	s.previewLater(c, m)
	if !mayMention(former.Content) && !mayMention(content) {
		return m, nil
	}
	// Where this fails the text stands already, and the same edit again makes up for it.
	added, err := s.store.SetMentions(ctx, m.ID, text.mentions, text.sameCrowd)
	s.tellMentioned(m, actor, text.mentions, added)
	return m, orMessage(err)
}

// DeleteMessage deletes one of the actor's own messages, or anyone's where the actor keeps order: moderators and
// admins of the workspace, admins of the channel.
func (s *Service) DeleteMessage(ctx context.Context, actor accounts.User, messageID string) error {
	seen, place, err := s.visible(ctx, actor, messageID)
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
	if len(seen.Attachments) > 0 {
		s.wakeRemoval()
	}
	s.tellDeleted(ctx, m)
	if m.UserID != actor.ID {
		s.record(ctx, accounts.Event{
			Action: accounts.ActionMessageRemoved, ActorID: actor.ID, UserID: m.UserID,
			Details: map[string]string{"channel": m.ChannelID, "message": m.ID},
		})
	}
	return nil
}

func (s *Service) tellDeleted(ctx context.Context, m Message) {
	s.events.Publish(channelTopic(m.ChannelID), MessageDeleted{ChannelID: m.ChannelID, MessageID: m.ID, Seq: m.Seq})
	if m.ParentID != "" {
		s.tellThread(context.WithoutCancel(ctx), m.ParentID)
	}
}

// History is a part of a channel as one of its members reads it.
type History struct {
	Channel  Channel
	Member   Member
	Messages []Message // in ascending order
	Marks    map[string]Marks
}

// Cut asks for a part of a history by the ids of messages; at most one is set. Limit is clamped to 1..MaxPage.
type Cut struct {
	Before, After, Around string
	Newest                bool // of a thread: with no bound the newest replies, not the first
	Limit                 int
}

// History returns a part of a channel that the actor is in.
func (s *Service) History(ctx context.Context, actor accounts.User, channelID string, cut Cut) (History, error) {
	c, m, err := s.member(ctx, actor, channelID)
	if err != nil {
		return History{}, err
	}
	page, err := s.page(ctx, channelID, cut)
	if err != nil {
		return History{}, err
	}
	messages, err := s.store.Messages(ctx, channelID, page)
	if err != nil {
		return History{}, err
	}
	for i := range messages {
		s.refresh(&messages[i])
	}
	marks, err := s.Marks(ctx, actor, messages)
	return History{Channel: c, Member: m, Messages: messages, Marks: marks}, err
}

// page returns what a cut means in a channel.
func (s *Service) page(ctx context.Context, channelID string, cut Cut) (page Page, err error) {
	page.Limit = min(max(cut.Limit, 1), MaxPage)
	for _, bound := range []struct {
		field, id string
		seq       *int64
	}{{"before", cut.Before, &page.Before}, {"after", cut.After, &page.After}, {"around", cut.Around, &page.Around}} {
		if bound.id == "" {
			continue
		}
		if *bound.seq, err = s.seqOf(ctx, channelID, bound.field, bound.id); err != nil {
			return Page{}, err
		}
	}
	return page, nil
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
