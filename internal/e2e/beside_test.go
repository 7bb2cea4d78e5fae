package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var ctrlShiftF = combo("F", "KeyF", 70, 10)

func TestASearchOpensBesideTheConversationAndStaysThereAtAJump(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	old := p.say(general, "the lighthouse keeper wrote this")
	for i := range 60 {
		p.say(general, fmt.Sprintf("filler %d", i))
	}
	late := p.say(general, "another lighthouse")
	path := "/chat/" + general + "/search"
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), focused(composer), ctrlShiftF, seen("#panel #q"), focused("#panel #q"), waitFor(`document.querySelector("#panel #q").value.startsWith("in:general")`),
		escape, gone("#panel #q"), at("/chat/"+general),
		press("[data-search-here]"), seen("#panel #q"), focused("#panel #q"), keys("#panel #q", "lighthouse"), waitFor(`document.querySelectorAll("#panel .hits > li").length === 2`), at(path))
	do(t, ctx, waitFor(`(window.kept = true)`), press("#panel .hits > li:first-child a"), waitFor(`location.hash === "#m-`+late.ID+`" && window.kept === true && document.querySelector("#panel .hit.here") !== null`),
		press("#panel .hits > li:last-child a"), present("#m-"+old.ID), waitFor(`!window.kept && document.querySelector(":target")?.id === "m-`+old.ID+`"`), at(path),
		seen("#panel .hits > li:last-child.here"), waitFor(`document.querySelectorAll("#panel .hits > li").length === 2`), seen(composer))
	do(t, ctx, fill(".find input", "filler 7"), keys(".find input", "\r"), waitFor(`document.querySelector("#panel #q").value === "filler 7" && document.querySelector("#found").dataset.query === "filler 7"`), at(path),
		press("#panel .tokens li:first-child a"), waitFor(`document.querySelector("#found").dataset.query === "filler 7 from:me"`), seen("#panel .token.on"),
		press("#panel [data-close-panel]"), gone("#panel #q"), at("/chat/"+general))
	do(t, ctx, fill(".find input", "before:never"), keys(".find input", "\r"), seen("#panel #q-wrong"), at(path),
		waitFor(`document.querySelector("#panel #q").value === "before:never" && !document.querySelector("#toasts .bad")`))
}

func TestOnAPhoneASearchHasTheWholeScreenAndAJumpLeavesIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	wanted := p.say(general, "the lighthouse keeper wrote this")
	ctx := p.browse(phoneWide, phoneHigh)
	do(t, ctx, open(s.url+"/chat/"+general), press("[data-search-here]"), seen("#panel #q"), waitFor(`document.querySelector("#panel .panel").getBoundingClientRect().width === innerWidth`),
		keys("#panel #q", "lighthouse"), seen("#panel .hits a"), press("#panel .hits a"), seen(chromedp.CSS("#m-"+wanted.ID)), at("/chat/"+general), gone("#panel #q"))
}

func TestWithoutScriptsASearchIsAPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	p.say(general, "the lighthouse keeper wrote this")
	ctx := p.browse(wide, high)
	do(t, ctx, scriptsOff(), open(s.url+"/chat/"+general), fill(".find input", "lighthouse"), keys(".find input", "\r"), at("/search"), seen(".hits mark"),
		open(s.url+"/chat/"+general), press("[data-search-here]"), at("/search"), seen("#search"))
}

func TestASearchMeansTheDaysOfWhoSearches(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	m := p.say(general, "the lighthouse keeper wrote this")
	for _, name := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago"} { // 25 hours apart
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		day := m.At.In(zone)
		ctx := p.browse(wide, high)
		finds := func(n int) step {
			return waitFor(fmt.Sprintf(`document.readyState === 'complete' && document.querySelector('#found') && document.querySelectorAll('.hits > li').length === %d && location.search.endsWith('zone=' + encodeURIComponent(%q))`, n, name))
		}
		find := func(text string, n int) {
			do(t, ctx, fill(".find input", text), keys(".find input", "\r"), finds(n))
		}
		do(t, ctx, inZone(name), open(s.url+"/unreads"))
		find("lighthouse on:"+day.Format(time.DateOnly), 1)
		find("lighthouse on:"+day.AddDate(0, 0, 1).Format(time.DateOnly), 0)
		do(t, ctx, open(s.url+"/search?q=lighthouse"), seen(".hits"), press(".tokens li:first-child a"), finds(1), open(s.url+"/chat/"+general))
		find("lighthouse on:"+day.Format(time.DateOnly), 1)
		do(t, ctx, seen("#panel .hits"))
		find("lighthouse before:"+day.Format(time.DateOnly), 0)
	}
}

func TestTheNumberOfMembersFollowsWhoComesAndGoes(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	room := p.create("boats", "public")
	ctx := p.browse(wide, high)
	shown := func(n int, label string) step {
		return waitFor(fmt.Sprintf(`document.querySelector("[data-members] span").textContent === "%d" && document.querySelector("[data-members]").getAttribute("aria-label") === %q`, n, label))
	}
	do(t, ctx, open(s.url+"/chat/"+room), shown(1, "1 member"))
	q.must("POST", "/api/chat/channels/"+room+"/join", nil, nil)
	do(t, ctx, shown(2, "2 members"))
	q.must("DELETE", "/api/chat/channels/"+room+"/members/"+q.id, nil, nil)
	do(t, ctx, shown(1, "1 member"))
}
