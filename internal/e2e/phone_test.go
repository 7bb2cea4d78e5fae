package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAPhoneShowsOneColumnAtATime(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	m := p.say(general, "hello")
	ctx := p.browse(phoneWide, phoneHigh)
	list, conversation := chromedp.CSS("nav.side"), chromedp.CSS(composer)
	hidden := func(selector chromedp.CSS) step { return chromedp.WaitNotVisible(selector) }
	do(t, ctx,
		chromedp.EmulateViewport(phoneWide, phoneHigh, chromedp.EmulateMobile, chromedp.EmulateTouch),
		open(s.url+"/chat"), seen(list), hidden("main .empty"),
		chromedp.Tap(chromedp.CSS(row(general))), at("/chat/"+general), seen(conversation), hidden(list),
		chromedp.Tap(chromedp.CSS("main .back")), at("/chat"), seen(list), hidden("main .empty"),
		chromedp.NavigateBack(), at("/chat/"+general), seen(conversation), hidden(list),
		// A tap shows what can be done to a message; Enter breaks the line.
		chromedp.Tap(chromedp.CSS("#m-"+m.ID+" .body")), seen(chromedp.CSS("#m-"+m.ID+" .acts")),
		chromedp.Tap(conversation), keys(composer, "one"), enter(), keys(composer, "two"),
		waitFor(`document.querySelector('#content').value === 'one\ntwo'`),
		chromedp.Tap(chromedp.CSS("#composer .send")), shows("one\ntwo"),
		chromedp.Tap(chromedp.CSS(`[data-panel-link][href$="/members"]`)), seen("#panel .panel"), hidden("#log"),
		chromedp.Tap(chromedp.CSS(`#panel [data-close-panel]`)), seen(conversation), gone("#panel .panel"),
	)
}
