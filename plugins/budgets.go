package plugins

import (
	"context"
	"slices"
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
	User   accounts.User // the zero value where there is no account any more
	Budget int64         // tokens a day, 0 for no bound
	Own    bool          // the budget is theirs alone
	Role   accounts.Role // the budget is that of their role, "" where it is not
}

// Roles are those that a budget can be given, from the fewest rights on.
var Roles = []accounts.Role{accounts.RoleUser, accounts.RoleModerator, accounts.RoleAdmin}

// roleKey is what the budget of a role is kept under, beside those of people.
func roleKey(r accounts.Role) string { return "role:" + string(r) }

// budgetKeys are under which budgets of people with roles are kept.
func budgetKeys(ids []string) []string {
	keys := slices.Clone(ids)
	for _, r := range Roles {
		keys = append(keys, roleKey(r))
	}
	return keys
}

// bound fills in what a person may use, by what is kept under budgetKeys: their own budget, else that of their role, else
// everybody's.
func (s *Service) bound(p *PersonUsed, role accounts.Role, kept map[string]int64) {
	p.Budget, p.Own, p.Role = s.budget.Person, false, ""
	if tokens, is := kept[p.UserID]; is {
		p.Budget, p.Own = tokens, true
	} else if tokens, is := kept[roleKey(role)]; is {
		p.Budget, p.Role = tokens, role
	}
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
	kept, err := s.store.PersonBudgets(ctx, budgetKeys(ids))
	if err != nil {
		return nil, err
	}
	people, err := s.users(ctx, ids)
	byID := make(map[string]accounts.User, len(people))
	for _, u := range people {
		byID[u.ID] = u
	}
	used := make([]PersonUsed, len(found))
	for i, p := range found {
		used[i].PersonUsage, used[i].User = p, byID[p.UserID]
		s.bound(&used[i], used[i].User.Role, kept)
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
	if p.User, err = s.user(ctx, userID); err != nil && !fault.Is(err, fault.NotFound) {
		return p, err
	}
	return p, s.personBudget(ctx, &p, p.User.Role)
}

// SetBudget gives a person a budget of their own of tokens a day, 0 for no bound, or with nil that of their role or of
// everybody. It is for admins.
func (s *Service) SetBudget(ctx context.Context, actor accounts.User, userID string, tokens *int64) error {
	if err := mayBound(actor, tokens); err != nil {
		return err
	}
	u, err := s.user(ctx, userID)
	if err != nil {
		return err
	}
	if u.Bot || u.Deactivated {
		return accounts.ErrUserNotFound
	}
	return s.setBudget(ctx, u.ID, tokens, accounts.Event{ActorID: actor.ID, UserID: u.ID, Details: map[string]string{}})
}

// SetRoleBudget is SetBudget for those of a role who have no budget of their own.
func (s *Service) SetRoleBudget(ctx context.Context, actor accounts.User, role accounts.Role, tokens *int64) error {
	if err := mayBound(actor, tokens); err != nil {
		return err
	}
	if !slices.Contains(Roles, role) {
		return errNoRole
	}
	return s.setBudget(ctx, roleKey(role), tokens, accounts.Event{ActorID: actor.ID, Details: map[string]string{"role": string(role)}})
}

var errNoRole = fault.New(fault.NotFound, "ROLE_NOT_FOUND", "There is no such role.")

func mayBound(actor accounts.User, tokens *int64) error {
	if err := accounts.RequireAdmin(actor); err != nil {
		return err
	}
	if tokens != nil && (*tokens < 0 || *tokens > MaxBudget) {
		return fault.Field("budget", "INVALID_BUDGET", "A budget is a number of tokens from 0 on, 0 for no bound.")
	}
	return nil
}

// setBudget keeps a budget, or with nil none, and records it.
func (s *Service) setBudget(ctx context.Context, key string, tokens *int64, e accounts.Event) (err error) {
	e.Action, e.Details["tokens"] = accounts.ActionBudgetSet, "as everybody"
	if tokens == nil {
		err = s.store.DropPersonBudget(ctx, key)
	} else {
		e.Details["tokens"] = strconv.FormatInt(*tokens, 10)
		err = s.store.SetPersonBudget(ctx, key, *tokens)
	}
	if err == nil {
		s.record(ctx, e)
	}
	return err
}

// RoleBudgets returns the budgets of those roles that have one, for admins.
func (s *Service) RoleBudgets(ctx context.Context, actor accounts.User) (map[accounts.Role]int64, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return nil, err
	}
	kept, err := s.store.PersonBudgets(ctx, budgetKeys(nil))
	budgets := map[accounts.Role]int64{}
	for _, r := range Roles {
		if tokens, is := kept[roleKey(r)]; is {
			budgets[r] = tokens
		}
	}
	return budgets, err
}

// personBudget fills in what a person with a role may use on a day.
func (s *Service) personBudget(ctx context.Context, p *PersonUsed, role accounts.Role) error {
	kept, err := s.store.PersonBudgets(ctx, budgetKeys([]string{p.UserID}))
	if err == nil {
		s.bound(p, role, kept)
	}
	return err
}

// month returns the first day of this month and today.
func (s *Service) month() (first, today string) {
	now := s.now().UTC()
	return now.Format("2006-01") + "-01", now.Format(dayForm)
}
