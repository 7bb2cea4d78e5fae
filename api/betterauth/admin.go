package betterauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// seenBy returns a person as somebody else may see them: how to reach them is for admins.
func seenBy(viewer, u accounts.User) User {
	out := NewUser(u)
	if viewer.ID != u.ID && !viewer.IsAdmin() {
		out.Email, out.Phone, out.Preferences = "", "", "{}"
	}
	return out
}

// UserResponse is the answer to most changes of somebody else.
type UserResponse struct {
	User User `json:"user"`
}

// UserIDQuery names a person.
type UserIDQuery struct {
	ID string `query:"id"`
}

var errGetUser = fault.New(fault.Forbidden, "YOU_ARE_NOT_ALLOWED_TO_GET_USER", "You are not allowed to get user")

// GetUser answers a person.
func (d *Door) GetUser(_ http.ResponseWriter, r *http.Request, in UserIDQuery) (User, error) {
	admin := me(r).User
	if !admin.Has(accounts.RightGet) {
		return User{}, errGetUser
	}
	u, err := d.Accounts.User(r.Context(), in.ID)
	return seenBy(admin, u), err
}

// CreateUserRequest is the body that makes an account for somebody else.
type CreateUserRequest struct {
	Email    string       `json:"email"`
	Name     string       `json:"name"`
	Password string       `json:"password,omitempty" doc:"Left out: they come in by a reset link"`
	Role     Role         `json:"role,omitempty" doc:"user, moderator or admin, also as a list of one"`
	Data     *ProfileData `json:"data,omitempty"`
}

// ProfileData are the fields of a profile that can be set along with an account.
type ProfileData struct {
	DisplayName string          `json:"displayName,omitempty"`
	Username    string          `json:"username,omitempty"`
	Phone       string          `json:"phone,omitempty"`
	Preferences json.RawMessage `json:"preferences,omitempty" doc:"A JSON object, or one as text"`
}

// CreateUser makes an account for somebody else.
func (d *Door) CreateUser(_ http.ResponseWriter, r *http.Request, in CreateUserRequest) (UserResponse, error) {
	draft := accounts.Draft{Email: in.Email, Name: in.Name, Password: in.Password}
	if in.Data != nil {
		var err error
		draft.DisplayName, draft.Username, draft.Phone = in.Data.DisplayName, in.Data.Username, in.Data.Phone
		if draft.Preferences, err = objectText("preferences", in.Data.Preferences); err != nil {
			return UserResponse{}, err
		}
	}
	u, err := d.Accounts.CreateUser(r.Context(), me(r).User, draft, accounts.Role(in.Role))
	return UserResponse{User: NewUser(u)}, as(err, fault.Invalid, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
}

// Role is a role in a body. The protocol takes lists as well; a person here has one.
type Role string

// UnmarshalJSON implements json.Unmarshaler.
func (r *Role) UnmarshalJSON(text []byte) error {
	var list []Role
	if text[0] != '[' {
		return json.Unmarshal(text, (*string)(r))
	}
	if json.Unmarshal(text, &list) != nil || len(list) != 1 {
		return errRoles
	}
	*r = list[0]
	switch accounts.Role(*r) {
	case accounts.RoleUser, accounts.RoleModerator, accounts.RoleAdmin:
		return nil
	}
	return errRoles
}

var errRoles = errors.New("a person has one role")

// AdminUpdateRequest is the body of a change of somebody else.
type AdminUpdateRequest struct {
	UserID string                     `json:"userId"`
	Data   map[string]json.RawMessage `json:"data" doc:"As of update-user, and role"`
}

// AdminUpdateUser changes somebody else's profile.
func (d *Door) AdminUpdateUser(_ http.ResponseWriter, r *http.Request, in AdminUpdateRequest) (User, error) {
	admin, data := me(r).User, in.Data
	if len(data) == 0 {
		return User{}, fault.Field("data", "NO_DATA_TO_UPDATE", "No data to update")
	}
	var role Role
	raw, promoted := data["role"]
	if promoted && json.Unmarshal(raw, &role) != nil {
		return User{}, fault.Field("data.role", "VALIDATION_ERROR", "[body.data.role] Invalid input: expected string")
	}
	delete(data, "role")
	change, err := readProfile(data)
	if err != nil {
		return User{}, err
	}
	var u accounts.User
	if promoted {
		if u, err = d.Accounts.SetRole(r.Context(), admin, in.UserID, accounts.Role(role)); err != nil {
			return User{}, err
		}
	}
	if !promoted || change != (accounts.ProfileChange{}) {
		u, err = d.Accounts.ChangeUser(r.Context(), admin, in.UserID, change)
	}
	return seenBy(admin, u), err
}

// SetRoleRequest is the body of a change of somebody's role.
type SetRoleRequest struct {
	UserID string `json:"userId"`
	Role   Role   `json:"role" doc:"user, moderator or admin, also as a list of one"`
}

// SetRole changes somebody's role.
func (d *Door) SetRole(_ http.ResponseWriter, r *http.Request, in SetRoleRequest) (UserResponse, error) {
	u, err := d.Accounts.SetRole(r.Context(), me(r).User, in.UserID, accounts.Role(in.Role))
	return UserResponse{User: NewUser(u)}, err
}

// BanRequest is the body that keeps somebody out.
type BanRequest struct {
	UserID       string  `json:"userId"`
	BanReason    string  `json:"banReason,omitempty"`
	BanExpiresIn float64 `json:"banExpiresIn,omitempty" minimum:"0" doc:"In seconds; 0 or left out: for good"`
}

// maxBan bounds what a number of seconds can be: more is for good.
const maxBan = 100 * 365 * 24 * time.Hour

// Ban keeps somebody out and ends their sessions.
func (d *Door) Ban(_ http.ResponseWriter, r *http.Request, in BanRequest) (UserResponse, error) {
	if in.BanExpiresIn < 0 {
		return UserResponse{}, fault.Field("banExpiresIn", "VALIDATION_ERROR", "[body.banExpiresIn] Invalid input: expected a positive number")
	}
	ban := accounts.Ban{Banned: true, Reason: in.BanReason}
	if in.BanExpiresIn > 0 && in.BanExpiresIn < maxBan.Seconds() {
		ban.Expires = d.Now().Add(time.Duration(in.BanExpiresIn * float64(time.Second)))
	}
	admin := me(r).User
	u, err := d.Accounts.BanUser(r.Context(), admin, in.UserID, ban)
	return UserResponse{User: seenBy(admin, u)}, err
}

// UserIDRequest names a person.
type UserIDRequest struct {
	UserID string `json:"userId"`
}

// Unban lets somebody in again.
func (d *Door) Unban(_ http.ResponseWriter, r *http.Request, in UserIDRequest) (UserResponse, error) {
	admin := me(r).User
	u, err := d.Accounts.UnbanUser(r.Context(), admin, in.UserID)
	return UserResponse{User: seenBy(admin, u)}, err
}

// RemoveUser deletes somebody's account.
func (d *Door) RemoveUser(_ http.ResponseWriter, r *http.Request, in UserIDRequest) (Success, error) {
	return Success{Success: true}, d.Accounts.RemoveUser(r.Context(), me(r).User, in.UserID)
}

// SetUserPasswordRequest is the body of a new password for somebody else.
type SetUserPasswordRequest struct {
	UserID      string `json:"userId"`
	NewPassword string `json:"newPassword" doc:"8 to 128 characters"`
}

// SetUserPassword sets somebody's password and ends their sessions.
func (d *Door) SetUserPassword(_ http.ResponseWriter, r *http.Request, in SetUserPasswordRequest) (Status, error) {
	return Status{Status: true}, d.Accounts.SetUserPassword(r.Context(), me(r).User, in.UserID, in.NewPassword)
}

// PermissionRequest asks for rights by what they are about: {"user":["ban"]}.
type PermissionRequest struct {
	Permissions map[string][]string `json:"permissions,omitempty"`
	Permission  map[string][]string `json:"permission,omitempty" doc:"As permissions, for old clients"`
}

// PermissionResponse is the answer to it.
type PermissionResponse struct {
	Error   *string `json:"error" doc:"Always null"`
	Success bool    `json:"success" doc:"Whether one has all of them"`
}

// HasPermission says whether one has all of some rights.
func (d *Door) HasPermission(_ http.ResponseWriter, r *http.Request, in PermissionRequest) (PermissionResponse, error) {
	if in.Permissions == nil {
		in.Permissions = in.Permission
	}
	if in.Permissions == nil {
		return PermissionResponse{}, fault.Field("permissions", "VALIDATION_ERROR", "invalid permission check. no permission(s) were passed.")
	}
	u := me(r).User
	for about, actions := range in.Permissions {
		for _, action := range actions {
			if !u.Has(accounts.Right(about + ":" + action)) {
				return PermissionResponse{}, nil
			}
		}
	}
	return PermissionResponse{Success: true}, nil
}
