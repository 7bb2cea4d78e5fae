package betterauth

import (
	"time"

	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/web"
)

// Session is a signed-in device.
type Session struct {
	ID             string `json:"id"`
	UserID         string `json:"userId"`
	Token          string `json:"token" doc:"Of another device than this one: a handle that is good for ending its session, and for nothing else"`
	ExpiresAt      string `json:"expiresAt" format:"date-time"`
	CreatedAt      string `json:"createdAt" format:"date-time"`
	UpdatedAt      string `json:"updatedAt" format:"date-time"`
	IPAddress      string `json:"ipAddress"`
	UserAgent      string `json:"userAgent"`
	ImpersonatedBy string `json:"impersonatedBy,omitempty" doc:"The admin who acts as this person"`
}

// User is a person as they see themselves, and as admins see them.
type User struct {
	ID               string  `json:"id"`
	Name             string  `json:"name"`
	Email            string  `json:"email"`
	EmailVerified    bool    `json:"emailVerified"`
	Image            *string `json:"image"`
	CreatedAt        string  `json:"createdAt" format:"date-time"`
	UpdatedAt        string  `json:"updatedAt" format:"date-time"`
	Role             string  `json:"role" enum:"user,moderator,admin"`
	DisplayName      string  `json:"displayName"`
	Username         string  `json:"username"`
	Phone            string  `json:"phone"`
	Preferences      string  `json:"preferences" doc:"A JSON object as text"`
	TwoFactorEnabled bool    `json:"twoFactorEnabled"`
	Banned           bool    `json:"banned"`
	BanReason        *string `json:"banReason"`
	BanExpires       *string `json:"banExpires" format:"date-time" doc:"null where there is no ban, or no end of it"`
}

// NewUser returns a person in the form of the protocol.
func NewUser(u accounts.User) User {
	return User{
		ID: u.ID, Name: u.Name, Email: u.Email, EmailVerified: u.EmailVerified, Image: orNull(u.Avatar),
		CreatedAt: web.Time(u.CreatedAt), UpdatedAt: web.Time(u.UpdatedAt), Role: string(u.Role), DisplayName: u.DisplayName,
		Username: u.Username, Phone: u.Phone, Preferences: u.Preferences, TwoFactorEnabled: u.TwoFactorEnabled,
		Banned: u.Banned, BanReason: orNull(u.BanReason), BanExpires: timeOrNull(u.BanExpires),
	}
}

// newSession returns the session of a request, whose token it holds already.
func newSession(c sessions.Current) Session {
	s := otherSession(c.Session)
	s.Token = c.Token
	return s
}

// otherSession returns a session with a handle in place of its token, which is stored nowhere and nobody else's business.
func otherSession(s accounts.Session) Session {
	return Session{
		ID: s.ID, UserID: s.UserID, Token: s.ID, ExpiresAt: web.Time(s.ExpiresAt), CreatedAt: web.Time(s.CreatedAt),
		UpdatedAt: web.Time(s.UpdatedAt), IPAddress: s.Address, UserAgent: s.UserAgent, ImpersonatedBy: s.ImpersonatedBy,
	}
}

// orNull returns null for what is not there.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// timeOrNull returns null for a time that never was.
func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(web.Time(t))
}
