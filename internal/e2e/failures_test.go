package e2e

import "testing"

// fails switches a failure on at the page for that.
func fails(s *server, kind, target, left string) []step {
	return []step{
		open(s.url + "/test"), fill("#failure-kind", kind), fill("#failure-target", target), fill("#failure-left", left),
		press("#failure button.btn-danger"), seen(`#c-failures ~ ul.list form button[value="end"]`),
	}
}

func TestAPageRecoversFromFailuresThatAreSwitchedOn(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, ben := s.boss(t), s.signUp(t, "Ben")
	general := ben.channel("general")
	admin, reader := boss.browse(wide, high), ben.browse(wide, high)
	do(t, reader, open(s.url+"/chat/"+general), seen(composer), keys(composer, "before"), enter(), shows("before"), gone(".item.pending"))

	do(t, admin, fails(s, "503", "sends", "2")...)
	do(t, reader, keys(composer, "in spite of it"), enter(),
		waitFor(`document.querySelector('.item.pending .state')?.innerText.includes('Not sent yet')`),
		shows("in spite of it"), gone(".item.pending"))
	if n := len(ben.history(general)); n != 2 {
		t.Errorf("%d messages are there, want 2", n)
	}
	do(t, admin, open(s.url+"/test"), gone(`#c-failures ~ ul.list`)) // it has met its requests

	do(t, admin, fails(s, "cut", "all", "2")...)
	boss.say(general, "while the line was down")
	do(t, reader, shows("while the line was down"))
	do(t, admin, open(s.url+"/debug/events"), waitFor(`document.querySelector('#events').innerText.includes('new_message')`))
	boss.say(general, "seen as it happens")
	do(t, admin, waitFor(`(document.querySelector('#events').innerText.match(/new_message/g) ?? []).length >= 4`))
}

func TestFailuresAreSwitchedWithoutScriptsAndAPageSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss := s.boss(t)
	general := boss.channel("general")
	ctx := boss.browse(wide, high)
	do(t, ctx, append([]step{scriptsOff()}, fails(s, "429", "sends", "1")...)...)
	do(t, ctx,
		open(s.url+"/chat/"+general), fill(composer, "not now"), press("#composer button.send"), waitFor(`document.body.innerText.includes("This failure was switched on at /test.")`),
		open(s.url+"/chat/"+general), fill(composer, "but now"), press("#composer button.send"), shows("but now"))
}
