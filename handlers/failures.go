package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/trouble"
	"pegasus/views"
)

func (d *door) testPage(me accounts.User) (views.TestPage, error) {
	on, err := d.Trouble.List(me)
	return views.TestPage{Now: d.Now(), On: on, Kind: trouble.Unavailable, Target: trouble.Sends, Left: "3", Minutes: "5"}, err
}

// showComponents shows the pieces of all pages, and the failures that are on, to the admins of a server under development.
func (d *door) showComponents(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.testPage(me)
	if err != nil {
		return err
	}
	return d.debugPage(w, r, views.DebugTabTest, views.Components(page))
}

// setFailure switches a failure on, or off.
func (d *door) setFailure(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	page, err := d.testPage(me)
	if err != nil {
		return err
	}
	page.Kind, page.Target = trouble.Kind(r.PostForm.Get("kind")), trouble.Target(r.PostForm.Get("target"))
	page.Left, page.Minutes = r.PostForm.Get("left"), r.PostForm.Get("minutes")
	if r.PostForm.Get("action") == "end" {
		err = d.Trouble.End(r.Context(), me, page.Kind)
	} else {
		left, _ := strconv.Atoi(page.Left) // 0 is refused
		minutes, bad := strconv.Atoi(page.Minutes)
		if bad != nil || minutes > int(trouble.MaxLife/time.Minute) {
			minutes = 0
		}
		err = d.Trouble.Set(r.Context(), me, trouble.Switch{Kind: page.Kind, Target: page.Target, Left: left}, time.Duration(minutes)*time.Minute)
	}
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, "/test")
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Wrong = problem
		return views.DebugPage(views.DebugTabTest, "", views.Components(page))
	})
}
