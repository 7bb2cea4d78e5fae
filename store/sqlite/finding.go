package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pegasus/accounts"
)

// userFields holds the SQL of what people can be selected and sorted by. Texts are folded: addresses, usernames, roles and
// ids are lower-case as they are, and the name is the first part of the search text.
var userFields = map[accounts.UserField]string{
	accounts.UserID: "u.id", accounts.UserEmail: "u.email", accounts.UserName: foldedName, accounts.UserUsername: "u.username",
	accounts.UserRole: "u.role", accounts.UserBanned: "u.banned", accounts.UserVerified: "u.email_verified",
	accounts.UserTwoFactor: "u.two_factor_enabled", accounts.UserCreatedAt: "u.created_at", accounts.UserLastLogin: "u.last_login",
	accounts.UserActive: "u.last_active",
}

const foldedName = "substr(u.search, 1, instr(u.search, char(31)) - 1)"

// compared returns what a filter compares with in the form in which the columns hold it.
func compared(f accounts.UserFilter) (any, error) {
	value, err := f.Compared()
	switch v := value.(type) {
	case string:
		return fold(v), err
	case time.Time:
		return millis(v), err
	}
	return value, err
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
	if q.After.ID != "" {
		value, err := compared(accounts.UserFilter{Field: q.Sorted(), Value: q.After.Value})
		if err != nil {
			return nil, 0, err
		}
		args = append(args, value, q.After.ID)
		where += fmt.Sprintf(" AND (%s, u.id) %s (?%d, ?%d)", userFields[q.Sorted()], map[bool]string{false: ">", true: "<"}[q.Desc], len(args)-1, len(args))
	}
	text := fmt.Sprintf("SELECT %s FROM users u WHERE %s ORDER BY %s LIMIT ?%d OFFSET ?%d", userColumns, where, order,
		len(args)+1, len(args)+2)
	people, err = query(ctx, s.db, text, scanUser, append(args, max(0, q.Limit), max(0, q.Offset))...)
	return people, total, err
}

func userConditions(q accounts.UserQuery) (text string, args []any, err error) {
	conditions := []string{"u.deactivated = 0", "u.bot = 0"}
	if q.Bots {
		conditions = []string{"u.bot = 1"}
	}
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
			return "", nil, accounts.ErrFilter
		}
		value, err := compared(f)
		if err != nil {
			return "", nil, err
		}
		conditions = append(conditions, field+" "+op+" "+param(value))
	}
	return strings.Join(conditions, " AND "), args, nil
}

func searchCondition(q accounts.UserQuery, param string) (string, error) {
	match, known := matches[q.SearchAt]
	if !known {
		return "", accounts.ErrFilter
	}
	fields, err := q.SearchedFields()
	if err != nil {
		return "", err
	}
	var conditions []string
	for _, field := range fields {
		conditions = append(conditions, fmt.Sprintf(match, userFields[field], param))
	}
	return "(" + strings.Join(conditions, " OR ") + ")", nil
}

func userOrder(q accounts.UserQuery) (string, error) {
	field, known := userFields[q.Sorted()]
	if !known {
		return "", accounts.ErrFilter
	}
	if q.Desc {
		return field + " DESC, u.id DESC", nil
	}
	return field + ", u.id", nil
}
