package mongo

import (
	"context"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo/options"

	"pegasus/accounts"
)

// userFields are the fields of a person's document that people can be selected and sorted by. Texts are in lower case there.
var userFields = map[accounts.UserField]string{
	accounts.UserID: "_id", accounts.UserEmail: "email_key", accounts.UserName: "name_key", accounts.UserUsername: "username_key",
	accounts.UserRole: "role", accounts.UserBanned: "banned", accounts.UserVerified: "email_verified",
	accounts.UserTwoFactor: "two_factor_enabled", accounts.UserCreatedAt: "created_at", accounts.UserLastLogin: "last_login",
	accounts.UserActive: "last_active",
}

// compared returns what a filter compares with in the form in which the documents hold it.
func compared(f accounts.UserFilter) (any, error) {
	value, err := f.Compared()
	switch v := value.(type) {
	case string:
		if f.Field == accounts.UserID {
			return ref(fold(v)), err
		}
		return fold(v), err
	case time.Time:
		if v.IsZero() && f.Op != accounts.OpEqual && f.Op != accounts.OpNotEqual {
			v = time.UnixMilli(0) // null, which never is, comes before no time
		}
		return date(v), err
	}
	return value, err
}

var operators = map[accounts.Op]string{
	accounts.OpEqual: "$eq", accounts.OpNotEqual: "$ne", accounts.OpLess: "$lt", accounts.OpLessEqual: "$lte",
	accounts.OpGreater: "$gt", accounts.OpGreaterEqual: "$gte",
}

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
	if q.After.ID != "" {
		after, err := behind(q)
		if err != nil {
			return nil, 0, err
		}
		filter = bson.D{{Key: "$and", Value: bson.A{filter, after}}}
	}
	people, err := s.findUsers(ctx, filter,
		options.Find().SetSort(order).SetSkip(int64(max(0, q.Offset))).SetLimit(int64(q.Limit)))
	return people, int(total), err
}

func userConditions(q accounts.UserQuery) (bson.D, error) {
	conditions := bson.A{bson.D{notGone, notBot}}
	if q.Bots {
		conditions = bson.A{bson.D{{Key: "bot", Value: true}}}
	}
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
			return nil, accounts.ErrFilter
		}
		value, err := compared(f)
		if err != nil {
			return nil, err
		}
		condition := bson.D{{Key: field, Value: bson.D{{Key: op, Value: value}}}}
		if (f.Field == accounts.UserLastLogin || f.Field == accounts.UserActive) && (f.Op == accounts.OpLess || f.Op == accounts.OpLessEqual) {
			// Never comes before every time, but null before none.
			condition = bson.D{{Key: "$or", Value: bson.A{condition, bson.D{{Key: field, Value: nil}}}}}
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
		return nil, accounts.ErrFilter
	}
	if strings.ContainsRune(pattern, 0) { // which no pattern of BSON can hold, and no text here has
		return bson.D{{Key: "_id", Value: nil}}, nil
	}
	fields, err := q.SearchedFields()
	if err != nil {
		return nil, err
	}
	var conditions bson.A
	for _, field := range fields {
		conditions = append(conditions, bson.D{{Key: userFields[field], Value: primitive.Regex{Pattern: pattern}}})
	}
	return bson.D{{Key: "$or", Value: conditions}}, nil
}

// behind selects who comes after a place in the order of a query. A time that is not known is null, which sorts before every
// time but compares with none.
func behind(q accounts.UserQuery) (bson.D, error) {
	field, next := userFields[q.Sorted()], "$gt"
	if q.Desc {
		next = "$lt"
	}
	value, err := compared(accounts.UserFilter{Field: q.Sorted(), Op: accounts.OpEqual, Value: q.After.Value})
	if err != nil {
		return nil, err
	}
	at, isTime := value.(date)
	never := isTime && time.Time(at).IsZero()
	further := bson.A{bson.D{{Key: field, Value: value}, {Key: "_id", Value: bson.D{{Key: next, Value: ref(q.After.ID)}}}}}
	switch {
	case never && !q.Desc:
		further = append(further, bson.D{{Key: field, Value: bson.D{{Key: "$ne", Value: nil}}}})
	case !never:
		further = append(further, bson.D{{Key: field, Value: bson.D{{Key: next, Value: value}}}})
		if isTime && q.Desc {
			further = append(further, bson.D{{Key: field, Value: nil}})
		}
	}
	return bson.D{{Key: "$or", Value: further}}, nil
}

func userOrder(q accounts.UserQuery) (bson.D, error) {
	by := q.Sorted()
	field, known := userFields[by]
	if !known {
		return nil, accounts.ErrFilter
	}
	direction := 1
	if q.Desc {
		direction = -1
	}
	order := bson.D{{Key: field, Value: direction}}
	if by != accounts.UserID {
		order = append(order, bson.E{Key: "_id", Value: direction})
	}
	return order, nil
}
