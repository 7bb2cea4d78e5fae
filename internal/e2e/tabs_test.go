package e2e

import (
	"context"
	"fmt"
	"testing"
)

// visibility tells a page that it is in front of somebody, or behind another one, which a browser without a screen never does.
func visibility(state string) step {
	return waitFor(`(Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => '` + state + `'}),
		document.dispatchEvent(new Event('visibilitychange')), true)`)
}

// A browser has six connections to a server without TLS. Each tab needs one to be live.
func TestEightTabsOfOneBrowserAllWork(t *testing.T) {
	t.Parallel()
	s := start(t)
	first := s.signUp(t, "Ada").browse(wide, high)
	jon := s.signUp(t, "Jon")
	general := jon.channel("general")
	tabs := []context.Context{first}
	for len(tabs) < 8 {
		tabs = append(tabs, tab(t, first, wide, high))
	}
	say := func(text string) step {
		jon.say(general, text)
		return shows(text)
	}
	for n, one := range tabs {
		do(t, one, open(s.url+"/chat/"+general), seen(composer), say(fmt.Sprintf("tab %d", n)), visibility("hidden"))
	}
	// One that gave its connection back has it again as soon as it is looked at, with what came meanwhile.
	jon.say(general, "meanwhile")
	do(t, first, visibility("visible"), shows("meanwhile"), say("in the first tab"), visibility("hidden"))
	do(t, tabs[7], say("in the last tab"))

	// Where the tabs that are live close, others go on in their place.
	for _, one := range append(tabs[5:], first) {
		do(t, one, open("about:blank"))
	}
	do(t, tabs[2], say("in a tab that nobody looks at"))
	for _, one := range tabs[1:5] {
		do(t, one, shows("meanwhile"))
	}
}
