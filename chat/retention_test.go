package chat_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/queue"
)

const aDay = 24 * time.Hour

// sweeper is what removes old messages.
func (w *world) sweeper(t *testing.T) queue.Work {
	t.Helper()
	tasks := w.Tasks(func(err error) { t.Error(err) })
	return tasks[slices.IndexFunc(tasks, func(work queue.Work) bool { return work.Kind == "retention" })]
}

// sweepAll lets the job go through all channels, in as many steps as it takes.
func (w *world) sweepAll(t *testing.T, admin accounts.User) chat.Sweep {
	t.Helper()
	work := w.sweeper(t)
	for range 1000 {
		work.Once(t.Context())
		last, now, problem, err := w.Sweeps(t.Context(), admin)
		must(t, err)
		if problem != "" {
			t.Fatal(problem)
		}
		if now.Began.IsZero() && !last.Ended.IsZero() {
			return last
		}
		w.later(time.Second)
	}
	t.Fatal("the sweep does not end")
	return chat.Sweep{}
}

func TestMessagesOlderThanTheRuleAreRemovedAndOthersStay(t *testing.T) {
	w := newWorld(t)
	must(t, w.StartRetention(t.Context()))
	boss, ann := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "ann", accounts.RoleUser)
	c := w.channel(t, chat.Public, boss, ann)
	kept := w.channel(t, chat.Public, boss)
	short := w.channel(t, chat.Public, boss)
	say := func(channelID, text string) chat.Message { return w.post(t, boss, channelID, text) }
	for i := range 120 {
		say(c.ID, fmt.Sprint("old ", i))
	}
	root := say(c.ID, "root")
	say(kept.ID, "old minutes")
	w.later(25 * aDay)
	say(short.ID, "old here")
	w.later(4 * aDay)
	_, err := w.Reply(t.Context(), boss, root.ID, chat.Draft{Content: "reply"})
	must(t, err)
	say(c.ID, "young")
	say(short.ID, "young here")
	w.later(2 * aDay)

	if last := w.sweepAll(t, boss); last.Messages != 0 {
		t.Fatalf("%d messages went without a rule", last.Messages)
	}
	_, err = w.SetChannelRetention(t.Context(), boss, kept.ID, chat.KeepForEver)
	must(t, err)
	_, err = w.SetChannelRetention(t.Context(), boss, short.ID, 3)
	must(t, err)
	rule := chat.Retention{Days: 30}
	loss, err := w.PreviewRetention(t.Context(), boss, rule)
	must(t, err)
	if loss != (chat.Loss{Channels: 2, Messages: 121}) {
		t.Errorf("the preview says %+v", loss)
	}
	must(t, w.SetRetention(t.Context(), boss, rule))
	last := w.sweepAll(t, boss)
	if _, place, err := w.store.Membership(t.Context(), c.ID, ann.ID); err != nil || place.Unread(123) != 2 {
		t.Errorf("ann has %d unread messages, %v", place.Unread(123), err)
	}
	if last.Messages != loss.Messages || last.Channels != loss.Channels {
		t.Errorf("the preview was %+v, and what went is %+v", loss, last)
	}
	for channelID, want := range map[string]string{c.ID: "[root reply young]", kept.ID: "[old minutes]", short.ID: "[young here]"} {
		if got := fmt.Sprint(w.texts(t, boss, channelID)); got != want {
			t.Errorf("there is %s, want %s", got, want)
		}
	}
	w.later(30 * aDay)
	w.sweepAll(t, boss)
	if got := w.texts(t, boss, c.ID); len(got) != 0 {
		t.Errorf("after the thread has ended there is %v", got)
	}
}

func TestDirectMessagesHaveARuleOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	must(t, w.StartRetention(t.Context()))
	boss, ada := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "ada", accounts.RoleUser)
	direct, _, err := w.DirectChannel(t.Context(), boss, ada.ID)
	must(t, err)
	w.post(t, ada, direct.ID, "hello")
	w.later(10 * aDay)
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{Days: 1}))
	w.sweepAll(t, boss)
	if got := w.texts(t, ada, direct.ID); len(got) != 1 {
		t.Errorf("the rule of channels leaves %v", got)
	}
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{DirectDays: 9}))
	w.sweepAll(t, boss)
	if got := w.texts(t, ada, direct.ID); len(got) != 0 {
		t.Errorf("their own leaves %v", got)
	}
	if _, err := w.SetChannelRetention(t.Context(), boss, direct.ID, 5); !fault.Is(err, fault.NotFound) {
		t.Errorf("a conversation of one's own: %v", err)
	}
}

func TestWhoSaysHowLongMessagesAreKept(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, secret := w.channel(t, chat.Public, ada, ben), w.channel(t, chat.Private, ada)
	try := func(who accounts.User, channelID, want string) {
		t.Helper()
		_, err := w.SetChannelRetention(t.Context(), who, channelID, 7)
		_, previewed := w.PreviewChannelRetention(t.Context(), who, channelID, 7)
		for _, err := range []error{err, previewed} {
			if err == nil && want != "" || err != nil && fault.From(err).Code != want {
				t.Errorf("%s: %v, want %q", who.Username, err, want)
			}
		}
	}
	try(ada, c.ID, "RETENTION_FIXED")
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{Overrides: true}))
	try(ada, c.ID, "")
	try(ben, c.ID, "FORBIDDEN")
	try(ben, secret.ID, "CHANNEL_NOT_FOUND")
	try(boss, secret.ID, "")
	if err := w.SetRetention(t.Context(), ada, chat.Retention{Days: 1}); !fault.Is(err, fault.Forbidden) {
		t.Error(err)
	}
	if _, err := w.PreviewRetention(t.Context(), ada, chat.Retention{Days: 1}); !fault.Is(err, fault.Forbidden) {
		t.Error(err)
	}
	for field, r := range map[string]chat.Retention{"days": {Days: -1}, "direct_days": {DirectDays: chat.MaxKeepDays + 1}} {
		if err := w.SetRetention(t.Context(), boss, r); fault.From(err).Field != field {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if _, err := w.SetChannelRetention(t.Context(), boss, c.ID, -2); fault.From(err).Field != "keep_days" {
		t.Error(err)
	}
}

func TestARuleThatIsTakenBackEndsTheRemovalUnderWay(t *testing.T) {
	w := newWorld(t)
	boss, ann, c := w.old(t, 450)
	w.sweeper(t).Once(t.Context())
	_, now, _, err := w.Sweeps(t.Context(), boss)
	must(t, err)
	if now.Messages != 400 {
		t.Fatalf("a step took %d messages", now.Messages)
	}
	must(t, w.SetRetention(t.Context(), boss, chat.Retention{}))
	w.sweepAll(t, boss)
	if got := len(w.texts(t, boss, c.ID)); got != 50 {
		t.Errorf("%d messages are left", got)
	}
	w.hasUnread(t, ann, c, 50)
}
