package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// combo presses a key while others are held: 1 is Alt, 2 Ctrl, 8 Shift.
func combo(key, code string, number, held int64) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			event := input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, WindowsVirtualKeyCode: number, Modifiers: held}
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event); err != nil {
				return chromedp.Void{}, err
			}
		}
		return chromedp.Void{}, nil
	}
}

var (
	ctrlK  = combo("k", "KeyK", 75, 2)
	escape = combo("Escape", "Escape", 27, 0)
	blur   = waitFor(`document.activeElement.blur() || true`)
)

func letter(key string) step { return combo(key, "Key"+key, int64(key[0]-32), 0) }

func focused(what string) step {
	return waitFor(fmt.Sprintf(`document.activeElement.matches(%q)`, what))
}

func TestASearchLeadsToTheMessageAtItsPlace(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	wanted := p.say(general, "the lighthouse keeper wrote this")
	for i := range 60 {
		p.say(general, fmt.Sprintf("filler %d", i))
	}
	bothWays(t, p, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/chat/"+general), fill(".find input", "lighthouse"), keys(".find input", "\r"), seen(".hits mark"))
		if got := get(t, ctx, chromedp.TextContent(chromedp.CSS(".hits .snip"))); got == "" {
			t.Error("the result says nothing")
		}
		do(t, ctx, press(".hits a"), present("#m-"+wanted.ID))
		marked := `document.querySelector(':target')?.id === 'm-` + wanted.ID + `'`
		inSight := fmt.Sprintf(`(() => { const r = document.querySelector('#m-%s').getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight; })()`, wanted.ID)
		get(t, ctx, chromedp.CaptureScreenshot()) // a frame is drawn, which a page without scripts that nobody looks at may put off
		do(t, ctx, waitFor("document.readyState === 'complete' && "+marked+" && "+inSight))
	})
}

func TestASearchFindsWhileOneTypesAndRemembersInThisBrowserAlone(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	for i := range 25 {
		p.say(p.channel("general"), fmt.Sprintf("needle %d", i))
	}
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/search"), keys("#q", "needle"), seen(".hits"), waitFor(`document.querySelectorAll('.hits > li').length === 20`),
		waitFor(`location.search === '?q=needle&zone=UTC'`), press("[data-more-hits]"), waitFor(`document.querySelectorAll('.hits > li').length === 25`),
		keys("#q", " from:"), seen(".choices a"), press(".choices li:first-child a"), seen(".hits"), waitFor(`location.search === '?q=needle+from%3Ame&zone=UTC'`),
		open(s.url+"/search"), seen("[data-recent] a"))
	if got := get(t, ctx, chromedp.TextContent(chromedp.CSS("[data-recent] ul"))); got != "needle from:me" {
		t.Errorf("remembered is %q", got)
	}
	do(t, ctx, press("[data-forget-searches]"), waitFor(`document.querySelector('[data-recent]').hidden && !localStorage.getItem('searches')`))
}

// chosen waits until the palette has chosen an entry.
func chosen(title string) step {
	return waitFor(fmt.Sprintf(`document.querySelector('.palette [aria-selected=true] .name')?.textContent === %q`, title))
}

func TestThePaletteLeadsToChannelsAndPeople(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	zoo, house := p.create("zoo", "private"), q.create("open-house", "public")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+p.channel("general")), focused(composer), ctrlK, seen("dialog.palette [role=option]"), focused(".palette input"))
	if !get(t, ctx, chromedp.Evaluate[bool](`document.getElementById(document.querySelector('.palette input').getAttribute('aria-activedescendant')).getAttribute('aria-selected') === 'true'`)) {
		t.Error("no option is chosen for screen readers")
	}
	do(t, ctx, escape, gone("dialog"), focused(composer))
	do(t, ctx, ctrlK, present(".palette input"), keys(".palette input", "zo"), chosen("zoo"), enter(), at("/chat/"+zoo))
	do(t, ctx, focused(composer), ctrlK, present(".palette input"), keys(".palette input", "jon"), chosen("Jon"), enter(), waitFor(`document.querySelector('main h1')?.textContent === 'Jon'`), seen(composer))
	do(t, ctx, focused(composer), ctrlK, present(".palette input"), keys(".palette input", "ophou"), chosen("open-house"), enter(), at("/chat/"+house), seen("main form"))
}

func TestThePaletteDoesThings(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/profile"), press("[data-jump]"), seen(".palette [role=option]"), keys(".palette input", "dark"), chosen("Dark colours"), enter(),
		waitFor(`document.documentElement.dataset.theme === 'pegasus-dark'`), gone("dialog"))
	do(t, ctx, ctrlK, present(".palette input"), keys(".palette input", "xqzjv"), seen(".palette .none"), enter(), at("/search"), seen("#found"))
	do(t, ctx, press("[data-jump]"), seen(".palette [role=option]"), keys(".palette input", "sign out"), chosen("Sign out"), enter(), seen("#password"))
}

func TestJumpingAndShortcutsWorkWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	zoo := p.create("zoo", "private")
	ctx := p.browse(phoneWide, phoneHigh)
	do(t, ctx, scriptsOff(), open(s.url+"/chat"), press(".find a"), seen("#jumps"), fill("main input[name=q]", "zo"), press("main form.filter button"), press(chromedp.CSS(`#jumps a[href="/chat/`+zoo+`"]`)), seen(composer),
		open(s.url+"/shortcuts"), seen("#shortcuts kbd"))
}

func TestKeysMoveBetweenMessagesAndActOnThem(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	first, second := p.say(general, "one"), p.say(general, "two")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), present("#m-"+second.ID), keys(composer, "jke?"), waitFor(`document.querySelector('`+composer+`').value === 'jke?' && !document.querySelector('dialog')`),
		blur, letter("j"), focused("#m-"+second.ID), letter("k"), focused("#m-"+first.ID), combo("ArrowDown", "ArrowDown", 40, 0), focused("#m-"+second.ID),
		combo("Home", "Home", 36, 0), focused("#m-"+first.ID), letter("e"), present("#m-"+first.ID+" .inline-edit"), escape, gone(".inline-edit"),
		blur, letter("j"), escape, focused(composer),
		blur, combo("?", "Slash", 191, 8), seen("dialog.keys #shortcuts"), escape, gone("dialog"), combo("/", "Slash", 191, 2), seen("dialog.keys #shortcuts"), press("dialog.keys button"), gone("dialog"))
}

func TestKeysMoveBetweenTheRepliesOfAThread(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	root := p.say(general, "one")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general+"/thread/"+root.ID), seen("#reply-content"), keys("#reply-content", "two"), enter(), present(`#replies .msg[id^="m-"]`),
		press("#thread"), waitFor(`document.querySelector('#thread').focus() || true`), letter("j"), focused(`#replies .msg`), letter("e"), present("#replies .inline-edit"), escape, gone(".inline-edit"),
		waitFor(`document.querySelector('#thread').focus() || true`), letter("k"), focused(`#replies .msg`), escape, focused("#reply-content"),
		blur, letter("j"), focused("#log .msg"), escape, focused(composer),
		blur, letter("j"), letter("k"), focused("#m-"+root.ID), letter("r"), focused("#reply-content"), escape, gone("#replies"), focused("#m-"+root.ID+" [data-thread-link]"))
}
