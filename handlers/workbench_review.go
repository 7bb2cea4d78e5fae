package handlers

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/plugins"
	"pegasus/views"
)

// wishFor shows what waits for an approval.
func wishFor(i plugins.Placed, asker string) *views.InstallWish {
	m, granted := i.Manifest, i.Granted
	if i.Wished != nil {
		m, granted = *i.Wished, i.Pending.Granted
	}
	return &views.InstallWish{Asker: asker, First: i.Pending == nil, Answers: m.Commands, Permissions: permissions(m, granted, true)}
}

// showInstallFiles shows the files of the version that is installed, or of the one that waits for an approval.
func (d *door) showInstallFiles(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	version := 0
	if text := r.URL.Query().Get("version"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return plugins.ErrVersionNotFound
		}
		version = n
	}
	files, version, err := d.Plugins.InstallFiles(r.Context(), me, chi.URLParam(r, "install"), version)
	if err != nil {
		return err
	}
	page, err := d.installReview(r, me)
	if err != nil {
		return err
	}
	page.Bench.Version, page.Bench.Plugin.Head = version, version
	if err := d.openFile(r, files, &page.Bench); err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.InstallFilesPage(page))
	return nil
}

// showInstallChanges shows how what waits for an approval differs from what was approved.
func (d *door) showInstallChanges(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	diff, from, to, err := d.Plugins.InstallDiff(r.Context(), me, chi.URLParam(r, "install"))
	if err != nil {
		return err
	}
	page, err := d.installReview(r, me)
	if err != nil {
		return err
	}
	page.Bench.Changes = &views.PluginChanges{From: from, To: to, Files: diff}
	render(w, r, http.StatusOK, views.InstallChangesPage(page))
	return nil
}

func (d *door) installReview(r *http.Request, me accounts.User) (page views.InstallReview, err error) {
	i, err := d.Plugins.InstallByID(r.Context(), me, chi.URLParam(r, "install"))
	if err != nil {
		return page, err
	}
	page.Installed = placed(i)
	page.Shell, err = d.shell(r, me, i.Manifest.Title, views.PlacePlugins, "")
	return page, err
}

// declineInstall drops what waits, and goes to where there is something left to see.
func (d *door) declineInstall(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	id := chi.URLParam(r, "install")
	i, err := d.Plugins.InstallByID(r.Context(), me, id)
	if err != nil {
		return err
	}
	err = d.Plugins.DeclineInstall(r.Context(), me, id)
	if problem, refused := wrong(err); refused {
		return d.installPage(w, r, me, http.StatusUnprocessableEntity, func(page *views.InstallView) {
			page.Wrong = views.Wrong{Message: problem.Message}
		})
	}
	if err != nil {
		return err
	}
	d.note(r, "What was asked for is dropped")
	if i.Pending != nil {
		return done(w, r, "/installs/"+id)
	}
	return done(w, r, "/plugins")
}
