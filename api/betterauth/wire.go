package betterauth

import (
	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/web"
)

// SignUpRequest is the body of a sign-up. A role in it is ignored.
type SignUpRequest struct {
	Name        string `json:"name"`
	Email       string `json:"email"`
	Password    string `json:"password" doc:"8 to 128 characters"`
	DisplayName string `json:"displayName,omitempty"`
	Phone       string `json:"phone,omitempty"`
	CallbackURL string `json:"callbackURL,omitempty" doc:"A local path"`
	RememberMe  bool   `json:"rememberMe,omitempty" doc:"true where it is left out; false ends with the browser, or after a day"`
}

// SignUpResponse is the answer to a sign-up.
type SignUpResponse struct {
	Token string `json:"token"`
	User  User   `json:"user"`
}

// SignInRequest is the body of a sign-in.
type SignInRequest struct {
	Email       string `json:"email"`
	Password    string `json:"password"`
	CallbackURL string `json:"callbackURL,omitempty" doc:"A local path"`
	RememberMe  bool   `json:"rememberMe,omitempty" doc:"true where it is left out; false ends with the browser, or after a day"`
}

// SignInResponse is the answer to a sign-in. Clients go to URL where Redirect is true.
type SignInResponse struct {
	Redirect bool   `json:"redirect"`
	Token    string `json:"token"`
	URL      string `json:"url,omitempty"`
	User     User   `json:"user"`
}

// Success is the answer to a sign-out.
type Success struct {
	Success bool `json:"success"`
}

// OK is the answer of the self-check.
type OK struct {
	OK bool `json:"ok"`
}

// SessionAndUser is who is signed in.
type SessionAndUser struct {
	Session Session `json:"session"`
	User    User    `json:"user"`
}

// Session is a signed-in device.
type Session struct {
	ID        string `json:"id"`
	UserID    string `json:"userId"`
	Token     string `json:"token"`
	ExpiresAt string `json:"expiresAt" format:"date-time"`
	CreatedAt string `json:"createdAt" format:"date-time"`
	UpdatedAt string `json:"updatedAt" format:"date-time"`
	IPAddress string `json:"ipAddress"`
	UserAgent string `json:"userAgent"`
}

// User is a person as they see themselves.
type User struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	Email         string  `json:"email"`
	EmailVerified bool    `json:"emailVerified"`
	Image         *string `json:"image"`
	CreatedAt     string  `json:"createdAt" format:"date-time"`
	UpdatedAt     string  `json:"updatedAt" format:"date-time"`
	Role          string  `json:"role" enum:"user,moderator,admin"`
	DisplayName   string  `json:"displayName"`
	Username      string  `json:"username"`
	Phone         string  `json:"phone"`
	Preferences   string  `json:"preferences" doc:"A JSON object as text"`
}

// NewUser returns a person in the form of the protocol.
func NewUser(u accounts.User) User {
	out := User{
		ID: u.ID, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified, CreatedAt: web.Time(u.CreatedAt), UpdatedAt: web.Time(u.UpdatedAt),
		Role: string(u.Role), DisplayName: u.DisplayName, Username: u.Username, Phone: u.Phone, Preferences: u.Preferences,
	}
	if u.Avatar != "" {
		out.Image = &u.Avatar
	}
	return out
}

func newSession(c sessions.Current) Session {
	s := c.Session
	return Session{
		ID: s.ID, UserID: s.UserID, Token: c.Token, ExpiresAt: web.Time(s.ExpiresAt), CreatedAt: web.Time(s.CreatedAt), UpdatedAt: web.Time(s.UpdatedAt),
		IPAddress: s.Address, UserAgent: s.UserAgent,
	}
}

// at returns a time as the protocol's client turns it into a date: with no more than milliseconds.
