package api

import (
	"regexp"
	"strings"
	"testing"
)

func TestDraftsAreKeptByVersion(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/drafts/" + s.channel.ID
	s.call(s.member, "GET", path, nil).exactly(200, `{"draft":{"channel_id":"ID","content":"","attachments":[],"updated_at":null}}`)
	saved := s.call(s.member, "PUT", path, `{"content":"dear all"}`).want(200)
	version := regexp.MustCompile(`"updated_at":"([^"]+)"`).FindStringSubmatch(saved.Body.String())[1]
	s.call(s.member, "PUT", path, `{"content":"from elsewhere"}`).want(409, "DRAFT_CHANGED")
	s.call(s.member, "PUT", path, `{"content":"dear all, hello","version":"`+version+`"}`).want(200)
	s.call(s.member, "PUT", path, `{"content":"late","version":"`+version+`"}`).want(409, "DRAFT_CHANGED")
	s.call(s.member, "PUT", path, `{"content":"in the thread","parent_message_id":"`+s.message.ID+`"}`).want(200)
	list := s.call(s.member, "GET", "/api/drafts", nil).want(200).Body.String()
	if at := strings.Index(list, "in the thread"); at < 0 || at > strings.Index(list, "dear all, hello") {
		t.Errorf("the list is %s", list)
	}
	s.call(s.keeper, "GET", "/api/drafts", nil).exactly(200, `{"drafts":[]}`)
	s.call(s.member, "POST", "/api/chat/channels/"+s.channel.ID+"/messages/send", `{"content":"dear all, hello"}`).want(201)
	s.call(s.member, "GET", path, nil).exactly(200, `{"draft":{"channel_id":"ID","content":"","attachments":[],"updated_at":null}}`)
	s.call(s.member, "DELETE", path+"?parent_message_id="+s.message.ID, nil).want(200)
	s.call(s.member, "GET", "/api/drafts", nil).exactly(200, `{"drafts":[]}`)
}
