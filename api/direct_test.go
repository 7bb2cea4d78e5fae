package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestShapesOfDirectMessages(t *testing.T) {
	s := newScene(t)
	s.set("work")
	name := chat.DirectKey(s.member.ID, s.keeper.ID)
	toKeeper := "/api/dm/users/" + s.keeper.ID + "/messages"
	s.call(s.member, "GET", "/api/dm/conversations", nil).exactly(200, `{"conversations":[]}`) // keeper has only opened it
	s.call(s.member, "GET", toKeeper, nil).exactly(200, `{"messages":[],"dm_channel_id":"`+name+`"}`)
	s.call(s.member, "POST", toKeeper, `{"content":"Hey there!","attachments":[]}`).
		exactly(201, `{"message":{"id":"ID","channel_id":"`+name+`","seq":1,"user_id":"ID","content":"Hey there!","attachments":[],"created_at":"TIME",`+
			`"reactions":[],"pinned":false,"bookmarked":false},"dm_channel_id":"`+name+`"}`)
	got := s.call(s.keeper, "GET", "/api/dm/users/"+s.member.ID+"/messages?limit=1", nil).want(200)
	if first := `{"messages":[{"id":"ID","channel_id":"` + name + `","seq":1,"user_id":"ID",`; !strings.HasPrefix(masked(got.Body.String()), first) {
		t.Errorf("messages are %s", got.Body)
	}
	s.call(s.keeper, "GET", "/api/dm/conversations", nil).exactly(200, `{"conversations":[{"dm_channel_id":"`+name+`","channel_id":"ID","type":"dm",`+
		`"user_id":"ID","user_name":"Name member","user_email":"","user_avatar":null,"user_status":"offline",`+
		`"users":[{"id":"ID","name":"Name member","avatar":null,"status":"offline"}],`+
		`"last_message":"Hey there!","last_message_at":"TIME","unreadCount":1,"created_at":"TIME"}]}`)
	for _, spelling := range []string{name, s.direct.ID} {
		s.call(s.keeper, "POST", "/api/dm/channels/"+spelling+"/read", nil).exactly(200,
			`{"message":"Marked as read","data":{"user_id":"ID","channel_id":"`+name+`","last_read_at":"TIME"}}`)
		s.call(s.keeper, "POST", "/api/dm/channels/"+spelling+"/hide", nil).exactly(200, `{"message":"Conversation hidden until its next message"}`)
		s.call(s.keeper, "GET", "/api/dm/conversations", nil).exactly(200, `{"conversations":[]}`)
	}
	s.call(s.member, "GET", toKeeper+"?before=x&after=y", nil).want(400, "INVALID_PAGE")
	s.call(s.member, "GET", "/api/dm/conversations?limit=1&cursor=x", nil).want(400, "INVALID_CURSOR")
	s.call(s.member, "POST", toKeeper, `{"content":""}`).want(400, "CONTENT_REQUIRED")
	for _, nobody := range []string{unissued, "x", name} {
		s.call(s.member, "GET", "/api/dm/users/"+nobody+"/messages", nil).want(404)
		s.call(s.member, "POST", "/api/dm/users/"+nobody+"/messages", `{"content":"hi"}`).want(404)
	}
}

func TestShapesOfGroups(t *testing.T) {
	s := newScene(t)
	group := s.call(s.member, "POST", "/api/dm/groups", map[string]any{"user_ids": []string{s.keeper.ID, s.outsider.ID}})
	group.exactly(201, `{"conversation":{"dm_channel_id":"ID","channel_id":"ID","type":"group","user_id":null,`+
		`"user_name":"Name outsider, Name keeper","user_email":"","user_avatar":null,"user_status":null,`+
		`"users":[{"id":"ID","name":"Name outsider","avatar":null,"status":"offline"},{"id":"ID","name":"Name keeper","avatar":null,"status":"offline"}],`+
		`"last_message":null,"last_message_at":null,"unreadCount":0,"created_at":"TIME"}}`)
	again := s.call(s.keeper, "POST", "/api/dm/groups", map[string]any{"user_ids": []string{s.member.ID, s.outsider.ID}}).want(201)
	channelID := group.field("conversation.channel_id")
	if again.field("conversation.channel_id") != channelID || group.field("conversation.dm_channel_id") != channelID {
		t.Errorf("groups are %s and %s", group.Body, again.Body)
	}
	s.call(s.keeper, "POST", "/api/dm/groups", map[string]any{"user_ids": []string{s.member.ID}}).want(400, "INVALID_GROUP")
	s.call(s.keeper, "POST", "/api/dm/groups", map[string]any{"user_ids": []string{s.member.ID, unissued}}).want(404, "USER_NOT_FOUND")
	s.call(s.keeper, "POST", "/api/chat/channels/"+channelID+"/messages/send", `{"content":"to all"}`).want(201)
	s.call(s.admin, "GET", "/api/chat/channels/"+channelID, nil).want(404, "CHANNEL_NOT_FOUND")
	notes := s.call(s.member, "POST", "/api/dm/users/"+s.member.ID+"/messages", `{"content":"note"}`).want(201)
	if notes.field("dm_channel_id") != chat.DirectKey(s.member.ID, s.member.ID) {
		t.Errorf("notes are %s", notes.Body)
	}
	list := s.call(s.member, "GET", "/api/dm/conversations?limit=1", nil).want(200)
	if got := list.Body.String(); !strings.Contains(got, `"user_name":"Name member"`) || !strings.Contains(got, `"users":[]`) || list.field("next_cursor") == "" {
		t.Errorf("the newest is %s", got)
	}
	list = s.call(s.member, "GET", "/api/dm/conversations?limit=1&cursor="+list.field("next_cursor"), nil).want(200)
	if got := list.Body.String(); !strings.Contains(got, channelID) || list.field("next_cursor") != "" {
		t.Errorf("the next is %s", got)
	}
}

// Every route that takes a channel takes a conversation in both spellings, as a channel that nobody manages.
func TestBothSpellingsOfAConversation(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for i, spelling := range []string{s.direct.ID, s.direct.Key} {
		path := "/api/chat/channels/" + spelling
		sent := s.call(s.member, "POST", path+"/messages/send", `{"content":"hello"}`).want(201)
		if sent.field("message.channel_id") != s.direct.ID {
			t.Errorf("sent %s", sent.Body)
		}
		got := s.call(s.keeper, "GET", path, nil).want(200)
		if got.field("channel.id") != s.direct.ID || got.field("channel.type") != "dm" || got.field("channel.name") != "" {
			t.Errorf("channel is %s", got.Body)
		}
		if n := s.call(s.keeper, "GET", path+"/messages", nil).want(200).messages(); n != i+1 {
			t.Errorf("%d messages", n)
		}
		s.call(s.keeper, "POST", path+"/typing", `{"typing":true}`).want(200)
		s.call(s.member, "GET", path+"/typing", nil).exactly(200, `{"typing_users":["Name keeper"]}`)
		s.call(s.keeper, "POST", path+"/read", nil).want(200)
		s.call(s.keeper, "PUT", path, `{"name":"open"}`).want(403, "DIRECT_CONVERSATION")
		s.call(s.keeper, "PUT", path, `{"type":"public"}`).want(403, "DIRECT_CONVERSATION")
		s.call(s.keeper, "POST", path+"/archive", nil).want(403, "DIRECT_CONVERSATION")
		s.call(s.keeper, "POST", path+"/join", nil).want(400, "ALREADY_MEMBER")
		s.call(s.keeper, "POST", path+"/members", `{"user_id":"`+s.outsider.ID+`"}`).want(403, "DIRECT_CONVERSATION")
		s.call(s.keeper, "DELETE", path+"/members/"+s.member.ID, nil).want(403, "DIRECT_CONVERSATION")
		s.call(s.keeper, "PUT", path+"/members/"+s.keeper.ID, `{"role":"admin"}`).want(403, "DIRECT_CONVERSATION")
	}
}

// messages returns how many messages an answer has.
func (a answered) messages() int {
	a.t.Helper()
	var v struct{ Messages []any }
	must(a.t, decode(a.Body.Bytes(), &v))
	return len(v.Messages)
}

// To a third person and to admins a conversation is what an unknown channel is, on every route and in both spellings.
func TestAConversationIsNotThereForOthers(t *testing.T) {
	s := newScene(t)
	s.set("work")
	theirs, err := s.chat.PostMessage(t.Context(), s.member.User, s.direct.ID, chat.Draft{Content: "canary-text"})
	must(t, err)
	n := 0
	for pattern, c := range table {
		if !strings.Contains(c.path, "{P}") && !strings.Contains(c.path, "{D}") && !strings.Contains(c.path, "{M}") {
			continue
		}
		method, _, _ := strings.Cut(pattern, " ")
		for _, who := range []*actor{s.anon, s.outsider, s.admin} {
			ask := func(channelID, messageID string) answered {
				fill := strings.NewReplacer("{P}", channelID, "{D}", channelID, "{M}", messageID, "{A}", s.member.ID, "{B}", s.outsider.ID, "{K}", s.keeper.ID)
				var body any
				if c.body != "" {
					body = fill.Replace(c.body)
				}
				return s.call(who, method, fill.Replace(c.path), body)
			}
			unknown := ask("ffffffffffffffffffffffff", "ffffffffffffffffffffffff")
			if unknown.Code < 400 {
				t.Fatalf("%s by %s: %d for what is unknown", pattern, who.name, unknown.Code)
			}
			for _, spelling := range []string{s.direct.ID, s.direct.Key} {
				n++
				got := ask(spelling, theirs.ID)
				if got.Code != unknown.Code || masked(got.Body.String()) != masked(unknown.Body.String()) {
					t.Errorf("%s by %s on %s: %d %s, want %d %s", pattern, who.name, spelling, got.Code, got.Body, unknown.Code, unknown.Body)
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d requests were made", n)
	}
	for _, path := range []string{"/api/chat/channels", "/api/chat/channels/all", "/api/chat/channels/all?limit=50", "/api/chat/channels/browse", "/api/dm/conversations"} {
		got := s.call(s.admin, "GET", path, nil).want(200).Body.String()
		if strings.Contains(got, s.direct.ID) || strings.Contains(got, s.direct.Key) || strings.Contains(got, `"type":"dm"`) {
			t.Errorf("%s: %s", path, got)
		}
	}
	if total := s.call(s.admin, "GET", "/api/chat/channels/all?limit=50", nil).field("total"); total != "2" { // general and work
		t.Errorf("total is %s", total)
	}
}

// Both hear of a conversation with its first message, on streams that were open before it was made; nobody else ever does.
func TestStreamsOfAConversation(t *testing.T) {
	s := newScene(t)
	srv := s.server()
	s.set("work")
	streams := map[*actor]*stream{}
	for _, who := range []*actor{s.member, s.outsider, s.former, s.admin} {
		streams[who] = s.listen(srv, who, "", "")
	}
	path := "/api/dm/users/" + s.former.ID + "/messages"
	name := s.call(s.member, "POST", path, `{"content":"between us"}`).want(201).field("dm_channel_id")
	c, err := s.store.ChannelByKey(t.Context(), name)
	must(t, err)
	for _, who := range []*actor{s.member, s.former} {
		_, opened := streams[who].until("joined_channel")
		for _, want := range []string{`"channelId":"` + c.ID, `"userId":"` + who.ID, `"type":"dm"`, `"dm_channel_id":"` + name, `"name":"Name member"`} {
			if !strings.Contains(opened.data, want) {
				t.Errorf("%s is told %s, without %s", who.name, opened.data, want)
			}
		}
		if _, e := streams[who].until("new_message"); !strings.Contains(e.data, `"channelId":"`+c.ID) || !strings.Contains(e.data, "between us") {
			t.Errorf("%s hears %s", who.name, e.data)
		}
	}
	s.call(s.former, "POST", "/api/chat/channels/"+name+"/typing", `{"typing":true}`).want(200)
	s.call(s.former, "POST", "/api/dm/channels/"+name+"/read", nil).want(200)
	s.call(s.former, "POST", "/api/dm/channels/"+name+"/hide", nil).want(200)
	streams[s.former].until("conversation_hidden")
	narrowed := s.listen(srv, s.former, "?channel="+name, "")
	s.call(s.member, "POST", path, `{"content":"and more"}`).want(201)
	if _, e := narrowed.until("new_message"); !strings.Contains(e.data, "and more") {
		t.Errorf("a stream of the conversation hears %s", e.data)
	}
	for _, third := range []*actor{s.outsider, s.admin} {
		for _, spelling := range []string{name, c.ID} {
			s.call(third, "GET", "/api/events?channel="+spelling, nil).want(http.StatusNotFound, "CHANNEL_NOT_FOUND")
		}
	}
	general := must1(s.store.ChannelByName(t.Context(), chat.General))
	s.post(s.keeper, general.ID, "the end")
	for _, third := range []*actor{s.outsider, s.admin} {
		streams[third].until("new_message")
		if raw := streams[third].raw.String(); strings.Contains(raw, c.ID) || strings.Contains(raw, name) || strings.Contains(raw, "between us") {
			t.Errorf("%s hears %s", third.name, raw)
		}
	}
}

func TestDirectMessagesToSomebodyWhoIsKeptOut(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/dm/users/" + s.member.ID + "/messages"
	s.call(s.keeper, "POST", path, `{"content":"hello"}`).want(201)
	ban := accounts.Ban{Banned: true}
	_, err := s.store.UpdateUser(t.Context(), s.member.ID, accounts.UserChange{Ban: &ban}, now())
	must(t, err)
	s.call(s.keeper, "POST", path, `{"content":"again"}`).want(403, "RECIPIENT_UNAVAILABLE")
	s.call(s.keeper, "POST", "/api/chat/channels/"+s.direct.Key+"/messages/send", `{"content":"again"}`).want(403, "RECIPIENT_UNAVAILABLE")
	if n := s.call(s.keeper, "GET", path, nil).want(200).messages(); n != 1 {
		t.Errorf("%d messages", n)
	}
	s.call(s.outsider, "GET", path, nil).want(403, "RECIPIENT_UNAVAILABLE")
}

func TestARetriedDirectMessageIsOne(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/dm/users/" + s.member.ID + "/messages"
	send := func(text string) answered {
		return s.call(s.keeper, "POST", path, fmt.Sprintf(`{"content":%q,"client_id":"k1"}`, text))
	}
	first := send("hello").want(201)
	if again := send("hello").want(201); again.field("message.id") != first.field("message.id") {
		t.Errorf("%s and %s", first.Body, again.Body)
	}
	send("other").want(422, "IDEMPOTENCY_KEY_REUSED")
}
