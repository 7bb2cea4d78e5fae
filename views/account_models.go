package views

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/plugins"
)

// Tab is one of the pages of one's own account, or of those for admins, by its address.
type Tab string

// The tabs.
const (
	TabAccount       Tab = "/profile"
	TabSecurity      Tab = "/profile/security"
	TabSessions      Tab = "/profile/sessions"
	TabTokens        Tab = "/profile/tokens"
	TabNotifications Tab = "/profile/notifications"
	TabData          Tab = "/profile/data"
	TabLog           Tab = "/profile/log"
)

type tabName struct {
	tab  Tab
	name string
}

var ownTabs = []tabName{
	{TabAccount, "Account"}, {TabSecurity, "Security"}, {TabSessions, "Sessions"}, {TabTokens, "Tokens"},
	{TabNotifications, "Notifications"}, {TabData, "Your data"}, {TabLog, "Security log"},
}

// Own is the frame of a page of one's own account, or of one for admins.
type Own struct {
	Shell
	Tab Tab
	// Stale says that the person has to confirm who they are before they change what guards the account.
	Stale bool
	// MustEnroll says that nothing else is open to them before they have a second factor.
	MustEnroll bool
	// Form names the form that failed, and Wrong says why.
	Form  string
	Wrong Wrong
}

// problem returns what is wrong with a form.
func (o Own) problem(form string) Wrong {
	if o.Form == form {
		return o.Wrong
	}
	return Wrong{}
}

// failed reports whether a form, which may be folded away, has to be seen.
func (o Own) failed(form string) bool { return o.Form == form && o.Wrong.Message != "" }

// Profile is the page of the account itself.
type Profile struct {
	Own
	Email       string
	Verified    bool
	NewEmail    string // as it was typed where the change failed
	Waiting     bool   // a link is on its way to another address
	Mails       bool   // there is a way for mails to be read
	Name        string
	Username    string
	DisplayName string
	Phone       string
	Fields      []FieldEntry
	Mood        Mood
	CtrlEnter   bool // sends messages, and Enter does not
}

// Mood is the form for where a person is and what they are up to.
type Mood struct {
	Status  accounts.Status
	Emoji   string
	Message string
	When    When // with the choices of chat.StatusEnd beside the times
	Pause   bool
}

// Security is the page of what guards the account.
type Security struct {
	Own
	HasPassword bool
	TwoFactor   bool
	CodesLeft   int
	PasskeysOn  bool // this server can have passkeys
	Passkeys    []accounts.Passkey
	Links       []Link
	Providers   []Provider // that are on and not linked yet
	LastWay     bool       // there is one way in left
	Problem     string     // what went wrong at a provider
}

// Link is an account at a provider that signs a person in.
type Link struct {
	ID    string
	Label string
	Email string
	Since time.Time
}

// TwoFactorSetup is the page with the secret of a second factor that is being set up.
type TwoFactorSetup struct {
	Own
	Secret string
	QR     []byte // PNG
}

// inPage is the address of a PNG that stands in the page itself.
func inPage(picture []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)
}

// BackupCodes is the page that shows backup codes, once.
type BackupCodes struct {
	Own
	Codes []string
	New   bool // the second factor was turned on just now
}

// file returns the codes as the address of a text file.
func (b BackupCodes) file() string {
	text := "Backup codes for Pegasus, account @" + b.Me.Username + "\nEach works once.\n\n" + strings.Join(b.Codes, "\n") + "\n"
	return "data:text/plain;charset=utf-8," + url.PathEscape(text)
}

// Sessions lists where a person is signed in.
type Sessions struct {
	Own
	Here   accounts.Session
	Others []accounts.Session
}

// Tokens lists the personal access tokens of a person.
type Tokens struct {
	Own
	Tokens []accounts.Token
	Now    time.Time
	Made   string // the new token, shown once
	Name   string
	Scopes map[accounts.Scope]bool
	Life   string
}

type scopeText struct {
	scope       accounts.Scope
	name, about string
}

// scopes says what tokens may do. The last is for admins.
var scopes = []scopeText{
	{accounts.ScopeRead, "Read", "Read the channels and messages that you can read."},
	{accounts.ScopeWrite, "Write", "Send and edit messages, and change channels, as you can."},
	{accounts.ScopeAdmin, "Admin", "Use your admin rights over people and the workspace."},
}

// lives are the lives of a token that can be chosen, in days; 0 is for ever.
var lives = []struct{ value, text string }{
	{"7", "7 days"}, {"30", "30 days"}, {"90", "90 days"}, {"365", "1 year"}, {"0", "No end"},
}

// Notifications is what a person wants mail about.
type Notifications struct {
	Own
	NewDevice bool
	Messages  MessageNotices
	Browsers  Browsers
}

// OwnData is the page where people take their data, or their leave.
type OwnData struct {
	Own
	Email       string
	Typed       string
	HasPassword bool
}

// Deletion is the page that a mailed link opens.
type Deletion struct {
	Own
	Email string
	Token string
}

// SecurityLog is what happened to an account.
type SecurityLog struct {
	Own
	Events []accounts.Event
	Older  string // where the log goes on, "" at its end
}

// Confirm is the page that asks who is there.
type Confirm struct {
	Own
	ReturnTo    string
	HasPassword bool
	TwoFactor   bool
}

// Managed is somebody as those who keep order see them.
type Managed struct {
	Person Person
	User   accounts.User
}

// AdminPerson is one person for those who keep order.
type AdminPerson struct {
	Own
	Managed
	Now      time.Time
	Sessions []accounts.Session
	May      func(accounts.Right) bool
	Self     bool
	Link     string // a link that sets a password, shown once
	Reason   string
	Until    string
	Used     *plugins.PersonUsed // of models, nil for who may not see it
	Budget   string              // as it was typed, where that could not be taken
}

// AdminInvitations lists invitations.
type AdminInvitations struct {
	Own
	Invitations []accounts.Invitation
	Now         time.Time
	Older       string
	Link        string // of the new one, shown once
	QR          []byte // the same as a PNG
	MailedTo    string
	Email       string
	Role        accounts.Role
	MaxUses     string
	Life        string
}

// AdminPolicy is what holds for everyone.
type AdminPolicy struct {
	Own
	RequireTwoFactor bool
	Mine             bool // the admin has a second factor
	Without          int  // people who have none
	Total            int
}
