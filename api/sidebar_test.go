package api

import (
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestOnesListOfChannelsIsChangedOverTheAPI(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/chat/channels/" + s.channel.ID + "/section"
	s.call(s.member, "PUT", path, `{"section":"*"}`).want(200)
	list := s.call(s.member, "GET", "/api/chat/sidebar", nil).want(200).Body.String()
	if !strings.Contains(list, `{"name":"*","folded":false,"order":"name","channel_ids":["`+s.channel.ID+`"]}`) || !strings.Contains(list, `"unread_only":false`) {
		t.Errorf("the list is %s", list)
	}
	s.call(s.member, "PUT", path, `{"section":" Big  work "}`).want(200)
	s.call(s.member, "PUT", "/api/chat/sidebar", `{"section":"Big work","folded":true,"order":"recent","unread_only":true}`).want(200)
	s.call(s.member, "PUT", "/api/chat/sidebar", `{"section":"@","folded":true}`).want(200)
	list = s.call(s.member, "GET", "/api/chat/sidebar", nil).want(200).Body.String()
	for _, want := range []string{
		`{"name":"Big work","folded":true,"order":"recent","channel_ids":["` + s.channel.ID + `"]}`, `{"name":"@","folded":true,"order":"name","channel_ids":[]}`, `"unread_only":true`,
	} {
		if !strings.Contains(list, want) {
			t.Errorf("%s is not in %s", want, list)
		}
	}
	if others := s.call(s.keeper, "GET", "/api/chat/sidebar", nil).want(200).Body.String(); strings.Contains(others, "Big work") {
		t.Errorf("others see %s", others)
	}
	s.call(s.member, "PUT", "/api/chat/sidebar", `{"section":"","order":"size"}`).want(400, "INVALID_ORDER")
	s.call(s.member, "PUT", path, `{"section":"`+strings.Repeat("s", 41)+`"}`).want(400, "SECTION_TOO_LONG")
	s.call(s.member, "PUT", "/api/chat/sidebar/section", `{"section":"*","name":"x"}`).want(400, "INVALID_SECTION")
	s.call(s.member, "PUT", "/api/chat/sidebar/section", `{"section":"Big work","name":""}`).want(200)
	if list = s.call(s.member, "GET", "/api/chat/sidebar", nil).want(200).Body.String(); strings.Contains(list, "Big work") {
		t.Errorf("the section is still in %s", list)
	}
}

func TestModeratorsReadAndSettleReportsOverTheAPI(t *testing.T) {
	s := newScene(t)
	s.set("work")
	m, err := s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: "canary"})
	must(t, err)
	must(t, s.chat.ReportMessage(t.Context(), s.keeper.User, m.ID, "rude", false))
	role := accounts.RoleModerator
	_, err = s.store.UpdateUser(t.Context(), s.outsider.ID, accounts.UserChange{Role: &role}, now())
	must(t, err)
	list := s.call(s.outsider, "GET", "/api/chat/reports", nil).want(200).Body.String()
	if strings.Contains(list, "canary") || !strings.Contains(list, `"reason":"rude"`) || !strings.Contains(list, `"content":null`) {
		t.Errorf("from outside of the channel the list is %s", list)
	}
	path := "/api/chat/messages/" + m.ID + "/reports"
	s.call(s.member, "PUT", path, `{"action":"dismiss"}`).want(403, "FORBIDDEN")
	s.call(s.outsider, "PUT", path, `{"action":"delete"}`).want(403)
	s.call(s.outsider, "PUT", path, `{"action":"burn"}`).want(400, "INVALID_ACTION")
	s.call(s.outsider, "PUT", path, `{"action":"hand_on"}`).want(200)
	s.call(s.outsider, "PUT", path, `{"action":"dismiss"}`).want(404, "REPORT_NOT_FOUND")
	s.call(s.admin, "PUT", path, `{"action":"dismiss"}`).want(200)
	if list = s.call(s.admin, "GET", "/api/chat/reports", nil).want(200).Body.String(); strings.Contains(list, "rude") {
		t.Errorf("a settled report is in %s", list)
	}
}
