package plugins

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pegasus/accounts"
	"pegasus/excerpt"
	"pegasus/fault"
	"pegasus/id"
)

var errTooManyTalks = fault.New(fault.Conflict, "TOO_MANY_CONVERSATIONS", "There are 100 conversations about this plugin already. Please go on in one of them.")

// cleanAsk returns what a person asks, without anything that shows nothing.
func cleanAsk(text string) (string, error) {
	text = strings.TrimSpace(norm.NFC.String(plainLines(text)))
	switch {
	case text == "":
		return "", fault.Field("message", "MESSAGE_REQUIRED", "Please say what you want.")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "", fault.Field("message", "INVALID_MESSAGE", "Please use plain visible characters.")
	case utf8.RuneCountInString(text) > MaxAsk:
		return "", fault.Field("message", "MESSAGE_TOO_LONG", "A message has at most 8,000 characters.")
	}
	return text, nil
}

// titleOf names a conversation by how it began.
func titleOf(ask string) string {
	line, _, _ := strings.Cut(ask, "\n")
	return excerpt.Line(line, MaxTitle)
}

// Conversations returns the actor's about a plugin of theirs, the one that was changed last first.
func (s *Service) Conversations(ctx context.Context, actor accounts.User, pluginID string) ([]Conversation, error) {
	if _, err := s.own(ctx, actor, pluginID); err != nil {
		return nil, err
	}
	return s.store.PluginConversations(ctx, pluginID, actor.ID, MaxConversations)
}

// Conversation returns one of the actor's.
func (s *Service) Conversation(ctx context.Context, actor accounts.User, id string) (Conversation, error) {
	c, err := s.store.Conversation(ctx, id)
	if err == nil && c.UserID != actor.ID {
		return Conversation{}, ErrConversationNotFound
	}
	return c, err
}

// DeleteConversation deletes a conversation of the actor's with all that was said in it. An answer under way there is stopped first,
// and changes nothing: where it does not end it is ErrAsking, and all stays. Versions that came of the conversation stay, and what it
// used stays counted.
func (s *Service) DeleteConversation(ctx context.Context, actor accounts.User, id string) error {
	c, err := s.Conversation(ctx, actor, id)
	if err != nil {
		return err
	}
	p, err := s.store.Plugin(ctx, c.PluginID)
	if err != nil {
		return err
	}
	if p.Asking != "" {
		e, err := s.store.Exchange(ctx, p.Asking)
		if err == nil && e.ConversationID == c.ID {
			if e, err = s.Stop(ctx, actor, e.ID); err == nil && e.State == Answering {
				err = ErrAsking
			}
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if err := s.store.DeleteConversation(context.WithoutCancel(ctx), c.ID); err != nil {
		return err
	}
	if p.Unseen != "" {
		if _, err := s.store.Exchange(ctx, p.Unseen); fault.Is(err, fault.NotFound) {
			s.see(ctx, p.ID, Exchange{ID: p.Unseen})
		}
	}
	s.tell(ctx, c.PluginID)
	return nil
}

// talk returns the conversation in which the actor asks: a new one for "".
func (s *Service) talk(ctx context.Context, actor accounts.User, p Plugin, conversationID, ask string) (Conversation, error) {
	if conversationID != "" {
		return s.talkAbout(ctx, actor, p, conversationID)
	}
	have, err := s.store.PluginConversations(ctx, p.ID, actor.ID, MaxConversations)
	if err != nil {
		return Conversation{}, err
	}
	if len(have) >= MaxConversations {
		return Conversation{}, errTooManyTalks
	}
	now := s.now()
	c := Conversation{ID: id.New(now), PluginID: p.ID, UserID: actor.ID, Title: titleOf(ask), CreatedAt: now, UpdatedAt: now}
	return c, s.store.CreateConversation(ctx, c)
}

// talkAbout finds a conversation of the actor's about a plugin.
func (s *Service) talkAbout(ctx context.Context, actor accounts.User, p Plugin, id string) (Conversation, error) {
	c, err := s.Conversation(ctx, actor, id)
	if err == nil && c.PluginID != p.ID {
		return Conversation{}, ErrConversationNotFound
	}
	return c, err
}

// Exchanges returns those of a conversation of the actor's with an id below before ("" for no bound), the newest first.
// The actor has seen them then.
func (s *Service) Exchanges(ctx context.Context, actor accounts.User, conversationID, before string, limit int) ([]Exchange, error) {
	c, err := s.Conversation(ctx, actor, conversationID)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Exchanges(ctx, conversationID, before, limit)
	for i, e := range found {
		found[i] = s.endDead(ctx, e)
	}
	s.see(ctx, c.PluginID, found...)
	return found, err
}

// Exchange returns one of the actor's, who has seen it then.
func (s *Service) Exchange(ctx context.Context, actor accounts.User, id string) (Exchange, error) {
	e, err := s.exchange(ctx, actor, id)
	if err == nil && e.State != Answering {
		s.see(ctx, e.PluginID, e)
	}
	return e, err
}

func (s *Service) exchange(ctx context.Context, actor accounts.User, id string) (Exchange, error) {
	e, err := s.store.Exchange(ctx, id)
	if err == nil && e.UserID != actor.ID {
		return Exchange{}, ErrExchangeNotFound
	}
	if err != nil {
		return Exchange{}, err
	}
	return s.endDead(ctx, e), nil
}

// endDead ends an exchange that nobody answers any more: the server that did has died.
func (s *Service) endDead(ctx context.Context, e Exchange) Exchange {
	if e.State != Answering || s.answering(e.ID) != nil || s.now().Before(e.CreatedAt.Add(maxAnswer)) {
		return e
	}
	e.State, e.Problem, e.DoneAt = Broken, errDied.Message, s.now()
	if err := s.store.SaveExchange(ctx, e); err != nil {
		s.failed(ctx, "end an answer that nobody gives", err)
	}
	return e
}
