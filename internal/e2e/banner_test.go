package e2e

import (
	"context"
	"syscall"
	"testing"
)

func TestAnAnnouncementComesLiveAndStaysAwayOnceItWasPutAway(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, ada := s.boss(t), s.signUp(t, "Ada")
	general := ada.channel("general")
	page, admin := ada.browse(wide, high), boss.browse(wide, high)
	do(t, page, open(s.url+"/chat/"+general), seen(composer))
	do(t, admin, open(s.url+"/admin"), press(`.admin-nav a[href="/admin/announcement"]`), fill("#text", "**Friday** we [move](https://example.org)"),
		fill("#kind", "warning"), press("button[value=show]"), seen(".banner.warning"))
	do(t, page, seen(`.banner.warning a[href="https://example.org"]`), press(".banner .ibtn"), gone(".banner"), focused("#main"))
	do(t, page, open(s.url+"/users"), seen(".list"), gone(".banner"))
	other := ada.browse(phoneWide, phoneHigh)
	do(t, other, scriptsOff(), open(s.url+"/chat/"+general), seen(composer), gone(".banner"))

	do(t, admin, fill("#text", "Another one"), press("button[value=show]"), seen(".banner"))
	do(t, page, seen(".banner"))
	do(t, other, open(s.url+"/users"), seen(".banner"), press(".banner .ibtn"), seen("main"), gone(".banner"))
	do(t, admin, fill("#text", "The last"), press("button[value=show]"))
	for _, ctx := range []context.Context{admin, page} {
		do(t, ctx, waitFor(`document.querySelector('.banner-text')?.textContent.trim() === 'The last'`))
	}
	do(t, page, waitFor(`(document.querySelector('#banner').replaceChildren(), true)`), gone(".banner"))
	s.signal(syscall.SIGTERM)
	s.run(t)
	do(t, page, seen(".banner")) // of the conversation, read again as its stream cannot go on
	do(t, admin, press("button[value=remove]"), gone(".banner"))
	do(t, page, gone(".banner"))
}
