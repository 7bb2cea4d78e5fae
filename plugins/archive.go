package plugins

import (
	"archive/zip"
	"bytes"
	"context"
	"path"
	"slices"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins/kit"
)

// MaxArchive is how large the zip of a back end that packs by itself may be, in bytes.
const MaxArchive = 10 << 20

// Where what the project does not have itself lies in an archive.
const (
	bundlePath = "dist/plugin.js"
	typesPath  = "plugin.d.ts"
)

// Download is a plugin as a zip.
type Download struct {
	Plugin  Plugin
	Number  int // of the version
	Content []byte
}

var errNoFiles = fault.New(fault.NotFound, "NO_FILES", "This plugin has no files yet.")

// Download packs the newest version of the plugin that PluginNamed returns, and counts it.
func (s *Service) Download(ctx context.Context, actor accounts.User, name string) (Download, error) {
	p, err := s.PluginNamed(ctx, actor, name)
	if err != nil {
		return Download{}, err
	}
	if p.Head == 0 {
		return Download{}, errNoFiles
	}
	v, err := s.version(ctx, p, p.Head)
	if err != nil {
		return Download{}, err
	}
	content, err := s.archive(ctx, v)
	if err != nil {
		return Download{}, err
	}
	if err := s.store.CountDownload(ctx, p.ID); err != nil {
		return Download{}, err
	}
	p.Downloads++
	return Download{Plugin: p, Number: v.Number, Content: content}, nil
}

// archive returns the zip that came with a version, else one of its files, the types that editors read where it is written in
// TypeScript and, where it compiled, its bundle. It is the same, byte by byte, whenever one server makes it.
func (s *Service) archive(ctx context.Context, v Version) ([]byte, error) {
	if v.Build != nil && v.Build.Archive != "" {
		return s.blob(ctx, v.PluginID, v.Build.Archive)
	}
	files, err := s.filesOf(ctx, v)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(files, func(f File) bool { return path.Ext(f.Path) == ".ts" }) {
		files = beside(files, File{Path: typesPath, Content: kit.Types})
	}
	if v.Build != nil && v.Build.Bundle != "" {
		bundle, err := s.blob(ctx, v.PluginID, v.Build.Bundle)
		if err != nil {
			return nil, err
		}
		files = beside(files, File{Path: bundlePath, Content: string(bundle)})
	}
	return pack(files, v.CreatedAt)
}

// beside adds a file to a project's own, where none of them is in its way.
func beside(files []File, f File) []File {
	if with := append(files, f); len(clashes(with)) == 0 {
		return with
	}
	return files
}

// blob returns one content that a plugin has.
func (s *Service) blob(ctx context.Context, pluginID, hash string) ([]byte, error) {
	found, err := s.store.Blobs(ctx, pluginID, []string{hash})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrVersionNotFound
	}
	return found[0].Content, nil
}

// pack makes a zip. The time is that of all files in it.
func pack(files []File, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: at.UTC()}
		header.SetMode(0o644)
		entry, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write([]byte(f.Content)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}
