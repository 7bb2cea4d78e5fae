package plugins

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// Budget bounds what models are used for, and says what it costs. The zero value bounds nothing and costs nothing.
type Budget struct {
	Person int64 // tokens of one person on a day (UTC), 0 for no bound
	All    int64 // tokens of everyone on a day, 0 for no bound
	// InputPrice and OutputPrice are those of a million tokens, in Currency.
	InputPrice, OutputPrice float64
	Currency                string // as it is shown, such as "USD"
}

// cost returns what tokens cost, in millionths of the currency.
func (b Budget) cost(u Usage) int64 {
	return int64(math.Round(float64(u.Input)*b.InputPrice + float64(u.Output)*b.OutputPrice))
}

// Tokens returns how many tokens were used.
func (u Usage) Tokens() int64 { return u.Input + u.Output }

const dayForm = "2006-01-02"

// nextDay is when a budget begins anew.
func nextDay(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
}

// checkBudget refuses a call of the model where the day's budget of a person with a role, or of everyone, is used up. Who has no
// account has no role.
func (s *Service) checkBudget(ctx context.Context, userID string, role accounts.Role) error {
	now := s.now()
	day := now.UTC().Format(dayForm)
	own := PersonUsed{PersonUsage: PersonUsage{UserID: userID}}
	if err := s.personBudget(ctx, &own, role); err != nil {
		return err
	}
	for _, bound := range []struct {
		userID, code, whose string
		tokens              int64
	}{
		{userID, "BUDGET_USED", "your" + ofRole(own.Role), own.Budget},
		{"", "WORKSPACE_BUDGET_USED", "the workspace's", s.budget.All},
	} {
		if bound.tokens == 0 {
			continue
		}
		used, err := s.store.UsageBetween(ctx, bound.userID, day, day)
		if err != nil {
			return err
		}
		if used.Tokens() >= bound.tokens {
			return &fault.Error{
				Kind: fault.Limited, Code: bound.code, RetryAfter: nextDay(now).Sub(now),
				Message: fmt.Sprintf("Today %s budget of %s tokens is used up. A new one begins at 00:00 UTC.", bound.whose, thousands(bound.tokens)),
			}
		}
	}
	return nil
}

// ofRole says that a limit is that of a role.
func ofRole(r accounts.Role) string {
	if r == "" {
		return ""
	}
	return " role's"
}

// thousands writes a number with commas.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// book adds one call of the model to what a person used today, and returns it with its cost.
func (s *Service) book(ctx context.Context, userID string, u Usage) Usage {
	u.Calls = 1
	if u.Cost == 0 {
		u.Cost = s.budget.cost(u)
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.store.AddUsage(ctx, userID, s.now().UTC().Format(dayForm), u); err != nil {
		s.failed(ctx, "book the use of a model", err)
	}
	return u
}

// Used is what models were used for, and how much is left. Budgets of 0 are none.
type Used struct {
	Today, Month Usage
	Budget       int64 // tokens a day
	AllToday     int64 // tokens of everyone
	AllBudget    int64
	Free         time.Time // when a new day's budget begins
	Currency     string    // "" where no price is known
}

// Usage returns what the actor has used models for today and in this month.
func (s *Service) Usage(ctx context.Context, actor accounts.User) (Used, error) {
	own := PersonUsed{PersonUsage: PersonUsage{UserID: actor.ID}}
	if err := s.personBudget(ctx, &own, actor.Role); err != nil {
		return Used{}, err
	}
	return s.used(ctx, actor.ID, own.Budget)
}

// UsageOfAll returns what everyone together has used models for today and in this month. It is for admins.
func (s *Service) UsageOfAll(ctx context.Context, actor accounts.User) (Used, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return Used{}, err
	}
	return s.used(ctx, "", s.budget.All)
}

func (s *Service) used(ctx context.Context, userID string, budget int64) (Used, error) {
	first, day := s.month()
	today, err := s.store.UsageBetween(ctx, userID, day, day)
	if err != nil {
		return Used{}, err
	}
	month, err := s.store.UsageBetween(ctx, userID, first, day)
	if err != nil {
		return Used{}, err
	}
	all, err := s.store.UsageBetween(ctx, "", day, day)
	used := Used{
		Today: today, Month: month, Budget: budget, AllToday: all.Tokens(), AllBudget: s.budget.All, Free: nextDay(s.now()), Currency: s.budget.Currency,
	}
	return used, err
}
