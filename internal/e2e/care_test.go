package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// view is a page in one state: where it is and how one gets it there.
type view struct {
	name, path string
	steps      []step
}

var everyMark = "# A heading\n\nSome **bold**, _italic_, ~~struck~~ and `code` with @jon and https://pegasus.example/" + strings.Repeat("long-", 30) +
	"\n\n||a spoiler|| and ||`one` of **many**||\n\n> a quote\n\n- one\n- [x] done\n- [ ] open\n\n1. first\n\n| a | b | c |\n|---|:-:|--:|\n| " + strings.Repeat("wide", 60) + " | 2 | 3 |\n\n```go\nfunc main() { fmt.Println(\"" +
	strings.Repeat("a very long line ", 12) + "\") } // end\n```\n\n" + strings.Repeat("unbroken", 40)

// views are all pages, before and after signing in, with something on each.
func views(t *testing.T, s *server) (who *person, outside, inside []view) {
	t.Helper()
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	long := strings.Repeat("a-very-long-name-", 4)
	own, open := p.create(long, "private", q), q.create("open", "public")
	p.must("PUT", "/api/users/me", map[string]string{"status_message": strings.Repeat("unbroken", 12)}, nil)
	p.must("PUT", "/api/chat/channels/"+own, map[string]string{"description": strings.Repeat("about ", 40)}, nil)
	m := p.say(general, everyMark)
	p.mark(general, m.ID)
	q.say(general, "@ada "+everyMark)
	q.say(own, "hello")
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	p.must("POST", "/api/chat/scheduled", map[string]string{"channel_id": general, "content": strings.Repeat("unbroken", 40), "send_at": later}, nil)
	p.must("POST", "/api/chat/reminders", map[string]string{"text": strings.Repeat("unbroken", 40), "remind_at": later}, nil)
	q.must("POST", "/api/chat/messages/"+m.ID+"/replies", map[string]string{"content": everyMark}, nil)
	p.must("POST", "/api/chat/channels/"+own+"/hooks", map[string]string{"kind": "incoming", "name": strings.Repeat("Builds", 6)}, nil)
	c, mine := "/chat/"+general, "/chat/"+general+"/messages/"+m.ID
	outside = []view{
		{"landing", "/", nil}, {"sign-in", "/login", nil}, {"sign-up", "/signup", nil}, {"set-up", strings.TrimPrefix(s.setupLink(t), s.url), nil},
		{"nothing", "/nothing", nil}, {"offline", "/offline", nil}, {"unsubscribe", "/unsubscribe?token=x", nil},
		{"sign-in, wrong", "/login", []step{fill("#email", "nobody@pegasus.example"), fill("#password", "wrong password"), press("main button.btn-primary"), present(".note.bad")}},
		{"sign-up, wrong", "/signup", []step{fill("#name", "x"), fill("#email", "x@pegasus.example"), fill("#password", "password"), press("main button.btn-primary"), present(".wrong")}},
	}
	inside = []view{
		{"home", "/chat", nil}, {"conversation", c, nil}, {"private", "/chat/" + own, nil}, {"members", "/chat/" + own + "/members", nil},
		{"a member's menu", "/chat/" + own + "/members", []step{click("#panel summary"), present("#panel details[open]")}},
		{"settings", "/chat/" + own + "/edit", nil},
		{"integrations", "/chat/" + own + "/integrations", nil}, {"programs of others", c + "/integrations", nil},
		{"settings, wrong", "/chat/" + own + "/edit", []step{fill("#name", "no name"), click("#panel button.btn-primary"), present(".wrong")}},
		{"editing", mine + "/edit", nil}, {"deleting", mine + "/delete", nil}, {"join", "/chat/" + open, nil}, {"one message", c + "?around=" + m.ID, nil},
		{"editing in place", c, []step{click("#m-" + m.ID + " [data-act=edit]"), present(".inline-edit")}},
		{"asking", c, []step{click("#m-" + m.ID + " [data-act=delete]"), present("dialog[open]")}},
		{"keys", c, []step{waitFor(`document.activeElement.blur() || true`), chromedp.KeyEvent("?"), present("dialog[open] #shortcuts")}},
		{"palette", c, []step{click("[data-jump]"), present(".palette [role=option]")}},
		{"search", "/search", nil}, {"search, found", "/search?q=bold", nil}, {"search, names", "/search?q=jon", nil}, {"search, wrong", "/search?q=is:wrong", nil},
		{"search, whom", "/search?q=from:", nil}, {"search, nothing", "/search?q=nothing-like-it", nil},
		{"jump", "/jump", nil}, {"jump, nothing", "/jump?q=xqzjv", nil}, {"shortcuts", "/shortcuts", nil},
		{"too long", c, []step{fill(composer, strings.Repeat("x", 2001)), keys(composer, "x"), present("#left.over")}},
		{"notifications of a channel", c + "/notifications", nil}, {"why", mine + "/why", nil},
		{"a message's menu", c + "?around=" + m.ID, []step{click("#m-" + m.ID + " summary"), present("details.menu[open]")}},
		{"choosing an emoji", c, []step{click("#m-" + m.ID + " [data-act=react]"), present("dialog.picker[open] .picker-list button")}},
		{"reacting", mine + "/react", nil}, {"pins", c + "/pins", nil}, {"search beside", c + "/search?q=a", nil}, {"saved", "/saved", nil}, {"emoji", "/emoji", nil}, {"groups", "/groups", nil}, {"edit history", mine + "/history", nil},
		{"forwarding", mine + "/forward", nil},
		{"channels", "/channels", nil}, {"channels, none", "/channels?q=nothing-like-it", nil}, {"channels, archived", "/channels?show=archived", nil}, {"about", c + "/about", nil}, {"new channel", "/channels/new", nil},
		{"send later", c + "/later", nil}, {"scheduled", "/scheduled", nil}, {"reminders", "/reminders", nil}, {"a reminder of a message", mine + "/remind", nil},
		{"a command's answer", c, []step{fill(composer, "/help"), click("#composer .send"), present(".only-you")}},
		{"a command's trouble", c, []step{fill(composer, "/nonsense"), click("#composer .send"), present(".only-you.bad")}},
		{"unreads", "/unreads", nil}, {"people", "/users", nil}, {"a card", "/users/" + q.id, nil}, {"a card beside", c, []step{click(".msg a.who"), present(".person-card")}},
		{"a thread", c + "/thread/" + m.ID, nil}, {"threads", "/threads", nil}, {"mentions", "/mentions", nil}, {"conversations", "/dm", nil}, {"a conversation", "/chat/" + q.talk(p, everyMark), nil}, {"new message", "/dm/new", nil}, {"people, nobody", "/users?q=nobody-like-it", nil}, {"profile", "/profile", nil}, {"nothing", "/nothing", nil},
	}
	return p, outside, inside
}

// each shows every page, with what was prepared, and lets look look at it. load brings it there anew.
func each(t *testing.T, prepare step, look func(t *testing.T, ctx context.Context, name string, load func())) {
	t.Helper()
	s, _ := startMailing(t)
	p, outside, inside := views(t, s)
	visit := func(ctx context.Context, all []view) {
		do(t, ctx, prepare)
		for _, v := range all {
			load := func() {
				t.Helper()
				do(t, ctx, open(s.url+v.path))
				do(t, ctx, v.steps...)
			}
			load()
			look(t, ctx, v.name, load)
		}
	}
	visit(browser(t, wide, high), append(outside, s.waysIn(t)...))
	visit(p.browse(wide, high), inside)
	visit(p.browse(wide, high), p.ownViews())
	visit(p.browse(wide, high), p.workbenchViews())
	boss := s.boss(t)
	visit(boss.browse(wide, high), append(boss.adminViews(p), view{"outbox", "/debug", nil}, view{"events", "/debug/events", nil}, view{"jobs", "/debug/jobs", nil}, view{"effective settings", "/debug/settings", nil}, view{"components", "/test", nil}))
	visit(browser(t, wide, high), []view{{"reference", "/docs", nil}, {"operations", "/docs/api/channels", nil}, {"recipes", "/docs/guides/recipes", nil}})
	visit(p.act(boss), []view{{"acting", "/chat", nil}, {"acting, profile", "/profile/security", nil}})
}

// otherOnPhones are the pages whose scripts do something else where they begin on a phone.
var otherOnPhones = []string{"conversation", "members", "a thread", "choosing an emoji", "a plugin", "a plugin's file, edited"}

// Every page but those is loaded once: loading it, and axe, are what takes the time.
func TestEveryPageFitsAPhoneAndAxeFindsNothingThereOnADesktopInLightAndInDark(t *testing.T) {
	t.Parallel()
	axe := readAxe(t)
	light, dark := media("prefers-color-scheme", "light"), media("prefers-color-scheme", "dark")
	desktop := chromedp.EmulateViewport(wide, high)
	phone := chromedp.EmulateViewport(phoneWide, phoneHigh, chromedp.EmulateMobile, chromedp.EmulateTouch)
	each(t, light, func(t *testing.T, ctx context.Context, name string, load func()) {
		axe(t, ctx, name, everyRule)
		do(t, ctx, dark)
		axe(t, ctx, name+", dark", contrast)
		do(t, ctx, light, phone)
		if slices.Contains(otherOnPhones, name) {
			load()
		}
		if found := get(t, ctx, chromedp.Evaluate[string](tooWide)); found != "" {
			t.Errorf("%s: %s", name, found)
		}
		axe(t, ctx, name+", phone", everyRule)
		do(t, ctx, desktop)
	})
}

// tooWide names what is wider than the screen, but for what stands in a part that scrolls by itself and what is cut off.
const tooWide = `(() => {
	const root = document.documentElement, found = [];
	if (root.scrollWidth > innerWidth) found.push('the page is ' + root.scrollWidth + ' px wide');
	for (const e of document.querySelectorAll('body *')) {
		const style = getComputedStyle(e), held = (n) => n && n !== document.body && (/auto|scroll|hidden/.test(getComputedStyle(n).overflowX) && n.clientWidth < innerWidth || held(n.parentElement));
		if (style.overflowX !== 'visible' && style.overflowX !== 'hidden' && e.scrollWidth > e.clientWidth + 1 && (e.matches('.log, .scroll, .rows')))
			found.push(e.className + ' scrolls sideways: ' + e.scrollWidth);
		if (e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && !e.matches('.sr, .skip') && e.getBoundingClientRect().right > innerWidth + 1 && !held(e.parentElement))
			found.push(e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ends at ' + e.getBoundingClientRect().right);
	}
	return found.slice(0, 5).join('; ');
})()`

// What axe looks for: everything, or what other colours alone can break.
const (
	everyRule = `{resultTypes: ['violations']}`
	contrast  = `{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}`
)

func readAxe(t *testing.T) func(t *testing.T, ctx context.Context, name, rules string) {
	t.Helper()
	source, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is missing, run npm ci: %v", err)
	}
	return func(t *testing.T, ctx context.Context, name, rules string) {
		t.Helper()
		if !get(t, ctx, chromedp.Evaluate[bool]("Boolean(window.axe)")) {
			get(t, ctx, chromedp.Evaluate[bool]("(() => {"+string(source)+"\n})(); true"))
		}
		for _, found := range get(t, ctx, chromedp.Evaluate[[]string](fmt.Sprintf(findings, rules), chromedp.EvalAwaitPromise)) {
			t.Errorf("%s: %.700s", name, found)
		}
	}
}

const findings = `document.getAnimations().forEach((a) => a.finish()),
	axe.run(%s).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 150) + ' ' + n.failureSummary.slice(0, 250)).join(' | ')))`
