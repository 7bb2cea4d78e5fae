package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
	"pegasus/views"
)

// budgetPage is of how many people one page shows the use of models.
const budgetPage = 50

// budgetRoutes are about what models are used for, and by whom.
func (d *door) budgetRoutes(get, post func(string, http.HandlerFunc)) {
	get("/admin/budgets", member(d.showBudgets))
	post("/admin/people/{person}/budget", member(d.setBudget))
}

func (d *door) showBudgets(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	var after plugins.UsagePlace
	userID, tokens := placeIn(r.URL.Query())
	if n, err := strconv.ParseInt(tokens, 10, 64); err == nil {
		after = plugins.UsagePlace{UserID: userID, Tokens: n}
	}
	used, err := d.Plugins.UsageByPerson(r.Context(), me, after, budgetPage+1)
	if err != nil {
		return err
	}
	own, err := d.adminFrame(r, me, views.TabBudgets)
	if err != nil {
		return err
	}
	page := views.AdminBudgets{Own: own, Model: d.Plugins.Model(), Later: after.UserID != ""}
	if page.Used, err = d.Plugins.UsageOfAll(r.Context(), me); err != nil {
		return err
	}
	used, more := upTo(used, budgetPage)
	if more {
		last := used[budgetPage-1].Place()
		page.More = "/admin/budgets?" + url.Values{"after": {last.UserID + strconv.FormatInt(last.Tokens, 10)}}.Encode()
	}
	ids := make([]string, len(used))
	for i, p := range used {
		ids[i] = p.UserID
	}
	people, err := d.Accounts.Users(r.Context(), ids)
	if err != nil {
		return err
	}
	for _, p := range used {
		u := people[p.UserID]
		one := person(u, u.Status)
		one.Name = nameOf(people, p.UserID)
		page.People = append(page.People, views.PersonUsed{Person: one, PersonUsed: p})
	}
	render(w, r, http.StatusOK, views.AdminBudgetsPage(page))
	return nil
}

// setBudget gives a person a budget of their own, or with an empty field that of everybody.
func (d *door) setBudget(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	var tokens *int64
	var err error
	if text := strings.Join(strings.Fields(r.PostForm.Get("budget")), ""); text != "" {
		n, bad := strconv.ParseInt(text, 10, 64)
		if tokens = &n; bad != nil {
			err = fault.Field("budget", "INVALID_BUDGET", "Please enter a number of tokens, or nothing.")
		}
	}
	if admin := accounts.RequireAdmin(me); admin != nil {
		return admin
	}
	if err == nil {
		err = d.Plugins.SetBudget(r.Context(), me, chi.URLParam(r, "person"), tokens)
	}
	return d.handled(w, r, me, "models", "The budget is set", err)
}
