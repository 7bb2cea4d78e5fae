package api

import (
	"context"
	"net/http"

	"pegasus/accounts"
	"pegasus/api/betterauth"
	"pegasus/fault"
	"pegasus/sessions"
	"pegasus/web"
)

type authStatus struct {
	AuthProvider       string        `json:"auth_provider"`
	BackendIntegration string        `json:"backend_integration"`
	SupportedProviders []string      `json:"supported_providers" nullable:"false"`
	Endpoints          authEndpoints `json:"endpoints"`
}

type authEndpoints struct {
	Login             string `json:"login"`
	Logout            string `json:"logout"`
	Session           string `json:"session"`
	Registration      string `json:"registration"`
	EmailVerification string `json:"email_verification"`
}

func (d *door) authStatus(context.Context, *none) (*reply[authStatus], error) {
	out := authStatus{
		AuthProvider:       "Pegasus",
		BackendIntegration: "One server: session cookie or bearer token",
		SupportedProviders: []string{"credentials"},
		Endpoints: authEndpoints{
			Login: "/api/auth/sign-in/email", Logout: "/api/auth/logout", Session: "/api/auth/session",
			Registration: "/api/auth/register", EmailVerification: "/api/auth/verify-email",
		},
	}
	for _, p := range d.Providers.List() {
		out.SupportedProviders = append(out.SupportedProviders, p.Name)
	}
	return ok(out)
}

// currentSession is empty where nobody is signed in.
type currentSession struct {
	User    *betterauth.User `json:"user,omitempty"`
	Session *sessionInfo     `json:"session,omitempty"`
	Expires string           `json:"expires,omitempty" format:"date-time"`
}

// sessionInfo leaves the token out: scripts of a page have no use for it.
type sessionInfo struct {
	ID        string `json:"id"`
	UserID    string `json:"userId"`
	ExpiresAt string `json:"expiresAt" format:"date-time"`
	CreatedAt string `json:"createdAt" format:"date-time"`
	UpdatedAt string `json:"updatedAt" format:"date-time"`
	IPAddress string `json:"ipAddress"`
	UserAgent string `json:"userAgent"`
}

func (d *door) session(ctx context.Context, _ *none) (*reply[currentSession], error) {
	current, signedIn := sessions.From(ctx)
	if !signedIn {
		return ok(currentSession{})
	}
	s, user := current.Session, betterauth.NewUser(current.User)
	return ok(currentSession{
		User: &user, Expires: web.Time(s.ExpiresAt),
		Session: &sessionInfo{
			ID: s.ID, UserID: s.UserID, ExpiresAt: web.Time(s.ExpiresAt), CreatedAt: web.Time(s.CreatedAt), UpdatedAt: web.Time(s.UpdatedAt),
			IPAddress: s.Address, UserAgent: s.UserAgent,
		},
	})
}

type registerRequest struct {
	Body struct {
		Email      string `json:"email" doc:"A plain ASCII address" example:"ada@example.com"`
		Password   string `json:"password" doc:"8 to 128 characters"`
		Name       string `json:"name" doc:"1 to 80 characters"`
		Phone      string `json:"phone,omitempty" nullable:"true" doc:"At most 32 characters"`
		Invitation string `json:"invitation,omitempty" doc:"The token of an invitation"`
	}
}

type registered struct {
	Message   string         `json:"message"`
	User      registeredUser `json:"user"`
	EmailSent bool           `json:"email_sent"`
	NextStep  string         `json:"next_step"`
}

type registeredUser struct {
	ID            string `json:"id"`
	Email         string `json:"email"`
	Username      string `json:"username"`
	FullName      string `json:"full_name"`
	Role          string `json:"role" enum:"user,moderator,admin"`
	EmailVerified bool   `json:"email_verified"`
}

func (d *door) register(ctx context.Context, in *registerRequest) (*reply[registered], error) {
	joined, err := d.Accounts.SignUp(ctx, accounts.Draft{
		Email: in.Body.Email, Password: in.Body.Password, Name: in.Body.Name, Phone: in.Body.Phone,
		Invitation: in.Body.Invitation,
	})
	if err != nil {
		return nil, err
	}
	u := joined.User
	out := registered{
		Message: "Registration successful! You can sign in now.",
		User: registeredUser{
			ID: u.ID, Email: u.Email, Username: u.Username, FullName: u.Name, Role: string(u.Role), EmailVerified: u.EmailVerified,
		},
		EmailSent: joined.Mailed,
		NextStep:  "Sign in at /login with your e-mail address and password",
	}
	if joined.Verify {
		out.Message = "Registration successful! Please check your mail to verify your address."
		out.NextStep = "Open the link in the mail, then sign in at /login"
	}
	return ok(out)
}

type verifyEmailRequest struct {
	Body struct {
		Token string `json:"token" doc:"From the link in the mail"`
	}
}

type verifiedEmail struct {
	Message  string       `json:"message"`
	User     verifiedUser `json:"user"`
	NextStep string       `json:"next_step"`
}

type verifiedUser struct {
	ID            string `json:"id"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
}

func (d *door) verifyEmail(ctx context.Context, in *verifyEmailRequest) (*reply[verifiedEmail], error) {
	u, _, err := d.Accounts.VerifyEmail(ctx, in.Body.Token)
	if f := fault.From(err); f != nil && f.Code == "INVALID_TOKEN" {
		return nil, fault.Field("token", "INVALID_TOKEN", "This link is not valid any more. Please ask for a new one.")
	}
	if err != nil {
		return nil, err
	}
	return ok(verifiedEmail{
		Message: "Email verified successfully!", User: verifiedUser{ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified},
		NextStep: "Sign in at /login",
	})
}

type resendVerificationRequest struct {
	Body struct {
		Email string `json:"email"`
	}
}

// resendVerification answers the same whether there is such an account or not.
func (d *door) resendVerification(ctx context.Context, in *resendVerificationRequest) (*reply[notice], error) {
	if err := d.Accounts.SendVerification(ctx, in.Body.Email, ""); err != nil {
		return nil, err
	}
	return ok(notice{Message: "If this address needs to be verified, a mail is on its way."})
}

func (d *door) logout(w http.ResponseWriter, r *http.Request) {
	if err := d.Sessions.SignOut(w, r); err != nil {
		web.WriteJSONError(w, r, err)
		return
	}
	web.WriteJSON(w, http.StatusOK, notice{Message: "Status updated to offline. You are signed out."})
}
