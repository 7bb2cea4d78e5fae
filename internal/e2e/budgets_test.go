package e2e

import (
	"context"
	"testing"
)

func TestAPersonIsGivenABudgetWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, ben := s.boss(t), s.signUp(t, "Ben")
	bothWays(t, boss, func(t *testing.T, ctx context.Context) {
		do(t, ctx,
			open(s.url+"/admin/budgets"), seen("#by-person"), open(s.url+"/admin/people/"+ben.id),
			fill("#models-budget", "much"), press("#models button"), seen("#models-budget-wrong"),
			fill("#models-budget", "1000"), press("#models button"), at("/admin/people/"+ben.id), waitFor(`document.querySelector('#models .fact')?.innerText.includes('of 1\u202f000')`),
			fill("#models-budget", " "), press("#models button"), waitFor(`document.querySelector('#models .fact')?.innerText.includes('of 500\u202f000')`),
		)
	})
}
