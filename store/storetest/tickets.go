package storetest

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

var ticketCases = []accountCase{
	{"a ticket reads back as stored, for its purpose alone, until it is taken", ticketReadsBack},
	{"a ticket is stored once", ticketUnique},
	{"a ticket is past its end at its end", ticketEnds},
	{"of 50 who take one ticket at once one gets it", ticketRace},
	{"a ticket replaces the person's others of its purpose", ticketsReplaced},
	{"a ticket takes so many tries and no more", ticketTries},
	{"tries are counted until the end and then anew", ticketsCount},
	{"a person's tickets of a purpose are removed", ticketsDeleted},
	{"expired tickets are removed and counted", ticketsExpire},
}

const reset, trusted = accounts.PurposeReset, accounts.PurposeTrusted

func addTicket(t *testing.T, store accounts.Store, p accounts.Purpose, userID, hash string) accounts.Ticket {
	t.Helper()
	ticket := Ticket(p, userID, hash)
	must(t, store.CreateTicket(t.Context(), ticket))
	return ticket
}

// ticketGone fails the test unless a ticket is not found.
func ticketGone(t *testing.T, store accounts.Store, p accounts.Purpose, hash string, now time.Time) {
	t.Helper()
	_, err := store.Ticket(t.Context(), p, hash, now)
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
}

func ticketReadsBack(t *testing.T, store accounts.Store) {
	full := Ticket(reset, id.New(Start), "full")
	full.Email, full.Data, full.Tries = "ada@example.test", `{"to":"/✨"}`, 3
	bare := accounts.Ticket{Purpose: accounts.PurposeFlow, Hash: "bare", ExpiresAt: Start.Add(time.Millisecond)}
	for _, want := range []accounts.Ticket{full, bare} {
		must(t, store.CreateTicket(t.Context(), want))
		for range 2 {
			got, err := store.Ticket(t.Context(), want.Purpose, want.Hash, Start)
			must(t, err)
			equal(t, "the ticket", got, want)
		}
		ticketGone(t, store, trusted, want.Hash, Start)
		got, err := store.TakeTicket(t.Context(), want.Purpose, want.Hash, Start)
		must(t, err)
		equal(t, "the ticket taken", got, want)
		ticketGone(t, store, want.Purpose, want.Hash, Start)
	}
}

func ticketUnique(t *testing.T, store accounts.Store) {
	first := addTicket(t, store, reset, id.New(Start), "hash")
	refused(t, store.CreateTicket(t.Context(), Ticket(reset, id.New(Start), "hash")), fault.Conflict, "TICKET_EXISTS")
	addTicket(t, store, trusted, id.New(Start), "hash")
	got, err := store.Ticket(t.Context(), reset, "hash", Start)
	must(t, err)
	equal(t, "the first ticket", got, first)
	won, failures := atOnce(50, func(int) error { return store.CreateTicket(t.Context(), Ticket(reset, "", "wanted")) })
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "TICKET_EXISTS")
	}
}

func ticketEnds(t *testing.T, store accounts.Store) {
	ticket := addTicket(t, store, reset, "", "hash")
	last := ticket.ExpiresAt.Add(-time.Millisecond)
	ticketGone(t, store, reset, "hash", ticket.ExpiresAt)
	_, err := store.TakeTicket(t.Context(), reset, "hash", ticket.ExpiresAt)
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
	_, err = store.TryTicket(t.Context(), reset, "hash", 5, ticket.ExpiresAt)
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
	got, err := store.Ticket(t.Context(), reset, "hash", last)
	must(t, err)
	equal(t, "the ticket at its last moment", got, ticket)
	_, err = store.TakeTicket(t.Context(), reset, "hash", last)
	must(t, err)
}

func ticketRace(t *testing.T, store accounts.Store) {
	addTicket(t, store, reset, "", "hash")
	won, failures := atOnce(50, func(int) error {
		_, err := store.TakeTicket(t.Context(), reset, "hash", Start)
		return err
	})
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.NotFound, "INVALID_TOKEN")
	}
}

func ticketsReplaced(t *testing.T, store accounts.Store) {
	ada, ben := id.New(Start), id.New(Start)
	addTicket(t, store, reset, ada, "one")
	addTicket(t, store, reset, ada, "two")
	for _, other := range []accounts.Ticket{
		addTicket(t, store, reset, ben, "ben's"), addTicket(t, store, trusted, ada, "other"), addTicket(t, store, reset, "", "nobody's"),
	} {
		next := Ticket(reset, ada, "next")
		next.Data = `{"of":"` + other.Hash + `"}`
		must(t, store.ReplaceTickets(t.Context(), next))
		got, err := store.Ticket(t.Context(), reset, "next", Start)
		must(t, err)
		equal(t, "the new ticket", got, next)
		got, err = store.Ticket(t.Context(), other.Purpose, other.Hash, Start)
		must(t, err)
		equal(t, "the other ticket", got, other)
	}
	ticketGone(t, store, reset, "one", Start)
	ticketGone(t, store, reset, "two", Start)
	must(t, store.ReplaceTickets(t.Context(), Ticket(reset, "", "nobody's too")))
	_, err := store.Ticket(t.Context(), reset, "nobody's", Start)
	must(t, err)
}

func ticketTries(t *testing.T, store accounts.Store) {
	want := addTicket(t, store, accounts.PurposeEmailCode, id.New(Start), "hash")
	for want.Tries < 2 {
		want.Tries++
		got, err := store.TryTicket(t.Context(), want.Purpose, "hash", 2, Start)
		must(t, err)
		equal(t, "the ticket after a try", got, want)
	}
	_, err := store.TryTicket(t.Context(), want.Purpose, "hash", 2, Start)
	refused(t, err, fault.NotFound, "INVALID_TOKEN")
	must(t, store.ReturnTry(t.Context(), want.Purpose, "hash"))
	got, err := store.TryTicket(t.Context(), want.Purpose, "hash", 2, Start)
	must(t, err)
	equal(t, "the ticket after a try that was returned", got, want)
	must(t, store.ReturnTry(t.Context(), want.Purpose, "missing"))
	ticketGone(t, store, want.Purpose, "missing", Start)

	addTicket(t, store, want.Purpose, "", "race")
	won, failures := atOnce(50, func(int) error {
		_, err := store.TryTicket(t.Context(), want.Purpose, "race", 5, Start)
		return err
	})
	equal(t, "the number of tries", won, 5)
	for _, err := range failures {
		refused(t, err, fault.NotFound, "INVALID_TOKEN")
	}
	got, err = store.Ticket(t.Context(), want.Purpose, "race", Start)
	must(t, err)
	equal(t, "the tries of the ticket", got.Tries, 5)
}

func ticketsCount(t *testing.T, store accounts.Store) {
	count := func(hash string, after time.Duration) int {
		t.Helper()
		ticket := Ticket(accounts.PurposeFailures, "", hash)
		ticket.CreatedAt, ticket.ExpiresAt = Start.Add(after), Start.Add(after+time.Hour)
		n, err := store.CountTicket(t.Context(), ticket)
		must(t, err)
		return n
	}
	equal(t, "the first count", count("hash", 0), 1)
	equal(t, "the second count", count("hash", 30*time.Minute), 2)
	equal(t, "the count at the last moment", count("hash", time.Hour-time.Millisecond), 3)
	ticketGone(t, store, accounts.PurposeFailures, "hash", Start.Add(time.Hour))
	equal(t, "the count after the end", count("hash", time.Hour), 1)
	got, err := store.Ticket(t.Context(), accounts.PurposeFailures, "hash", Start.Add(2*time.Hour-time.Millisecond))
	must(t, err)
	equal(t, "the beginning of the new ticket", got.CreatedAt, Start.Add(time.Hour))
	equal(t, "the end of the new ticket", got.ExpiresAt, Start.Add(2*time.Hour))

	counts := make([]int, 50)
	atOnce(50, func(i int) error {
		counts[i] = count("race", 0)
		return nil
	})
	seen := map[int]bool{}
	for _, n := range counts {
		seen[n] = n >= 1 && n <= 50
	}
	equal(t, "the number of different counts", len(seen), 50)
	equal(t, "the count after 50 at once", count("race", 0), 51)
}

func ticketsDeleted(t *testing.T, store accounts.Store) {
	ada, ben := id.New(Start), id.New(Start)
	for _, hash := range []string{"one", "two"} {
		addTicket(t, store, trusted, ada, hash)
	}
	addTicket(t, store, reset, ada, "other")
	addTicket(t, store, trusted, ben, "ben's")
	addTicket(t, store, trusted, "", "nobody's")
	must(t, store.DeleteTickets(t.Context(), trusted, ada))
	must(t, store.DeleteTickets(t.Context(), trusted, ada))
	must(t, store.DeleteTickets(t.Context(), trusted, ""))
	ticketGone(t, store, trusted, "one", Start)
	ticketGone(t, store, trusted, "two", Start)
	for p, hashes := range map[accounts.Purpose]string{reset: "other", trusted: "ben's nobody's"} {
		for hash := range strings.FieldsSeq(hashes) {
			_, err := store.Ticket(t.Context(), p, hash, Start)
			must(t, err)
		}
	}
}

func ticketsExpire(t *testing.T, store accounts.Store) {
	addTicket(t, store, reset, "", "one")
	addTicket(t, store, trusted, "", "two")
	later := Ticket(reset, "", "later")
	later.ExpiresAt = later.ExpiresAt.Add(time.Millisecond)
	must(t, store.CreateTicket(t.Context(), later))
	n, err := store.DeleteExpiredTickets(t.Context(), Start.Add(time.Hour))
	must(t, err)
	equal(t, "the number of removed tickets", n, 2)
	ticketGone(t, store, reset, "one", Start)
	_, err = store.Ticket(t.Context(), reset, "later", Start)
	must(t, err)
	n, err = store.DeleteExpiredTickets(t.Context(), Start.Add(time.Hour))
	must(t, err)
	equal(t, "the number of tickets removed twice", n, 0)
}
