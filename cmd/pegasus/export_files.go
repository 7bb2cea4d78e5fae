package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/web"
)

// blobs writes the files of messages under their keys, as attachments name them. One that is gone is left out.
func (e *exporter) blobs(ctx context.Context) error {
	slices.Sort(e.attached)
	for _, key := range slices.Compact(e.attached) {
		if err := ctx.Err(); err != nil {
			return err
		}
		content, err := e.uploads.Open(ctx, key)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		file, err := e.zip.Create("files/" + key)
		if err == nil {
			_, err = io.Copy(file, content)
		}
		if err = errors.Join(err, content.Close()); err != nil {
			return err
		}
		e.files++
	}
	return nil
}

type exportedPlugin struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	OwnerID   string `json:"owner_id"`
	Shared    bool   `json:"shared"`
	Version   int    `json:"version"`
	Folder    string `json:"folder"`
	CreatedAt string `json:"created_at"`
}

// most is how many plugins of one person are read: more than anybody may have.
const most = 10_000

// made writes plugins.ndjson, and the newest files of each plugin into a folder of its own.
func (e *exporter) made(ctx context.Context, people []accounts.User) error {
	var lines []exportedPlugin
	for _, u := range people {
		all, err := e.PluginsOf(ctx, u.ID, most)
		if err != nil {
			return err
		}
		for _, p := range all {
			line := exportedPlugin{ID: p.ID, Name: p.Name, OwnerID: p.OwnerID, Shared: p.Shared, Version: p.Head, Folder: "plugins/" + p.ID + "/", CreatedAt: web.Time(p.CreatedAt)}
			if p.Head > 0 {
				if err := e.project(ctx, p, line.Folder); err != nil {
					return err
				}
			}
			lines = append(lines, line)
		}
	}
	e.plugins = len(lines)
	return writeLines(e.zip, "plugins.ndjson", lines)
}

func (e *exporter) project(ctx context.Context, p plugins.Plugin, folder string) error {
	v, err := e.Version(ctx, p.ID, p.Head)
	if err != nil {
		return err
	}
	hashes := make([]string, len(v.Entries))
	for i, entry := range v.Entries {
		hashes[i] = entry.Hash
	}
	contents, err := e.Blobs(ctx, p.ID, hashes)
	if err != nil {
		return err
	}
	for _, entry := range v.Entries {
		at := slices.IndexFunc(contents, func(b plugins.Blob) bool { return b.Hash == entry.Hash })
		if at < 0 || !filepath.IsLocal(entry.Path) {
			continue
		}
		file, err := e.zip.Create(folder + strings.TrimPrefix(entry.Path, "/"))
		if err != nil {
			return err
		}
		if _, err := file.Write(contents[at].Content); err != nil {
			return err
		}
	}
	return nil
}
