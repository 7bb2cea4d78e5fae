package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
)

// proposed returns what an answer proposes, in order.
func (a answered) proposed() string {
	a.t.Helper()
	var list []string
	for _, n := range nodes(a.t, a, "li") {
		list = append(list, attribute(n, "data-insert"))
	}
	return strings.Join(list, " ")
}

func TestWordsAreCompletedFromWhatTheWriterMaySee(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.join("bea")
	c := w.channel(ada, "plans", chat.Private, ben)
	w.channel(ben, "bens-own", chat.Private)
	path := "/chat/" + c.ID + "/complete"
	for query, want := range map[string]string{
		"kind=person&q=b":        "@" + ben.Username, // who is not in the channel is not reached by a mention
		"kind=person&q=name+ben": "@" + ben.Username,
		"kind=person&q=HERE":     "@here",
		"kind=person&q=ch":       "@channel",
		"kind=person&q=nobody":   "",
		"kind=channel&q=":        "#general #plans",
		"kind=channel&q=LAN":     "#plans",
		"kind=channel&q=bens":    "",
		"kind=command&q=shr":     "/shrug",
		"kind=command&q=none":    "",
		"kind=other&q=x":         "",
		"q=x":                    "",
		"kind=person&q=%00%25_":  "",
		"kind=channel&q=" + strings.Repeat("x", 5000): "",
	} {
		if got := w.script(ada, "GET", path+"?"+query).want(200).proposed(); got != want {
			t.Errorf("%.60s proposes %q, want %q", query, got, want)
		}
	}
}
