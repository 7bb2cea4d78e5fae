package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

// notificationRoutes are about of which messages a person is told.
func (d *door) notificationRoutes(get, post func(string, http.HandlerFunc)) {
	post("/profile/notifications/messages", member(d.changePreferences))
	post("/profile/notifications/pause", member(d.pause))
	get("/chat/{channel}/notifications", member(d.showChannelNotify))
	post("/chat/{channel}/notifications", member(d.changeChannelNotify))
	get("/chat/{channel}/messages/{message}/why", member(d.showWhy))
}

// preferences fills the part of the page that is about messages.
func (d *door) preferences(r *http.Request, me accounts.User) (views.MessageNotices, error) {
	p, err := d.Chat.Preferences(r.Context(), me)
	return views.MessageNotices{
		Level: p.Level, Keywords: strings.Join(p.Keywords, ", "), Zone: p.Zone, From: clockOf(p.Quiet.From), To: clockOf(p.Quiet.To), Days: p.Quiet.Days,
		PausedUntil: p.PausedUntil, Paused: p.PausedUntil.After(d.Now()), HideContent: p.HideContent, Sound: p.Sound,
		Mail: !p.NoMail, Mails: d.mails(), Answers: !p.NoAnswers,
	}, err
}

func clockOf(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// minuteOf reads a time of day, such as 22:30.
func minuteOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fault.Field("quiet", "INVALID_QUIET_HOURS", "Write times of day as 22:30.")
	}
	return t.Hour()*60 + t.Minute(), nil
}

// preferencesOf reads the form. What it does not hold stays.
func preferencesOf(r *http.Request, p chat.Preferences) (chat.Preferences, error) {
	form := r.PostForm
	p.Level, p.Zone = chat.Level(form.Get("level")), strings.TrimSpace(form.Get("zone"))
	p.Keywords = strings.FieldsFunc(form.Get("keywords"), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == ';' })
	p.NoMail = form.Get("missed_mail") == "" && form.Get("mails") != "" // without a mail server the form does not ask
	p.NoAnswers = form.Get("answers") == ""
	p.HideContent, p.Sound = form.Get("hide_content") != "", form.Get("sound") != ""
	p.Quiet = chat.Quiet{}
	for _, day := range form["day"] {
		if n, err := strconv.Atoi(day); err == nil && n >= 0 && n < 7 {
			p.Quiet.Days |= 1 << n
		}
	}
	var err error
	if p.Quiet.From, err = minuteOf(form.Get("from")); err == nil {
		p.Quiet.To, err = minuteOf(form.Get("to"))
	}
	return p, err
}

func (d *door) changePreferences(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.Chat.Preferences(r.Context(), me)
	if err != nil {
		return err
	}
	p, err = preferencesOf(r, p)
	if err == nil {
		_, err = d.Chat.SetPreferences(r.Context(), me, p)
	}
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, "/profile/notifications")
	}
	page, failed := d.notifications(r, me)
	if failed != nil {
		return failed
	}
	m := &page.Messages
	m.Level, m.Keywords, m.Zone, m.Days = p.Level, r.PostForm.Get("keywords"), p.Zone, p.Quiet.Days
	m.Mail, m.Answers = !p.NoMail, !p.NoAnswers
	m.From, m.To, m.HideContent, m.Sound = r.PostForm.Get("from"), r.PostForm.Get("to"), p.HideContent, p.Sound
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		page.Messages.Wrong = problem
		render(w, r, status, views.NotificationsPage(page))
	})
}

// pauses are how long one may be told nothing, by the name that the form has for it.
var pauses = map[string]time.Duration{"30m": 30 * time.Minute, "1h": time.Hour, "end": 0, "tomorrow": 0}

func (d *door) pause(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	long, known := pauses[r.PostForm.Get("pause")]
	if !known {
		return fault.Field("pause", "INVALID_PAUSE", "Please choose from the list.")
	}
	p, err := d.Chat.Preferences(r.Context(), me)
	if err != nil {
		return err
	}
	p.PausedUntil = d.Now().Add(long)
	if r.PostForm.Get("pause") == "tomorrow" {
		p.PausedUntil = p.Tomorrow(d.Now())
	}
	if _, err := d.Chat.SetPreferences(r.Context(), me, p); err != nil {
		return err
	}
	return done(w, r, "/profile/notifications")
}

func (d *door) channelNotify(r *http.Request, me accounts.User) (views.ChannelNotify, error) {
	page, place, err := d.here(r, me, "Notifications")
	return views.ChannelNotify{Shell: page.Shell, Channel: page.Channel, Level: place.Level, Muted: place.Muted}, err
}

func (d *door) showChannelNotify(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.channelNotify(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ChannelNotifyPage(page))
	return nil
}

func (d *door) changeChannelNotify(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	channelID := chi.URLParam(r, "channel")
	err := d.Chat.SetChannelNotify(r.Context(), me, channelID, chat.Level(r.PostForm.Get("level")), r.PostForm.Get("muted") != "")
	if err != nil {
		return err
	}
	d.note(r, "Saved")
	return done(w, r, "/chat/"+channelID)
}

func (d *door) showWhy(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if _, err := d.message(r, me); err != nil {
		return err
	}
	m, verdict, err := d.Chat.Why(r.Context(), me, chi.URLParam(r, "message"))
	if err != nil {
		return err
	}
	author, err := d.Accounts.Users(r.Context(), []string{m.UserID})
	if err != nil {
		return err
	}
	page, _, err := d.here(r, me, "Why was I notified?")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.WhyPage(views.Why{
		Shell: page.Shell, Channel: page.Channel, Message: message(m, author[m.UserID]), Verdict: verdict,
		OfChannel: slices.Contains([]chat.Reason{chat.ReasonAll, chat.SilentLevel, chat.SilentMuted}, verdict.Reason),
	}))
	return nil
}
