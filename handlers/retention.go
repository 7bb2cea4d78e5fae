package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) retentionRoutes(get, post func(string, http.HandlerFunc)) {
	get("/admin/retention", member(d.showRetention))
	post("/admin/retention", member(d.changeRetention))
	get("/chat/{channel}/retention", member(d.showKeeping))
	post("/chat/{channel}/retention", member(d.changeKeeping))
}

func (d *door) retentionPage(r *http.Request, me accounts.User) (page views.AdminRetention, rule chat.Retention, err error) {
	if page.Last, page.Under, page.Problem, err = d.Chat.Sweeps(r.Context(), me); err != nil {
		return page, rule, err
	}
	if page.Own, err = d.adminFrame(r, me, views.TabRetention); err != nil {
		return page, rule, err
	}
	rule, err = d.Chat.Retention(r.Context())
	page.Days, page.DirectDays, page.Overrides = daysText(rule.Days), daysText(rule.DirectDays), rule.Overrides
	return page, rule, err
}

func daysText(days int) string {
	if days == 0 {
		return ""
	}
	return strconv.Itoa(days)
}

// daysIn reads a number of days, 0 where none is filled in.
func daysIn(field, text string) (int, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < 1 {
		return 0, fault.Field(field, "INVALID_RETENTION", "Write a number of days, from 1 to 36,500.")
	}
	return days, nil
}

func (d *door) showRetention(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.retentionPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminRetentionPage(page))
	return nil
}

// changeRetention first shows what a rule would remove, where that is anything.
func (d *door) changeRetention(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, _, err := d.retentionPage(r, me)
	if err != nil {
		return err
	}
	f := r.PostForm
	page.Days, page.DirectDays, page.Overrides = f.Get("days"), f.Get("direct_days"), f.Get("overrides") != ""
	rule := chat.Retention{Overrides: page.Overrides}
	if rule.Days, err = daysIn("days", page.Days); err == nil {
		rule.DirectDays, err = daysIn("direct_days", page.DirectDays)
	}
	if err == nil && f.Get("confirm") != views.Counted(page.Days, page.DirectDays) {
		loss, failed := d.Chat.PreviewRetention(r.Context(), me, rule)
		if err = failed; err == nil && loss.Messages > 0 {
			page.Loss = &loss
			render(w, r, http.StatusOK, views.AdminRetentionPage(page))
			return nil
		}
	}
	if err == nil {
		err = d.Chat.SetRetention(r.Context(), me, rule)
	}
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, "/admin/retention")
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "retention", problem
		return views.AdminRetentionPage(page)
	})
}

// keeping is the choice for a channel as it stands.
func (d *door) keeping(ctx context.Context, path string, c chat.Channel) (views.Keeping, error) {
	rule, err := d.Chat.Retention(ctx)
	return views.KeepingOf(path, c.KeepDays, rule.Days), err
}

// keep carries the choice for a channel out. Where that would remove something it fills in how much, and is to be confirmed.
func (d *door) keep(r *http.Request, me accounts.User, channelID string, k *views.Keeping) (saved bool, err error) {
	k.Choice, k.Days = r.PostForm.Get("keep"), r.PostForm.Get("keep_days")
	days := 0
	switch k.Choice {
	case views.KeepAsAll:
	case views.KeepEver:
		days = chat.KeepForEver
	default:
		if days, err = daysIn("keep_days", k.Days); err == nil && days == 0 {
			err = fault.Field("keep_days", "INVALID_RETENTION", "Write a number of days, from 1 to 36,500.")
		}
	}
	if err != nil {
		return false, err
	}
	if r.PostForm.Get("confirm") != views.Counted(k.Choice, k.Days) {
		loss, err := d.Chat.PreviewChannelRetention(r.Context(), me, channelID, days)
		if err != nil {
			return false, err
		}
		if loss.Messages > 0 {
			k.Loss = &loss
			return false, nil
		}
	}
	_, err = d.Chat.SetChannelRetention(r.Context(), me, channelID, days)
	return err == nil, err
}

func (d *door) keepingPage(r *http.Request, me accounts.User) (page views.KeepingPage, err error) {
	c, m, err := d.Chat.Channel(r.Context(), me, chi.URLParam(r, "channel"))
	if err != nil {
		return page, err
	}
	if c.IsDirect() {
		return page, notFound(nil, r)
	}
	if err := d.Chat.MayKeep(r.Context(), me, m); err != nil {
		return page, err
	}
	if page.Shell, err = d.shell(r, me, c.Name, views.PlaceChat, c.ID); err != nil {
		return page, err
	}
	page.Channel = preview(c)
	page.Keeping, err = d.keeping(r.Context(), "/chat/"+c.ID+"/retention", c)
	return page, err
}

func (d *door) showKeeping(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.keepingPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.KeepingPageOf(page))
	return nil
}

func (d *door) changeKeeping(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.keepingPage(r, me)
	if err != nil {
		return err
	}
	saved, err := d.keep(r, me, page.Channel.ID, &page.Keeping)
	if saved {
		d.note(r, "Saved")
		return done(w, r, page.Keeping.Path)
	}
	if err == nil {
		render(w, r, http.StatusOK, views.KeepingPageOf(page))
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Keeping.Wrong = problem
		return views.KeepingPageOf(page)
	})
}
