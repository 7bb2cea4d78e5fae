package chat_test

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// setStatus sets a status that must be taken, and returns the person after it.
func (w *world) setStatus(t testing.TB, u accounts.User, emoji, text string, until time.Time, pause bool) accounts.User {
	t.Helper()
	_, err := w.ChangeProfile(t.Context(), u, accounts.ProfileChange{StatusMessage: &text, StatusEmoji: &emoji, StatusUntil: &until}, pause)
	must(t, err)
	return w.read(t, u)
}

func (w *world) read(t testing.TB, u accounts.User) accounts.User {
	t.Helper()
	u, err := w.store.User(t.Context(), u.ID)
	must(t, err)
	return u
}

func TestAStatusEndsAtItsTimeAndNoEarlier(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	until := w.now().Add(time.Hour)
	ada = w.setStatus(t, ada, "🌴", "away", until, false)
	if ada.StatusEmoji != "🌴" || ada.StatusMessage != "away" || !ada.StatusUntil.Equal(until) {
		t.Fatalf("it is %+v", ada)
	}
	w.later(time.Hour - time.Millisecond)
	w.due(t)
	if ada = w.read(t, ada); ada.StatusMessage != "away" {
		t.Fatal("it ended too early")
	}
	w.later(time.Millisecond)
	w.due(t)
	if ada = w.read(t, ada); ada.StatusMessage+ada.StatusEmoji != "" || !ada.StatusUntil.IsZero() {
		t.Errorf("afterwards it is %+v", ada)
	}
	w.later(time.Hour)
	if n := w.due(t); n > 0 {
		t.Errorf("%d things are still looked at", n)
	}
}

func TestOfSeveralStatusesTheLastOneCounts(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	start := w.now()
	ada = w.setStatus(t, ada, "", "long", start.Add(3*time.Hour), false)
	ada = w.setStatus(t, ada, "", "short", start.Add(time.Hour), false)
	w.later(time.Hour)
	w.due(t)
	if got := w.read(t, ada).StatusMessage; got != "" {
		t.Fatalf("the earlier end was missed: %q", got)
	}
	ada = w.setStatus(t, w.read(t, ada), "", "short", start.Add(90*time.Minute), false)
	ada = w.setStatus(t, ada, "", "longer", start.Add(2*time.Hour), false)
	w.later(45 * time.Minute)
	w.due(t)
	if got := w.read(t, ada).StatusMessage; got != "longer" {
		t.Fatalf("the end of the one before cleared it: %q", got)
	}
	ada = w.setStatus(t, w.read(t, ada), "", "for good", time.Time{}, false)
	w.later(10 * time.Hour)
	w.due(t)
	if got := w.read(t, ada).StatusMessage; got != "for good" {
		t.Errorf("it is %q", got)
	}
}

func TestATextAloneIsAStatusWithoutEmojiAndEnd(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	ada = w.setStatus(t, ada, "🌴", "away", w.now().Add(time.Hour), true)
	_, err := w.ChangeProfile(t.Context(), ada, accounts.ProfileChange{StatusMessage: new("away"), Phone: new("1")}, false)
	must(t, err)
	if got := w.read(t, ada); got.StatusEmoji != "🌴" || got.StatusUntil.IsZero() {
		t.Errorf("the same text took its emoji and end away: %+v", got)
	}
	_, err = w.ChangeProfile(t.Context(), ada, accounts.ProfileChange{StatusMessage: new("back")}, false)
	must(t, err)
	if got := w.read(t, ada); got.StatusEmoji != "" || !got.StatusUntil.IsZero() || got.StatusMessage != "back" {
		t.Errorf("it is %+v", got)
	}
	if p, err := w.Preferences(t.Context(), ada); err != nil || !p.PausedUntil.IsZero() {
		t.Errorf("the pause went on: %v %v", p.PausedUntil, err)
	}
}

func TestAPauseLastsAsLongAsItsStatus(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	until := w.now().Add(time.Hour)
	paused := func() time.Time {
		t.Helper()
		p, err := w.Preferences(t.Context(), ada)
		must(t, err)
		return p.PausedUntil
	}
	ada = w.setStatus(t, ada, "", "thinking", until, true)
	if !paused().Equal(until) {
		t.Fatalf("paused until %v", paused())
	}
	ada = w.setStatus(t, ada, "", "thinking", until.Add(time.Hour), true)
	if !paused().Equal(until.Add(time.Hour)) {
		t.Fatalf("paused until %v", paused())
	}
	ada = w.setStatus(t, ada, "", "", time.Time{}, false)
	if !paused().IsZero() {
		t.Fatal("it goes on without its status")
	}
	_, err := w.SetPreferences(t.Context(), ada, chat.Preferences{PausedUntil: until})
	must(t, err)
	ada = w.setStatus(t, ada, "", "reading", until.Add(time.Minute), false)
	w.setStatus(t, ada, "", "", time.Time{}, false)
	if !paused().Equal(until) {
		t.Error("a status ended a pause that was not its own")
	}
}

func TestWhatIsWrongWithAStatusIsSaid(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	now := w.now()
	for _, c := range []struct {
		emoji string
		until time.Time
		pause bool
		code  string
	}{
		{"x", time.Time{}, false, "INVALID_EMOJI"}, {"🌴🌴", time.Time{}, false, "INVALID_EMOJI"}, {":nothing_here:", time.Time{}, false, "INVALID_EMOJI"},
		{"", now, false, "TIME_PASSED"}, {"", now.Add(-time.Hour), false, "TIME_PASSED"}, {"", now.Add(3 * 366 * 24 * time.Hour), false, "TIME_TOO_FAR"},
		{"", time.Time{}, true, "INVALID_PAUSE"}, {"", now.Add(8 * 24 * time.Hour), true, "INVALID_PAUSE"},
	} {
		_, err := w.ChangeProfile(t.Context(), ada, accounts.ProfileChange{StatusMessage: new("x"), StatusEmoji: &c.emoji, StatusUntil: &c.until}, c.pause)
		refused(t, err, fault.Invalid, c.code)
	}
	if got := w.read(t, ada).StatusMessage; got != "" {
		t.Errorf("what was refused stands: %q", got)
	}
}

func TestTheEndsOfDaysAndWeeksAreThoseOfTheirZone(t *testing.T) {
	zone := time.FixedZone("east", 9*3600)
	for now, want := range map[time.Time][2]time.Time{
		time.Date(2026, 3, 14, 23, 59, 0, 0, zone): {time.Date(2026, 3, 15, 0, 0, 0, 0, zone), time.Date(2026, 3, 16, 0, 0, 0, 0, zone)}, // a Saturday
		time.Date(2026, 3, 15, 0, 0, 0, 0, zone):   {time.Date(2026, 3, 16, 0, 0, 0, 0, zone), time.Date(2026, 3, 16, 0, 0, 0, 0, zone)}, // a Sunday
		time.Date(2026, 3, 16, 8, 0, 0, 0, zone):   {time.Date(2026, 3, 17, 0, 0, 0, 0, zone), time.Date(2026, 3, 23, 0, 0, 0, 0, zone)}, // a Monday
		time.Date(2026, 12, 31, 8, 0, 0, 0, zone):  {time.Date(2027, 1, 1, 0, 0, 0, 0, zone), time.Date(2027, 1, 4, 0, 0, 0, 0, zone)},   // a Thursday
	} {
		today, _ := chat.StatusEnd("today", now)
		week, _ := chat.StatusEnd("week", now)
		if !today.Equal(want[0]) || !week.Equal(want[1]) {
			t.Errorf("of %v today ends %v, the week %v", now, today, week)
		}
	}
	if end, _ := chat.StatusEnd("today", time.Date(2018, 11, 3, 15, 0, 0, 0, chat.Zone("America/Sao_Paulo"))); !end.Equal(time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("the day before one without midnight ends %v", end.UTC())
	}
	if end, ok := chat.StatusEnd("never", time.Now()); !ok || !end.IsZero() {
		t.Error("never ends")
	}
	if _, ok := chat.StatusEnd("in 1 hour", time.Now()); ok {
		t.Error("a time was read")
	}
}

func TestTheStatusCommandTakesAnEmojiAndATime(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	now := w.now()
	for _, step := range []struct {
		text, emoji, message string
		long                 time.Duration
	}{
		{"/status 🍲 lunch for 30 minutes", "🍲", "lunch", 30 * time.Minute}, {"/status here for you", "", "here for you", 0},
		{"/status 🌴", "", "🌴", 0}, {"/status in a hurry for an hour", "", "in a hurry", time.Hour}, {"/status clear", "", "", 0},
	} {
		w.say(t, ada, c.ID, step.text)
		u := w.read(t, ada)
		var until time.Time
		if step.long > 0 {
			until = now.Add(step.long)
		}
		if u.StatusEmoji != step.emoji || u.StatusMessage != step.message || !u.StatusUntil.Equal(until) {
			t.Errorf("after %s it is %q %q until %v", step.text, u.StatusEmoji, u.StatusMessage, u.StatusUntil)
		}
		ada = u
	}
}
