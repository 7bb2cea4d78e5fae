package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

// server serves a scene's world to clients that hold streams.
func (s *scene) server() *httptest.Server {
	srv := httptest.NewServer(s.handler)
	s.t.Cleanup(srv.Close)
	s.t.Cleanup(func() { s.broker.Close(context.Background()) })
	return srv
}

// stream is an open stream as its client reads it.
type stream struct {
	t    testing.TB
	body io.ReadCloser
	in   *bufio.Reader
	raw  strings.Builder
	last string
}

type happened struct{ id, name, data string }

// listen opens a stream and reads the greeting.
func (s *scene) listen(srv *httptest.Server, who *actor, query, after string) *stream {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", srv.URL+"/api/events"+query, nil)
	must(s.t, err)
	r.Header.Set("Authorization", "Bearer "+who.token)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	res, err := srv.Client().Do(r)
	must(s.t, err)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || res.Header.Get("Access-Control-Allow-Origin") != "" {
		s.t.Fatalf("stream is %d %v", res.StatusCode, res.Header)
	}
	st := &stream{t: s.t, body: res.Body, in: bufio.NewReader(res.Body)}
	s.t.Cleanup(func() { res.Body.Close() })
	if e := st.next(); e.name != "connected" || e.data != `{"message":"Connected to server"}` || e.id == "" {
		s.t.Fatalf("the first event is %+v", e)
	}
	return st
}

// next reads one event; at the end of the stream it is the zero one.
func (st *stream) next() (e happened) {
	st.t.Helper()
	for {
		line, err := st.in.ReadString('\n')
		st.raw.WriteString(line)
		if err != nil {
			return happened{}
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e.name != "":
			if e.id != "" {
				st.last = e.id
			}
			return e
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "data":
			e.data += value
		}
	}
}

// until reads up to the event with this name and returns what came before it.
func (st *stream) until(name string) (before []happened, it happened) {
	st.t.Helper()
	for {
		e := st.next()
		if e.name == "" {
			st.t.Fatalf("the stream ended before %s, after %v", name, before)
		}
		if e.name == name {
			return before, e
		}
		before = append(before, e)
	}
}

func (s *scene) post(who *actor, channelID, content string) chat.Message {
	s.t.Helper()
	m, err := s.chat.PostMessage(s.t.Context(), who.User, channelID, chat.Draft{Content: content})
	must(s.t, err)
	return m
}

func TestStreamEvents(t *testing.T) {
	s := newScene(t)
	s.set("work")
	st := s.listen(s.server(), s.member, "", "")
	ctx, keeper, c := t.Context(), s.keeper.User, s.channel.ID
	want := func(name, data string) {
		t.Helper()
		e := st.next()
		for e.name == "presence" { // whoever comes and goes
			e = st.next()
		}
		if e.name != name || masked(e.data) != data || e.id == "" {
			t.Fatalf("event is %s %s\nwant %s %s", e.name, masked(e.data), name, data)
		}
	}
	must(t, s.chat.SetTyping(ctx, keeper, c, true))
	want("typing", `{"channelId":"ID","userId":"ID","name":"Name keeper","typing":true}`)
	m, err := s.chat.PostMessage(ctx, keeper, c, chat.Draft{Content: "one", ParentID: s.message.ID})
	must(t, err)
	want("typing", `{"channelId":"ID","userId":"ID","name":"Name keeper","typing":false}`)
	want("new_message", `{"messageId":"ID","channelId":"ID","userId":"ID","seq":2,"content":"one","user":{"id":"ID","name":"Name keeper","avatar":null},`+
		`"parent_message_id":"ID","created_at":"TIME","attachments":[]}`)
	want("thread_updated", `{"channelId":"ID","messageId":"ID","replyCount":1,"lastReplyAt":"TIME","seq":2}`)
	want("thread_updated", `{"channelId":"ID","messageId":"ID","replyCount":1,"lastReplyAt":"TIME","seq":2,"following":true,"unread":true}`)
	want("notification", `{"kind":"thread_reply","channelId":"ID","messageId":"ID","seq":2,"userId":"ID"}`)
	_, err = s.chat.EditMessage(ctx, keeper, m.ID, "two")
	must(t, err)
	want("message_updated", `{"messageId":"ID","channelId":"ID","userId":"ID","seq":2,"content":"two","user":{"id":"ID","name":"Name keeper","avatar":null},`+
		`"parent_message_id":"ID","created_at":"TIME","edited_at":"TIME","attachments":[],"pinned":false}`)
	s.call(s.member, "POST", "/api/chat/channels/"+c+"/read", nil).want(200)
	want("read", `{"channelId":"ID","last_read_seq":2,"unreadCount":0}`)
	must(t, s.chat.DeleteMessage(ctx, keeper, m.ID))
	want("message_deleted", `{"messageId":"ID","channelId":"ID","seq":2}`)
	want("thread_updated", `{"channelId":"ID","messageId":"ID","replyCount":0,"lastReplyAt":null,"seq":0}`)
	want("thread_updated", `{"channelId":"ID","messageId":"ID","replyCount":0,"lastReplyAt":null,"seq":0,"following":true,"unread":false}`)
	s.call(s.keeper, "PUT", "/api/chat/channels/"+c, `{"description":"new"}`).want(200)
	want("channel_updated", `{"channelId":"ID","name":"work","description":"new","type":"private","archived":false,"seq":2}`)
	must(t, s.chat.AddMember(ctx, keeper, c, s.outsider.ID))
	want("joined_channel", `{"channelId":"ID","userId":"ID","memberCount":3}`)
	must(t, s.chat.RemoveMember(ctx, keeper, c, s.outsider.ID))
	want("left_channel", `{"channelId":"ID","userId":"ID","memberCount":2}`)
	if frame := full(chat.PresenceChanged{Users: []chat.Presence{{UserID: "u", Status: accounts.StatusAway}}}); string(frame) !=
		"event: presence\ndata: {\"users\":[{\"userId\":\"u\",\"status\":\"away\"}]}\n\n" {
		t.Errorf("presence is %s", frame)
	}
}

// With a reader that drops the connection again and again while people write, each message comes once. Events of
// writers at the same moment may swap; the number says where a message belongs.
func TestStreamResumes(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	st := s.listen(srv, s.member, "", "")
	const writers, each = 4, 50
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for i := range each {
				s.post(s.keeper, s.channel.ID, fmt.Sprint(i))
			}
		})
	}
	seen := map[int64]bool{}
	for n := 0; len(seen) < writers*each; n++ {
		e := st.next()
		var data struct {
			Seq int64 `json:"seq"`
		}
		must(t, json.Unmarshal([]byte(e.data), &data))
		switch {
		case e.name == "reset" || seen[data.Seq]:
			t.Fatalf("%+v came after %d messages", e, len(seen))
		case e.name == "new_message":
			seen[data.Seq] = true
		}
		if n%7 == 6 {
			st.body.Close()
			st = s.listen(srv, s.member, "", st.last)
		}
	}
	writing.Wait()
}

func TestStreamResets(t *testing.T) {
	s := newScene(t)
	s.set("work")
	srv := s.server()
	cursor := s.broker.Cursor()
	for _, after := range []string{
		"0", "-1", "9223372036854775808", "text", strings.Repeat("9", 1<<16), "x-1", cursor + "0", cursor + "-", "-", "%0d%0aevent: x", "🙂",
		strings.Split(cursor, "-")[0] + "--1", strings.Split(cursor, "-")[0] + "-18446744073709551616",
	} {
		st := s.listen(srv, s.outsider, "", after)
		if e := st.next(); e.name != "reset" || e.id == "" {
			t.Errorf("after %.40q comes %+v", after, e)
		}
		if strings.Contains(st.raw.String(), s.channel.ID) {
			t.Errorf("after %.40q an outsider is told of the channel", after)
		}
		st.body.Close()
	}
	st := s.listen(srv, s.member, "?after="+cursor, "")
	s.post(s.keeper, s.channel.ID, "x")
	if before, _ := st.until("new_message"); len(before) > 0 && before[0].name == "reset" {
		t.Error("a good id is reset")
	}
}

// A stream narrowed to one channel learns of others only that there is something new.
func TestStreamNarrows(t *testing.T) {
	s := newScene(t)
	s.set("other")
	other := s.channel
	s.set("looked-at")
	srv := s.server()
	st := s.listen(srv, s.member, "?channel="+s.channel.ID, "")
	m := s.post(s.keeper, other.ID, "canary one")
	_, err := s.chat.EditMessage(t.Context(), s.keeper.User, m.ID, "canary two")
	must(t, err)
	must(t, s.chat.DeleteMessage(t.Context(), s.keeper.User, m.ID))
	must(t, s.chat.SetTyping(t.Context(), s.keeper.User, other.ID, true))
	s.post(s.keeper, s.channel.ID, "here")
	before, here := st.until("new_message")
	if !strings.Contains(here.data, `"content":"here"`) || strings.Contains(st.raw.String(), "canary") {
		t.Errorf("stream is %s", st.raw.String())
	}
	var names []string
	for _, e := range before {
		if e.name != "presence" {
			names = append(names, e.name+" "+masked(e.data))
		}
	}
	want := []string{`channel_updated {"channelId":"ID","seq":2,"userId":"ID","last_message_at":"TIME"}`}
	if fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("of the other channel came %v", names)
	}
	for _, who := range []*actor{s.outsider, s.former, s.admin} {
		s.call(who, "GET", "/api/events?channel="+s.channel.ID, nil).want(404, "CHANNEL_NOT_FOUND")
	}
	s.call(s.member, "GET", "/api/events?channel=x", nil).want(404, "CHANNEL_NOT_FOUND")
}
