package chat_test

import (
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func TestAReportShowsThoseWhoKeepOrderNoMoreThanTheyMaySee(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	mod, boss := w.person(t, "mod", accounts.RoleModerator), w.person(t, "boss", accounts.RoleAdmin)
	open, closed, shared := w.channel(t, chat.Public, ada, ben), w.channel(t, chat.Private, ada, ben), w.channel(t, chat.Private, ada, ben, mod)
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	for _, test := range []struct {
		channel             chat.Channel
		disclose            bool
		text, place, inside bool
	}{
		{open, false, true, true, false}, {closed, false, false, false, false}, {closed, true, true, false, false},
		{shared, false, true, true, true}, {direct, false, false, false, false}, {direct, true, true, false, false},
	} {
		m := w.post(t, ben, test.channel.ID, "canary")
		must(t, w.ReportMessage(t.Context(), ada, m.ID, " rude ", test.disclose))
		refused(t, w.ReportMessage(t.Context(), ada, m.ID, "again", false), fault.Conflict, "ALREADY_REPORTED")
		cases, _, err := w.Reports(t.Context(), mod, "")
		must(t, err)
		c := cases[0]
		if c.MessageID != m.ID || c.Reports[0].Reason != "rude" {
			t.Fatalf("the newest case is %+v", c)
		}
		if (c.Message.Content != "") != test.text || (c.Message.UserID != "") != test.text || (c.Channel.ID != "") != test.place || c.MayAct != test.inside {
			t.Errorf("%+v shows %+v", test, c)
		}
		if !test.inside {
			refused(t, w.Judge(t.Context(), mod, m.ID, chat.JudgeDelete), fault.Forbidden, "NOT_IN_CHANNEL")
			refused(t, w.Judge(t.Context(), mod, m.ID, chat.JudgeMute), fault.Forbidden, "NOT_IN_CHANNEL")
		}
	}
	for _, u := range []accounts.User{ada, ben} {
		_, _, err := w.Reports(t.Context(), u, "")
		refused(t, err, fault.Forbidden, "FORBIDDEN")
		if n, err := w.CountReports(t.Context(), u); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if n, err := w.CountReports(t.Context(), boss); n != 6 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestAReportIsSettledOnceByWhoMay(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	mod, boss := w.person(t, "mod", accounts.RoleModerator), w.person(t, "boss", accounts.RoleAdmin)
	c := w.channel(t, chat.Public, ada, ben, mod, boss)
	reported := func(author accounts.User) chat.Message {
		m := w.post(t, author, c.ID, "bad")
		must(t, w.ReportMessage(t.Context(), ada, m.ID, "rude", false))
		return m
	}
	judge := func(by accounts.User, m chat.Message, how chat.Judgement) error {
		return w.Judge(t.Context(), by, m.ID, how)
	}

	first := reported(ben)
	refused(t, judge(ben, first, chat.JudgeDismiss), fault.Forbidden, "FORBIDDEN")
	refused(t, judge(mod, first, "burn"), fault.Invalid, "INVALID_ACTION")
	must(t, judge(mod, first, chat.JudgeDelete))
	_, err := w.Message(t.Context(), ben, first.ID)
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	refused(t, judge(mod, first, chat.JudgeDismiss), fault.NotFound, "REPORT_NOT_FOUND")

	second := reported(ben)
	must(t, judge(mod, second, chat.JudgeMute))
	_, err = w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "x"})
	refused(t, err, fault.Forbidden, "MUTED")

	own := reported(mod)
	refused(t, judge(mod, own, chat.JudgeDismiss), fault.NotFound, "REPORT_NOT_FOUND")
	if cases, _, err := w.Reports(t.Context(), mod, ""); len(cases) != 0 || err != nil {
		t.Errorf("a moderator judges their own message: %+v, %v", cases, err)
	}
	must(t, judge(boss, own, chat.JudgeDismiss))

	must(t, w.ReportMessage(t.Context(), ben, reported(boss).ID, "rude", false))
	dee := w.person(t, "dee", accounts.RoleUser)
	must(t, w.AddMember(t.Context(), ada, c.ID, dee.ID))
	handed := reported(dee)
	must(t, judge(mod, handed, chat.JudgeHandOn))
	refused(t, judge(mod, handed, chat.JudgeDismiss), fault.NotFound, "REPORT_NOT_FOUND")
	must(t, judge(boss, handed, chat.JudgeDismiss))

	for reason, code := range map[string]string{" ": "REASON_REQUIRED", strings.Repeat("x", chat.MaxReason+1): "REASON_TOO_LONG"} {
		refused(t, w.ReportMessage(t.Context(), ada, second.ID, reason, false), fault.Invalid, code)
	}
	refused(t, w.ReportMessage(t.Context(), ben, second.ID, "mine", false), fault.Invalid, "OWN_MESSAGE")
	hidden := w.post(t, ada, w.channel(t, chat.Private, ada).ID, "secret")
	refused(t, w.ReportMessage(t.Context(), ben, hidden.ID, "x", false), fault.NotFound, "MESSAGE_NOT_FOUND")
}
