package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/views"
)

// awayRoutes are about what people are told while no page is open.
func (d *door) awayRoutes(_, post func(string, http.HandlerFunc)) {
	post("/active", member(d.noteActive))
	post("/profile/notifications/push/{browser}/remove", member(d.removeBrowser))
	post("/profile/notifications/push/{browser}/test", member(d.testBrowser))
}

// noteActive takes note that somebody sits in front of a page, or turned away from it: who is not there is told elsewhere.
func (d *door) noteActive(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	d.Chat.Acted(me.ID, r.URL.Query().Get("away") == "")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *door) browsers(r *http.Request, me accounts.User) (views.Browsers, error) {
	current, _ := sessions.From(r.Context())
	list, err := d.Notify.Browsers(r.Context(), me.ID)
	return views.Browsers{Key: d.Notify.PublicKey(), List: list, Here: current.Session.ID}, err
}

func (d *door) removeBrowser(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Notify.Unsubscribe(r.Context(), me.ID, chi.URLParam(r, "browser")); err != nil {
		return err
	}
	d.note(r, "That browser is not told anything any more")
	return done(w, r, "/profile/notifications")
}

func (d *door) testBrowser(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	err := d.Limits.Jump.Take(w, r, me.ID)
	if err == nil {
		err = d.Notify.Test(r.Context(), me.ID, chi.URLParam(r, "browser"))
	}
	if err != nil {
		return err
	}
	d.note(r, "The test is on its way")
	return done(w, r, "/profile/notifications")
}
