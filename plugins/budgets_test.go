package plugins_test

import (
	"context"
	"strings"
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

func TestTheBudgetOfARoleStandsBetweenAPersonsOwnAndEverybodys(t *testing.T) {
	role := accounts.RoleUser
	b := newBench(t, func(o *plugins.Options) {
		o.Budget = plugins.Budget{Person: 1500}
		o.User = func(_ context.Context, userID string) (accounts.User, error) {
			return accounts.User{ID: userID, Role: role}, nil
		}
		o.Users = func(_ context.Context, ids []string) ([]accounts.User, error) {
			return []accounts.User{{ID: ids[0], Role: role}}, nil
		}
	})
	boss := accounts.User{ID: b.ben.ID, Role: accounts.RoleAdmin}
	set := func(role accounts.Role, tokens int64) {
		t.Helper()
		b.must(b.SetRoleBudget(t.Context(), boss, role, &tokens))
	}
	is := func(tokens int64, own bool, of accounts.Role) {
		t.Helper()
		one, err := b.UsageOfPerson(t.Context(), boss, b.ada.ID)
		b.must(err)
		list, err := b.UsageByPerson(t.Context(), boss, plugins.UsagePlace{}, 5)
		b.must(err)
		for _, p := range append(list, one) {
			if p.Budget != tokens || p.Own != own || p.Role != of {
				t.Errorf("the budget is %d of %v %q, want %d of %v %q", p.Budget, p.Own, p.Role, tokens, own, of)
			}
		}
	}
	b.must(b.store.AddUsage(t.Context(), b.ada.ID, "2026-03-14", plugins.Usage{Input: 1000}))
	set(accounts.RoleModerator, 5)
	is(1500, false, "")
	set(accounts.RoleUser, 900)
	is(900, false, accounts.RoleUser)
	p := b.plugin("Dice")
	_, err := b.Ask(t.Context(), b.ada, p.ID, "", "Dice")
	b.refused(err, "BUDGET_USED")
	if !strings.Contains(err.Error(), "your role's budget of 900") {
		t.Errorf("it says %v", err)
	}
	own := int64(2000)
	b.must(b.SetBudget(t.Context(), boss, b.ada.ID, &own))
	is(2000, true, "")
	b.must(b.SetBudget(t.Context(), boss, b.ada.ID, nil))
	role = accounts.RoleModerator
	is(5, false, accounts.RoleModerator)
	b.must(b.SetRoleBudget(t.Context(), boss, accounts.RoleModerator, nil))
	is(1500, false, "")
	if kept, err := b.RoleBudgets(t.Context(), boss); err != nil || len(kept) != 1 || kept[accounts.RoleUser] != 900 {
		t.Errorf("the roles have %v, %v", kept, err)
	}
	for _, who := range []accounts.User{b.ada, {ID: b.ada.ID, Role: accounts.RoleModerator}} {
		b.refused(b.SetRoleBudget(t.Context(), who, accounts.RoleUser, nil), "FORBIDDEN")
		_, err := b.RoleBudgets(t.Context(), who)
		b.refused(err, "FORBIDDEN")
	}
	b.refused(b.SetRoleBudget(t.Context(), boss, "owner", &own), "ROLE_NOT_FOUND")
}
