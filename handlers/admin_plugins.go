package handlers

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/views"
)

// installsPage is how many installs one page shows.
const installsPage = 100

func (d *door) listAllInstalls(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	values := r.URL.Query()
	show := plugins.InstallShow(values.Get("show"))
	if show != plugins.ShowWaiting && show != plugins.ShowOff {
		show = plugins.ShowAll
	}
	installs, err := d.Plugins.InstallsAnywhere(r.Context(), me, show, values.Get("after"), installsPage+1)
	if err != nil {
		return err
	}
	installs, more := upTo(installs, installsPage)
	own, err := d.adminFrame(r, me, views.TabPlugins)
	if err != nil {
		return err
	}
	page := views.AdminPlugins{Own: own, Model: d.Plugins.Model(), Show: show}
	if page.Used, err = d.Plugins.UsageOfAll(r.Context(), me); err != nil {
		return err
	}
	ids := make([]string, len(installs))
	for n, i := range installs {
		ids[n] = i.InstallerID
	}
	people, err := d.Accounts.Users(r.Context(), ids)
	if err != nil {
		return err
	}
	for _, i := range installs {
		page.Installs = append(page.Installs, views.AnyInstall{
			Installed: placed(i), Permissions: i.Granted.Permissions, Hosts: i.Granted.Hosts, By: nameOf(people, i.InstallerID), Own: i.AskerID() == me.ID,
		})
	}
	if more {
		page.More = "/admin/plugins?" + url.Values{"show": {string(show)}, "after": {installs[installsPage-1].ID}}.Encode()
	}
	render(w, r, http.StatusOK, views.AdminPluginsPage(page))
	return nil
}

func (d *door) changeAnyInstall(w http.ResponseWriter, r *http.Request, me accounts.User) (err error) {
	if err := parse(r); err != nil {
		return err
	}
	installID := chi.URLParam(r, "install")
	notice := ""
	switch action := r.PostForm.Get("action"); action {
	case "approve":
		notice = "Approved"
		_, err = d.Plugins.ApproveAnywhere(r.Context(), me, installID, lookedAt(r))
	case "decline":
		notice = "Declined"
		if err = accounts.RequireAdmin(me); err == nil {
			err = d.Plugins.DeclineInstall(r.Context(), me, installID)
		}
	case "permissions":
		if err = accounts.RequireAdmin(me); err == nil {
			notice, err = d.grantInstall(r, me, installID)
		}
	case "on", "off":
		notice = map[string]string{"on": "Switched on", "off": "Switched off"}[action]
		_, err = d.Plugins.SwitchAnywhere(r.Context(), me, installID, action == "on")
	default:
		if err = accounts.RequireAdmin(me); err == nil {
			err = fault.Field("action", "INVALID_ACTION", "This is nothing that can be done to a plugin.")
		}
	}
	if err != nil {
		return err
	}
	d.note(r, notice)
	return done(w, r, localPathOr(r, "/admin/plugins"))
}
