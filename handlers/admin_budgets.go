package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
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
	post("/admin/budgets", member(d.setRoleBudget))
	post("/admin/people/{person}/budget", member(d.setBudget))
}

func (d *door) showBudgets(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.budgets(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminBudgetsPage(page))
	return nil
}

// budgets reads who used models for how much, and what each role may.
func (d *door) budgets(r *http.Request, me accounts.User) (page views.AdminBudgets, err error) {
	var after plugins.UsagePlace
	userID, tokens := placeIn(r.URL.Query())
	if n, err := strconv.ParseInt(tokens, 10, 64); err == nil {
		after = plugins.UsagePlace{UserID: userID, Tokens: n}
	}
	used, err := d.Plugins.UsageByPerson(r.Context(), me, after, budgetPage+1)
	if err != nil {
		return page, err
	}
	own, err := d.adminFrame(r, me, views.TabBudgets)
	if err != nil {
		return page, err
	}
	page = views.AdminBudgets{Own: own, Model: d.Plugins.Model(), Later: after.UserID != ""}
	roles, err := d.Plugins.RoleBudgets(r.Context(), me)
	if err != nil {
		return page, err
	}
	for _, role := range plugins.Roles {
		one := views.RoleBudget{Role: role}
		if tokens, set := roles[role]; set {
			one.Budget = strconv.FormatInt(tokens, 10)
		}
		page.Roles = append(page.Roles, one)
	}
	if page.Used, err = d.Plugins.UsageOfAll(r.Context(), me); err != nil {
		return page, err
	}
	used, more := upTo(used, budgetPage)
	if more {
		last := used[budgetPage-1].Place()
		page.More = "/admin/budgets?" + url.Values{"after": {last.UserID + strconv.FormatInt(last.Tokens, 10)}}.Encode()
	}
	for _, p := range used {
		one := person(p.User, p.User.Status)
		one.Name = shownName(p.User)
		page.People = append(page.People, views.PersonUsed{Person: one, PersonUsed: p})
	}
	return page, nil
}

// tokensIn reads a budget, nil for an empty field.
func tokensIn(r *http.Request) (*int64, error) {
	text := strings.Join(strings.Fields(r.PostForm.Get("budget")), "")
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fault.Field("budget", "INVALID_BUDGET", "Please enter a number of tokens, or nothing.")
	}
	return &n, nil
}

// setRoleBudget gives a role a budget, or with an empty field that of everybody.
func (d *door) setRoleBudget(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	role := accounts.Role(r.PostForm.Get("role"))
	tokens, err := tokensIn(r)
	if err == nil {
		err = d.Plugins.SetRoleBudget(r.Context(), me, role, tokens)
	}
	if err == nil {
		d.note(r, "The budget is set")
		return done(w, r, "/admin/budgets")
	}
	page, failed := d.budgets(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		for i, one := range page.Roles {
			if one.Role == role {
				page.Roles[i].Budget, page.Roles[i].Wrong = r.PostForm.Get("budget"), problem
			}
		}
		return views.AdminBudgetsPage(page)
	})
}

// setBudget gives a person a budget of their own, or with an empty field that of everybody.
func (d *door) setBudget(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	tokens, err := tokensIn(r)
	if admin := accounts.RequireAdmin(me); admin != nil {
		return admin
	}
	if err == nil {
		err = d.Plugins.SetBudget(r.Context(), me, chi.URLParam(r, "person"), tokens)
	}
	return d.handled(w, r, me, "models", "The budget is set", err)
}
