package mongo

import (
	"pegasus/accounts"
)

// firstAdmin is the admin_key that one person at a time can have.
const firstAdmin = "first"

// userDoc is a person. The keys are what unique indexes and comparisons go by: email_key, username_key and name_key in lower
// case, and admin_key, which is the id for all but the first admin. The second factor lies in the same document, which
// reads of a person leave alone: see twoFactorDoc.
type userDoc struct {
	ID            ref    `bson:"_id"`
	Email         string `bson:"email"`
	EmailKey      string `bson:"email_key"`
	Username      string `bson:"username"`
	UsernameKey   string `bson:"username_key"`
	AdminKey      string `bson:"admin_key"`
	PasswordHash  string `bson:"password_hash"`
	Name          string `bson:"full_name"`
	NameKey       string `bson:"name_key"`
	DisplayName   string `bson:"display_name"`
	Avatar        string `bson:"avatar"`
	Role          string `bson:"role"`
	Preferences   string `bson:"preferences"`
	Status        string `bson:"status"`
	StatusMessage string `bson:"status_message"`
	StatusEmoji   string `bson:"status_emoji,omitempty"`
	StatusUntil   date   `bson:"status_until,omitempty"`
	Phone         string `bson:"phone"`
	EmailVerified bool   `bson:"email_verified"`
	GoogleID      string `bson:"google_id"`
	OAuthProvider string `bson:"oauth_provider"`
	Deactivated   bool   `bson:"deactivated"`
	TwoFactor     bool   `bson:"two_factor_enabled"`
	Banned        bool   `bson:"banned"`
	BanReason     string `bson:"ban_reason"`
	BanExpires    date   `bson:"ban_expires"`
	NewDevice     bool   `bson:"notify_new_device"`
	Bot           bool   `bson:"bot,omitempty"` // written for bots alone
	OwnerID       ref    `bson:"owner_id,omitempty"`
	Tokenless     bool   `bson:"tokenless,omitempty"`
	CreatedAt     date   `bson:"created_at"`
	UpdatedAt     date   `bson:"updated_at"`
	LastLogin     date   `bson:"last_login"`
	LastActive    date   `bson:"last_active"`
}

func newUserDoc(u accounts.User, passwordHash string) userDoc {
	return userDoc{
		ID: ref(u.ID), Email: u.Email, EmailKey: fold(u.Email), Username: u.Username, UsernameKey: fold(u.Username),
		AdminKey: u.ID, PasswordHash: passwordHash, Name: u.Name, NameKey: fold(u.Name), DisplayName: u.DisplayName,
		Avatar: u.Avatar, Role: string(u.Role), Preferences: u.Preferences, Status: string(u.Status),
		StatusMessage: u.StatusMessage, StatusEmoji: u.StatusEmoji, StatusUntil: date(u.StatusUntil), Phone: u.Phone, EmailVerified: u.EmailVerified, GoogleID: u.GoogleID,
		OAuthProvider: u.OAuthProvider, Deactivated: u.Deactivated, TwoFactor: u.TwoFactorEnabled, Banned: u.Banned,
		BanReason: u.BanReason, BanExpires: date(u.BanExpires), NewDevice: u.Notify.NewDevice, Bot: u.Bot, OwnerID: ref(u.OwnerID), Tokenless: u.Tokenless,
		CreatedAt: date(u.CreatedAt), UpdatedAt: date(u.UpdatedAt), LastLogin: date(u.LastLogin), LastActive: date(u.LastActive),
	}
}

// user fills what old documents lack with the least that it can mean.
func (d userDoc) user() accounts.User {
	u := accounts.User{
		ID: string(d.ID), Email: fold(d.Email), EmailVerified: d.EmailVerified, Name: d.Name, Username: d.UsernameKey,
		DisplayName: d.DisplayName, Avatar: d.Avatar, Role: accounts.Role(d.Role), Preferences: d.Preferences,
		Status: accounts.Status(d.Status), StatusMessage: d.StatusMessage, StatusEmoji: d.StatusEmoji, StatusUntil: d.StatusUntil.time(), Phone: d.Phone, GoogleID: d.GoogleID,
		OAuthProvider: d.OAuthProvider, Deactivated: d.Deactivated, TwoFactorEnabled: d.TwoFactor, Banned: d.Banned,
		BanReason: d.BanReason, BanExpires: d.BanExpires.time(), Notify: accounts.Notify{NewDevice: d.NewDevice}, Bot: d.Bot, OwnerID: string(d.OwnerID), Tokenless: d.Tokenless,
		CreatedAt: d.CreatedAt.time(), UpdatedAt: d.UpdatedAt.time(), LastLogin: d.LastLogin.time(), LastActive: d.LastActive.time(),
	}
	if u.Role != accounts.RoleAdmin && u.Role != accounts.RoleModerator {
		u.Role = accounts.RoleUser
	}
	if !u.Status.Valid() {
		u.Status = accounts.StatusOffline
	}
	return u
}

// deviceDoc is the record of a signed-in device, with the names of Better Auth. Its token is a hash.
type deviceDoc struct {
	ID             ref    `bson:"_id"`
	UserID         ref    `bson:"userId"`
	Token          string `bson:"token"`
	Address        string `bson:"ipAddress"`
	UserAgent      string `bson:"userAgent"`
	Way            string `bson:"way"`
	ImpersonatedBy ref    `bson:"impersonatedBy"`
	Remember       bool   `bson:"remember"`
	CreatedAt      date   `bson:"createdAt"`
	UpdatedAt      date   `bson:"updatedAt"`
	SeenAt         date   `bson:"seenAt"`
	ProvenAt       date   `bson:"provenAt"`
	ExpiresAt      date   `bson:"expiresAt"`
}

func newDeviceDoc(s accounts.Session) deviceDoc {
	return deviceDoc{
		ID: ref(s.ID), UserID: ref(s.UserID), Token: s.TokenHash, Address: s.Address, UserAgent: s.UserAgent,
		Way: string(s.Way), ImpersonatedBy: ref(s.ImpersonatedBy), Remember: s.Remember, CreatedAt: date(s.CreatedAt),
		UpdatedAt: date(s.UpdatedAt), SeenAt: date(s.SeenAt), ProvenAt: date(s.ProvenAt), ExpiresAt: date(s.ExpiresAt),
	}
}

func (d deviceDoc) session() accounts.Session {
	return accounts.Session{
		ID: string(d.ID), UserID: string(d.UserID), TokenHash: d.Token, Address: d.Address, UserAgent: d.UserAgent,
		Way: accounts.Way(d.Way), ImpersonatedBy: string(d.ImpersonatedBy), Remember: d.Remember,
		CreatedAt: d.CreatedAt.time(), UpdatedAt: d.UpdatedAt.time(), SeenAt: d.SeenAt.time(),
		ProvenAt: d.ProvenAt.time(), ExpiresAt: d.ExpiresAt.time(),
	}
}
