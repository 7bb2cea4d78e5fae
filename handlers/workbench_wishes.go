package handlers

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/views"
	"pegasus/web"
)

// reworded has a model say more clearly what somebody wants, or with back in the form brings back what they wrote themselves.
// What went wrong is in Wrong, with the status that the page has then.
func (d *door) reworded(w http.ResponseWriter, r *http.Request, me accounts.User, pluginID, own, text string) (views.Rewording, int, error) {
	f := r.PostForm
	before := f.Get("before")
	if f.Get("back") != "" {
		return views.Rewording{Text: before}, http.StatusOK, nil
	}
	now := views.Rewording{Text: own, Before: before}
	made, err := plugins.Improved{}, d.Limits.Ask.Take(w, r, me.ID)
	if err == nil {
		answer := web.WaitPatiently(w)
		made, err = d.Plugins.Improve(r.Context(), me, pluginID, text)
		answer()
	}
	if err == nil {
		if now.Text = made.Text; before == "" {
			now.Before = own
		}
		now.Model, now.Tokens = made.Model, made.Usage.Tokens()
		return now, http.StatusOK, nil
	}
	failed := web.Fault(err)
	problem, theirs := wrong(err)
	if !theirs && failed.Kind != fault.Unavailable {
		return now, 0, err
	}
	if !theirs {
		problem = views.Wrong{Message: failed.Message}
	}
	web.NoteError(r.Context(), err)
	web.SetRetryAfter(w.Header(), failed)
	now.Wrong = problem
	return now, web.Status(failed.Kind), nil
}

// rewordNew is for what a plugin is to do that is not made yet.
func (d *door) rewordNew(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page := newPluginIn(r)
	now, status, err := d.reworded(w, r, me, "", page.Description, wishOf(page.Description, page.Requirements))
	if err != nil {
		return err
	}
	page.Description, page.Rewording, page.Wrong = now.Text, now, now.Wrong
	if fragment(r) {
		return rewordedPart(w, r, now, status)
	}
	return d.newPluginPage(w, r, me, status, page)
}

// rewordAsk is for what is asked about a plugin.
func (d *door) rewordAsk(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	p, err := d.pluginOf(r, me)
	if err != nil {
		return err
	}
	own := r.PostForm.Get("message")
	now, status, err := d.reworded(w, r, me, p.ID, own, own)
	if err != nil {
		return err
	}
	if fragment(r) {
		return rewordedPart(w, r, now, status)
	}
	return d.benchPage(w, r, me, p, status, func(page *views.Workbench) {
		page.Talk.Ask, page.Talk.Rewording, page.Talk.Wrong = now.Text, now, now.Wrong
	})
}

// rewordedPart answers a script: the text, and what stands under it.
func rewordedPart(w http.ResponseWriter, r *http.Request, now views.Rewording, status int) error {
	if now.Wrong.Message != "" {
		render(w, r, status, views.Alert(now.Wrong.Message))
		return nil
	}
	render(w, r, status, views.RewordedPart(now, r.URL.EscapedPath()))
	return nil
}
