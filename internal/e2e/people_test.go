package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	composer = `form textarea[name=content]`
	texts    = `Array.from(document.querySelectorAll('.msg .body')).map(e => e.innerText.trim())`
	numbers  = `Array.from(document.querySelectorAll('.msg[data-seq]')).map(e => Number(e.dataset.seq))`
)

func shows(text string) step {
	return waitFor(fmt.Sprintf(`%s.includes(%q)`, texts, text))
}

func TestTwoPeopleTalkLive(t *testing.T) {
	t.Parallel()
	for _, backend := range backends(t) {
		t.Run(backend.name, func(t *testing.T) {
			s := start(t, backend.env...)
			ada, jon := browser(t, wide, high), browser(t, phoneWide, phoneHigh)
			signUpInBrowser(t, ada, s, "Ada")
			signUpInBrowser(t, jon, s, "Jon")
			general := s.signUp(t, "Observer").channel("general")
			do(t, ada, open(s.url+"/chat/"+general), seen(composer))
			do(t, jon, open(s.url+"/chat/"+general), seen(composer))

			do(t, ada, keys(composer, "Hello **Jon**"), enter(), shows("Hello Jon"))
			do(t, jon, shows("Hello Jon"), keys(composer, "Hello Ada"), enter())
			do(t, ada, shows("Hello Ada"))

			if left := get(t, ada, chromedp.Value(chromedp.CSS(composer))); left != "" {
				t.Errorf("the composer still holds %q", left)
			}
		})
	}
}

func TestWhatViewersSeeEndsInTheOrderOfSeqWith32PeopleWriting(t *testing.T) {
	t.Parallel()
	s := start(t)
	viewer := s.signUp(t, "Viewer").browse(wide, high)
	p := s.signUp(t, "Writer")
	general := p.channel("general")
	do(t, viewer, open(s.url+"/chat/"+general), seen(composer))

	const writers, each = 32, 5
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := range each {
				if _, status, err := send(p, general, fmt.Sprintf("%d-%d", w, i)); err != nil || status != 201 {
					t.Errorf("sending: %d %v", status, err)
				}
			}
		})
	}
	work.Wait()
	do(t, viewer, waitFor(fmt.Sprintf(`document.querySelectorAll('.msg[data-seq]').length === %d`, writers*each)))
	onScreen := get(t, viewer, chromedp.Evaluate[[]int64](numbers))
	for i, n := range onScreen {
		if n != int64(i+1) {
			t.Fatalf("message %d on screen has number %d: %v", i+1, n, onScreen)
		}
	}
}

func TestAPageThatWasCutOffCatchesUp(t *testing.T) {
	t.Parallel()
	s := start(t)
	viewer := s.signUp(t, "Viewer").browse(wide, high)
	p := s.signUp(t, "Writer")
	general := p.channel("general")
	do(t, viewer, open(s.url+"/chat/"+general), seen(composer))
	p.say(general, "before")
	do(t, viewer, shows("before"))

	s.signal(9)
	do(t, viewer, waitFor(`document.body.innerText.toLowerCase().includes('trying again')`))
	s.run(t)
	p.say(general, "after")
	do(t, viewer, shows("after"), shows("before"))
}

func TestEverythingWorksWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx := browser(t, wide, high)
	do(t, ctx, scriptsOff())
	signUpInBrowser(t, ctx, s, "Quiet")
	p := s.signUp(t, "Writer")
	general := p.channel("general")
	do(t, ctx,
		open(s.url+"/chat/"+general),
		fill(composer, "written without scripts"),
		press(`form:has(textarea[name=content]) :is(button.send, button.btn-primary)`),
		seen(`.msg .body`),
	)
	body := chromedp.TextContent(chromedp.CSS(`.msg .body`))
	if text := strings.TrimSpace(get(t, ctx, body)); text != "written without scripts" {
		t.Fatalf("the message reads %q", text)
	}
	id := p.history(general)[0].ID
	do(t, ctx,
		open(s.url+"/chat/"+general+"/messages/"+id+"/edit"),
		fill(`main textarea[name=content]`, "edited without scripts"),
		press(`form:has(textarea[name=content]) :is(button.send, button.btn-primary)`),
		seen(chromedp.CSS("#m-"+id+" .body")),
	)
	if text := strings.TrimSpace(get(t, ctx, body)); text != "edited without scripts" {
		t.Fatalf("after editing the message reads %q", text)
	}
	do(t, ctx,
		open(s.url+"/chat/"+general+"/messages/"+id+"/delete"),
		press(`main form[action$="/delete"] button:not([type=button])`),
		seen(composer),
	)
	if left := p.history(general); len(left) != 0 {
		t.Fatalf("after deleting %d messages are left", len(left))
	}
	do(t, ctx,
		open(s.url+"/channels/new"),
		fill(`input[name=name]`, "quiet-room"),
		press(`form[action^="/channels"] button:not([type=button])`),
		seen(composer),
	)
}
