package views

import "time"

// Provider is somebody else who can sign a person in.
type Provider struct {
	Name  string
	Label string
}

// SignIn is the sign-in page as somebody filled it in.
type SignIn struct {
	ReturnTo   string
	Email      string
	Remember   bool
	SignUpOpen bool
	Mails      bool // links can be mailed
	Passkeys   bool
	Unverified bool // the address has to be proven first
	Providers  []Provider
	Notice     string // said above the form, "" for nothing
	Wrong      Wrong
}

// Joining says who may make an account.
type Joining string

// The states of the sign-up page.
const (
	JoinOpen    Joining = "open"
	JoinInvited Joining = "invited" // by an invitation that is good
	JoinInvite  Joining = "invite"  // by invitation alone, and there is none
	JoinClosed  Joining = "closed"
)

// Account is the form that makes an account, as somebody filled it in: of the sign-up and the set-up page.
type Account struct {
	Email     string
	Name      string
	Token     string // of the set-up link or the invitation
	ReturnTo  string
	Joining   Joining
	Fixed     bool     // the invitation is for this address alone
	Moderator bool     // the invitation makes a moderator
	Domains   []string // of whose addresses one makes an account, none for all
	Spent     bool     // there was an invitation that is no good
	Providers []Provider
	Wrong     Wrong
}

// The ways to answer a challenge, by the names of the domain.
const (
	MethodApp    = "totp"
	MethodBackup = "backup-code"
	MethodMail   = "otp"
)

// SecondFactor is the page that asks for the second factor.
type SecondFactor struct {
	ReturnTo string
	Name     string // of whom it asks
	Method   string
	Mails    bool // a code can be mailed
	Over     bool // there were too many wrong codes
	Wrong    Wrong
}

// The kinds of mail that somebody waits for.
const (
	AwaitVerify = "verify-email"
	AwaitReset  = "reset-password"
	AwaitMagic  = "magic-link"
)

// Awaiting is the page that says that a mail is on its way.
type Awaiting struct {
	Kind     string
	Email    string
	ReturnTo string
	Delivers bool // mail leaves this server
	Outbox   bool // the outbox page shows it
}

// MailForm asks for an address that a mail is to go to.
type MailForm struct {
	Kind     string
	Email    string
	ReturnTo string
	Mails    bool // there is a way for mails to be read
	Wrong    Wrong
}

// MailedLink is the page behind a link that was mailed. With Bad set the link is no good.
type MailedLink struct {
	Token    string
	ReturnTo string
	Bad      bool
	Wrong    Wrong
}

// Mail is a mail in the outbox, as developers see it.
type Mail struct {
	Kind    string
	To      string
	Subject string
	Text    string
	At      time.Time
	SentAt  time.Time // zero where it was not sent
	Failure string    // why it was not sent, "" for nothing
}
