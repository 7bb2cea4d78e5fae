package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func reads(t *testing.T, s *server, p *person, path string) string {
	t.Helper()
	_, text, err := p.call("GET", path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMembersAndSettingsOfAChannelWorkWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	plans := p.create("plans", "private")
	ctx := p.browse(wide, high)
	do(t, ctx, scriptsOff(),
		open(s.url+"/chat/"+plans), press(`a[href$="/members"]`), seen("#panel input[name=q]"),
		fill(`#panel input[name=q]`, "Jon"), press(`#panel form.filter button`), press(`#panel button[aria-label="Add Jon"]`), seen(`#panel summary[aria-label="Change Jon"]`),
		press(`#panel summary[aria-label="Change Jon"]`), press(`#panel details[open] button`), seen("#panel li .chip"),
	)
	if text := reads(t, s, q, "/api/chat/channels/"+plans); !strings.Contains(text, `"plans"`) {
		t.Fatalf("who was added gets %s", text)
	}
	do(t, ctx,
		press(`#panel summary[aria-label="Change Jon"]`), press(`#panel details[open] button.bad`), chromedp.WaitNotPresent(chromedp.CSS("#panel summary")),
	)
	if code, text, err := q.call("GET", "/api/chat/channels/"+plans, nil, nil); err != nil || code != 404 {
		t.Fatalf("who was removed gets %d %s %v", code, text, err)
	}
	do(t, ctx,
		press(`a[href$="/edit"][title="Channel settings"]`), seen("#panel #name"),
		fill("#name", "not a name"), press("#panel button.btn-primary"), seen("#name-wrong"),
		fill("#name", "plans-2"), fill("#description", "what comes next"), press("#panel button.btn-primary"),
		chromedp.WaitNotPresent(chromedp.CSS("#panel .panel")), seen(composer),
	)
	if title := get(t, ctx, chromedp.TextContent(chromedp.CSS("main h1"))); title != "plans-2" {
		t.Errorf("the channel is called %q", title)
	}
}

func TestJoiningLeavingProfileAndSigningOutWorkWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	open1 := p.create("open", "public")
	p.say(open1, "welcome")
	ctx := q.browse(wide, high)
	do(t, ctx, scriptsOff(),
		open(s.url+"/channels"), fill(`input[name=q]`, "op"), press(`main form.filter button`), seen(`button[aria-label="Join open"]`),
		press(`button[aria-label="Join open"]`), seen(`.msg .body`),
		open(s.url+"/chat/"+open1+"/members"), press(`#panel form[action$="/leave"] button`), seen(".note"),
		open(s.url+"/chat/"+open1), press(`main form[action$="/join"] button`), seen(composer),
		open(s.url+"/channels"), press(`button[aria-label="Leave open"]`), seen(`button[aria-label="Join open"]`),
		open(s.url+"/profile"), fill("#displayName", "Jonny"), press(`#about form[action="/profile"] button`), seen(".note"),
		fill("#status_message", "on the road"), fill("#status_emoji", "🚌"), press(`form[action="/profile/status"] button.btn-primary`), seen("button[name=clear]"),
	)
	for _, want := range []string{"Jonny", "🚌", "on the road"} {
		if side := get(t, ctx, chromedp.TextContent(chromedp.CSS("nav .meline"))); !strings.Contains(side, want) {
			t.Errorf("the sidebar says %q without %q", side, want)
		}
	}
	do(t, ctx, press(`.meline form button`), seen("#password"))
	if code, text, err := q.call("GET", "/api/auth/me", nil, nil); err != nil || code != 401 {
		t.Errorf("after signing out: %d %s %v", code, text, err)
	}
}
