package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/hooks"
)

// hookDoc is a webhook. Its hash_key is the hash of a secret, of a command its name and channel, or the id of what is found by
// neither, so that it is unique.
type hookDoc struct {
	ID         ref      `bson:"_id"`
	Kind       string   `bson:"kind"`
	ChannelID  ref      `bson:"channel_id"`
	BotID      ref      `bson:"bot_id"`
	KeeperID   ref      `bson:"keeper_id"`
	Name       string   `bson:"name"`
	Crowds     bool     `bson:"crowds"`
	HashKey    string   `bson:"hash_key"`
	Hint       string   `bson:"hint"`
	Salt       string   `bson:"salt"`
	URL        string   `bson:"url"`
	Triggers   []string `bson:"triggers,omitempty"`
	Off        bool     `bson:"off"`
	Problem    string   `bson:"problem"`
	Failures   int      `bson:"failures"`
	CreatedAt  date     `bson:"created_at"`
	UpdatedAt  date     `bson:"updated_at"`
	LastUsedAt date     `bson:"last_used_at"`
	Command    string   `bson:"command,omitempty"`
	Usage      string   `bson:"usage,omitempty"`
	About      string   `bson:"about,omitempty"`
}

func (d hookDoc) hook() hooks.Hook {
	h := hooks.Hook{
		ID: string(d.ID), Kind: hooks.Kind(d.Kind), ChannelID: string(d.ChannelID), BotID: string(d.BotID), KeeperID: string(d.KeeperID),
		Name: d.Name, Crowds: d.Crowds, Hash: d.HashKey, Hint: d.Hint, Salt: d.Salt, URL: d.URL, Triggers: d.Triggers, Off: d.Off,
		Problem: d.Problem, Failures: d.Failures, CreatedAt: d.CreatedAt.time(), UpdatedAt: d.UpdatedAt.time(), LastUsedAt: d.LastUsedAt.time(),
		Command: d.Command, Usage: d.Usage, About: d.About,
	}
	if h.Hash == h.ID || h.Command != "" {
		h.Hash = ""
	}
	return h
}

// CreateHook inserts one document.
func (s *Store) CreateHook(ctx context.Context, h hooks.Hook) error {
	ctx, done := limited(ctx)
	defer done()
	if h.Command != "" {
		h.Hash = commandKey(h.Command, h.ChannelID)
	} else if h.Hash == "" {
		h.Hash = h.ID
	}
	_, err := s.hooks.InsertOne(ctx, hookDoc{
		ID: ref(h.ID), Kind: string(h.Kind), ChannelID: ref(h.ChannelID), BotID: ref(h.BotID), KeeperID: ref(h.KeeperID), Name: h.Name,
		Crowds: h.Crowds, HashKey: h.Hash, Hint: h.Hint, Salt: h.Salt, URL: h.URL, Triggers: h.Triggers, Off: h.Off, Problem: h.Problem,
		Failures: h.Failures, CreatedAt: date(h.CreatedAt), UpdatedAt: date(h.UpdatedAt), LastUsedAt: date(h.LastUsedAt),
		Command: h.Command, Usage: h.Usage, About: h.About,
	})
	if h.Command != "" {
		return orTaken(err, hooks.ErrCommandTaken)
	}
	return translate(err)
}

// commandKey is what a command is found by among the hashes, none of which has a space.
func commandKey(name, channelID string) string { return "command " + name + " " + channelID }

// CommandHooks finds through the index of channels.
func (s *Store) CommandHooks(ctx context.Context, channelID string) ([]hooks.Hook, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[hookDoc](ctx, s.hooks, bson.D{
		{Key: "channel_id", Value: bson.D{{Key: "$in", Value: []ref{ref(channelID), ""}}}}, {Key: "kind", Value: string(hooks.SlashCommand)},
	})
	return convert(docs, hookDoc.hook), err
}

// CommandTaken finds through the index of hashes.
func (s *Store) CommandTaken(ctx context.Context, name, channelID string) (bool, error) {
	ctx, done := limited(ctx)
	defer done()
	keys := bson.D{{Key: "$in", Value: []string{commandKey(name, channelID), commandKey(name, "")}}}
	if channelID == "" {
		keys = bson.D{{Key: "$gte", Value: commandKey(name, "")}, {Key: "$lt", Value: commandKey(name, "~")}}
	}
	return exists(ctx, s.hooks, bson.D{{Key: "hash_key", Value: keys}})
}

// Hook finds by _id.
func (s *Store) Hook(ctx context.Context, id string) (hooks.Hook, error) {
	return s.findHook(ctx, bson.D{{Key: "_id", Value: ref(id)}})
}

// HookByHash finds through the index of hashes, in which ids stand as well: they have another length.
func (s *Store) HookByHash(ctx context.Context, hash string) (hooks.Hook, error) {
	return s.findHook(ctx, bson.D{{Key: "hash_key", Value: hash}, {Key: "kind", Value: string(hooks.Incoming)}})
}

func (s *Store) findHook(ctx context.Context, filter bson.D) (hooks.Hook, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[hookDoc](ctx, s.hooks, filter)
	return doc.hook(), orMissing(err, hooks.ErrHook)
}

// ChannelHooks reads in the order of the index.
func (s *Store) ChannelHooks(ctx context.Context, channelID string) ([]hooks.Hook, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[hookDoc](ctx, s.hooks, bson.D{{Key: "channel_id", Value: ref(channelID)}}, options.Find().SetSort(byID))
	return convert(docs, hookDoc.hook), err
}

// Hooks reads in the order of ids.
func (s *Store) Hooks(ctx context.Context, after string, limit int) ([]hooks.Hook, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[hookDoc](ctx, s.hooks, newerThan(after), options.Find().SetSort(byID).SetLimit(int64(limit)))
	return convert(docs, hookDoc.hook), err
}

// ChangeHook changes one document.
func (s *Store) ChangeHook(ctx context.Context, id string, c hooks.Change, now time.Time) (hooks.Hook, error) {
	fields := bson.D{{Key: "updated_at", Value: date(stored(now))}}
	fields = appendSet(fields, "keeper_id", (*ref)(c.KeeperID))
	fields = appendSet(fields, "name", c.Name)
	fields = appendSet(fields, "crowds", c.Crowds)
	if c.Hash != nil && *c.Hash != "" {
		fields = appendSet(fields, "hash_key", c.Hash)
	}
	fields = appendSet(fields, "hint", c.Hint)
	fields = appendSet(fields, "salt", c.Salt)
	fields = appendSet(fields, "url", c.URL)
	fields = appendSet(fields, "triggers", c.Triggers)
	fields = appendSet(fields, "off", c.Off)
	fields = appendSet(fields, "problem", c.Problem)
	fields = appendSet(fields, "failures", c.Failures)
	fields = appendSet(fields, "usage", c.Usage)
	fields = appendSet(fields, "about", c.About)
	if c.LastUsedAt != nil {
		fields = append(fields, bson.E{Key: "last_used_at", Value: date(stored(*c.LastUsedAt))})
	}
	return s.changeHook(ctx, id, set(fields))
}

func (s *Store) changeHook(ctx context.Context, id string, change bson.D) (hooks.Hook, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := decode[hookDoc](s.hooks.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: ref(id)}}, change, after))
	return doc.hook(), orMissing(err, hooks.ErrHook)
}

// CountHookFailure changes one document.
func (s *Store) CountHookFailure(ctx context.Context, id string) (hooks.Hook, error) {
	return s.changeHook(ctx, id, bson.D{{Key: "$inc", Value: bson.D{{Key: "failures", Value: 1}}}})
}

// DeleteHook removes one document.
func (s *Store) DeleteHook(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return deleted(hooks.ErrHook)(s.hooks.DeleteOne(ctx, bson.D{{Key: "_id", Value: ref(id)}}))
}
