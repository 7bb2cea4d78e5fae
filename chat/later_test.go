package chat_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// due does all that is due and returns how much it was.
func (w *world) due(t testing.TB) (n int) {
	t.Helper()
	for _, tasks := range w.Tasks(func(err error) { t.Error(err) }) {
		n += tasks.Once(t.Context())
	}
	return n
}

func (w *world) schedule(t testing.TB, u accounts.User, channelID, text string, after time.Duration) chat.Scheduled {
	t.Helper()
	s, err := w.Schedule(t.Context(), u, channelID, chat.Draft{Content: text}, w.now().Add(after))
	must(t, err)
	return s
}

func (w *world) texts(t testing.TB, u accounts.User, channelID string) (texts []string) {
	t.Helper()
	h, err := w.History(t.Context(), u, channelID, chat.Cut{Limit: 100})
	must(t, err)
	for _, m := range h.Messages {
		texts = append(texts, m.Content)
	}
	return texts
}

func TestAScheduledMessageIsSentOnceAtItsTime(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	w.schedule(t, ada, c.ID, "later", time.Hour)
	w.later(time.Hour - time.Millisecond)
	if n := w.due(t); n != 0 {
		t.Fatalf("%d were sent too soon", n)
	}
	w.later(time.Hour) // late, as after the server was away
	if n := w.due(t) + w.due(t); n != 1 {
		t.Fatalf("%d were sent", n)
	}
	h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 10})
	must(t, err)
	if len(h.Messages) != 1 || h.Messages[0].Content != "later" || h.Messages[0].UserID != ada.ID {
		t.Errorf("the channel has %+v", h.Messages)
	}
	list, err := w.Scheduled(t.Context(), ada)
	must(t, err)
	if len(list) > 0 {
		t.Errorf("still waiting: %+v", list)
	}
}

func TestAMessageWhoseSendingWasCutOffIsNotPostedTwice(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	later := w.schedule(t, ada, c.ID, "once", time.Minute)
	w.later(time.Minute)
	claimed, err := w.store.ClaimJobs(t.Context(), "message", w.now(), w.now().Add(time.Minute), 1)
	must(t, err)
	if len(claimed) != 1 {
		t.Fatal("nothing was claimed")
	}
	// The server that claimed it posted it, and was killed before it could say so.
	_, err = w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "once", Key: "scheduled-" + later.ID})
	must(t, err)
	_, err = w.Reschedule(t.Context(), ada, later.ID, chat.Draft{Content: "twice"}, w.now().Add(time.Hour))
	refused(t, err, fault.Conflict, "SENDING")
	refused(t, w.Unschedule(t.Context(), ada, later.ID), fault.Conflict, "SENDING")
	if n := w.due(t); n != 0 {
		t.Fatalf("%d were sent under the lease", n)
	}
	w.later(time.Minute)
	if n := w.due(t); n != 1 {
		t.Fatalf("%d were sent after the lease", n)
	}
	if texts := w.texts(t, ada, c.ID); fmt.Sprint(texts) != "[once]" {
		t.Errorf("the channel has %v", texts)
	}
}

func TestRightsAreCheckedWhenAScheduledMessageIsSent(t *testing.T) {
	w := newWorld(t)
	ada, ben, cid := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cid", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben, cid)
	w.schedule(t, ben, c.ID, "canary", time.Minute)
	w.schedule(t, cid, c.ID, "canary", time.Minute)
	must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	_, err := w.store.UpdateUser(t.Context(), cid.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, w.now())
	must(t, err)
	w.later(time.Minute)
	w.told()
	w.due(t)
	if texts := w.texts(t, ada, c.ID); len(texts) > 0 {
		t.Errorf("the channel has %v", texts)
	}
	list, err := w.Scheduled(t.Context(), ben)
	must(t, err)
	if len(list) != 1 || list[0].Problem == "" || list[0].Content != "canary" {
		t.Fatalf("the author finds %+v", list)
	}
	if told := w.told(); fmt.Sprint(told) != fmt.Sprintf("[user:%s SendingFailed user:%s SendingFailed]", ben.ID, cid.ID) &&
		fmt.Sprint(told) != fmt.Sprintf("[user:%s SendingFailed user:%s SendingFailed]", cid.ID, ben.ID) {
		t.Errorf("told %v", told)
	}
	must(t, w.AddMember(t.Context(), ada, c.ID, ben.ID))
	m, err := w.SendScheduled(t.Context(), ben, list[0].ID)
	must(t, err)
	if m.Content != "canary" {
		t.Errorf("sent %+v", m)
	}
}

func TestAScheduledMessageIsItsAuthorsToChange(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleAdmin)
	c := w.channel(t, chat.Public, ada, ben)
	later := w.schedule(t, ada, c.ID, "first", time.Hour)
	ctx := t.Context()
	for _, err := range []error{
		failure(w.ScheduledMessage(ctx, ben, later.ID)), failure(w.Reschedule(ctx, ben, later.ID, chat.Draft{Content: "x"}, w.now().Add(time.Hour))),
		w.Unschedule(ctx, ben, later.ID), failure(w.SendScheduled(ctx, ben, later.ID)), w.EndReminder(ctx, ada, later.ID),
		failure(w.ScheduledMessage(ctx, ada, "nonsense")),
	} {
		refused(t, err, fault.NotFound, "NOT_FOUND")
	}
	_, err := w.Reschedule(ctx, ada, later.ID, chat.Draft{Content: "second"}, w.now().Add(2*time.Hour))
	must(t, err)
	w.later(time.Hour)
	w.due(t)
	w.later(time.Hour)
	w.due(t)
	if texts := w.texts(t, ada, c.ID); fmt.Sprint(texts) != "[second]" {
		t.Errorf("the channel has %v", texts)
	}
	gone := w.schedule(t, ada, c.ID, "gone", time.Hour)
	must(t, w.Unschedule(ctx, ada, gone.ID))
	w.later(2 * time.Hour)
	if n := w.due(t); n != 0 {
		t.Errorf("%d were sent", n)
	}
}

func failure[T any](_ T, err error) error { return err }

func TestWhatCannotBeScheduledIsRefused(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.person(t, "ada", accounts.RoleUser), w.person(t, "eve", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada)
	for code, one := range map[string]struct {
		text  string
		after time.Duration
	}{
		"TIME_PASSED": {"x", 0}, "TIME_TOO_FAR": {"x", 3 * 366 * 24 * time.Hour}, "CONTENT_REQUIRED": {" ", time.Hour}, "COMMAND_LATER": {"/me waves", time.Hour},
	} {
		_, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: one.text}, w.now().Add(one.after))
		refused(t, err, fault.Invalid, code)
	}
	_, err := w.Schedule(t.Context(), eve, c.ID, chat.Draft{Content: "x"}, w.now().Add(time.Hour))
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	first, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "x", Key: "k"}, w.now().Add(time.Hour))
	must(t, err)
	for range chat.MaxScheduled - 1 {
		w.schedule(t, ada, c.ID, "x", time.Hour)
	}
	_, err = w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "x"}, w.now().Add(time.Hour))
	refused(t, err, fault.Conflict, "TOO_MANY_SCHEDULED")
	again, err := w.Schedule(t.Context(), ada, c.ID, chat.Draft{Content: "x", Key: "k"}, w.now().Add(time.Hour))
	must(t, err)
	if again.ID != first.ID {
		t.Errorf("the retry made %+v", again)
	}
}

func TestAReminderRingsOnceAndStaysUntilItIsPutAway(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	out := w.say(t, ada, c.ID, "/remind me in 20 minutes to stretch")
	if out.Message.ID != "" {
		t.Errorf("the command posted %+v", out.Message)
	}
	w.told()
	w.later(20 * time.Minute)
	if n := w.due(t) + w.due(t); n != 1 {
		t.Fatalf("%d rang", n)
	}
	if told := fmt.Sprint(w.told()); told != "[user:"+ada.ID+" Reminded]" {
		t.Errorf("told %s", told)
	}
	list, err := w.Reminders(t.Context(), ada)
	must(t, err)
	if len(list) != 1 || !list[0].Rung || list[0].Text != "stretch" {
		t.Fatalf("the list is %+v", list)
	}
	_, err = w.Snooze(t.Context(), ada, list[0].ID, w.now().Add(time.Hour))
	must(t, err)
	w.later(time.Hour)
	if n := w.due(t); n != 1 {
		t.Fatalf("%d rang after a snooze", n)
	}
	must(t, w.EndReminder(t.Context(), ada, list[0].ID))
	if list, _ = w.Reminders(t.Context(), ada); len(list) != 0 {
		t.Errorf("the list is %+v", list)
	}
	_, err = w.Say(t.Context(), ada, c.ID, chat.Draft{Content: "/remind me to stretch"})
	refused(t, err, fault.Invalid, "COMMAND_USAGE")
}

func TestAReminderIsAboutAMessageThatOneSees(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.person(t, "ada", accounts.RoleUser), w.person(t, "eve", accounts.RoleAdmin)
	c := w.channel(t, chat.Private, ada)
	m := w.post(t, ada, c.ID, "canary")
	at := w.now().Add(time.Hour)
	r, err := w.AddReminder(t.Context(), ada, chat.NewReminder{MessageID: m.ID, At: at})
	must(t, err)
	if r.ChannelID != c.ID || r.MessageID != m.ID {
		t.Errorf("the reminder is %+v", r)
	}
	_, err = w.AddReminder(t.Context(), eve, chat.NewReminder{MessageID: m.ID, At: at})
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	refused(t, w.EndReminder(t.Context(), eve, r.ID), fault.NotFound, "NOT_FOUND")
	refused(t, failure(w.Snooze(t.Context(), eve, r.ID, at)), fault.NotFound, "NOT_FOUND")
	refused(t, failure(w.AddReminder(t.Context(), ada, chat.NewReminder{At: at})), fault.Invalid, "TEXT_REQUIRED")
	refused(t, failure(w.AddReminder(t.Context(), ada, chat.NewReminder{Text: "x", At: w.now()})), fault.Invalid, "TIME_PASSED")
}

func TestAScheduledReplyGoesToItsThreadAndToItsChannelToo(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	root := w.post(t, ada, c.ID, "root")
	for _, d := range []chat.Draft{{Content: "both", ParentID: root.ID, AlsoChannel: true}, {Content: "thread", ParentID: root.ID}, {Content: "channel", AlsoChannel: true}} {
		_, err := w.Schedule(t.Context(), ada, c.ID, d, w.now().Add(time.Hour))
		must(t, err)
	}
	w.later(2 * time.Hour)
	if n := w.due(t); n != 3 {
		t.Fatalf("%d were sent", n)
	}
	h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 10})
	must(t, err)
	got := map[string]string{}
	for _, m := range h.Messages[1:] {
		got[m.Content] = fmt.Sprint(m.ParentID == root.ID, m.AlsoChannel)
	}
	if want := map[string]string{"both": "true true", "thread": "true false", "channel": "false false"}; !maps.Equal(got, want) {
		t.Errorf("the channel has %v, want %v", got, want)
	}
}

func TestAMessageIsTakenBackAMomentAfterItWasSent(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleAdmin)
	c := w.channel(t, chat.Public, ada, ben)
	m := w.post(t, ada, c.ID, "oops")
	_, err := w.UndoMessage(t.Context(), ben, m.ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	taken, err := w.UndoMessage(t.Context(), ada, m.ID)
	must(t, err)
	if texts := w.texts(t, ada, c.ID); taken.Content != "oops" || len(texts) > 0 {
		t.Errorf("took back %q, and the channel has %v", taken.Content, texts)
	}
	_, err = w.UndoMessage(t.Context(), ada, m.ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	m = w.post(t, ada, c.ID, "meant")
	w.later(16 * time.Second)
	_, err = w.UndoMessage(t.Context(), ada, m.ID)
	refused(t, err, fault.Conflict, "TOO_LATE")
}
