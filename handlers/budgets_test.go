package handlers

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/plugins"
)

func TestAdminsSeeWhatEachPersonUsesAndGiveABudget(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.admin("boss"), w.join("ada"), w.join("ben")
	w.get(boss, "/admin/budgets").want(200, "Nobody has asked a model")
	day := now().UTC().Format("2006-01-02")
	for who, tokens := range map[string]int64{ada.User.ID: 1234, ben.User.ID: 99} {
		if err := w.store.AddUsage(t.Context(), who, day, plugins.Usage{Calls: 1, Input: tokens}); err != nil {
			t.Fatal(err)
		}
	}
	page := w.get(boss, "/admin/budgets").want(200, "1\u202f234 tokens", "99 tokens").Body.String()
	if strings.Index(page, ada.User.ID) > strings.Index(page, ben.User.ID) {
		t.Error("who used more stands below")
	}
	path := "/admin/people/" + ada.User.ID
	w.get(boss, path).want(200, "Budget of their own", `name="budget"`)
	w.post(boss, path+"/budget", "budget", "1 000").sends(path)
	w.get(boss, path).want(200, `value="1000"`)
	w.get(boss, "/admin/budgets").want(200, "own budget", "used up today")
	w.post(boss, path+"/budget", "budget", "much").want(400, "a number of tokens").keeps("budget", "much")
	w.post(boss, path+"/role", "role", "king").want(400).keeps("budget", "1000")
	w.post(boss, path+"/budget", "budget", "").sends(path)
	if strings.Contains(w.get(boss, "/admin/budgets").want(200).Body.String(), "own budget<") {
		t.Error("the budget stays")
	}
	w.post(ada, path+"/budget", "budget", "9").want(403)
	mod := w.moderator("mod", boss)
	if strings.Contains(w.get(mod, "/admin/people/"+ben.User.ID).want(200).Body.String(), "Budget of their own") {
		t.Error("moderators see what people use")
	}
}

func TestAdminsGiveARoleABudget(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	must(t, w.store.AddUsage(t.Context(), ada.ID, now().UTC().Format("2006-01-02"), plugins.Usage{Calls: 1, Input: 1234}))
	w.post(boss, "/admin/budgets", "role", "user", "budget", "1 000").sends("/admin/budgets")
	w.get(boss, "/admin/budgets").want(200, `value="1000"`, "budget of users", "used up today", "as a user")
	w.post(boss, "/admin/budgets", "role", "moderator", "budget", "much").want(400, "a number of tokens", `value="much"`, `value="1000"`)
	w.post(boss, "/admin/budgets", "role", "owner", "budget", "1").want(404)
	w.post(ada, "/admin/budgets", "role", "user", "budget", "9").want(403)
	w.post(boss, "/admin/budgets", "role", "user", "budget", "").sends("/admin/budgets")
	if strings.Contains(w.get(boss, "/admin/budgets").want(200).Body.String(), "budget of users<") {
		t.Error("the budget stays")
	}
}

func TestTheListOfUseIsRead50AtATime(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	day := now().UTC().Format("2006-01-02")
	for i := range budgetPage + 1 {
		if err := w.store.AddUsage(t.Context(), fmt.Sprintf("66f2c0de4a1b2c3d4e5f%04x", i), day, plugins.Usage{Calls: 1, Input: 7000}); err != nil {
			t.Fatal(err)
		}
	}
	page := w.get(boss, "/admin/budgets").want(200, "More</a>").Body.String()
	if n := strings.Count(page, "7\u202f000 tokens"); n != budgetPage {
		t.Errorf("%d people on the first page", n)
	}
	_, after, _ := strings.Cut(page, "/admin/budgets?after=")
	after, _, _ = strings.Cut(after, `"`)
	page = w.get(boss, "/admin/budgets?after="+after).want(200, "First page").Body.String()
	if n := strings.Count(page, "7\u202f000 tokens"); n != 1 {
		t.Errorf("%d people on the second page", n)
	}
}
