package handlers

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/views"
)

// debugMails is how many mails the outbox page shows.
const debugMails = 50

// showOutbox shows the mails of a server under development to its admins. They hold links that let people in.
func (d *door) showOutbox(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	mails, err := d.Mails(r.Context(), debugMails)
	if err != nil {
		return err
	}
	secretInAddress(w)
	render(w, r, http.StatusOK, views.OutboxPage(mails))
	return nil
}

// showComponents shows the pieces of all pages to the admins of a server under development.
func (d *door) showComponents(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ComponentsPage(d.Now()))
	return nil
}
