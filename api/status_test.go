package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestAStatusHasAnEmojiAndAnEndThatNewTextsEnd(t *testing.T) {
	s := newScene(t)
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	at := until.Format("2006-01-02T15:04:05.000Z")
	said := `"status_message":"out","status_emoji":"🌴","status_expires_at":"` + at + `"`
	a := s.call(s.member, "PUT", "/api/users/me", `{"status_message":"out","status_emoji":"🌴","status_expires_at":"`+until.Format(time.RFC3339)+`","pause_notifications":true}`).want(200)
	if !strings.Contains(a.Body.String(), said) {
		t.Errorf("it answers %s", a.Body)
	}
	me := s.call(s.member, "GET", "/api/users/me", nil).want(200).Body.String()
	if !strings.Contains(me, `"status_message":"out"`) || !strings.Contains(me, `"status_emoji":"🌴"`) || !strings.Contains(me, `"status_expires_at":"`+at+`"`) {
		t.Errorf("the profile is %s", me)
	}
	if got := s.call(s.member, "GET", "/api/notifications/preferences", nil).want(200).Body.String(); !strings.Contains(got, `"paused_until":"`+at+`"`) {
		t.Errorf("the preferences are %s", got)
	}
	if list := s.call(s.keeper, "GET", "/api/users", nil).want(200).Body.String(); !strings.Contains(list, `"status_message":"out","status_emoji":"🌴"`) {
		t.Errorf("others see %s", list)
	}
	for body, code := range map[string]string{
		`{"status_emoji":"no"}`: "INVALID_EMOJI", `{"status_expires_at":"tomorrow"}`: "INVALID_TIME", `{"status_expires_at":"2020-01-01T00:00:00Z"}`: "TIME_PASSED",
		`{"pause_notifications":true}`: "INVALID_PAUSE",
	} {
		s.call(s.member, "PUT", "/api/users/me", body).want(400, code)
	}

	// Clients that know of neither change the text alone.
	s.call(s.member, "PUT", "/api/users/me", `{"status_message":"back"}`).want(200)
	var profile map[string]map[string]any
	if err := json.Unmarshal(s.call(s.member, "GET", "/api/users/me", nil).want(200).Body.Bytes(), &profile); err != nil {
		t.Fatal(err)
	}
	if u := profile["user"]; u["status_message"] != "back" || u["status_emoji"] != nil || u["status_expires_at"] != nil {
		t.Errorf("the profile is %v", u)
	}
}
