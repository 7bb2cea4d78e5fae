package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/views"
	"pegasus/web"
)

// managedPage is how many people the list for admins shows at once, and how many are changed at once.
const managedPage = 50

func equals(field accounts.UserField, value string) []accounts.UserFilter {
	return []accounts.UserFilter{{Field: field, Op: accounts.OpEqual, Value: value}}
}

var oneFactor = equals(accounts.UserTwoFactor, "false")

// which are the parts of the people that the list can show.
var which = map[string][]accounts.UserFilter{
	"admins":     equals(accounts.UserRole, string(accounts.RoleAdmin)),
	"moderators": equals(accounts.UserRole, string(accounts.RoleModerator)),
	"banned":     equals(accounts.UserBanned, "true"),
	"one-factor": oneFactor,
	"two-factor": equals(accounts.UserTwoFactor, "true"),
	"unverified": equals(accounts.UserVerified, "false"),
	"never":      equals(accounts.UserLastLogin, "0"),
}

// seen are the filters by when people were last here.
var seen = map[string]struct {
	op  accounts.Op
	ago time.Duration
}{
	"day": {accounts.OpGreaterEqual, dayLong}, "week": {accounts.OpGreaterEqual, 7 * dayLong},
	"not-month": {accounts.OpLess, 30 * dayLong}, "not-quarter": {accounts.OpLess, 90 * dayLong},
}

const dayLong = 24 * time.Hour

var orders = map[string]struct {
	by   accounts.UserField
	desc bool
}{
	"": {by: accounts.UserName}, "active": {accounts.UserActive, true}, "new": {accounts.UserCreatedAt, true}, "old": {by: accounts.UserCreatedAt},
}

// peopleQuery reads what a page of the list is to show.
func peopleQuery(values url.Values, now time.Time) accounts.UserQuery {
	order := orders[values.Get("sort")]
	if order.by == "" {
		order = orders[""]
	}
	q := accounts.UserQuery{
		Search: strings.TrimSpace(values.Get("q")), Filters: slices.Clone(which[values.Get("which")]), Bots: values.Get("which") == "bots",
		SortBy: order.by, Desc: order.desc, Limit: managedPage + 1,
	}
	if s, known := seen[values.Get("seen")]; known {
		q.Filters = append(q.Filters, accounts.UserFilter{Field: accounts.UserActive, Op: s.op, Value: strconv.FormatInt(now.Add(-s.ago).UnixMilli(), 10)})
	}
	q.After.ID, q.After.Value = placeIn(values)
	return q
}

// placeIn reads where a list goes on: behind an id, with the value by which the list is sorted behind it; "" for its start.
func placeIn(values url.Values) (at, value string) {
	const length = 24 // of an id
	if after := values.Get("after"); len(after) > length && id.Valid(after[:length]) {
		return after[:length], after[length:]
	}
	return "", ""
}

func (d *door) listPeople(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.peoplePage(r, me, r.URL.Query())
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminPeoplePage(page))
	return nil
}

func (d *door) peoplePage(r *http.Request, me accounts.User, values url.Values) (views.AdminPeople, error) {
	q := peopleQuery(values, d.Now())
	people, total, err := d.Accounts.FindUsers(r.Context(), me, q)
	if err != nil {
		return views.AdminPeople{}, err
	}
	own, err := d.adminFrame(r, me, views.TabPeople)
	if err != nil {
		return views.AdminPeople{}, err
	}
	page := views.AdminPeople{
		Own: own, Query: q.Search, Which: values.Get("which"), Seen: values.Get("seen"), Sort: values.Get("sort"), Total: total, At: d.Now(),
		May: me.Has,
	}
	people, more := upTo(people, managedPage)
	for _, u := range people {
		page.People = append(page.People, views.Managed{Person: person(u, u.Status), User: u})
	}
	at := func(after string) string {
		shown := url.Values{}
		for name, value := range map[string]string{"q": q.Search, "which": page.Which, "seen": page.Seen, "sort": page.Sort, "after": after} {
			if value != "" {
				shown.Set(name, value)
			}
		}
		return "/admin/people?" + shown.Encode()
	}
	page.Here = at(values.Get("after"))
	if q.After.ID != "" {
		page.First = at("")
	}
	if more {
		last := q.Place(people[len(people)-1])
		page.More = at(last.ID + last.Value)
	}
	return page, nil
}

// changePeople does one thing to all who are ticked. What works is done; the page says what did not.
func (d *door) changePeople(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if !me.Has(accounts.RightRevokeSessions) {
		return accounts.RequireAdmin(me)
	}
	ban, wrong := banFrom(r)
	change := d.bulk(me, r.PostForm.Get("action"), ban)
	ids := r.PostForm["person"]
	if change == nil || len(ids) == 0 || len(ids) > managedPage {
		return fault.New(fault.Invalid, "NOTHING_CHOSEN", "Tick up to 50 people, and choose what to do.")
	}
	people, err := d.Accounts.Users(r.Context(), ids)
	if err != nil {
		return err
	}
	if r.PostForm.Get("action") == "ban" && (wrong != nil || !r.PostForm.Has("ban_reason")) {
		return d.askBan(w, r, me, people, wrong)
	}
	var failed []views.BulkResult
	for _, userID := range ids {
		err := change(r.Context(), userID)
		if f := fault.From(err); f != nil && strings.HasPrefix(f.Field, "ban_") { // and so it is for all of them
			return d.askBan(w, r, me, people, err)
		}
		if err != nil {
			failed = append(failed, views.BulkResult{Name: nameOf(people, userID), Problem: web.Fault(err).Message})
		}
	}
	back, err := url.Parse(r.PostForm.Get("back"))
	if err != nil || back.Path != "/admin/people" || back.Host != "" {
		back = &url.URL{Path: "/admin/people"}
	}
	if len(failed) == 0 {
		d.note(r, "Done")
		return done(w, r, "/admin/people?"+back.Query().Encode())
	}
	page, err := d.peoplePage(r, me, back.Query())
	if err != nil {
		return err
	}
	page.Bulk = failed
	render(w, r, http.StatusUnprocessableEntity, views.AdminPeoplePage(page))
	return nil
}

// askBan asks for what and until when people are banned, and shows who is meant. wrong is what was wrong with the last answer, or nil.
func (d *door) askBan(w http.ResponseWriter, r *http.Request, me accounts.User, people map[string]accounts.User, wrong error) error {
	if !me.Has(accounts.RightBan) {
		return accounts.RequireAdmin(me)
	}
	own, err := d.adminFrame(r, me, views.TabPeople)
	if err != nil {
		return err
	}
	page := views.AdminBan{Own: own, Back: r.PostForm.Get("back"), Reason: r.PostForm.Get("ban_reason"), Until: r.PostForm.Get("ban_expires")}
	for _, userID := range r.PostForm["person"] {
		if u, known := people[userID]; known {
			page.People = append(page.People, person(u, u.Status))
		}
	}
	if wrong == nil {
		render(w, r, http.StatusOK, views.AdminBanPage(page))
		return nil
	}
	return again(w, r, wrong, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "ban", problem
		return views.AdminBanPage(page)
	})
}

// bulk returns what an action does to one person, nil for an unknown one.
func (d *door) bulk(me accounts.User, action string, ban accounts.Ban) func(context.Context, string) error {
	role := func(to accounts.Role) func(context.Context, string) error {
		return func(ctx context.Context, userID string) error {
			_, err := d.Accounts.SetRole(ctx, me, userID, to)
			return err
		}
	}
	switch action {
	case "sign-out":
		return func(ctx context.Context, userID string) error { return d.Accounts.EndUserSessions(ctx, me, userID) }
	case "ban":
		return func(ctx context.Context, userID string) error {
			_, err := d.Accounts.BanUser(ctx, me, userID, ban)
			return err
		}
	case "unban":
		return func(ctx context.Context, userID string) error {
			_, err := d.Accounts.UnbanUser(ctx, me, userID)
			return err
		}
	case "user":
		return role(accounts.RoleUser)
	case "moderator":
		return role(accounts.RoleModerator)
	}
	return nil
}
