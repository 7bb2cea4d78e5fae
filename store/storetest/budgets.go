package storetest

import (
	"testing"

	"pegasus/id"
	"pegasus/plugins"
)

func usageByPerson(t *testing.T, store PluginStore) {
	ada, ben, cem := id.New(Start), id.New(Start), id.New(Start)
	for _, used := range []struct {
		who, day string
		tokens   int64
	}{{ada, "2026-02-28", 1000}, {ada, "2026-03-01", 2}, {ada, "2026-03-14", 4}, {ben, "2026-03-02", 9}, {cem, "2026-03-14", 6}, {cem, "2026-03-15", 1000}} {
		must(t, store.AddUsage(t.Context(), used.who, used.day, plugins.Usage{Calls: 1, Input: used.tokens - 1, Output: 1, Cost: 3, Took: 2}))
	}
	first, last := "2026-03-01", "2026-03-14"
	all, err := store.UsageByPerson(t.Context(), first, last, plugins.UsagePlace{}, 10)
	must(t, err)
	alike(t, "the list", all, []plugins.PersonUsage{
		{UserID: ben, Usage: plugins.Usage{Calls: 1, Input: 8, Output: 1, Cost: 3, Took: 2}},
		{UserID: ada, Usage: plugins.Usage{Calls: 2, Input: 4, Output: 2, Cost: 6, Took: 4}, Today: 4},
		{UserID: cem, Usage: plugins.Usage{Calls: 1, Input: 5, Output: 1, Cost: 3, Took: 2}, Today: 6},
	})
	var paged []plugins.PersonUsage
	for after := (plugins.UsagePlace{}); ; {
		page, err := store.UsageByPerson(t.Context(), first, last, after, 1)
		must(t, err)
		if len(page) == 0 {
			break
		}
		paged, after = append(paged, page...), page[0].Place()
	}
	alike(t, "the pages", paged, all)
	none, err := store.UsageByPerson(t.Context(), first, last, plugins.UsagePlace{}, 0)
	must(t, err)
	equal(t, "how many come of none asked for", len(none), 0)
}

func budgetsReadBack(t *testing.T, store PluginStore) {
	ada, ben := id.New(Start), id.New(Start)
	must(t, store.SetPersonBudget(t.Context(), ada, 5))
	must(t, store.SetPersonBudget(t.Context(), ada, 0))
	must(t, store.SetPersonBudget(t.Context(), ben, 7))
	must(t, store.SetPersonBudget(t.Context(), "role:user", 9))
	budgets, err := store.PersonBudgets(t.Context(), []string{ada, ben, id.New(Start), "role:user", "role:admin"})
	must(t, err)
	alike(t, "the budgets", budgets, map[string]int64{ada: 0, ben: 7, "role:user": 9})
	must(t, store.DropPersonBudget(t.Context(), "role:user"))
	must(t, store.DropPersonBudget(t.Context(), ada))
	must(t, store.DropPersonBudget(t.Context(), ada))
	budgets, err = store.PersonBudgets(t.Context(), []string{ada, ben})
	must(t, err)
	alike(t, "what is left", budgets, map[string]int64{ben: 7})
	budgets, err = store.PersonBudgets(t.Context(), nil)
	must(t, err)
	equal(t, "the budgets of nobody", len(budgets), 0)
}
