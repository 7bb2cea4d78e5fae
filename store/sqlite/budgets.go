package sqlite

import (
	"context"
	"math"

	"pegasus/plugins"
)

// UsageByPerson implements plugins.ConversationStore. It groups what the days have, which is a month of people at most.
func (s *Store) UsageByPerson(ctx context.Context, first, last string, after plugins.UsagePlace, limit int) ([]plugins.PersonUsage, error) {
	if after.UserID == "" {
		after.Tokens = math.MaxInt64
	}
	return list(ctx, s.reads[readUsageByPerson], func(r row) (p plugins.PersonUsage, err error) {
		var tokens int64
		err = r.Scan(&p.UserID, &p.Calls, &p.Input, &p.Output, &p.Cost, &p.Took, &p.Today, &tokens)
		return p, err
	}, first, last, after.Tokens, after.UserID, max(0, limit))
}

// SetPersonBudget implements plugins.ConversationStore.
func (s *Store) SetPersonBudget(ctx context.Context, userID string, tokens int64) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(putPersonBudget, userID, tokens) })
}

// DropPersonBudget implements plugins.ConversationStore.
func (s *Store) DropPersonBudget(ctx context.Context, userID string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deletePersonBudget, userID) })
}

// PersonBudgets implements plugins.ConversationStore.
func (s *Store) PersonBudgets(ctx context.Context, userIDs []string) (map[string]int64, error) {
	budgets := map[string]int64{}
	_, err := list(ctx, s.reads[readPersonBudgets], func(r row) (none struct{}, err error) {
		var id string
		var tokens int64
		if err = r.Scan(&id, &tokens); err == nil {
			budgets[id] = tokens
		}
		return none, err
	}, document{userIDs})
	return budgets, err
}
