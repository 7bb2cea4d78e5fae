package api

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestShapesOfThreads(t *testing.T) {
	s := newScene(t)
	s.set("work")
	one := "/api/chat/messages/" + s.message.ID
	s.call(s.keeper, "GET", one+"/replies", nil).exactly(200, `{"replies":[]}`)
	s.call(s.keeper, "GET", "/api/chat/threads", nil).exactly(200, `{"threads":[],"unread_total":0}`)
	sent := s.call(s.keeper, "POST", one+"/replies", `{"content":"Hello, @member","client_id":"k"}`).
		exactly(201, `{"reply":{"id":"ID","parent_message_id":"ID","channel_id":"ID","seq":2,"user_id":"ID","content":"Hello, @member",`+
			`"attachments":[],"created_at":"TIME"}}`)
	again := s.call(s.keeper, "POST", one+"/replies", `{"content":"Hello, @member","client_id":"k"}`).want(201)
	if sent.field("reply.id") != again.field("reply.id") || sent.field("reply.parent_message_id") != s.message.ID {
		t.Errorf("the reply is %s, sent again %s", sent.Body, again.Body)
	}
	s.call(s.keeper, "POST", one+"/replies", `{"content":"other","client_id":"k"}`).want(422, "IDEMPOTENCY_KEY_REUSED")
	s.call(s.keeper, "POST", one+"/replies", `{"content":" "}`).want(400, "CONTENT_REQUIRED")
	deeper := s.call(s.member, "POST", "/api/chat/messages/"+sent.field("reply.id")+"/replies", `{"content":"deeper"}`).want(201)
	if deeper.field("reply.parent_message_id") != s.message.ID {
		t.Errorf("the deeper reply is %s", deeper.Body)
	}
	const tail = `,"is_deleted":false,"pinned":false,"bookmarked":false,`
	s.call(s.member, "GET", one+"/replies?limit=1", nil).exactly(200, `{"replies":[{"id":"ID","channel_id":"ID","seq":2,"user_id":"ID",`+
		`"user":{"id":"ID","name":"Name keeper","email":"","avatar":null},"content":"Hello, @member","parent_message_id":"ID","attachments":[],`+
		`"reactions":[],"created_at":"TIME","updated_at":"TIME","edited_at":null`+tail+`"reply_count":0,"last_reply_at":null,"participants":[]}]}`)
	if rest := s.call(s.member, "GET", one+"/replies?after="+sent.field("reply.id"), nil).want(200).Body.String(); !strings.Contains(rest, "deeper") || strings.Contains(rest, "Hello") {
		t.Errorf("the replies after the first are %s", rest)
	}
	s.call(s.member, "GET", one+"/replies?after=x&before=y", nil).want(400, "INVALID_PAGE")
	s.call(s.member, "GET", one+"/replies?after=x", nil).want(400, "UNKNOWN_MESSAGE")

	inbox := s.call(s.keeper, "GET", "/api/chat/threads?unread=true", nil).exactly(200, `{"threads":[{"message":{"id":"ID","channel_id":"ID","seq":1,"user_id":"ID",`+
		`"user":{"id":"ID","name":"Name member","email":"","avatar":null},"content":"canary-text","parent_message_id":null,"attachments":[],"reactions":[],`+
		`"created_at":"TIME","updated_at":"TIME","edited_at":null`+tail+`"reply_count":2,"last_reply_at":"TIME","participants":["ID","ID"]},`+
		`"channel_id":"ID","reply_count":2,"last_reply_at":"TIME","last_read_seq":2,"unread":1}],"unread_total":1}`)
	if strings.Contains(inbox.Body.String(), "next_cursor") {
		t.Errorf("one thread has another page: %s", inbox.Body)
	}
	s.call(s.keeper, "GET", "/api/chat/threads?cursor=x", nil).want(400, "INVALID_CURSOR")
	s.call(s.keeper, "POST", one+"/thread/read", `{"seq":2}`).exactly(200, `{"following":true,"last_read_seq":2,"unread":1}`)
	s.call(s.keeper, "POST", one+"/thread/read", nil).exactly(200, `{"following":true,"last_read_seq":3,"unread":0}`)
	s.call(s.keeper, "PUT", one+"/follow", `{"following":false}`).exactly(200, `{"following":false,"last_read_seq":3,"unread":0}`)
	s.call(s.keeper, "PUT", one+"/follow", `{}`).want(400)
	s.call(s.keeper, "GET", "/api/chat/threads", nil).exactly(200, `{"threads":[],"unread_total":0}`)
}

func TestThreadsComeInPages(t *testing.T) {
	s := newScene(t)
	s.set("work")
	var want []string
	for range 5 {
		m := s.post(s.member, s.channel.ID, "root")
		_, err := s.chat.Reply(t.Context(), s.keeper.User, m.ID, chat.Draft{Content: "@member"})
		must(t, err)
		want = append(want, m.ID)
	}
	for _, path := range []string{"/api/chat/threads", "/api/chat/mentions"} {
		cursor, n := "", 0
		for {
			page := s.call(s.member, "GET", path+"?limit=2&cursor="+cursor, nil).want(200)
			n += strings.Count(page.Body.String(), `"is_deleted"`)
			if cursor = page.field("next_cursor"); cursor == "" {
				break
			}
		}
		if n != len(want) {
			t.Errorf("the pages of %s hold %d, want %d", path, n, len(want))
		}
	}
}

func TestShapesOfMentions(t *testing.T) {
	s := newScene(t)
	s.set("work")
	s.call(s.member, "GET", "/api/chat/mentions", nil).exactly(200, `{"mentions":[]}`)
	m := s.post(s.keeper, s.channel.ID, "look, @Member")
	s.call(s.member, "GET", "/api/chat/mentions", nil).exactly(200, `{"mentions":[{"id":"ID","channel_id":"ID","seq":2,"user_id":"ID",`+
		`"user":{"id":"ID","name":"Name keeper","email":"","avatar":null},"content":"look, @Member","parent_message_id":null,"attachments":[],`+
		`"reactions":[],"created_at":"TIME","updated_at":"TIME","edited_at":null,"is_deleted":false,"pinned":false,"bookmarked":false,`+
		`"reply_count":0,"last_reply_at":null,"participants":[]}]}`)
	s.call(s.member, "GET", "/api/chat/mentions?cursor=x", nil).want(400, "INVALID_CURSOR")
	list := s.call(s.member, "GET", "/api/chat/channels", nil).want(200)
	if !strings.Contains(list.Body.String(), `"unreadCount":1,"mention_count":1}`) {
		t.Errorf("the channels are %s", list.Body)
	}
	s.call(s.member, "POST", "/api/chat/channels/"+s.channel.ID+"/read", nil).want(200)
	list = s.call(s.member, "GET", "/api/chat/channels", nil).want(200)
	if strings.Contains(list.Body.String(), `"mention_count":1`) {
		t.Errorf("the channels after reading are %s", list.Body)
	}
	s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/mentionable?query=KEEP", nil).
		exactly(200, `{"members":[{"id":"ID","username":"keeper","name":"Name keeper","avatar":null,"status":"offline"}]}`)
	s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/mentionable?query=outsider", nil).exactly(200, `{"members":[]}`)
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	s.call(s.member, "GET", "/api/chat/mentions", nil).exactly(200, `{"mentions":[]}`)
	s.call(s.keeper, "DELETE", "/api/chat/messages/"+m.ID, nil).want(200)
}

// Who has left hears nothing of the threads that they followed and of mentions, and a stream of another channel no text.
func TestNotificationsReachMembersAlone(t *testing.T) {
	s := newScene(t)
	s.set("work")
	st := s.listen(s.server(), s.member, "", "")
	former := s.listen(s.server(), s.former, "", "")
	_, err := s.chat.Reply(t.Context(), s.keeper.User, s.message.ID, chat.Draft{Content: "canary-reply @member @former"})
	must(t, err)
	before, it := st.until("notification")
	if got := masked(it.data); got != `{"kind":"mention","channelId":"ID","messageId":"ID","seq":2,"userId":"ID"}` {
		t.Errorf("the notification is %s", got)
	}
	names := map[string]int{}
	for _, e := range before {
		names[e.name]++
	}
	if names["new_message"] != 1 || names["thread_updated"] != 2 {
		t.Errorf("before it came %v", names)
	}
	s.broker.EndUser(t.Context(), s.former.ID, "")
	for e := former.next(); e.name != ""; e = former.next() {
		if strings.Contains(e.data, s.channel.ID) {
			t.Errorf("somebody outside hears %+v", e)
		}
	}
}

func TestAReplyMayStandInItsChannelToo(t *testing.T) {
	s := newScene(t)
	s.set("work")
	sent := s.call(s.keeper, "POST", "/api/chat/messages/"+s.message.ID+"/replies", `{"content":"both","also_channel":true}`).
		exactly(201, `{"reply":{"id":"ID","parent_message_id":"ID","channel_id":"ID","also_channel":true,"seq":2,"user_id":"ID","content":"both","attachments":[],"created_at":"TIME"}}`)
	s.call(s.keeper, "POST", "/api/chat/channels/"+s.channel.ID+"/messages/send", `{"content":"again","parent_message_id":"`+s.message.ID+`","also_channel":true}`).want(201)
	list := s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/messages", nil).want(200).Body.String()
	later := s.call(s.keeper, "POST", "/api/chat/scheduled", `{"channel_id":"`+s.channel.ID+`","content":"then","parent_message_id":"`+s.message.ID+`","also_channel":true,"send_at":"`+soon+`"}`).want(201)
	s.call(s.keeper, "POST", "/api/chat/scheduled/"+later.field("scheduled.id")+"/send", nil).want(200)
	if sent := s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/messages", nil).want(200).Body.String(); strings.Count(sent, `"also_channel":true`) != 3 {
		t.Errorf("after the scheduled one the channel says %s", sent)
	}
	if strings.Count(list, `"also_channel":true`) != 2 || !strings.Contains(list, sent.field("reply.id")) {
		t.Errorf("the channel says %s", list)
	}
}
