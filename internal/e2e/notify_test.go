package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAMessageMarkedUnreadStaysSoUntilItsReaderReturns(t *testing.T) {
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
