package api

import (
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/web"
)

func TestAnnouncementsOverTheAPI(t *testing.T) {
	s := newScene(t)
	s.call(s.member, "GET", "/api/announcement", nil).exactly(200, `{"dismissed":false}`)
	until := web.Time(time.Now().Add(24 * time.Hour))
	made := s.call(s.admin, "PUT", "/api/announcement", `{"text":"We **move**","expires_at":"`+until+`"}`).want(200)
	if made.field("announcement.kind") != "info" || made.field("announcement.created_by") != s.admin.ID || made.field("announcement.expires_at") != until {
		t.Errorf("it answers %s", made.Body)
	}
	id := made.field("announcement.id")
	s.call(s.member, "POST", "/api/announcement/dismiss", `{"id":"`+id+`"}`).want(200)
	if got := s.call(s.member, "GET", "/api/announcement", nil).want(200).Body.String(); !strings.Contains(got, `"dismissed":true`) {
		t.Errorf("it answers %s", got)
	}
	s.call(s.admin, "PUT", "/api/announcement", `{"text":"a\nb"}`).want(400, "INVALID_ANNOUNCEMENT")
	s.call(s.admin, "PUT", "/api/announcement", `{"text":"a","expires_at":"2001-01-01T00:00:00Z"}`).want(400, "TIME_PASSED")
	s.call(s.admin, "PUT", "/api/announcement", `{"text":"a","expires_at":"2099-01-01T00:00:00Z"}`).want(400, "TIME_TOO_FAR")
	s.call(s.admin, "DELETE", "/api/announcement", nil).want(200)
	s.call(s.member, "GET", "/api/announcement", nil).exactly(200, `{"dismissed":false}`)
}

func TestTheStreamTellsOfAnnouncements(t *testing.T) {
	if got := string(full(chat.BannerChanged{Banner: chat.Banner{ID: "i", Text: "x", Kind: chat.BannerWarning, By: "u"}})); !strings.Contains(got, "event: announcement_changed") || !strings.Contains(got, `{"announcement":{"id":"i","text":"x","kind":"warning"`) {
		t.Error(got)
	}
	if got := string(full(chat.BannerChanged{})); !strings.Contains(got, "data: {}") {
		t.Error(got)
	}
}
