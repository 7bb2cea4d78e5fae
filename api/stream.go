package api

import (
	"net/http"

	"pegasus/sessions"
	"pegasus/web"
)

const streamPath = "/api/events"

const streamAbout = "Server-sent events. What happened has an id; Last-Event-ID or after resumes behind it. A person holds at most 20 " +
	"streams; one more ends the oldest."

// stream serves the events of a person. The argument channel only narrows what the person may see anyway.
func (d *door) stream(w http.ResponseWriter, r *http.Request) {
	s, err := d.openStream(r)
	if err == nil {
		err = s.Serve(w, r)
	}
	if err != nil && !web.Later(w, r, err) {
		web.WriteJSONError(w, r, err)
	}
}

func (d *door) openStream(r *http.Request) (web.Stream, error) {
	current, _ := sessions.From(r.Context())
	channel := r.URL.Query().Get("channel")
	if channel != "" {
		var err error
		if channel, err = d.Chat.ChannelID(r.Context(), current.User, channel); err != nil {
			return web.Stream{}, err
		}
		if _, _, err := d.Chat.Channel(r.Context(), current.User, known(channel)); err != nil {
			return web.Stream{}, err
		}
	}
	return web.Stream{
		Broker: d.Broker, UserID: current.User.ID, SessionID: current.Session.ID, Ends: current.Session.ExpiresAt,
		Live: d.Sessions.Live, Topics: d.topics(current.User.ID), Encode: encoder(channel), Hello: `{"message":"Connected to server"}`,
	}, nil
}
