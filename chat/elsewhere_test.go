package chat_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/events"
)

// elsewhere is a second server of a world: its own service on the same store.
func (w *world) elsewhere(t *testing.T, acted func(string, bool)) *chat.Service {
	t.Helper()
	other := events.NewBroker(events.Options{})
	return chat.NewService(chat.Options{
		Store: w.store, Events: other, Now: w.now, Render: render, Names: text.Names, RenderLine: text.RenderLine, Renderer: 3,
		User: w.store.User, Users: w.store.Users, Connected: w.broker.Connected, UserNamed: w.store.UserByUsername, Jobs: w.store, ActedHere: acted,
	})
}

func TestWhoTypesAtAnotherServerTypesHere(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	types := func(want string) {
		t.Helper()
		if names, err := w.Typing(t.Context(), ada, c.ID); err != nil || fmt.Sprint(names) != want {
			t.Errorf("%v type, %v", names, err)
		}
	}
	w.Heard(chat.TypingChanged{ChannelID: c.ID, UserID: ben.ID, Name: "ben", Typing: true})
	types("[ben]")
	w.Heard(chat.TypingChanged{ChannelID: c.ID, UserID: ben.ID, Name: "ben"})
	types("[]")
	w.Heard(chat.TypingChanged{ChannelID: c.ID, UserID: ben.ID, Name: "ben", Typing: true})
	w.later(time.Minute)
	types("[]")
}

func TestAnAnnouncementOfAnotherServerIsReadFromTheStore(t *testing.T) {
	w := newWorld(t)
	admin := w.person(t, "ada", accounts.RoleAdmin)
	other := w.elsewhere(t, nil)
	if b, _, err := other.Banner(t.Context(), admin); err != nil || b.ID != "" {
		t.Fatalf("there is %+v, %v", b, err)
	}
	set, err := w.SetBanner(t.Context(), admin, "Tea", chat.BannerInfo, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	other.Heard(chat.BannerChanged{Banner: set})
	if b, _, err := other.Banner(t.Context(), admin); err != nil || b.ID != set.ID || b.HTML == "" {
		t.Errorf("there is %+v, %v", b, err)
	}
}

func TestWhatSomebodyDoesIsToldToOtherServersNowAndThen(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	var told []bool
	var here, there *chat.Service
	there = w.elsewhere(t, func(string, bool) {})
	here = w.elsewhere(t, func(userID string, active bool) {
		told = append(told, active)
		there.ActedElsewhere(userID, active)
	})
	stream := w.broker.Subscribe(ada.ID, "s")
	defer stream.Close()
	here.Acted(ada.ID, true)
	here.Acted(ada.ID, true)
	if !there.AtIt(ada.ID) || !slices.Equal(told, []bool{true}) {
		t.Errorf("told %v", told)
	}
	w.later(time.Minute)
	here.Acted(ada.ID, true)
	here.Acted(ada.ID, false)
	here.Acted(ada.ID, false)
	if there.AtIt(ada.ID) || !slices.Equal(told, []bool{true, true, false}) {
		t.Errorf("told %v", told)
	}
	here.Acted(ada.ID, true)
	there.StreamChanged(ada.ID, false) // there is another one
	if !there.AtIt(ada.ID) {
		t.Error("a stream that ended made somebody go who holds another one")
	}
}

func TestWhoIsBusyWithoutAPauseIsAtItForOtherServersToo(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	told := 0
	there := w.elsewhere(t, nil)
	here := w.elsewhere(t, func(userID string, active bool) {
		told++
		there.ActedElsewhere(userID, active)
	})
	stream := w.broker.Subscribe(ada.ID, "s")
	defer stream.Close()
	for range 4 * 6 { // of ten seconds each, which is longer than anybody counts as being there
		here.Acted(ada.ID, true)
		if !there.AtIt(ada.ID) {
			t.Fatal("they count as away")
		}
		w.later(10 * time.Second)
	}
	if told != 8 {
		t.Errorf("others were told %d times in four minutes", told)
	}
}

// told collects what a service publishes, and does something after each time.
type told struct {
	events []any
	after  func()
}

func (p *told) Publish(_ string, payload any) {
	p.events = append(p.events, payload)
	if p.after != nil {
		p.after()
	}
}
func (*told) Grant(string, string)  {}
func (*told) Revoke(string, string) {}

func TestReactionsThatAnotherServerChangesMeanwhileAreToldAsTheyStand(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	m, err := w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	out := &told{}
	once := true
	out.after = func() {
		if once {
			once = false
			if _, _, err := w.React(context.Background(), ben, c.ID, m.ID, "🎉"); err != nil {
				t.Error(err)
			}
		}
	}
	here := chat.NewService(chat.Options{
		Store: w.store, Events: out, Now: w.now, Render: render, Names: text.Names, RenderLine: text.RenderLine, Renderer: 3,
		User: w.store.User, Users: w.store.Users, Connected: w.broker.Connected, UserNamed: w.store.UserByUsername, Jobs: w.store,
		ActedHere: func(string, bool) {},
	})
	_, all, err := here.React(t.Context(), ada, c.ID, m.ID, "👍")
	if err != nil || len(all) != 2 || len(out.events) != 2 {
		t.Fatalf("%v after %d events, %v", all, len(out.events), err)
	}
	if last := out.events[1].(chat.ReactionAdded); len(last.Reactions) != 2 || last.Emoji != "👍" {
		t.Errorf("the last event tells %+v", last)
	}
}
