package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pill is the button of a reaction under a message.
func pill(messageID, emoji string) string {
	return fmt.Sprintf(`[data-reacts=%q] button[value=%q]`, messageID, emoji)
}

// counted waits until a reaction says its number and whether it is one's own.
func counted(messageID, emoji string, n int, own bool) step {
	return waitFor(fmt.Sprintf(`(e => e && e.innerText.trim().endsWith('%d') && e.getAttribute('aria-pressed') === '%t')(document.querySelector(%q))`,
		n, own, pill(messageID, emoji)))
}

// says waits until some message has a text among others.
func says(text string) step {
	return waitFor(fmt.Sprintf(`[...document.querySelectorAll('.msg .body')].some(e => e.innerText.includes(%q))`, text))
}

func TestAReactionIsSeenByTheOthersAndCountsForItsOwner(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	m := p.say(general, "hello")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general), shows("hello"))
	do(t, jon, open(s.url+"/chat/"+general), shows("hello"))
	// The picker is worked by keys alone: a word, an arrow down into what was found, Enter. The focus comes back.
	bar := fmt.Sprintf(`document.querySelector('#m-%s [data-act=react]')`, m.ID)
	do(t, jon, waitFor(bar+`.focus() || true`), enter(), seen("dialog.picker input"), keys("dialog.picker input", "tada"),
		waitFor(`document.querySelectorAll('.picker-list button').length === 1`), chromedp.KeyEvent(kb.ArrowDown),
		waitFor(`document.activeElement.value === '🎉'`), enter(), gone("dialog.picker"), waitFor(`document.activeElement === `+bar),
		counted(m.ID, "🎉", 1, true))
	do(t, ada, counted(m.ID, "🎉", 1, false), click(pill(m.ID, "🎉")), counted(m.ID, "🎉", 2, true),
		waitFor(fmt.Sprintf(`document.querySelector(%q).title === 'Jon and Ada'`, pill(m.ID, "🎉"))))
	do(t, jon, counted(m.ID, "🎉", 2, true), click(pill(m.ID, "🎉")), counted(m.ID, "🎉", 1, false))
	do(t, ada, counted(m.ID, "🎉", 1, true), open(s.url+"/chat/"+general), counted(m.ID, "🎉", 1, true), click(pill(m.ID, "🎉")), gone("[data-reacts]"))
	do(t, jon, gone("[data-reacts]"))
	// What was chosen last comes first, and Escape chooses nothing.
	do(t, jon, click("#m-"+m.ID+" [data-act=react]"), waitFor(`document.querySelector('.picker-list button')?.value === '🎉'`),
		chromedp.KeyEvent(kb.Escape), gone("dialog.picker"), gone("[data-reacts]"))
}

func TestAMessageIsSavedAndFoundAgain(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	m := p.say(general, "worth keeping")
	for range 50 {
		p.say(general, "noise")
	}
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general+"?around="+m.ID), shows("worth keeping"), click("#m-"+m.ID+" .save"), present(".item.saved > #m-"+m.ID),
		press(`nav a[href="/saved"]`), at("/saved"), press(".card-foot a"), at("/chat/"+general), seen(chromedp.CSS("#m-"+m.ID)),
		click("#m-"+m.ID+" .unsave"), gone(".item.saved"),
		open(s.url+"/saved"), seen("main .empty"))
}

func TestAPinIsSeenByTheOthersAndInTheirPanel(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	m := p.say(general, "the rules")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), shows("the rules"), press(`[data-panel-link][href$="/pins"]`), seen("#panel .empty"))
	// By keys: the menu opens with Enter, arrows walk it, Escape closes it and gives the focus back.
	menu := fmt.Sprintf(`document.querySelector('#m-%s summary')`, m.ID)
	do(t, ada, open(s.url+"/chat/"+general), shows("the rules"), waitFor(menu+`.focus() || true`), enter(), present("#m-"+m.ID+" details[open]"),
		chromedp.KeyEvent(kb.ArrowDown), waitFor(`document.activeElement.dataset.act === 'edit'`),
		chromedp.KeyEvent(kb.Escape), gone("details.menu[open]"), waitFor(`document.activeElement === `+menu),
		click("#m-"+m.ID+" button[name=pinned]"), waitFor(fmt.Sprintf(`document.querySelector('#m-%s .flag').innerText === 'Pinned by Ada'`, m.ID)))
	do(t, jon, waitFor(fmt.Sprintf(`document.querySelector('#m-%s .flag').innerText === 'Pinned by Ada'`, m.ID)), present(`#panel [data-pin]`),
		press("#panel [data-pin] button[name=pinned]"), gone("#panel [data-pin]"))
	do(t, ada, waitFor(fmt.Sprintf(`!document.querySelector('#m-%s').hasAttribute('data-pinned')`, m.ID)))
}

func TestTheHistoryOfAnEditedMessageOpensBesideIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer))
	m := p.say(general, "see you at three")
	do(t, ctx, shows("see you at three"))
	p.must("PUT", "/api/chat/messages/"+m.ID, map[string]string{"content": "see you at four"}, nil)
	do(t, ctx, shows("see you at four"), press(chromedp.CSS("#m-"+m.ID+" .edited")), seen("#panel del"),
		waitFor(`document.querySelector('#panel del').innerText === 'three' && document.querySelector('#panel ins').innerText === 'four'`), seen(composer))
}

func TestAQuoteOfAPrivateChannelIsShownToItsMembersAlone(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general, plans := p.channel("general"), p.create("plans", "private")
	m := p.say(plans, "canary-plan")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), seen(composer))
	do(t, ada, open(s.url+"/chat/"+general), seen(composer))
	link := fmt.Sprintf("%s/chat/%s?around=%s#m-%s", s.url, plans, m.ID, m.ID)
	own := p.say(general, "look: "+link)
	// Live, and on the page as it loads.
	for range 2 {
		do(t, ada, present(".quotes [data-quote]"), waitFor(`document.querySelector('.quoted').innerText.includes('canary-plan')`))
		do(t, jon, present("#m-"+own.ID))
		p.say(general, "later")
		do(t, jon, shows("later"))
		if text := get(t, jon, chromedp.Evaluate[string](`document.body.innerHTML`)); strings.Contains(text, "canary-plan") || !strings.Contains(text, m.ID) {
			t.Error("an outsider sees the quoted message, or not the link")
		}
		do(t, ada, open(s.url+"/chat/"+general))
		do(t, jon, open(s.url+"/chat/"+general))
	}
	// Quoting puts the link into the composer; forwarding posts it elsewhere.
	do(t, ada, click("#m-"+own.ID+" [data-act=quote]"), waitFor(fmt.Sprintf(`document.querySelector('#content').value.includes('around=%s')`, own.ID)),
		open(link), seen(chromedp.CSS("#m-"+m.ID)), open(s.url+"/chat/"+plans+"/messages/"+m.ID+"/forward"),
		press(chromedp.CSS(`[name=channel_id][value="`+general+`"]`)), fill("#comment", "once more"), press("main .btn-primary"), at("/chat/"+general), says("once more"), waitFor(`document.querySelectorAll('.quoted').length === 2`))
	do(t, jon, says("once more"))
}

func TestAMessageIsForwardedToSomebodyNobodyTalkedToYet(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	m := p.say(general, "worth knowing")
	page := s.url + "/chat/" + general + "/messages/" + m.ID + "/forward"
	ada := p.browse(wide, high)
	do(t, ada, open(page), fill("#comment", "have you seen"), keys("main [name=q]", "jon"), waitFor(`document.querySelector('#targets').innerText.includes('@jon')`), focused("main [name=q]"), keys("main [name=q]", "\r"),
		waitFor(`document.querySelectorAll('#targets :checked').length === 1 && document.querySelector('#comment').value === 'have you seen'`),
		press("main .btn-primary"), says("have you seen"), seen(".quoted"))
	jon := q.browse(wide, high)
	do(t, jon, open(s.url+"/dm"), press("main .list .title"), says("have you seen"), seen(".quoted"))
	do(t, jon, scriptsOff(), open(page), fill("#comment", "back to you"), fill("main [name=q]", "ada"), press("main .filter .btn"), seen("#targets :checked"), press("main .btn-primary"), says("back to you"))
}

func TestMarksWorkWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	m := p.say(general, "hello")
	ctx := p.browse(wide, high)
	c, own := s.url+"/chat/"+general, s.url+"/chat/"+general+"/messages/"+m.ID
	do(t, ctx, scriptsOff(), open(own+"/react"), press(`.emoji-grid button[value="😀"]`), seen(chromedp.CSS(pill(m.ID, "😀"))),
		press(chromedp.CSS(pill(m.ID, "😀"))), chromedp.WaitNotPresent(chromedp.CSS(".reacts")), open(c))
	do(t, ctx, chromedp.Focus(chromedp.CSS("#m-"+m.ID+" summary")), enter(), seen(chromedp.CSS("#m-"+m.ID+" .menu-list")),
		press(chromedp.CSS("#m-"+m.ID+" button[name=pinned]")), seen(chromedp.CSS("#m-"+m.ID+" .flag")),
		chromedp.Focus(chromedp.CSS("#m-"+m.ID+" .save")), press(chromedp.CSS("#m-"+m.ID+" .save")), seen(chromedp.CSS(".item.saved .saved-flag")))
}

// mark puts everything on a message that can stand on one, a quote below it too.
func (p *person) mark(channelID, messageID string) {
	p.t.Helper()
	path := "/api/chat/messages/" + messageID
	for _, emoji := range []string{"👍", "🎉", "❤️"} {
		p.must("POST", "/api/chat/channels/"+channelID+"/messages/"+messageID+"/reactions", map[string]string{"emoji": emoji}, nil)
	}
	p.must("POST", path+"/pin", nil, nil)
	p.must("POST", path+"/bookmark", nil, nil)
	p.must("PUT", path, map[string]string{"content": everyMark + " again"}, nil)
	p.say(channelID, fmt.Sprintf("%s/chat/%s?around=%s#m-%s", p.server.url, channelID, messageID, messageID))
}
