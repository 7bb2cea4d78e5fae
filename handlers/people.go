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
		people, err = d.Accounts.List(r.Context(), r.URL.Query().Get("after"), peoplePage+1)
	}
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, "People", views.PlacePeople, "")
	if err != nil {
		return err
	}
	page := views.Directory{Shell: s, Query: query}
	people, more := upTo(people, peoplePage)
	for _, u := range people {
		page.People = append(page.People, views.Listed{Person: person(u, d.Chat.Presence(u)), Role: u.Role})
	}
	if more {
		page.More = "/users?" + url.Values{"after": {people[peoplePage-1].ID}}.Encode()
	}
	render(w, r, http.StatusOK, views.DirectoryPage(page))
	return nil
}
