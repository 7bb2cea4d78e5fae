package handlers

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

func (d *door) setSection(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	channelID := chi.URLParam(r, "channel")
	if err := d.Chat.SetSection(r.Context(), me, channelID, r.PostForm.Get("section")); err != nil {
		return err
	}
	return done(w, r, "/chat/"+channelID)
}

func (d *door) showSection(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	section := r.URL.Query().Get("section")
	s, err := d.shell(r, me, "Section", views.PlaceChat, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.SectionPage(views.SectionForm{Shell: s, Section: section, Name: section}))
	return nil
}

func (d *door) changeSection(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	section, name := r.PostForm.Get("section"), r.PostForm.Get("name")
	if r.PostForm.Get("action") == "dissolve" {
		name = ""
	}
	err := d.Chat.RenameSection(r.Context(), me, section, name)
	if err == nil {
		return done(w, r, "/chat")
	}
	s, failed := d.shell(r, me, "Section", views.PlaceChat, "")
	if failed != nil {
		return failed
	}
	return showWrong(w, r, err, func(problem views.Wrong, status int) {
		problem.Field = "name"
		render(w, r, status, views.SectionPage(views.SectionForm{Shell: s, Section: section, Name: name, Wrong: problem}))
	})
}

// sidebarForm reads a form of the sidebar, changes what it says, and goes back to the page on which it stood.
func sidebarForm(w http.ResponseWriter, r *http.Request, change func(url.Values) error) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := change(r.PostForm); err != nil {
		return err
	}
	return done(w, r, localPath(r.PostForm))
}

func (d *door) foldSection(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return sidebarForm(w, r, func(f url.Values) error {
		return d.Chat.FoldSection(r.Context(), me, f.Get("section"), f.Get("folded") == "yes")
	})
}

func (d *door) orderSection(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return sidebarForm(w, r, func(f url.Values) error {
		return d.Chat.OrderSection(r.Context(), me, f.Get("section"), chat.RowOrder(f.Get("order")))
	})
}

// moveChannel moves a channel in its section, before another one or by one step.
func (d *door) moveChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return sidebarForm(w, r, func(f url.Values) error {
		if step := f.Get("step"); step != "" {
			return d.Chat.StepChannel(r.Context(), me, f.Get("channel"), step == "up")
		}
		return d.Chat.MoveChannel(r.Context(), me, f.Get("channel"), f.Get("before"))
	})
}

func (d *door) showUnread(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return sidebarForm(w, r, func(f url.Values) error { return d.Chat.ShowUnread(r.Context(), me, f.Get("alone") == "yes") })
}

// address is where a form in the frame of a page goes on.
func address(r *http.Request) string {
	if !reads(r) {
		return "/chat"
	}
	return r.URL.RequestURI()
}
