package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var userCases = []accountCase{
	{"a person reads back as stored, by each key", userReadsBack},
	{"a missing person is not found", userMissing},
	{"an address or username is given once", userUnique},
	{"of 50 people who want one address and name at once one gets it", userRace},
	{"of 50 first administrators at once one is made", firstAdminRace},
	{"people are listed in the order of their ids, in pages", usersListed},
	{"a search takes its text literally and ignores case", usersSearched},
	{"people are counted, and those who are not offline", usersCounted},
	{"a password hash is replaced only where it is still the current one", passwordReplaced},
}

func userReadsBack(t *testing.T, store accounts.Store) {
	u := User("ada")
	u.EmailVerified, u.DisplayName, u.Avatar = true, "Ada ✨", "/avatars/1"
	u.Role, u.Preferences, u.Status = accounts.RoleModerator, `{"theme":"dark"}`, accounts.StatusAway
	u.StatusMessage, u.Phone, u.GoogleID, u.OAuthProvider = "back soon", "+44 1", "g-1", "google"
	u.StatusEmoji, u.StatusUntil = ":party_cat:", Start.Add(3*time.Hour)
	u.Deactivated, u.TwoFactorEnabled, u.Notify = true, true, accounts.Notify{}
	u.Banned, u.BanReason, u.BanExpires = true, "Spam ✉", Start.Add(2*time.Hour)
	u.LastLogin = Start.Add(time.Hour + time.Millisecond)
	zoned := u
	zoned.CreatedAt = u.CreatedAt.In(time.FixedZone("elsewhere", 3600))
	must(t, store.CreateUser(t.Context(), zoned, "hash-1"))

	got, err := store.User(t.Context(), u.ID)
	must(t, err)
	equal(t, "the person by id", got, u)
	got, err = store.UserByEmail(t.Context(), u.Email)
	must(t, err)
	equal(t, "the person by address", got, u)
	got, err = store.UserByUsername(t.Context(), u.Username)
	must(t, err)
	equal(t, "the person by username", got, u)
	hash, err := store.PasswordHash(t.Context(), u.ID)
	must(t, err)
	equal(t, "the hash", hash, "hash-1")

	other := AddUser(t, store, "grace")
	got, err = store.User(t.Context(), other.ID)
	must(t, err)
	equal(t, "a person with zero times", got, other)
	found, err := store.Users(t.Context(), []string{u.ID, id.New(Start), other.ID, u.ID})
	must(t, err)
	equal(t, "the number of existing people", len(found), 2)
}

func userMissing(t *testing.T, store accounts.Store) {
	ctx, missing, name := t.Context(), id.New(Start), "New"
	_, err := store.User(ctx, missing)
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	_, err = store.UserByEmail(ctx, "nobody@example.test")
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	_, err = store.UserByUsername(ctx, "nobody")
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	_, err = store.UpdateUser(ctx, missing, accounts.UserChange{Name: &name}, Start)
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	_, err = store.PasswordHash(ctx, missing)
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	refused(t, store.ReplacePasswordHash(ctx, missing, "", "x", Start), fault.NotFound, "USER_NOT_FOUND")
	found, err := store.Users(ctx, nil)
	must(t, err)
	equal(t, "the number of people among no ids", len(found), 0)
}

func userUnique(t *testing.T, store accounts.Store) {
	first := AddUser(t, store, "ada")
	second := User("grace")
	second.Email = first.Email
	refused(t, store.CreateUser(t.Context(), second, ""), fault.Conflict, "EMAIL_TAKEN")
	second = User("ada")
	second.Email = "other@example.test"
	refused(t, store.CreateUser(t.Context(), second, ""), fault.Conflict, "USERNAME_TAKEN")
	total, _, err := store.CountUsers(t.Context())
	must(t, err)
	equal(t, "the number of people", total, 1)
}

func userRace(t *testing.T, store accounts.Store) {
	won, failures := atOnce(50, func(int) error { return store.CreateUser(t.Context(), User("ada"), "") })
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		if !fault.Is(err, fault.Conflict) {
			t.Fatalf("a loser got %v", err)
		}
	}
	won, failures = atOnce(50, func(i int) error {
		u := User("grace")
		u.Email = fmt.Sprintf("grace%d@example.test", i)
		return store.CreateUser(t.Context(), u, "")
	})
	equal(t, "the number of winners of the username", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "USERNAME_TAKEN")
	}
	total, _, err := store.CountUsers(t.Context())
	must(t, err)
	equal(t, "the number of people", total, 2)
}

func firstAdminRace(t *testing.T, store accounts.Store) {
	has, err := store.HasAdmin(t.Context())
	must(t, err)
	equal(t, "an administrator in an empty store", has, false)
	AddUser(t, store, "ada")
	refused(t, store.CreateFirstAdmin(t.Context(), User("ada"), ""), fault.Conflict, "EMAIL_TAKEN")

	won, failures := atOnce(50, func(i int) error {
		return store.CreateFirstAdmin(t.Context(), User(fmt.Sprintf("admin%d", i)), "hash")
	})
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "ALREADY_SET_UP")
	}
	has, err = store.HasAdmin(t.Context())
	must(t, err)
	equal(t, "an administrator", has, true)
	admins := 0
	people, err := store.ListUsers(t.Context(), "", 100)
	must(t, err)
	for _, u := range people {
		if u.IsAdmin() {
			admins++
		}
	}
	equal(t, "the number of administrators", admins, 1)
	equal(t, "the number of people", len(people), 2)
}

func usersListed(t *testing.T, store accounts.Store) {
	var want []string
	for i := range 7 {
		want = append(want, AddUser(t, store, fmt.Sprintf("user%d", i)).ID)
	}
	slices.Sort(want)
	var got []string
	for after := ""; ; {
		page, err := store.ListUsers(t.Context(), after, 3)
		must(t, err)
		if len(page) == 0 {
			break
		}
		if len(page) > 3 {
			t.Fatalf("a page of 3 has %d people", len(page))
		}
		for _, u := range page {
			got = append(got, u.ID)
		}
		after = got[len(got)-1]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pages give %v, want %v", got, want)
	}
}

func usersSearched(t *testing.T, store accounts.Store) {
	ada := User("ada")
	ada.Name, ada.DisplayName = "Ada_Lovelace 100%", "Countess"
	elodie := User("zoe")
	elodie.Name, elodie.Email = "Élodie (x+y).*", "mail@elsewhere.test"
	must(t, store.CreateUser(t.Context(), ada, ""))
	must(t, store.CreateUser(t.Context(), elodie, ""))
	for query, want := range map[string]string{
		"lovelace": "ada", "COUNT": "ada", "ADA@": "ada", "100%": "ada", "a_l": "ada",
		"élod": "zoe", "(X+Y).*": "zoe", "elsewhere": "zoe", "ZOE": "zoe",
		"%": "ada", "_": "ada", ".*": "zoe", "a.a": "", "nobody": "", `\`: "", "(a+)+$": "",
	} {
		found, err := store.SearchUsers(t.Context(), query, 10)
		must(t, err)
		var names string
		for _, u := range found {
			names += u.Username
		}
		equal(t, fmt.Sprintf("the answer to %q", query), names, want)
	}
	found, err := store.SearchUsers(t.Context(), "test", 1)
	must(t, err)
	equal(t, "the number of hits under a limit of 1", len(found), 1)

	name := "Renamed"
	_, err = store.UpdateUser(t.Context(), ada.ID, accounts.UserChange{Name: &name}, Start)
	must(t, err)
	found, err = store.SearchUsers(t.Context(), "renamed", 10)
	must(t, err)
	equal(t, "the number of hits for a new name", len(found), 1)
	found, err = store.SearchUsers(t.Context(), "lovelace", 10)
	must(t, err)
	equal(t, "the number of hits for an old name", len(found), 0)
}

func usersCounted(t *testing.T, store accounts.Store) {
	for i, status := range []accounts.Status{
		accounts.StatusOnline, accounts.StatusAway, accounts.StatusBusy, accounts.StatusInMeeting, accounts.StatusOffline,
	} {
		u := User(fmt.Sprintf("user%d", i))
		u.Status = status
		must(t, store.CreateUser(t.Context(), u, ""))
	}
	total, active, err := store.CountUsers(t.Context())
	must(t, err)
	equal(t, "the number of people", total, 5)
	equal(t, "the number of active people", active, 4)
}

func passwordReplaced(t *testing.T, store accounts.Store) {
	u := User("ada")
	must(t, store.CreateUser(t.Context(), u, "one"))
	if err := store.ReplacePasswordHash(t.Context(), u.ID, "wrong", "two", Start); !fault.Is(err, fault.Conflict) {
		t.Fatalf("replacing another hash gives %v", err)
	}
	won, _ := atOnce(20, func(i int) error {
		return store.ReplacePasswordHash(t.Context(), u.ID, "one", fmt.Sprintf("two-%d", i), Start)
	})
	equal(t, "the number of winners", won, 1)
	hash, err := store.PasswordHash(t.Context(), u.ID)
	must(t, err)
	if hash == "one" {
		t.Fatal("the winner's hash is not stored")
	}
}
