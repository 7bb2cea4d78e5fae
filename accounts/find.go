package accounts

import (
	"context"
	"time"

	"pegasus/fault"
)

// FindUsers finds people, for who has RightList. Limit is 1 to 1000, 0 is 100. A query that names what there is not is
// INVALID_QUERY.
func (s *Service) FindUsers(ctx context.Context, admin User, q UserQuery) ([]User, int, error) {
	if err := admin.require(RightList); err != nil {
		return nil, 0, err
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	if !q.valid() {
		return nil, 0, fault.New(fault.Invalid, "INVALID_QUERY", "This search is not valid.")
	}
	return s.store.FindUsers(ctx, q)
}

func (q UserQuery) valid() bool {
	for _, f := range q.Filters {
		if !f.Field.valid() || !f.Op.valid() {
			return false
		}
	}
	at := q.SearchAt == "" || q.SearchAt == MatchContains || q.SearchAt == MatchStartsWith || q.SearchAt == MatchEndsWith
	in := q.SearchIn == "" || q.SearchIn == UserEmail || q.SearchIn == UserName
	return at && in && (q.SortBy == "" || q.SortBy.valid()) && q.Limit > 0 && q.Limit <= 1000 && q.Offset >= 0
}

func (f UserField) valid() bool {
	switch f {
	case UserID, UserEmail, UserName, UserUsername, UserRole, UserBanned, UserVerified, UserTwoFactor, UserCreatedAt, UserLastLogin, UserActive:
		return true
	}
	return false
}

func (o Op) valid() bool {
	switch o {
	case OpEqual, OpNotEqual, OpLess, OpLessEqual, OpGreater, OpGreaterEqual:
		return true
	}
	return false
}

// Activity returns how many people there are, and how many of them were here in the last 24 hours and the last 7 days, for
// who has RightList.
func (s *Service) Activity(ctx context.Context, admin User) (people, day, week int, err error) {
	if err := admin.require(RightList); err != nil {
		return 0, 0, 0, err
	}
	if people, _, err = s.store.CountUsers(ctx); err != nil {
		return 0, 0, 0, err
	}
	now := s.now()
	if day, err = s.store.CountActive(ctx, now.Add(-24*time.Hour)); err != nil {
		return 0, 0, 0, err
	}
	week, err = s.store.CountActive(ctx, now.Add(-7*24*time.Hour))
	return people, day, week, err
}

// CountAdmins returns how many admins there are who can come in.
func (s *Service) CountAdmins(ctx context.Context) (int, error) { return s.store.CountAdmins(ctx) }
