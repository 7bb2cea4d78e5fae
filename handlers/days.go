package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

// zone returns the reader's time zone: that of the browser where the address names it, else that of their preferences.
func (d *door) zone(r *http.Request, me accounts.User) (*time.Location, error) {
	name := r.URL.Query().Get("zone")
	if name == "" {
		p, err := d.Chat.Preferences(r.Context(), me)
		if err != nil {
			return nil, err
		}
		name = p.Zone
	}
	return chat.Zone(name), nil
}

// goToDay leads to the first message of a day in the reader's zone.
func (d *door) goToDay(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	channelID := chi.URLParam(r, "channel")
	zone, err := d.zone(r, me)
	if err != nil {
		return err
	}
	date, wrong := time.Parse(time.DateOnly, r.URL.Query().Get("date"))
	m, err := d.Chat.MessageFrom(r.Context(), me, channelID, chat.DayBegins(date, zone))
	switch {
	case fault.Is(err, fault.NotFound) && fault.From(err).Code == "MESSAGE_NOT_FOUND", err == nil && wrong != nil:
		return done(w, r, "/chat/"+channelID)
	case err != nil:
		return err
	}
	if m.ParentID != "" { // where it stands in the channel, not its thread
		return done(w, r, "/chat/"+channelID+"?around="+m.ID+"&note=yes#n-"+m.ID)
	}
	return done(w, r, views.MessageLink(channelID, m.ID))
}
