package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/mail"
	"pegasus/views"
)

func TestMailsThatWereGivenUpAreAHint(t *testing.T) {
	a := opened(t)
	given := func() bool {
		return slices.ContainsFunc(a.hints(t.Context()), func(h views.Hint) bool { return strings.HasPrefix(h.Text, "Mails given up in the last 7 days: 1.") })
	}
	q := mail.Queued{ID: "65f000000000000000000001", Kind: "test", To: "ada@example.test", CreatedAt: now(), NextTry: now()}
	if err := a.store.AddMail(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if given() {
		t.Error("a mail that waits is no mail that was given up")
	}
	if err := a.store.MailFailed(t.Context(), q.ID, "no such person", now(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if !given() {
		t.Error("nobody is told of a mail that was given up")
	}
}
