package accounts

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/id"
)

// ProfileChange is what people may change about themselves; nil leaves a field as it is.
type ProfileChange struct {
	Name          *string
	DisplayName   *string
	Phone         *string
	StatusMessage *string
	StatusEmoji   *string    // in the form in which chat keeps it
	StatusUntil   *time.Time // chat sees to it that the status ends then
	Status        *string
	Preferences   *string
	Username      *string
	Notify        *Notify
}

// ChangeProfile applies a person's change to themselves.
func (s *Service) ChangeProfile(ctx context.Context, userID string, p ProfileChange) (User, error) {
	return s.changeProfile(ctx, userID, userID, p)
}

func (s *Service) changeProfile(ctx context.Context, actorID, userID string, p ProfileChange) (User, error) {
	change, err := p.clean()
	if err == nil {
		err = s.notBot(ctx, userID)
	}
	if err == nil {
		err = s.notLikeBot(ctx, value(change.Name), value(change.DisplayName), value(change.Username))
	}
	if err != nil {
		return User{}, err
	}
	u, err := s.store.UpdateUser(ctx, userID, change, s.now())
	if err != nil {
		return User{}, err
	}
	if fields := p.identity(); fields != "" {
		s.record(ctx, Event{Action: ActionProfileChanged, ActorID: actorID, UserID: userID, Details: map[string]string{"fields": fields}})
	}
	if p != (ProfileChange{Preferences: p.Preferences}) { // which nobody else sees
		s.changed(u)
	}
	return u, nil
}

// identity names the fields of the change that others know a person by; the rest changes too often for the audit log.
func (p ProfileChange) identity() string {
	var fields []string
	for _, f := range []struct {
		name string
		in   *string
	}{{"name", p.Name}, {"display_name", p.DisplayName}, {"username", p.Username}, {"phone", p.Phone}} {
		if f.in != nil {
			fields = append(fields, f.name)
		}
	}
	return strings.Join(fields, " ")
}

func (p ProfileChange) clean() (UserChange, error) {
	change := UserChange{Notify: p.Notify, StatusEmoji: p.StatusEmoji, StatusUntil: p.StatusUntil}
	for _, t := range []struct {
		in    *string
		out   **string
		clean func(string) (string, error)
	}{
		{p.Phone, &change.Phone, func(text string) (string, error) { return cleanText("phone", text, MaxPhone) }},
		{p.StatusMessage, &change.StatusMessage, func(text string) (string, error) {
			return cleanText("status_message", text, MaxStatusMessage)
		}},
		{p.Name, &change.Name, func(text string) (string, error) { return cleanName("name", text) }},
		{p.DisplayName, &change.DisplayName, func(text string) (string, error) { return cleanShownName("displayName", text) }},
		{p.Username, &change.Username, cleanUsername},
		{p.Preferences, &change.Preferences, func(text string) (string, error) { return text, checkPreferences(text) }},
	} {
		if t.in == nil {
			continue
		}
		text, err := t.clean(*t.in)
		if err != nil {
			return UserChange{}, err
		}
		*t.out = &text
	}
	if p.Status != nil {
		status := Status(*p.Status)
		if !status.Valid() {
			return UserChange{}, fault.Field("status", "INVALID_STATUS", "Status must be online, away, busy, inmeeting or offline.")
		}
		change.Status = &status
	}
	return change, nil
}

// EndStatus clears a person's status message and its emoji where their time is over, and does nothing to another status that
// they have set meanwhile.
func (s *Service) EndStatus(ctx context.Context, userID string) error {
	u, ended, err := s.store.EndStatus(ctx, userID, s.now())
	if err == nil && ended {
		s.changed(u)
	}
	return err
}

// SetAvatar gives a person a picture that this server keeps, by its path, or with "" takes it away. The picture before is
// removed once the new one is shown.
func (s *Service) SetAvatar(ctx context.Context, userID, path string) (User, error) {
	before, err := s.store.User(ctx, userID)
	if err != nil {
		return User{}, err
	}
	u, err := s.store.UpdateUser(ctx, userID, UserChange{Avatar: &path}, s.now())
	if err != nil {
		return User{}, err
	}
	s.changed(u)
	if before.Avatar != path {
		s.forgetAvatar(ctx, before)
	}
	return u, nil
}

// forgetAvatar removes the file of a picture that a person had.
func (s *Service) forgetAvatar(ctx context.Context, before User) {
	if before.Avatar != "" && s.dropAvatar != nil {
		s.dropAvatar(context.WithoutCancel(ctx), before.Avatar)
	}
}

func checkPreferences(text string) error {
	if len(text) > MaxPreferences || !isObject(text) {
		return fault.Field("preferences", "INVALID_PREFERENCES", "Preferences must be a JSON object of at most 16 KiB.")
	}
	return nil
}

func isObject(text string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &object) == nil && object != nil
}

// User returns a person by id.
func (s *Service) User(ctx context.Context, userID string) (User, error) {
	return s.store.User(ctx, userID)
}

// Somebody returns a person or bot whose account is in use, else ErrUserNotFound.
func (s *Service) Somebody(ctx context.Context, userID string) (User, error) {
	if !id.Valid(userID) {
		return User{}, ErrUserNotFound
	}
	u, err := s.store.User(ctx, userID)
	if err == nil && u.Deactivated {
		return User{}, ErrUserNotFound
	}
	return u, err
}

// Users returns those of the ids that exist, by id.
func (s *Service) Users(ctx context.Context, ids []string) (map[string]User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	users, err := s.store.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]User, len(users))
	for _, u := range users {
		byID[u.ID] = u
	}
	return byID, nil
}

// List returns up to limit people after an id, in the order in which they joined.
func (s *Service) List(ctx context.Context, after string, limit int) ([]User, error) {
	return s.store.ListUsers(ctx, after, limit)
}

// Count returns how many people there are, and how many are not offline.
func (s *Service) Count(ctx context.Context) (total, active int, err error) {
	return s.store.CountUsers(ctx)
}

// Search finds people by a part of their name, username or address.
func (s *Service) Search(ctx context.Context, query string, limit int) ([]User, error) {
	query = strings.TrimSpace(query)
	if query == "" {
		return nil, fault.Field("query", "QUERY_REQUIRED", "Query is required.")
	}
	return s.store.SearchUsers(ctx, query, limit)
}

// ErrScope is for a token whose scopes do not reach so far.
var ErrScope = fault.New(fault.Forbidden, "INSUFFICIENT_SCOPE", "This token may not do that.")

// RequireAdmin returns an error for everyone who does not run the workspace, and ErrScope for an admin's token without
// ScopeAdmin.
func RequireAdmin(u User) error {
	switch {
	case u.IsAdmin():
		return nil
	case u.Role == RoleAdmin:
		return ErrScope
	}
	return fault.New(fault.Forbidden, "FORBIDDEN", "Only admins may do this.")
}
