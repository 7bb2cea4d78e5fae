package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/files"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// dataRoutes are the page about backups.
func (d *door) dataRoutes(get, post func(string, http.HandlerFunc)) {
	get("/admin/data", member(d.showBackups))
	post("/admin/data", member(d.makeBackup))
	post("/admin/data/support", member(d.takeSupport))
	post("/admin/data/{backup}/verify", member(d.proveBackup))
	post("/admin/data/{backup}/download", member(d.takeBackup))
}

func (d *door) showBackups(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	overview, err := d.Backups.Overview(r.Context(), me)
	if err != nil {
		return err
	}
	own, err := d.adminFrame(r, me, views.TabBackups)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminDataPage(views.AdminData{Own: own, Overview: overview, Now: d.Now()}))
	return nil
}

func (d *door) makeBackup(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Backups.Make(r.Context(), me); err != nil {
		return err
	}
	d.note(r, "The backup has begun")
	return done(w, r, "/admin/data")
}

func (d *door) proveBackup(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := d.Backups.Prove(r.Context(), me, chi.URLParam(r, "backup")); err != nil {
		return err
	}
	d.note(r, "The drill has begun")
	return done(w, r, "/admin/data")
}

// takeSupport sends what an admin may hand to whoever helps.
func (d *door) takeSupport(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	text, err := d.Server.Support(r.Context(), me)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", files.Disposition("pegasus-support-"+d.Now().Format("20060102-150405")+".json", false))
	h.Set("Cache-Control", "no-store")
	w.Write(text)
	return nil
}

// takeBackup sends a backup to an admin who has proven lately who they are: it holds everything.
func (d *door) takeBackup(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	if err := d.Accounts.Fresh(current.Session); err != nil {
		if asksWho(w, r, err, views.TabBackups) {
			return nil
		}
		return err
	}
	name := chi.URLParam(r, "backup")
	file, err := d.Backups.Take(r.Context(), me, name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zstd")
	w.Header().Set("Content-Disposition", files.Disposition(name, false))
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(web.WritePatiently(w), r, "", info.ModTime(), file)
	return nil
}
