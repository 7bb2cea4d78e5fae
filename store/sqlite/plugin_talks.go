package sqlite

import (
	"context"
	"time"

	"pegasus/plugins"
)

const (
	pluginTalkColumns = `id, plugin_id, user_id, title, created_at, updated_at, count`
	exchangeColumns   = `id, conversation_id, plugin_id, user_id, ask, answer, state, problem, operations, build, base, version,
		rounds, usage, model, created_at, done_at`
)

// beyondIDs sorts behind every id.
const beyondIDs = "g"

func scanPluginTalk(r row) (c plugins.Conversation, err error) {
	err = r.Scan(&c.ID, &c.PluginID, &c.UserID, &c.Title, into{&c.CreatedAt}, into{&c.UpdatedAt}, &c.Count)
	return c, err
}

func scanExchange(r row) (e plugins.Exchange, err error) {
	err = r.Scan(&e.ID, &e.ConversationID, &e.PluginID, &e.UserID, &e.Ask, &e.Answer, &e.State, &e.Problem, document{&e.Operations},
		built{&e.Build}, &e.Base, &e.Version, &e.Rounds, document{&e.Usage}, &e.Model, into{&e.CreatedAt}, into{&e.DoneAt})
	return e, err
}

// CreateConversation implements plugins.ConversationStore.
func (s *Store) CreateConversation(ctx context.Context, c plugins.Conversation) error {
	return s.writer.write(ctx, func(b *batch) error {
		return b.exec(insertPluginTalk, c.ID, c.PluginID, c.UserID, c.Title, millis(c.CreatedAt), millis(c.UpdatedAt), c.Count)
	})
}

// Conversation implements plugins.ConversationStore.
func (s *Store) Conversation(ctx context.Context, id string) (plugins.Conversation, error) {
	c, err := scanPluginTalk(s.row(ctx, readPluginTalk, id))
	return c, orMissing(err, plugins.ErrConversationNotFound)
}

// PluginConversations implements plugins.ConversationStore.
func (s *Store) PluginConversations(ctx context.Context, pluginID, userID string, limit int) ([]plugins.Conversation, error) {
	return list(ctx, s.reads[readPluginTalks], scanPluginTalk, pluginID, userID, max(0, limit))
}

// DeleteConversation implements plugins.ConversationStore.
func (s *Store) DeleteConversation(ctx context.Context, id string) error {
	return s.writer.write(ctx, func(b *batch) error {
		for _, which := range []write{releasePluginTalk, deletePluginTalkExchanges, deletePluginTalk} {
			if err := b.exec(which, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// BeginExchange implements plugins.ConversationStore.
func (s *Store) BeginExchange(ctx context.Context, e plugins.Exchange, until time.Time) error {
	build, err := buildText(e.Build)
	if err != nil {
		return err
	}
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(claimPlugin, e.PluginID, e.ID, millis(until), millis(e.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := scanPlugin(b.row(findPlugin, e.PluginID)); err != nil {
				return orMissing(err, plugins.ErrPluginNotFound)
			}
			return plugins.ErrAsking
		}
		n, err = b.affected(touchPluginTalk, e.ConversationID, millis(e.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return plugins.ErrConversationNotFound
		}
		return b.exec(insertExchange, e.ID, e.ConversationID, e.PluginID, e.UserID, e.Ask, e.Answer, string(e.State), e.Problem,
			document{e.Operations}, build, e.Base, e.Version, e.Rounds, document{e.Usage}, e.Model, millis(e.CreatedAt), millis(e.DoneAt))
	})
}

// SaveExchange implements plugins.ConversationStore.
func (s *Store) SaveExchange(ctx context.Context, e plugins.Exchange) error {
	build, err := buildText(e.Build)
	if err != nil {
		return err
	}
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(saveExchange, e.ID, e.Answer, string(e.State), e.Problem, document{e.Operations}, build, e.Version, e.Rounds,
			document{e.Usage}, e.Model, millis(e.DoneAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return plugins.ErrExchangeNotFound
		}
		if e.State == plugins.Answering {
			return nil
		}
		unseen := e.ID
		if e.State == plugins.Stopped {
			unseen = ""
		}
		return b.exec(releasePlugin, e.PluginID, e.ID, unseen)
	})
}

// SeeExchange implements plugins.ConversationStore.
func (s *Store) SeeExchange(ctx context.Context, pluginID, exchangeID string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(seePlugin, pluginID, exchangeID) })
}

// Exchange implements plugins.ConversationStore.
func (s *Store) Exchange(ctx context.Context, id string) (plugins.Exchange, error) {
	e, err := scanExchange(s.row(ctx, readExchange, id))
	return e, orMissing(err, plugins.ErrExchangeNotFound)
}

// Exchanges implements plugins.ConversationStore.
func (s *Store) Exchanges(ctx context.Context, conversationID, before string, limit int) ([]plugins.Exchange, error) {
	if before == "" {
		before = beyondIDs
	}
	return list(ctx, s.reads[readExchanges], scanExchange, conversationID, before, max(0, limit))
}

// UsageOfAnswers implements plugins.ConversationStore.
func (s *Store) UsageOfAnswers(ctx context.Context, pluginID string, limit int) ([]plugins.Usage, error) {
	return list(ctx, s.reads[readAnswerUsage], func(r row) (u plugins.Usage, err error) {
		err = r.Scan(document{&u})
		return u, err
	}, pluginID, max(0, limit))
}

// AddUsage implements plugins.ConversationStore.
func (s *Store) AddUsage(ctx context.Context, userID, day string, u plugins.Usage) error {
	return s.writer.write(ctx, func(b *batch) error {
		for _, who := range []string{userID, ""} {
			if err := b.exec(addPluginUsage, who, day, u.Calls, u.Input, u.Output, u.Cost, u.Took); err != nil {
				return err
			}
		}
		return nil
	})
}

// UsageBetween implements plugins.ConversationStore.
func (s *Store) UsageBetween(ctx context.Context, userID, first, last string) (u plugins.Usage, err error) {
	err = s.row(ctx, readUsageBetween, userID, first, last).Scan(&u.Calls, &u.Input, &u.Output, &u.Cost, &u.Took)
	return u, translate(err)
}
