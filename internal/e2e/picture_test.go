package e2e

import (
	"context"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

var story = []struct{ who, text string }{
	{"Captain", "Morning! The new booking page is on staging. Could two people click through it before we ship?"},
	{"Engineer", "On it. :eyes:"},
	{"Engineer", "Looks good on a phone. One thing: the date picker starts the week on Sunday."},
	{"Designer", "That is the locale default. We can set it from the profile:\n\n```go\nfunc FirstDay(p Profile) time.Weekday {\n\tif p.Locale == \"en-US\" {\n\t\treturn time.Sunday\n\t}\n\treturn time.Monday\n}\n```"},
	{"Captain", "Nice and small. @engineer can you put that in? Then the list for today:\n\n- [x] copy for the empty state\n- [x] dark mode\n- [ ] first day of the week"},
	{"Engineer", "Yes, **twenty minutes**."},
	{"Operator", "Load test from last night, for the record:\n\n| viewers | median | p99 |\n|--:|--:|--:|\n| 200 | 4 ms | 11 ms |\n| 2000 | 6 ms | 19 ms |"},
	{"Writer", "That is better than I hoped. Shipping at *three*, then cake in the kitchen. :cake:"},
	{"Captain", "@writer you had me at cake."},
}

// The pictures in the documentation are made here: SCREENSHOTS=docs go test -run Picture ./internal/e2e
func TestPicturesOfALivelyConversation(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	s := start(t)
	people := map[string]*person{}
	for _, name := range []string{"Writer", "Captain", "Engineer", "Designer", "Operator"} {
		people[name] = s.signUp(t, name)
	}
	writer, captain, engineer, designer, operator := people["Writer"], people["Captain"], people["Engineer"], people["Designer"], people["Operator"]
	writer.must("PUT", "/api/users/me", map[string]string{"status_message": "Shipping at three"}, nil)
	everyone := []*person{writer, engineer, designer, operator}
	for _, name := range []string{"design", "support"} {
		captain.say(captain.create(name, "public", everyone...), "Welcome!")
	}
	launch := captain.create("launch", "public", everyone...)
	captain.must("PUT", "/api/chat/channels/"+launch, map[string]string{"description": "Booking page, out this week"}, nil)
	engineer.say(engineer.create("leads", "private", writer), "Numbers for the quarter are in.")
	writer.must("POST", "/api/chat/channels/"+launch+"/read", map[string]string{}, nil)
	for _, line := range story {
		people[line.who].say(launch, line.text)
	}
	writer.must("POST", "/api/chat/channels/"+launch+"/read", map[string]string{}, nil)
	for _, other := range []*person{captain, engineer} { // whoever is here shows as online
		do(t, other.browse(wide, high), open(s.url+"/chat/"+launch), seen(composer))
	}
	settled := waitFor(`document.fonts.status === 'loaded' && document.querySelectorAll('.msg').length === 9`)
	picture := func(ctx context.Context, name, path, colours string) {
		do(t, ctx, media("prefers-color-scheme", colours), open(s.url+path), settled, waitFor(`document.activeElement?.blur() || true`))
		screenshot(t, ctx, name)
	}
	desk := writer.browse(wide, high)
	picture(desk, "chat-light", "/chat/"+launch, "light")
	picture(desk, "chat-dark", "/chat/"+launch+"/members", "dark")
	phone := writer.browse(phoneWide, phoneHigh)
	do(t, phone, chromedp.EmulateViewport(phoneWide, phoneHigh, chromedp.EmulateMobile, chromedp.EmulateTouch))
	picture(phone, "chat-phone", "/chat/"+launch, "light")
}
