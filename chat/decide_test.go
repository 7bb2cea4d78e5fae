package chat_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestWhoIsToldOfAMessageAndWhy(t *testing.T) {
	at := func(zone, local string) time.Time {
		loc, err := time.LoadLocation(zone)
		must(t, err)
		m, err := time.ParseInLocation("2006-01-02 15:04", local, loc)
		must(t, err)
		return m
	}
	noon := at("UTC", "2026-03-11 12:00") // a Wednesday
	type (
		R = chat.Recipient
		P = chat.Preferences
		N = chat.News
	)
	nights := chat.Quiet{Days: 1 << 3, From: 22 * 60, To: 7 * 60} // Wednesdays
	words := map[string]bool{"release": true}
	for _, c := range []struct {
		name     string
		r        R
		n        N
		standard chat.Level
		now      time.Time
		want     chat.Reason
		tell     bool
	}{
		{"plain", R{}, N{}, "", noon, chat.SilentUnrelated, false},
		{"own", R{UserID: "a"}, N{AuthorID: "a", Named: true}, "", noon, chat.SilentOwn, false},
		{"by name", R{}, N{Named: true, Crowd: true, Follows: true}, "", noon, chat.ReasonNamed, true},
		{"one of many", R{}, N{Crowd: true}, "", noon, chat.ReasonCrowd, true},
		{"direct", R{}, N{Direct: true}, "", noon, chat.ReasonDirect, true},
		{"direct, where the person wants mentions", R{Preferences: P{Level: chat.LevelMentions}}, N{Direct: true}, "", noon, chat.ReasonDirect, true},
		{"direct, with mentions alone", R{Level: chat.LevelMentions}, N{Direct: true}, "", noon, chat.SilentUnrelated, false},
		{"direct, with nothing", R{Level: chat.LevelNothing}, N{Direct: true}, "", noon, chat.SilentLevel, false},
		{"thread", R{}, N{Follows: true}, "", noon, chat.ReasonThread, true},
		{"keyword", R{Preferences: P{Keywords: []string{"other", "release"}}}, N{Words: words}, "", noon, chat.ReasonKeyword, true},
		{"all of the channel", R{Level: chat.LevelAll}, N{}, "", noon, chat.ReasonAll, true},
		{"all, chosen for oneself", R{Preferences: P{Level: chat.LevelAll}}, N{}, "", noon, chat.ReasonAll, true},
		{"all by the workspace", R{}, N{}, chat.LevelAll, noon, chat.ReasonAll, true},
		{"the channel over oneself", R{Level: chat.LevelMentions, Preferences: P{Level: chat.LevelAll}}, N{}, "", noon, chat.SilentUnrelated, false},
		{"oneself over the workspace", R{Preferences: P{Level: chat.LevelNothing}}, N{Named: true}, chat.LevelAll, noon, chat.SilentLevel, false},
		{"nothing of the channel", R{Level: chat.LevelNothing}, N{Named: true}, "", noon, chat.SilentLevel, false},
		{"muted", R{Muted: true, Level: chat.LevelAll}, N{}, "", noon, chat.SilentMuted, false},
		{"muted, one of many", R{Muted: true}, N{Crowd: true}, "", noon, chat.SilentMuted, false},
		{"muted, by name", R{Muted: true}, N{Named: true}, "", noon, chat.ReasonNamed, true},
		{"edited, by name", R{}, N{Edited: true, Named: true}, "", noon, chat.ReasonNamed, true},
		{"edited", R{Level: chat.LevelAll}, N{Edited: true, Direct: true, Words: words}, "", noon, chat.SilentUnrelated, false},
		{"paused", R{Preferences: P{PausedUntil: noon.Add(time.Minute)}}, N{Named: true}, "", noon, chat.SilentPaused, false},
		{"a pause that is over", R{Preferences: P{PausedUntil: noon}}, N{Named: true}, "", noon, chat.ReasonNamed, true},
		{"before the night", R{Preferences: P{Quiet: nights}}, N{Named: true}, "", at("UTC", "2026-03-11 21:59"), chat.ReasonNamed, true},
		{"in the evening", R{Preferences: P{Quiet: nights}}, N{Named: true}, "", at("UTC", "2026-03-11 22:00"), chat.SilentQuiet, false},
		{"in the morning after", R{Preferences: P{Quiet: nights}}, N{Named: true}, "", at("UTC", "2026-03-12 06:59"), chat.SilentQuiet, false},
		{"after the night", R{Preferences: P{Quiet: nights}}, N{Named: true}, "", at("UTC", "2026-03-12 07:00"), chat.ReasonNamed, true},
		{"the morning of a day that had no night", R{Preferences: P{Quiet: nights}}, N{Named: true}, "", at("UTC", "2026-03-11 06:00"), chat.ReasonNamed, true},
		{"a night elsewhere", R{Preferences: P{Quiet: nights, Zone: "Asia/Tokyo"}}, N{Named: true}, "", at("Asia/Tokyo", "2026-03-11 23:00"), chat.SilentQuiet, false},
		{"a whole day", R{Preferences: P{Quiet: chat.Quiet{Days: 1 << 3}}}, N{Named: true}, "", noon, chat.SilentQuiet, false},
		{"hours of a day", R{Preferences: P{Quiet: chat.Quiet{Days: 1 << 3, From: 11 * 60, To: 13 * 60}}}, N{Named: true}, "", noon, chat.SilentQuiet, false},
		{"a night into Sunday", R{Preferences: P{Quiet: chat.Quiet{Days: 1 << 6, From: 22 * 60, To: 420}}}, N{Named: true}, "", at("UTC", "2026-03-15 03:00"), chat.SilentQuiet, false},
	} {
		if c.r.UserID == "" {
			c.r.UserID = "somebody"
		}
		if c.standard == "" {
			c.standard = chat.LevelMentions
		}
		if got := chat.Decide(c.r, c.n, c.standard, c.now); got.Reason != c.want || got.Tell != c.tell {
			t.Errorf("%s: %+v, want %s, %v", c.name, got, c.want, c.tell)
		}
	}
}

func TestAPauseUntilTomorrowEndsInTheMorningOfThePersonsZone(t *testing.T) {
	p := chat.Preferences{Zone: "America/New_York"}
	now := time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC) // still the 11th there
	if got, want := p.Tomorrow(now), time.Date(2026, 3, 12, 13, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("tomorrow begins at %s, want %s", got, want)
	}
}

func TestWhatMayBeChosenAboutBeingTold(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	p, err := w.Preferences(t.Context(), ada)
	must(t, err)
	if p.UserID != ada.ID || p.HideContent {
		t.Errorf("without a choice: %+v", p)
	}
	p.Keywords = []string{" Release ", "RELEASE", "", "Naïve"}
	p.PausedUntil = w.now()
	got, err := w.SetPreferences(t.Context(), ada, p)
	must(t, err)
	if fmt.Sprint(got.Keywords) != "[release naive]" || !got.PausedUntil.IsZero() {
		t.Errorf("kept are %+v", got)
	}
	many := make([]string, chat.MaxKeywords+1)
	for i := range many {
		many[i] = fmt.Sprintf("word%d", i)
	}
	for code, change := range map[string]func(*chat.Preferences){
		"INVALID_LEVEL":       func(p *chat.Preferences) { p.Level = "loud" },
		"INVALID_ZONE":        func(p *chat.Preferences) { p.Zone = "Mars/Olympus" },
		"INVALID_QUIET_HOURS": func(p *chat.Preferences) { p.Quiet.To = 1440 },
		"INVALID_PAUSE":       func(p *chat.Preferences) { p.PausedUntil = w.now().Add(8 * 24 * time.Hour) },
		"INVALID_KEYWORD":     func(p *chat.Preferences) { p.Keywords = []string{"two words"} },
		"TOO_MANY_KEYWORDS":   func(p *chat.Preferences) { p.Keywords = many },
	} {
		wrong := p
		change(&wrong)
		_, err := w.SetPreferences(t.Context(), ada, wrong)
		refused(t, err, fault.Invalid, code)
	}
	long := p
	long.Keywords = []string{strings.Repeat("x", 41)}
	_, err = w.SetPreferences(t.Context(), ada, long)
	refused(t, err, fault.Invalid, "INVALID_KEYWORD")
}

func TestOneIsToldByOnesOwnChoiceOfAChannel(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cy", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	set := func(level chat.Level, muted bool) {
		t.Helper()
		must(t, w.SetChannelNotify(t.Context(), ben, c.ID, level, muted))
		w.tells(t, "user:"+ben.ID+" ChannelUpdated")
	}
	w.told()
	w.post(t, ada, c.ID, "hello")
	w.notifies(t, "")
	set(chat.LevelAll, false)
	m := w.post(t, ada, c.ID, "hello")
	w.notifies(t, chat.NotifyAll, ben)
	_, v, err := w.Why(t.Context(), ben, m.ID)
	must(t, err)
	if !v.Tell || v.Reason != chat.ReasonAll {
		t.Errorf("the reason is %+v", v)
	}
	set(chat.LevelAll, true)
	w.post(t, ada, c.ID, "hello @channel")
	w.notifies(t, "")
	m = w.post(t, ada, c.ID, "hello @ben")
	w.notifies(t, chat.NotifyMention, ben)
	_, v, err = w.Why(t.Context(), ben, m.ID)
	must(t, err)
	if !v.Tell || v.Reason != chat.ReasonNamed {
		t.Errorf("the reason is %+v", v)
	}
	set(chat.LevelDefault, false)
	_, err = w.SetPreferences(t.Context(), ben, chat.Preferences{Keywords: []string{"Release"}})
	must(t, err)
	m = w.post(t, ada, c.ID, "The RELEASE, at last")
	w.notifies(t, chat.NotifyKeyword, ben)
	if _, v, err = w.Why(t.Context(), ben, m.ID); err != nil || v.Keyword != "release" {
		t.Errorf("the reason is %+v, %v", v, err)
	}
	refused(t, w.SetChannelNotify(t.Context(), cy, c.ID, chat.LevelAll, false), fault.NotFound, "CHANNEL_NOT_FOUND")
	refused(t, w.SetChannelNotify(t.Context(), ben, c.ID, "loud", false), fault.Invalid, "INVALID_LEVEL")
	_, _, err = w.Why(t.Context(), cy, m.ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	if w.NoticesLost() != 0 {
		t.Error("something was lost")
	}
}

// counting counts the reads that telling many people makes.
type counting struct {
	chat.Store
	audiences, others int
}

func (c *counting) Audience(ctx context.Context, channelID string, concerned []string, everybody bool) ([]chat.Recipient, error) {
	c.audiences++
	return c.Store.Audience(ctx, channelID, concerned, everybody)
}

func (c *counting) Preferences(ctx context.Context, userID string) (chat.Preferences, bool, error) {
	c.others++
	return c.Store.Preferences(ctx, userID)
}

func (c *counting) Membership(ctx context.Context, channelID, userID string) (chat.Channel, chat.Member, error) {
	c.others++
	return c.Store.Membership(ctx, channelID, userID)
}

func TestTellingTwoThousandMembersTakesOneRead(t *testing.T) {
	w := newWorld(t)
	store := &counting{Store: w.store}
	root := w.person(t, "root", accounts.RoleAdmin)
	service := chat.NewService(chat.Options{
		Store: store, Events: w, Now: w.now, Render: render, Names: text.Names, Renderer: 3, User: w.store.User, Connected: w.broker.Connected,
	})
	c := w.channel(t, chat.Private, root)
	for i := range 2000 {
		u := w.person(t, fmt.Sprintf("user%d", i), accounts.RoleUser)
		must(t, w.store.AddMember(t.Context(), chat.Member{ChannelID: c.ID, UserID: u.ID, Role: chat.RoleMember, JoinedAt: w.now()}))
	}
	w.told()
	_, err := service.PostMessage(t.Context(), root, c.ID, chat.Draft{Content: "@channel"})
	must(t, err)
	if store.audiences != 0 {
		t.Error("the poster waits while the members are read")
	}
	store.others = 0
	service.TellWaiting(t.Context())
	if got := len(w.notified()); got != 2000 || store.audiences != 1 || store.others != 0 {
		t.Errorf("%d are told after %d and %d reads", got, store.audiences, store.others)
	}
}

func TestANotificationHidesWhatIsSaidFromWhoAskedForIt(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, _, err := w.DirectChannel(t.Context(), ben, ada.ID)
	must(t, err)
	for _, hides := range []bool{false, true} {
		_, err := w.SetPreferences(t.Context(), ada, chat.Preferences{HideContent: hides})
		must(t, err)
		w.told()
		_, err = w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "the surprise is on Friday"})
		must(t, err)
		w.TellWaiting(t.Context())
		var told []string
		w.mu.Lock()
		payloads := w.payloads
		w.mu.Unlock()
		for _, p := range payloads {
			if n, ok := p.(chat.Notification); ok {
				told = append(told, n.Content)
			}
		}
		if want := map[bool]string{false: "the surprise is on Friday"}[hides]; len(told) != 1 || told[0] != want {
			t.Errorf("with hiding %v the notifications say %q", hides, told)
		}
	}
}
