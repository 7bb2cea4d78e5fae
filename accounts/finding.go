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
	case UserCreatedAt, UserLastLogin:
		ms, err := strconv.ParseInt(f.Value, 10, 64)
		if err != nil {
			return nil, ErrFilter
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
