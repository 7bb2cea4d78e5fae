package mongo

import (
	"context"
	"encoding/json"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/plugins"
)

// installDoc is a plugin in a channel. command_keys is unique, so that a command of a channel belongs to one install; where none
// are held it has the install's own id, because a unique index takes an empty list for a value.
type installDoc struct {
	ID          ref      `bson:"_id"`
	PluginID    ref      `bson:"plugin_id"`
	ChannelID   ref      `bson:"channel_id"`
	Version     int      `bson:"version"`
	Bundle      string   `bson:"bundle"`
	Manifest    string   `bson:"manifest"`
	Commands    []string `bson:"commands"`
	CommandKeys []string `bson:"command_keys"`
	BotID       ref      `bson:"bot_id"`
	InstallerID ref      `bson:"installer_id"`
	ApproverID  ref      `bson:"approver_id"`
	State       string   `bson:"state"`
	Problem     string   `bson:"problem"`
	Granted     string   `bson:"granted"`  // JSON
	Settings    string   `bson:"settings"` // JSON, because keys may hold what MongoDB reads into
	WebhookHash string   `bson:"webhook_hash"`
	Failures    int      `bson:"failures"`
	CreatedAt   date     `bson:"created_at"`
	UpdatedAt   date     `bson:"updated_at"`
	Revision    int      `bson:"revision"`
	Pending     string   `bson:"pending,omitempty"` // JSON, as settings; left out where nothing waits
	Waits       bool     `bson:"waits,omitempty"`   // there is something pending
}

func newInstallDoc(i plugins.Install) (installDoc, error) {
	granted, err := json.Marshal(i.Granted)
	if err != nil {
		return installDoc{}, err
	}
	settings, err := json.Marshal(i.Settings)
	if err != nil {
		return installDoc{}, err
	}
	pending := ""
	if i.Pending != nil {
		text, err := json.Marshal(i.Pending)
		if err != nil {
			return installDoc{}, err
		}
		pending = string(text)
	}
	keys := make([]string, 0, len(i.Commands)+1)
	for _, name := range i.Holds() {
		keys = append(keys, i.ChannelID+" "+name)
	}
	if len(keys) == 0 {
		keys = append(keys, i.ID)
	}
	return installDoc{
		ID: ref(i.ID), PluginID: ref(i.PluginID), ChannelID: ref(i.ChannelID), Version: i.Version, Bundle: i.Bundle, Manifest: i.Manifest,
		Commands: i.Commands, CommandKeys: keys, BotID: ref(i.BotID), InstallerID: ref(i.InstallerID), ApproverID: ref(i.ApproverID),
		State: string(i.State), Problem: i.Problem, Granted: string(granted), Settings: string(settings), WebhookHash: i.WebhookHash,
		Failures: i.Failures, CreatedAt: date(i.CreatedAt), UpdatedAt: date(i.UpdatedAt), Revision: i.Revision, Pending: pending, Waits: i.Pending != nil,
	}, nil
}

func (d installDoc) install() (i plugins.Install, err error) {
	i = plugins.Install{
		ID: string(d.ID), PluginID: string(d.PluginID), ChannelID: string(d.ChannelID), Version: d.Version, Bundle: d.Bundle,
		Manifest: d.Manifest, Commands: d.Commands, BotID: string(d.BotID), InstallerID: string(d.InstallerID), ApproverID: string(d.ApproverID),
		State: plugins.InstallState(d.State), Problem: d.Problem, WebhookHash: d.WebhookHash, Failures: d.Failures,
		CreatedAt: d.CreatedAt.time(), UpdatedAt: d.UpdatedAt.time(), Revision: d.Revision,
	}
	if err := json.Unmarshal([]byte(d.Granted), &i.Granted); err != nil {
		return i, &decodeError{err}
	}
	if err := json.Unmarshal([]byte(d.Settings), &i.Settings); err != nil {
		return i, &decodeError{err}
	}
	if d.Pending != "" {
		if err := json.Unmarshal([]byte(d.Pending), &i.Pending); err != nil {
			return i, &decodeError{err}
		}
	}
	return i, nil
}

// markWaiting marks installs in which something is pending and that were stored, or backed up, before there was a mark for it.
func (s *Store) markWaiting(ctx context.Context) error {
	_, err := s.pluginInstalls.UpdateMany(ctx, bson.D{{Key: "pending", Value: bson.D{{Key: "$exists", Value: true}}}, {Key: "waits", Value: nil}},
		set(bson.D{{Key: "waits", Value: true}}))
	if err != nil {
		return translate(err)
	}
	return dropIndex(ctx, s.pluginInstalls, index{keys: "state"}) // which that of state and _id stands for
}

func ofInstall(installID string) bson.D { return bson.D{{Key: "install_id", Value: ref(installID)}} }

// AddInstall leaves it to the indexes to keep one.
func (s *Store) AddInstall(ctx context.Context, i plugins.Install) error {
	ctx, done := limited(ctx)
	defer done()
	doc, err := newInstallDoc(i)
	if err != nil {
		return err
	}
	_, err = s.pluginInstalls.InsertOne(ctx, doc)
	if !mongo.IsDuplicateKeyError(err) {
		return translate(err)
	}
	there, err := exists(ctx, s.pluginInstalls, append(ofPlugin(i.PluginID), bson.E{Key: "channel_id", Value: ref(i.ChannelID)}))
	if err == nil && there {
		return plugins.ErrInstalled
	} else if err == nil {
		return plugins.ErrCommandTaken
	}
	return err
}

func (s *Store) oneInstall(ctx context.Context, filter bson.D) (plugins.Install, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[installDoc](ctx, s.pluginInstalls, filter)
	if err != nil {
		return plugins.Install{}, orMissing(err, plugins.ErrInstallNotFound)
	}
	return doc.install()
}

func (s *Store) manyInstalls(ctx context.Context, filter bson.D, opts *options.FindOptions, limit int) ([]plugins.Install, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[installDoc](ctx, s.pluginInstalls, filter, opts.SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	installs := make([]plugins.Install, len(docs))
	for n, doc := range docs {
		if installs[n], err = doc.install(); err != nil {
			return nil, err
		}
	}
	return installs, nil
}

// Install finds by _id.
func (s *Store) Install(ctx context.Context, id string) (plugins.Install, error) {
	return s.oneInstall(ctx, withID(id))
}

// InstallsIn reads in the order of the index.
func (s *Store) InstallsIn(ctx context.Context, channelIDs []string, limit int) ([]plugins.Install, error) {
	return s.manyInstalls(ctx, bson.D{{Key: "channel_id", Value: bson.D{{Key: "$in", Value: refs(channelIDs)}}}},
		options.Find().SetSort(bson.D{{Key: "channel_id", Value: 1}, {Key: "_id", Value: 1}}), limit)
}

// shown selects installs, by the indexes of states and of what waits.
func shown(show plugins.InstallShow) bson.D {
	switch show {
	case plugins.ShowAll:
		return bson.D{}
	case plugins.ShowWaiting:
		return bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: "state", Value: string(plugins.Asked)}}, bson.D{{Key: "waits", Value: true}}}}}
	}
	return bson.D{{Key: "state", Value: string(show)}}
}

// Installs reads in the order of ids.
func (s *Store) Installs(ctx context.Context, show plugins.InstallShow, after string, limit int) ([]plugins.Install, error) {
	return s.manyInstalls(ctx, append(shown(show), newerThan(after)...), options.Find().SetSort(byID), limit)
}

// InstallsOf reads in the order of the index.
func (s *Store) InstallsOf(ctx context.Context, pluginID string, limit int) ([]plugins.Install, error) {
	return s.manyInstalls(ctx, ofPlugin(pluginID), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}), limit)
}

// InstallByWebhook finds through the index of hashes.
func (s *Store) InstallByWebhook(ctx context.Context, hash string) (plugins.Install, error) {
	if hash == "" {
		return plugins.Install{}, plugins.ErrInstallNotFound
	}
	return s.oneInstall(ctx, bson.D{{Key: "webhook_hash", Value: hash}})
}

// SaveInstall replaces one document of the revision that it is to have.
func (s *Store) SaveInstall(ctx context.Context, i plugins.Install) error {
	ctx, done := limited(ctx)
	defer done()
	of := append(withID(i.ID), bson.E{Key: "revision", Value: i.Revision})
	i.Revision++
	doc, err := newInstallDoc(i)
	if err != nil {
		return err
	}
	result, err := s.pluginInstalls.ReplaceOne(ctx, of, doc)
	if err == nil && result.MatchedCount == 0 {
		return plugins.ErrInstallChanged
	}
	return orTaken(err, plugins.ErrCommandTaken)
}

// DeleteInstall deletes the install last, so that after a crash the next call finds what is left; one of a revision first, for
// one document is decided on at once, and what is left of it belongs to nothing.
func (s *Store) DeleteInstall(ctx context.Context, id string, revision int) error {
	ctx, done := limited(ctx)
	defer done()
	if revision != 0 {
		result, err := s.pluginInstalls.DeleteOne(ctx, append(withID(id), bson.E{Key: "revision", Value: revision}))
		if err != nil {
			return translate(err)
		}
		changed := false
		if result.DeletedCount == 0 {
			if changed, err = exists(ctx, s.pluginInstalls, withID(id)); err != nil {
				return err
			}
		}
		if changed {
			return plugins.ErrInstallChanged
		}
	}
	return s.deleteInstall(ctx, ref(id))
}

func (s *Store) deleteInstall(ctx context.Context, id ref) error {
	for _, c := range []*mongo.Collection{s.pluginValues, s.pluginRuns} {
		if _, err := c.DeleteMany(ctx, ofInstall(string(id))); err != nil {
			return translate(err)
		}
	}
	_, err := s.pluginInstalls.DeleteOne(ctx, withID(string(id)))
	return translate(err)
}

// valueDoc is something that an install keeps. Its _id names the install and the key, so that there is one.
type valueDoc struct {
	ID        string `bson:"_id"`
	InstallID ref    `bson:"install_id"`
	Key       string `bson:"key"`
	Content   string `bson:"content"`
	UpdatedAt date   `bson:"updated_at"`
}

func newValueDoc(installID string, v plugins.Value) valueDoc {
	return valueDoc{ID: valueID(installID, v.Key), InstallID: ref(installID), Key: v.Key, Content: v.Content, UpdatedAt: date(v.UpdatedAt)}
}

func valueID(installID, key string) string { return installID + " " + key }

func (d valueDoc) value() plugins.Value {
	return plugins.Value{Key: d.Key, Content: d.Content, UpdatedAt: d.UpdatedAt.time()}
}

// StoredValue finds by _id.
func (s *Store) StoredValue(ctx context.Context, installID, key string) (plugins.Value, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[valueDoc](ctx, s.pluginValues, bson.D{{Key: "_id", Value: valueID(installID, key)}})
	return doc.value(), orMissing(err, plugins.ErrValueNotFound)
}

// beyondText, behind a text, sorts behind all that begin with it.
const beyondText = "\U0010ffff"

// StoredValues reads in the order of the index.
func (s *Store) StoredValues(ctx context.Context, installID, prefix, after string, limit int) ([]plugins.Value, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	from := bson.E{Key: "$gt", Value: after}
	if prefix > after {
		from = bson.E{Key: "$gte", Value: prefix}
	}
	docs, err := all[valueDoc](ctx, s.pluginValues, append(ofInstall(installID), bson.E{Key: "key", Value: bson.D{from, {Key: "$lt", Value: prefix + beyondText}}}),
		options.Find().SetSort(bson.D{{Key: "key", Value: 1}}).SetLimit(int64(limit)))
	return convert(docs, valueDoc.value), err
}

// full reports whether an install keeps as many values as it may. Of several that add one at once all may find room for it, so
// that it may come to keep some more than that.
func (s *Store) full(ctx context.Context, installID string, most int) (bool, error) {
	n, err := s.pluginValues.CountDocuments(ctx, ofInstall(installID), options.Count().SetLimit(int64(most)))
	return n >= int64(most), translate(err)
}

// SetValue replaces the document, and inserts one where there is room.
func (s *Store) SetValue(ctx context.Context, installID string, v plugins.Value, most int) error {
	ctx, done := limited(ctx)
	defer done()
	doc := newValueDoc(installID, v)
	of := bson.D{{Key: "_id", Value: doc.ID}}
	replaced, err := s.pluginValues.ReplaceOne(ctx, of, doc)
	if err != nil || replaced.MatchedCount > 0 {
		return translate(err)
	}
	full, err := s.full(ctx, installID, most)
	if err != nil {
		return err
	}
	if full {
		return plugins.ErrFull
	}
	for {
		_, err := s.pluginValues.ReplaceOne(ctx, of, doc, options.Replace().SetUpsert(true))
		if !mongo.IsDuplicateKeyError(err) {
			return translate(err)
		}
	}
}

// SwapValue lets the document decide: it is inserted where there is none, and replaced where it says what it is to.
func (s *Store) SwapValue(ctx context.Context, installID string, v plugins.Value, old string, most int) (bool, error) {
	ctx, done := limited(ctx)
	defer done()
	doc := newValueDoc(installID, v)
	if old != "" {
		swapped, err := s.pluginValues.ReplaceOne(ctx, bson.D{{Key: "_id", Value: doc.ID}, {Key: "content", Value: old}}, doc)
		if err != nil {
			return false, translate(err)
		}
		return swapped.MatchedCount > 0, nil
	}
	if full, err := s.full(ctx, installID, most); err != nil {
		return false, err
	} else if full {
		there, err := exists(ctx, s.pluginValues, bson.D{{Key: "_id", Value: doc.ID}})
		if err == nil && !there {
			return false, plugins.ErrFull
		}
		return false, err
	}
	_, err := s.pluginValues.InsertOne(ctx, doc)
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, translate(err)
}

// DeleteValue deletes by _id.
func (s *Store) DeleteValue(ctx context.Context, installID, key string) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.pluginValues.DeleteOne(ctx, bson.D{{Key: "_id", Value: valueID(installID, key)}})
	return translate(err)
}

// runDoc is one call of an install.
type runDoc struct {
	ID        ref    `bson:"_id"`
	InstallID ref    `bson:"install_id"`
	Kind      string `bson:"kind"`
	CallerID  ref    `bson:"caller_id"`
	Outcome   string `bson:"outcome"`
	Problem   string `bson:"problem"`
	Log       string `bson:"log"`
	Took      int64  `bson:"took"`
	Memory    int64  `bson:"memory"`
	At        date   `bson:"at"`
}

func (d runDoc) run() plugins.Run {
	return plugins.Run{
		ID: string(d.ID), InstallID: string(d.InstallID), Kind: d.Kind, CallerID: string(d.CallerID), Outcome: d.Outcome, Problem: d.Problem,
		Log: d.Log, Took: d.Took, Memory: d.Memory, At: d.At.time(),
	}
}

// AddRun inserts the run, and then deletes those that are too old; where that fails the next one does.
func (s *Store) AddRun(ctx context.Context, r plugins.Run, keep int) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.pluginRuns.InsertOne(ctx, runDoc{
		ID: ref(r.ID), InstallID: ref(r.InstallID), Kind: r.Kind, CallerID: ref(r.CallerID), Outcome: r.Outcome, Problem: r.Problem,
		Log: r.Log, Took: r.Took, Memory: r.Memory, At: date(r.At),
	})
	if err != nil {
		return translate(err)
	}
	last, err := one[runDoc](ctx, s.pluginRuns, ofInstall(r.InstallID),
		options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}}).SetSkip(int64(keep)))
	if err == mongo.ErrNoDocuments {
		return nil
	} else if err != nil {
		return translate(err)
	}
	_, err = s.pluginRuns.DeleteMany(ctx, append(ofInstall(r.InstallID), bson.E{Key: "_id", Value: bson.D{{Key: "$lte", Value: last.ID}}}))
	return translate(err)
}

// Runs reads in the order of the index.
func (s *Store) Runs(ctx context.Context, installID string, limit int) ([]plugins.Run, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[runDoc](ctx, s.pluginRuns, ofInstall(installID), newestIDs(limit))
	return convert(docs, runDoc.run), err
}
