package sqlite

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

// userFields holds the SQL of what people can be selected and sorted by. Texts are folded: addresses, usernames, roles and
// ids are lower-case as they are, and the name is the first part of the search text.
var userFields = map[accounts.UserField]struct {
	column string
	value  func(text string) (any, error)
}{
	accounts.UserID:        {"u.id", foldedValue},
	accounts.UserEmail:     {"u.email", foldedValue},
	accounts.UserName:      {foldedName, foldedValue},
	accounts.UserUsername:  {"u.username", foldedValue},
	accounts.UserRole:      {"u.role", foldedValue},
	accounts.UserBanned:    {"u.banned", truthValue},
	accounts.UserVerified:  {"u.email_verified", truthValue},
	accounts.UserTwoFactor: {"u.two_factor_enabled", truthValue},
	accounts.UserCreatedAt: {"u.created_at", momentValue},
	accounts.UserLastLogin: {"u.last_login", momentValue},
}

const foldedName = "substr(u.search, 1, instr(u.search, char(31)) - 1)"

func foldedValue(text string) (any, error) { return fold(text), nil }

func truthValue(text string) (any, error) {
	if text != "true" && text != "false" {
		return nil, errFilter
	}
	return text == "true", nil
}

func momentValue(text string) (any, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, errFilter
	}
	return ms, nil
}

var operators = map[accounts.Op]string{
	accounts.OpEqual: "=", accounts.OpNotEqual: "<>", accounts.OpLess: "<", accounts.OpLessEqual: "<=",
	accounts.OpGreater: ">", accounts.OpGreaterEqual: ">=",
}

// matches holds the SQL of where a text is found, with the column for %[1]s and the parameter for %[2]s.
var matches = map[accounts.Match]string{
	"":                       "instr(%[1]s, %[2]s) > 0",
	accounts.MatchContains:   "instr(%[1]s, %[2]s) > 0",
	accounts.MatchStartsWith: "substr(%[1]s, 1, length(%[2]s)) = %[2]s",
	accounts.MatchEndsWith:   "substr(%[1]s, -length(%[2]s)) = %[2]s",
}

var errFilter = fault.Field("filter", "INVALID_FILTER", "People cannot be selected like this.")

// FindUsers implements accounts.Store. The text of its statements consists of the tables above alone.
func (s *Store) FindUsers(ctx context.Context, q accounts.UserQuery) (people []accounts.User, total int, err error) {
	where, args, err := userConditions(q)
	if err != nil {
		return nil, 0, err
	}
	order, err := userOrder(q)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM users u WHERE "+where, args...).Scan(&total)
	if err != nil {
		return nil, 0, translate(err)
	}
	text := fmt.Sprintf("SELECT %s FROM users u WHERE %s ORDER BY %s LIMIT ?%d OFFSET ?%d", userColumns, where, order,
		len(args)+1, len(args)+2)
	people, err = query(ctx, s.db, text, scanUser, append(args, max(0, q.Limit), max(0, q.Offset))...)
	return people, total, err
}

func userConditions(q accounts.UserQuery) (text string, args []any, err error) {
	conditions := []string{"u.deactivated = 0"}
	param := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf("?%d", len(args))
	}
	if q.Search != "" {
		condition, err := searchCondition(q, param(fold(q.Search)))
		if err != nil {
			return "", nil, err
		}
		conditions = append(conditions, condition)
	}
	for _, f := range q.Filters {
		field, known := userFields[f.Field]
		op, compares := operators[f.Op]
		if !known || !compares {
			return "", nil, errFilter
		}
		value, err := field.value(f.Value)
		if err != nil {
			return "", nil, err
		}
		conditions = append(conditions, field.column+" "+op+" "+param(value))
	}
	return strings.Join(conditions, " AND "), args, nil
}

func searchCondition(q accounts.UserQuery, param string) (string, error) {
	match, known := matches[q.SearchAt]
	if !known {
		return "", errFilter
	}
	fields := []accounts.UserField{q.SearchIn}
	switch q.SearchIn {
	case "":
		fields = []accounts.UserField{accounts.UserEmail, accounts.UserName, accounts.UserUsername}
	case accounts.UserEmail, accounts.UserName:
	default:
		return "", errFilter
	}
	var conditions []string
	for _, field := range fields {
		conditions = append(conditions, fmt.Sprintf(match, userFields[field].column, param))
	}
	return "(" + strings.Join(conditions, " OR ") + ")", nil
}

func userOrder(q accounts.UserQuery) (string, error) {
	by := q.SortBy
	if by == "" {
		by = accounts.UserCreatedAt
	}
	field, known := userFields[by]
	if !known {
		return "", errFilter
	}
	if q.Desc {
		return field.column + " DESC, u.id DESC", nil
	}
	return field.column + ", u.id", nil
}
