package handlers

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/events"
)

func TestTheStreamBringsAMessageAsThePageShowsIt(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	st := s.listen(srv, s.member, s.channel.ID, "")
	for _, text := range []string{
		"hello", "**bold** @outsider", "```go\nfunc main() {}\n\n// end\n```", "a\n\nb\r\nc", "event: new_message\ndata: x\n\nid: 9", "| a |\n|---|\n| b |",
		"<script>alert(1)</script>", "line\u2028separator\u0085",
	} {
		m := s.say(s.keeper, s.channel.ID, text)
		e := st.until("new_message")
		for _, who := range []*actor{s.member, s.keeper} {
			if page := s.get(who, "/chat/"+s.channel.ID).want(200).Body.String(); !strings.Contains(page, e.data) {
				t.Errorf("the page of %s does not hold %q", who.name, e.data)
			}
		}
		if !strings.Contains(e.data, `id="m-`+m.ID+`"`) || e.id == "" {
			t.Errorf("the event is %+v", e)
		}
		edited, err := s.chat.EditMessage(t.Context(), s.keeper.User, m.ID, text+" again")
		must(t, err)
		if e := st.until("message_updated"); !strings.Contains(s.get(s.member, "/chat/"+s.channel.ID).Body.String(), e.data) || !strings.Contains(e.data, "(edited)") {
			t.Errorf("the page does not hold %q", e.data)
		}
		must(t, s.chat.DeleteMessage(t.Context(), s.keeper.User, edited.ID))
		if e, want := st.until("message_deleted"), fmt.Sprintf(`{"messageId":%q,"channelId":%q,"seq":%d}`, m.ID, s.channel.ID, m.Seq); e.data != want {
			t.Errorf("the event is %s, want %s", e.data, want)
		}
	}
}

func TestOfOtherChannelsComeNumbersAndNoText(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv, general := s.server(), s.general()
	st, nowhere := s.listen(srv, s.member, general.ID, ""), s.listen(srv, s.member, "", "")
	outside := s.listen(srv, s.outsider, general.ID, "")
	m := s.say(s.keeper, s.channel.ID, "canary-other")
	_, err := s.chat.EditMessage(t.Context(), s.keeper.User, m.ID, "canary-edited")
	must(t, err)
	must(t, s.chat.SetTyping(t.Context(), s.keeper.User, s.channel.ID, true))
	must(t, s.chat.DeleteMessage(t.Context(), s.keeper.User, m.ID))
	name := "canary-renamed"
	_, err = s.chat.UpdateChannel(t.Context(), s.keeper.User, s.channel.ID, chat.ChannelChange{Name: &name})
	must(t, err)
	s.say(s.keeper, general.ID, "the end")
	want := fmt.Sprintf(`{"channelId":%q,"seq":%d,"userId":%q}`, s.channel.ID, m.Seq, s.keeper.ID)
	for name, st := range map[string]*stream{"another channel": st, "no channel": nowhere} {
		if e := st.until("channel_updated"); e.data != want {
			t.Errorf("%s: the event is %s, want %s", name, e.data, want)
		}
	}
	st.until("new_message")
	nowhere.until("channel_updated")
	nowhere.until("channel_updated")
	outside.until("new_message")
	for name, st := range map[string]*stream{"another channel": st, "no channel": nowhere, "outside": outside} {
		raw := st.raw.String()
		if strings.Contains(raw, "canary") || strings.Contains(raw, "event: typing") || strings.Contains(raw, "event: message_") {
			t.Errorf("%s got %s", name, raw)
		}
		if name == "outside" && strings.Contains(raw, s.channel.ID) {
			t.Errorf("an outsider got %s", raw)
		}
	}
}

func TestWhoIsRemovedReceivesNothingMore(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	removed := s.listen(srv, s.member, s.channel.ID, "")
	s.say(s.keeper, s.channel.ID, "seen")
	removed.until("new_message")
	seen := removed.last
	s.say(s.keeper, s.channel.ID, "missed")
	s.script(s.keeper, "POST", "/chat/"+s.channel.ID+"/members", "action", "remove", "user_id", s.member.ID).want(200)
	s.say(s.keeper, s.channel.ID, "canary-secret")
	s.get(s.member, "/events?channel="+s.channel.ID).want(404)
	general := s.general()
	resumed := s.listen(srv, s.member, general.ID, seen)
	s.say(s.keeper, general.ID, "the end")
	want := fmt.Sprintf(`{"channelId":%q,"userId":%q}`, s.channel.ID, s.member.ID)
	if e := removed.until("left_channel"); e.data != want {
		t.Errorf("the event is %s, want %s", e.data, want)
	}
	removed.until("channel_updated") // general is not on its screen
	resumed.until("new_message")
	for name, st := range map[string]*stream{"removed": removed, "resumed": resumed} {
		if raw := st.raw.String(); strings.Contains(raw, "canary-secret") || name == "resumed" && strings.Contains(raw, "missed") {
			t.Errorf("%s got %s", name, raw)
		}
	}
}

func TestSigningOutEndsTheStreamsOfThatDeviceBeforeItAnswers(t *testing.T) {
	s := newScene(t)
	srv := s.server()
	tab, other := s.listen(srv, s.member, "", ""), s.listen(srv, s.member, s.general().ID, "")
	device := *s.member
	elsewhere := s.listen(srv, s.signIn(&device), "", "")
	out := s.post(s.member, "/logout")
	out.sends("/login")
	if site := out.Header().Get("Clear-Site-Data"); !strings.Contains(site, `"cache"`) || !strings.Contains(site, `"storage"`) {
		t.Errorf("Clear-Site-Data is %q", site)
	}
	if n := s.broker.Streams(); n != 1 {
		t.Errorf("%d streams go on", n)
	}
	for _, st := range []*stream{tab, other} {
		st.until("signed_out")
		if e := st.next(); e.name != "" {
			t.Errorf("after the end came %+v", e)
		}
	}
	s.say(s.keeper, s.general().ID, "still here")
	elsewhere.until("channel_updated")
	s.get(s.member, "/chat").want(303)
	s.script(s.member, "GET", "/events").want(401)
}

func TestWhatManyReadAgainSaysHowManyTheyAre(t *testing.T) {
	s := newScene(t)
	s.set("work")
	st, other := s.listen(s.server(), s.member, s.channel.ID, ""), s.listen(s.server(), s.keeper, s.channel.ID, "")
	must(t, s.chat.SetMemberRole(t.Context(), s.keeper.User, s.channel.ID, s.member.ID, chat.RoleAdmin))
	topic := "boats"
	_, err := s.chat.SetTopic(t.Context(), s.keeper.User, s.channel.ID, topic)
	must(t, err)
	alone, among := fmt.Sprintf(`{"channelId":%q}`, s.channel.ID), fmt.Sprintf(`{"channelId":%q,"among":2}`, s.channel.ID)
	if e := st.until("channel_updated"); e.data != alone {
		t.Errorf("a new role tells %s, want %s", e.data, alone)
	}
	for _, st := range []*stream{st, other} {
		if e := st.until("channel_updated"); e.data != among {
			t.Errorf("a new topic tells %s, want %s", e.data, among)
		}
	}
	if raw := other.raw.String(); strings.Count(raw, "event: channel_updated") != 1 || !strings.Contains(raw, `"streams":1`) {
		t.Errorf("somebody else is told %s", raw)
	}
}

func TestAStreamIsForOurOwnPages(t *testing.T) {
	s := newScene(t)
	s.script(nil, "GET", "/events").want(401)
	for _, site := range []string{"cross-site", "same-site"} {
		r := s.request(s.member, "GET", "/events", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		if a := s.do(r).want(403); a.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may read the stream", site)
		}
	}
}

// viewers are streams of one channel, without the connections.
func (w *world) viewers(n int, who *actor) []*events.Subscription {
	w.t.Helper()
	d := &door{w.deps}
	subs := make([]*events.Subscription, n)
	for i := range subs {
		subs[i] = w.broker.Subscribe(fmt.Sprint("viewer", i), "s")
		w.t.Cleanup(subs[i].Close)
		_, err := subs[i].Start(w.t.Context(), "", d.topics(who.ID))
		must(w.t, err)
	}
	return subs
}

func TestAnEventIsRenderedOnceForFiftyViewers(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	d := &door{w.deps}
	subs := w.viewers(50, ada)
	rendered := func(onScreen string) *byte {
		t.Helper()
		w.say(ada, c.ID, "hello")
		var first *byte
		for i, s := range subs {
			e, err := s.Take()
			must(t, err)
			bytes := d.frame(e, onScreen)
			if i == 0 {
				first = &bytes[0]
			}
			if &bytes[0] != first {
				t.Fatalf("viewer %d has bytes of their own", i)
			}
			if allocated := testing.AllocsPerRun(10, func() { d.frame(e, onScreen) }); allocated > 1 {
				t.Fatalf("looking at an event again costs %.0f allocations", allocated)
			}
		}
		return first
	}
	if rendered(c.ID) == rendered("another") {
		t.Error("those who look elsewhere get the message")
	}
}

func BenchmarkAnEventFor50Viewers(b *testing.B) {
	w := newWorld(b)
	ada, c := w.join("ada"), w.general()
	d := &door{w.deps}
	subs := w.viewers(50, ada)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		w.say(ada, c.ID, "hello **world**")
		b.StartTimer()
		for _, s := range subs {
			e, err := s.Take()
			must(b, err)
			d.frame(e, c.ID)
		}
	}
}
