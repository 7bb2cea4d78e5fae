package main

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/web"
)

type exportedPerson struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Username  string        `json:"username"`
	Email     string        `json:"email,omitempty"`
	Role      accounts.Role `json:"role"`
	Bot       bool          `json:"bot,omitempty"`
	Gone      bool          `json:"deactivated,omitempty"`
	CreatedAt string        `json:"created_at"`
}

// persons writes people.ndjson: who is there, and who wrote something and is gone.
func (e *exporter) persons(ctx context.Context, people []accounts.User) error {
	for _, u := range people {
		delete(e.people, u.ID)
	}
	missing := make([]string, 0, len(e.people))
	for id := range e.people {
		missing = append(missing, id)
	}
	for ids := range slices.Chunk(missing, exportPage) {
		gone, err := e.Users(ctx, ids)
		if err != nil {
			return err
		}
		people = append(people, gone...)
	}
	lines := make([]exportedPerson, len(people))
	for i, u := range people {
		e.people[u.ID] = true
		lines[i] = exportedPerson{
			ID: u.ID, Name: u.Shown(), Username: u.Username, Email: u.Email, Role: u.Role, Bot: u.Bot, Gone: u.Deactivated, CreatedAt: web.Time(u.CreatedAt),
		}
		if u.Bot {
			lines[i].Email = "" // it is no address
		}
	}
	return writeLines(e.zip, "people.ndjson", lines)
}
