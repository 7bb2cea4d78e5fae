package plugins

import (
	"context"
	"strconv"

	"pegasus/accounts"
	"pegasus/fault"
)

// MaxBudget is the largest budget that a person can be given, in tokens a day.
const MaxBudget = 1_000_000_000_000

// PersonUsage is what a person used models for in a time, and the tokens of its last day.
type PersonUsage struct {
	UserID string
	Usage
	Today int64
}

// UsagePlace is the place of a person in a list of use; the zero value is the beginning.
type UsagePlace struct {
	Tokens int64
	UserID string
}

// PersonUsed is what a person used models for in this month, and what they may use.
type PersonUsed struct {
	PersonUsage
	Budget int64 // tokens a day, 0 for no bound
	Own    bool  // the budget is theirs alone
}

// Place returns the place of a person in the list.
func (p PersonUsage) Place() UsagePlace { return UsagePlace{Tokens: p.Tokens(), UserID: p.UserID} }

// UsageByPerson returns up to limit people with what each used in this month, the most tokens first, for admins.
func (s *Service) UsageByPerson(ctx context.Context, actor accounts.User, after UsagePlace, limit int) ([]PersonUsed, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return nil, err
	}
	first, last := s.month()
	found, err := s.store.UsageByPerson(ctx, first, last, after, limit)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, p := range found {
		ids[i] = p.UserID
	}
	own, err := s.store.PersonBudgets(ctx, ids)
	used := make([]PersonUsed, len(found))
	for i, p := range found {
		used[i] = PersonUsed{PersonUsage: p, Budget: s.budget.Person}
		if tokens, is := own[p.UserID]; is {
			used[i].Budget, used[i].Own = tokens, true
		}
	}
	return used, err
}

// UsageOfPerson returns what one person used in this month, for admins.
func (s *Service) UsageOfPerson(ctx context.Context, actor accounts.User, userID string) (p PersonUsed, err error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return p, err
	}
	p.UserID = userID
	first, last := s.month()
	if p.Usage, err = s.store.UsageBetween(ctx, userID, first, last); err != nil {
		return p, err
	}
	today, err := s.store.UsageBetween(ctx, userID, last, last)
	if err != nil {
		return p, err
	}
	p.Today = today.Tokens()
	p.Budget, p.Own, err = s.personBudget(ctx, userID)
	return p, err
}

// SetBudget gives a person a budget of their own of tokens a day, 0 for no bound, or with nil that of everybody. It is for admins.
func (s *Service) SetBudget(ctx context.Context, actor accounts.User, userID string, tokens *int64) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	if tokens != nil && (*tokens < 0 || *tokens > MaxBudget) {
		return fault.Field("budget", "INVALID_BUDGET", "A budget is a number of tokens from 0 on, 0 for no bound.")
	}
	u, err := s.user(ctx, userID)
	if err != nil {
		return err
	}
	if u.Bot || u.Deactivated {
		return accounts.ErrUserNotFound
	}
	said := "as everybody"
	if tokens == nil {
		err = s.store.DropPersonBudget(ctx, u.ID)
	} else {
		said = strconv.FormatInt(*tokens, 10)
		err = s.store.SetPersonBudget(ctx, u.ID, *tokens)
	}
	if err == nil {
		s.record(ctx, accounts.Event{Action: accounts.ActionBudgetSet, ActorID: actor.ID, UserID: u.ID, Details: map[string]string{"tokens": said}})
	}
	return err
}

// personBudget returns what a person may use on a day, and whether that is theirs alone.
func (s *Service) personBudget(ctx context.Context, userID string) (tokens int64, own bool, err error) {
	budgets, err := s.store.PersonBudgets(ctx, []string{userID})
	if tokens, own = budgets[userID]; !own {
		tokens = s.budget.Person
	}
	return tokens, own, err
}

// month returns the first day of this month and today.
func (s *Service) month() (first, today string) {
	now := s.now().UTC()
	return now.Format("2006-01") + "-01", now.Format(dayForm)
}
