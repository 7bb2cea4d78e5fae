package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// mailed returns the letters about missed messages that went to somebody since it was last asked.
func (w *world) mailed(u accounts.User) (found []accounts.Letter) {
	w.t.Helper()
	w.work()
	for _, l := range w.letters.Letters(u.Email) {
		if l.Kind == accounts.LetterMissed {
			found = append(found, l)
		}
	}
	seen := w.seen
	w.seen = len(found)
	return found[seen:]
}

func TestWhatWasMissedComesInOneMailAfterAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	w.post(w.ada, "@ben first")
	w.work()
	w.later(5 * time.Minute)
	w.post(w.ada, "nothing for him")
	w.post(w.ada, "@ben second")
	direct, _, err := w.chat.DirectChannel(t.Context(), w.ada, w.ben.ID)
	must(t, err)
	_, err = w.chat.PostMessage(t.Context(), w.ada, direct.ID, chat.Draft{Content: "psst"})
	must(t, err)
	w.chat.TellWaiting(t.Context())
	w.later(9 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Fatal("mailed too early")
	}
	w.later(2 * time.Minute)
	got := w.mailed(w.ben)
	if len(got) != 1 || len(got[0].Items) != 3 {
		t.Fatalf("mailed %+v", got)
	}
	item := got[0].Items[0]
	if item.Title != "ada in lobby" || item.Text != "@ben first" || !strings.HasPrefix(item.URL, "https://chat.test/chat/"+w.channel.ID+"?around=") || !strings.HasSuffix(item.Why, "/why") {
		t.Errorf("the first item is %+v", item)
	}
	if last := got[0].Items[2]; last.Title != "ada" || last.Text != "psst" {
		t.Errorf("the last item is %+v", last)
	}
	w.post(w.ada, "@ben third")
	w.later(40 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Error("two mails in an hour")
	}
	w.later(30 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 || len(got[0].Items) != 1 || got[0].Items[0].Text != "@ben third" {
		t.Errorf("the second mail is %+v", got)
	}
	w.later(3 * time.Hour)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Error("mailed the same again")
	}
}

func TestNothingIsMailedOfWhatWasReadMeanwhile(t *testing.T) {
	w := newWorld(t)
	m := w.post(w.ada, "@ben hello")
	w.later(10 * time.Minute)
	_, err := w.chat.MarkRead(t.Context(), w.ben, w.channel.ID, m.Seq)
	must(t, err)
	w.later(time.Hour)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Errorf("mailed %+v", got)
	}
}

func TestWhoSitsInFrontOfAPageIsMailedWhenTheyHaveLeft(t *testing.T) {
	w := newWorld(t)
	w.connect(w.ben)
	w.post(w.ada, "@ben hello")
	w.later(16 * time.Minute)
	w.chat.Acted(w.ben.ID, true)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Error("mailed who is there")
	}
	w.later(16 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 {
		t.Errorf("mailed %d times who has left", len(got))
	}
}

func TestWhatAPersonChoseHoldsForTheirMail(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		mails  int
	}{
		"as it comes":            {func(*world) {}, 1},
		"no mail":                {func(w *world) { w.choose(chat.Preferences{NoMail: true}) }, 0},
		"nothing wanted":         {func(w *world) { w.choose(chat.Preferences{Level: chat.LevelNothing}) }, 0},
		"an address not proven":  {func(w *world) { w.unproven() }, 0},
		"kept out":               {func(w *world) { w.ban() }, 0},
		"no mail server":         {func(w *world) { w.letters.Undelivered = true }, 0},
		"removed from the place": {func(w *world) { must(t, w.chat.RemoveMember(t.Context(), w.ada, w.channel.ID, w.ben.ID)) }, 0},
		"quiet hours at the time": {func(w *world) {
			w.choose(chat.Preferences{Quiet: chat.Quiet{Days: 127, From: 15*60 + 15, To: 15*60 + 30}})
		}, 0},
	} {
		w := newWorld(t)
		w.post(w.ada, "@ben hello")
		c.change(w)
		w.later(16 * time.Minute)
		if got := w.mailed(w.ben); len(got) != c.mails {
			t.Errorf("%s: %d mails", name, len(got))
		}
	}
	w := newWorld(t)
	w.choose(chat.Preferences{HideContent: true})
	w.post(w.ada, "@ben secret plans")
	w.later(16 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 || got[0].Items[0].Text != "" || got[0].Items[0].Title != "ada in lobby" {
		t.Errorf("with hidden text came %+v", got)
	}
}

func TestMailThatCameInQuietHoursWaitsForTheirEnd(t *testing.T) {
	w := newWorld(t)
	w.post(w.ada, "@ben hello")
	w.choose(chat.Preferences{Quiet: chat.Quiet{Days: 127, From: 15*60 + 15, To: 16 * 60}})
	w.later(20 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Error("mailed in quiet hours")
	}
	w.later(50 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 {
		t.Errorf("%d mails after the quiet hours", len(got))
	}
}

func TestTheLinkInAMailEndsIt(t *testing.T) {
	w := newWorld(t)
	w.post(w.ada, "@ben hello")
	w.later(16 * time.Minute)
	got := w.mailed(w.ben)
	if len(got) != 1 {
		t.Fatalf("%d mails", len(got))
	}
	_, token, _ := strings.Cut(got[0].Unsubscribe, "?token=")
	for _, guess := range []string{"", "x", w.ada.ID + token[24:], token + "x", w.ben.ID + "."} {
		if err := w.notify.EndMail(t.Context(), guess); !fault.Is(err, fault.NotFound) {
			t.Errorf("the token %q: %v", guess, err)
		}
	}
	must(t, w.notify.EndMail(t.Context(), token))
	must(t, w.notify.EndMail(t.Context(), token))
	wants, err := w.chat.Preferences(t.Context(), w.ben)
	must(t, err)
	if !wants.NoMail {
		t.Error("the mail goes on")
	}
}

func (w *world) choose(p chat.Preferences) {
	w.t.Helper()
	_, err := w.chat.SetPreferences(w.t.Context(), w.ben, p)
	must(w.t, err)
}

func (w *world) unproven() {
	w.t.Helper()
	no := false
	_, err := w.store.UpdateUser(w.t.Context(), w.ben.ID, accounts.UserChange{EmailVerified: &no}, w.now())
	must(w.t, err)
}

func (w *world) ban() {
	w.t.Helper()
	_, err := w.store.UpdateUser(w.t.Context(), w.ben.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, w.now())
	must(w.t, err)
}

func (w *world) direct(texts ...string) {
	w.t.Helper()
	c, _, err := w.chat.DirectChannel(w.t.Context(), w.ada, w.ben.ID)
	must(w.t, err)
	for _, text := range texts {
		_, err = w.chat.PostMessage(w.t.Context(), w.ada, c.ID, chat.Draft{Content: text})
		must(w.t, err)
	}
	w.chat.TellWaiting(w.t.Context())
}

func TestDirectMessagesBeyondTheFirstUnreadOnesAreMailedToo(t *testing.T) {
	w := newWorld(t)
	for i := range 15 {
		w.direct(fmt.Sprint("early ", i))
	}
	w.later(16 * time.Minute)
	first := w.mailed(w.ben)
	if len(first) != 1 || len(first[0].Items) != 10 || first[0].Items[9].Text != "early 14" || first[0].More != 5 {
		t.Fatalf("the first mail is %+v", first)
	}
	w.direct("late")
	w.later(2 * time.Hour)
	if got := w.mailed(w.ben); len(got) != 1 || len(got[0].Items) != 1 || got[0].Items[0].Text != "late" || got[0].More != 15 {
		t.Errorf("the second mail is %+v", got)
	}
}

func TestNothingIsMailedTwiceHoweverLateTheNextMessageComes(t *testing.T) {
	w := newWorld(t)
	w.direct("first")
	w.post(w.ada, "@ben second")
	w.later(16 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 || len(got[0].Items) != 2 {
		t.Fatalf("the first mail is %+v", got)
	}
	w.later(5 * time.Hour)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Fatalf("mailed again without anything new: %+v", got)
	}
	w.direct("third")
	w.later(16 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 || len(got[0].Items) != 1 || got[0].Items[0].Text != "third" || got[0].More != 2 {
		t.Errorf("the next mail is %+v", got)
	}
}

func TestAMessageThatComesDuringALookIsMailed(t *testing.T) {
	w := newWorld(t)
	w.direct("first")
	w.work()
	w.later(16 * time.Minute)
	looking, err := w.store.ClaimJobs(t.Context(), "missed-mail", w.now(), w.now().Add(time.Minute), 1)
	must(t, err)
	if len(looking) != 1 {
		t.Fatalf("%d looks", len(looking))
	}
	w.direct("second")
	for _, tasks := range w.notify.Tasks(func(err error) { t.Error(err) })[:1] {
		tasks.Once(t.Context())
	}
	looking[0].State, looking[0].NextTry = "done", time.Time{} // it looked before the second came, and saw nothing
	must(t, w.store.SaveJob(t.Context(), looking[0]))
	w.later(30 * time.Second)
	w.work()
	w.later(20 * time.Minute)
	if got := w.mailed(w.ben); len(got) != 1 || len(got[0].Items) != 2 {
		t.Errorf("mailed %+v", got)
	}
}

func TestWhatIsMutedIsNotCountedAsMissed(t *testing.T) {
	w := newWorld(t)
	must(t, w.chat.SetChannelNotify(t.Context(), w.ben, w.channel.ID, chat.LevelDefault, true))
	for range 5 {
		w.post(w.ada, "@channel lunch")
	}
	w.post(w.ada, "@ben you too")
	w.direct("psst")
	w.later(16 * time.Minute)
	got := w.mailed(w.ben)
	if len(got) != 1 || len(got[0].Items) != 2 || got[0].More != 0 {
		t.Fatalf("mailed %+v", got)
	}
	if a, b := got[0].Items[0].Text, got[0].Items[1].Text; a != "@ben you too" || b != "psst" {
		t.Errorf("mailed %q and %q", a, b)
	}
}

func TestAMentionInAThreadThatWasReadIsNotMissed(t *testing.T) {
	w := newWorld(t)
	root := w.post(w.ada, "root")
	reply := func(text string) chat.Message {
		t.Helper()
		m, err := w.chat.Reply(t.Context(), w.ada, root.ID, chat.Draft{Content: text})
		must(t, err)
		w.chat.TellWaiting(t.Context())
		return m
	}
	first := reply("@ben first")
	second := reply("@ben second")
	// Who reads the channel has not read its threads.
	_, err := w.chat.MarkRead(t.Context(), w.ben, w.channel.ID, second.Seq)
	must(t, err)
	_, err = w.chat.MarkThreadRead(t.Context(), w.ben, root.ID, first.Seq)
	must(t, err)
	w.later(16 * time.Minute)
	got := w.mailed(w.ben)
	if len(got) != 1 || len(got[0].Items) != 1 || got[0].Items[0].Text != "@ben second" || got[0].More != 0 {
		t.Fatalf("mailed %+v", got)
	}
	third := reply("@ben third")
	_, err = w.chat.MarkThreadRead(t.Context(), w.ben, root.ID, third.Seq)
	must(t, err)
	w.later(2 * time.Hour)
	if got := w.mailed(w.ben); len(got) != 0 {
		t.Errorf("mailed what was read: %+v", got)
	}
}
