package handlers

import (
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/id"
)

// aged posts a message of some days ago.
func (w *world) aged(a *actor, channelID, text string, days int) chat.Message {
	w.t.Helper()
	at := now().Add(-time.Duration(days) * dayLong)
	m := chat.Message{
		ID: id.New(at), ChannelID: channelID, UserID: a.ID, Content: text, HTML: "<p>" + text + "</p>",
		CreatedAt: at, UpdatedAt: at,
	}
	m, _, err := w.store.AppendMessage(w.t.Context(), m)
	must(w.t, err)
	return m
}

// sweep lets the job that removes old messages take steps until it has gone through all channels.
func (w *world) sweep(boss *actor) {
	w.t.Helper()
	for range 100 {
		for _, work := range w.chat.Tasks(func(err error) { w.t.Error(err) }) {
			if work.Kind == "retention" {
				work.Now = func() time.Time { return now().Add(dayLong) } // whenever it is due
				work.Once(w.t.Context())
			}
		}
		if last, under, _, err := w.chat.Sweeps(w.t.Context(), boss.User); err == nil && under.Began.IsZero() && !last.Ended.IsZero() {
			return
		}
	}
	w.t.Fatal("the sweep does not end")
}

func TestAnAdminSeesWhatARuleRemovesBeforeItHolds(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	must(t, w.chat.StartRetention(t.Context()))
	general, err := w.store.ChannelByName(t.Context(), chat.General)
	must(t, err)
	w.aged(ada, general.ID, "long ago", 40)
	w.aged(ada, general.ID, "lately", 3)

	w.post(boss, "/admin/retention", "days", "30").want(200, "1 message with 0 files in 1 channel or conversation would be removed, for good.", `name="confirm" value="30/"`)
	if r, _ := w.chat.Retention(t.Context()); r.Days != 0 {
		t.Fatal("it holds before it was confirmed")
	}
	w.get(ada, "/chat/"+general.ID).want(200, "long ago")
	w.post(boss, "/admin/retention", "confirm", "30/", "days", "2").want(200, "2 messages with 0 files")
	w.post(boss, "/admin/retention", "confirm", "30/", "days", "30").sends("/admin/retention")
	w.sweep(boss)
	page := w.get(ada, "/chat/"+general.ID).want(200, "lately", "Messages older than 30 days are removed.").Body.String()
	if strings.Contains(page, "long ago") || strings.Contains(page, "Show older") {
		t.Error("what was removed is still there")
	}
	w.get(boss, "/admin/retention").want(200, `value="30"`, "Last gone through", "1 message with 0 files of 1 channel")
	w.post(boss, "/admin/retention", "days", "", "direct_days", "").sends("/admin/retention")
	w.post(boss, "/admin/retention", "days", "x").want(400, `id="days-wrong"`)
	w.post(boss, "/admin/retention", "confirm", "40000/", "days", "40000").want(400, `id="days-wrong"`)
	w.post(ada, "/admin/retention", "confirm", "1/", "days", "1").want(403)
}

func TestOwnersOfChannelsChooseWhereAdminsLetThem(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.admin("boss"), w.join("ada"), w.join("ben")
	c := w.channel(ada, "boats", chat.Private, ben)
	path := "/chat/" + c.ID + "/retention"
	w.get(ada, path).want(403, "only admins of the workspace say")
	if settings := w.get(ada, "/chat/"+c.ID+"/edit").want(200).Body.String(); strings.Contains(settings, path) {
		t.Error("the settings lead to what ada may not do")
	}
	w.post(boss, "/admin/retention", "overrides", "yes").sends("/admin/retention")
	w.get(ada, "/chat/"+c.ID+"/edit").want(200, path)
	w.get(ben, path).want(403)
	w.aged(ada, c.ID, "long ago", 10)
	w.post(ada, path, "keep", "days", "keep_days", "7").want(200, "1 message with 0 files", `name="confirm"`)
	w.post(ada, path, "keep", "days", "keep_days", "").want(400, `id="keep_days-wrong"`)
	w.post(ada, path, "keep", "days", "keep_days", "7", "confirm", "days/7").sends(path)
	w.get(ada, path).want(200, `value="7"`, `<option value="days" selected>`)
	w.get(boss, "/admin/channels").want(200, "kept for 7 days")
	w.post(boss, "/admin/channels/"+c.ID, "action", "keep", "keep", "ever").sends("/admin/channels/" + c.ID)
	w.get(boss, "/admin/channels/"+c.ID).want(200, `<option value="ever" selected>`)
	w.post(boss, "/admin/channels/"+c.ID, "action", "keep", "keep", "days", "keep_days", "3").want(200, "would be removed, for good.")
	w.post(boss, "/admin/channels/"+c.ID, "action", "keep", "keep", "days", "keep_days", "0").want(400, `id="keep_days-wrong"`)
}

func TestAPageLearnsOfMessagesThatAreRemoved(t *testing.T) {
	got := string(plain(chat.MessagesRemoved{ChannelID: "c", MessageIDs: []string{"a", "b"}}))
	if !strings.Contains(got, "event: messages_removed\n") || !strings.Contains(got, `{"channelId":"c","messageIds":["a","b"]}`) {
		t.Error(got)
	}
}
