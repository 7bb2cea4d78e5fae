package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

func (d *door) reportPage(r *http.Request, me accounts.User) (views.ReportForm, error) {
	page, err := d.messagePage(r, me, "Report message", func(_ chat.Member, m chat.Message) bool { return m.UserID != me.ID })
	return views.ReportForm{MessageForm: page, Hidden: page.Channel.Private || page.Channel.Direct}, err
}

func (d *door) showReport(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.reportPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ReportMessage(page))
	return nil
}

func (d *door) reportMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	reason, disclose := r.PostForm.Get("reason"), r.PostForm.Get("disclose") == "yes"
	if err = d.Limits.React.Take(w, r, me.ID); err == nil {
		err = d.Chat.ReportMessage(r.Context(), me, m.ID, reason, disclose)
	}
	if err == nil {
		d.note(r, "Thank you. Those who keep order will look at it.")
		return done(w, r, views.MessageLink(m.ChannelID, m.ID))
	}
	page, failed := d.reportPage(r, me)
	if failed != nil {
		return err
	}
	page.Reason, page.Disclose = reason, disclose
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Wrong = problem
		render(w, r, status, views.ReportMessage(page))
	})
}

func (d *door) listReports(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	cases, next, err := d.Chat.Reports(r.Context(), me, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	own, err := d.adminFrame(r, me, views.TabReports)
	if err != nil {
		return err
	}
	page := views.Reports{Own: own, Cases: make([]views.ReportCase, len(cases))}
	if next != "" {
		page.More = "/admin/reports?after=" + next
	}
	var ids []string
	for _, c := range cases {
		ids = append(ids, c.Message.UserID)
		for _, report := range c.Reports {
			ids = append(ids, report.ReporterID)
		}
	}
	people, err := d.Accounts.Users(r.Context(), ids)
	if err != nil {
		return err
	}
	for i, c := range cases {
		page.Cases[i] = reportCase(c, people)
	}
	render(w, r, http.StatusOK, views.ReportsPage(page))
	return nil
}

func reportCase(c chat.Case, people map[string]accounts.User) views.ReportCase {
	shown := views.ReportCase{
		MessageID: c.MessageID, Text: c.Message.Content, At: c.Message.CreatedAt, Gone: c.Gone, MayAct: c.MayAct && !c.Gone,
		Join: c.Here && !c.Inside, Hidden: !c.Here, Author: nameOf(people, c.Message.UserID), Place: c.Channel.Name, ForAdmins: c.Reports[0].ForAdmins,
	}
	if c.Here && c.Channel.IsDirect() {
		shown.Place = "a conversation of yours"
	}
	if c.Here {
		shown.Link = views.MessageLink(c.Channel.ID, c.MessageID)
	}
	for _, r := range c.Reports {
		shown.Reports = append(shown.Reports, views.Reported{By: nameOf(people, r.ReporterID), Reason: r.Reason, At: r.CreatedAt})
	}
	return shown
}

func nameOf(people map[string]accounts.User, userID string) string {
	return shownName(people[userID])
}

func (d *door) judgeReport(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	how := chat.Judgement(r.PostForm.Get("action"))
	if err := d.Chat.Judge(r.Context(), me, chi.URLParam(r, "message"), how); err != nil {
		return err
	}
	d.note(r, map[chat.Judgement]string{
		chat.JudgeDismiss: "The report is dismissed", chat.JudgeDelete: "The message was deleted",
		chat.JudgeMute: "The author is muted for a day", chat.JudgeHandOn: "The report is with the admins",
	}[how])
	return done(w, r, "/admin/reports")
}
