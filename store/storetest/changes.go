package storetest

import (
	"fmt"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var changeCases = []accountCase{
	{"a change touches the named fields only", userChanged},
	{"a status ends when its time is over, and not before", statusEnds},
	{"a ban shows in the person's session at once, and so does its end", userBanned},
	{"a new address or username is free for the person alone", userRenamed},
	{"of 50 people who change to one username or address at once one gets it", renameRace},
	{"deactivated people are left out of lists, searches and counts", deactivatedLeftOut},
	{"bots are left out where people are listed, found and counted", botsApart},
	{"admins are counted who are neither banned nor deactivated", adminsCounted},
}

func userChanged(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	_, err := store.User(t.Context(), u.ID)
	must(t, err)
	u.DisplayName, u.Status, u.UpdatedAt = "Countess", accounts.StatusBusy, Start.Add(time.Minute)
	got, err := store.UpdateUser(t.Context(), u.ID,
		accounts.UserChange{DisplayName: &u.DisplayName, Status: &u.Status}, u.UpdatedAt)
	must(t, err)
	equal(t, "the person after the change", got, u)

	u.Name, u.Phone, u.StatusMessage, u.Avatar = "Ada L", "1", "hm", "/a"
	u.StatusEmoji, u.StatusUntil = "🌴", Start.Add(time.Hour)
	u.Preferences, u.Role, u.LastLogin = `{"a":1}`, accounts.RoleAdmin, Start.Add(time.Second)
	got, err = store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Name: &u.Name, Phone: &u.Phone,
		StatusMessage: &u.StatusMessage, StatusEmoji: &u.StatusEmoji, StatusUntil: &u.StatusUntil, Avatar: &u.Avatar, Preferences: &u.Preferences, Role: &u.Role,
		LastLogin: &u.LastLogin}, u.UpdatedAt)
	must(t, err)
	equal(t, "the person after the other change", got, u)
	got, err = store.User(t.Context(), u.ID)
	must(t, err)
	equal(t, "the person read again", got, u)

	u.Username, u.Email, u.EmailVerified, u.GoogleID, u.OAuthProvider = "countess", "c@example.test", true, "g", "google"
	u.Notify = accounts.Notify{}
	got, err = store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Username: &u.Username, Email: &u.Email,
		EmailVerified: &u.EmailVerified, GoogleID: &u.GoogleID, OAuthProvider: &u.OAuthProvider, Notify: &u.Notify}, u.UpdatedAt)
	must(t, err)
	equal(t, "the person after the third change", got, u)
	got, err = store.UserByEmail(t.Context(), u.Email)
	must(t, err)
	equal(t, "the person by the new address", got, u)
	empty := ""
	got, err = store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Phone: &empty}, u.UpdatedAt)
	must(t, err)
	equal(t, "a cleared field", got.Phone, "")
}

func statusEnds(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	_, ended, err := store.EndStatus(t.Context(), u.ID, Start.Add(time.Hour))
	must(t, err)
	equal(t, "whether a status without an end ended", ended, false)
	u.StatusMessage, u.StatusEmoji, u.StatusUntil, u.UpdatedAt = "away", "🌴", Start.Add(time.Hour), Start
	_, err = store.UpdateUser(t.Context(), u.ID, accounts.UserChange{StatusMessage: &u.StatusMessage, StatusEmoji: &u.StatusEmoji, StatusUntil: &u.StatusUntil}, Start)
	must(t, err)
	_, ended, err = store.EndStatus(t.Context(), u.ID, Start.Add(time.Hour-time.Millisecond))
	must(t, err)
	equal(t, "whether it ended too early", ended, false)
	got, err := store.User(t.Context(), u.ID)
	must(t, err)
	equal(t, "the person before the end", got, u)
	got, ended, err = store.EndStatus(t.Context(), u.ID, Start.Add(time.Hour))
	must(t, err)
	u.StatusMessage, u.StatusEmoji, u.StatusUntil, u.UpdatedAt = "", "", time.Time{}, Start.Add(time.Hour)
	equal(t, "whether it ended", ended, true)
	equal(t, "the person after the end", got, u)
	got, err = store.User(t.Context(), u.ID)
	must(t, err)
	equal(t, "the person read again", got, u)
	_, ended, err = store.EndStatus(t.Context(), u.ID, Start.Add(2*time.Hour))
	must(t, err)
	equal(t, "whether it ended twice", ended, false)
	_, ended, err = store.EndStatus(t.Context(), id.New(Start), Start)
	must(t, err)
	equal(t, "whether the status of nobody ended", ended, false)
}

func userBanned(t *testing.T, store accounts.Store) {
	u := AddUser(t, store, "ada")
	addSession(t, store, u.ID, "hash", 0)
	for _, ban := range []accounts.Ban{
		{Banned: true, Reason: "Spam ✉", Expires: Start.Add(time.Hour)}, {Banned: true}, {},
	} {
		_, _, err := store.SessionUser(t.Context(), "hash")
		must(t, err)
		u.Banned, u.BanReason, u.BanExpires = ban.Banned, ban.Reason, ban.Expires
		got, err := store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Ban: &ban}, Start)
		must(t, err)
		equal(t, "the person after the change", got, u)
		_, got, err = store.SessionUser(t.Context(), "hash")
		must(t, err)
		equal(t, "the person of the session", got, u)
	}
}

func userRenamed(t *testing.T, store accounts.Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	rename := func(u accounts.User, username, email string) error {
		phone := "changed"
		_, err := store.UpdateUser(t.Context(), u.ID,
			accounts.UserChange{Username: &username, Email: &email, Phone: &phone}, Start)
		return err
	}
	refused(t, rename(ada, "grace", ada.Email), fault.Conflict, "USERNAME_TAKEN")
	refused(t, rename(ada, ada.Username, grace.Email), fault.Conflict, "EMAIL_TAKEN")
	got, err := store.User(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the person after refused changes", got, ada)
	must(t, rename(ada, ada.Username, ada.Email))
	must(t, rename(ada, "countess", "countess@example.test"))
	_, err = store.UserByUsername(t.Context(), "ada")
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	_, err = store.UserByEmail(t.Context(), ada.Email)
	refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	for query, want := range map[string]int{"countess@": 1, "ada@": 0} {
		found, err := store.SearchUsers(t.Context(), query, 10)
		must(t, err)
		equal(t, "the number of hits for "+query, len(found), want)
	}
	must(t, rename(grace, "ada", ada.Email))
}

func renameRace(t *testing.T, store accounts.Store) {
	for what, change := range map[string]accounts.UserChange{
		"USERNAME_TAKEN": {Username: new("wanted")}, "EMAIL_TAKEN": {Email: new("wanted@elsewhere.test")},
	} {
		var ids []string
		for i := range 50 {
			ids = append(ids, AddUser(t, store, fmt.Sprintf("%c-user%d", what[0]|0x20, i)).ID)
		}
		won, failures := atOnce(50, func(i int) error {
			_, err := store.UpdateUser(t.Context(), ids[i], change, Start)
			return err
		})
		equal(t, "the number of winners", won, 1)
		for _, err := range failures {
			refused(t, err, fault.Conflict, what)
		}
	}
}

func deactivatedLeftOut(t *testing.T, store accounts.Store) {
	ada, gone := AddUser(t, store, "ada"), User("gone")
	gone.Deactivated, gone.Status = true, accounts.StatusOnline
	must(t, store.CreateUser(t.Context(), gone, ""))
	people, err := store.ListUsers(t.Context(), "", 10)
	must(t, err)
	alike(t, "the list", people, []accounts.User{ada})
	people, err = store.SearchUsers(t.Context(), "example", 10)
	must(t, err)
	alike(t, "the search", people, []accounts.User{ada})
	people, found, err := store.FindUsers(t.Context(), accounts.UserQuery{Limit: 10})
	must(t, err)
	alike(t, "what is found", people, []accounts.User{ada})
	equal(t, "the number found", found, 1)
	total, active, err := store.CountUsers(t.Context())
	must(t, err)
	equal(t, "the number of people", total, 1)
	equal(t, "the number of active people", active, 0)
	got, err := store.User(t.Context(), gone.ID)
	must(t, err)
	equal(t, "the person who is gone", got, gone)
	people, err = store.Users(t.Context(), []string{gone.ID})
	must(t, err)
	alike(t, "people by their ids", people, []accounts.User{gone})
	_, err = store.UserByEmail(t.Context(), gone.Email)
	must(t, err)
}

func botsApart(t *testing.T, store accounts.Store) {
	ada := AddUser(t, store, "ada")
	var bots []accounts.User
	for _, name := range []string{"deploy", "weather", "former"} {
		bot := User(name)
		bot.Email, bot.Bot, bot.OwnerID, bot.Status = "bot:"+bot.ID, true, ada.ID, accounts.StatusOnline
		must(t, store.CreateUser(t.Context(), bot, ""))
		bots = append(bots, bot)
	}
	tokenless := bots[1]
	tokenless.ID, tokenless.Username, tokenless.Tokenless, tokenless.Deactivated = id.New(Start), "robot", true, true
	tokenless.Email = "bot:" + tokenless.ID
	must(t, store.CreateUser(t.Context(), tokenless, ""))
	got, err := store.UpdateUser(t.Context(), tokenless.ID, accounts.UserChange{Name: new("Robot")}, Start)
	must(t, err)
	equal(t, "a bot without tokens that was renamed", got.Tokenless && got.Name == "Robot", true)
	former, err := store.UpdateUser(t.Context(), bots[2].ID, accounts.UserChange{Deactivated: new(true)}, Start)
	must(t, err)
	equal(t, "the bot that is switched off", former.Deactivated && former.Bot && former.OwnerID == ada.ID, true)

	people, err := store.ListUsers(t.Context(), "", 10)
	must(t, err)
	alike(t, "the list", people, []accounts.User{ada})
	people, err = store.SearchUsers(t.Context(), "e", 10)
	must(t, err)
	alike(t, "the search", people, []accounts.User{ada})
	people, found, err := store.FindUsers(t.Context(), accounts.UserQuery{Limit: 10})
	must(t, err)
	alike(t, "what is found", people, []accounts.User{ada})
	equal(t, "the number found", found, 1)
	total, active, err := store.CountUsers(t.Context())
	must(t, err)
	equal(t, "the number of people", total, 1)
	equal(t, "the number of active people", active, 0)

	listed, err := store.Bots(t.Context(), "", 10)
	must(t, err)
	alike(t, "the bots", listed, bots[:2])
	listed, err = store.Bots(t.Context(), bots[0].ID, 1)
	must(t, err)
	alike(t, "the bots after the first", listed, bots[1:2])
	listed, err = store.Bots(t.Context(), "", 0)
	must(t, err)
	equal(t, "the number of no bots", len(listed), 0)
	got, err = store.User(t.Context(), bots[0].ID)
	must(t, err)
	equal(t, "the bot", got, bots[0])
	got, err = store.UserByUsername(t.Context(), "deploy")
	must(t, err)
	equal(t, "the bot by its name", got.ID, bots[0].ID)
}

func adminsCounted(t *testing.T, store accounts.Store) {
	for i, change := range []func(u *accounts.User){
		func(u *accounts.User) {},
		func(u *accounts.User) {},
		func(u *accounts.User) { u.Role = accounts.RoleModerator },
		func(u *accounts.User) { u.Banned = true },
		func(u *accounts.User) { u.Deactivated = true },
	} {
		u := User(fmt.Sprintf("user%d", i))
		u.Role = accounts.RoleAdmin
		change(&u)
		must(t, store.CreateUser(t.Context(), u, ""))
	}
	n, err := store.CountAdmins(t.Context())
	must(t, err)
	equal(t, "the number of admins", n, 2)
}
