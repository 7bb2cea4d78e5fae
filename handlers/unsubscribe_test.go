package handlers

import "testing"

func TestTheLinkOfAMailEndsItWithoutASessionAndNotByLookingAtIt(t *testing.T) {
	w := newWorld(t)
	ben := w.join("ben")
	path := w.Notify.UnsubscribePath(ben.ID)
	noMail := func() bool {
		t.Helper()
		p, err := w.chat.Preferences(t.Context(), ben.User)
		must(t, err)
		return p.NoMail
	}
	anon := &actor{name: "anon"}
	w.get(anon, path).want(200, "No more of these mails", `method="post"`)
	if noMail() {
		t.Error("looking at the page ends the mail")
	}
	w.post(anon, path, "List-Unsubscribe", "One-Click").want(200, "does not come by mail any more")
	if !noMail() {
		t.Error("the mail goes on")
	}
}
