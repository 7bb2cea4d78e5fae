package e2e

import (
	"context"
	"testing"
)

func TestAnAdminChoosesHowLongMessagesAreKept(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, ada := s.boss(t), s.signUp(t, "Ada")
	general := ada.channel("general")
	bothWays(t, boss, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/admin"), press(`.admin-nav a[href="/admin/retention"]`), fill("#keep-days", "90"), fill("#keep-direct_days", "30"),
			submitted("#retention .btn-primary"), seen(".toasts .note"), waitFor(`document.querySelector('#keep-days').value === '90'`))
		do(t, ctx, open(s.url+"/admin/channels"), press("main .list a.title"), fill("#keep-choice", "ever"), submitted("#keep form .btn"),
			seen(".toasts .note"), waitFor(`document.querySelector('#keep-choice').value === 'ever'`))
		do(t, ctx, fill("#keep-choice", "workspace"), submitted("#keep form .btn"), waitFor(`document.querySelector('#keep-choice').value === 'workspace'`))
		do(t, ada.browse(phoneWide, phoneHigh), open(s.url+"/chat/"+general), seen(".removed-line"))
		do(t, ctx, open(s.url+"/admin/retention"), fill("#keep-days", ""), fill("#keep-direct_days", ""), submitted("#retention .btn-primary"),
			seen(".toasts .note"), waitFor(`document.querySelector('#keep-days').value === ''`))
	})
}
