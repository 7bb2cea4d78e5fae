package handlers

import (
	"bytes"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/brand"
	"pegasus/fault"
	"pegasus/files"
	"pegasus/views"
	"pegasus/web"
)

// maxLogoForm has room for what a form puts around a picture.
const maxLogoForm = files.MaxLogo + web.MaxBody

func (d *door) brandRoutes(get func(string, http.HandlerFunc)) {
	get("/admin/branding", member(d.showBrand))
	get("/brand/{style}", handle(brandStyle))
	get("/brand/logo/{key}", handle(d.brandLogo))
}

// withBrand lets pages show themselves as the workspace's. Where its look cannot be read a page has the default.
func (d *door) withBrand(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := d.Brand.Brand(r.Context())
		if err != nil {
			web.NoteError(r.Context(), err)
		}
		next.ServeHTTP(w, r.WithContext(views.WithBrand(r.Context(), views.ShownBrand(b))))
	})
}

const keptForEver = "public, max-age=31536000, immutable"

// brandStyle serves the style sheet of a colour, which is in its name.
func brandStyle(w http.ResponseWriter, r *http.Request) error {
	css, ok := brand.Style(chi.URLParam(r, "style"))
	if !ok {
		return notFound(w, r)
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", keptForEver)
	w.Write([]byte(css))
	return nil
}

// brandLogo serves the workspace's logo to everyone, and no other picture.
func (d *door) brandLogo(w http.ResponseWriter, r *http.Request) error {
	b, err := d.Brand.Brand(r.Context())
	if err != nil {
		return err
	}
	if b.Logo == "" || chi.URLParam(r, "key") != b.Logo {
		return notFound(w, r)
	}
	picture, mediaType, err := d.Avatars.Open(r.Context(), b.Logo)
	if err != nil {
		return err
	}
	defer picture.Close()
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", keptForEver)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(w, r, "", time.Time{}, picture)
	return nil
}

func (d *door) brandPage(r *http.Request, me accounts.User) (views.AdminBrand, error) {
	if err := accounts.RequireAdmin(me); err != nil {
		return views.AdminBrand{}, err
	}
	own, err := d.adminFrame(r, me, views.TabBrand)
	if err != nil {
		return views.AdminBrand{}, err
	}
	b, err := d.Brand.Brand(r.Context())
	return views.AdminBrand{Own: own, Brand: b, Name: b.Own, Accent: b.Accent}, err
}

func (d *door) showBrand(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.brandPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminBrandPage(page))
	return nil
}

func (d *door) changeBrand(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.brandPage(r, me)
	if err != nil {
		return err
	}
	fields, picture, err := web.ReadPicture(r, files.MaxLogo)
	if err != nil && fault.From(err).Code == "NO_FILE" {
		err = nil
	}
	page.Name, page.Accent = fields["name"], fields["accent"]
	if err == nil {
		err = d.applyBrand(r, me, fields, picture)
	}
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, "/admin/branding")
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "brand", problem
		return views.AdminBrandPage(page)
	})
}

func (d *door) applyBrand(r *http.Request, me accounts.User, fields map[string]string, picture []byte) (err error) {
	switch name, accent := fields["name"], fields["accent"]; fields["action"] {
	case "save":
		change := brand.Change{Name: &name, Accent: &accent}
		if len(picture) > 0 {
			change.Logo = bytes.NewReader(picture)
		}
		_, err = d.Brand.Change(r.Context(), me, change)
	case "no-logo":
		_, err = d.Brand.Change(r.Context(), me, brand.Change{NoLogo: true})
	case "reset":
		_, err = d.Brand.Reset(r.Context(), me)
	default:
		err = fault.Field("action", "INVALID_CHOICE", "This must be save, no-logo or reset.")
	}
	return err
}
