package api

import (
	"strings"
	"testing"

	"pegasus/plugins"
)

func TestAdminsSeeWhoUsesModelsAndBoundIt(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.admin("boss"), w.join("ada"), w.join("ben")
	day := now().UTC().Format("2006-01-02")
	must(t, w.store.AddUsage(t.Context(), ada.ID, day, plugins.Usage{Calls: 2, Input: 300, Output: 40}))
	must(t, w.store.AddUsage(t.Context(), ben.ID, day, plugins.Usage{Calls: 1, Input: 10, Output: 5}))

	budget := "/api/admin/users/" + ben.ID + "/budget"
	w.call(boss, "PUT", budget, `{"budget":1000}`).exactly(200, `{"usage":{"user_id":"ID","input_tokens":10,"output_tokens":5,"calls":1,"tokens_today":15,"budget":1000,"own":true}}`)
	first := w.call(boss, "GET", "/api/admin/usage?limit=1", nil).want(200)
	cursor := first.field("next_cursor")
	if strings.Count(first.Body.String(), "user_id") != 1 || cursor != "340:"+ada.ID {
		t.Errorf("the first page is %s", first.Body)
	}
	w.call(boss, "GET", "/api/admin/usage?cursor="+cursor, nil).exactly(200,
		`{"people":[{"user_id":"ID","input_tokens":10,"output_tokens":5,"calls":1,"tokens_today":15,"budget":1000,"own":true}]}`)

	if got := w.call(boss, "PUT", budget, `{"budget":null}`).want(200); got.field("usage.own") != "false" {
		t.Errorf("without a budget of their own it is %s", got.Body)
	}
	w.call(boss, "PUT", budget, `{"budget":-1}`).want(400)
	w.call(boss, "PUT", "/api/admin/users/0123456789abcdef01234567/budget", `{"budget":1}`).want(404, "USER_NOT_FOUND")
}

func TestARoleHasABudget(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	must(t, w.store.AddUsage(t.Context(), ada.ID, now().UTC().Format("2006-01-02"), plugins.Usage{Calls: 1, Input: 10}))
	w.call(boss, "PUT", "/api/admin/budgets/user", `{"budget":500}`).
		exactly(200, `{"budgets":[{"role":"user","budget":500},{"role":"moderator","budget":null},{"role":"admin","budget":null}]}`)
	w.call(boss, "GET", "/api/admin/usage", nil).exactly(200,
		`{"people":[{"user_id":"ID","input_tokens":10,"output_tokens":0,"calls":1,"tokens_today":10,"budget":500,"own":false,"role":"user"}]}`)
	w.call(boss, "PUT", "/api/admin/budgets/user", `{"budget":-1}`).want(400)
	w.call(boss, "PUT", "/api/admin/budgets/owner", `{"budget":1}`).want(404, "ROLE_NOT_FOUND")
	w.call(boss, "PUT", "/api/admin/budgets/user", `{"budget":null}`).want(200)
	w.call(boss, "GET", "/api/admin/budgets", nil).exactly(200,
		`{"budgets":[{"role":"user","budget":null},{"role":"moderator","budget":null},{"role":"admin","budget":null}]}`)
}
