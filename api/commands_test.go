package api

import "testing"

func TestCommandsRunOverTheAPI(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/chat/channels/" + s.channel.ID + "/messages/send"
	body := func(content string) map[string]any { return map[string]any{"content": content} }
	if got := s.call(s.member, "POST", path, body("/me waves")).want(201).field("message.content"); got != "_waves_" {
		t.Errorf("posted %q", got)
	}
	a := s.call(s.member, "POST", path, body("/help")).want(201)
	if a.field("message") != "" || a.field("reply") == "" {
		t.Errorf("answered %s", a.Body)
	}
	a = s.call(s.member, "POST", path, body("/msg @"+s.keeper.Username+" hi")).want(201)
	if a.field("go_to") != s.direct.ID || a.field("message.channel_id") != s.direct.ID {
		t.Errorf("answered %s", a.Body)
	}
	s.call(s.member, "POST", path, body("/nonsense")).want(400, "UNKNOWN_COMMAND")
	s.call(s.outsider, "POST", path, body("/help")).want(404, "CHANNEL_NOT_FOUND")
	a = s.call(s.member, "POST", "/api/chat/messages/"+s.message.ID+"/replies", body("/shrug")).want(201)
	if a.field("reply.parent_message_id") != s.message.ID {
		t.Errorf("answered %s", a.Body)
	}
	s.call(s.member, "POST", "/api/chat/messages/"+s.message.ID+"/replies", body("/help")).want(201)
	a = s.call(s.member, "POST", "/api/dm/users/"+s.keeper.ID+"/messages", body("/shrug")).want(201)
	if a.field("message.channel_id") != a.field("dm_channel_id") {
		t.Errorf("answered %s", a.Body)
	}
}
