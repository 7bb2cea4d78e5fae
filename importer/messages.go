package importer

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/imported"
)

// storeStrangers stores an account that is gone for every author whom nobody knows, as a person leaves one behind who deletes
// their account.
func (r *run) storeStrangers(ctx context.Context) error {
	var people []imported.Person
	for _, key := range slices.Sorted(maps.Keys(r.strangers)) {
		userID := IDFor(r.kind("strangers"), key, NoTime)
		r.people[r.traits.People[0]][key] = userID
		r.report.Note(Messages, "their author is unknown: shown as a deleted account", "author "+key)
		people = append(people, imported.Person{User: accounts.User{
			ID: userID, Email: userID + "@deleted.invalid", Username: "deleted-" + userID, Name: "Deleted account", Role: accounts.RoleUser,
			Preferences: "{}", Status: accounts.StatusOffline, Deactivated: true, CreatedAt: NoTime, UpdatedAt: NoTime,
		}})
	}
	if r.DryRun {
		return nil
	}
	for part := range slices.Chunk(people, peopleBatch) {
		refusals, err := r.Target.ImportPeople(ctx, part)
		for _, refusal := range refusals {
			if err == nil {
				err = refusal
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// packet is a part whose messages are ready to be stored.
type packet struct {
	Part
	ready  []chat.Message
	extras []imported.Document
	err    error
}

// bringMessages reads and renders one part while it stores the one before.
func (r *run) bringMessages(ctx context.Context, total int) error {
	ctx, stop := context.WithCancel(ctx)
	packets := make(chan packet, 1)
	var reader sync.WaitGroup
	r.mentioned = setOf(slices.Collect(maps.Values(r.usernames)))
	reader.Go(func() {
		defer close(packets)
		r.readMessages(ctx, packets)
	})
	defer reader.Wait()
	defer stop()
	line, done := r.report.Line(Messages), 0
	for p := range packets {
		if p.err != nil {
			return p.err
		}
		if err := r.storePacket(ctx, p); err != nil {
			return err
		}
		done += p.Looked
		line.Brought, line.Already = line.Brought+len(p.ready), line.Already+p.Looked-len(p.ready)
		r.Progress(Progress{Messages, done, max(total, done)})
	}
	return ctx.Err()
}

func (r *run) storePacket(ctx context.Context, p packet) error {
	for _, n := range p.Notes {
		r.report.Note(Messages, n[0], n[1])
	}
	// The extras come first: they are not looked for again once their message is here.
	if _, err := r.keep(ctx, Messages, p.extras); err != nil {
		return err
	}
	if !r.DryRun && len(p.ready) > 0 {
		if _, err := r.Target.ImportMessages(ctx, p.Channel.ID, p.ready, r.traits.Read); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(p.Marks, markBatch) {
		if err := r.storeMarks(ctx, Reactions, part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(p.Saved, markBatch) {
		if err := r.storeMarks(ctx, Bookmarks, part); err != nil {
			return err
		}
	}
	return r.storePins(ctx, p.Pins)
}

// readMessages sends the parts that the source visits.
func (r *run) readMessages(ctx context.Context, packets chan<- packet) {
	send := func(p packet) error {
		select {
		case packets <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := r.Source.Messages(ctx, &Here{r}, func(part Part) error { return send(r.pack(part)) })
	if err != nil && ctx.Err() == nil {
		_ = send(packet{err: err}) // it fails where nobody waits for it any more
	}
}

// pack gives messages their author and HTML.
func (r *run) pack(part Part) packet {
	p := packet{Part: part}
	for _, m := range part.Messages {
		m.ChannelID, m.UserID, m.Renderer = part.Channel.ID, r.person(m.Author), r.Renderer
		if m.Rest != "" {
			p.extras = append(p.extras, imported.Document{
				Kind: r.kind(Messages), SourceID: m.Key, TargetID: m.ID, CreatedAt: m.CreatedAt, JSON: m.Rest,
			})
		}
		if utf8.RuneCountInString(m.Content) > accounts.DefaultMessage {
			p.Notes = append(p.Notes, [2]string{
				"longer than a message is unless admins allow more: brought whole, and cannot be edited without being shortened", m.ID,
			})
		}
		p.ready = append(p.ready, m.Message)
	}
	if !r.DryRun {
		r.render(p.ready)
	}
	return p
}

// render makes the HTML of messages on all cores.
func (r *run) render(messages []chat.Message) {
	var workers sync.WaitGroup
	next := make(chan *chat.Message)
	is := func(name string) bool { return r.mentioned[name] }
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for m := range next {
				m.HTML = r.Render(m.Content, is)
			}
		})
	}
	for i := range messages {
		if m := &messages[i]; m.Content != "" {
			next <- m
		}
	}
	close(next)
	workers.Wait()
}
