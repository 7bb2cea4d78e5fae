package accounts

import (
	"context"
	"sync"
	"time"
)

// SignUpMode says who may make an account.
type SignUpMode string

// The modes of the SIGNUP setting.
const (
	SignUpOpen   SignUpMode = "open"
	SignUpInvite SignUpMode = "invite" // who brings an invitation
	SignUpClosed SignUpMode = "closed" // nobody: admins make the accounts
)

// Options are the parts that a Service is made of.
type Options struct {
	Store  Store
	Key    []byte // reduces long passwords; changing it locks those accounts out
	SignUp SignUpMode
	Now    func() time.Time
	Cores  int // passwords hashed at once
	// Cost is bcrypt's; 0 means the product's.
	Cost int
	// Host is the name of the server, which makes a bad password; "" for none.
	Host string
	// Common reports whether a lower-cased password is on the list of common ones.
	Common func(string) bool
	// URL is where people reach the server: scheme, host and port, no path. Links in mails begin with it.
	URL string
	// SealKey encrypts what has to be read again, such as the secrets of second factors. 32 bytes.
	SealKey []byte
	// RequireVerification lets nobody in before their address is proven.
	RequireVerification bool
	// Mailer takes mail.
	Mailer Mailer
	// Failed is told of work beside the request that did not succeed.
	Failed func(ctx context.Context, doing string, err error)
	// Leave takes a person who is going for good out of everything that they are in.
	Leave func(ctx context.Context, userID string) error
	// DropAvatar removes the file of a picture that nobody shows any more, by the path where it was served; nil keeps all.
	DropAvatar func(ctx context.Context, path string)
	// Welcome puts a person where everyone is. It may be called again for someone who is there already.
	Welcome func(ctx context.Context, userID string) error
	// Changed is told what others see of a person whose profile changed.
	Changed func(User)
	// EndStreams ends a person's open streams: those of one session, or with sessionID "" all but those of except.
	EndStreams func(ctx context.Context, userID, sessionID, except string)
	// SetupToken opens the set-up page at every server that has it; where it is empty, each start makes its own.
	SetupToken string
	// SessionMoved is told that a session of a person takes the place of another, which ends; nil where nothing hangs on one.
	SessionMoved func(ctx context.Context, userID, from, to string)
	// Workspace returns what the workspace is called, for authenticators; nil for the product's name.
	Workspace func(ctx context.Context) string
}

// Service holds the rules of accounts. It is safe for concurrent use.
type Service struct {
	store      Store
	signUp     SignUpMode
	url        string
	seal       []byte
	mailer     Mailer
	failed     func(context.Context, string, error)
	leave      func(context.Context, string) error
	dropAvatar func(context.Context, string)

	requireVerification bool

	now        func() time.Time
	passwords  *passwords
	host       string
	common     func(string) bool
	welcome    func(context.Context, string) error
	changed    func(User)
	endStreams func(context.Context, string, string, string)
	moved      func(context.Context, string, string, string)
	workspace  func(context.Context) string
	setup      setupToken
	setupAt    string // the token of every server, "" for none
	policy     *Setting[Policy]
	fields     *Setting[fieldList]
	ways       wayLocks

	// admins is held while the number of admins may fall, so that the last two do not go at once.
	admins sync.Mutex
}

// NewService returns a Service. Every part of o must be set but those that say what stands for none.
func NewService(o Options) *Service {
	if o.Cost == 0 {
		o.Cost = bcryptCost
	}
	if o.SessionMoved == nil {
		o.SessionMoved = func(context.Context, string, string, string) {}
	}
	if o.Workspace == nil {
		o.Workspace = func(context.Context) string { return product }
	}
	return &Service{
		workspace: o.Workspace,
		store:     o.Store, signUp: o.SignUp, now: o.Now, passwords: newPasswords(o.Key, o.Cost, o.Cores), host: o.Host, common: o.Common,
		url: o.URL, seal: o.SealKey, mailer: o.Mailer, failed: o.Failed, leave: o.Leave, dropAvatar: o.DropAvatar, requireVerification: o.RequireVerification,
		welcome: o.Welcome, changed: o.Changed, endStreams: o.EndStreams, moved: o.SessionMoved, setupAt: o.SetupToken,
		policy: NewSetting[Policy](o.Store, policySetting, o.Now), fields: NewSetting[fieldList](o.Store, fieldsSetting, o.Now),
	}
}
