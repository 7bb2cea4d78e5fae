package handlers

import (
	"fmt"
	"net/http"
	"testing"

	"pegasus/chat"
)

// A page of somebody who is in very many channels.
func BenchmarkAChannelsPageAmong500(b *testing.B) {
	w := newWorld(b)
	ada, ben := w.join("ada"), w.join("ben")
	var c chat.Channel
	for i := range 500 {
		c = w.channel(ada, fmt.Sprintf("channel-%d", i), chat.Public, ben)
		w.say(ben, c.ID, "hello **world**")
	}
	for range chat.DefaultPage {
		w.say(ben, c.ID, "hello @ada, see https://pegasus.example/plan")
	}
	b.ReportAllocs()
	for b.Loop() {
		if answer := w.get(ada, "/chat/"+c.ID); answer.Code != http.StatusOK {
			b.Fatal(answer.Code)
		}
	}
}
