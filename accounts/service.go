package accounts

import (
	"context"
	"errors"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// SignUpMode says who may make an account.
type SignUpMode string

// The modes of the SIGNUP setting.
const (
	SignUpOpen   SignUpMode = "open"
	SignUpInvite SignUpMode = "invite"
	SignUpClosed SignUpMode = "closed"
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
	// Welcome puts a person where everyone is. It may be called again for someone who is there already.
	Welcome func(ctx context.Context, userID string) error
	// Changed is told what others see of a person whose profile changed.
	Changed func(User)
	// EndStreams ends a person's open streams: those of one session, or with sessionID "" all but those of except.
	EndStreams func(ctx context.Context, userID, sessionID, except string)
}

// Service holds the rules of accounts. It is safe for concurrent use.
type Service struct {
	store      Store
	signUp     SignUpMode
	now        func() time.Time
	passwords  *passwords
	host       string
	common     func(string) bool
	welcome    func(context.Context, string) error
	changed    func(User)
	endStreams func(context.Context, string, string, string)
	setup      setupToken
}

// NewService returns a Service. Every part of o but Cost and Host must be set.
func NewService(o Options) *Service {
	if o.Cost == 0 {
		o.Cost = bcryptCost
	}
	return &Service{
		store: o.Store, signUp: o.SignUp, now: o.Now, passwords: newPasswords(o.Key, o.Cost, o.Cores), host: o.Host, common: o.Common,
		welcome: o.Welcome, changed: o.Changed, endStreams: o.EndStreams,
	}
}

// Draft is what a person says of themselves when they sign up.
type Draft struct {
	Email       string
	Password    string
	Name        string
	DisplayName string
	Phone       string
}

// SignUpOpen reports whether anyone may make an account.
func (s *Service) SignUpOpen() bool { return s.signUp == SignUpOpen }

// SignUp makes an account with the role user. A taken address is a Conflict with code EMAIL_TAKEN.
func (s *Service) SignUp(ctx context.Context, d Draft) (User, error) {
	if s.signUp != SignUpOpen {
		return User{}, fault.New(fault.Forbidden, "SIGN_UP_DISABLED", "Sign-up is closed here. Ask an admin for an invitation.")
	}
	return s.create(ctx, d, RoleUser, s.store.CreateUser)
}

// CreateAdmin makes an account with the role admin, for the command line.
func (s *Service) CreateAdmin(ctx context.Context, d Draft) (User, error) {
	return s.create(ctx, d, RoleAdmin, s.store.CreateUser)
}

func (s *Service) create(ctx context.Context, d Draft, role Role, store func(context.Context, User, string) error) (User, error) {
	u, err := s.draftUser(d, role)
	if err != nil {
		return User{}, err
	}
	if err := s.checkNewPassword(d.Password, u.Email, u.Name, s.host); err != nil {
		return User{}, err
	}
	hash, err := s.passwords.hash(ctx, d.Password)
	if err != nil {
		return User{}, err
	}
	for attempt := 0; ; attempt++ {
		u.Username = usernameFrom(u.Email, attempt)
		err = store(ctx, u, hash)
		var taken *fault.Error
		if attempt < 5 && errors.As(err, &taken) && taken.Code == "USERNAME_TAKEN" {
			continue
		}
		break
	}
	if err != nil {
		return User{}, err
	}
	return u, s.welcome(ctx, u.ID)
}

func (s *Service) draftUser(d Draft, role Role) (User, error) {
	email, err := CleanEmail(d.Email)
	if err != nil {
		return User{}, err
	}
	name, err := cleanName("name", d.Name)
	if err != nil {
		return User{}, err
	}
	display, err := cleanShownName("displayName", d.DisplayName)
	if err != nil {
		return User{}, err
	}
	phone, err := cleanText("phone", d.Phone, MaxPhone)
	if err != nil {
		return User{}, err
	}
	now := s.now()
	return User{
		ID: id.New(now), Email: email, Name: name, DisplayName: display, Phone: phone, Role: role,
		Preferences: "{}", Status: StatusOnline, CreatedAt: now, UpdatedAt: now,
	}, nil
}

var errCredentials = fault.New(fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")

// Authenticate returns the person whom an address and a password belong to. Every failure is the same error after the
// same work, whether the address is known or not.
func (s *Service) Authenticate(ctx context.Context, email, password string) (User, error) {
	if len(password) > 4*MaxPassword {
		return User{}, errCredentials
	}
	u, hash, err := s.credentials(ctx, email)
	if err != nil {
		return User{}, err
	}
	ok, stale, err := s.passwords.check(ctx, hash, password)
	if err != nil {
		return User{}, err
	}
	if !ok || u.Deactivated {
		return User{}, errCredentials
	}
	if stale {
		if next, err := s.passwords.hash(ctx, password); err == nil {
			// A failure leaves the old hash, which is as good and is replaced next time.
			_ = s.store.ReplacePasswordHash(ctx, u.ID, hash, next, s.now())
		}
	}
	return u, nil
}

// credentials returns the person and the hash for an address, and nothing without an error where there is none.
func (s *Service) credentials(ctx context.Context, email string) (User, string, error) {
	email, err := CleanEmail(email)
	if err != nil {
		return User{}, "", nil
	}
	u, err := s.store.UserByEmail(ctx, email)
	if fault.Is(err, fault.NotFound) {
		return User{}, "", nil
	}
	if err != nil {
		return User{}, "", err
	}
	hash, err := s.store.PasswordHash(ctx, u.ID)
	return u, hash, err
}
