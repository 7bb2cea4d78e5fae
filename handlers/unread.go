package handlers

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

// unreadRoutes are about what a person has not read.
func (d *door) unreadRoutes(get, post func(string, http.HandlerFunc)) {
	get("/unreads", member(d.showUnreads))
	post("/unreads/read", member(d.readAll))
	post("/chat/{channel}/messages/{message}/unread", member(d.markUnread))
}

func (d *door) markUnread(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	if _, err := d.Chat.MarkUnread(r.Context(), me, m.ID); err != nil {
		return err
	}
	d.note(r, "Unread from there on")
	return done(w, r, "/unreads") // a page of the channel would read it again
}

func (d *door) readAll(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if _, err := d.Chat.MarkAllRead(r.Context(), me); err != nil {
		return err
	}
	d.note(r, "Everything is read")
	return done(w, r, "/unreads")
}

func (d *door) showUnreads(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	found, more, err := d.Chat.Unreads(r.Context(), me)
	if err != nil {
		return err
	}
	people, err := d.unreadPeople(r, found)
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "Unreads", views.PlaceUnreads, "")
	if err != nil {
		return err
	}
	page := views.Unreads{Shell: s, More: more}
	for _, u := range found {
		group := views.UnreadGroup{
			ID: u.Channel.ID, Name: u.Name, Private: u.Type == chat.Private, Direct: u.IsDirect(), LastSeq: u.LastSeq,
			Unread: u.Unread(u.LastSeq), Mentions: u.MentionCount,
		}
		for _, userID := range u.People {
			group.People = append(group.People, people[userID].Shown())
		}
		now := d.Now()
		for i, m := range u.Messages {
			e := views.Entry{Message: message(m, people[m.UserID])}
			if day := views.DayLabel(m.CreatedAt, now); i == 0 || day != views.DayLabel(u.Messages[i-1].CreatedAt, now) {
				e.Day = day
			}
			e.More = e.Day == "" && together(group.Entries[i-1].Message, e.Message)
			group.Entries = append(group.Entries, e)
		}
		page.Groups = append(page.Groups, group)
	}
	render(w, r, http.StatusOK, views.UnreadsPage(page))
	return nil
}

// unreadPeople reads everybody whom a page of unread messages names, with one call.
func (d *door) unreadPeople(r *http.Request, found []chat.Unread) (map[string]accounts.User, error) {
	var ids []string
	seen := map[string]bool{}
	add := func(userID string) {
		if !seen[userID] {
			seen[userID] = true
			ids = append(ids, userID)
		}
	}
	for _, u := range found {
		for _, userID := range u.People {
			add(userID)
		}
		for _, m := range u.Messages {
			add(m.UserID)
		}
	}
	return d.Accounts.Users(r.Context(), ids)
}
