package mongo

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
	"pegasus/fault"
)

// userField is a field of a person's document that people can be selected and sorted by, with the form in which its values
// are stored. Texts are in lower case there.
type userField struct {
	name  string
	value func(text string) (any, error)
}

var userFields = map[accounts.UserField]userField{
	accounts.UserID:        {"_id", func(text string) (any, error) { return ref(fold(text)), nil }},
	accounts.UserEmail:     {"email_key", foldedValue},
	accounts.UserName:      {"name_key", foldedValue},
	accounts.UserUsername:  {"username_key", foldedValue},
	accounts.UserRole:      {"role", foldedValue},
	accounts.UserBanned:    {"banned", truthValue},
	accounts.UserVerified:  {"email_verified", truthValue},
	accounts.UserTwoFactor: {"two_factor_enabled", truthValue},
	accounts.UserCreatedAt: {"created_at", momentValue},
	accounts.UserLastLogin: {"last_login", momentValue},
}

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
	return date(time.UnixMilli(ms)), nil
}

var operators = map[accounts.Op]string{
	accounts.OpEqual: "$eq", accounts.OpNotEqual: "$ne", accounts.OpLess: "$lt", accounts.OpLessEqual: "$lte",
	accounts.OpGreater: "$gt", accounts.OpGreaterEqual: "$gte",
}

var errFilter = fault.Field("filter", "INVALID_FILTER", "People cannot be selected like this.")

// FindUsers reads everyone whom a query does not leave out, which searchLimit bounds: it is for admins.
func (s *Store) FindUsers(ctx context.Context, q accounts.UserQuery) ([]accounts.User, int, error) {
	filter, err := userConditions(q)
	if err != nil {
		return nil, 0, err
	}
	order, err := userOrder(q)
	if err != nil {
		return nil, 0, err
	}
	ctx, done := context.WithTimeout(ctx, searchLimit)
	defer done()
	total, err := s.users.CountDocuments(ctx, filter)
	if err != nil || q.Limit <= 0 {
		return nil, int(total), translate(err)
	}
	people, err := s.findUsers(ctx, filter,
		options.Find().SetSort(order).SetSkip(int64(max(0, q.Offset))).SetLimit(int64(q.Limit)))
	return people, int(total), err
}

func userConditions(q accounts.UserQuery) (bson.D, error) {
	conditions := bson.A{bson.D{notGone}}
	if q.Search != "" {
		condition, err := searchCondition(q)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, condition)
	}
	for _, f := range q.Filters {
		field, known := userFields[f.Field]
		op, compares := operators[f.Op]
		if !known || !compares {
			return nil, errFilter
		}
		value, err := field.value(f.Value)
		if err != nil {
			return nil, err
		}
		condition := bson.D{{Key: field.name, Value: bson.D{{Key: op, Value: value}}}}
		if f.Field == accounts.UserLastLogin && (f.Op == accounts.OpLess || f.Op == accounts.OpLessEqual) {
			// Never comes before every time, but null before none.
			condition = bson.D{{Key: "$or", Value: bson.A{condition, bson.D{{Key: field.name, Value: nil}}}}}
		}
		conditions = append(conditions, condition)
	}
	return bson.D{{Key: "$and", Value: conditions}}, nil
}

func searchCondition(q accounts.UserQuery) (bson.D, error) {
	pattern := regexp.QuoteMeta(fold(q.Search))
	switch q.SearchAt {
	case "", accounts.MatchContains:
	case accounts.MatchStartsWith:
		pattern = "^" + pattern
	case accounts.MatchEndsWith:
		pattern += `\z`
	default:
		return nil, errFilter
	}
	if strings.ContainsRune(pattern, 0) { // which no pattern of BSON can hold, and no text here has
		return bson.D{{Key: "_id", Value: nil}}, nil
	}
	fields := []accounts.UserField{q.SearchIn}
	switch q.SearchIn {
	case "":
		fields = []accounts.UserField{accounts.UserEmail, accounts.UserName, accounts.UserUsername}
	case accounts.UserEmail, accounts.UserName:
	default:
		return nil, errFilter
	}
	var conditions bson.A
	for _, field := range fields {
		conditions = append(conditions, bson.D{{Key: userFields[field].name, Value: primitive.Regex{Pattern: pattern}}})
	}
	return bson.D{{Key: "$or", Value: conditions}}, nil
}

func userOrder(q accounts.UserQuery) (bson.D, error) {
	by := q.SortBy
	if by == "" {
		by = accounts.UserCreatedAt
	}
	field, known := userFields[by]
	if !known {
		return nil, errFilter
	}
	direction := 1
	if q.Desc {
		direction = -1
	}
	order := bson.D{{Key: field.name, Value: direction}}
	if by != accounts.UserID {
		order = append(order, bson.E{Key: "_id", Value: direction})
	}
	return order, nil
}
