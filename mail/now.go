package mail

import (
	"context"
	"errors"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// nowWait is how long one of several mails that are sent at once may take.
const nowWait = 10 * time.Second

// Test sends a mail at once, past the outbox. What the mail server, or the way there, said against it is in the message of the error:
// MAIL_NOT_SENT, or MAIL_NOT_SET_UP where there is no server. It is for admins.
func (o *Outbox) Test(ctx context.Context, to string) error {
	if o.smtp == nil {
		return errNoServer
	}
	_, _, err := o.sendNow(ctx, o.smtp, accounts.Letter{Kind: letterTest}, o.workspace(ctx), []string{to})
	return err
}

// SendNow sends a letter to addresses at once, past the outbox and its store, in the name of a workspace. All go over one connection
// where that lasts, and each has 10 seconds of its own. It returns how many were taken and the addresses that it did not come to,
// because the server could not be reached or ctx ended. The error is what was said last against a mail, as of Test.
func (o *Outbox) SendNow(ctx context.Context, l accounts.Letter, workspace string, to []string) (taken int, left []string, err error) {
	if o.smtp == nil {
		return 0, to, errNoServer
	}
	quick := *o.smtp
	quick.Send = nowWait
	return o.sendNow(ctx, &quick, l, workspace, to)
}

var errNoServer = fault.New(fault.Conflict, "MAIL_NOT_SET_UP", "No mail server is set. Set MAIL_SERVER and start again.")

func (o *Outbox) sendNow(
	ctx context.Context, server *SMTP, l accounts.Letter, workspace string, to []string,
) (taken int, left []string, err error) {
	c, err := o.compose(l, workspace)
	if err != nil {
		return 0, to, err
	}
	var s *session
	defer func() {
		if s != nil {
			s.close()
		}
	}()
	for i, address := range to {
		if wrong := CheckAddress(address); wrong != nil {
			err = wrong
			continue
		}
		if s == nil {
			var down error
			if s, down = server.connect(ctx, o.url); down != nil {
				return taken, to[i:], notSent(ctx, down)
			}
		}
		now := o.now()
		failed := s.send(o.message(Queued{ID: id.New(now), To: address, CreatedAt: now}, c))
		switch {
		case failed == nil:
			taken++
			continue
		case ctx.Err() != nil:
			return taken, to[i:], notSent(ctx, failed)
		case !alive(failed):
			s.close()
			s = nil
		}
		err = notSent(ctx, failed)
	}
	return taken, nil, err
}

func notSent(ctx context.Context, cause error) error {
	failed := fault.Away("MAIL_NOT_SENT", "The mail was not sent: "+reason(cause), cause)
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), failed)
	}
	return failed
}
