package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"strings"

	"pegasus/plugins"
)

const (
	pluginColumns = `id, owner_id, name, name_key, data, status, head, built, shared, bot_id, asking, asking_until, downloads,
		created_at, updated_at, revision, locked, unseen`
	pluginVersionColumns = `plugin_id, number, author_id, origin, note, exchange_id, entries, build, created_at`
)

func scanPlugin(r row) (p plugins.Plugin, err error) {
	err = r.Scan(&p.ID, &p.OwnerID, &p.Name, &p.NameKey, &p.Data, &p.Status, &p.Head, &p.Built, &p.Shared, &p.BotID, &p.Asking,
		into{&p.AskingUntil}, &p.Downloads, into{&p.CreatedAt}, into{&p.UpdatedAt}, &p.Revision, &p.Locked, &p.Unseen)
	return p, err
}

func scanPluginVersion(r row) (v plugins.Version, err error) {
	err = r.Scan(&v.PluginID, &v.Number, &v.AuthorID, &v.Origin, &v.Note, &v.Exchange, document{&v.Entries}, built{&v.Build},
		into{&v.CreatedAt})
	return v, err
}

func scanBlob(r row) (b plugins.Blob, err error) {
	err = r.Scan(&b.Hash, &b.Content)
	return b, err
}

// built scans a build that there may not be.
type built struct{ build **plugins.Build }

func (b built) Scan(stored any) error {
	if text, ok := stored.(string); ok && text == "" {
		*b.build = nil
		return nil
	}
	*b.build = &plugins.Build{}
	return document{*b.build}.Scan(stored)
}

// buildText returns the stored form of a build.
func buildText(b *plugins.Build) (string, error) {
	if b == nil {
		return "", nil
	}
	text, err := json.Marshal(b)
	return string(text), err
}

// CreatePlugin implements plugins.ProjectStore.
func (s *Store) CreatePlugin(ctx context.Context, p plugins.Plugin) error {
	return s.writer.write(ctx, func(b *batch) error {
		if err := b.freePluginName(p); err != nil {
			return err
		}
		return b.exec(insertPlugin, p.ID, p.OwnerID, p.Name, p.NameKey, p.Data, string(p.Status), p.Head, p.Built, p.Shared, p.BotID,
			p.Asking, millis(p.AskingUntil), p.Downloads, millis(p.CreatedAt), millis(p.UpdatedAt), p.Revision, p.Locked, p.Unseen)
	})
}

func (b *batch) freePluginName(p plugins.Plugin) error {
	var taken bool
	err := b.row(findPluginName, p.OwnerID, p.NameKey, p.ID).Scan(&taken)
	if err == nil && taken {
		return plugins.ErrPluginExists
	}
	return err
}

// Plugin implements plugins.ProjectStore.
func (s *Store) Plugin(ctx context.Context, id string) (plugins.Plugin, error) {
	p, err := scanPlugin(s.row(ctx, readPlugin, id))
	return p, orMissing(err, plugins.ErrPluginNotFound)
}

// PluginNamed implements plugins.ProjectStore.
func (s *Store) PluginNamed(ctx context.Context, ownerID, nameKey string) (plugins.Plugin, error) {
	p, err := scanPlugin(s.row(ctx, readPluginNamed, ownerID, nameKey))
	return p, orMissing(err, plugins.ErrPluginNotFound)
}

// Plugins implements plugins.ProjectStore.
func (s *Store) Plugins(ctx context.Context, ids []string) ([]plugins.Plugin, error) {
	return list(ctx, s.reads[readPlugins], scanPlugin, document{ids})
}

// PluginsOf implements plugins.ProjectStore.
func (s *Store) PluginsOf(ctx context.Context, ownerID string, limit int) ([]plugins.Plugin, error) {
	return list(ctx, s.reads[readPluginsOf], scanPlugin, ownerID, max(0, limit))
}

// SharedPlugins implements plugins.ProjectStore.
func (s *Store) SharedPlugins(ctx context.Context, after string, limit int) ([]plugins.Plugin, error) {
	key, id := "", ""
	if at := strings.LastIndexByte(after, ' '); at >= 0 {
		key, id = after[:at], after[at+1:]
	}
	return list(ctx, s.reads[readSharedPlugins], scanPlugin, key, id, max(0, limit))
}

// SavePlugin implements plugins.ProjectStore.
func (s *Store) SavePlugin(ctx context.Context, p plugins.Plugin) error {
	return s.writer.write(ctx, func(b *batch) error {
		stored, err := scanPlugin(b.row(findPlugin, p.ID))
		if err != nil {
			return orMissing(err, plugins.ErrPluginNotFound)
		}
		if stored.Revision != p.Revision {
			return plugins.ErrPluginChanged
		}
		p.OwnerID = stored.OwnerID
		if err := b.freePluginName(p); err != nil {
			return err
		}
		return b.exec(savePlugin, p.ID, p.Revision, p.Name, p.NameKey, p.Data, p.Shared, p.BotID, millis(p.UpdatedAt), p.Locked)
	})
}

// CountDownload implements plugins.ProjectStore.
func (s *Store) CountDownload(ctx context.Context, id string) error {
	return s.change(ctx, plugins.ErrPluginNotFound, countPluginDownload, id)
}

// DeletePlugin implements plugins.ProjectStore.
func (s *Store) DeletePlugin(ctx context.Context, id string) error {
	return s.writer.write(ctx, func(b *batch) error {
		for _, which := range []write{deletePluginCommands, deletePluginValues, deletePluginRuns, deletePluginInstalls, deletePluginExchanges,
			deletePluginTalks, deletePluginVersions, deletePluginBlobs, deletePlugin} {
			if err := b.exec(which, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddVersion implements plugins.ProjectStore.
func (s *Store) AddVersion(ctx context.Context, v plugins.Version, blobs []plugins.Blob, revision int) error {
	build, err := buildText(v.Build)
	if err != nil {
		return err
	}
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(raisePluginHead, v.PluginID, v.Number, millis(v.CreatedAt), revision)
		if err != nil {
			return err
		}
		if n == 0 {
			p, err := scanPlugin(b.row(findPlugin, v.PluginID))
			if err != nil {
				return orMissing(err, plugins.ErrPluginNotFound)
			}
			if p.Head == v.Number-1 {
				return plugins.ErrPluginChanged
			}
			return plugins.ErrVersionExists
		}
		if err := b.keepBlobs(v.PluginID, blobs); err != nil {
			return err
		}
		return b.exec(insertPluginVersion, v.PluginID, v.Number, v.AuthorID, string(v.Origin), v.Note, v.Exchange, document{v.Entries},
			build, millis(v.CreatedAt))
	})
}

func (b *batch) keepBlobs(pluginID string, blobs []plugins.Blob) error {
	for _, one := range blobs {
		if err := b.exec(insertPluginBlob, pluginID, one.Hash, blob(one.Content)); err != nil {
			return err
		}
	}
	return nil
}

// Version implements plugins.ProjectStore.
func (s *Store) Version(ctx context.Context, pluginID string, number int) (plugins.Version, error) {
	v, err := scanPluginVersion(s.row(ctx, readPluginVersion, pluginID, number))
	return v, orMissing(err, plugins.ErrVersionNotFound)
}

// PluginVersions implements plugins.ProjectStore.
func (s *Store) PluginVersions(ctx context.Context, pluginID string, before, limit int) ([]plugins.Version, error) {
	if before == 0 {
		before = math.MaxInt32
	}
	return list(ctx, s.reads[readPluginVersions], scanPluginVersion, pluginID, before, max(0, limit))
}

// SaveBuild implements plugins.ProjectStore.
func (s *Store) SaveBuild(ctx context.Context, pluginID string, number int, made plugins.Build, blobs []plugins.Blob) error {
	text, err := buildText(&made)
	if err != nil {
		return err
	}
	status := plugins.Failed
	if made.Success {
		status = plugins.Success
	}
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(savePluginBuild, pluginID, number, text)
		if err != nil {
			return err
		}
		if n == 0 {
			return plugins.ErrVersionNotFound
		}
		if err := b.keepBlobs(pluginID, blobs); err != nil {
			return err
		}
		return b.exec(reachPluginBuild, pluginID, number, string(status), made.Success)
	})
}

// Blobs implements plugins.ProjectStore.
func (s *Store) Blobs(ctx context.Context, pluginID string, hashes []string) ([]plugins.Blob, error) {
	return list(ctx, s.reads[readPluginBlobs], scanBlob, pluginID, document{hashes})
}

// isMissing reports whether a read found no row.
func isMissing(err error) bool { return errors.Is(err, sql.ErrNoRows) }
