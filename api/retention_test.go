package api

import (
	"testing"

	"pegasus/chat"
)

func TestRetentionOverTheAPI(t *testing.T) {
	s := newScene(t)
	s.set("talk")
	must(t, s.chat.StartRetention(t.Context()))
	s.call(s.admin, "GET", "/api/admin/retention", nil).exactly(200, `{"retention":{"days":0,"direct_days":0,"overrides":false}}`)
	s.call(s.admin, "POST", "/api/admin/retention/preview", `{"days":1,"direct_days":0,"overrides":false}`).exactly(200, `{"channels":0,"messages":0,"files":0,"more":false}`)
	path := "/api/chat/channels/" + s.channel.ID + "/retention"
	s.call(s.keeper, "PUT", path, `{"keep_days":7}`).want(403, "RETENTION_FIXED")
	set := s.call(s.admin, "PUT", "/api/admin/retention", `{"days":90,"direct_days":30,"overrides":true}`).want(200)
	if set.field("retention.days") != "90" || set.field("retention.direct_days") != "30" {
		t.Errorf("it answers %s", set.Body)
	}
	s.call(s.keeper, "PUT", path, `{"keep_days":7}`).exactly(200, `{"keep_days":7,"days":7}`)
	read := func(chosen, days string) {
		t.Helper()
		got := s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID, nil).want(200)
		if got.field("channel.retention.keep_days") != chosen || got.field("channel.retention.days") != days {
			t.Errorf("the channel says %s, want %s and %s", got.field("channel.retention"), chosen, days)
		}
	}
	read("7", "7")
	s.call(s.keeper, "PUT", path, `{"keep_days":-1}`).exactly(200, `{"keep_days":-1,"days":0}`)
	read("-1", "0")
	s.call(s.keeper, "PUT", path, `{"keep_days":0}`).exactly(200, `{"keep_days":0,"days":90}`)
	read("0", "90")
	s.call(s.member, "PUT", path, `{"keep_days":7}`).want(403)
	for _, work := range s.chat.Tasks(func(err error) { t.Error(err) }) {
		if work.Kind == "retention" {
			work.Once(t.Context())
		}
	}
	if done := s.call(s.admin, "GET", "/api/admin/retention", nil).want(200); done.field("last.messages") != "0" || done.field("last.ended_at") == "" {
		t.Errorf("it answers %s", done.Body)
	}
}

func TestTheStreamTellsOfMessagesThatAreRemoved(t *testing.T) {
	if got := string(full(chat.MessagesRemoved{ChannelID: "c", MessageIDs: []string{"m"}})); got != "event: messages_removed\ndata: {\"channelId\":\"c\",\"messageIds\":[\"m\"]}\n\n" {
		t.Errorf("%q", got)
	}
}
