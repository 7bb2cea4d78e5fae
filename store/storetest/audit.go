package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var auditCases = []accountCase{
	{"events read back as stored", eventsReadBack},
	{"events are selected, newest first, in pages", eventsSelected},
	{"old events are removed and counted", eventsDeleted},
	{"events are counted by action from a time on", eventsCounted},
	{"a setting is the last one put", settingsKept},
}

func eventsReadBack(t *testing.T, store accounts.Store) {
	ada, ben := id.New(Start), id.New(Start)
	full := Event(accounts.ActionSignIn, ada, ben, Start.Add(time.Millisecond))
	full.Address, full.UserAgent = "2001:db8::1", "Browser/1.0 ✨"
	full.Details = map[string]string{"way": "password", "näme": "a.b$c", "empty": ""}
	bare := Event(accounts.ActionSignInFailed, "", "", Start)
	for _, want := range []accounts.Event{full, bare} {
		must(t, store.RecordEvent(t.Context(), want))
		got, err := store.Events(t.Context(), accounts.EventQuery{Action: want.Action, Limit: 10})
		must(t, err)
		alike(t, "the log", got, []accounts.Event{want})
	}
}

func eventsSelected(t *testing.T, store accounts.Store) {
	ada, ben := id.New(Start), id.New(Start)
	names := map[string]string{}
	var ids []string
	for i, e := range []accounts.Event{
		Event(accounts.ActionSignIn, ada, ada, Start),
		Event(accounts.ActionBanned, ada, ben, Start),
		Event(accounts.ActionSignIn, ben, ben, Start),
		Event(accounts.ActionSignInFailed, "", ben, Start),
		Event(accounts.ActionUnbanned, ada, ben, Start),
		Event(accounts.ActionPolicyChanged, ada, "", Start),
	} {
		e.At = Start.Add(time.Duration(i) * time.Second)
		e.ID = id.New(e.At)
		names[e.ID], ids = fmt.Sprint(i), append(ids, e.ID)
		must(t, store.RecordEvent(t.Context(), e))
	}
	for _, test := range []struct {
		q    accounts.EventQuery
		want string
	}{
		{accounts.EventQuery{Limit: 10}, "5 4 3 2 1 0"},
		{accounts.EventQuery{Limit: 2}, "5 4"},
		{accounts.EventQuery{Before: ids[4], Limit: 2}, "3 2"},
		{accounts.EventQuery{Before: ids[0], Limit: 2}, ""},
		{accounts.EventQuery{UserID: ben, Limit: 10}, "4 3 2 1"},
		{accounts.EventQuery{UserID: ben, Before: ids[3], Limit: 1}, "2"},
		{accounts.EventQuery{ActorID: ada, Limit: 10}, "5 4 1 0"},
		{accounts.EventQuery{Action: accounts.ActionSignIn, Limit: 10}, "2 0"},
		{accounts.EventQuery{UserID: ben, ActorID: ada, Limit: 10}, "4 1"},
		{accounts.EventQuery{UserID: ben, ActorID: ada, Action: accounts.ActionBanned, Before: ids[5], Limit: 10}, "1"},
		{accounts.EventQuery{UserID: id.New(Start), Limit: 10}, ""},
		{accounts.EventQuery{Since: Start.Add(2 * time.Second), Limit: 10}, "5 4 3 2"},
		{accounts.EventQuery{Until: Start.Add(2 * time.Second), Limit: 10}, "1 0"},
		{accounts.EventQuery{Since: Start.Add(time.Second), Until: Start.Add(5 * time.Second), ActorID: ada, Limit: 10}, "4 1"},
		{accounts.EventQuery{Until: Start.Add(4 * time.Second), Before: ids[2], Limit: 10}, "1 0"},
		{accounts.EventQuery{Until: Start.Add(2 * time.Second), Before: ids[5], UserID: ben, Limit: 10}, "1"},
	} {
		found, err := store.Events(t.Context(), test.q)
		must(t, err)
		var got []string
		for _, e := range found {
			got = append(got, names[e.ID])
		}
		equal(t, fmt.Sprintf("the answer to %+v", test.q), strings.Join(got, " "), test.want)
	}
}

func eventsDeleted(t *testing.T, store accounts.Store) {
	for i := range 5 {
		must(t, store.RecordEvent(t.Context(), Event(accounts.ActionSignIn, "", "", Start.Add(time.Duration(i)*time.Millisecond))))
	}
	n, err := store.DeleteEvents(t.Context(), Start.Add(3*time.Millisecond))
	must(t, err)
	equal(t, "the number of removed events", n, 3)
	left, err := store.Events(t.Context(), accounts.EventQuery{Limit: 10})
	must(t, err)
	equal(t, "the number of events left", len(left), 2)
	n, err = store.DeleteEvents(t.Context(), Start)
	must(t, err)
	equal(t, "the number of events removed twice", n, 0)
}

func eventsCounted(t *testing.T, store accounts.Store) {
	for i, action := range []accounts.Action{accounts.ActionSignIn, accounts.ActionSignIn, accounts.ActionBanned, accounts.ActionSignIn} {
		must(t, store.RecordEvent(t.Context(), Event(action, "", "", Start.Add(time.Duration(i)*time.Millisecond))))
	}
	counts, err := store.CountEvents(t.Context(), Start.Add(time.Millisecond))
	must(t, err)
	alike(t, "the counts", counts, map[accounts.Action]int{accounts.ActionSignIn: 2, accounts.ActionBanned: 1})
	counts, err = store.CountEvents(t.Context(), Start.Add(time.Hour))
	must(t, err)
	equal(t, "the number of actions after all", len(counts), 0)
}

func settingsKept(t *testing.T, store accounts.Store) {
	_, err := store.Setting(t.Context(), "policy")
	refused(t, err, fault.NotFound, "SETTING_NOT_FOUND")
	for _, want := range []string{`{"require_two_factor":true}`, "ünïcode", ""} {
		must(t, store.PutSetting(t.Context(), "policy", want))
		must(t, store.PutSetting(t.Context(), "other", "beside"))
		got, err := store.Setting(t.Context(), "policy")
		must(t, err)
		equal(t, "the setting", got, want)
	}
	won, _ := atOnce(50, func(int) error { return store.PutSetting(t.Context(), "fresh", "value") })
	equal(t, "the number of writes", won, 50)
	got, err := store.Setting(t.Context(), "fresh")
	must(t, err)
	equal(t, "the setting after 50 at once", got, "value")
}
