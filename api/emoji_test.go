package api

import (
	"strings"
	"testing"

	"pegasus/chat"
)

func TestEmojiOfTheWorkspace(t *testing.T) {
	s := newScene(t)
	s.set("work")
	picture := map[string]any{"name": "party_cat", "image": pixel}
	made := s.call(s.member, "POST", "/api/emoji", picture).want(201)
	if made.field("emoji.name") != "party_cat" || !strings.HasPrefix(made.field("emoji.url"), "/avatars/") || made.field("emoji.created_by") != s.member.ID {
		t.Errorf("%s", made.Body)
	}
	s.call(s.keeper, "POST", "/api/emoji", picture).want(409, "EMOJI_EXISTS")
	s.call(s.keeper, "POST", "/api/emoji", map[string]any{"name": "+1", "image": pixel}).want(400, "INVALID_EMOJI_NAME")
	s.call(s.keeper, "POST", "/api/emoji", map[string]any{"name": "thumbsup", "image": pixel}).want(400, "EMOJI_NAME_TAKEN")
	s.call(s.keeper, "POST", "/api/emoji", map[string]any{"name": "dog_1", "image": []byte("no picture")}).want(400, "FILE_TYPE_NOT_ALLOWED")
	s.call(s.keeper, "POST", "/api/emoji", map[string]any{"name": "dog_1", "image": make([]byte, 257<<10)}).want(400, "FILE_TOO_LARGE")

	path := "/api/chat/channels/" + s.channel.ID + "/messages/" + s.message.ID + "/reactions"
	if got := s.call(s.keeper, "POST", path, `{"emoji":":Party_Cat:"}`).want(200); got.field("reaction.emoji") != ":party_cat:" {
		t.Errorf("%s", got.Body)
	}
	s.call(s.keeper, "POST", path, `{"emoji":":dog_1:"}`).want(400, "INVALID_EMOJI")
	s.call(s.keeper, "POST", path, `{"emoji":"party_cat"}`).want(400, "INVALID_EMOJI")

	id := made.field("emoji.id")
	s.call(s.keeper, "PUT", "/api/emoji/"+id, `{"name":"other"}`).want(403, "FORBIDDEN")
	s.call(s.member, "PUT", "/api/emoji/"+id, `{"name":"other_cat"}`).want(200)
	s.call(s.admin, "DELETE", "/api/emoji/"+id, nil).want(200)
	s.call(s.admin, "DELETE", "/api/emoji/"+id, nil).want(404, "EMOJI_NOT_FOUND")
	s.call(s.keeper, "GET", "/api/emoji", nil).exactly(200, `{"emoji":[]}`)
	s.call(s.keeper, "DELETE", path+"?emoji=:party_cat:", nil).exactly(200, `{"success":true,"reactions":[]}`)

	s.call(s.admin, "PUT", "/api/admin/policy", `{"require_two_factor":false,"emoji_by_admins":true}`).want(200)
	s.call(s.member, "POST", "/api/emoji", picture).want(403, "FORBIDDEN")
	s.call(s.admin, "PUT", "/api/admin/policy", `{"require_two_factor":false}`).want(200)
	s.call(s.member, "POST", "/api/emoji", picture).want(403, "FORBIDDEN")
}

func TestTheEventOfAnEmoji(t *testing.T) {
	e := chat.EmojiChanged{Emoji: chat.CustomEmoji{ID: "i", Name: "cat", Picture: "k.png", CreatedBy: "u"}}
	if got := string(full(e)); !strings.Contains(got, `event: emoji_changed`) || !strings.Contains(got, `"removed":false,"emoji":{"id":"i","name":"cat","url":"/avatars/k.png","still_url":null`) {
		t.Error(got)
	}
	e.Removed = true
	if got := string(full(e)); !strings.Contains(got, `{"name":"cat","removed":true,"emoji":null}`) {
		t.Error(got)
	}
}
