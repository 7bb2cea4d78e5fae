package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAnAdminFindsChangesAndLooksUpPeopleInTheBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, p := s.boss(t), s.signUp(t, "Ada")
	tick := press(chromedp.CSS(`.picked[value="` + p.id + `"]`))
	bothWays(t, boss, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/admin"), press(`.tile a[href="/admin/people"]`), fill(`main .filter input[name="q"]`, "ada"), press("main .filter .btn"),
			seen(chromedp.CSS(`.picked[value="`+p.id+`"]`)), tick, fill(`select[name="action"]`, "ban"), press(".bulk button"),
			fill("#ban-ban_reason", "noise"), press(".form .btn-danger"), seen(".list .chip.bad"),
			tick, fill(`select[name="action"]`, "unban"), press(".bulk button"), chromedp.WaitNotPresent(chromedp.CSS(".list .chip.bad")))
		do(t, ctx, open(s.url+"/admin/audit"), fill("#audit-about", p.id), fill("#audit-action", "user.banned"), press(".audit-go .btn"), seen(".audit code"))
		do(t, ctx, open(s.url+"/admin/settings"), press(`button[value="storage"]`), seen(".tried.good"))
		do(t, ctx, open(s.url+"/admin?q=audit"), press(`main .list a[href="/admin/audit"]`), seen(".audit-filter"))
	})
}
