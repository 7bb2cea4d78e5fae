package plugins

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/excerpt"
	"pegasus/fault"
)

// MaxNote is the length of a version's note, in characters.
const MaxNote = 200

// Write is a change of a plugin's files by hand.
type Write struct {
	Base    int // the version that it began from
	Changes []Change
	Note    string
	Origin  Origin // ByEditor where it is empty
	// New says that the files written are to be new: one that stands is refused, and stays as it is.
	New bool
}

var errFileExists = &fault.Error{Kind: fault.Conflict, Code: "FILE_EXISTS", Field: "path", Message: "There is a file of this name. Choose another one, or edit that file."}

// names reports whether one of the changes is of a file.
func (w Write) names(f File) bool {
	return slices.ContainsFunc(w.Changes, func(c Change) bool { return c.File == f.Path })
}

// WriteFiles makes a version of a plugin of the actor's. Where Base is not the newest version any more it is
// ErrVersionExists. What cannot be applied is told in one sentence, with the file. Where nothing changes, the version that
// stands is returned.
func (s *Service) WriteFiles(ctx context.Context, actor accounts.User, id string, w Write) (Version, error) {
	p, err := s.own(ctx, actor, id)
	if err != nil {
		return Version{}, err
	}
	if w.Base != p.Head {
		return Version{}, ErrVersionExists
	}
	before, err := s.files(ctx, p, p.Head)
	if err != nil {
		return Version{}, err
	}
	if w.New && slices.ContainsFunc(before, w.names) {
		return Version{}, errFileExists
	}
	after, problems := apply(before, w.Changes)
	if len(problems) > 0 {
		return Version{}, refusal(problems)
	}
	if slices.Equal(before, after) {
		if p.Head == 0 {
			return Version{}, fault.Field("changes", "NOTHING_TO_WRITE", "There is nothing to write.")
		}
		return s.store.Version(ctx, id, p.Head)
	}
	if w.Origin == "" {
		w.Origin = ByEditor
	}
	return s.addVersion(ctx, p, after, Version{AuthorID: actor.ID, Origin: w.Origin, Note: noteOf(w.Note)})
}

// refusal is the first of the problems, for a person.
func refusal(problems []Problem) error {
	p := problems[0]
	if p.File != "" {
		p.Text = p.File + ": " + p.Text
	}
	return fault.Field("files", "INVALID_FILES", p.Text)
}

// noteOf makes one line of a text.
func noteOf(text string) string {
	return excerpt.Line(strings.ToValidUTF8(text, ""), MaxNote)
}

// addVersion stores files as the version after a plugin's Head, and has it compiled where v has no Build: that of a version
// of the same plugin with the same files.
func (s *Service) addVersion(ctx context.Context, p Plugin, files []File, v Version) (Version, error) {
	build := v.Build
	v.Build = nil
	v, err := s.storeVersion(ctx, p, files, v, 0)
	if err != nil {
		return Version{}, err
	}
	if build != nil && s.store.SaveBuild(ctx, p.ID, v.Number, *build, nil) == nil { // else it is compiled anew
		v.Build = build
		s.tell(ctx, p.ID)
		return v, nil
	}
	s.tell(ctx, p.ID) // before the compiler has it, or nobody would be told that it waits
	s.enqueue(p.ID, v.Number)
	return v, nil
}

// storeVersion stores files as the version after a plugin's Head; with a revision other than 0 where the plugin has it.
func (s *Service) storeVersion(ctx context.Context, p Plugin, files []File, v Version, revision int) (Version, error) {
	if problems := badTree(files); len(problems) > 0 {
		return Version{}, refusal(problems)
	}
	v.PluginID, v.Number, v.CreatedAt = p.ID, p.Head+1, s.now()
	blobs := make([]Blob, 0, len(files))
	for _, f := range files {
		b := newBlob([]byte(f.Content))
		v.Entries = append(v.Entries, Entry{Path: f.Path, Hash: b.Hash, Size: len(b.Content)})
		if !slices.ContainsFunc(blobs, func(o Blob) bool { return o.Hash == b.Hash }) {
			blobs = append(blobs, b)
		}
	}
	return v, s.store.AddVersion(ctx, v, blobs, revision)
}

func newBlob(content []byte) Blob {
	sum := sha256.Sum256(content)
	return Blob{Hash: hex.EncodeToString(sum[:]), Content: content}
}

// Versions returns versions of a plugin that the actor may look at, with a number below before (0 for no bound), the newest
// first.
func (s *Service) Versions(ctx context.Context, actor accounts.User, id string, before, limit int) ([]Version, error) {
	if _, err := s.visible(ctx, actor, id); err != nil {
		return nil, err
	}
	return s.store.PluginVersions(ctx, id, before, limit)
}

// Version returns a version of a plugin that the actor may look at; number 0 is the newest. One that waits for the
// compiler, and that nobody remembers, is compiled from now on.
func (s *Service) Version(ctx context.Context, actor accounts.User, id string, number int) (Version, error) {
	p, err := s.visible(ctx, actor, id)
	if err != nil {
		return Version{}, err
	}
	return s.version(ctx, p, number)
}

func (s *Service) version(ctx context.Context, p Plugin, number int) (Version, error) {
	if number == 0 {
		number = p.Head
	}
	if number < 1 || number > p.Head {
		return Version{}, ErrVersionNotFound
	}
	v, err := s.store.Version(ctx, p.ID, number)
	if err == nil && v.Build == nil {
		s.enqueue(p.ID, number)
	}
	return v, err
}

// Files returns the files of a version of a plugin that the actor may look at, by path; number 0 is the newest, which has
// none before anything was written.
func (s *Service) Files(ctx context.Context, actor accounts.User, id string, number int) ([]File, error) {
	p, err := s.visible(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	if number == 0 {
		number = p.Head
	}
	return s.files(ctx, p, number)
}

func (s *Service) files(ctx context.Context, p Plugin, number int) ([]File, error) {
	if number == 0 {
		return nil, nil
	}
	v, err := s.version(ctx, p, number)
	if err != nil {
		return nil, err
	}
	return s.filesOf(ctx, v)
}

func (s *Service) filesOf(ctx context.Context, v Version) ([]File, error) {
	hashes := make([]string, 0, len(v.Entries))
	for _, e := range v.Entries {
		if !slices.Contains(hashes, e.Hash) {
			hashes = append(hashes, e.Hash)
		}
	}
	blobs, err := s.store.Blobs(ctx, v.PluginID, hashes)
	if err != nil {
		return nil, err
	}
	byHash := make(map[string][]byte, len(blobs))
	for _, b := range blobs {
		byHash[b.Hash] = b.Content
	}
	files := make([]File, len(v.Entries))
	for i, e := range v.Entries {
		content, there := byHash[e.Hash]
		if !there {
			return nil, fmt.Errorf("plugin %s version %d: the content of a file is missing", v.PluginID, v.Number)
		}
		files[i] = File{Path: e.Path, Content: string(content)}
	}
	return files, nil
}

// Rollback makes a new version of a plugin of the actor's with the files of an old one.
func (s *Service) Rollback(ctx context.Context, actor accounts.User, id string, number int) (Version, error) {
	p, err := s.own(ctx, actor, id)
	if err != nil {
		return Version{}, err
	}
	if number < 1 {
		return Version{}, ErrVersionNotFound
	}
	old, err := s.version(ctx, p, number)
	if err != nil || number == p.Head {
		return old, err
	}
	files, err := s.filesOf(ctx, old)
	if err != nil {
		return Version{}, err
	}
	return s.addVersion(ctx, p, files, Version{
		AuthorID: actor.ID, Origin: ByRollback, Note: fmt.Sprintf("Back to version %d", number), Build: old.Build,
	})
}
