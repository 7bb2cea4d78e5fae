package plugins_test

import (
	"context"
	"testing"

	"pegasus/accounts"
	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

func TestAPersonsOwnBudgetStandsInPlaceOfEverybodys(t *testing.T) {
	b := newBench(t, func(o *plugins.Options) {
		o.Budget = plugins.Budget{Person: 1500}
		o.User = func(_ context.Context, userID string) (accounts.User, error) { return accounts.User{ID: userID}, nil }
	})
	boss := accounts.User{ID: b.ben.ID, Name: "Ben", Role: accounts.RoleAdmin}
	p := b.plugin("Dice")
	set := func(tokens int64) {
		t.Helper()
		b.must(b.SetBudget(t.Context(), boss, b.ada.ID, &tokens))
	}
	b.must(b.store.AddUsage(t.Context(), b.ada.ID, "2026-03-14", plugins.Usage{Input: 1000}))
	set(900)
	_, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.refused(err, "BUDGET_USED")
	for _, tokens := range []int64{1100, 0} { // a larger one, and none
		set(tokens)
		b.model.Add(modeltest.Turn{Pieces: []string{"Hello."}})
		asked, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
		b.must(err)
		b.answered(asked.ID)
	}
	if used, err := b.Usage(t.Context(), b.ada); err != nil || used.Budget != 0 {
		t.Errorf("their own page says %+v, %v", used, err)
	}
	b.must(b.SetBudget(t.Context(), boss, b.ada.ID, nil))
	if used, err := b.UsageOfPerson(t.Context(), boss, b.ada.ID); err != nil || used.Budget != 1500 || used.Own || used.Today < 1000 {
		t.Errorf("after it was taken away: %+v, %v", used, err)
	}
}

func TestBudgetsAreSetByAdminsAlone(t *testing.T) {
	b := newBench(t)
	boss := accounts.User{ID: b.ben.ID, Role: accounts.RoleAdmin}
	tokens, less, more := int64(5), int64(-1), int64(plugins.MaxBudget+1)
	for _, role := range []accounts.Role{accounts.RoleUser, accounts.RoleModerator} {
		u := accounts.User{ID: b.ada.ID, Role: role}
		b.refused(b.SetBudget(t.Context(), u, b.ada.ID, &tokens), "FORBIDDEN")
		_, err := b.UsageByPerson(t.Context(), u, plugins.UsagePlace{}, 5)
		b.refused(err, "FORBIDDEN")
		_, err = b.UsageOfPerson(t.Context(), u, b.ada.ID)
		b.refused(err, "FORBIDDEN")
	}
	b.refused(b.SetBudget(t.Context(), boss, b.ada.ID, &less), "INVALID_BUDGET")
	b.refused(b.SetBudget(t.Context(), boss, b.ada.ID, &more), "INVALID_BUDGET")
	b.refused(b.SetBudget(t.Context(), boss, "65f000000000000000000001", &tokens), "USER_NOT_FOUND")
}
