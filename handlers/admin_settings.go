package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/views"
	"pegasus/web"
)

// testLimit is how long a test of the server may take.
const testLimit = 25 * time.Second

func (d *door) settingsPage(r *http.Request, me accounts.User) (views.AdminSettings, error) {
	if err := accounts.RequireAdmin(me); err != nil {
		return views.AdminSettings{}, err
	}
	own, err := d.adminFrame(r, me, views.TabSettings)
	page := views.AdminSettings{Own: own, Query: strings.TrimSpace(r.URL.Query().Get("q")), From: web.ClientAddress(r.Context()), Proxy: web.UnknownProxy(r)}
	page.Settings = views.SettingsLike(d.Server.Settings(), page.Query)
	return page, err
}

func (d *door) showSettings(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.settingsPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminSettingsPage(page))
	return nil
}

// testServer really does what it tests, and says how it went and how long it took.
func (d *door) testServer(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.settingsPage(r, me)
	if err != nil {
		return err
	}
	what := views.TestName(r.PostForm.Get("what"))
	test, known := d.Server.Tests[what]
	if !known {
		return fault.Field("what", "INVALID_TEST", "There is no such test.")
	}
	if err := d.Limits.Mail.Take(w, r, web.ClientKey(r)); err != nil {
		return err
	}
	ctx, done := context.WithTimeout(r.Context(), testLimit)
	defer done()
	began := time.Now()
	page.Tried.What = what
	page.Tried.Said, err = test(ctx, me)
	page.Tried.Took, page.Tried.Failed = time.Since(began), err != nil
	result := "ok"
	if err != nil {
		web.NoteError(r.Context(), err)
		f := web.Fault(err)
		page.Tried.Said, result = f.Message, f.Code
	}
	d.Accounts.Record(r.Context(), accounts.Event{Action: accounts.ActionTested, ActorID: me.ID, Details: map[string]string{"what": string(what), "result": result}})
	render(w, r, http.StatusOK, views.AdminSettingsPage(page))
	return nil
}
