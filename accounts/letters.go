package accounts

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// LetterKind is what a mail is about.
type LetterKind string

// The kinds. Each has a subject and a text of its own in package mail.
const (
	LetterVerify       LetterKind = "verify-email"    // URL
	LetterExists       LetterKind = "account-exists"  // somebody tried to sign up with the address of an account; URL to sign in
	LetterReset        LetterKind = "reset-password"  // URL
	LetterChangeEmail  LetterKind = "change-email"    // to the new address: URL
	LetterEmailChanged LetterKind = "email-changed"   // to the old address: About["email"] is the new one
	LetterMagicLink    LetterKind = "magic-link"      // URL
	LetterDelete       LetterKind = "delete-account"  // URL
	LetterCode         LetterKind = "sign-in-code"    // Code
	LetterInvitation   LetterKind = "invitation"      // URL, About["by"]
	LetterNewDevice    LetterKind = "new-device"      // About["device"], About["address"], About["time"]; URL to the sessions
	LetterMissed       LetterKind = "missed-messages" // Items, More, Unsubscribe; URL to what is unread
	LetterAlarm        LetterKind = "alarm"           // About["alarm"] says which and why, About["time"]; URL to the page of operations
	LetterAlarmOver    LetterKind = "alarm-over"      // the same
	LetterNotice       LetterKind = "security-notice" // About["what"] is a sentence, About["address"], About["time"]; URL to the security page
)

// Letter is a mail to be written. Who sends it decides on its words.
type Letter struct {
	Kind  LetterKind
	To    string
	Name  string // of whom it goes to, "" where nobody is known
	URL   string // absolute
	Code  string
	Until string // how long URL or Code are good, such as "1 hour"
	About map[string]string
	Items []LetterItem // what it lists
	More  int64        // how many there are beside them
	// Unsubscribe is the address that ends letters of the kind by one click, without signing in; "" where nothing does.
	Unsubscribe string
}

// LetterItem is an entry of what a letter lists.
type LetterItem struct {
	Title string // who it is from, and where
	Text  string // on one line, "" where it is not told
	URL   string
	Why   string // the page that says why it is in the letter
}

// Mailer takes letters. Send returns once the letter is kept durably; it goes out later.
type Mailer interface {
	Send(ctx context.Context, l Letter) error
	// Delivers reports whether letters leave this machine. Without a mail server they stay in the outbox.
	Delivers() bool
}

// lettersAnHour is how many letters of a kind an address gets on the word of somebody who is not signed in.
const lettersAnHour = 3

// mayMail counts a letter of a kind to an address, known or not, and reports whether it may go out.
func (s *Service) mayMail(ctx context.Context, kind LetterKind, address string) (bool, error) {
	return s.within(ctx, lettersAnHour, time.Hour, "letter", string(kind), address)
}

// mailLink mails the link that link makes of the secret of a new ticket.
func (s *Service) mailLink(ctx context.Context, t Ticket, life time.Duration, l Letter, link func(secret string) string) error {
	secret, err := s.issue(ctx, t, life)
	if err != nil {
		return err
	}
	l.URL, l.Until = link(secret), lifeText(life)
	return s.mailer.Send(ctx, l)
}

// mailNobody does the work of mailLink where there is nobody to write to. Both write two rows before they answer, a ticket
// and a letter or what stands in for it, so that their time does not tell which addresses have accounts; answering first
// and mailing afterwards would hide it as well, but lose letters that were promised when the server stops.
func (s *Service) mailNobody(ctx context.Context) error {
	for range 2 {
		if _, err := s.issue(ctx, Ticket{Purpose: PurposeFailures}, time.Minute); err != nil {
			return err
		}
	}
	return nil
}

// mailExists tells the owner of an address that somebody tried to use it for an account.
func (s *Service) mailExists(ctx context.Context, email string) error {
	allowed, err := s.mayMail(ctx, LetterExists, email)
	if err != nil {
		return err
	}
	if !allowed {
		return s.mailNobody(ctx)
	}
	if _, err := s.issue(ctx, Ticket{Purpose: PurposeFailures}, time.Minute); err != nil { // in place of the ticket of a link
		return err
	}
	return s.mailer.Send(ctx, Letter{Kind: LetterExists, To: email, URL: s.link("/login")})
}

// tell sends a letter about something that has happened already: a failure stops nothing.
func (s *Service) tell(ctx context.Context, l Letter) {
	if err := s.mailer.Send(context.WithoutCancel(ctx), l); err != nil {
		s.failed(ctx, "send a letter", err)
	}
}

// notice tells a person of a change to what guards their account. what is a sentence.
func (s *Service) notice(ctx context.Context, u User, what string) {
	s.tell(ctx, Letter{
		Kind: LetterNotice, To: u.Email, Name: u.Shown(), URL: s.url + "/profile/security",
		About: map[string]string{"what": what, "address": deviceFrom(ctx).Address, "time": s.now().UTC().Format("2 January 2006, 15:04 UTC")},
	})
}

// link returns the address of a page of this server. query is names and values by turns; empty values are left out.
func (s *Service) link(path string, query ...string) string {
	address, mark := s.url+path, "?"
	for i := 0; i < len(query); i += 2 {
		if query[i+1] != "" {
			address += mark + query[i] + "=" + url.QueryEscape(query[i+1])
			mark = "&"
		}
	}
	return address
}

// lifeText says how long something is good.
func lifeText(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	switch {
	case d >= 48*time.Hour:
		n, unit = int(d/(24*time.Hour)), "day"
	case d >= time.Hour:
		n, unit = int(d/time.Hour), "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}
