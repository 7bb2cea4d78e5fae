package accounts

import (
	"context"
	"encoding/json"
	"strings"

	"pegasus/fault"
)

// ProfileChange is what people may change about themselves; nil leaves a field as it is.
type ProfileChange struct {
	Name          *string
	DisplayName   *string
	Phone         *string
	StatusMessage *string
	Status        *string
	Preferences   *string
}

// ChangeProfile applies a person's change to themselves.
func (s *Service) ChangeProfile(ctx context.Context, userID string, p ProfileChange) (User, error) {
	var change UserChange
	texts := []struct {
		field string
		in    *string
		limit int
		out   **string
	}{
		{"phone", p.Phone, MaxPhone, &change.Phone},
		{"status_message", p.StatusMessage, MaxStatusMessage, &change.StatusMessage},
	}
	for _, t := range texts {
		if t.in == nil {
			continue
		}
		text, err := cleanText(t.field, *t.in, t.limit)
		if err != nil {
			return User{}, err
		}
		*t.out = &text
	}
	if p.Name != nil {
		name, err := cleanName("name", *p.Name)
		if err != nil {
			return User{}, err
		}
		change.Name = &name
	}
	if p.DisplayName != nil {
		name, err := cleanShownName("displayName", *p.DisplayName)
		if err != nil {
			return User{}, err
		}
		change.DisplayName = &name
	}
	if p.Status != nil {
		status := Status(*p.Status)
		if !status.Valid() {
			return User{}, fault.Field("status", "INVALID_STATUS", "Status must be online, away, busy, inmeeting or offline.")
		}
		change.Status = &status
	}
	if p.Preferences != nil {
		if len(*p.Preferences) > MaxPreferences || !isObject(*p.Preferences) {
			return User{}, fault.Field("preferences", "INVALID_PREFERENCES", "Preferences must be a JSON object of at most 16 KiB.")
		}
		change.Preferences = p.Preferences
	}
	u, err := s.store.UpdateUser(ctx, userID, change, s.now())
	if err != nil {
		return User{}, err
	}
	s.changed(u)
	return u, nil
}

func isObject(text string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &object) == nil && object != nil
}

// User returns a person by id.
func (s *Service) User(ctx context.Context, userID string) (User, error) {
	return s.store.User(ctx, userID)
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

// RequireAdmin returns an error for everyone who does not run the workspace.
func RequireAdmin(u User) error {
	if !u.IsAdmin() {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Only admins may do this.")
	}
	return nil
}
