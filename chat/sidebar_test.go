package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestChannelsStandInTheOrderThatWasChosenAndMutedOnesLast(t *testing.T) {
	at := time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)
	row := func(name, section string, minute int, unread int64, muted bool, mentions int64) chat.Joined {
		return chat.Joined{
			Channel:      chat.Channel{Name: name, LastSeq: unread, LastMessageAt: at.Add(time.Duration(minute) * time.Minute)},
			Member:       chat.Member{Section: section, Muted: muted},
			MentionCount: mentions,
		}
	}
	for order, want := range map[chat.RowOrder]string{
		chat.RowsOwn: "d b a c e | x y",
		"":           "a b c d e | x y", chat.RowsByName: "a b c d e | x y", chat.RowsRecent: "c b a e d | x y", chat.RowsUnread: "b c a e d | x y", "nonsense": "a b c d e | x y",
	} {
		list := []chat.Joined{
			row("a", "", 1, 0, false, 0), row("b", "", 2, 1, false, 0), row("c", "", 3, 2, false, 0), row("d", "", 4, 9, true, 0), row("e", "", 5, 1, true, 1),
			row("x", "Work", 1, 0, false, 0), row("y", "Work", 2, 1, false, 0),
		}
		list[3].Position, list[1].Position, list[0].Position = 1, 2, 3
		chat.Sidebar{Orders: map[string]chat.RowOrder{"": order}}.Arrange(list)
		var names []string
		for i, j := range list {
			if i > 0 && list[i-1].Section != j.Section {
				names = append(names, "|")
			}
			names = append(names, j.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q gives %s, want %s", order, got, want)
		}
	}
}

func TestWhatIsChosenAboutSectionsIsKeptBesideOtherPreferences(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	chosen := func() chat.Sidebar { ada = w.read(t, ada); return chat.SidebarOf(ada) }
	preferences := `{"theme":"dark","sendKey":"ctrl-enter"}`
	_, err := w.store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Preferences: &preferences}, w.now())
	must(t, err)
	chosen()
	must(t, w.FoldSection(t.Context(), ada, " Work ", true))
	chosen()
	must(t, w.FoldSection(t.Context(), ada, chat.Talks, true))
	chosen()
	must(t, w.FoldSection(t.Context(), ada, "Work", true))
	chosen()
	must(t, w.OrderSection(t.Context(), ada, "Work", chat.RowsRecent))
	chosen()
	must(t, w.ShowUnread(t.Context(), ada, true))
	if c := chosen(); fmt.Sprint(c.Folded) != "[@ Work]" || c.Order("Work") != chat.RowsRecent || c.Order("") != chat.RowsByName || !c.Unread {
		t.Errorf("it is %+v", c)
	}
	if !ada.CtrlEnterSends() || !strings.Contains(ada.Preferences, `"theme":"dark"`) {
		t.Errorf("the others are %s", ada.Preferences)
	}
	must(t, w.FoldSection(t.Context(), ada, chat.Talks, false))
	chosen()
	must(t, w.OrderSection(t.Context(), ada, "Work", chat.RowsByName))
	chosen()
	must(t, w.ShowUnread(t.Context(), ada, false))
	if c := chosen(); fmt.Sprint(c.Folded) != "[Work]" || len(c.Orders) > 0 || c.Unread {
		t.Errorf("it is %+v", c)
	}
	refused(t, w.FoldSection(t.Context(), ada, strings.Repeat("s", chat.MaxSection+1), true), fault.Invalid, "SECTION_TOO_LONG")
	refused(t, w.OrderSection(t.Context(), ada, "", "size"), fault.Invalid, "INVALID_ORDER")
	refused(t, w.OrderSection(t.Context(), ada, chat.Talks, chat.RowsByName), fault.Invalid, "INVALID_ORDER")
	for i := range 150 {
		must(t, w.FoldSection(t.Context(), ada, fmt.Sprint("s", i), true))
		chosen()
	}
	if c := chosen(); len(c.Folded) != 100 || !c.IsFolded("s149") || c.IsFolded("Work") {
		t.Errorf("%d sections are folded: %v", len(c.Folded), c.Folded)
	}
}

func TestPreferencesThatAreNoneOfOursChooseNothing(t *testing.T) {
	for _, preferences := range []string{``, `null`, `[]`, `{"pegasusSidebar":7}`, `{"pegasusSidebar":{"folded":"x"}}`} {
		if c := chat.SidebarOf(accounts.User{Preferences: preferences}); len(c.Folded)+len(c.Orders) > 0 || c.Unread {
			t.Errorf("%s chooses %+v", preferences, c)
		}
	}
}

func TestNoSectionTakesTheNameOfOneThatIsAlwaysThere(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	refused(t, w.SetSection(t.Context(), ada, c.ID, " @ "), fault.Invalid, "INVALID_SECTION")
	must(t, w.SetSection(t.Context(), ada, c.ID, "Work"))
	for _, name := range []string{chat.Talks, " @", chat.Favourites, "* "} {
		refused(t, w.RenameSection(t.Context(), ada, "Work", name), fault.Invalid, "INVALID_SECTION")
	}
	for _, section := range []string{"", chat.Talks, chat.Favourites} {
		refused(t, w.RenameSection(t.Context(), ada, section, "Play"), fault.Invalid, "INVALID_SECTION")
	}
}

func TestASectionKeepsItsWayUnderAnotherName(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	a, b := w.channel(t, chat.Public, ada), w.channel(t, chat.Public, ada)
	must(t, w.SetSection(t.Context(), ada, a.ID, "Work"))
	must(t, w.SetSection(t.Context(), ada, b.ID, "Play"))
	must(t, w.FoldSection(t.Context(), ada, "Work", true))
	must(t, w.OrderSection(t.Context(), ada, "Work", chat.RowsRecent))
	must(t, w.RenameSection(t.Context(), ada, "Work", "Boats"))
	if c := chat.SidebarOf(w.read(t, ada)); !c.IsFolded("Boats") || c.IsFolded("Work") || c.Order("Boats") != chat.RowsRecent || len(c.Orders) != 1 {
		t.Errorf("renamed it is %+v", c)
	}
	must(t, w.RenameSection(t.Context(), ada, "Boats", "Play"))
	if c := chat.SidebarOf(w.read(t, ada)); len(c.Folded)+len(c.Orders) > 0 {
		t.Errorf("put into one that was there it is %+v", c)
	}
	must(t, w.FoldSection(t.Context(), ada, "Play", true))
	must(t, w.RenameSection(t.Context(), ada, "Play", ""))
	if c := chat.SidebarOf(w.read(t, ada)); len(c.Folded) > 0 {
		t.Errorf("dissolved it is %+v", c)
	}
}

func TestAnOrderIsKeptOrRefusedHoweverManyThereAre(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	for i := range 100 {
		must(t, w.OrderSection(t.Context(), ada, fmt.Sprint("s", i), chat.RowsRecent))
	}
	must(t, w.OrderSection(t.Context(), ada, "s7", chat.RowsUnread))
	if c := chat.SidebarOf(w.read(t, ada)); c.Order("s7") != chat.RowsUnread || len(c.Orders) != 100 {
		t.Errorf("of 100 orders one was not changed: %+v", c.Orders)
	}
	must(t, w.OrderSection(t.Context(), ada, "one more", chat.RowsRecent))
	if c := chat.SidebarOf(w.read(t, ada)); len(c.Orders) != 1 || c.Order("one more") != chat.RowsRecent {
		t.Errorf("orders of sections that are gone stay: %+v", c.Orders)
	}
}

// list returns the names of a person's channels in a section, as they stand.
func (w *world) list(t testing.TB, u accounts.User, section string) string {
	t.Helper()
	places, err := w.JoinedPlaces(t.Context(), u)
	must(t, err)
	chat.SidebarOf(w.read(t, u)).Arrange(places)
	var names []string
	for _, j := range places {
		if j.Section == section {
			names = append(names, j.Name)
		}
	}
	return strings.Join(names, " ")
}

func TestChannelsStandInAnOwnOrderOnceTheyAreMoved(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	ids := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		c, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: name})
		must(t, err)
		must(t, w.Join(t.Context(), ben, c.ID))
		ids[name] = c.ID
	}
	stands := func(want string) {
		t.Helper()
		if got := w.list(t, ada, ""); got != want {
			t.Errorf("they stand %s, want %s", got, want)
		}
	}
	must(t, w.StepChannel(t.Context(), ada, ids["c"], true))
	stands("a c b d")
	w.told()
	must(t, w.StepChannel(t.Context(), ada, ids["a"], true))
	stands("a c b d")
	w.tells(t)
	must(t, w.StepChannel(t.Context(), ada, ids["a"], false))
	stands("c a b d")
	must(t, w.StepChannel(t.Context(), ada, ids["d"], false))
	stands("c a b d")
	must(t, w.MoveChannel(t.Context(), ada, ids["d"], ids["c"]))
	stands("d c a b")
	must(t, w.MoveChannel(t.Context(), ada, ids["c"], ""))
	stands("d a b c")
	must(t, w.ArrangeSection(t.Context(), ada, "", []string{ids["b"], ids["a"]}))
	stands("b a d c")
	must(t, w.OrderSection(t.Context(), ada, "", chat.RowsByName))
	stands("a b c d")
	must(t, w.OrderSection(t.Context(), ada, "", chat.RowsOwn))
	stands("b a d c")
	_, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: "aa"})
	must(t, err)
	stands("b a d c aa")
	must(t, w.SetSection(t.Context(), ada, ids["a"], "Work"))
	must(t, w.SetSection(t.Context(), ada, ids["a"], ""))
	stands("b d c a aa")
	if got := w.list(t, ben, ""); got != "a b c d" {
		t.Errorf("to another they stand %s", got)
	}
	must(t, w.SetSection(t.Context(), ada, ids["c"], "Work"))
	secret := w.channel(t, chat.Private, ben)
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	refused(t, w.MoveChannel(t.Context(), ada, ids["a"], ids["c"]), fault.Invalid, "INVALID_CHANNELS")
	refused(t, w.MoveChannel(t.Context(), ada, secret.ID, ""), fault.NotFound, "CHANNEL_NOT_FOUND")
	refused(t, w.StepChannel(t.Context(), ada, direct.ID, true), fault.Invalid, "INVALID_CHANNELS")
	for _, order := range [][]string{{ids["c"]}, {ids["a"], ids["a"]}, {secret.ID}, {"nonsense"}} {
		refused(t, w.ArrangeSection(t.Context(), ada, "", order), fault.Invalid, "INVALID_CHANNELS")
	}
	refused(t, w.ArrangeSection(t.Context(), ada, chat.Talks, nil), fault.Invalid, "INVALID_ORDER")
}

func TestWhatIsMovedInAnOwnOrderLeavesThePreferencesAsTheyAre(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	var ids []string
	for _, name := range []string{"a", "b", "c"} {
		c, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: name})
		must(t, err)
		ids = append(ids, c.ID)
	}
	must(t, w.MoveChannel(t.Context(), ada, ids[2], ids[0]))
	before := w.read(t, ada)
	w.later(time.Minute)
	must(t, w.MoveChannel(t.Context(), ada, ids[1], ids[2]))
	if got := w.list(t, ada, ""); got != "b c a" {
		t.Errorf("they stand %s", got)
	}
	if after := w.read(t, ada); !after.UpdatedAt.Equal(before.UpdatedAt) {
		t.Error("the person was changed")
	}
}

func TestChannelsOfADissolvedSectionStandInTheOrderOfWhereTheyCome(t *testing.T) {
	for _, c := range []struct {
		what, into string
		own        bool
		want, then string // as they come, and once the section stands in its own order
	}{
		{"among the others, by name", "", false, "a b c x y", "c a b y x"},
		{"among the others, in an own order", "", true, "c a b y x", "c a b y x"},
		{"into another section, by name", "Play", false, "a b c x y", "c a b y x"},
		{"into another section, in an own order", "Play", true, "c a b y x", "c a b y x"},
	} {
		w := newWorld(t)
		ada := w.person(t, "ada", accounts.RoleUser)
		ids := map[string]string{}
		for _, name := range []string{"a", "b", "c", "x", "y"} {
			made, err := w.CreateChannel(t.Context(), ada, chat.NewChannel{Name: name})
			must(t, err)
			ids[name] = made.ID
			section := c.into
			if name > "c" {
				section = "Work"
			}
			must(t, w.SetSection(t.Context(), ada, made.ID, section))
		}
		must(t, w.MoveChannel(t.Context(), ada, ids["c"], ids["a"]))
		must(t, w.MoveChannel(t.Context(), ada, ids["y"], ids["x"]))
		if !c.own {
			must(t, w.OrderSection(t.Context(), ada, c.into, chat.RowsByName))
		}
		must(t, w.RenameSection(t.Context(), ada, "Work", c.into))
		if got := w.list(t, ada, c.into); got != c.want {
			t.Errorf("%s they stand %s, want %s", c.what, got, c.want)
		}
		must(t, w.OrderSection(t.Context(), ada, c.into, chat.RowsOwn))
		if got := w.list(t, ada, c.into); got != c.then {
			t.Errorf("%s they stand %s in an own order, want %s", c.what, got, c.then)
		}
	}
}
