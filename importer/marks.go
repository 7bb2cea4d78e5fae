package importer

import (
	"context"
	"slices"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/imported"
)

// markBatch is how many marks are stored at a time.
const markBatch = 2000

// bringMarks brings reactions and bookmarks that do not come with their messages. A note of each stays, so that one that is
// taken back here does not come again.
func (r *run) bringMarks(ctx context.Context) error {
	var marks []Mark
	collection := ""
	flush := func() error {
		err := r.storeMarks(ctx, collection, marks)
		marks = marks[:0]
		return err
	}
	done := 0
	err := r.Source.Marks(ctx, r.tell, func(of string, total int, m Mark) error {
		if of != collection {
			if err := flush(); err != nil {
				return err
			}
			collection, done = of, 0
		}
		done++
		if marks = append(marks, m); len(marks) < markBatch {
			return nil
		}
		r.Progress(Progress{collection, done, max(total, done)})
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// storeMarks stores those that no run has stored before, whose people and messages are here.
func (r *run) storeMarks(ctx context.Context, collection string, marks []Mark) error {
	if len(marks) == 0 {
		return nil
	}
	line := r.report.Line(collection)
	keys, messageIDs := make([]string, len(marks)), make([]string, len(marks))
	for i, m := range marks {
		keys[i], messageIDs[i] = m.Key, m.MessageID
	}
	noted, err := r.Target.KnownDocuments(ctx, r.kind(collection), keys)
	if err != nil {
		return err
	}
	here, err := r.Target.KnownMessages(ctx, messageIDs)
	if err != nil {
		return err
	}
	done, there := setOf(noted), setOf(here)
	var fresh []Mark
	for _, m := range marks {
		switch {
		case r.person(m.Person) == "":
			r.report.LeaveOut(collection, "its person is not there", m.Key)
		case done[m.Key]:
			line.Already++
		case !there[m.MessageID] && !r.DryRun:
			r.report.LeaveOut(collection, "its message is not there", m.Key)
		default:
			fresh = append(fresh, m)
		}
	}
	line.Brought += len(fresh)
	if r.DryRun || len(fresh) == 0 {
		return nil
	}
	if err := r.importMarks(ctx, collection, fresh); err != nil {
		return err
	}
	notes := make([]imported.Document, len(fresh))
	for i, m := range fresh {
		notes[i] = imported.Document{
			Kind: r.kind(collection), SourceID: m.Key, TargetID: m.MessageID, OwnerID: r.person(m.Person), CreatedAt: m.At,
		}
	}
	_, err = r.Target.KeepDocuments(ctx, notes)
	return err
}

func (r *run) importMarks(ctx context.Context, collection string, marks []Mark) error {
	var reactions []chat.Reacted
	var bookmarks []chat.Bookmark
	for _, m := range marks {
		id, userID := IDFor(r.kind(collection), m.Key, m.At), r.person(m.Person)
		if m.Emoji != "" {
			reactions = append(reactions, chat.Reacted{ID: id, MessageID: m.MessageID, UserID: userID, Emoji: m.Emoji, CreatedAt: m.At})
		} else {
			bookmarks = append(bookmarks, chat.Bookmark{ID: id, UserID: userID, MessageID: m.MessageID, CreatedAt: m.At})
		}
	}
	if len(reactions) > 0 {
		if err := r.Target.ImportReactions(ctx, reactions); err != nil {
			return err
		}
	}
	if len(bookmarks) == 0 {
		return nil
	}
	return r.Target.ImportBookmarks(ctx, bookmarks)
}

// storePins pins messages that no run has pinned before. One that is full stays as it is.
func (r *run) storePins(ctx context.Context, pins []Pin) error {
	if len(pins) == 0 {
		return nil
	}
	line, kind := r.report.Line(Pins), r.kind(Pins)
	keys := make([]string, len(pins))
	for i, p := range pins {
		keys[i] = p.MessageID
	}
	noted, err := r.Target.KnownDocuments(ctx, kind, keys)
	if err != nil {
		return err
	}
	for _, p := range pins {
		if slices.Contains(noted, p.MessageID) {
			line.Already++
			continue
		}
		pinned, err := r.pin(ctx, p)
		if err != nil {
			return err
		}
		if !pinned {
			r.report.LeaveOut(Pins, "its message is not there, or its channel has as many pins as it can have", p.MessageID)
			continue
		}
		line.Brought++
	}
	return nil
}

// pin pins a message and notes that it did.
func (r *run) pin(ctx context.Context, p Pin) (bool, error) {
	if r.DryRun {
		return true, nil
	}
	m, err := r.Target.Message(ctx, p.MessageID)
	if err == nil && m.PinnedAt.IsZero() {
		_, err = r.Target.TogglePin(ctx, p.MessageID, r.person(p.Person), p.At)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = r.Target.KeepDocuments(ctx, []imported.Document{{Kind: r.kind(Pins), SourceID: p.MessageID, TargetID: p.MessageID, CreatedAt: p.At}})
	return true, err
}

func setOf(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}
