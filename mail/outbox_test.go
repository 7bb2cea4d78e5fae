package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/mail"
	"pegasus/mail/mailtest"
	"pegasus/store/sqlite"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// office is a store with a clock, on which outboxes are opened.
type office struct {
	dir   string
	store *sqlite.Store
	clock *clock
	log   *bytes.Buffer
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{dir: t.TempDir(), clock: &clock{at: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)}, log: &bytes.Buffer{}}
	o.open(t)
	return o
}

func (o *office) open(t *testing.T) {
	t.Helper()
	var err error
	if o.store, err = sqlite.Open(t.Context(), o.dir); err != nil {
		t.Fatal(err)
	}
	store := o.store
	t.Cleanup(func() { store.Close() })
}

func (o *office) options(server *mailtest.Server) mail.Options {
	var to *mail.SMTP
	if server != nil {
		to = &mail.SMTP{Host: server.Host, Port: server.Port, TLS: true, Roots: server.Roots, Dial: 3 * time.Second, Send: 3 * time.Second}
	}
	return mail.Options{
		Store: o.store, Key: bytes.Repeat([]byte{7}, 32), SMTP: to, From: "no-reply@chat.example", Workspace: called("Pegasus"), URL: "https://chat.example",
		Now: o.clock.now, Log: slog.New(slog.NewTextHandler(o.log, nil)),
	}
}

func outbox(t *testing.T, o mail.Options) *mail.Outbox {
	t.Helper()
	box, err := mail.NewOutbox(o)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

const secret = "kZ3vVt9xQ0secretToken"

func reset(to string) accounts.Letter {
	return accounts.Letter{Kind: accounts.LetterReset, To: to, Name: "Ada", URL: "https://chat.example/reset-password?token=" + secret, Until: "24 hours"}
}

func send(t *testing.T, box *mail.Outbox, letters ...accounts.Letter) {
	t.Helper()
	for _, l := range letters {
		if err := box.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
}

// newest returns the newest mail in the store.
func (o *office) newest(t *testing.T) mail.Queued {
	t.Helper()
	recent, err := o.store.RecentMail(t.Context(), 1)
	if err != nil || len(recent) != 1 {
		t.Fatalf("%d mails, %v", len(recent), err)
	}
	return recent[0]
}

func (o *office) wantCounts(t *testing.T, waiting, failed int) {
	t.Helper()
	w, f, err := o.store.CountMail(t.Context())
	if err != nil || w != waiting || f != failed {
		t.Fatalf("%d wait and %d were given up, %v; want %d and %d", w, f, err, waiting, failed)
	}
}

func TestALetterArrivesOnceInBothForms(t *testing.T) {
	for name, security := range map[string]mailtest.Security{"STARTTLS": mailtest.StartTLS, "implicit TLS": mailtest.Implicit, "plain": mailtest.Plain} {
		t.Run(name, func(t *testing.T) {
			server := mailtest.Start(t, mailtest.Options{Security: security})
			o := newOffice(t)
			options := o.options(server)
			options.SMTP.TLS, options.SMTP.Implicit = security != mailtest.Plain, security == mailtest.Implicit
			options.Workspace = called("Größe & Co")
			box := outbox(t, options)
			if !box.Delivers() {
				t.Fatal("it says that it does not deliver")
			}
			send(t, box, reset("ada@chat.example"))
			sent := o.newest(t)
			for range 3 {
				box.Round(t.Context())
				o.clock.add(24 * time.Hour)
			}
			messages := server.Messages()
			if len(messages) != 1 {
				t.Fatalf("%d mails arrived\n%s", len(messages), o.log)
			}
			m := messages[0]
			if m.Encrypted != (security != mailtest.Plain) {
				t.Errorf("encrypted: %t", m.Encrypted)
			}
			if m.From != "no-reply@chat.example" || len(m.To) != 1 || m.To[0] != "ada@chat.example" {
				t.Errorf("from %s to %v", m.From, m.To)
			}
			link := "https://chat.example/reset-password?token=" + secret
			if m.Subject != "Reset your password" || !strings.Contains(m.Text, link) || !strings.Contains(m.HTML, link) || !strings.Contains(m.Text, "Größe & Co") {
				t.Errorf("it says %q\n%s", m.Subject, m.Text)
			}
			from, err := m.Header.AddressList("From")
			if err != nil || *from[0] != (netmail.Address{Name: "Größe & Co", Address: "no-reply@chat.example"}) {
				t.Errorf("From: %v, %v", from, err)
			}
			date, err := m.Header.Date()
			if err != nil || !date.Equal(sent.CreatedAt) {
				t.Errorf("Date: %v, %v", date, err)
			}
			for header, want := range map[string]string{
				"Message-Id": "<" + sent.ID + "@chat.example>", "To": "<ada@chat.example>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
			} {
				if got := m.Header[header]; len(got) != 1 || got[0] != want {
					t.Errorf("%s: %q", header, got)
				}
			}
			for _, header := range []string{"Bcc", "Cc", "X-Mailer", "User-Agent", "Received"} {
				if got := m.Header.Get(header); got != "" {
					t.Errorf("%s: %s", header, got)
				}
			}
			for line := range strings.SplitSeq(m.Raw, "\r\n") {
				if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
			o.wantCounts(t, 0, 0)
		})
	}
}

func TestAMailThatOneClickEndsSaysSoInItsHeaders(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Security: mailtest.StartTLS})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	item := accounts.LetterItem{Title: "Jon in lobby", Text: "lunch?\r\nBcc: x", URL: "https://chat.example/chat/1", Why: "https://chat.example/chat/1/why"}
	letter := accounts.Letter{
		Kind: accounts.LetterMissed, To: "ada@chat.example", URL: "https://chat.example/unreads", Unsubscribe: "https://chat.example/unsubscribe?token=x",
		Items: []accounts.LetterItem{item},
	}
	send(t, box, letter)
	box.Round(t.Context())
	messages := server.Messages()
	if len(messages) != 1 {
		t.Fatalf("%d mails arrived", len(messages))
	}
	m := messages[0]
	if m.Header.Get("List-Unsubscribe") != "<https://chat.example/unsubscribe?token=x>" || m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("the headers are %v", m.Header)
	}
	for _, text := range []string{"Jon in lobby", "lunch? Bcc: x", item.URL, item.Why, letter.Unsubscribe} {
		if !strings.Contains(strings.ReplaceAll(m.Text, "  ", " "), text) || !strings.Contains(strings.ReplaceAll(m.HTML, "  ", " "), text) {
			t.Errorf("it does not say %q:\n%s", text, m.Text)
		}
	}
	letter.Items[0].URL = "https://elsewhere.example/"
	if err := box.Send(t.Context(), letter); err == nil {
		t.Error("a letter with a link to elsewhere is sent")
	}
}

func TestSigningInToTheMailServer(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Username: "relay", Password: "correct horse"})
	implicit := mailtest.Start(t, mailtest.Options{Username: "relay", Password: "correct horse", Security: mailtest.Implicit})
	for name, c := range map[string]struct {
		server   *mailtest.Server
		password string
		arrives  bool
	}{"STARTTLS": {server, "correct horse", true}, "implicit TLS": {implicit, "correct horse", true}, "a wrong password": {server, "wrong", false}} {
		o := newOffice(t)
		options := o.options(c.server)
		options.SMTP.Username, options.SMTP.Password, options.SMTP.Implicit = "relay", c.password, c.server == implicit
		before := len(c.server.Messages())
		box := outbox(t, options)
		send(t, box, reset("ada@chat.example"))
		box.Round(t.Context())
		arrived := c.server.Messages()[before:]
		if c.arrives != (len(arrived) == 1) || c.arrives && arrived[0].User != "relay" {
			t.Errorf("%s: %d mails arrived\n%s", name, len(arrived), o.log)
		}
		if !c.arrives {
			// An admin can mend it, so the mail waits.
			o.wantCounts(t, 1, 0)
		}
		if strings.Contains(o.log.String()+o.newest(t).LastError, c.password) {
			t.Errorf("%s: the password is in the log", name)
		}
	}
	// Without a name the server asks for one, which is nothing that is wrong with the mail.
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"))
	box.Round(t.Context())
	o.wantCounts(t, 1, 0)
}

func TestNothingIsSentOverAConnectionThatIsNotAsSafeAsAsked(t *testing.T) {
	honest := mailtest.Start(t, mailtest.Options{})
	other := mailtest.Start(t, mailtest.Options{})
	direct := mailtest.Start(t, mailtest.Options{Security: mailtest.Implicit})
	plain := mailtest.Start(t, mailtest.Options{Security: mailtest.Plain, Username: "relay", Password: "pw"})
	for name, c := range map[string]struct {
		server *mailtest.Server
		change func(*mail.SMTP)
	}{
		"a certificate of somebody else":                     {honest, func(s *mail.SMTP) { s.Roots = other.Roots }},
		"a certificate that the system does not know":        {honest, func(s *mail.SMTP) { s.Roots = nil }},
		"a certificate for another name":                     {honest, func(s *mail.SMTP) { s.Host = "127.0.0.2" }},
		"a certificate of somebody else, from the start":     {direct, func(s *mail.SMTP) { s.Roots, s.Implicit = other.Roots, true }},
		"a server without TLS":                               {plain, func(*mail.SMTP) {}},
		"a server without TLS where it has to come first":    {plain, func(s *mail.SMTP) { s.Implicit = true }},
		"a server with TLS first where it is to come later":  {direct, func(s *mail.SMTP) { s.Dial = 300 * time.Millisecond }},
		"a server with TLS later where it has to come first": {honest, func(s *mail.SMTP) { s.Implicit, s.Dial = true, 300*time.Millisecond }},
	} {
		o := newOffice(t)
		options := o.options(c.server)
		options.SMTP.Username, options.SMTP.Password = "relay", "pw"
		c.change(options.SMTP)
		box := outbox(t, options)
		send(t, box, reset("ada@chat.example"))
		box.Round(t.Context())
		if n := len(c.server.Messages()); n != 0 {
			t.Errorf("%s: %d mails arrived", name, n)
		}
		if q := o.newest(t); q.LastError == "" || q.Tries != 1 || !q.GivenUpAt.IsZero() {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestAFailureForNowIsTriedAgainLaterAndLater(t *testing.T) {
	refuse := true
	tries := 0
	server := mailtest.Start(t, mailtest.Options{Rcpt: func(string) error {
		if tries++; refuse {
			return mailtest.Refusal(451, "Greylisted")
		}
		return nil
	}})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	l := reset("ada@chat.example")
	l.Until = ""
	send(t, box, l)
	box.Round(t.Context())
	for i, wait := range mail.Waits {
		if tries != i+1 {
			t.Fatalf("%d tries, not %d\n%s", tries, i+1, o.log)
		}
		if q := o.newest(t); q.Tries != i+1 || !q.NextTry.Equal(o.clock.now().Add(wait)) || !strings.Contains(q.LastError, "Greylisted") || len(q.Sealed) == 0 {
			t.Fatalf("after %d tries: %+v", i+1, q)
		}
		o.clock.add(wait - time.Second)
		box.Round(t.Context())
		if tries != i+1 {
			t.Fatalf("tried again after less than %s", wait)
		}
		o.clock.add(time.Second)
		if i == len(mail.Waits)-1 {
			refuse = false
		}
		box.Round(t.Context())
	}
	if n := len(server.Messages()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
	if o.wantCounts(t, 0, 0); strings.Contains(o.log.String(), secret) {
		t.Error("the log holds the link")
	}
}

func TestAMailThatFailsForThreeDaysIsGivenUp(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Data: func(mailtest.Message) error { return mailtest.Refusal(452, "Full") }})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	l := reset("ada@chat.example")
	l.Until = ""
	send(t, box, l)
	start := o.clock.now()
	for o.newest(t).GivenUpAt.IsZero() {
		box.Round(t.Context())
		o.clock.add(time.Hour)
		if o.clock.now().Sub(start) > 100*time.Hour {
			t.Fatalf("still trying: %+v", o.newest(t))
		}
	}
	q := o.newest(t)
	if age := q.GivenUpAt.Sub(start); age < 48*time.Hour || age > 72*time.Hour || len(q.Sealed) != 0 || q.Tries < 8 {
		t.Errorf("given up after %s: %+v", age, q)
	}
	o.wantCounts(t, 0, 1)
}

func TestAMailThatWillNeverBeTakenIsGivenUpAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		options mailtest.Options
		givenUp bool
	}{
		"no such mailbox":            {mailtest.Options{Rcpt: func(string) error { return mailtest.Refusal(550, "No such mailbox") }}, true},
		"content refused":            {mailtest.Options{Data: func(mailtest.Message) error { return mailtest.Refusal(554, "Looks like spam") }}, true},
		"content refused for now":    {mailtest.Options{Data: func(mailtest.Message) error { return mailtest.Refusal(451, "Later") }}, false},
		"the sender is refused":      {mailtest.Options{From: func(string) error { return mailtest.Refusal(550, "Not from you") }}, false},
		"a sign-in is missing":       {mailtest.Options{Rcpt: func(string) error { return mailtest.Refusal(530, "Sign in first") }}, false},
		"the service is going away":  {mailtest.Options{Rcpt: func(string) error { return mailtest.Refusal(421, "Closing") }}, false},
		"the mailbox is full at the": {mailtest.Options{Rcpt: func(string) error { return mailtest.Refusal(452, "Full") }}, false},
	} {
		server := mailtest.Start(t, c.options)
		o := newOffice(t)
		box := outbox(t, o.options(server))
		send(t, box, reset("ada@chat.example"))
		box.Round(t.Context())
		q := o.newest(t)
		if q.GivenUpAt.IsZero() == c.givenUp || (len(q.Sealed) == 0) != c.givenUp || q.Tries != 1 || q.LastError == "" {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestOneMailThatIsRefusedHoldsUpNoOther(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Rcpt: func(to string) error {
		if strings.HasPrefix(to, "ben") {
			return mailtest.Refusal(550, "No such mailbox")
		}
		return nil
	}})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"), reset("ben@chat.example"), reset("cleo@chat.example"), reset("dan@chat.example"))
	box.Round(t.Context())
	if n := len(server.Messages()); n != 3 {
		t.Errorf("%d mails arrived", n)
	}
	if n := server.Sessions(); n > 2 { // one and its second greeting after STARTTLS
		t.Errorf("%d connections for one batch", n)
	}
	o.wantCounts(t, 0, 1)
}

func TestAMailWaitsForAServerThatIsDown(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	o := newOffice(t)
	options := o.options(nil)
	options.SMTP = &mail.SMTP{Host: "127.0.0.1", Port: free.Addr().(*net.TCPAddr).Port, TLS: true, Dial: time.Second, Send: time.Second}
	box := outbox(t, options)
	send(t, box, reset("ada@chat.example"), reset("ben@chat.example"))
	if box.Round(t.Context()) {
		t.Error("it would go on at once against a server that is down")
	}
	o.wantCounts(t, 2, 0)
	server := mailtest.Start(t, mailtest.Options{Addr: address})
	options.SMTP.Roots = server.Roots
	o.clock.add(mail.Waits[0])
	box.Round(t.Context())
	if n := len(server.Messages()); n != 2 {
		t.Errorf("%d mails arrived\n%s", n, o.log)
	}
}

func TestAServerThatSaysNothingEndsATry(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Silent: true})
	stuck := make(chan struct{})
	hangs := mailtest.Start(t, mailtest.Options{Data: func(mailtest.Message) error { <-stuck; return nil }})
	t.Cleanup(func() { close(stuck) })
	for name, s := range map[string]*mailtest.Server{"from the start": server, "in the middle": hangs} {
		o := newOffice(t)
		options := o.options(s)
		options.SMTP.Dial, options.SMTP.Send = 300*time.Millisecond, 300*time.Millisecond
		box := outbox(t, options)
		send(t, box, reset("ada@chat.example"))
		start := time.Now()
		box.Round(t.Context())
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
		if q := o.newest(t); q.Tries != 1 || !q.GivenUpAt.IsZero() {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestRunSendsWhatComesAndEndsWithItsContext(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("early@chat.example"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { box.Run(ctx); close(ended) }()
	server.Wait(t, 1)
	send(t, box, reset("ada@chat.example"))
	server.Wait(t, 2)
	cancel()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
	o.wantCounts(t, 0, 0)
}

func TestAStopFinishesTheMailUnderWay(t *testing.T) {
	taken, let := make(chan struct{}), make(chan struct{})
	server := mailtest.Start(t, mailtest.Options{Data: func(mailtest.Message) error { close(taken); <-let; return nil }})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { box.Run(ctx); close(ended) }()
	<-taken
	cancel()
	close(let)
	<-ended
	if q := o.newest(t); q.SentAt.IsZero() || len(server.Messages()) != 1 {
		t.Errorf("%+v", q)
	}
}

func TestAStopDoesNotWaitForAServerThatHangs(t *testing.T) {
	taken, let := make(chan struct{}), make(chan struct{})
	server := mailtest.Start(t, mailtest.Options{Data: func(mailtest.Message) error { close(taken); <-let; return nil }})
	t.Cleanup(func() { close(let) })
	o := newOffice(t)
	options := o.options(server)
	options.SMTP.Send = time.Minute
	box := outbox(t, options)
	send(t, box, reset("ada@chat.example"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { box.Run(ctx); close(ended) }()
	<-taken
	start := time.Now()
	cancel()
	<-ended
	if took := time.Since(start); took > 6*time.Second {
		t.Errorf("the stop took %s", took)
	}
	o.wantCounts(t, 1, 0)
}

func TestMailOutlivesARestart(t *testing.T) {
	o := newOffice(t)
	send(t, outbox(t, o.options(nil)), reset("ada@chat.example"))
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t)
	server := mailtest.Start(t, mailtest.Options{})
	box := outbox(t, o.options(server))
	box.Round(t.Context())
	if n := len(server.Messages()); n != 1 {
		t.Errorf("%d mails arrived\n%s", n, o.log)
	}
}

func TestAMailThatACrashCutOffIsSentAgainWithTheSameMessageID(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"))
	// Another worker took it and died.
	if due, err := o.store.DueMail(t.Context(), o.clock.now(), o.clock.now().Add(2*time.Minute), 5); err != nil || len(due) != 1 {
		t.Fatalf("%d due, %v", len(due), err)
	}
	if box.Round(t.Context()); len(server.Messages()) != 0 {
		t.Fatal("it was sent while another worker had it")
	}
	o.clock.add(2 * time.Minute)
	if box.Round(t.Context()); len(server.Messages()) != 1 {
		t.Fatalf("it was not sent\n%s", o.log)
	}
	if got := server.Messages()[0].Header.Get("Message-Id"); got != "<"+o.newest(t).ID+"@chat.example>" {
		t.Errorf("Message-ID %s", got)
	}
}

func TestFiftyWorkersSendEachMailOnce(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Security: mailtest.Plain})
	o := newOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	options := o.options(server)
	options.SMTP.TLS = false
	options.SMTP.Dial, options.SMTP.Send = 20*time.Second, 20*time.Second
	options.Log = slog.New(slog.DiscardHandler)
	var work sync.WaitGroup
	var boxes []*mail.Outbox
	for range 50 {
		boxes = append(boxes, outbox(t, options))
	}
	const mails = 60
	for i := range mails {
		send(t, boxes[i%len(boxes)], reset(fmt.Sprintf("user%d@chat.example", i)))
	}
	for _, box := range boxes {
		work.Go(func() { box.Run(ctx) })
	}
	server.Wait(t, mails)
	cancel()
	work.Wait()
	seen := map[string]int{}
	for _, m := range server.Messages() {
		seen[m.To[0]]++
	}
	if len(seen) != mails || len(server.Messages()) != mails {
		t.Errorf("%d mails to %d people, not %d", len(server.Messages()), len(seen), mails)
	}
	o.wantCounts(t, 0, 0)
}

func TestAMailWhoseLinkRunsOutIsNotSent(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	code := accounts.Letter{Kind: accounts.LetterCode, To: "ada@chat.example", Code: "12345678", Until: "5 minutes"}
	send(t, box, code)
	o.clock.add(5*time.Minute - time.Second)
	if box.Round(t.Context()); len(server.Messages()) != 1 {
		t.Fatalf("%d mails arrived in time", len(server.Messages()))
	}
	send(t, box, code)
	o.clock.add(5 * time.Minute)
	if box.Round(t.Context()); len(server.Messages()) != 1 {
		t.Fatal("a code arrived that is no longer good")
	}
	if q := o.newest(t); q.GivenUpAt.IsZero() || len(q.Sealed) != 0 {
		t.Errorf("%+v", q)
	}
}

// onDisk reports whether any file of the store holds a text.
func (o *office) onDisk(t *testing.T, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(o.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files, %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

func TestWhatAMailSaysCannotBeReadInTheStore(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"))
	if !o.onDisk(t, "ada@chat.example") {
		t.Fatal("the search finds nothing at all")
	}
	for _, part := range []string{secret, "reset-password?", "Reset your password"} {
		if o.onDisk(t, part) {
			t.Errorf("%q is on the disk", part)
		}
	}
	sealed := o.newest(t).Sealed
	if len(sealed) == 0 {
		t.Fatal("nothing is sealed")
	}
	box.Round(t.Context())
	if q := o.newest(t); len(q.Sealed) != 0 || q.SentAt.IsZero() {
		t.Errorf("after sending: %+v", q)
	}
	shown, err := box.Recent(t.Context(), 10)
	if err != nil || len(shown) != 1 || shown[0].Text != "" {
		t.Errorf("%+v, %v", shown, err)
	}
}

func TestRecentMailIsShownToTheDeveloper(t *testing.T) {
	o := newOffice(t)
	box := outbox(t, o.options(nil))
	if box.Delivers() {
		t.Error("it says that it delivers")
	}
	send(t, box, reset("ada@chat.example"))
	o.clock.add(time.Second)
	send(t, box, accounts.Letter{Kind: accounts.LetterCode, To: "ben@chat.example", Code: "12345678", Until: "5 minutes"})
	shown, err := box.Recent(t.Context(), 10)
	if err != nil || len(shown) != 2 || shown[0].To != "ben@chat.example" || shown[0].Kind != string(accounts.LetterCode) {
		t.Fatalf("%+v, %v", shown, err)
	}
	if !strings.Contains(shown[0].Text, "12345678") || !strings.Contains(shown[1].HTML, secret) || shown[1].Subject != "Reset your password" || shown[0].Sealed != nil {
		t.Errorf("%+v", shown)
	}
	if shown, err = box.Recent(t.Context(), 1); err != nil || len(shown) != 1 {
		t.Errorf("%d of 1, %v", len(shown), err)
	}
}

func TestMailIsKeptAfterSendingInDevelopmentAlone(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	for _, keep := range []bool{true, false} {
		o := newOffice(t)
		options := o.options(server)
		options.Keep = keep
		box := outbox(t, options)
		send(t, box, reset("ada@chat.example"))
		box.Round(t.Context())
		if shown, err := box.Recent(t.Context(), 1); err != nil || strings.Contains(shown[0].Text, secret) != keep || shown[0].SentAt.IsZero() {
			t.Errorf("keep %t: %+v, %v", keep, shown, err)
		}
	}
}

func TestContentBelongsToItsMailAndItsKey(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"))
	moved := o.newest(t)
	moved.ID, moved.To = moved.ID[:20]+"ffff", "eve@evil.example"
	if err := o.store.AddMail(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	damaged := o.newest(t)
	damaged.ID, damaged.Sealed = moved.ID[:20]+"fffe", []byte{1, 2, 3}
	if err := o.store.AddMail(t.Context(), damaged); err != nil {
		t.Fatal(err)
	}
	box.Round(t.Context())
	if messages := server.Messages(); len(messages) != 1 || messages[0].To[0] != "ada@chat.example" {
		t.Errorf("%+v", messages)
	}
	o.wantCounts(t, 0, 2)
	send(t, box, reset("ada@chat.example"))
	options := o.options(server)
	options.Key = bytes.Repeat([]byte{8}, 32)
	if outbox(t, options).Round(t.Context()); len(server.Messages()) != 1 {
		t.Error("another key opened a mail")
	}
	o.wantCounts(t, 0, 3)
}

func TestMailThatIsDoneWithIsRemoved(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{Rcpt: func(to string) error {
		if strings.HasPrefix(to, "ben") {
			return mailtest.Refusal(550, "No such mailbox")
		}
		return nil
	}})
	o := newOffice(t)
	box := outbox(t, o.options(server))
	send(t, box, reset("ada@chat.example"), reset("ben@chat.example"))
	box.Round(t.Context())
	count := func() int {
		recent, err := o.store.RecentMail(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(recent)
	}
	o.clock.add(7 * 24 * time.Hour)
	if box.Tidy(t.Context()); count() != 2 {
		t.Errorf("%d mails are left within the time", count())
	}
	o.clock.add(time.Second)
	if box.Tidy(t.Context()); count() != 0 {
		t.Errorf("%d mails are left", count())
	}
}

func TestWithoutAServerMailEndsWithItsLink(t *testing.T) {
	o := newOffice(t)
	box := outbox(t, o.options(nil))
	for i := range 12 {
		l := reset(fmt.Sprintf("user%d@chat.example", i))
		if i%2 == 0 {
			l.Until = "5 minutes"
		}
		send(t, box, l)
	}
	box.Tidy(t.Context())
	o.wantCounts(t, 12, 0)
	o.clock.add(5 * time.Minute)
	box.Tidy(t.Context())
	o.wantCounts(t, 6, 6)
}

func TestNoAddressCanWriteAHeader(t *testing.T) {
	o := newOffice(t)
	box := outbox(t, o.options(nil))
	for _, to := range []string{
		"", "ada", "ada@chat.example\r\nBcc: eve@evil.example", "ada@chat.example\nSubject: x", "Ada <ada@chat.example>", "<ada@chat.example>",
		"ada@chat.example, eve@evil.example", "ada@chat.example\x00", " ada@chat.example", "ada@chat.example>\r\nRCPT TO:<eve@evil.example", "\"a\r\nb\"@chat.example",
		"ada@chat.example\u2028", "ada\u202e@chat.example",
	} {
		l := reset(to)
		if err := box.Send(t.Context(), l); fault.From(err) == nil || fault.From(err).Code != "INVALID_EMAIL" {
			t.Errorf("%q: %v", to, err)
		}
	}
	o.wantCounts(t, 0, 0)
}

func TestNoNameCanWriteAHeader(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	options := o.options(server)
	options.Workspace = called("Pegasus\r\nBcc: eve@evil.example")
	box := outbox(t, options)
	l := reset("ada@chat.example")
	l.Name = "Ada\r\n\r\nBcc: eve@evil.example"
	send(t, box, l)
	box.Round(t.Context())
	m := server.Wait(t, 1)[0]
	if m.Header.Get("Bcc") != "" || len(m.To) != 1 || strings.Contains(m.Raw, "\r\nBcc") {
		t.Errorf("%s", m.Raw)
	}
}

func TestATestMailBringsBackWhatTheServerSays(t *testing.T) {
	good := mailtest.Start(t, mailtest.Options{})
	bad := mailtest.Start(t, mailtest.Options{Rcpt: func(string) error { return mailtest.Refusal(550, "We do not know you") }})
	o := newOffice(t)
	if err := outbox(t, o.options(good)).Test(t.Context(), "ada@chat.example"); err != nil || len(good.Messages()) != 1 {
		t.Errorf("%v", err)
	}
	if m := good.Messages()[0]; m.Subject != "Test mail" || !strings.Contains(m.Text, "Pegasus can send mail") {
		t.Errorf("it says %q\n%s", m.Subject, m.Text)
	}
	for name, c := range map[string]struct {
		options    mail.Options
		to         string
		code, says string
	}{
		"refused":    {o.options(bad), "ada@chat.example", "MAIL_NOT_SENT", "We do not know you"},
		"no server":  {o.options(nil), "ada@chat.example", "MAIL_NOT_SET_UP", "MAIL_SERVER"},
		"no address": {o.options(good), "ada", "INVALID_EMAIL", "Invalid"},
	} {
		f := fault.From(outbox(t, c.options).Test(t.Context(), c.to))
		if f == nil || f.Code != c.code || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %v", name, f)
		}
	}
	wrong := o.options(good)
	wrong.SMTP.Roots = bad.Roots
	if f := fault.From(outbox(t, wrong).Test(t.Context(), "ada@chat.example")); f == nil || !strings.Contains(f.Message, "certificate") {
		t.Errorf("a wrong certificate: %v", f)
	}
	o.wantCounts(t, 0, 0)
}

func TestAnOutboxThatCannotWorkIsNotMade(t *testing.T) {
	server := mailtest.Start(t, mailtest.Options{})
	o := newOffice(t)
	for name, change := range map[string]func(*mail.Options){
		"a short key": func(o *mail.Options) { o.Key = o.Key[:31] }, "no key": func(o *mail.Options) { o.Key = nil },
		"no sender": func(o *mail.Options) { o.From = "" }, "a bad sender": func(o *mail.Options) { o.From = "no reply" },
		"no address of ours": func(o *mail.Options) { o.URL = "" },
	} {
		options := o.options(server)
		change(&options)
		if _, err := mail.NewOutbox(options); err == nil {
			t.Errorf("%s: it was made", name)
		}
	}
}

func called(name string) func(context.Context) string {
	return func(context.Context) string { return name }
}
