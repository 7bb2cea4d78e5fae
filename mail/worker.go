package mail

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

const (
	batch     = 5
	lease     = 2 * time.Minute
	leaseRest = 10 * time.Second // of a lease in which nothing is sent any more, so that it never runs out over a mail
	pollEvery = 15 * time.Second
	tidyEvery = time.Hour
	stopWait  = 2 * time.Second
	storeWait = 5 * time.Second
	keepDone  = 7 * 24 * time.Hour
	maxReason = 300
)

// waits are how long to wait after each failure; the last is for all that follow.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}

// Run sends mail until ctx ends, and removes mails 7 days after they were sent or given up. What is under way when ctx ends
// has 2 more seconds; the rest waits for the next start.
//
// Every mail is sent at least once, and nearly always exactly once: a mail that the server took just before a crash, or before
// the database went away, is sent again. Both then have the same Message-ID.
func (o *Outbox) Run(ctx context.Context) {
	poll, tidy := time.NewTicker(pollEvery), time.NewTicker(tidyEvery)
	defer poll.Stop()
	defer tidy.Stop()
	o.tidy(ctx)
	for {
		for ctx.Err() == nil && o.smtp != nil && o.round(ctx) {
		}
		select {
		case <-ctx.Done():
			return
		case <-tidy.C:
			o.tidy(ctx)
		case <-poll.C:
		case <-o.wake:
		}
	}
}

// round sends a few of the mails that are due and reports whether there may be more that can be sent now.
func (o *Outbox) round(ctx context.Context) bool {
	now := o.now()
	due, err := o.store.DueMail(ctx, now, now.Add(lease), batch)
	if err != nil {
		if ctx.Err() == nil {
			o.log.Warn("cannot read the outbox", "error", err)
		}
		return false
	}
	if len(due) == 0 {
		return false
	}
	// The stop of the server does not cut a mail off at once, and the lease does before another worker takes it.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease-leaseRest)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopWait, cancel) })()
	return o.deliver(sending, due) && len(due) == batch
}

// deliver sends mails over one connection and reports whether the server took or answered all of them.
func (o *Outbox) deliver(ctx context.Context, due []Queued) (reached bool) {
	var s *session
	var down error // nothing can be sent any more
	defer func() {
		if s != nil {
			s.close()
		}
	}()
	for _, q := range due {
		c, err := o.box.open(q)
		if err != nil {
			o.failed(ctx, q, err, time.Time{})
			continue
		}
		if !o.now().Before(c.Until) {
			o.failed(ctx, q, errLate, time.Time{})
			continue
		}
		if s == nil && down == nil {
			s, down = o.smtp.connect(ctx, o.url)
		}
		if err = down; err == nil {
			err = s.send(o.message(q, c))
		}
		switch {
		case err == nil:
			o.sent(ctx, q)
		case permanent(err):
			o.failed(ctx, q, err, time.Time{})
		default:
			o.failed(ctx, q, err, o.next(q, c))
		}
		if err != nil && down == nil && !alive(err) {
			s.close()
			s, down = nil, ctx.Err()
		}
	}
	return down == nil
}

var errLate = errors.New("it could not be sent while its content was good")

// next returns when to try a mail again, or zero where it would be too late by then.
func (o *Outbox) next(q Queued, c content) time.Time {
	at := o.now().Add(waits[min(max(q.Tries, 0), len(waits)-1)])
	if !at.Before(c.Until) {
		return time.Time{}
	}
	return at
}

func (o *Outbox) sent(ctx context.Context, q Queued) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer cancel()
	if err := o.store.MailSent(ctx, q.ID, o.now(), o.keep); err != nil {
		o.log.Error("a mail was sent, but that cannot be kept: it will be sent again", "mail", q.ID, "kind", q.Kind, "error", err)
	}
}

func (o *Outbox) failed(ctx context.Context, q Queued, cause error, next time.Time) {
	why := reason(cause)
	if next.IsZero() {
		o.log.Error("a mail was given up", "mail", q.ID, "kind", q.Kind, "tries", q.Tries+1, "error", why)
	} else {
		o.log.Warn("a mail was not sent", "mail", q.ID, "kind", q.Kind, "tries", q.Tries+1, "next", next, "error", why)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer cancel()
	if err := o.store.MailFailed(ctx, q.ID, why, o.now(), next); err != nil {
		o.log.Warn("cannot keep that a mail was not sent", "mail", q.ID, "error", err)
	}
}

// reason is an error in one line for an admin.
func reason(err error) string {
	text := []rune(oneLine(strings.ToValidUTF8(err.Error(), "?")))
	return string(text[:min(len(text), maxReason)])
}

// tidy removes mails that are done with. Without a mail server it gives those up whose content is no longer good: nothing
// else would end them.
func (o *Outbox) tidy(ctx context.Context) {
	if o.smtp == nil {
		o.expire(ctx)
	}
	if _, err := o.store.DeleteMail(ctx, o.now().Add(-keepDone)); err != nil && ctx.Err() == nil {
		o.log.Warn("cannot remove old mail", "error", err)
	}
}

// expire takes every mail that waits once, and gives up those that are too late.
func (o *Outbox) expire(ctx context.Context) {
	for now := o.now(); ctx.Err() == nil; {
		due, err := o.store.DueMail(ctx, now, now.Add(lease), batch)
		if err != nil {
			o.log.Warn("cannot read the outbox", "error", err)
			return
		}
		for _, q := range due {
			if c, err := o.box.open(q); err != nil {
				o.failed(ctx, q, err, time.Time{})
			} else if !now.Before(c.Until) {
				o.failed(ctx, q, errLate, time.Time{})
			}
		}
		if len(due) < batch {
			return
		}
	}
}

// message is a mail as it goes out. Its Message-ID is always the same, so that a mail that arrives twice can be told.
func (o *Outbox) message(q Queued, c content) *gomail.Msg {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from := o.from
	if from.Name == "" {
		from.Name = c.Workspace
	}
	m.SetAddrHeaderFromMailAddress(gomail.HeaderFrom, &from)
	m.SetAddrHeaderFromMailAddress(gomail.HeaderTo, &mail.Address{Address: q.To})
	m.Subject(c.Subject)
	m.SetDateWithValue(q.CreatedAt)
	_, domain, _ := strings.Cut(o.from.Address, "@")
	m.SetMessageIDWithValue(q.ID + "@" + domain)
	// Vacation notices and the like stay away from what no person wrote (RFC 3834, 5).
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	if c.Unsubscribe != "" { // RFC 8058: programs that show mail have a button for it
		m.SetGenHeader("List-Unsubscribe", "<"+c.Unsubscribe+">")
		m.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	m.SetBodyString(gomail.TypeTextPlain, c.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, c.HTML)
	return m
}
