package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"pegasus/accounts"
	"pegasus/views"
)

// peoplePage is how many people the directory shows at once.
const peoplePage = 100

func (d *door) listUsers(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	query := strings.TrimSpace(r.URL.Query().Get("q"))
	var people []accounts.User
	var err error
	if query != "" {
		if err = d.Limits.Search.Take(w, r, me.ID); err == nil {
			people, err = d.Accounts.Search(r.Context(), query, peoplePage)
		}
	} else {
		people, err = d.Accounts.List(r.Context(), r.URL.Query().Get("after"), peoplePage)
	}
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "People", views.PlacePeople, "")
	if err != nil {
		return err
	}
	page := views.Directory{Shell: s, Query: query}
	for _, u := range people {
		page.People = append(page.People, views.Listed{Person: person(u, d.Chat.Presence(u)), Role: u.Role})
	}
	if query == "" && len(people) == peoplePage {
		page.More = "/users?" + url.Values{"after": {people[peoplePage-1].ID}}.Encode()
	}
	render(w, r, http.StatusOK, views.DirectoryPage(page))
	return nil
}

func (d *door) showProfile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	s, err := d.shell(r, me, "Profile", views.PlaceProfile, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ProfilePage(views.Profile{
		Shell: s, Email: me.Email, Name: me.Name, DisplayName: me.DisplayName, Phone: me.Phone, Status: me.Status,
		StatusMessage: me.StatusMessage,
	}))
	return nil
}

func (d *door) changeProfile(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	field := func(name string) *string {
		if !r.PostForm.Has(name) {
			return nil
		}
		text := r.PostForm.Get(name)
		return &text
	}
	_, err := d.Accounts.ChangeProfile(r.Context(), me.ID, accounts.ProfileChange{
		Name: field("name"), DisplayName: field("displayName"), Phone: field("phone"), Status: field("status"),
		StatusMessage: field("status_message"),
	})
	if err == nil {
		d.note(r, "Your profile is saved")
		return done(w, r, "/profile")
	}
	s, failed := d.shell(r, me, "Profile", views.PlaceProfile, "")
	if failed != nil {
		return failed
	}
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		render(w, r, status, views.ProfilePage(views.Profile{
			Shell: s, Email: me.Email, Name: r.PostForm.Get("name"), DisplayName: r.PostForm.Get("displayName"),
			Phone: r.PostForm.Get("phone"), Status: accounts.Status(r.PostForm.Get("status")),
			StatusMessage: r.PostForm.Get("status_message"), Wrong: problem,
		}))
	})
}
