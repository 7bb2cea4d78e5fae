package handlers

import (
	"context"
	"net/http"
	"strings"

	"pegasus/accounts"
	"pegasus/views"
)

// Server is what the program says of itself to those who run it.
type Server struct {
	// Size returns the bytes of the database.
	Size func(ctx context.Context) (int64, error)
	// Disk returns how many bytes are free of how many, on the disk with the data; nil where nobody can tell.
	Disk func() (free, all int64, err error)
	// Hints are what an admin should look at, such as mail that is not set up.
	Hints func(ctx context.Context) []views.Hint
	// Settings are what the program was started with. Nothing of them is secret.
	Settings func() []views.Setting
	// Support returns what helps to find out what is wrong, as JSON for strangers, for an admin.
	Support func(ctx context.Context, admin accounts.User) ([]byte, error)
	// Tests try out, by their names, what lies outside of the program, for an admin. They say what they did.
	Tests map[views.TestName]func(ctx context.Context, admin accounts.User) (string, error)
}

// admin is the overview: figures, and what waits. With a text it lists the pages that are meant.
func (d *door) admin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if !me.Has(accounts.RightList) {
		return accounts.RequireAdmin(me)
	}
	own, err := d.adminFrame(r, me, views.TabOverview)
	if err != nil {
		return err
	}
	page := views.AdminOverview{Own: own, Query: strings.TrimSpace(r.URL.Query().Get("q")), Database: -1}
	if page.Query != "" {
		page.Found = views.AdminSearch(me.IsAdmin(), page.Query)
		if me.IsAdmin() {
			page.Found = append(page.Found, views.SettingSearch(d.Server.Settings(), page.Query)...)
		}
	} else if me.IsAdmin() {
		if err := d.figures(r, me, &page); err != nil {
			return err
		}
	}
	render(w, r, http.StatusOK, views.AdminOverviewPage(page))
	return nil
}

// figures measures the workspace. Nothing of it grows with what was ever written.
func (d *door) figures(r *http.Request, me accounts.User, page *views.AdminOverview) (err error) {
	ctx := r.Context()
	if page.People, page.Today, page.Week, err = d.Accounts.Activity(ctx, me); err != nil {
		return err
	}
	if page.Invitations, err = d.Accounts.OpenInvitations(ctx, me); err != nil {
		return err
	}
	counts, err := d.Chat.Count(ctx)
	if err != nil {
		return err
	}
	page.Channels, page.Messages = counts.Channels, counts.Messages
	if page.Database, err = d.Server.Size(ctx); err != nil {
		return err
	}
	if d.Server.Disk != nil {
		if page.DiskFree, page.DiskAll, err = d.Server.Disk(); err != nil {
			return err
		}
	}
	page.Hints, err = d.waiting(r, me)
	return err
}
