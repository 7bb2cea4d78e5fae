package mail

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// Options are the parts that an Outbox is made of.
type Options struct {
	Store Store
	// Key seals what mails say while they wait. 32 bytes.
	Key []byte
	// SMTP is the server that takes the mail. With nil nothing is sent: mails stay for the developer's page.
	SMTP *SMTP
	// From is the address that mail comes from, with or without a name.
	From string
	// Workspace returns the name that mails speak of, such as "Pegasus".
	Workspace func(context.Context) string
	// URL is where people reach the server: scheme, host and port. Links in mails must lead there.
	URL string
	Now func() time.Time
	Log *slog.Logger
	// Keep keeps what mails say after they are sent, for development.
	Keep bool
}

// Outbox keeps mails until they are sent. It is safe for concurrent use, and any number of servers may share its store.
type Outbox struct {
	store     Store
	box       box
	smtp      *SMTP
	from      mail.Address
	workspace func(context.Context) string
	url       string
	now       func() time.Time
	log       *slog.Logger
	keep      bool
	wake      chan struct{}
}

var _ accounts.Mailer = (*Outbox)(nil)

// NewOutbox returns an Outbox. Every part of o but SMTP and Keep must be set; From may be empty where SMTP is nil.
func NewOutbox(o Options) (*Outbox, error) {
	sealing, err := newBox(o.Key)
	if err != nil {
		return nil, err
	}
	home, err := url.Parse(o.URL)
	if err != nil || home.Hostname() == "" {
		return nil, fmt.Errorf("mails cannot link to %q", o.URL)
	}
	from := &mail.Address{Address: "pegasus@" + home.Hostname()}
	if o.From != "" || o.SMTP != nil {
		if from, err = mail.ParseAddress(o.From); err != nil {
			return nil, fmt.Errorf("mail cannot come from %q: %w", o.From, err)
		}
	}
	return &Outbox{
		store: o.Store, box: sealing, smtp: o.SMTP, from: *from, workspace: o.Workspace, url: o.URL, now: o.Now, log: o.Log, keep: o.Keep,
		wake: make(chan struct{}, 1),
	}, nil
}

// maxAge is how long sending a mail is tried.
const maxAge = 72 * time.Hour

// Delivers reports whether mail leaves this machine.
func (o *Outbox) Delivers() bool { return o.smtp != nil }

// Send writes a letter and keeps it durably; Run sends it. A mail whose link or code runs out before it could be sent is given
// up. An address that cannot stand in a header is Invalid with code INVALID_EMAIL.
func (o *Outbox) Send(ctx context.Context, l accounts.Letter) error {
	if err := CheckAddress(l.To); err != nil {
		return err
	}
	c, err := o.compose(l, o.workspace(ctx))
	if err != nil {
		return err
	}
	now := o.now()
	c.Until = now.Add(min(life(l.Until), maxAge))
	q := Queued{ID: id.New(now), Kind: string(l.Kind), To: l.To, CreatedAt: now, NextTry: now}
	if q.Sealed, err = o.box.seal(q, c); err != nil {
		return fmt.Errorf("seal a mail: %w", err)
	}
	if err := o.store.AddMail(ctx, q); err != nil {
		return err
	}
	select {
	case o.wake <- struct{}{}:
	default: // it is awake already
	}
	return nil
}

func (o *Outbox) compose(l accounts.Letter, workspace string) (c content, err error) {
	c.Unsubscribe, c.Workspace = l.Unsubscribe, oneLine(workspace)
	c.Subject, c.Text, c.HTML, err = write(l, c.Workspace, o.url)
	if err != nil {
		return content{}, fmt.Errorf("write a mail: %w", err)
	}
	return c, nil
}

// CheckAddress refuses what is not one bare address, such as anything with a line break, a name or a comma in it.
func CheckAddress(to string) error {
	parsed, err := mail.ParseAddress(to)
	if err != nil || parsed.Address != to || oneLine(to) != to {
		return fault.Field("email", "INVALID_EMAIL", "Invalid email")
	}
	return nil
}

// life reads how long a link is good, such as "1 hour". What it cannot read is as long as mail is tried.
func life(until string) time.Duration {
	number, unit, _ := strings.Cut(until, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 1000 {
		return maxAge
	}
	switch strings.TrimSuffix(unit, "s") {
	case "minute":
		return time.Duration(n) * time.Minute
	case "hour":
		return time.Duration(n) * time.Hour
	}
	return maxAge
}

// Shown is a mail as the developer's page shows it. Without content it was sent or given up, or sealed with another secret.
type Shown struct {
	Queued
	Subject, Text, HTML string
}

// Recent returns up to n mails, newest first.
func (o *Outbox) Recent(ctx context.Context, n int) ([]Shown, error) {
	recent, err := o.store.RecentMail(ctx, n)
	if err != nil {
		return nil, err
	}
	shown := make([]Shown, len(recent))
	for i, q := range recent {
		shown[i] = Shown{Queued: q}
		if c, err := o.box.open(q); err == nil {
			shown[i].Subject, shown[i].Text, shown[i].HTML = c.Subject, c.Text, c.HTML
		}
		shown[i].Sealed = nil
	}
	return shown, nil
}
