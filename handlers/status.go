package handlers

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

// mood fills the form of a person's status.
func (d *door) mood(r *http.Request, me accounts.User) (views.Mood, error) {
	p, err := d.Chat.Preferences(r.Context(), me)
	m := views.Mood{Status: me.Status, Emoji: me.StatusEmoji, Message: me.StatusMessage, When: views.When{Choice: "never"}, Pause: p.PausedWith(me)}
	if !me.StatusUntil.IsZero() {
		m.When = views.When{Choice: "at", At: me.StatusUntil.UTC().Format(localTime)}
	}
	return m, err
}

// moodOf is the form as it was filled in.
func moodOf(r *http.Request) views.Mood {
	f := r.PostForm
	return views.Mood{
		Status: accounts.Status(f.Get("status")), Emoji: f.Get("status_emoji"), Message: f.Get("status_message"), Pause: f.Get("pause") != "",
		When: whenOf(r),
	}
}

func (d *door) changeMood(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	m := moodOf(r)
	change, said := accounts.ProfileChange{StatusMessage: &m.Message, StatusEmoji: &m.Emoji}, "Your status is saved"
	if m.Status != "" {
		change.Status = new(string(m.Status))
	}
	idea := slices.IndexFunc(chat.Ideas, func(i chat.Idea) bool { return i.Name == r.PostForm.Get("idea") })
	switch {
	case r.PostForm.Get("clear") != "":
		change, said = accounts.ProfileChange{StatusMessage: new(""), StatusEmoji: new("")}, "Your status is cleared"
		m.When.Choice, m.Pause = "never", false
	case idea >= 0:
		change = accounts.ProfileChange{StatusMessage: &chat.Ideas[idea].Text, StatusEmoji: &chat.Ideas[idea].Emoji}
		m.When.Choice = chat.Ideas[idea].Ends
	}
	until, err := d.endOf(m.When, me.StatusUntil)
	if err == nil {
		change.StatusUntil = &until
		_, err = d.Chat.ChangeProfile(r.Context(), me, change, m.Pause)
	}
	if err != nil {
		return d.profileAgain(w, r, me, "status", err)
	}
	d.note(r, said)
	return done(w, r, "/profile")
}

// endOf reads when something is to end, zero for not by itself. A form has minutes: an end that it leaves as it was stays.
func (d *door) endOf(w views.When, before time.Time) (time.Time, error) {
	if end, ok := chat.StatusEnd(w.Choice, d.Now().In(chat.Zone(w.Zone))); ok {
		return end.UTC(), nil
	}
	end, err := timeOf(w, d.Now())
	if err == nil && end.Equal(before.Truncate(time.Minute)) {
		end = before
	}
	return end, err
}

// presence tells where people are and what they say of themselves.
func (d *door) presence(p chat.PresenceChanged) []byte {
	type status struct {
		UserID string          `json:"userId"`
		Status accounts.Status `json:"status"`
		Line   string          `json:"line"` // safe HTML
		Emoji  string          `json:"emoji"`
	}
	list := struct {
		Users []status `json:"users"`
	}{make([]status, len(p.Users))}
	ctx := d.live()
	for i, u := range p.Users {
		var line, emoji bytes.Buffer
		shown := views.Person{ID: u.UserID, Status: u.Status, StatusMessage: u.Text, StatusEmoji: u.Emoji}
		_ = views.StatusLine(shown).Render(ctx, &line) // a buffer takes everything
		_ = views.StatusEmoji(shown).Render(ctx, &emoji)
		list.Users[i] = status{UserID: u.UserID, Status: u.Status, Line: line.String(), Emoji: emoji.String()}
	}
	return data("presence", list)
}
