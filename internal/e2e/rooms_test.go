package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAnAnnouncementChannelIsShutToMembersAtOnceAndOpenToItsAdmins(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	news := p.create("news", "public")
	q.must("POST", "/api/chat/channels/"+news+"/join", nil, nil)
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+news), seen(composer))
	do(t, ada, open(s.url+"/chat/"+news+"/edit"), seen("#rule-posting"), fill("#rule-posting", "admins"), press("#panel form.form button.btn-primary"))
	do(t, jon, seen("#shut"), gone(composer), waitFor(`document.querySelector("#shut").innerText.includes("Only admins post in this channel")`))
	do(t, ada, open(s.url+"/chat/"+news), seen(composer), keys(composer, "the boats are in"), enter(), shows("the boats are in"))
	do(t, jon, shows("the boats are in"))
	if status, text, err := q.call("POST", "/api/chat/channels/"+news+"/messages/send", map[string]string{"content": "me too"}, nil); status != 403 {
		t.Errorf("a member posts: %d %s %v", status, text, err)
	}
}

func TestAReportIsJudgedAndTheMessageGoesForEverybody(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, p, q := s.boss(t), s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	bad := q.say(general, "cheap watches")
	keeper, ada := boss.browse(wide, high), p.browse(wide, high)
	do(t, keeper, open(s.url+"/chat"), gone(`#sidebar a[href="/admin/reports"] .n`))
	do(t, ada, scriptsOff(), open(s.url+"/chat/"+general+"/messages/"+bad.ID+"/report"),
		fill("#reason", "an advertisement"), press("main form.form button.btn-primary"), at("/chat/"+general))
	do(t, ada, open(s.url+"/chat/"+general), present("#m-"+bad.ID))
	do(t, keeper, seen(`#sidebar a[href="/admin/reports"] .n`), press(`#sidebar a[href="/admin/reports"]`), seen(".case"), waitFor(`document.querySelector(".case").innerText.includes("an advertisement")`),
		press(`.case button[value=delete]`), seen(".empty"))
	do(t, ada, open(s.url+"/chat/"+general), gone("#m-"+bad.ID))
}

func TestAChannelGoesPrivateBeforeTheEyesOfAStranger(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	plans := p.create("plans", "public")
	p.say(plans, "the secret of the harbour")
	jon := q.browse(wide, high)
	do(t, jon, open(s.url+"/channels"), seen(chromedp.CSS(`[data-room="`+plans+`"] .btn-primary`)))
	p.must("PUT", "/api/chat/channels/"+plans, map[string]string{"type": "private"}, nil)
	do(t, jon, press(chromedp.CSS(`[data-room="`+plans+`"] .btn-primary`)), seen(".toasts .note.bad"))
	if code := status(t, jon, s.url+"/chat/"+plans); code != 404 {
		t.Errorf("the channel answers %d", code)
	}
	do(t, jon, open(s.url+"/channels"), gone(`[data-room="`+plans+`"]`))
}

func TestChannelsAreJoinedAndLeftInTheList(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	plans := p.create("plans", "public")
	jon := q.browse(wide, high)
	join, leave := `[data-room="`+plans+`"] .btn-primary`, `[data-room="`+plans+`"] .btn-quiet`
	do(t, jon, open(s.url+"/channels"), press(chromedp.CSS(join)), seen(chromedp.CSS(leave)), present(row(plans)), at("/channels"),
		press(chromedp.CSS(leave)), seen(chromedp.CSS(join)), gone(row(plans)))
}

func TestAFavouriteStandsAboveAndTheKeysFollowTheOrderOnScreen(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general, zebra := p.channel("general"), p.create("zebra", "public")
	ada := p.browse(wide, high)
	star := chromedp.CSS(`main > .bar-top button[aria-label=Favourite]`)
	do(t, ada, scriptsOff(), open(s.url+"/chat/"+zebra), press(star), present(`main > .bar-top button[aria-pressed=true]`))
	ada = p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general), seen(composer),
		waitFor(`document.querySelector('[data-channel-row]').dataset.channelRow === '`+zebra+`'`),
		waitFor(`document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", altKey: true, bubbles: true })) || true`), at("/chat/"+zebra))
}
