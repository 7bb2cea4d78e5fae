package storetest

import (
	"fmt"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/notify"
)

// BrowserStore is what Browsers tests: browsers belong to people.
type BrowserStore interface {
	accounts.Store
	notify.Store
}

// Browsers tests a store of the browsers that are told what people miss. open returns an empty store and closes it with the
// test.
func Browsers(t *testing.T, open func(t *testing.T) BrowserStore) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store BrowserStore)
	}{
		{"a browser reads back as stored, to its person alone", browserReadsBack},
		{"of more than a person may have the oldest go", browsersTrimmed},
		{"a browser that changes hands has one person", browserChangesHands},
		{"the browsers of a session move with it", browsersMoved},
		{"browsers go with their person", browsersErased},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func browser(name, userID string, after time.Duration) notify.Browser {
	return notify.Browser{
		ID: name, UserID: userID, SessionID: id.New(Start), Endpoint: "https://push.example.test/" + name, Key: "key", Auth: "auth",
		UserAgent: "Firefox", CreatedAt: Start.Add(after),
	}
}

func browsersOf(t *testing.T, store notify.Store, userIDs ...string) (names []string) {
	t.Helper()
	all, err := store.Browsers(t.Context(), userIDs)
	must(t, err)
	for _, b := range all {
		names = append(names, b.ID)
	}
	return names
}

func browserReadsBack(t *testing.T, store BrowserStore) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	want := browser("b1", ada.ID, 0)
	must(t, store.PutBrowser(ctx, want, 5))
	must(t, store.TouchBrowser(ctx, "b1", Start.Add(time.Hour)))
	must(t, store.TouchBrowser(ctx, "nothing", Start))
	want.UsedAt = Start.Add(time.Hour)
	got, err := store.Browser(ctx, ada.ID, "b1")
	must(t, err)
	alike(t, "the browser", got, want)
	_, err = store.Browser(ctx, ben.ID, "b1")
	refused(t, err, fault.NotFound, "BROWSER_NOT_FOUND")
	must(t, store.DeleteBrowsers(ctx, ben.ID, []string{"b1"}))
	must(t, store.DeleteBrowsers(ctx, ada.ID, nil))
	alike(t, "the browsers", browsersOf(t, store, ada.ID, ben.ID), []string{"b1"})
	must(t, store.DeleteBrowsers(ctx, ada.ID, []string{"b1", "b2"}))
	equal(t, "the number of browsers", len(browsersOf(t, store, ada.ID)), 0)
	equal(t, "the number of nobody's browsers", len(browsersOf(t, store)), 0)
}

func browsersTrimmed(t *testing.T, store BrowserStore) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	must(t, store.PutBrowser(ctx, browser("old", ben.ID, -time.Hour), 3))
	for i := range 5 {
		must(t, store.PutBrowser(ctx, browser(fmt.Sprint("b", i), ada.ID, time.Duration(i)*time.Minute), 3))
	}
	alike(t, "the browsers", browsersOf(t, store, ada.ID), []string{"b4", "b3", "b2"})
	alike(t, "all browsers", browsersOf(t, store, ben.ID, ada.ID), []string{"b4", "b3", "b2", "old"})
}

func browserChangesHands(t *testing.T, store BrowserStore) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	must(t, store.PutBrowser(ctx, browser("b1", ada.ID, 0), 5))
	must(t, store.PutBrowser(ctx, browser("b1", ben.ID, time.Minute), 5))
	equal(t, "the number of browsers of who had it", len(browsersOf(t, store, ada.ID)), 0)
	alike(t, "the browsers of who has it", browsersOf(t, store, ben.ID), []string{"b1"})
}

func browsersMoved(t *testing.T, store BrowserStore) {
	ctx := t.Context()
	ada := AddUser(t, store, "ada")
	here, there := browser("b1", ada.ID, 0), browser("b2", ada.ID, time.Minute)
	must(t, store.PutBrowser(ctx, here, 5))
	must(t, store.PutBrowser(ctx, there, 5))
	next := id.New(Start)
	must(t, store.MoveBrowsers(ctx, ada.ID, here.SessionID, next))
	must(t, store.MoveBrowsers(ctx, id.New(Start), there.SessionID, next))
	got, err := store.Browser(ctx, ada.ID, "b1")
	must(t, err)
	equal(t, "the session", got.SessionID, next)
	got, err = store.Browser(ctx, ada.ID, "b2")
	must(t, err)
	equal(t, "the session of the other one", got.SessionID, there.SessionID)
}

func browsersErased(t *testing.T, store BrowserStore) {
	ctx := t.Context()
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	must(t, store.PutBrowser(ctx, browser("b1", ada.ID, 0), 5))
	must(t, store.PutBrowser(ctx, browser("b2", ben.ID, 0), 5))
	must(t, store.EraseUser(ctx, ada.ID, accounts.Tombstone{Email: "x@gone.invalid", Username: "x", Name: "x"}, Start))
	alike(t, "the browsers", browsersOf(t, store, ada.ID, ben.ID), []string{"b2"})
}
