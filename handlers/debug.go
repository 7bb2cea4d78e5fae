package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/events"
	"pegasus/fault"
	"pegasus/queue"
	"pegasus/views"
)

// How much the pages of a server under development show at once.
const (
	debugMails  = 50
	debugEvents = 100
	debugJobs   = 50
)

// debugRoutes are the pages that exist in development only, for admins.
func (d *door) debugRoutes(get, post func(string, http.HandlerFunc)) {
	get("/debug", member(d.showOutbox))
	get("/debug/events", member(d.showEvents))
	get("/debug/jobs", member(d.showJobs))
	post("/debug/jobs/{job}", member(d.changeJob))
	get("/debug/settings", member(d.showEffective))
	get("/test", member(d.showComponents))
	post("/test/failures", member(d.setFailure))
}

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
	return d.debugPage(w, r, views.DebugTabOutbox, views.Outbox(mails))
}

// showEvents shows what the streams were told last, without a word of what was written: an admin is not in every channel.
func (d *door) showEvents(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	recent := d.Broker.Recent(debugEvents)
	var people, channels []string
	for _, e := range recent {
		switch kind, id, _ := strings.Cut(e.Topic, ":"); kind {
		case "user":
			people = append(people, id)
		case "channel":
			channels = append(channels, id)
		}
	}
	names, err := d.Chat.ChannelNames(r.Context(), me, channels)
	if err != nil {
		return err
	}
	users, err := d.Accounts.Users(r.Context(), people)
	if err != nil {
		return err
	}
	seen := make([]views.SeenEvent, len(recent))
	for i, e := range recent {
		seen[i] = d.seenEvent(e, names, users)
	}
	page := views.DebugEvents(seen, d.Broker.Streams())
	if fragment(r) {
		render(w, r, http.StatusOK, page)
		return nil
	}
	return d.debugPage(w, r, views.DebugTabEvents, page)
}

// seenEvent says of an event what it is called and how large it is where it goes in full.
func (d *door) seenEvent(e *events.Event, channels map[string]string, users map[string]accounts.User) views.SeenEvent {
	kind, id, _ := strings.Cut(e.Topic, ":")
	seen := views.SeenEvent{At: e.At, To: e.Topic, Streams: e.Streams, Name: strings.TrimPrefix(fmt.Sprintf("%T", e.Payload), "chat.")}
	onScreen := ""
	switch kind {
	case "channel":
		onScreen = id
		if seen.To = "a conversation"; channels[id] != "" {
			seen.To = "#" + channels[id]
		}
	case "user":
		seen.To = nameOf(users, id)
	case "workspace":
		seen.To = "everybody"
	}
	frame := d.frame(e, onScreen)
	if _, after, found := bytes.Cut(frame, []byte("event: ")); found {
		name, _, _ := bytes.Cut(after, []byte("\n"))
		seen.Name = string(name)
	}
	seen.Size = len(frame)
	return seen
}

func (d *door) showJobs(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	jobs, err := d.Jobs.AllJobs(r.Context(), r.URL.Query().Get("before"), debugJobs+1)
	if err != nil {
		return err
	}
	page := views.JobList{Now: d.Now(), Path: r.URL.RequestURI()}
	jobs, more := upTo(jobs, debugJobs)
	if more {
		page.Older = "/debug/jobs?" + url.Values{"before": {jobs[debugJobs-1].ID}}.Encode()
	}
	owners := make([]string, len(jobs))
	for i, j := range jobs {
		owners[i] = j.Owner
	}
	users, err := d.Accounts.Users(r.Context(), owners)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		page.Jobs = append(page.Jobs, views.ShownJob{Job: j, Whose: jobOwner(users, j)})
	}
	if fragment(r) {
		render(w, r, http.StatusOK, views.DebugJobs(page))
		return nil
	}
	return d.debugPage(w, r, views.DebugTabJobs, views.DebugJobs(page))
}

// jobOwner is a person's name, or what else a job belongs to.
func jobOwner(users map[string]accounts.User, j queue.Job) string {
	if u, known := users[j.Owner]; known {
		return u.Shown()
	}
	return j.Owner
}

// changeJob makes a job due at once, or removes it.
func (d *door) changeJob(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	owner, id := r.PostForm.Get("owner"), chi.URLParam(r, "job")
	version, err := strconv.Atoi(r.PostForm.Get("version"))
	if err != nil {
		return fault.Field("version", "INVALID_VERSION", "This form is not whole. Please open the page again.")
	}
	j, err := d.Jobs.Job(r.Context(), owner, id)
	if err != nil {
		return err
	}
	said := accounts.Event{ActorID: me.ID, Details: map[string]string{"kind": j.Kind, "id": id}}
	notice := ""
	switch r.PostForm.Get("action") {
	case "again":
		said.Action, notice = accounts.ActionJobAgain, "The job is due now"
		err = queue.Again(r.Context(), d.Jobs, owner, id, version, d.Now())
	case "delete":
		said.Action, notice = accounts.ActionJobDropped, "The job is removed"
		err = d.Jobs.DeleteJob(r.Context(), owner, id, version)
	default:
		err = fault.Field("action", "INVALID_ACTION", "This is nothing that can be done to a job.")
	}
	if err != nil {
		return err
	}
	d.Accounts.Record(r.Context(), said)
	d.note(r, notice)
	return done(w, r, "/debug/jobs")
}

func (d *door) showEffective(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	return d.debugPage(w, r, views.DebugTabSettings, views.DebugSettings(d.Server.Settings()))
}

// debugPage answers with a page of a server under development, and the notice of what was done before.
func (d *door) debugPage(w http.ResponseWriter, r *http.Request, tab views.Tab, content templ.Component) error {
	notice, err := d.Sessions.TakeNotice(r.Context())
	if err == nil {
		render(w, r, http.StatusOK, views.DebugPage(tab, notice, content))
	}
	return err
}
