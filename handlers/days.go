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

// goToDay leads to the first message of a day in the reader's zone: that of the browser, or with scripts off that of their
// preferences.
func (d *door) goToDay(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	query, channelID := r.URL.Query(), chi.URLParam(r, "channel")
	zone := query.Get("zone")
	if zone == "" {
		p, err := d.Chat.Preferences(r.Context(), me)
		if err != nil {
			return err
		}
		zone = p.Zone
	}
	day, wrong := time.ParseInLocation(time.DateOnly, query.Get("date"), chat.Zone(zone))
	m, err := d.Chat.MessageFrom(r.Context(), me, channelID, day)
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
