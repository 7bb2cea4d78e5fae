package e2e

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestCommandsRunInTheBox(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	q.channel("general")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), seen(composer))
	do(t, ada, open(s.url+"/chat/"+general), seen(composer), press(composer), keys(composer, "/shrug who knows"), enter(), shows(`who knows ¯\_(ツ)_/¯`))
	do(t, jon, shows(`who knows ¯\_(ツ)_/¯`))
	do(t, ada,
		keys(composer, "/nonsense here"), enter(), seen(".only-you.bad"),
		waitFor(`document.querySelector('#content').value === '/nonsense here' && !document.querySelector('.item.pending')`),
		fill(composer, "/help"), press(composer), enter(), waitFor(`document.querySelector('.only-you')?.textContent.includes('/remind')`),
		press("[data-drop-aside]"), gone(".only-you"),
	)
	if strings.Contains(get(t, jon, chromedp.Text(chromedp.CSS("main"))), "nonsense") {
		t.Error("another person sees a command that failed")
	}
}

func TestAnUnknownCommandKeepsItsTextWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ada := p.browse(wide, high)
	do(t, ada, scriptsOff(), open(s.url+"/chat/"+general), seen(composer), fill(composer, "/nonsense here"), press("#composer .send"), seen("#composer [role=alert]"))
	if text := get(t, ada, chromedp.Value[chromedp.CSS](chromedp.CSS(composer))); text != "/nonsense here" {
		t.Errorf("the box holds %q", text)
	}
	do(t, ada, fill(composer, "/help"), press("#composer .send"), seen(".toasts .note"))
}

func TestAMessageIsSentAtItsTime(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	q.channel("general")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), seen(composer))
	do(t, ada,
		open(s.url+"/chat/"+general), seen(composer), press(composer), keys(composer, "see you"), press("[data-later]"),
		seen("form[data-ends-draft]"), waitFor(`document.querySelector('#content').value === 'see you'`),
		press(`form[data-ends-draft] .btn-primary`), at("/scheduled"), seen(".later"),
		open(s.url+"/chat/"+general), seen(composer), waitFor(`document.querySelector('#content').value === ''`),
	)
	soon := time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339)
	p.must("POST", "/api/chat/scheduled", map[string]any{"channel_id": general, "content": "on the dot", "send_at": soon}, nil)
	do(t, jon, shows("on the dot"))
	do(t, ada, open(s.url+"/scheduled"), seen(".later"), press(".later [value=send]"), gone(".later"))
	do(t, jon, shows("see you"))
}

func TestAReminderRingsOnThePage(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general), seen(composer), press(composer), keys(composer, "/remind me in 2 seconds to stretch"), enter(),
		seen(".only-you"), waitFor(`document.querySelector('#toasts').textContent.includes('stretch')`),
		open(s.url+"/reminders"), seen(".later.rung"), press(".later [value=done]"), gone(".later"))
}

func TestAMessageIsTakenBackIntoTheBox(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general), seen(composer), press(composer), keys(composer, "oops"), enter(), shows("oops"),
		press("form[data-undo] button"), waitFor(`document.querySelector('#content').value === 'oops'`))
	if left := p.history(general); len(left) != 0 {
		t.Errorf("%d messages are left", len(left))
	}
}

func TestAMessageThatIsTakenBackBringsItsFiles(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	file := p.upload("notes.txt", "text/plain", []byte("x"))
	p.must("POST", "/api/chat/channels/"+general+"/messages/send", map[string]any{"content": "oops", "attachments": []any{map[string]string{"id": file.ID}}}, nil)
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general), shows("oops"), press("form[data-undo] button"),
		waitFor(`document.querySelector('#content').value === 'oops'`), seen("#composer .chip-file"), press("#composer .send"), gone("#composer .chip-file"), gone(".item.pending"))
	if left := p.history(general); len(left) != 1 {
		t.Errorf("the channel has %v", left)
	}
	do(t, ada, seen(chromedp.CSS(`#items a[href*="`+file.File+`"]`)))
}

func TestAReplyIsTakenBackIntoTheBoxOfItsThread(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	root := p.say(general, "shall we")
	thread := s.url + "/chat/" + general + "/thread/" + root.ID
	ada := p.browse(wide, high)
	do(t, ada, open(thread), seen("#reply-content"), press("[name=also_channel]"), keys("#reply-content", "oops"), enter(), present("#items .msg.also"),
		press("#replies form[data-undo] button"), waitFor(`document.querySelector('#reply-content').value === 'oops'`),
		waitFor(`document.querySelector('#content').value === '' && document.querySelector('[name=also_channel]').checked`), gone("#items .msg.also"), gone("#replies .msg"))
	do(t, ada, scriptsOff(), open(thread), fill("#reply-content", "again"), press("#reply-composer .send"), press("#replies form.undo button"),
		waitFor(`document.querySelector('#reply-content').value.includes('again') && !document.querySelector('#replies .msg')`))
	if left := p.history(general); len(left) != 1 {
		t.Errorf("%d messages are left", len(left))
	}
}

func TestAReplyIsSentLaterFromItsThread(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	root := p.say(general, "shall we")
	bothWays(t, p, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/chat/"+general+"/thread/"+root.ID), seen("#reply-content"), keys("#reply-content", "in good time"), press("#reply-composer [data-later]"),
			seen(".when"), press(".when ~ .actions .btn-primary"), at("/scheduled"), waitFor(`document.querySelector('.later .line').innerText.includes('in a thread')`), press(".later [value=send]"), gone(".later"),
			open(s.url+"/chat/"+general+"/thread/"+root.ID), shows("in good time"), waitFor(`!document.querySelector('#reply-content').value`))
	})
}

func TestAScheduledMessageSurvivesTheKillOfTheServer(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	for i := range 20 {
		at := time.Now().Add(1500*time.Millisecond + time.Duration(i)*50*time.Millisecond).UTC().Format(time.RFC3339Nano)
		p.must("POST", "/api/chat/scheduled", map[string]any{"channel_id": general, "content": "on the dot", "send_at": at}, nil)
	}
	deadline := time.Now().Add(time.Minute)
	for len(p.history(general)) == 0 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond) // until the server is in the midst of it
	}
	s.signal(syscall.SIGKILL)
	<-s.exited
	s.run(t)
	waiting := func() int {
		var list struct{ Scheduled []struct{ ID string } }
		p.must("GET", "/api/chat/scheduled", nil, &list)
		return len(list.Scheduled)
	}
	for deadline := time.Now().Add(100 * time.Second); waiting() > 0 && time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond) // what the killed server had claimed waits for its lease to end
	}
	if sent := len(p.history(general)); sent != 20 || waiting() != 0 {
		t.Errorf("%d messages were sent and %d wait", sent, waiting())
	}
}
