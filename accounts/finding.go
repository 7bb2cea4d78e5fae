package accounts

import (
	"strconv"
	"time"

	"pegasus/fault"
)

// ErrFilter says that a UserQuery selects or sorts by something that people have not.
var ErrFilter = fault.Field("filter", "INVALID_FILTER", "People cannot be selected like this.")

// Compared returns the value of a filter in the type that its field has: a string, a bool or a time.Time. It is ErrFilter
// where the value is not of that type.
func (f UserFilter) Compared() (any, error) {
	switch f.Field {
	case UserBanned, UserVerified, UserTwoFactor:
		if f.Value != "true" && f.Value != "false" {
			return nil, ErrFilter
		}
		return f.Value == "true", nil
	case UserCreatedAt, UserLastLogin, UserActive:
		ms, err := strconv.ParseInt(f.Value, 10, 64)
		if err != nil {
			return nil, ErrFilter
		}
		if ms == 0 {
			return time.Time{}, nil // never
		}
		return time.UnixMilli(ms), nil
	}
	return f.Value, nil
}

// SearchedFields returns the fields in which the query's text is looked for.
func (q UserQuery) SearchedFields() ([]UserField, error) {
	switch q.SearchIn {
	case "":
		return []UserField{UserEmail, UserName, UserUsername}, nil
	case UserEmail, UserName:
		return []UserField{q.SearchIn}, nil
	}
	return nil, ErrFilter
}

// Place returns where somebody stands in the order of the query.
func (q UserQuery) Place(u User) UserPlace {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "0"
		}
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	place := UserPlace{ID: u.ID}
	switch q.SortBy {
	case UserID:
		place.Value = u.ID
	case UserEmail:
		place.Value = u.Email
	case UserName:
		place.Value = u.Name
	case UserUsername:
		place.Value = u.Username
	case UserRole:
		place.Value = string(u.Role)
	case UserBanned:
		place.Value = strconv.FormatBool(u.Banned)
	case UserVerified:
		place.Value = strconv.FormatBool(u.EmailVerified)
	case UserTwoFactor:
		place.Value = strconv.FormatBool(u.TwoFactorEnabled)
	case UserLastLogin:
		place.Value = moment(u.LastLogin)
	case UserActive:
		place.Value = moment(u.LastActive)
	default:
		place.Value = moment(u.CreatedAt)
	}
	return place
}

// Sorted returns the field that the query sorts by.
func (q UserQuery) Sorted() UserField {
	if q.SortBy == "" {
		return UserCreatedAt
	}
	return q.SortBy
}
