package e2e

import (
	"fmt"
	"testing"
)

func TestAReplyStandsInItsChannelTooAndTheThreadFollowsItsFirstMessage(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	root := p.say(general, "shall we")
	quoted := p.say(general, s.url+"/chat/"+general+"?around="+root.ID)
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), shows("shall we"), present(fmt.Sprintf(`#m-%s ~ .quotes [data-quote=%q]`, quoted.ID, root.ID)))
	do(t, ada, open(s.url+"/chat/"+general+"/thread/"+root.ID), seen(`#reply-content`), press(`[name=also_channel]`),
		keys(`#reply-content`, "yes, all of us"), enter(), present(`#replies .msg[id^="m-"]`), present(`#items .msg.also`),
		waitFor(`!document.querySelector('[name=also_channel]').checked`))
	do(t, jon, present(`#items .msg.also`), shows("yes, all of us"), press(`#items .also .to-thread`), seen(`#replies .msg`))
	// The first message changes in the panel, in the channel and in the card that quotes it.
	p.must("PUT", "/api/chat/messages/"+root.ID, map[string]string{"content": "shall we go"}, nil)
	do(t, jon, waitFor(`document.querySelector('.thread-root .body').innerText === 'shall we go'`),
		waitFor(fmt.Sprintf(`document.querySelector('[data-quote=%q] .body').innerText === 'shall we go'`, root.ID)))
	p.must("POST", "/api/chat/channels/"+general+"/messages/"+root.ID+"/reactions", map[string]string{"emoji": "🎉"}, nil)
	do(t, jon, waitFor(`document.querySelector('.thread-root .react')?.value === '🎉'`))
	p.must("DELETE", "/api/chat/messages/"+root.ID, nil, nil)
	do(t, jon, gone(".thread-root"), gone(".quoted"))
}
