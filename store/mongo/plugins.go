package mongo

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/plugins"
)

// pluginDoc is a project, with Pegasus's names for what Pegasus knows of it.
type pluginDoc struct {
	ID          ref    `bson:"_id"`
	UserID      ref    `bson:"userId"`
	Name        string `bson:"pluginName"`
	NameKey     string `bson:"name_key"`
	Data        string `bson:"pluginData"`
	Status      string `bson:"status"`
	Head        int    `bson:"head"`
	Built       int    `bson:"built"`
	Shared      bool   `bson:"shared"`
	BotID       ref    `bson:"bot_id"`
	Asking      ref    `bson:"asking"`
	AskingUntil date   `bson:"asking_until"`
	Downloads   int64  `bson:"downloadCount"`
	CreatedAt   date   `bson:"createdAt"`
	UpdatedAt   date   `bson:"updatedAt"`
	Revision    int    `bson:"revision"`
	Locked      string `bson:"locked"`
	Unseen      ref    `bson:"unseen"`
}

func (d pluginDoc) plugin() plugins.Plugin {
	return plugins.Plugin{
		ID: string(d.ID), OwnerID: string(d.UserID), Name: d.Name, NameKey: d.NameKey, Data: d.Data, Status: plugins.Status(d.Status),
		Head: d.Head, Built: d.Built, Shared: d.Shared, BotID: string(d.BotID), Asking: string(d.Asking), AskingUntil: d.AskingUntil.time(),
		Downloads: d.Downloads, CreatedAt: d.CreatedAt.time(), UpdatedAt: d.UpdatedAt.time(), Revision: d.Revision, Locked: d.Locked, Unseen: string(d.Unseen),
	}
}

// versionDoc is a state of a project's files. The index of (plugin_id, number) decides who makes a version.
type pluginVersionDoc struct {
	PluginID  ref             `bson:"plugin_id"`
	Number    int             `bson:"number"`
	AuthorID  ref             `bson:"author_id"`
	Origin    string          `bson:"origin"`
	Note      string          `bson:"note"`
	Exchange  ref             `bson:"exchange_id"`
	Entries   []plugins.Entry `bson:"entries"`
	Build     *buildDoc       `bson:"build,omitempty"`
	CreatedAt date            `bson:"created_at"`
}

// buildDoc is Pegasus's compilation result, and what is known here beside it.
type buildDoc struct {
	Success  bool              `bson:"success"`
	Output   string            `bson:"output"`
	Errors   []string          `bson:"errors"`
	Problems []plugins.Problem `bson:"problems"`
	Bundle   string            `bson:"bundle,omitempty"`
	Map      string            `bson:"map,omitempty"`
	Manifest string            `bson:"manifest,omitempty"`
	Archive  string            `bson:"archive,omitempty"`
	Took     int64             `bson:"took"`
}

func newBuildDoc(b *plugins.Build) *buildDoc {
	if b == nil {
		return nil
	}
	d := &buildDoc{
		Success: b.Success, Output: b.Output, Errors: []string{}, Problems: b.Problems, Bundle: b.Bundle, Map: b.Map, Manifest: b.Manifest, Archive: b.Archive, Took: b.Took,
	}
	for _, p := range b.Problems {
		d.Errors = append(d.Errors, p.Text)
	}
	return d
}

func (d *buildDoc) build() *plugins.Build {
	if d == nil {
		return nil
	}
	b := &plugins.Build{
		Success: d.Success, Output: d.Output, Problems: d.Problems, Bundle: d.Bundle, Map: d.Map, Manifest: d.Manifest, Archive: d.Archive, Took: d.Took,
	}
	if len(b.Problems) == 0 {
		for _, text := range d.Errors {
			b.Problems = append(b.Problems, plugins.Problem{Text: text})
		}
	}
	return b
}

func (d pluginVersionDoc) version() plugins.Version {
	return plugins.Version{
		PluginID: string(d.PluginID), Number: d.Number, AuthorID: string(d.AuthorID), Origin: plugins.Origin(d.Origin), Note: d.Note,
		Exchange: string(d.Exchange), Entries: d.Entries, Build: d.Build.build(), CreatedAt: d.CreatedAt.time(),
	}
}

// blobDoc is content of a plugin. Its _id names the plugin and the hash, so that it is kept once.
type blobDoc struct {
	ID       string `bson:"_id"`
	PluginID ref    `bson:"plugin_id"`
	Hash     string `bson:"hash"`
	Content  []byte `bson:"content"`
}

func (d blobDoc) blob() plugins.Blob { return plugins.Blob{Hash: d.Hash, Content: d.Content} }

func withID(id string) bson.D { return bson.D{{Key: "_id", Value: ref(id)}} }

func ofPlugin(pluginID string) bson.D { return bson.D{{Key: "plugin_id", Value: ref(pluginID)}} }

// CreatePlugin leaves it to the index of names to keep one.
func (s *Store) CreatePlugin(ctx context.Context, p plugins.Plugin) error {
	ctx, done := limited(ctx)
	defer done()
	_, err := s.plugins.InsertOne(ctx, pluginDoc{
		ID: ref(p.ID), UserID: ref(p.OwnerID), Name: p.Name, NameKey: p.NameKey, Data: p.Data, Status: string(p.Status), Head: p.Head,
		Built: p.Built, Shared: p.Shared, BotID: ref(p.BotID), Asking: ref(p.Asking), AskingUntil: date(p.AskingUntil), Downloads: p.Downloads,
		CreatedAt: date(p.CreatedAt), UpdatedAt: date(p.UpdatedAt), Revision: p.Revision, Locked: p.Locked, Unseen: ref(p.Unseen),
	})
	return orTaken(err, plugins.ErrPluginExists)
}

func (s *Store) onePlugin(ctx context.Context, filter bson.D) (plugins.Plugin, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[pluginDoc](ctx, s.plugins, filter)
	return doc.plugin(), orMissing(err, plugins.ErrPluginNotFound)
}

// Plugin finds by _id.
func (s *Store) Plugin(ctx context.Context, id string) (plugins.Plugin, error) {
	return s.onePlugin(ctx, withID(id))
}

// PluginNamed finds through the index of names.
func (s *Store) PluginNamed(ctx context.Context, ownerID, nameKey string) (plugins.Plugin, error) {
	return s.onePlugin(ctx, bson.D{{Key: "userId", Value: ref(ownerID)}, {Key: "name_key", Value: nameKey}})
}

func (s *Store) manyPlugins(ctx context.Context, filter bson.D, opts *options.FindOptions) ([]plugins.Plugin, error) {
	ctx, done := limited(ctx)
	defer done()
	docs, err := all[pluginDoc](ctx, s.plugins, filter, opts)
	return convert(docs, pluginDoc.plugin), err
}

// Plugins finds by _id.
func (s *Store) Plugins(ctx context.Context, ids []string) ([]plugins.Plugin, error) {
	return s.manyPlugins(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: refs(ids)}}}}, options.Find())
}

// PluginsOf reads in the order of the index.
func (s *Store) PluginsOf(ctx context.Context, ownerID string, limit int) ([]plugins.Plugin, error) {
	if limit <= 0 {
		return nil, nil
	}
	return s.manyPlugins(ctx, bson.D{{Key: "userId", Value: ref(ownerID)}},
		options.Find().SetSort(bson.D{{Key: "updatedAt", Value: -1}, {Key: "_id", Value: -1}}).SetLimit(int64(limit)))
}

// SharedPlugins reads in the order of the index.
func (s *Store) SharedPlugins(ctx context.Context, after string, limit int) ([]plugins.Plugin, error) {
	if limit <= 0 {
		return nil, nil
	}
	filter := bson.D{{Key: "shared", Value: true}}
	if at := strings.LastIndexByte(after, ' '); at >= 0 {
		filter = append(filter, bson.E{Key: "name_key", Value: bson.D{{Key: "$gte", Value: after[:at]}}}, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "name_key", Value: bson.D{{Key: "$gt", Value: after[:at]}}}},
			bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ref(after[at+1:])}}}},
		}})
	}
	return s.manyPlugins(ctx, filter, options.Find().SetSort(bson.D{{Key: "name_key", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(limit)))
}

// SavePlugin changes one document of the revision that it is to have.
func (s *Store) SavePlugin(ctx context.Context, p plugins.Plugin) error {
	ctx, done := limited(ctx)
	defer done()
	change := append(set(bson.D{{Key: "pluginName", Value: p.Name}, {Key: "name_key", Value: p.NameKey}, {Key: "pluginData", Value: p.Data},
		{Key: "shared", Value: p.Shared}, {Key: "locked", Value: p.Locked}, {Key: "bot_id", Value: ref(p.BotID)},
		{Key: "updatedAt", Value: date(p.UpdatedAt)}}), bson.E{Key: "$inc", Value: bson.D{{Key: "revision", Value: 1}}})
	result, err := s.plugins.UpdateOne(ctx, append(withID(p.ID), bson.E{Key: "revision", Value: p.Revision}), change)
	if err != nil {
		return orTaken(err, plugins.ErrPluginExists)
	}
	if result.MatchedCount > 0 {
		return nil
	}
	there, err := exists(ctx, s.plugins, withID(p.ID))
	if err == nil && there {
		return plugins.ErrPluginChanged
	} else if err == nil {
		return plugins.ErrPluginNotFound
	}
	return err
}

// CountDownload changes one document.
func (s *Store) CountDownload(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	return matched(plugins.ErrPluginNotFound)(s.plugins.UpdateOne(ctx, withID(id), bson.D{{Key: "$inc", Value: bson.D{{Key: "downloadCount", Value: 1}}}}))
}

// DeletePlugin deletes the plugin last, so that after a crash the next call finds what is left.
func (s *Store) DeletePlugin(ctx context.Context, id string) error {
	ctx, done := limited(ctx)
	defer done()
	installs, err := all[installDoc](ctx, s.pluginInstalls, ofPlugin(id))
	if err != nil {
		return err
	}
	for _, i := range installs {
		if err := s.deleteInstall(ctx, i.ID); err != nil {
			return err
		}
	}
	for _, c := range []*mongo.Collection{s.pluginExchanges, s.pluginTalks, s.pluginVersions, s.pluginBlobs} {
		if _, err := c.DeleteMany(ctx, ofPlugin(id)); err != nil {
			return translate(err)
		}
	}
	_, err = s.plugins.DeleteOne(ctx, withID(id))
	return translate(err)
}

// AddVersion stores the blobs first, then the version, for which its index decides, and then raises the plugin's head. Where
// a crash came before that, the next one to try the same number raises it. The revision is the one that it finds: a change that is made
// while it stores comes after it.
func (s *Store) AddVersion(ctx context.Context, v plugins.Version, blobs []plugins.Blob, revision int) error {
	ctx, done := limited(ctx)
	defer done()
	p, err := one[pluginDoc](ctx, s.plugins, withID(v.PluginID))
	if err != nil {
		return orMissing(err, plugins.ErrPluginNotFound)
	}
	if p.Head != v.Number-1 {
		return plugins.ErrVersionExists
	}
	if revision != 0 && p.Revision != revision {
		return plugins.ErrPluginChanged
	}
	if err := s.keepBlobs(ctx, v.PluginID, blobs); err != nil {
		return err
	}
	_, taken := s.pluginVersions.InsertOne(ctx, pluginVersionDoc{
		PluginID: ref(v.PluginID), Number: v.Number, AuthorID: ref(v.AuthorID), Origin: string(v.Origin), Note: v.Note, Exchange: ref(v.Exchange),
		Entries: v.Entries, Build: newBuildDoc(v.Build), CreatedAt: date(v.CreatedAt),
	})
	if taken != nil && !mongo.IsDuplicateKeyError(taken) {
		return translate(taken)
	}
	_, err = s.plugins.UpdateOne(ctx, append(withID(v.PluginID), bson.E{Key: "head", Value: v.Number - 1}), set(bson.D{{Key: "head", Value: v.Number},
		{Key: "status", Value: string(plugins.Pending)}, {Key: "updatedAt", Value: date(v.CreatedAt)}}))
	if err != nil {
		return translate(err)
	}
	return orTaken(taken, plugins.ErrVersionExists)
}

func (s *Store) keepBlobs(ctx context.Context, pluginID string, blobs []plugins.Blob) error {
	docs := make([]any, len(blobs))
	for i, b := range blobs {
		docs[i] = blobDoc{ID: pluginID + " " + b.Hash, PluginID: ref(pluginID), Hash: b.Hash, Content: append([]byte{}, b.Content...)}
	}
	_, err := insertNew(ctx, s.pluginBlobs, docs)
	return err
}

func numbered(pluginID string, number int) bson.D {
	return append(ofPlugin(pluginID), bson.E{Key: "number", Value: number})
}

// Version finds through the index of numbers.
func (s *Store) Version(ctx context.Context, pluginID string, number int) (plugins.Version, error) {
	ctx, done := limited(ctx)
	defer done()
	doc, err := one[pluginVersionDoc](ctx, s.pluginVersions, numbered(pluginID, number))
	return doc.version(), orMissing(err, plugins.ErrVersionNotFound)
}

// PluginVersions reads in the order of the index.
func (s *Store) PluginVersions(ctx context.Context, pluginID string, before, limit int) ([]plugins.Version, error) {
	if limit <= 0 {
		return nil, nil
	}
	ctx, done := limited(ctx)
	defer done()
	filter := ofPlugin(pluginID)
	if before > 0 {
		filter = append(filter, bson.E{Key: "number", Value: bson.D{{Key: "$lt", Value: before}}})
	}
	docs, err := all[pluginVersionDoc](ctx, s.pluginVersions, filter, options.Find().SetSort(bson.D{{Key: "number", Value: -1}}).SetLimit(int64(limit)))
	return convert(docs, pluginVersionDoc.version), err
}

// SaveBuild stores the blobs first, then the build, and then brings the plugin up to it.
func (s *Store) SaveBuild(ctx context.Context, pluginID string, number int, b plugins.Build, blobs []plugins.Blob) error {
	ctx, done := limited(ctx)
	defer done()
	if err := s.keepBlobs(ctx, pluginID, blobs); err != nil {
		return err
	}
	err := matched(plugins.ErrVersionNotFound)(s.pluginVersions.UpdateOne(ctx, numbered(pluginID, number), set(bson.D{{Key: "build", Value: newBuildDoc(&b)}})))
	if err != nil {
		return err
	}
	status := plugins.Failed
	if b.Success {
		status = plugins.Success
		_, err := s.plugins.UpdateOne(ctx, withID(pluginID), bson.D{{Key: "$max", Value: bson.D{{Key: "built", Value: number}}}})
		if err != nil {
			return translate(err)
		}
	}
	_, err = s.plugins.UpdateOne(ctx, append(withID(pluginID), bson.E{Key: "head", Value: number}), set(bson.D{{Key: "status", Value: string(status)}}))
	return translate(err)
}

// Blobs finds by _id.
func (s *Store) Blobs(ctx context.Context, pluginID string, hashes []string) ([]plugins.Blob, error) {
	ctx, done := limited(ctx)
	defer done()
	ids := make([]string, len(hashes))
	for i, hash := range hashes {
		ids[i] = fmt.Sprint(pluginID, " ", hash)
	}
	docs, err := all[blobDoc](ctx, s.pluginBlobs, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	return convert(docs, blobDoc.blob), err
}

// adoptPlugins gives the plugins of a Pegasus database, which knew no folded names, the ones that the index asks for. Of several
// with one name each later one is told apart by its id.
func (s *Store) adoptPlugins(ctx context.Context) error {
	seen := map[string]bool{}
	return each(ctx, s.plugins, bson.D{{Key: "name_key", Value: nil}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}), func(d pluginDoc) error {
		key := fold(d.Name)
		if owned := string(d.UserID) + " " + key; seen[owned] {
			key += " " + string(d.ID)
		} else {
			seen[owned] = true
		}
		_, err := s.plugins.UpdateOne(ctx, withID(string(d.ID)), set(bson.D{{Key: "name_key", Value: key}}))
		if mongo.IsDuplicateKeyError(err) {
			_, err = s.plugins.UpdateOne(ctx, withID(string(d.ID)), set(bson.D{{Key: "name_key", Value: key + " " + string(d.ID)}}))
		}
		return translate(err)
	})
}
