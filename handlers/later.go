package handlers

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) laterRoutes(get, post func(string, http.HandlerFunc)) {
	get("/scheduled", member(d.listScheduled))
	post("/scheduled", member(d.schedule))
	get("/scheduled/{id}", member(d.showScheduled))
	post("/scheduled/{id}", member(d.changeScheduled))
	get("/chat/{channel}/later", member(d.showLater))
	get("/reminders", member(d.listReminders))
	post("/reminders", member(d.addReminder))
	post("/reminders/{id}", member(d.changeReminder))
	get("/chat/{channel}/messages/{message}/remind", member(d.showRemind))
	get("/chat/{channel}/thread/{message}/later", member(d.showLater))
	post("/chat/{channel}/messages/{message}/undo", member(d.undoMessage))
}

// localTime is how a browser sends a date and a time.
const localTime = "2006-01-02T15:04"

// whenOf is the choice of a time as it was filled in.
func whenOf(r *http.Request) views.When {
	f := r.PostForm
	return views.When{Choice: f.Get("when"), At: f.Get("at"), Zone: chat.Zone(f.Get("zone")).String()}
}

// when reads the time that a form chooses.
func (d *door) when(r *http.Request) (views.When, time.Time, error) {
	w := whenOf(r)
	at, err := timeOf(w, d.Now())
	return w, at, err
}

func timeOf(w views.When, now time.Time) (time.Time, error) {
	zone := chat.Zone(w.Zone)
	if w.Choice != "at" {
		if at, rest, ok := chat.ParseWhen(w.Choice, now.In(zone)); ok && rest == "" {
			return at.UTC(), nil
		}
	}
	at, err := time.ParseInLocation(localTime, w.At, zone)
	if err != nil {
		return time.Time{}, fault.Field("at", "INVALID_TIME", "Please choose a date and a time.")
	}
	return at.UTC(), nil
}

func (d *door) listScheduled(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	list, err := d.Chat.Scheduled(r.Context(), me)
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "Scheduled messages", views.PlaceLater, "")
	if err != nil {
		return err
	}
	names := channelNames(s)
	shown := make([]views.Scheduled, len(list))
	for i, m := range list {
		shown[i] = views.Scheduled{
			ID: m.ID, Channel: nameOr(names, m.ChannelID), To: m.ChannelID, Root: m.ParentID, Text: m.Content, Attachments: m.Attachments, At: m.At, Problem: m.Problem, Sending: m.Sending,
		}
	}
	render(w, r, http.StatusOK, views.ScheduledPage(s, shown))
	return nil
}

// channelNames are the names of what stands in the sidebar.
func channelNames(s views.Shell) map[string]string {
	names := map[string]string{}
	for _, row := range s.Rows {
		names[row.ID] = row.Name
	}
	for _, talk := range s.Talks {
		names[talk.ID] = talk.Name
	}
	return names
}

func nameOr(names map[string]string, id string) string {
	if name := names[id]; name != "" {
		return name
	}
	return "a conversation"
}

// showLater asks when the text of a composer is to be sent.
func (d *door) showLater(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	f, err := d.laterTo(r, me)
	if err != nil {
		return err
	}
	return d.laterForm(w, r, me, http.StatusOK, f)
}

// laterTo is the form for a message to the channel or the thread in the address.
func (d *door) laterTo(r *http.Request, me accounts.User) (views.Schedule, error) {
	f := views.Schedule{To: chi.URLParam(r, "channel"), Key: rand.Text()}
	if chi.URLParam(r, "message") == "" {
		return f, nil
	}
	root, err := d.message(r, me)
	f.Root = root.ID
	return f, err
}

func (d *door) laterFromComposer(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	f, err := d.laterTo(r, me)
	if err != nil {
		return err
	}
	p, err := d.readPosting(w, r, me, f.To)
	if err != nil {
		return err
	}
	f.Text, f.Also = p.Content, p.AlsoChannel
	if f.Attachments, err = d.pending(r, me, p); err != nil {
		return err
	}
	return d.laterForm(w, r, me, http.StatusOK, f)
}

func (d *door) laterForm(w http.ResponseWriter, r *http.Request, me accounts.User, status int, f views.Schedule) error {
	if _, _, err := d.Chat.Channel(r.Context(), me, f.To); err != nil && f.ID == "" {
		return err
	}
	s, err := d.shell(r, me, "Send later", views.PlaceLater, f.To)
	if err != nil {
		return err
	}
	f.Shell, f.Channel = s, nameOr(channelNames(s), f.To)
	render(w, r, status, views.ScheduleForm(f))
	return nil
}

func (d *door) schedule(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f := views.Schedule{
		To: r.PostForm.Get("channel_id"), Root: r.PostForm.Get("parent_message_id"), Also: r.PostForm.Get("also_channel") != "",
		Key: r.PostForm.Get("client_id"), Text: r.PostForm.Get("content"),
	}
	return d.saveScheduled(w, r, me, f, func(at time.Time) error {
		draft := scheduledDraft(r)
		draft.ParentID, draft.AlsoChannel = f.Root, f.Also
		_, err := d.Chat.Schedule(r.Context(), me, f.To, draft, at)
		return err
	})
}

// scheduledDraft is the message as the form says it. Files that it does not name are left out.
func scheduledDraft(r *http.Request) chat.Draft {
	d := chat.Draft{Content: r.PostForm.Get("content"), Key: r.PostForm.Get("client_id"), Attachments: []chat.AttachmentRef{}}
	for _, uploadID := range r.PostForm["attachment"] {
		d.Attachments = append(d.Attachments, chat.AttachmentRef{ID: uploadID})
	}
	return d
}

// saveScheduled stores what the form says, or shows it again.
func (d *door) saveScheduled(w http.ResponseWriter, r *http.Request, me accounts.User, f views.Schedule, save func(time.Time) error) error {
	err := d.Limits.Post.Take(w, r, me.ID)
	var at time.Time
	if err == nil {
		f.When, at, err = d.when(r)
	}
	if err == nil {
		err = save(at)
	}
	if err == nil {
		d.note(r, "The message waits")
		return done(w, r, "/scheduled")
	}
	var failed error
	if f.Attachments, failed = d.Chat.PendingAttachments(r.Context(), me, r.PostForm["attachment"]); failed != nil {
		return failed
	}
	err = showWrong(w, r, err, func(problem views.Wrong, status int) {
		f.Wrong = problem
		failed = d.laterForm(w, r, me, status, f)
	})
	if err == nil {
		err = failed
	}
	return err
}

func (d *door) scheduledForm(ctx context.Context, me accounts.User, id string) (views.Schedule, error) {
	m, err := d.Chat.ScheduledMessage(ctx, me, id)
	return views.Schedule{
		ID: m.ID, To: m.ChannelID, Root: m.ParentID, Also: m.AlsoChannel, Text: m.Content, Attachments: m.Attachments, When: views.When{Choice: "at", At: m.At.UTC().Format(localTime)},
	}, err
}

func (d *door) showScheduled(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	f, err := d.scheduledForm(r.Context(), me, chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return d.laterForm(w, r, me, http.StatusOK, f)
}

func (d *door) changeScheduled(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	id, said := chi.URLParam(r, "id"), ""
	var err error
	switch r.PostForm.Get("action") {
	case "cancel":
		err, said = d.Chat.Unschedule(r.Context(), me, id), "The message will not be sent"
	case "send":
		if err = d.Limits.Post.Take(w, r, me.ID); err == nil {
			_, err = d.Chat.SendScheduled(r.Context(), me, id)
		}
		said = "The message was sent"
	default:
		f, err := d.scheduledForm(r.Context(), me, id)
		if err != nil {
			return err
		}
		f.Text = r.PostForm.Get("content")
		return d.saveScheduled(w, r, me, f, func(at time.Time) error {
			_, err := d.Chat.Reschedule(r.Context(), me, id, scheduledDraft(r), at)
			return err
		})
	}
	if err != nil {
		return err
	}
	d.note(r, said)
	return done(w, r, "/scheduled")
}

func (d *door) listReminders(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.reminders(w, r, me, http.StatusOK, views.ReminderForm{Key: rand.Text()})
}

// showRemind asks when to be reminded of a message.
func (d *door) showRemind(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	return d.reminders(w, r, me, http.StatusOK, views.ReminderForm{Key: rand.Text(), Message: m.ID, ChannelID: m.ChannelID})
}

func (d *door) reminders(w http.ResponseWriter, r *http.Request, me accounts.User, status int, f views.ReminderForm) error {
	list, err := d.Chat.Reminders(r.Context(), me)
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "Reminders", views.PlaceLater, "")
	if err != nil {
		return err
	}
	shown := make([]views.Reminder, len(list))
	for i, one := range list {
		shown[i] = views.Reminder{ID: one.ID, Text: one.Text, At: one.At, Rung: one.Rung}
		if one.MessageID != "" {
			shown[i].Link = views.MessageLink(one.ChannelID, one.MessageID)
		}
	}
	render(w, r, status, views.RemindersPage(s, shown, f))
	return nil
}

func (d *door) addReminder(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f := views.ReminderForm{Text: r.PostForm.Get("text"), Key: r.PostForm.Get("client_id"), Message: r.PostForm.Get("message_id")}
	if f.Message != "" {
		m, err := d.Chat.Message(r.Context(), me, f.Message)
		if err != nil {
			return err
		}
		f.ChannelID = m.ChannelID
	}
	err := d.Limits.Post.Take(w, r, me.ID)
	var at time.Time
	if err == nil {
		f.When, at, err = d.when(r)
	}
	if err == nil {
		_, err = d.Chat.AddReminder(r.Context(), me, chat.NewReminder{Text: f.Text, MessageID: f.Message, At: at, Key: f.Key})
	}
	if err == nil {
		d.note(r, "You will be reminded")
		return done(w, r, "/reminders")
	}
	var failed error
	err = showWrong(w, r, err, func(problem views.Wrong, status int) {
		f.Wrong = problem
		failed = d.reminders(w, r, me, status, f)
	})
	if err == nil {
		err = failed
	}
	return err
}

func (d *door) changeReminder(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	id := chi.URLParam(r, "id")
	var err error
	if r.PostForm.Get("action") == "snooze" {
		_, err = d.Chat.Snooze(r.Context(), me, id, d.Now().Add(time.Hour))
	} else {
		err = d.Chat.EndReminder(r.Context(), me, id)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/reminders")
}

// mayUndo reports whether the viewer has just sent a message and can take it back.
func (d *door) mayUndo(me accounts.User, m chat.Message) bool {
	return m.UserID == me.ID && d.Now().Sub(m.CreatedAt) < chat.UndoOffer
}

// undoMessage takes a message back: its text and its files are in the box of its channel or thread again.
func (d *door) undoMessage(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	taken, err := d.Chat.UndoMessage(r.Context(), me, m.ID)
	if err != nil {
		return err
	}
	if fragment(r) {
		render(w, r, http.StatusOK, views.TakenBack(taken.Content, taken.Attachments, taken.AlsoChannel))
		return nil
	}
	var page views.Chat
	f := &page.Composer
	if taken.ParentID == "" {
		page, _, err = d.conversation(r, me)
	} else if page, err = d.threadBeside(r, me, taken.ParentID); err == nil {
		f = &page.Thread.Composer
	}
	if err != nil {
		return err
	}
	giveBack(f, taken)
	render(w, r, http.StatusOK, views.ChatPage(page))
	return nil
}

// giveBack puts a message that was taken back below what is being written.
func giveBack(f *views.Composer, taken chat.Message) {
	if f.Text != "" {
		f.Text += "\n"
	}
	f.Text += taken.Content
	f.Attachments = append(f.Attachments, taken.Attachments...)
	f.Also = f.Also || taken.AlsoChannel
}
