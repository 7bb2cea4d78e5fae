package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/plugins"
	"pegasus/store"
	"pegasus/store/sqlite"
	"pegasus/web"
)

// exportPage is how many rows are read at once.
const exportPage = 500

// export carries out "pegasus export FILE": the workspace in forms that other programs read. The server may be running.
func export(ctx context.Context, args, environ []string) error {
	if len(args) != 1 {
		return errors.New("usage: pegasus export FILE.zip")
	}
	s, err := readSettings(environ)
	if err != nil {
		return err
	}
	db, done, err := s.exportSource(ctx)
	if err != nil {
		return err
	}
	defer done()
	uploads, avatars, err := s.readBlobs()
	if err != nil {
		return err
	}
	defer avatars.Close()
	defer uploads.Close()
	draft := args[0] + ".tmp"
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the export: %w", err)
	}
	e := &exporter{Backend: db, uploads: uploads, zip: zip.NewWriter(file), channels: map[string]bool{}, people: map[string]bool{}}
	err = errors.Join(e.write(ctx), e.zip.Close(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(draft, args[0])
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	_, err = fmt.Fprintf(os.Stderr, "%s: %d people, %d channels and conversations, %d messages, %d files, %d plugins\n",
		args[0], len(e.people), len(e.channels), e.messages, e.files, e.plugins)
	return err
}

// exportSource opens what is exported: on SQLite a copy of one moment, beside a server that may be running.
func (s *settings) exportSource(ctx context.Context) (db *store.Backend, done func(), err error) {
	at, forget := s.database(), func() {}
	if at.MongoURI == "" {
		source, err := sqlite.OpenSource(at.DataDir)
		if err != nil {
			return nil, nil, err
		}
		dir, err := os.MkdirTemp(at.DataDir, "export-")
		if err != nil {
			return nil, nil, err
		}
		forget = func() { os.RemoveAll(dir) }
		copied := sqlite.NewTarget(dir)
		_, err = source.Dump(ctx, filepath.Join(dir, "copy.db"), func(name string, size int64, content io.Reader) error {
			return copied.Load(ctx, name, size, content)
		}, func(backup.Progress) {})
		if err != nil {
			forget()
			return nil, nil, err
		}
		at.DataDir = dir
	}
	if db, err = store.Open(ctx, at); err != nil {
		forget()
		return nil, nil, err
	}
	return db, func() {
		_ = db.Close(context.WithoutCancel(ctx)) // nothing was written
		forget()
	}, nil
}

type exporter struct {
	*store.Backend
	uploads  files.Blobs
	zip      *zip.Writer
	channels map[string]bool
	people   map[string]bool
	attached []string // keys
	messages int
	files    int
	plugins  int
}

func (e *exporter) write(ctx context.Context) error {
	people, err := e.listed(ctx)
	if err != nil {
		return err
	}
	if err := e.findChannels(ctx, people); err != nil {
		return err
	}
	if err := e.conversations(ctx); err != nil {
		return err
	}
	if err := e.persons(ctx, people); err != nil {
		return err
	}
	if err := e.blobs(ctx); err != nil {
		return err
	}
	return e.made(ctx, people)
}

// pages reads until a page is not full.
func pages[T any](read func() ([]T, error), visit func([]T) error) error {
	for {
		page, err := read()
		if err != nil {
			return err
		}
		if err := visit(page); err != nil || len(page) < exportPage {
			return err
		}
	}
}

// listed returns the people and bots that are there.
func (e *exporter) listed(ctx context.Context) (all []accounts.User, err error) {
	for _, list := range []func(context.Context, string, int) ([]accounts.User, error){e.ListUsers, e.Bots} {
		after := ""
		err := pages(func() ([]accounts.User, error) { return list(ctx, after, exportPage) }, func(page []accounts.User) error {
			all = append(all, page...)
			if len(page) > 0 {
				after = page[len(page)-1].ID
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// findChannels finds the channels that are listed, and the conversations and archived channels that somebody wrote in.
func (e *exporter) findChannels(ctx context.Context, people []accounts.User) error {
	q := chat.ChannelQuery{Private: true, Order: chat.ByName, Limit: exportPage}
	err := pages(func() ([]chat.Channel, error) { return e.Channels(ctx, q) }, func(page []chat.Channel) error {
		for _, c := range page {
			e.channels[c.ID] = true
			q.After = q.Order.Place(c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, u := range people {
		channel, seq := "", int64(0)
		err := pages(func() ([]chat.Message, error) { return e.MessagesBy(ctx, u.ID, channel, seq, exportPage) }, func(page []chat.Message) error {
			for _, m := range page {
				e.channels[m.ChannelID] = true
				channel, seq = m.ChannelID, m.Seq
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type exportedChannel struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Type        chat.ChannelType `json:"type"`
	Description string           `json:"description"`
	Topic       string           `json:"topic"`
	Archived    bool             `json:"archived"`
	CreatedBy   string           `json:"created_by,omitempty"`
	CreatedAt   string           `json:"created_at"`
	Members     []exportedMember `json:"members"`
}

type exportedMember struct {
	UserID   string          `json:"user_id"`
	Role     chat.MemberRole `json:"role"`
	JoinedAt string          `json:"joined_at"`
}

type exportedMessage struct {
	ID          string             `json:"id"`
	ChannelID   string             `json:"channel_id"`
	Seq         int64              `json:"seq"`
	UserID      string             `json:"user_id"`
	Content     string             `json:"content"`
	ParentID    string             `json:"parent_message_id,omitempty"`
	CreatedAt   string             `json:"created_at"`
	EditedAt    string             `json:"edited_at,omitempty"`
	Attachments []chat.Attachment  `json:"attachments,omitempty"`
	Reactions   []exportedReaction `json:"reactions,omitempty"`
}

type exportedReaction struct {
	Emoji  string `json:"emoji"`
	UserID string `json:"user_id"`
}

// conversations writes channels.ndjson, and a file of messages for each of them.
func (e *exporter) conversations(ctx context.Context) error {
	var lines []exportedChannel
	ids := make([]string, 0, len(e.channels))
	for id := range e.channels {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		c, err := e.Channel(ctx, id)
		if err != nil {
			return err
		}
		line := exportedChannel{
			ID: c.ID, Name: c.Name, Type: c.Type, Description: c.Description, Topic: c.Topic, Archived: c.Archived, CreatedBy: c.CreatedBy, CreatedAt: web.Time(c.CreatedAt),
		}
		after := ""
		err = pages(func() ([]chat.Member, error) { return e.Members(ctx, id, after, exportPage) }, func(page []chat.Member) error {
			for _, m := range page {
				line.Members = append(line.Members, exportedMember{UserID: m.UserID, Role: m.Role, JoinedAt: web.Time(m.JoinedAt)})
				after = m.UserID
			}
			return nil
		})
		if err != nil {
			return err
		}
		lines = append(lines, line)
		if err := e.history(ctx, id); err != nil {
			return err
		}
	}
	return writeLines(e.zip, "channels.ndjson", lines)
}

// history writes the messages of a channel that are not deleted, in the order of their numbers.
func (e *exporter) history(ctx context.Context, channelID string) error {
	file, err := e.zip.Create("messages/" + channelID + ".ndjson")
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	// Numbers begin at 1 and have no holes, so that the page before this one is the first.
	for next, after := (chat.Page{Before: exportPage + 1, Limit: exportPage}), int64(0); ; next = (chat.Page{After: after, Limit: exportPage}) {
		page, err := e.Messages(ctx, channelID, next)
		if err != nil || len(page) == 0 {
			return err
		}
		reactions, err := e.reactions(ctx, page)
		if err != nil {
			return err
		}
		for _, m := range page {
			after = m.Seq
			if m.Deleted {
				continue
			}
			e.messages++
			e.people[m.UserID] = true
			for _, a := range m.Attachments {
				e.attached = append(e.attached, path.Base(a.URL))
			}
			line := exportedMessage{
				ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID, Content: m.Content, ParentID: m.ParentID, CreatedAt: web.Time(m.CreatedAt),
				Attachments: m.Attachments, Reactions: reactions[m.ID],
			}
			if !m.EditedAt.IsZero() {
				line.EditedAt = web.Time(m.EditedAt)
			}
			if err := lines.Encode(line); err != nil {
				return err
			}
		}
	}
}

func (e *exporter) reactions(ctx context.Context, page []chat.Message) (map[string][]exportedReaction, error) {
	ids := make([]string, len(page))
	for i, m := range page {
		ids[i] = m.ID
	}
	found, err := e.Reactions(ctx, ids)
	of := map[string][]exportedReaction{}
	for _, r := range found {
		of[r.MessageID] = append(of[r.MessageID], exportedReaction{Emoji: r.Emoji, UserID: r.UserID})
	}
	return of, err
}

type exportedPerson struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Username  string        `json:"username"`
	Email     string        `json:"email,omitempty"`
	Role      accounts.Role `json:"role"`
	Bot       bool          `json:"bot,omitempty"`
	Gone      bool          `json:"deactivated,omitempty"`
	CreatedAt string        `json:"created_at"`
}

// persons writes people.ndjson: who is there, and who wrote something and is gone.
func (e *exporter) persons(ctx context.Context, people []accounts.User) error {
	for _, u := range people {
		delete(e.people, u.ID)
	}
	missing := make([]string, 0, len(e.people))
	for id := range e.people {
		missing = append(missing, id)
	}
	for ids := range slices.Chunk(missing, exportPage) {
		gone, err := e.Users(ctx, ids)
		if err != nil {
			return err
		}
		people = append(people, gone...)
	}
	lines := make([]exportedPerson, len(people))
	for i, u := range people {
		e.people[u.ID] = true
		lines[i] = exportedPerson{
			ID: u.ID, Name: u.Shown(), Username: u.Username, Email: u.Email, Role: u.Role, Bot: u.Bot, Gone: u.Deactivated, CreatedAt: web.Time(u.CreatedAt),
		}
		if u.Bot {
			lines[i].Email = "" // it is no address
		}
	}
	return writeLines(e.zip, "people.ndjson", lines)
}

func writeLines[T any](to *zip.Writer, name string, lines []T) error {
	file, err := to.Create(name)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(file)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

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
