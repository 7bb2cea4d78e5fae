package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAWorkspaceShowsItsOwnLookWithoutScriptsToo(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss := s.boss(t)
	admin, guest := boss.browse(wide, high), browser(t, phoneWide, phoneHigh)
	accent := `getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()`
	do(t, admin, scriptsOff(), open(s.url+"/admin/branding"), fill("#brand-name", "Acme"), fill("#brand-accent", "red"), press("button[value=save]"), seen("#brand-accent-wrong"),
		fill("#brand-accent", "#0f766e"), chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{portrait(t)}), press("button[value=save]"), seen(".side img.logo"), seen(".tones svg"))
	do(t, guest, open(s.url+"/login"), waitFor(accent+` === '#0f766e' && document.title.endsWith('Acme') && document.querySelector('img.logo').naturalWidth === 512`),
		waitFor(`fetch('/manifest.webmanifest').then((r) => r.json()).then((m) => m.name === 'Acme')`))
	do(t, admin, press("button[value=reset]"), seen(".side span.logo"))
	do(t, guest, open(s.url+"/login"), waitFor(accent+` === '#3148d4' && document.title.endsWith('Pegasus')`))
}
