package api

import (
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/hooks"
)

func TestAPolicyIsChangedInPartsAndHoldsAtOnce(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	general, err := w.chat.PublicChannels(t.Context(), chat.ChannelQuery{Limit: 1})
	must(t, err)
	put := func(body map[string]any) answered {
		body["require_two_factor"] = false
		return w.call(boss, "PUT", "/api/admin/policy", body)
	}
	got := put(map[string]any{"max_message": 3000, "private_channels": "moderators"}).want(200)
	if got.field("policy.max_message") != "3000" || got.field("policy.private_channels") != "moderators" || got.field("policy.public_channels") != "everyone" {
		t.Errorf("the policy is %s", got.Body)
	}
	got = put(map[string]any{"public_channels": "admins"}).want(200)
	if got.field("policy.max_message") != "3000" || got.field("policy.private_channels") != "moderators" || got.field("policy.public_channels") != "admins" {
		t.Errorf("a part of it changed the rest: %s", got.Body)
	}
	got = put(map[string]any{"sign_up_domains": []string{"Corp.test"}}).want(200)
	if got.field("policy.sign_up_domains") != "[corp.test]" || got.field("policy.max_message") != "3000" {
		t.Errorf("with domains the policy is %s", got.Body)
	}
	put(map[string]any{"sign_up_domains": []string{"a b"}}).want(400, "INVALID_DOMAIN")
	if got = put(map[string]any{}).want(200); got.field("policy.sign_up_domains") != "[corp.test]" {
		t.Errorf("a change that says nothing of domains took them away: %s", got.Body)
	}
	if got = put(map[string]any{"sign_up_domains": []string{}}).want(200); strings.Contains(got.Body.String(), "corp.test") {
		t.Errorf("the domains stay: %s", got.Body)
	}
	put(map[string]any{"max_message": 999}).want(400, "INVALID_LENGTH")
	put(map[string]any{"max_message": 16001}).want(400, "INVALID_LENGTH")
	put(map[string]any{"public_channels": "nobody"}).want(400, "VALIDATION_ERROR")
	for _, kind := range []string{"public", "private"} {
		w.call(ada, "POST", "/api/chat/channels", map[string]string{"name": "own-" + kind, "type": kind}).want(403, "CHANNELS_RESTRICTED")
		w.call(boss, "POST", "/api/chat/channels", map[string]string{"name": "boss-" + kind, "type": kind}).want(201)
	}
	send := "/api/chat/channels/" + general[0].ID + "/messages/send"
	w.call(ada, "POST", send, map[string]string{"content": strings.Repeat("x", 3000)}).want(201)
	w.call(ada, "POST", send, map[string]string{"content": strings.Repeat("x", 3001)}).want(400, "CONTENT_TOO_LONG")
}

func TestWebhooksSplitAtWhatAMessageMayHave(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Builds"})
	s.call(s.boss, "PUT", "/api/admin/policy", map[string]any{"require_two_factor": false, "max_message": 5000}).want(200)
	s.says(s.post(made.Secret, `{"text":"`+strings.Repeat("word ", 900)+`"}`), 200, "ok")
	if got := s.messages(); len(got) != 1 {
		t.Errorf("it became %d messages", len(got))
	}
}
