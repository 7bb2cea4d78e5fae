package accounts

import (
	"context"
	"errors"
	"strings"

	"pegasus/fault"
	"pegasus/id"
)

// Draft is what a person says of themselves when they sign up.
type Draft struct {
	Email       string
	Password    string
	Name        string
	DisplayName string
	Phone       string
	Username    string // "" makes one of the address
	Preferences string // a JSON object, "" for an empty one
	Invitation  string // the token of an invitation, which opens a sign-up by invitation
	Callback    string // where the link of the verification mail goes on to, "" for the product's own page
}

// SignedUp is what a sign-up led to.
type SignedUp struct {
	// User is the new person. Where Verify is set and the address was taken it is made up, so that nobody can tell.
	User User
	// Verify says that the address has to be proven first: nobody is to be signed in.
	Verify bool
	// Mailed says that a mail about it leaves this machine.
	Mailed bool
}

// SignUpOpen reports whether anyone may make an account.
func (s *Service) SignUpOpen() bool { return s.signUp == SignUpOpen }

// SignUpMode says who may make an account.
func (s *Service) SignUpMode() SignUpMode { return s.signUp }

// RequiresVerification reports whether people prove their address before they are signed in.
func (s *Service) RequiresVerification() bool { return s.requireVerification }

// MailDelivers reports whether mail leaves this machine.
func (s *Service) MailDelivers() bool { return s.mailer.Delivers() }

var errSignUpClosed = fault.New(fault.Forbidden, "SIGN_UP_DISABLED", "Sign-up is closed here. Ask an admin for an invitation.")

// SignUp makes an account with the role user, or that of the invitation. A taken address is a Conflict with code
// EMAIL_TAKEN; where addresses have to be proven first it answers as a free one does, and mails its owner. One of a domain that the
// policy keeps out is EMAIL_DOMAIN_NOT_ALLOWED.
func (s *Service) SignUp(ctx context.Context, d Draft) (SignedUp, error) {
	if s.signUp != SignUpOpen && (s.signUp != SignUpInvite || d.Invitation == "") {
		return SignedUp{}, errSignUpClosed
	}
	u, err := s.draftUser(d, RoleUser)
	if err == nil {
		err = s.checkPasswordOf(u, d.Password)
	}
	if err == nil {
		err = s.usernameFree(ctx, u.Username)
	}
	if err == nil {
		err = s.notLikeBot(ctx, u.Name, u.DisplayName, u.Username)
	}
	if err == nil {
		err = s.mayJoin(ctx, u.Email, d.Invitation)
	}
	if err != nil {
		return SignedUp{}, err
	}
	invitation, err := s.useInvitation(ctx, d.Invitation, &u)
	if err != nil {
		return SignedUp{}, err
	}
	verify := s.requireVerification && !u.EmailVerified
	made, err := s.create(ctx, u, d.Password, s.store.CreateUser)
	if verify && errors.Is(err, ErrEmailTaken) {
		// The invitation stays used: else its count would tell.
		return s.pretend(ctx, u)
	}
	if err != nil {
		s.returnInvitation(ctx, invitation)
		return SignedUp{}, err
	}
	s.record(ctx, Event{Action: ActionSignUp, ActorID: made.ID, UserID: made.ID, Details: map[string]string{"way": string(WayPassword)}})
	if invitation.ID != "" {
		s.record(ctx, Event{Action: ActionInvitationUsed, ActorID: made.ID, UserID: made.ID, Details: map[string]string{"invitation": invitation.ID}})
	}
	return SignedUp{User: made, Verify: verify, Mailed: s.welcomeByMail(ctx, made, d.Callback)}, nil
}

// welcomeByMail asks a new person to prove their address, where it is not proven and a mail can get there or must. It
// reports whether one is on its way.
func (s *Service) welcomeByMail(ctx context.Context, u User, callback string) bool {
	if u.EmailVerified || !s.mailer.Delivers() && !s.requireVerification {
		return false
	}
	_, err := s.mayMail(ctx, LetterVerify, u.Email)
	if err == nil {
		_, err = s.mayMailUnverified(ctx, u) // this is the mail; another would end its link
	}
	if err == nil {
		err = s.mailVerification(ctx, u, callback)
	}
	if err != nil {
		s.failed(ctx, "mail a new person", err) // the account stands, and they can ask for another mail
	}
	return err == nil && s.mailer.Delivers()
}

// pretend answers a sign-up with a taken address as that of a free one is answered, with about as much work.
func (s *Service) pretend(ctx context.Context, u User) (SignedUp, error) {
	if err := s.mailExists(ctx, u.Email); err != nil {
		return SignedUp{}, err
	}
	// In place of the person and the event.
	if err := s.mailNobody(ctx); err != nil {
		return SignedUp{}, err
	}
	for attempt := 0; u.Username == ""; attempt++ {
		// The name that a new person would have got: the owner of the address may stand in nobody's way.
		name := usernameFrom(u.Email, attempt)
		holder, err := s.store.UserByUsername(ctx, name)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return SignedUp{}, err
		}
		if err != nil || holder.Email == u.Email {
			u.Username = name
		}
	}
	return SignedUp{User: u, Verify: true, Mailed: s.mailer.Delivers()}, nil
}

// CreateAdmin makes an account with the role admin, for the command line. Who holds the server needs to prove no address.
func (s *Service) CreateAdmin(ctx context.Context, d Draft) (User, error) {
	u, err := s.createAdmin(ctx, d, s.store.CreateUser)
	if err == nil {
		s.record(ctx, Event{Action: ActionCreated, UserID: u.ID, Details: map[string]string{"role": string(RoleAdmin)}})
	}
	return u, err
}

func (s *Service) createAdmin(ctx context.Context, d Draft, store func(context.Context, User, string) error) (User, error) {
	u, err := s.draftUser(d, RoleAdmin)
	if err == nil {
		err = s.checkPasswordOf(u, d.Password)
	}
	if err != nil {
		return User{}, err
	}
	u.EmailVerified = true
	return s.create(ctx, u, d.Password, store)
}

// join makes an account without a password for somebody who has proven their address. name is what they are called
// elsewhere; where that will not do as a name here, the address gives one.
func (s *Service) join(ctx context.Context, email, name string, way Way) (User, error) {
	if s.signUp != SignUpOpen {
		return User{}, errSignUpClosed
	}
	u, err := s.draftUser(Draft{Email: email, Name: nameFor(email, name)}, RoleUser)
	if err == nil {
		err = s.mayJoin(ctx, u.Email, "")
	}
	if err != nil {
		return User{}, err
	}
	u.EmailVerified = true
	if err := s.notLikeBot(ctx, u.Name); fault.Is(err, fault.Invalid) {
		u.Name = "Member"
	} else if err != nil {
		return User{}, err
	}
	if u, err = s.create(ctx, u, "", s.store.CreateUser); err != nil {
		return User{}, err
	}
	s.record(ctx, Event{Action: ActionSignUp, ActorID: u.ID, UserID: u.ID, Details: map[string]string{"way": string(way)}})
	return u, nil
}

func nameFor(email, name string) string {
	local, _, _ := strings.Cut(email, "@")
	for _, name := range []string{name, local} {
		if _, err := cleanName("name", name); err == nil {
			return name
		}
	}
	return "Member"
}

// create stores a person, with no password where it is "". A username that was not chosen is made of the address.
func (s *Service) create(
	ctx context.Context, u User, password string, store func(context.Context, User, string) error,
) (User, error) {
	hash := ""
	if password != "" {
		var err error
		if hash, err = s.passwords.hash(ctx, password); err != nil {
			return User{}, err
		}
	}
	chosen := u.Username != ""
	for attempt := 0; ; attempt++ {
		if !chosen {
			u.Username = usernameFrom(u.Email, attempt)
		}
		err := store(ctx, u, hash)
		if !chosen && attempt < 5 && errors.Is(err, ErrUsernameTaken) {
			continue
		}
		if err != nil {
			return User{}, err
		}
		if err := s.welcome(ctx, u.ID); err != nil {
			s.failed(ctx, "welcome a new person", err) // done again whenever they come in
		}
		return u, nil
	}
}

// usernameFree reports, as an error, that a chosen username is taken: before the address is looked at, which must not
// show in the answer.
func (s *Service) usernameFree(ctx context.Context, username string) error {
	if username == "" {
		return nil
	}
	_, err := s.store.UserByUsername(ctx, username)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		err = ErrUsernameTaken
	}
	return err
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
	username := ""
	if d.Username != "" {
		if username, err = cleanUsername(d.Username); err != nil {
			return User{}, err
		}
	}
	preferences := "{}"
	if d.Preferences != "" {
		preferences = d.Preferences
	}
	if err := checkPreferences(preferences); err != nil {
		return User{}, err
	}
	now := s.now()
	return User{
		ID: id.New(now), Email: email, Name: name, Username: username, DisplayName: display, Phone: phone, Role: role,
		Preferences: preferences, Status: StatusOnline, Notify: Notify{NewDevice: true}, CreatedAt: now, UpdatedAt: now,
	}, nil
}
