package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestTheSetUpLinkMakesTheFirstAdminAndWorksOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	link := s.setupLink(t)
	ctx := browser(t, wide, high)
	do(t, ctx,
		open(link),
		fill("input[name=name]", "Ada"), fill("input[name=email]", "ada@pegasus.example"), fill("input[name=password]", password),
		press(`form[action="/setup"] button.btn-primary`),
		seen("nav"), at("/chat"),
	)
	do(t, ctx, open(s.url+"/users"))
	if list := get(t, ctx, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(list, "admin") {
		t.Errorf("the directory shows no admin: %s", list)
	}
	if code := status(t, browser(t, wide, high), link); code != 404 {
		t.Errorf("the link answers %d again", code)
	}
}

func TestAPersonIsAddedAndRemovedLive(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	general := q.channel("general")
	do(t, jon, open(s.url+"/chat/"+general), seen(composer))
	do(t, ada,
		open(s.url+"/channels/new"),
		fill(`input[name=name]`, "plans"), press(`input[value=private]`), press(`main form button.btn-primary`),
		seen(composer),
		press(`[data-panel-link][href$="/members"]`), seen(`#panel input[name=q]`),
		fill(`#panel input[name=q]`, "Jon"), press(`#panel form.filter button`), press(`#panel button[aria-label="Add Jon"]`),
		seen(`#panel summary[aria-label="Change Jon"]`),
	)
	plans := get(t, ada, chromedp.Evaluate[string](`document.querySelector('#log').dataset.channel`))
	do(t, jon, present(row(plans)), press(chromedp.CSS(row(plans))), at("/chat/"+plans), seen(composer), keys(composer, "thanks"), enter())
	do(t, ada, shows("thanks"),
		press(`#panel summary[aria-label="Change Jon"]`), press(`#panel details[open] button.bad`),
		seen(`#panel button[aria-label="Add Jon"]`), gone(`#panel summary[aria-label="Change Jon"]`),
	)
	do(t, jon, at("/chat"), gone(row(plans)))
	if code := status(t, jon, s.url+"/chat/"+plans); code != 404 {
		t.Errorf("the channel answers %d to who was removed", code)
	}
}

func TestEditingAndDeletingReachTheOthersLive(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	first, second := p.say(general, "frist"), p.say(general, "second")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), shows("frist"), shows("second"))
	do(t, ada, open(s.url+"/chat/"+general), shows("second"),
		press(composer), chromedp.KeyEvent(kb.ArrowUp), seen(".inline-edit textarea"),
		fill(".inline-edit textarea", "second, edited"), press(".inline-edit textarea"), enter(), gone(".inline-edit"), shows("second, edited"))
	do(t, jon, shows("second, edited"), present("#m-"+second.ID+" .edited"))
	do(t, ada, click("#m-"+first.ID+" [data-act=edit]"), seen(".inline-edit textarea"), fill(".inline-edit textarea", "first"),
		press(".inline-edit .btn-primary"), shows("first"))
	do(t, jon, shows("first"))
	// What others do to the message meanwhile leaves what is written, the caret and the focus where they are.
	under := func(text string) step {
		return waitFor(fmt.Sprintf(`(e => e && e.value === %q && e === document.activeElement && e.selectionStart === 3 && e.closest('.msg').querySelector('.body').hidden)(document.querySelector('.inline-edit textarea'))`, text))
	}
	do(t, ada, click("#m-"+second.ID+" [data-act=edit]"), seen(".inline-edit textarea"), fill(".inline-edit textarea", "second, half"),
		run(`document.querySelector('.inline-edit textarea').setSelectionRange(3, 3)`))
	q.must("POST", "/api/chat/messages/"+second.ID+"/pin", nil, nil)
	do(t, ada, seen(chromedp.CSS("#m-"+second.ID+" .flag")), under("second, half"), chromedp.KeyEvent(kb.Escape), gone(".inline-edit"), shows("second, edited"))
	last := p.say(general, "not for long")
	do(t, ada, shows("not for long"), click("#m-"+last.ID+" [data-act=edit]"), seen(".inline-edit textarea"), keys(".inline-edit textarea", " at all"))
	p.must("DELETE", "/api/chat/messages/"+last.ID, nil, nil)
	do(t, ada, gone("#m-"+last.ID), waitFor(`document.querySelector('#composer textarea').value === 'not for long at all'`))
	do(t, ada, click("#m-"+first.ID+" [data-act=delete]"), seen("dialog.ask"), press("dialog.ask .btn-danger"), gone("#m-"+first.ID), gone("dialog"))
	do(t, jon, gone("#m-"+first.ID), shows("second, edited"))
	if left := p.history(general); len(left) != 1 {
		t.Errorf("%d messages are left", len(left))
	}
}

func TestChangesOfAChannelReachItsPageLive(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	plans := p.create("plans", "private", q)
	ctx := q.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+plans), seen(composer))
	p.must("PUT", "/api/chat/channels/"+plans, map[string]string{"name": "plans-2"}, nil)
	do(t, ctx, waitFor(`document.querySelector('main h1').textContent === 'plans-2'`))
	// A message that hangs stays where it is while the same person writes from elsewhere. Refused later, it is kept with the reason, is
	// told on other pages and comes back into the box.
	failed := `document.querySelector('.item.pending.failed .body')?.textContent === 'on its way'`
	do(t, ctx, run(hanging), keys(composer, "on its way"), enter(), seen(".item.pending"))
	q.say(plans, "from the phone")
	do(t, ctx, shows("from the phone"), waitFor(`document.querySelector('.item.pending .body').textContent === 'on its way'`))
	p.must("PUT", "/api/chat/channels/"+plans, map[string]string{"posting": "admins"}, nil)
	do(t, ctx, gone("#composer"), waitFor(failed), open(s.url+"/profile"), seen("#toasts .unsent"),
		waitFor(`document.querySelector('#toasts .unsent').innerText.includes('on its way')`),
		press("#toasts .unsent button:first-of-type"), gone("#toasts .unsent"), open(s.url+"/drafts"), seen("main h1"), gone("#toasts .unsent"), run(`sessionStorage.clear()`), open(s.url+"/profile"), press("#toasts .unsent a"), at("/chat/"+plans), waitFor(failed), gone("#toasts .unsent"))
	p.must("PUT", "/api/chat/channels/"+plans, map[string]string{"posting": "everyone"}, nil)
	do(t, ctx, seen("#composer"), waitFor(failed), press(".item.pending.failed button:first-of-type"), gone(".item.pending"), waitFor(`document.querySelector('#composer textarea').value === 'on its way'`),
		waitFor(`!Object.keys(localStorage).some((key) => key.startsWith('unsent:'))`))
	p.must("PUT", "/api/chat/channels/"+plans+"/members/"+q.id, map[string]string{"role": "admin"}, nil)
	do(t, ctx, present(`.bar-top [title="Channel settings"]`), present("#log[data-keeps-order]"))
	p.must("POST", "/api/chat/channels/"+plans+"/archive", nil, nil)
	do(t, ctx, gone("#composer"), gone(row(plans)), waitFor(`document.body.innerText.includes('This channel is archived')`))
}

func TestUnreadMessagesCountInEveryTabUntilTheyAreRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general, other := p.channel("general"), q.create("other", "public")
	one := q.browse(wide, high)
	do(t, one, open(s.url+"/chat/"+other), seen(composer), counts(general, 0))
	two := tab(t, one, wide, high)
	do(t, two, open(s.url+"/chat"), seen("nav"), counts(general, 0))
	for i := range 3 {
		p.say(general, fmt.Sprint("news ", i))
	}
	do(t, one, counts(general, 3), waitFor(`document.title.startsWith('(3) ')`))
	do(t, two, counts(general, 3), press(chromedp.CSS(row(general))), at("/chat/"+general), shows("news 2"), present("#new"), counts(general, 0))
	do(t, one, counts(general, 0), waitFor(`!document.title.startsWith('(')`))
	p.say(general, "more")
	do(t, one, counts(general, 1))
	do(t, two, shows("more"))
	do(t, one, counts(general, 0))
}

func TestOlderPagesLoadOnScrollingUpAndKeepThePlace(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	for i := range 120 {
		p.say(general, fmt.Sprintf("message %d\n\nwith another line", i+1))
	}
	for _, size := range [][2]int64{{wide, high}, {phoneWide, phoneHigh}} {
		ctx := q.browse(size[0], size[1])
		do(t, ctx, open(s.url+"/chat/"+general), shows("message 120\n\nwith another line"))
		for range 2 {
			moved := get(t, ctx, chromedp.Evaluate[float64](scrollUp, chromedp.EvalAwaitPromise))
			if moved > 2 || moved < -2 {
				t.Errorf("at %d px the place moved by %.0f px", size[0], moved)
			}
		}
		do(t, ctx, present(".start"))
		for i, n := range get(t, ctx, chromedp.Evaluate[[]int64](numbers)) {
			if n != int64(i+1) {
				t.Fatalf("message %d on screen has number %d", i+1, n)
			}
		}
	}
}

// hanging lets what sends a message wait for an answer that never comes, until it is given up.
const hanging = `const real = fetch;
	window.fetch = (url, options) => options?.method !== 'POST' || !url.endsWith('/messages') ? real(url, options) :
		new Promise((_, fail) => {
			window.hangs = true;
			options.signal?.addEventListener('abort', () => { window.fetch = real; fail(options.signal.reason); });
		})`

// scrollUp scrolls to the top, waits until older messages stand there, and returns by how much the first one moved.
const scrollUp = `(async () => {
	const log = document.querySelector('#log');
	const first = document.querySelector('.item');
	log.scrollTop = -log.scrollHeight;
	const before = first.getBoundingClientRect().top;
	while (document.querySelector('.item') === first) await new Promise(requestAnimationFrame);
	return first.getBoundingClientRect().top - before;
})()`

func TestAMessageWaitsWhileTheServerIsAwayAndIsSentOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer), keys(composer, "before"), enter(), shows("before"), gone(".item.pending"))
	// A try that hangs ends when the line is back, and by itself in the end.
	do(t, ctx, run(hanging), keys("#content", "over a new line"), enter(), waitFor(`window.hangs`), run(`dispatchEvent(new Event('online'))`), shows("over a new line"), gone(".item.pending"))
	do(t, ctx, run(`const { setTimeout: later } = window; window.setTimeout = (run, wait) => later(run, wait === 30000 ? 50 : wait);`+hanging),
		keys("#content", "in the end"), enter(), waitFor(`document.querySelector('.item.pending .state').innerText.includes('Not sent yet')`), shows("in the end"), gone(".item.pending"))
	cursor := get(t, ctx, chromedp.Evaluate[string](`document.querySelector('#log').dataset.cursor`))
	do(t, ctx, click(".item.mine [data-act=edit]"), seen(".inline-edit textarea"), keys(".inline-edit textarea", " noon"))
	s.signal(9)
	do(t, ctx, keys("#content", "one, while away"), enter(), keys("#content", "two, while away"), enter(),
		waitFor(`document.querySelectorAll('.item.pending').length === 2`),
		waitFor(`document.querySelector('.item.pending .state').innerText.includes('Not sent yet')`))
	s.run(t)
	do(t, ctx, shows("one, while away"), shows("two, while away"), gone(".item.pending"),
		waitFor(`document.querySelector('#log').dataset.cursor !== '`+cursor+`'`), waitFor(`document.querySelector('.inline-edit textarea').value === 'before noon'`))
	var texts []string
	for _, m := range p.history(general) {
		texts = append(texts, m.Content)
	}
	if got := strings.Join(texts, "|"); got != "before|over a new line|in the end|one, while away|two, while away" {
		t.Errorf("the channel holds %s", got)
	}
}

func TestSigningOutInOneTabEndsTheOtherAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	one := p.browse(wide, high)
	do(t, one, open(s.url+"/chat/"+general), seen(composer), keys(composer, "a draft that nobody sends"))
	two := tab(t, one, wide, high)
	do(t, two, open(s.url+"/channels"), seen("nav"))
	do(t, one, press(`.meline form button`), at("/login"))
	do(t, two, at("/login"), open(s.url+"/chat/"+general), at("/login"))
	for i, ctx := range []context.Context{one, two} {
		if left := get(t, ctx, chromedp.Evaluate[string](leftBehind)); left != "{}" {
			t.Errorf("tab %d keeps %s", i+1, left)
		}
	}
}

// leftBehind is what a tab still stores, but for the address that it shows.
const leftBehind = `(() => {
	const all = {...localStorage, ...sessionStorage};
	delete all['htmx-current-path-for-history'];
	return JSON.stringify(all);
})()`
