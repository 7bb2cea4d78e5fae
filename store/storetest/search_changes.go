package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
)

// What is put on messages, and what becomes of them, is found as it is now.
func searchFollowsChanges(t *testing.T, store Store) {
	l := newLibrary(t, store)
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	for i := range 6 {
		l.post(fmt.Sprint("m", i), ada, c.ID, fmt.Sprint("apple number ", i))
	}
	l.finds(ada, "apple", "m5 m4 m3 m2 m1 m0")

	l.clock = l.clock.Add(time.Minute)
	_, err := l.EditMessage(ctx, ada, l.ids["m3"], "a pear with a `core`")
	must(t, err)
	l.finds(ada, "apple", "m5 m4 m2 m1 m0")
	l.finds(ada, "pears", "m3")
	l.finds(ada, "is:edited", "m3")
	l.finds(ada, "has:code", "m3")
	l.finds(ada, "-is:edited", "m5 m4 m2 m1 m0")
	_, err = l.EditMessage(ctx, ada, l.ids["m3"], "an apple again")
	must(t, err)
	l.finds(ada, "pear", "")
	l.finds(ada, "apple", "m5 m4 m3 m2 m1 m0")

	must(t, l.DeleteMessage(ctx, ada, l.ids["m4"]))
	l.finds(ada, "apple", "m5 m3 m2 m1 m0")

	_, _, err = l.React(ctx, ben, c.ID, l.ids["m1"], "👍")
	must(t, err)
	l.finds(ada, "has:reaction", "m1")
	l.finds(ada, "-has:reaction", "m5 m3 m2 m0")
	l.finds(ada, "apple has:reaction", "m1")
	_, err = l.Unreact(ctx, ben, c.ID, l.ids["m1"], "")
	must(t, err)
	l.finds(ada, "has:reaction", "")

	_, err = l.ToggleBookmark(ctx, ben, l.ids["m2"])
	must(t, err)
	l.finds(ben, "is:saved", "m2")
	l.finds(ben, "-is:saved", "m5 m3 m1 m0")
	l.finds(ada, "is:saved", "")
	_, err = l.ToggleBookmark(ctx, ben, l.ids["m2"])
	must(t, err)
	l.finds(ben, "is:saved", "")

	_, err = l.TogglePin(ctx, ada, l.ids["m0"])
	must(t, err)
	l.finds(ada, "has:pin", "m0")
	l.finds(ada, "-has:pin apple", "m5 m3 m2 m1")
	_, err = l.TogglePin(ctx, ada, l.ids["m0"])
	must(t, err)
	l.finds(ada, "has:pin", "")

	l.clock = l.clock.Add(time.Minute)
	reply, err := l.Reply(ctx, ben, l.ids["m2"], chat.Draft{Content: "a plum"})
	must(t, err)
	l.names[reply.ID] = "reply"
	l.finds(ada, "is:reply", "reply")
	l.finds(ada, "is:thread", "reply m2")
	l.finds(ada, "-is:thread", "m5 m3 m1 m0")
	must(t, l.DeleteMessage(ctx, ben, reply.ID))
	l.finds(ada, "is:thread", "")
}

// Only what one is in now is searched, and a page is full however much of the rest is in between.
func searchKeepsToOnesPlaces(t *testing.T, store Store) {
	l := newLibrary(t, store)
	ctx := t.Context()
	ada, eve := AddUser(t, store, "ada"), AddUser(t, store, "eve")
	open, shut := AddChannel(t, store, "open", eve, ada), AddChannel(t, store, "shut", eve)
	for i := range 60 {
		c := shut
		if i%10 == 0 {
			c = open
		}
		l.post(fmt.Sprint(c.Name, i), eve, c.ID, fmt.Sprint("canary ", i))
	}
	l.finds(ada, "canary", "open50 open40 open30 open20 open10 open0")
	found, err := l.Search(ctx, ada, chat.Sought{Text: "canary", Limit: 5})
	must(t, err)
	equal(t, "the size of a page", len(found.Found), 5)

	must(t, store.AddMember(ctx, Member(shut.ID, ada.ID)))
	l.finds(ada, "canary 57", "shut57")
	must(t, store.RemoveMember(ctx, shut.ID, ada.ID))
	l.finds(ada, "canary 57", "")
	must(t, store.RemoveMember(ctx, open.ID, ada.ID))
	for _, query := range []string{"canary", "from:eve", "-nothing", "is:reply"} {
		l.finds(ada, query, "")
		found, err := l.Search(ctx, ada, chat.Sought{Text: query, Cursor: found.Next, Limit: 5})
		must(t, err)
		equal(t, "what is found after leaving", len(found.Found), 0)
	}

	// In an archived channel everything is still there to be read.
	must(t, store.AddMember(ctx, Member(open.ID, ada.ID)))
	archived := true
	_, err = store.UpdateChannel(ctx, open.ID, chat.ChannelChange{Archived: &archived})
	must(t, err)
	l.finds(ada, "canary 50", "open50")
}

// A person in many channels finds what is theirs among what is not.
func searchInManyChannels(t *testing.T, store Store) {
	l := newLibrary(t, store)
	ada, eve := AddUser(t, store, "ada"), AddUser(t, store, "eve")
	var want []string
	for i := range 230 {
		who := []accounts.User{eve}
		if i != 100 {
			who = append(who, ada)
		}
		c := AddChannel(t, store, fmt.Sprint("c", i), who...)
		if i%25 == 0 {
			name := fmt.Sprint("m", i)
			l.post(name, eve, c.ID, "walnut")
			if i != 100 {
				want = append(want, name)
			}
		}
	}
	slices.Reverse(want)
	l.finds(ada, "walnut", strings.Join(want, " "))
	l.finds(ada, "walnut in:c50", "m50")
	l.finds(ada, "walnut -in:c50 -in:c75 from:eve", strings.Join(slices.DeleteFunc(slices.Clone(want), func(m string) bool { return m == "m50" || m == "m75" }), " "))
	l.finds(ada, "peanut", "")
	places, err := store.Places(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the number of places", len(places), 229)
}

// Many who write and one who searches do not disturb each other, and what is stored is found.
func searchWhileOthersWrite(t *testing.T, store Store) {
	l := newLibrary(t, store)
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	_, failures := atOnce(16, func(i int) error {
		for n := range 5 {
			word := fmt.Sprintf("word%dx%d", i, n)
			if _, _, err := store.AppendMessage(t.Context(), Message(c.ID, ada.ID, word)); err != nil {
				return err
			}
			found, err := l.Search(t.Context(), ada, chat.Sought{Text: word, Limit: 2})
			if err != nil {
				return err
			}
			if len(found.Found) != 1 || found.Found[0].Content != word {
				return fmt.Errorf("%s is found %d times", word, len(found.Found))
			}
		}
		return nil
	})
	for _, err := range failures {
		t.Error(err)
	}
}
