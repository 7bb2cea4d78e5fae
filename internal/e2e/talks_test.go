package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const conversationID = `document.querySelector('#log').dataset.channel`

func TestADirectMessageOpensAndCountsLiveOnTheOtherSide(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	ada, jon := p.browse(wide, high), q.browse(phoneWide, phoneHigh)
	general := p.channel("general")
	q.say(general, "hello from Jon")
	do(t, jon, open(s.url+"/chat"), seen("nav"))
	do(t, ada, open(s.url+"/chat/"+general), press(`.msg a.who`), seen(`#panel .person-card`), press(`#panel .person-card form button`),
		waitFor(`document.querySelector('main h1')?.textContent === 'Jon' && document.readyState === 'complete'`))
	talk := get(t, ada, chromedp.Evaluate[string](conversationID))
	if title := get(t, ada, chromedp.Title()); !strings.Contains(title, "Jon · ") {
		t.Errorf("the conversation is called %q", title)
	}
	do(t, ada, keys(composer, "hello"), enter(), shows("hello"), keys(composer, "are you there?"), enter(), shows("are you there?"))
	do(t, jon, present(row(talk)), counts(talk, 2), press(chromedp.CSS(row(talk))), at("/chat/"+talk), shows("are you there?"),
		keys(composer, "yes"), press("button.send"), shows("yes"))
	do(t, ada, shows("yes"), counts(talk, 0), waitFor(`document.querySelector('.bar-top .dot').dataset.status === 'online'`))
}

func TestAConversationIsHiddenAndComesBackLive(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	talk := q.talk(p, "one")
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+p.channel("general")), seen(composer), counts(talk, 1),
		click(fmt.Sprintf(`form[action="/chat/%s/hide"] button`, talk)), gone(row(talk)))
	q.talk(p, "two")
	do(t, ada, counts(talk, 2))
}

// talk writes to somebody and returns the conversation.
func (p *person) talk(to *person, text string) string {
	p.t.Helper()
	p.must("POST", "/api/dm/users/"+to.id+"/messages", map[string]string{"content": text}, nil)
	var list struct {
		Conversations []struct {
			ChannelID string `json:"channel_id"`
			UserID    string `json:"user_id"`
		}
	}
	p.must("GET", "/api/dm/conversations", nil, &list)
	for _, c := range list.Conversations {
		if c.UserID == to.id {
			return c.ChannelID
		}
	}
	p.t.Fatalf("no conversation with %s", to.id)
	return ""
}

func TestAGroupIsPickedAndTalksWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q, r := s.signUp(t, "Ada"), s.signUp(t, "Jon"), s.signUp(t, "Mara")
	ada, mara := p.browse(phoneWide, phoneHigh), r.browse(wide, high)
	do(t, mara, open(s.url+"/chat"), seen("nav"))
	do(t, ada, scriptsOff(), open(s.url+"/dm/new"),
		press(chromedp.CSS(`input[value="`+q.id+`"]`)), fill(`input[name=q]`, "mara"), press(`.filter button`), seen(chromedp.CSS(`input[value="`+q.id+`"]:checked`)),
		press(chromedp.CSS(`input[value="`+r.id+`"]`)), press(`.actions button`), seen(composer), fill(composer, "hello both"), press("button.send"), seen(".item"))
	do(t, mara, waitFor(`[...document.querySelectorAll('[data-talks] .unread .name')].some((n) => n.textContent === 'Ada, Jon')`))
}

func TestAThreadIsTalkedInLiveAndCountsUntilItIsRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	root := p.say(general, "shall we?")
	ada, jon := p.browse(wide, high), q.browse(phoneWide, phoneHigh)
	other := tab(t, ada, wide, high)
	do(t, ada, open(s.url+"/chat/"+general), seen(composer))
	do(t, other, open(s.url+"/chat"), seen("nav"))
	path := "/chat/" + general + "/thread/" + root.ID
	do(t, jon, open(s.url+path), seen(`#panel [data-thread]`), keys(`#panel textarea`, "gladly"), press(`#panel button.send`), shows("gladly"))
	do(t, ada, waitFor(`document.querySelector('.thread-line b')?.textContent === '1 reply'`), present(`.note-reply`), present(`.thread-line .av`))
	do(t, other, present(`[data-threads="1"]`))
	do(t, ada, click(`.thread-line`), seen(`#panel [data-thread]`), at(path), shows("gladly"), present(`[data-threads="0"]`),
		keys(`#panel textarea`, "then now"), enter(), shows("then now"), gone(".item.pending"),
		waitFor(`document.querySelectorAll('#replies .item').length === 2 && document.querySelectorAll('.note-reply').length === 2`))
	do(t, other, present(`[data-threads="0"]`), counts(general, 0))
	do(t, jon, shows("then now"), waitFor(`document.querySelector('[data-reply-count]').textContent === '2 replies'`))
	do(t, ada, press(`#panel [data-close-panel]`), gone(`[data-thread]`), at("/chat/"+general))
	if n := len(p.history(general)); n != 3 {
		t.Errorf("the channel holds %d messages", n)
	}
	// What comes while the thread is fetched is in it, the one asked for last is shown, and what a lost line did not bring is read again.
	other2 := p.say(general, "something else?")
	reply := func(root message, text string) {
		q.must("POST", "/api/chat/channels/"+general+"/messages/send", map[string]string{"content": text, "parent_message_id": root.ID}, nil)
	}
	reply(other2, "indeed")
	replies := func(n int) step {
		return waitFor(fmt.Sprintf(`document.querySelectorAll('#replies .item').length === %d`, n))
	}
	do(t, ada, shows("something else?"), waitFor(`document.querySelectorAll('.thread-line').length === 2`), run(`const real = fetch;
		window.fetch = async (url, options) => {
			const answer = await real(url, options);
			if (String(url).includes('`+root.ID+`')) await new Promise((go) => window.go = go);
			return answer;
		}`), click(`#m-`+root.ID+` ~ .thread-line`), waitFor(`window.go`))
	reply(root, "meanwhile")
	do(t, ada, waitFor(`document.querySelectorAll('.note-reply').length === 4`), run(`go(); delete window.go`), replies(3),
		click(`#m-`+root.ID+` ~ .thread-line`), waitFor(`window.go`), click(`#m-`+other2.ID+` ~ .thread-line`), replies(1), at("/chat/"+general+"/thread/"+other2.ID), run(`go()`),
		waitFor(`new Promise((done) => setTimeout(() => done(document.querySelectorAll('#replies .item').length === 1), 100))`))
	unheard(t, ada, func() { reply(other2, "nobody heard it") })
	do(t, ada, replies(2), keys("#reply-content", "now"), enter(), replies(3), press(`[data-panel-link][href$="/pins"]`), seen("#panel .empty"))
	unheard(t, ada, func() { p.must("POST", "/api/chat/messages/"+root.ID+"/pin", nil, nil) })
	do(t, ada, present("#panel [data-pin]"))
}

// unheard lets something happen while a page has no line, and the line come back with nothing of it.
func unheard(t *testing.T, ctx context.Context, happens func()) {
	t.Helper()
	do(t, ctx, run(`const real = fetch;
			window.hear = () => {
			window.fetch = (url, options) => {
				if (!String(url).startsWith('/events')) return real(url, options);
				window.fetch = real;
				return real(url.replace(/after=[^&]*/, 'after=gone-1'), options);
			};
			dispatchEvent(new Event('online'));
		};
		window.fetch = (url, options) => String(url).startsWith('/events') ? (window.deaf = true, Promise.reject(new TypeError())) : real(url, options);
		dispatchEvent(new Event('offline'))`), waitFor(`window.deaf`))
	happens()
	do(t, ctx, run(`delete window.deaf; hear()`))
}

func TestAThreadWorksWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	root := p.say(p.channel("general"), "shall we?")
	ada := p.browse(phoneWide, phoneHigh)
	do(t, ada, scriptsOff(), open(s.url+"/chat/"+p.channel("general")), click(`#m-`+root.ID+` a[data-thread-link]`), seen(`#panel textarea`),
		fill(`#panel textarea`, "gladly"), press(`#panel button.send`), seen(`#replies .item`))
}
