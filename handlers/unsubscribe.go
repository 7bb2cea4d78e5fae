package handlers

import (
	"net/http"

	"pegasus/views"
)

// showUnsubscribe is where the link in a mail leads. It ends nothing: programs that look through mail open links too.
func (d *door) showUnsubscribe(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if _, err := d.Notify.Unsubscriber(r.Context(), token); err != nil {
		return err
	}
	secretInAddress(w)
	render(w, r, http.StatusOK, views.UnsubscribePage(token, false))
	return nil
}

// unsubscribe ends somebody's mail about what they missed, also for a program that shows mail and asks by one click.
func (d *door) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	if err := d.Notify.EndMail(r.Context(), r.URL.Query().Get("token")); err != nil {
		return err
	}
	secretInAddress(w)
	render(w, r, http.StatusOK, views.UnsubscribePage("", true))
	return nil
}
