package importer

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"pegasus/chat"
	"pegasus/imported"
)

// bookmarkCollections may hold bookmarks; savedByPeople stands for those in the documents of people.
var bookmarkCollections = []string{"message_bookmarks", "user_bookmarks", "bookmarks"}

const savedByPeople = "bookmarks of users"

// mark is somebody's reaction to a message, or with no emoji their bookmark on it.
type mark struct {
	key, messageID, userID, emoji string
	at                            time.Time
}

func (m mark) id(collection string) string { return idFor(collection, m.key, m.at) }

// bringMarks brings reactions and bookmarks. A note of each stays, so that one that is taken back here does not come again.
func (r *run) bringMarks(ctx context.Context) error {
	if !r.Source.chat() {
		return nil
	}
	for _, collection := range append([]string{reactions}, bookmarkCollections...) {
		if !slices.Contains(r.Source.collections, collection) {
			continue
		}
		if err := r.bringMarksOf(ctx, collection); err != nil {
			return err
		}
	}
	if len(r.saved) > 0 {
		r.report.line(savedByPeople).Read = len(r.saved)
	}
	for part := range slices.Chunk(r.saved, keepBatch) {
		if err := r.storeMarks(ctx, savedByPeople, part); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) bringMarksOf(ctx context.Context, collection string) error {
	line := r.report.line(collection)
	total, err := r.Source.count(ctx, collection)
	if err != nil {
		return err
	}
	var marks []mark
	flush := func() error {
		err := r.storeMarks(ctx, collection, marks)
		marks = marks[:0]
		r.Progress(Progress{collection, line.Read, max(total, line.Read)})
		return err
	}
	err = r.Source.each(ctx, collection, bson.D{}, nil, func(d doc) error {
		line.Read++
		m := mark{
			key: d.key("_id"), messageID: d.key("message_id", "messageId"), at: d.created(),
			userID: r.who(d.key("user_id", "userId"), chatUsers, authUsers),
		}
		if collection == reactions {
			var ok bool
			if m.emoji, ok = chat.CanonicalEmoji(d.text("emoji", "reaction")); !ok {
				r.report.leaveOut(collection, "it is no emoji", m.key)
				return nil
			}
		}
		if m.userID == "" {
			r.report.leaveOut(collection, "its person is not there", m.key)
			return nil
		}
		if marks = append(marks, m); len(marks) < messageBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// storeMarks stores those that no run has stored before, whose messages are here.
func (r *run) storeMarks(ctx context.Context, collection string, marks []mark) error {
	line := r.report.line(collection)
	keys, messageIDs := make([]string, len(marks)), make([]string, len(marks))
	for i := range marks {
		marks[i].messageID = r.messageID(marks[i].messageID)
		keys[i], messageIDs[i] = marks[i].key, marks[i].messageID
	}
	noted, err := r.Target.KnownDocuments(ctx, collection, keys)
	if err != nil {
		return err
	}
	here, err := r.Target.KnownMessages(ctx, messageIDs)
	if err != nil {
		return err
	}
	done, there := setOf(noted), setOf(here)
	var fresh []mark
	for _, m := range marks {
		switch {
		case done[m.key]:
			line.Already++
		case !there[m.messageID] && !r.DryRun:
			r.report.leaveOut(collection, "its message is not there", m.key)
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
		notes[i] = imported.Document{Kind: collection, SourceID: m.key, TargetID: m.messageID, OwnerID: m.userID, CreatedAt: m.at}
	}
	_, err = r.Target.KeepDocuments(ctx, notes)
	return err
}

func (r *run) importMarks(ctx context.Context, collection string, marks []mark) error {
	if collection == reactions {
		list := make([]chat.Reacted, len(marks))
		for i, m := range marks {
			list[i] = chat.Reacted{ID: m.id(collection), MessageID: m.messageID, UserID: m.userID, Emoji: m.emoji, CreatedAt: m.at}
		}
		return r.Target.ImportReactions(ctx, list)
	}
	list := make([]chat.Bookmark, len(marks))
	for i, m := range marks {
		list[i] = chat.Bookmark{ID: m.id(collection), UserID: m.userID, MessageID: m.messageID, CreatedAt: m.at}
	}
	return r.Target.ImportBookmarks(ctx, list)
}

func setOf(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}
