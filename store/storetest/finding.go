package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/id"
)

var findingCases = []accountCase{
	{"people are found by text, which is never a pattern", usersFoundByText},
	{"people are found by filters", usersFoundByFilter},
	{"people are found in order, in pages", usersFoundInOrder},
	{"people are found behind a place, in every order", usersFoundBehind},
	{"bots are found in place of people where they are asked for", botsFound},
	{"who was here is counted and keeps the latest time", activityKept},
	{"people are found by known fields and comparisons only", usersFoundByKnownFieldsOnly},
}

func addCast(t *testing.T, store accounts.Store) []accounts.User {
	t.Helper()
	var people []accounts.User
	for i, p := range []struct {
		username, name string
		change         func(u *accounts.User)
	}{
		{"ada", "ada Lovelace", func(u *accounts.User) { u.Role, u.EmailVerified = accounts.RoleAdmin, true }},
		{"ben", "Ben 100%_A", func(u *accounts.User) { u.Banned, u.LastLogin = true, Start.Add(time.Hour) }},
		{"carl", "carl.*", func(u *accounts.User) { u.TwoFactorEnabled, u.LastActive = true, Start.Add(2*time.Hour) }},
		{"dora", "Dora", func(u *accounts.User) { u.Email, u.LastLogin = "mail@ben.test", Start.Add(2*time.Hour) }},
		{"zoe", "Élodie", func(u *accounts.User) {
			u.DisplayName, u.Role, u.LastActive = "Lovelace", accounts.RoleModerator, Start.Add(3*time.Hour)
		}},
	} {
		u := User(p.username)
		u.Name, u.CreatedAt = p.name, Start.Add(time.Duration(5-i)*time.Minute)
		p.change(&u)
		must(t, store.CreateUser(t.Context(), u, ""))
		people = append(people, u)
	}
	return people
}

func findNames(t *testing.T, store accounts.Store, q accounts.UserQuery) (names string, total int) {
	t.Helper()
	found, total, err := store.FindUsers(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v gives %v", q, err)
	}
	var all []string
	for _, u := range found {
		all = append(all, u.Username)
	}
	return strings.Join(all, " "), total
}

func usersFoundByText(t *testing.T, store accounts.Store) {
	addCast(t, store)
	contains, starts, ends := accounts.MatchContains, accounts.MatchStartsWith, accounts.MatchEndsWith
	for _, test := range []struct {
		search string
		in     accounts.UserField
		at     accounts.Match
		want   string
	}{
		{"", "", "", "ada ben carl dora zoe"},
		{"LOVE", "", "", "ada"},
		{"ÉLOD", "", "", "zoe"},
		{"éLODie", accounts.UserName, starts, "zoe"},
		{"zoe", "", contains, "zoe"},
		{"ben", "", contains, "ben dora"},
		{"ben", accounts.UserEmail, contains, "ben dora"},
		{"ben", accounts.UserEmail, starts, "ben"},
		{"BEN.test", accounts.UserEmail, ends, "dora"},
		{"ben", accounts.UserName, contains, "ben"},
		{"lace", accounts.UserName, ends, "ada"},
		{"lace", accounts.UserName, starts, ""},
		{"a", "", starts, "ada"},
		{"e", "", ends, "ada zoe"},
		{"dora and more", accounts.UserName, ends, ""},
		{"zoe", accounts.UserName, contains, ""},
		{"%", "", "", "ben"},
		{"_", "", "", "ben"},
		{".*", accounts.UserName, "", "carl"},
		{"^", "", "", ""},
		{"' OR '1'='1", "", "", ""},
		{`\`, "", "", ""},
	} {
		q := accounts.UserQuery{Search: test.search, SearchIn: test.in, SearchAt: test.at, SortBy: accounts.UserUsername, Limit: 10}
		got, total := findNames(t, store, q)
		equal(t, fmt.Sprintf("the answer to %+v", test), got, test.want)
		equal(t, fmt.Sprintf("the number found by %+v", test), total, len(strings.Fields(test.want)))
	}
}

func usersFoundByFilter(t *testing.T, store accounts.Store) {
	people := addCast(t, store)
	moment := func(at time.Time) string { return fmt.Sprint(at.UnixMilli()) }
	for _, test := range []struct {
		field accounts.UserField
		op    accounts.Op
		value string
		want  string
	}{
		{accounts.UserRole, accounts.OpEqual, "admin", "ada"},
		{accounts.UserRole, accounts.OpNotEqual, "user", "ada zoe"},
		{accounts.UserName, accounts.OpEqual, "éLODIE", "zoe"},
		{accounts.UserName, accounts.OpEqual, "Élodi", ""},
		{accounts.UserEmail, accounts.OpEqual, "Mail@Ben.test", "dora"},
		{accounts.UserUsername, accounts.OpLess, "CARL", "ada ben"},
		{accounts.UserUsername, accounts.OpLessEqual, "carl", "ada ben carl"},
		{accounts.UserUsername, accounts.OpGreater, "carl", "dora zoe"},
		{accounts.UserUsername, accounts.OpGreaterEqual, "Carl", "carl dora zoe"},
		{accounts.UserID, accounts.OpEqual, people[2].ID, "carl"},
		{accounts.UserBanned, accounts.OpEqual, "true", "ben"},
		{accounts.UserBanned, accounts.OpNotEqual, "true", "ada carl dora zoe"},
		{accounts.UserVerified, accounts.OpEqual, "true", "ada"},
		{accounts.UserVerified, accounts.OpEqual, "false", "ben carl dora zoe"},
		{accounts.UserTwoFactor, accounts.OpEqual, "true", "carl"},
		{accounts.UserCreatedAt, accounts.OpEqual, moment(people[1].CreatedAt), "ben"},
		{accounts.UserCreatedAt, accounts.OpLess, moment(people[1].CreatedAt), "carl dora zoe"},
		{accounts.UserCreatedAt, accounts.OpGreaterEqual, moment(people[1].CreatedAt), "ada ben"},
		{accounts.UserLastLogin, accounts.OpGreater, moment(Start.Add(time.Hour)), "dora"},
		{accounts.UserLastLogin, accounts.OpEqual, "0", "ada carl zoe"},
		{accounts.UserLastLogin, accounts.OpNotEqual, "0", "ben dora"},
		{accounts.UserLastLogin, accounts.OpGreater, "0", "ben dora"},
		{accounts.UserActive, accounts.OpGreaterEqual, moment(Start.Add(2 * time.Hour)), "carl zoe"},
	} {
		got, total := findNames(t, store, accounts.UserQuery{SortBy: accounts.UserUsername, Limit: 10,
			Filters: []accounts.UserFilter{{Field: test.field, Op: test.op, Value: test.value}}})
		equal(t, fmt.Sprintf("the answer to %+v", test), got, test.want)
		equal(t, fmt.Sprintf("the number found by %+v", test), total, len(strings.Fields(test.want)))
	}
	both := accounts.UserQuery{Search: "ben", SortBy: accounts.UserUsername, Limit: 10, Filters: []accounts.UserFilter{
		{Field: accounts.UserRole, Op: accounts.OpEqual, Value: "user"},
		{Field: accounts.UserBanned, Op: accounts.OpEqual, Value: "false"},
	}}
	got, _ := findNames(t, store, both)
	equal(t, "the answer to a text and two filters", got, "dora")
}

func usersFoundInOrder(t *testing.T, store accounts.Store) {
	addCast(t, store)
	for _, test := range []struct {
		q    accounts.UserQuery
		want string
	}{
		{accounts.UserQuery{}, "zoe dora carl ben ada"},
		{accounts.UserQuery{Desc: true}, "ada ben carl dora zoe"},
		{accounts.UserQuery{SortBy: accounts.UserUsername, Desc: true}, "zoe dora carl ben ada"},
		{accounts.UserQuery{SortBy: accounts.UserEmail}, "ada ben carl dora zoe"},
		{accounts.UserQuery{SortBy: accounts.UserID}, "ada ben carl dora zoe"},
		{accounts.UserQuery{SortBy: accounts.UserLastLogin, Offset: 3}, "ben dora"},
		{accounts.UserQuery{Offset: 1, Limit: 2}, "dora carl"},
		{accounts.UserQuery{Offset: 5, Limit: 2}, ""},
	} {
		if test.q.Limit == 0 {
			test.q.Limit = 10
		}
		got, total := findNames(t, store, test.q)
		equal(t, fmt.Sprintf("the answer to %+v", test.q), got, test.want)
		equal(t, "the number found", total, 5)
	}
	latin := accounts.UserQuery{SortBy: accounts.UserName, Limit: 4,
		Filters: []accounts.UserFilter{{Field: accounts.UserUsername, Op: accounts.OpLess, Value: "zoe"}}}
	got, _ := findNames(t, store, latin)
	equal(t, "the order of names in whatever case", got, "ada ben carl dora")

	for _, desc := range []bool{false, true} {
		seen := map[string]bool{}
		for offset := range 5 {
			got, _ := findNames(t, store, accounts.UserQuery{SortBy: accounts.UserBanned, Desc: desc, Offset: offset, Limit: 1})
			seen[got] = true
		}
		equal(t, "the number of different people on five pages of one", len(seen), 5)
	}
}

func usersFoundByKnownFieldsOnly(t *testing.T, store accounts.Store) {
	AddUser(t, store, "ada")
	for name, q := range map[string]accounts.UserQuery{
		"sorting by a secret":    {SortBy: "password_hash"},
		"sorting by an injected": {SortBy: "id; DROP TABLE users"},
		"filtering by a secret": {Filters: []accounts.UserFilter{
			{Field: "password_hash", Op: accounts.OpNotEqual, Value: "x"}}},
		"an unknown comparison": {Filters: []accounts.UserFilter{
			{Field: accounts.UserRole, Op: "regex", Value: "x"}}},
		"a truth that is none": {Filters: []accounts.UserFilter{
			{Field: accounts.UserBanned, Op: accounts.OpEqual, Value: "maybe"}}},
		"a time that is none": {Filters: []accounts.UserFilter{
			{Field: accounts.UserCreatedAt, Op: accounts.OpLess, Value: "yesterday"}}},
		"searching in a secret": {Search: "a", SearchIn: "password_hash"},
		"an unknown match":      {Search: "a", SearchAt: "regex"},
	} {
		q.Limit = 10
		if found, total, err := store.FindUsers(t.Context(), q); err == nil {
			t.Errorf("%s finds %d of %d people", name, len(found), total)
		}
	}
}

// usersFoundBehind reads page after page of one and of two, by every field, and finds everybody once, in the order of one page.
func usersFoundBehind(t *testing.T, store accounts.Store) {
	addCast(t, store)
	for _, by := range []accounts.UserField{
		"", accounts.UserID, accounts.UserEmail, accounts.UserName, accounts.UserUsername, accounts.UserRole, accounts.UserBanned,
		accounts.UserVerified, accounts.UserTwoFactor, accounts.UserCreatedAt, accounts.UserLastLogin, accounts.UserActive,
	} {
		for _, desc := range []bool{false, true} {
			q := accounts.UserQuery{SortBy: by, Desc: desc, Limit: 10}
			want, _ := findNames(t, store, q)
			for _, q.Limit = range []int{1, 2} {
				var got []string
				for q.After = (accounts.UserPlace{}); ; {
					found, total, err := store.FindUsers(t.Context(), q)
					must(t, err)
					equal(t, "the number found on every page", total, 5)
					if len(found) == 0 {
						break
					}
					for _, u := range found {
						got = append(got, u.Username)
						q.After = q.Place(u)
					}
				}
				equal(t, fmt.Sprintf("the pages of %d by %q, descending %t", q.Limit, by, desc), strings.Join(got, " "), want)
			}
		}
	}
}

func botsFound(t *testing.T, store accounts.Store) {
	AddUser(t, store, "ada")
	for _, name := range []string{"robot", "retired"} {
		bot := User(name)
		bot.Bot, bot.Deactivated = true, name == "retired"
		must(t, store.CreateUser(t.Context(), bot, ""))
	}
	got, total := findNames(t, store, accounts.UserQuery{Bots: true, SortBy: accounts.UserUsername, Limit: 10})
	equal(t, "the bots", got, "retired robot")
	equal(t, "the number of bots", total, 2)
	got, _ = findNames(t, store, accounts.UserQuery{Limit: 10})
	equal(t, "the people", got, "ada")
}

func activityKept(t *testing.T, store accounts.Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	AddUser(t, store, "never")
	must(t, store.TouchUser(t.Context(), ada.ID, Start.Add(time.Hour)))
	must(t, store.TouchUser(t.Context(), ada.ID, Start.Add(time.Minute)))
	must(t, store.TouchUser(t.Context(), ben.ID, Start))
	must(t, store.TouchUser(t.Context(), id.New(Start), Start))
	got, err := store.User(t.Context(), ada.ID)
	must(t, err)
	equal(t, "when ada was last here", got.LastActive, Start.Add(time.Hour))
	equal(t, "when ada's profile changed", got.UpdatedAt, ada.UpdatedAt)
	for since, want := range map[time.Duration]int{0: 2, time.Millisecond: 1, time.Hour: 1, time.Hour + time.Millisecond: 0} {
		n, err := store.CountActive(t.Context(), Start.Add(since))
		must(t, err)
		equal(t, fmt.Sprintf("the number of people here since %v", since), n, want)
	}
}
