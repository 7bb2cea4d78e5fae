package handlers

import (
	"fmt"
	"net/http"
	"testing"

	"pegasus/chat"
)

// A page of somebody who is in very many channels.
func BenchmarkAChannelsPageAmong500(b *testing.B) { benchmarkAmong500(b, "") }

// What stands around it, which all members read again when the channel changes.
func BenchmarkAChannelsFrameAmong500(b *testing.B) { benchmarkAmong500(b, "/frame") }

func benchmarkAmong500(b *testing.B, part string) {
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
		if answer := w.script(ada, "GET", "/chat/"+c.ID+part); answer.Code != http.StatusOK {
			b.Fatal(answer.Code)
		}
	}
}
