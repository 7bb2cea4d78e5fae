package handlers

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) bannerRoutes(get, post func(string, http.HandlerFunc)) {
	post("/announcement/away", member(d.putBannerAway))
	get("/admin/announcement", member(d.showAdminBanner))
	post("/admin/announcement", member(d.changeBanner))
}

func (d *door) adminBanner(r *http.Request, me accounts.User) (views.AdminBanner, chat.Banner, error) {
	if err := accounts.RequireAdmin(me); err != nil {
		return views.AdminBanner{}, chat.Banner{}, err
	}
	own, err := d.adminFrame(r, me, views.TabBanner)
	if err != nil {
		return views.AdminBanner{}, chat.Banner{}, err
	}
	b, _, err := d.Chat.Banner(r.Context(), me)
	page := views.AdminBanner{Own: own, Stands: b.ID != "", Text: b.Text, Kind: b.Kind, When: views.When{Choice: "never"}}
	if !b.Until.IsZero() {
		page.When = views.When{Choice: "at", At: b.Until.UTC().Format(localTime)}
	}
	return page, b, err
}

func (d *door) showAdminBanner(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.adminBanner(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminBannerPage(page))
	return nil
}

func (d *door) changeBanner(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, before, err := d.adminBanner(r, me)
	if err != nil {
		return err
	}
	note := "Everyone sees it now"
	switch f := r.PostForm; f.Get("action") {
	case "remove":
		note, err = "The announcement is taken down", d.Chat.RemoveBanner(r.Context(), me)
	case "show":
		page.Text, page.Kind, page.When = f.Get("text"), chat.BannerKind(f.Get("kind")), whenOf(r)
		until, bad := d.endOf(page.When, before.Until)
		if err = bad; err == nil {
			_, err = d.Chat.SetBanner(r.Context(), me, page.Text, page.Kind, until)
		}
	default:
		err = fault.Field("action", "INVALID_CHOICE", "This must be show or remove.")
	}
	if err == nil {
		d.note(r, note)
		return done(w, r, "/admin/announcement")
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "banner", problem
		return views.AdminBannerPage(page)
	})
}

func (d *door) putBannerAway(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Chat.PutBannerAway(r.Context(), me, r.PostForm.Get("id")); err != nil {
		return err
	}
	return done(w, r, localPath(r.PostForm))
}

// bannerNews tells a page which announcement stands from now on.
type bannerNews struct {
	ID   string `json:"id"`
	HTML string `json:"html"` // "" for none
}

func (d *door) newBannerNews(p chat.BannerChanged) bannerNews {
	if p.Banner.ID == "" {
		return bannerNews{}
	}
	var html bytes.Buffer
	_ = views.BannerLine(views.ShownBanner(p.Banner, false), "").Render(d.live(), &html) // a buffer takes everything
	return bannerNews{ID: p.Banner.ID, HTML: html.String()}
}
