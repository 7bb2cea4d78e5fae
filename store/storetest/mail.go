package storetest

import (
	"sync"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/id"
	"pegasus/mail"
)

// Mail tests an outbox. open returns an empty store and closes it with the test.
func Mail(t *testing.T, open func(t *testing.T) mail.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store mail.Store)
	}{
		{"mail reads back as stored, newest first", mailReadsBack},
		{"mail is due at its time, oldest first, and not again before its lease ends", mailDue},
		{"of 50 senders at once each mail goes to one", mailRace},
		{"mail that was sent is due no more, and loses its content unless it is kept", mailSent},
		{"mail that failed is due again, until it is given up", mailFailed},
		{"mail is counted while it waits and when it was given up", mailCounted},
		{"mail that was sent or given up is removed after a while", mailDeleted},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func addMail(t *testing.T, store mail.Store, after time.Duration) mail.Queued {
	t.Helper()
	q := Queued("ada@example.test", Start.Add(after))
	must(t, store.AddMail(t.Context(), q))
	return q
}

func findMail(t *testing.T, store mail.Store, id string) mail.Queued {
	t.Helper()
	all, err := store.RecentMail(t.Context(), 1000)
	must(t, err)
	for _, q := range all {
		if q.ID == id {
			return q
		}
	}
	t.Fatalf("the mail %s is not there", id)
	return mail.Queued{}
}

func dueIDs(t *testing.T, store mail.Store, now, until time.Time, limit int) (ids []string) {
	t.Helper()
	due, err := store.DueMail(t.Context(), now, until, limit)
	must(t, err)
	for _, q := range due {
		ids = append(ids, q.ID)
	}
	return ids
}

func mailReadsBack(t *testing.T, store mail.Store) {
	full := Queued("ädä@example.test", Start)
	full.Tries, full.LastError = 3, "421 try läter"
	full.SentAt, full.GivenUpAt = Start.Add(time.Hour), Start.Add(2*time.Hour)
	bare := mail.Queued{ID: id.New(Start.Add(time.Second)), CreatedAt: Start.Add(time.Second), NextTry: Start}
	newest := Queued("ben@example.test", Start.Add(2*time.Second))
	for _, q := range []mail.Queued{full, bare, newest} {
		must(t, store.AddMail(t.Context(), q))
	}
	got, err := store.RecentMail(t.Context(), 10)
	must(t, err)
	alike(t, "the mail", got, []mail.Queued{newest, bare, full})
	got, err = store.RecentMail(t.Context(), 2)
	must(t, err)
	alike(t, "the newest two", got, []mail.Queued{newest, bare})
}

func mailDue(t *testing.T, store mail.Store) {
	one, two, three := addMail(t, store, 0), addMail(t, store, time.Minute), addMail(t, store, 2*time.Minute)
	last := addMail(t, store, time.Hour)
	alike(t, "what is due too early", dueIDs(t, store, Start.Add(-time.Millisecond), Start, 10), []string(nil))
	now, until := Start.Add(2*time.Minute), Start.Add(10*time.Minute)
	due, err := store.DueMail(t.Context(), now, until, 2)
	must(t, err)
	for i, want := range []mail.Queued{one, two} {
		equal(t, "the id", due[i].ID, want.ID)
		equal(t, "the content", string(due[i].Sealed), string(want.Sealed))
		equal(t, "the next try as stored", findMail(t, store, want.ID).NextTry, until)
	}
	equal(t, "the number of due mails under a limit of 2", len(due), 2)
	alike(t, "what is due besides", dueIDs(t, store, now, until, 10), []string{three.ID})
	alike(t, "what is due before the leases end", dueIDs(t, store, until.Add(-time.Millisecond), until, 10), []string(nil))
	equal(t, "the number due when the leases end", len(dueIDs(t, store, until, Start.Add(2*time.Hour), 10)), 3)
	alike(t, "what is due at the last moment", dueIDs(t, store, last.NextTry, Start.Add(2*time.Hour), 10), []string{last.ID})
}

func mailRace(t *testing.T, store mail.Store) {
	for range 40 {
		addMail(t, store, 0)
	}
	var mu sync.Mutex
	seen := map[string]int{}
	until := Start.Add(time.Hour)
	_, failures := atOnce(50, func(int) error {
		due, err := store.DueMail(t.Context(), Start, until, 3)
		mu.Lock()
		defer mu.Unlock()
		for _, q := range due {
			seen[q.ID]++
		}
		return err
	})
	for _, err := range failures {
		t.Error(err)
	}
	for _, id := range dueIDs(t, store, Start, until, 100) {
		seen[id]++
	}
	equal(t, "the number of different mails", len(seen), 40)
	for id, n := range seen {
		equal(t, "the number of senders of "+id, n, 1)
	}
}

func mailSent(t *testing.T, store mail.Store) {
	for _, keep := range []bool{true, false} {
		want := addMail(t, store, 0)
		want.SentAt = Start.Add(time.Minute)
		must(t, store.MailSent(t.Context(), want.ID, want.SentAt, keep))
		if !keep {
			want.Sealed = nil
		}
		alike(t, "the mail", findMail(t, store, want.ID), want)
	}
	alike(t, "what is due", dueIDs(t, store, Start.Add(24*time.Hour), Start, 10), []string(nil))
	refused(t, store.MailSent(t.Context(), id.New(Start), Start, true), fault.NotFound, "MAIL_NOT_FOUND")
}

func mailFailed(t *testing.T, store mail.Store) {
	want, other := addMail(t, store, 0), addMail(t, store, 48*time.Hour)
	for _, reason := range []string{"421 busy", "450 späm"} {
		want.Tries++
		want.LastError, want.NextTry = reason, Start.Add(time.Duration(want.Tries)*time.Hour)
		must(t, store.MailFailed(t.Context(), want.ID, reason, Start, want.NextTry))
		alike(t, "the mail", findMail(t, store, want.ID), want)
		alike(t, "what is due too early", dueIDs(t, store, want.NextTry.Add(-time.Millisecond), Start, 10), []string(nil))
	}
	alike(t, "what is due", dueIDs(t, store, want.NextTry, Start, 10), []string{want.ID})
	want.Tries, want.LastError, want.GivenUpAt = 3, "550 no such person", Start.Add(5*time.Hour)
	want.Sealed, want.NextTry = nil, time.Time{}
	must(t, store.MailFailed(t.Context(), want.ID, want.LastError, want.GivenUpAt, time.Time{}))
	got := findMail(t, store, want.ID)
	got.NextTry = time.Time{}
	alike(t, "the mail that was given up", got, want)
	alike(t, "what is due afterwards", dueIDs(t, store, Start.Add(24*time.Hour), Start, 10), []string(nil))
	alike(t, "another mail", findMail(t, store, other.ID), other)
	refused(t, store.MailFailed(t.Context(), id.New(Start), "", Start, Start), fault.NotFound, "MAIL_NOT_FOUND")
}

func mailCounted(t *testing.T, store mail.Store) {
	addMail(t, store, 0)
	addMail(t, store, 24*time.Hour)
	must(t, store.MailSent(t.Context(), addMail(t, store, 0).ID, Start, false))
	must(t, store.MailFailed(t.Context(), addMail(t, store, 0).ID, "later", Start, Start.Add(time.Hour)))
	must(t, store.MailFailed(t.Context(), addMail(t, store, 0).ID, "never", Start, time.Time{}))
	waiting, failed, err := store.CountMail(t.Context())
	must(t, err)
	equal(t, "the number that waits", waiting, 3)
	equal(t, "the number given up", failed, 1)
}

func mailDeleted(t *testing.T, store mail.Store) {
	waits, sent, given := addMail(t, store, 0), addMail(t, store, 0), addMail(t, store, 0)
	late := addMail(t, store, 0)
	must(t, store.MailSent(t.Context(), sent.ID, Start.Add(time.Hour), true))
	must(t, store.MailFailed(t.Context(), given.ID, "never", Start.Add(time.Hour), time.Time{}))
	must(t, store.MailSent(t.Context(), late.ID, Start.Add(2*time.Hour), true))
	for _, test := range []struct {
		before time.Duration
		want   int
	}{{time.Hour, 0}, {2 * time.Hour, 2}, {2 * time.Hour, 0}, {1000 * time.Hour, 1}} {
		n, err := store.DeleteMail(t.Context(), Start.Add(test.before))
		must(t, err)
		equal(t, "the number of removed mails", n, test.want)
	}
	left, err := store.RecentMail(t.Context(), 10)
	must(t, err)
	alike(t, "the mail left", left, []mail.Queued{waits})
}
