package accounts_test

import (
	"strings"
	"testing"

	"pegasus/accounts"
)

func TestPeopleOfOtherSystemsComeInAFormThatIsStoredHere(t *testing.T) {
	long := strings.Repeat("é", 200)
	for _, test := range []struct{ in, want accounts.User }{
		{accounts.User{Name: " Ada\u202e\x00 Lovelace\n"}, accounts.User{Name: "Ada Lovelace"}},
		{accounts.User{Name: ""}, accounts.User{Name: "ada"}},
		{accounts.User{Name: "System"}, accounts.User{Name: "ada"}},
		{accounts.User{Name: "Admin", DisplayName: "root", Role: accounts.RoleAdmin}, accounts.User{Name: "Admin", DisplayName: "root", Role: accounts.RoleAdmin}},
		{accounts.User{Name: "Ada", DisplayName: "root"}, accounts.User{Name: "Ada"}},
		{accounts.User{Name: long, Phone: long, StatusMessage: "a\nb"}, accounts.User{Name: long[:160], Phone: long[:64], StatusMessage: "a b"}},
		{accounts.User{Name: "A\xff", Role: "owner", Status: "asleep", Preferences: "[]"}, accounts.User{Name: "A"}},
		{accounts.User{Name: "Ada", Role: accounts.RoleModerator, Status: accounts.StatusBusy, Preferences: `{"a":1}`},
			accounts.User{Name: "Ada", Role: accounts.RoleModerator, Status: accounts.StatusBusy, Preferences: `{"a":1}`}},
	} {
		for _, u := range []*accounts.User{&test.in, &test.want} {
			u.ID, u.Email = "0123456789abcdef01234567", "ada@example.test"
		}
		if test.want.Role == "" {
			test.want.Role = accounts.RoleUser
		}
		if test.want.Status == "" {
			test.want.Status = accounts.StatusOffline
		}
		if test.want.Preferences == "" {
			test.want.Preferences = "{}"
		}
		if got := accounts.FromElsewhere(test.in); got != test.want {
			t.Errorf("%+v becomes\n%+v, want\n%+v", test.in, got, test.want)
		}
	}
}

func TestUsernamesOfOtherSystemsAreKeptWhereTheyCanBe(t *testing.T) {
	for _, test := range []struct {
		username, email string
		attempt         int
		want            string
	}{
		{"Ada", "x@example.test", 0, "ada"},
		{"Ada", "x@example.test", 1, "ada-4567"},
		{"Ada", "x@example.test", 2, "ada-01234567"},
		{"Ada", "x@example.test", 9, "ada-0123456789abcdef01234567"},
		{"ada lovelace!", "", 0, "adalovelace"},
		{"", "ada.l+x@example.test", 0, "ada.lx"},
		{"é", "ada@example.test", 0, "ada"},
		{"admin", "ada@example.test", 0, "ada"},
		{"admin", "root@example.test", 0, "member-4567"},
		{"", "", 0, "member-4567"},
		{strings.Repeat("a", 40), "", 1, strings.Repeat("a", 27) + "-4567"},
	} {
		u := accounts.User{ID: "0123456789abcdef01234567", Username: test.username, Email: test.email}
		if got := accounts.UsernameFromElsewhere(u, test.attempt); got != test.want {
			t.Errorf("%q of %q becomes %q at attempt %d, want %q", test.username, test.email, got, test.attempt, test.want)
		}
	}
}
