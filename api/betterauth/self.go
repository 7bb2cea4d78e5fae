package betterauth

import (
	"encoding/json"
	"net/http"
	"reflect"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

// UpdateUserRequest is the body of a change of oneself.
type UpdateUserRequest struct {
	Name        *string         `json:"name,omitempty" doc:"1 to 80 characters"`
	DisplayName *string         `json:"displayName,omitempty" doc:"At most 80 characters; empty shows the name"`
	Username    *string         `json:"username,omitempty" doc:"2 to 32 letters, digits, dots, dashes and underscores"`
	Phone       *string         `json:"phone,omitempty" doc:"At most 32 characters"`
	Image       json.RawMessage `json:"image,omitempty" doc:"The address of a picture on the web, which is fetched once; null takes the picture away"`
	Preferences json.RawMessage `json:"preferences,omitempty" doc:"A JSON object, or one as text"`
}

var (
	errEmailField = fault.Field("email", "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")
	// guarded are fields of a person that no body sets.
	guarded = []string{"id", "role", "emailVerified", "twoFactorEnabled", "banned", "banReason", "banExpires", "createdAt", "updatedAt"}
)

// refuse implements refuser.
func (UpdateUserRequest) refuse(fields map[string]json.RawMessage) error {
	if _, there := fields["email"]; there {
		return errEmailField
	}
	for _, name := range guarded {
		if _, there := fields[name]; there {
			return fault.Field(name, "FIELD_NOT_ALLOWED", "Field not allowed to be set")
		}
	}
	return nil
}

// change returns what a body says of a profile.
func (in UpdateUserRequest) change() (accounts.ProfileChange, error) {
	change := accounts.ProfileChange{Name: in.Name, DisplayName: in.DisplayName, Username: in.Username, Phone: in.Phone}
	if in.Preferences == nil {
		return change, nil
	}
	preferences, err := objectText("preferences", in.Preferences)
	change.Preferences = &preferences
	return change, err
}

// readProfile reads a change of somebody's profile from its fields. Pictures are for their owners to choose.
func readProfile(fields map[string]json.RawMessage) (accounts.ProfileChange, error) {
	var in UpdateUserRequest
	if err := in.refuse(fields); err != nil {
		return accounts.ProfileChange{}, err
	}
	if err := decode(fields, "data.", reflect.ValueOf(&in).Elem()); err != nil {
		return accounts.ProfileChange{}, err
	}
	if in.Image != nil {
		return accounts.ProfileChange{}, fault.Field("image", "FIELD_NOT_ALLOWED", "Field not allowed to be set")
	}
	return in.change()
}

// UpdateUser changes one's profile.
func (d *Door) UpdateUser(_ http.ResponseWriter, r *http.Request, in UpdateUserRequest) (Status, error) {
	change, err := in.change()
	if err != nil {
		return Status{}, err
	}
	u := me(r).User
	if change != (accounts.ProfileChange{}) {
		if u, err = d.Accounts.ChangeProfile(r.Context(), u.ID, change); err != nil {
			return Status{}, err
		}
	}
	if in.Image == nil {
		return Status{Status: true}, nil
	}
	var image *string
	if json.Unmarshal(in.Image, &image) != nil {
		return Status{}, fault.Field("image", "VALIDATION_ERROR", "[body.image] Invalid input: expected string")
	}
	if image == nil {
		image = new(string)
	}
	if *image != u.Avatar {
		_, err = d.Picture(r.Context(), u, *image)
	}
	return Status{Status: true}, err
}

// DeleteUserRequest is the body of a request to delete oneself.
type DeleteUserRequest struct {
	Password    string `json:"password,omitempty" doc:"Deletes at once"`
	Token       string `json:"token,omitempty" doc:"That of the mail; deletes at once"`
	CallbackURL string `json:"callbackURL,omitempty" doc:"Where the link of the mail goes on to: a local path or a trusted origin"`
}

// DeleteUserResponse is the answer to it.
type DeleteUserResponse struct {
	Success bool   `json:"success"`
	Message string `json:"message" enum:"User deleted,Verification email sent"`
}

var deleted = DeleteUserResponse{Success: true, Message: "User deleted"}

// DeleteUser deletes one's account, or mails a link that does.
func (d *Door) DeleteUser(w http.ResponseWriter, r *http.Request, in DeleteUserRequest) (DeleteUserResponse, error) {
	if err := d.checkTarget(in.CallbackURL, errCallback); err != nil {
		return DeleteUserResponse{}, err
	}
	c, done := me(r), true
	var err error
	if in.Token != "" {
		err = d.Accounts.ConfirmDeletion(r.Context(), c.User, in.Token)
	} else {
		done, err = d.Accounts.RequestDeletion(r.Context(), c.User, c.Session, in.Password, in.CallbackURL)
	}
	if err != nil {
		return DeleteUserResponse{}, err
	}
	if !done {
		return DeleteUserResponse{Success: true, Message: "Verification email sent"}, nil
	}
	d.Sessions.Forget(w)
	return deleted, nil
}

// ConfirmDeletion deletes one's account by the link of the mail.
func (d *Door) ConfirmDeletion(w http.ResponseWriter, r *http.Request) {
	token, target := r.URL.Query().Get("token"), r.URL.Query().Get("callbackURL")
	err := d.checkTarget(target, errCallback)
	if err == nil {
		err = d.Accounts.ConfirmDeletion(r.Context(), me(r).User, token)
	}
	if err != nil {
		web.WriteJSONError(w, r, translate(err))
		return
	}
	d.Sessions.Forget(w)
	if target != "" {
		redirect(w, target)
		return
	}
	web.WriteJSON(w, http.StatusOK, deleted)
}
