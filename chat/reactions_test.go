package chat_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// markCalls are the methods that put something on messages, or read it.
func markCalls() []call {
	return []call{
		{"React", func(ctx context.Context, w *world, a accounts.User, c, m, _, _ string) error {
			_, _, err := w.React(ctx, a, c, m, "👍")
			return err
		}, false, 0, true},
		{"Unreact", func(ctx context.Context, w *world, a accounts.User, c, m, _, _ string) error {
			_, err := w.Unreact(ctx, a, c, m, "")
			return err
		}, false, 0, true},
		{"Pins", func(ctx context.Context, w *world, a accounts.User, c, _, _, _ string) error {
			_, err := w.Pins(ctx, a, c)
			return err
		}, false, 0, false},
		{"TogglePin", func(ctx context.Context, w *world, a accounts.User, _, m, _, _ string) error {
			_, err := w.TogglePin(ctx, a, m)
			return err
		}, true, 0, true},
		{"ToggleBookmark", func(ctx context.Context, w *world, a accounts.User, _, m, _, _ string) error {
			_, err := w.ToggleBookmark(ctx, a, m)
			return err
		}, true, 0, true},
		{"Versions", func(ctx context.Context, w *world, a accounts.User, _, m, _, _ string) error {
			_, err := w.Versions(ctx, a, m)
			return err
		}, true, 0, false},
	}
}

// shown returns reactions as text: the emoji, and the first letters of those who chose it.
func shown(all []chat.Reaction, people ...accounts.User) string {
	var out []string
	for _, r := range all {
		text := r.Emoji
		for _, userID := range r.Users {
			for _, u := range people {
				if u.ID == userID {
					text += u.Name[:1]
				}
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestReactionsStandInTheOrderOfTheirFirstUse(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	m, other := w.post(t, ada, c.ID, "hello"), w.post(t, ben, c.ID, "other")
	topic := "channel:" + c.ID
	w.told()
	for _, step := range []struct {
		actor          accounts.User
		add, remove    string
		want           string
		added, removed int
	}{
		{ben, "🎉", "", "🎉b", 1, 0},
		{ada, "👍", "", "🎉b 👍a", 1, 0},
		{ada, "🎉", "", "🎉ba 👍a", 1, 0},
		{ada, "❤", "", "🎉ba 👍a ❤️a", 1, 0},
		{ada, "❤️", "", "🎉ba 👍a ❤️a", 0, 0}, // the same one
		{ben, "", "🎉", "👍a 🎉a ❤️a", 0, 1},
		{ben, "", "🎉", "👍a 🎉a ❤️a", 0, 0},
		{ben, "🎉", "", "👍a 🎉ab ❤️a", 1, 0},
		{ada, "", "❤", "👍a 🎉ab", 0, 1},
		{ada, "", "", "🎉b", 0, 2},
		{ada, "", "", "🎉b", 0, 0},
	} {
		w.later(time.Second)
		var all []chat.Reaction
		var err error
		if step.add != "" {
			_, all, err = w.React(t.Context(), step.actor, c.ID, m.ID, step.add)
		} else {
			all, err = w.Unreact(t.Context(), step.actor, c.ID, m.ID, step.remove)
		}
		must(t, err)
		if got := shown(all, ada, ben); got != step.want {
			t.Errorf("after %+v there is %q", step, got)
		}
		for _, payload := range w.payloads {
			var change chat.ReactionChange
			switch p := payload.(type) {
			case chat.ReactionAdded:
				change = p.ReactionChange
			case chat.ReactionRemoved:
				change = p.ReactionChange
			}
			if change.MessageID != m.ID || change.ChannelID != c.ID || change.Seq != m.Seq || change.UserID != step.actor.ID ||
				change.Emoji == "" || shown(change.Reactions, ada, ben) != step.want {
				t.Errorf("%+v tells %+v", step, payload)
			}
		}
		var want []string
		for range step.added {
			want = append(want, topic+" ReactionAdded")
		}
		for range step.removed {
			want = append(want, topic+" ReactionRemoved")
		}
		w.tells(t, want...)
	}
	_, err := w.ToggleBookmark(t.Context(), ada, other.ID)
	must(t, err)
	w.tells(t)
	for viewer, want := range map[*accounts.User]string{&ada: "🎉b false/ true", &ben: "🎉b false/ false"} {
		h, err := w.History(t.Context(), *viewer, c.ID, chat.Cut{Limit: 10})
		must(t, err)
		first, second := h.Marks[m.ID], h.Marks[other.ID]
		got := fmt.Sprintf("%s %v/%s %v", shown(first.Reactions, ada, ben), first.Bookmarked, shown(second.Reactions), second.Bookmarked)
		if got != want {
			t.Errorf("%s sees %q, want %q", viewer.Name, got, want)
		}
	}
}

func TestOnlyAnEmojiIsAReaction(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	m := w.post(t, ada, c.ID, "hello")
	w.told()
	for _, text := range []string{"", "a", ":smile:", "👍👍", "<script>", strings.Repeat("👍", 11), "\xff"} {
		_, _, err := w.React(t.Context(), ada, c.ID, m.ID, text)
		refused(t, err, fault.Invalid, "INVALID_EMOJI")
		if text != "" {
			_, err = w.Unreact(t.Context(), ada, c.ID, m.ID, text)
			refused(t, err, fault.Invalid, "INVALID_EMOJI")
		}
	}
	w.tells(t)
}

func TestAReactionBelongsToAMessageOfTheChannelNamed(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c, other := w.channel(t, chat.Public, ada), w.channel(t, chat.Public, ada)
	elsewhere, gone := w.post(t, ada, other.ID, "elsewhere"), w.post(t, ada, c.ID, "gone")
	must(t, w.DeleteMessage(t.Context(), ada, gone.ID))
	for _, messageID := range []string{elsewhere.ID, gone.ID, id.New(w.now()), "x", ""} {
		_, _, err := w.React(t.Context(), ada, c.ID, messageID, "👍")
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
		_, err = w.Unreact(t.Context(), ada, c.ID, messageID, "")
		refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	}
}

func TestFiftyEqualReactionsAtOnceAreOneAndToldOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	m := w.post(t, ada, c.ID, "hello")
	w.told()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, got, err := w.React(t.Context(), ada, c.ID, m.ID, "👍"); err != nil || shown(got, ada) != "👍a" {
				t.Error(shown(got, ada), err)
			}
		})
	}
	all.Wait()
	w.tells(t, "channel:"+c.ID+" ReactionAdded")
}

// A client that takes the reactions of the last event has those that stand.
func TestTheLastEventOfManyReactionsAtOnceTellsWhatStands(t *testing.T) {
	w := newWorld(t)
	owner := w.person(t, "owner", accounts.RoleUser)
	people := make([]accounts.User, 20)
	for i := range people {
		people[i] = w.person(t, fmt.Sprintf("p%d", i), accounts.RoleUser)
	}
	c := w.channel(t, chat.Public, owner, people...)
	m := w.post(t, owner, c.ID, "hello")
	w.told()
	var all sync.WaitGroup
	for i, u := range people {
		all.Go(func() {
			for _, emoji := range []string{"👍", "🎉", "❤️"}[i%3:] {
				if _, _, err := w.React(t.Context(), u, c.ID, m.ID, emoji); err != nil {
					t.Error(err)
				}
			}
			if _, err := w.Unreact(t.Context(), u, c.ID, m.ID, "❤️"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	marks, err := w.Marks(t.Context(), owner, []chat.Message{m})
	must(t, err)
	last := w.payloads[len(w.payloads)-1]
	told, _ := last.(chat.ReactionRemoved)
	if added, ok := last.(chat.ReactionAdded); ok {
		told.ReactionChange = added.ReactionChange
	}
	if got, want := fmt.Sprint(told.Reactions), fmt.Sprint(marks[m.ID].Reactions); got != want {
		t.Errorf("the last event tells %s, there is %s", got, want)
	}
}

func TestAPinIsToldAndStaysThroughAnEdit(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	m := w.post(t, ada, c.ID, "hello")
	topic := "channel:" + c.ID
	w.told()
	pinned, err := w.TogglePin(t.Context(), ben, m.ID)
	must(t, err)
	if !pinned.PinnedAt.Equal(w.now()) || pinned.PinnedBy != ben.ID || !pinned.EditedAt.IsZero() {
		t.Errorf("it is %+v", pinned)
	}
	if told := w.payloads[0].(chat.MessageUpdated); told.Message.PinnedBy != ben.ID || told.Author.ID != ada.ID {
		t.Errorf("it tells %+v", told)
	}
	w.tells(t, topic+" MessageUpdated")
	edited, err := w.EditMessage(t.Context(), ada, m.ID, "new")
	must(t, err)
	if edited.PinnedBy != ben.ID {
		t.Error("the edit unpinned it")
	}
	pins, err := w.Pins(t.Context(), ada, c.ID)
	must(t, err)
	if len(pins) != 1 || pins[0].Content != "new" {
		t.Errorf("the pins are %+v", pins)
	}
	w.told()
	loose, err := w.TogglePin(t.Context(), ada, m.ID)
	must(t, err)
	if !loose.PinnedAt.IsZero() || loose.PinnedBy != "" {
		t.Errorf("it is %+v", loose)
	}
	w.tells(t, topic+" MessageUpdated")
}

func TestBookmarksShowOnlyWhatOneMaySee(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, open := w.channel(t, chat.Private, ada, ben), w.channel(t, chat.Public, ada, ben)
	for i := range 4 {
		m := w.post(t, ada, []chat.Channel{c, open}[i%2].ID, fmt.Sprint(i))
		on, err := w.ToggleBookmark(t.Context(), ben, m.ID)
		must(t, err)
		if !on {
			t.Error("it is not bookmarked")
		}
	}
	texts := func(cursor string, limit int) (out string) {
		found, err := w.Bookmarks(t.Context(), ben, cursor, limit)
		must(t, err)
		for _, b := range found {
			out += b.Message.Content
		}
		return out
	}
	first, err := w.Bookmarks(t.Context(), ben, "", 1)
	must(t, err)
	if all, rest := texts("", 9), texts(first[0].ID, 9); all != "3210" || rest != "210" {
		t.Errorf("the bookmarks are %s, the rest %s", all, rest)
	}
	must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	must(t, w.DeleteMessage(t.Context(), ada, first[0].MessageID))
	if got := texts("", 9); got != "1" {
		t.Errorf("after leaving the bookmarks are %s", got)
	}
	for _, cursor := range []string{"x", "'", strings.ToUpper(first[0].ID)} {
		_, err := w.Bookmarks(t.Context(), ben, cursor, 9)
		refused(t, err, fault.Invalid, "INVALID_CURSOR")
	}
}

func TestVersionsAreTheTextsOfAMessageInTheirOrder(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	m := w.post(t, ada, c.ID, "one")
	var want []string
	for _, text := range []string{"one", "two", "three"} {
		if text != "one" {
			w.later(time.Minute)
			_, err := w.EditMessage(t.Context(), ada, m.ID, text)
			must(t, err)
		}
		want = append(want, fmt.Sprintf("%s <p>%s</p> %s", text, text, w.now()))
		versions, err := w.Versions(t.Context(), ben, m.ID)
		must(t, err)
		var got []string
		for _, v := range versions {
			got = append(got, fmt.Sprintf("%s %s %s", v.Content, v.HTML, v.WrittenAt))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the versions are %q, want %q", got, want)
		}
	}
	must(t, w.DeleteMessage(t.Context(), ada, m.ID))
	_, err := w.Versions(t.Context(), ada, m.ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	former, err := w.store.FormerTexts(t.Context(), m.ID)
	must(t, err)
	if len(former) != 0 {
		t.Errorf("after the deletion there is %+v", former)
	}
}
