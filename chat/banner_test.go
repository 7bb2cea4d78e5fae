package chat_test

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestAnAnnouncementIsShownUntilItEndsOrIsPutAway(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.person(t, "ada", accounts.RoleUser), w.person(t, "boss", accounts.RoleAdmin)
	until := w.now().Add(time.Hour)
	made, err := w.SetBanner(t.Context(), boss, " # not a **heading** ", chat.BannerWarning, until)
	must(t, err)
	if made.HTML != "<p># not a <strong>heading</strong></p>\n" || made.Text != "# not a **heading**" {
		t.Errorf("it is %+v", made)
	}
	shown := func(u accounts.User) (id string, away bool) {
		t.Helper()
		u, err := w.store.User(t.Context(), u.ID)
		must(t, err)
		b, away, err := w.Banner(t.Context(), u)
		must(t, err)
		return b.ID, away
	}
	if id, away := shown(ada); id != made.ID || away {
		t.Fatalf("ada sees %q, away %v", id, away)
	}

	must(t, w.PutBannerAway(t.Context(), ada, "another"))
	if _, away := shown(ada); away {
		t.Error("another announcement put this one away")
	}
	must(t, w.PutBannerAway(t.Context(), ada, made.ID))
	if _, away := shown(ada); !away {
		t.Error("it came back")
	}
	if _, away := shown(boss); away {
		t.Error("it is away for everyone")
	}

	later, err := w.SetBanner(t.Context(), boss, made.Text, made.Kind, until.Add(time.Hour))
	must(t, err)
	if _, away := shown(ada); later.ID != made.ID || !away {
		t.Error("another end made it another announcement")
	}
	other, err := w.SetBanner(t.Context(), boss, "Something else", chat.BannerInfo, until)
	must(t, err)
	if id, away := shown(ada); id != other.ID || away {
		t.Error("ada does not see what is new")
	}

	w.later(time.Hour)
	if id, _ := shown(ada); id != "" {
		t.Error("it did not end")
	}
	must(t, w.RemoveBanner(t.Context(), boss))
}

func TestOnlyAdminsAnnounceAndOnlyOneLine(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.person(t, "ada", accounts.RoleUser), w.person(t, "boss", accounts.RoleAdmin)
	if _, err := w.SetBanner(t.Context(), ada, "Hello", chat.BannerInfo, time.Time{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("ada announces: %v", err)
	}
	if err := w.RemoveBanner(t.Context(), ada); !fault.Is(err, fault.Forbidden) {
		t.Errorf("ada takes it down: %v", err)
	}
	for text, field := range map[string]string{"": "text", " ": "text", "two\nlines": "text", strings.Repeat("é", 301): "text", "\xff": "text"} {
		if _, err := w.SetBanner(t.Context(), boss, text, chat.BannerInfo, time.Time{}); fault.From(err).Field != field {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := w.SetBanner(t.Context(), boss, "Hello", "loud", time.Time{}); fault.From(err).Code != "INVALID_KIND" {
		t.Error(err)
	}
	if _, err := w.SetBanner(t.Context(), boss, "Hello", chat.BannerInfo, w.now()); fault.From(err).Code != "TIME_PASSED" {
		t.Error(err)
	}
	for _, until := range []time.Time{w.now().Add(chat.MaxAhead + time.Second), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := w.SetBanner(t.Context(), boss, "Hello", chat.BannerInfo, until); fault.From(err).Code != "TIME_TOO_FAR" {
			t.Errorf("until %v: %v", until, err)
		}
	}
	if _, err := w.SetBanner(t.Context(), boss, strings.Repeat("é", 300), chat.BannerInfo, time.Time{}); err != nil {
		t.Error(err)
	}
}

func TestAnAnnouncementIsRenderedOnceHoweverManyPagesShowIt(t *testing.T) {
	w := newWorld(t)
	rendered := 0
	w.Service = chat.NewService(chat.Options{
		Store: w.store, Events: w, Now: w.now, User: w.store.User, ChangeProfile: w.changeProfile, RenderLine: func(text string) string {
			rendered++
			return "<p>" + text + "</p>"
		},
	})
	boss := w.person(t, "boss", accounts.RoleAdmin)
	for _, text := range []string{"One", "Two"} {
		made, err := w.SetBanner(t.Context(), boss, text, chat.BannerInfo, time.Time{})
		must(t, err)
		for range 3 {
			b, _, err := w.Banner(t.Context(), boss)
			must(t, err)
			if b.HTML != "<p>"+text+"</p>" {
				t.Errorf("it shows %s", b.HTML)
			}
		}
		must(t, w.PutBannerAway(t.Context(), boss, made.ID))
	}
	if rendered != 2 {
		t.Errorf("two announcements are rendered %d times", rendered)
	}
}
