package betterauth

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// ListUsersQuery selects people.
type ListUsersQuery struct {
	SearchValue    string `query:"searchValue"`
	SearchField    string `query:"searchField" doc:"email or name"`
	SearchOperator string `query:"searchOperator" doc:"contains, starts_with or ends_with"`
	FilterField    string `query:"filterField" doc:"id, email, name, username, role, banned, emailVerified, twoFactorEnabled, createdAt or lastLogin"`
	FilterOperator string `query:"filterOperator" doc:"eq, ne, lt, lte, gt or gte"`
	FilterValue    string `query:"filterValue"`
	SortBy         string `query:"sortBy" doc:"A field as of filterField"`
	SortDirection  string `query:"sortDirection" doc:"asc or desc"`
	Limit          string `query:"limit" doc:"1 to 500; 100 where it is left out"`
	Offset         string `query:"offset"`
}

// UsersResponse is a page of people, and how many there are in all.
type UsersResponse struct {
	Users  []User `json:"users" nullable:"false"`
	Total  int    `json:"total"`
	Limit  int    `json:"limit,omitempty"`
	Offset int    `json:"offset,omitempty"`
}

const (
	usersPage    = 100
	maxUsersPage = 500
)

// ListUsers finds people. What cannot be searched for, such as a field that is not there, finds nobody.
func (d *Door) ListUsers(_ http.ResponseWriter, r *http.Request, in ListUsersQuery) (UsersResponse, error) {
	admin := me(r).User
	query, known, err := in.query(admin)
	if err != nil {
		return UsersResponse{}, err
	}
	if !known && admin.Has(accounts.RightList) {
		return UsersResponse{Users: []User{}}, nil
	}
	found, total, err := d.Accounts.FindUsers(r.Context(), admin, query)
	out := UsersResponse{Users: make([]User, len(found)), Total: total}
	for i, u := range found {
		out.Users[i] = seenBy(admin, u)
	}
	if in.Limit != "" {
		out.Limit = query.Limit
	}
	out.Offset = query.Offset
	return out, err
}

// query returns what is asked for, and whether its fields are known. Addresses are for admins to search, sort and compare:
// else a list without addresses would give them away, a letter at a time.
func (in ListUsersQuery) query(viewer accounts.User) (accounts.UserQuery, bool, error) {
	if err := in.check(); err != nil {
		return accounts.UserQuery{}, false, err
	}
	q := accounts.UserQuery{
		Search: in.SearchValue, SearchIn: accounts.UserField(in.SearchField), SearchAt: accounts.Match(in.SearchOperator),
		SortBy: accounts.UserField(in.SortBy), Desc: in.SortDirection == "desc",
		Limit: number(in.Limit, usersPage, maxUsersPage), Offset: number(in.Offset, 0, 1<<31-1),
	}
	if q.SearchIn == "" {
		q.SearchIn = accounts.UserEmail // as the protocol has it
		if !viewer.IsAdmin() {
			q.SearchIn = accounts.UserName
		}
	}
	known := (in.SortBy == "" || slices.Contains(userFields, q.SortBy)) &&
		(viewer.IsAdmin() || q.SearchIn != accounts.UserEmail && q.SortBy != accounts.UserEmail)
	if in.FilterValue != "" {
		filter := accounts.UserFilter{Field: accounts.UserField(in.FilterField), Op: accounts.Op(in.FilterOperator), Value: in.FilterValue}
		if filter.Field == "" {
			filter.Field = accounts.UserEmail
		}
		if filter.Op == "" {
			filter.Op = accounts.OpEqual
		}
		if filter.Field == accounts.UserCreatedAt || filter.Field == accounts.UserLastLogin {
			var isTime bool
			filter.Value, isTime = milliseconds(in.FilterValue)
			known = known && isTime
		}
		known = known && slices.Contains(userFields, filter.Field) && (viewer.IsAdmin() || filter.Field != accounts.UserEmail)
		q.Filters = []accounts.UserFilter{filter}
	}
	return q, known, nil
}

var userFields = []accounts.UserField{
	accounts.UserID, accounts.UserEmail, accounts.UserName, accounts.UserUsername, accounts.UserRole, accounts.UserBanned,
	accounts.UserVerified, accounts.UserTwoFactor, accounts.UserCreatedAt, accounts.UserLastLogin,
}

// check refuses words that the protocol does not have.
func (in ListUsersQuery) check() error {
	for _, word := range []struct {
		name, value string
		allowed     []string
	}{
		{"searchField", in.SearchField, []string{"", "email", "name"}},
		{"searchOperator", in.SearchOperator, []string{"", "contains", "starts_with", "ends_with"}},
		{"filterOperator", in.FilterOperator, []string{"", "eq", "ne", "lt", "lte", "gt", "gte"}},
		{"sortDirection", in.SortDirection, []string{"", "asc", "desc"}},
	} {
		if !slices.Contains(word.allowed, word.value) {
			return fault.Field(word.name, "VALIDATION_ERROR", "[query."+word.name+"] Invalid option")
		}
	}
	return nil
}

// number returns what a text says, from 0 or 1 to most; otherwise where it says nothing.
func number(text string, otherwise, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return otherwise
	}
	return min(n, most)
}

// milliseconds returns a time since 1970 in decimal, from that or from a date.
func milliseconds(text string) (string, bool) {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return text, true
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return strconv.FormatInt(t.UnixMilli(), 10), true
		}
	}
	return "", false
}
