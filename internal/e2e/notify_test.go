package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAMessageMarkedUnreadStaysSoUntilItsReaderReturns(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	first := q.say(general, "first words")
	q.say(general, "second words")
	ada := p.browse(wide, high)
	count := func(n int) step {
		return waitFor(fmt.Sprintf(`Number(document.querySelector(%q).dataset.unread) === %d`, row(general), n))
	}
	do(t, ada, open(s.url+"/chat/"+general), shows("second words"), count(0),
		click("#m-"+first.ID+" [data-mark-unread] button"), count(2), present("#new"))
	// More comes, and the reader looks on: nothing is read behind their back.
	q.say(general, "third words")
	do(t, ada, shows("third words"), waitFor(`dispatchEvent(new Event("focus"))`), count(2))
	do(t, ada, open(s.url+"/unreads"), shows("first words"), shows("third words"), count(3))
	do(t, ada, open(s.url+"/chat/"+general), shows("third words"), count(0))
}

func TestUnreadMessagesAreGatheredLiveAndReadAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	plans := p.create("plans", "private", q)
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/unreads"), present("#unreads .empty"))
	q.say(general, "words of general")
	do(t, ada, shows("words of general"))
	q.say(plans, "words of plans")
	do(t, ada, shows("words of plans"), press(chromedp.CSS(`section[aria-labelledby="unread-`+general+`"] header button`)), shows("words of plans"), gone(`#unread-`+general))
	do(t, ada, press(`header form[action="/unreads/read"] button`), present("#unreads .empty"))
}

// overridden stands in for the desktop: it allows notifications and remembers them.
const overridden = `(() => { window.shown = []; window.Notification = class {
	static permission = "granted";
	static requestPermission = async () => "granted";
	constructor(title, options) { Object.assign(this, { title, ...options }); window.shown.push(this); }
	close() {}
}; return true; })()`

func TestAnOpenTabShowsOnTheDesktopWhatConcernsOneOnceAndOpensIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	ada := p.browse(wide, high)
	other := tab(t, ada, wide, high)
	do(t, other, open(s.url+"/users"), waitFor(overridden), seen("nav"))
	do(t, ada, open(s.url+"/users"), waitFor(overridden), seen("nav"))
	q.say(general, "nothing for you")
	m := q.say(general, "@ada look here")
	sum := func(ctx context.Context) int { return get(t, ctx, chromedp.Evaluate[int](`shown.length`)) }
	do(t, ada, present(row(general)+" .n.at"))
	do(t, other, present(row(general)+" .n.at"))
	if n := sum(ada) + sum(other); n != 1 {
		t.Fatalf("%d notifications were shown", n)
	}
	with := ada
	if sum(ada) == 0 {
		with = other
	}
	if text := get(t, with, chromedp.Evaluate[string](`shown[0].title + ": " + shown[0].body + " " + shown[0].silent`)); text != "Jon in general: @ada look here true" {
		t.Errorf("it says %s", text)
	}
	do(t, with, waitFor(`shown[0].onclick() || true`), shows("@ada look here"), present("#m-"+m.ID))
}

func TestAMutedChannelStandsBackAndCountsNothingButCalls(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general+"/notifications"), press(`input[name=muted]`), press(`main form button.btn-primary`), at("/chat/"+general),
		open(s.url+"/users"), present(row(general)+".muted"))
	q.say(general, "nothing for you")
	do(t, ada, waitFor(fmt.Sprintf(`Number(document.querySelector(%q).dataset.lastSeq) === 1`, row(general))), present(row(general)+" .n[hidden]"))
	q.say(general, "but @ada this is")
	do(t, ada, present(row(general)+" .n.at:not([hidden])"), open(s.url+"/users"), present(row(general)+".muted .n.at:not([hidden])"))
}
