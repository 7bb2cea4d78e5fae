package handlers

import (
	"io"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
)

func TestAMessageIsScheduledChangedAndSentFromPages(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.general().ID
	w.post(ada, "/chat/"+c+"/later", "content", "see you <b>").want(200, "see you &lt;b&gt;</textarea>", `name="when"`)
	w.post(ada, "/scheduled", "channel_id", c, "content", "see you", "client_id", "k", "when", "at", "at", "2020-01-01T10:00").want(400, "still to come", "see you</textarea>")
	w.post(ada, "/scheduled", "channel_id", c, "content", "see you", "client_id", "k", "when", "at", "at", "soon").want(400, "date and a time")
	w.post(ada, "/scheduled", "channel_id", c, "content", "see you", "client_id", "k", "when", "at", "at", "2027-07-01T10:00", "zone", "Europe/Zurich").sends("/scheduled")
	list, err := w.chat.Scheduled(t.Context(), ada.User)
	must(t, err)
	if len(list) != 1 || !list[0].At.Equal(time.Date(2027, 7, 1, 8, 0, 0, 0, time.UTC)) {
		t.Fatalf("what waits is %+v", list)
	}
	one := "/scheduled/" + list[0].ID
	w.get(ada, "/scheduled").want(200, "see you", "general")
	w.get(ada, one).want(200, `value="2027-07-01T08:00"`)
	w.get(ben, one).want(404)
	w.post(ben, one, "action", "send").want(404)
	w.post(ada, one, "action", "save", "content", "bye", "when", "tomorrow at 9").sends("/scheduled")
	w.post(ada, one, "action", "send").sends("/scheduled")
	w.get(ben, "/chat/"+c).want(200, "bye")
	w.post(ada, one, "action", "send").want(404)
	w.get(ada, "/scheduled").want(200, "No message waits")
}

func TestAScheduledMessageKeepsTheFilesOfItsComposer(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.general().ID
	body, kind := write(t, []paper{{"plan.txt", []byte("the plan")}, {"notes.txt", []byte("the notes")}}, "content", "")
	r := w.request(ada, "POST", "/chat/"+c+"/later", nil)
	r.Body = io.NopCloser(body)
	r.Header.Set("Content-Type", kind)
	form := w.do(r).want(200, "plan.txt", "notes.txt", `name="when"`)
	if strings.Contains(form.Body.String(), " required") {
		t.Error("a message of files must have a text")
	}
	uploads := w.uploadsOf(ada.User)
	if len(uploads) != 2 {
		t.Fatalf("%d files arrived", len(uploads))
	}
	plan, notes := uploads[0].ID, uploads[1].ID
	form.want(200, `name="attachment" value="`+plan+`" checked`)
	fields := []string{"channel_id", c, "content", "", "client_id", "k", "attachment", plan, "attachment", notes}
	w.post(ada, "/scheduled", append(fields, "when", "at", "at", "soon")...).want(400, "date and a time", "plan.txt", "notes.txt")
	w.post(ada, "/scheduled", append(fields, "when", "tomorrow at 9")...).sends("/scheduled")
	list, err := w.chat.Scheduled(t.Context(), ada.User)
	must(t, err)
	one := "/scheduled/" + list[0].ID
	w.get(ada, "/scheduled").want(200, "plan.txt", "notes.txt")
	w.get(ada, one).want(200, `value="`+notes+`" checked`)
	w.post(ada, one, "action", "save", "content", "here", "attachment", plan, "when", "tomorrow at 9").sends("/scheduled")
	if left := w.uploadsOf(ada.User); len(left) != 1 || left[0].ID != plan {
		t.Errorf("the files are %+v", left)
	}
	w.post(ada, one, "action", "send").sends("/scheduled")
	w.get(ada, "/chat/"+c).want(200, "plan.txt", "here")
}

func TestRemindersAreMadeMovedAndPutAway(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.channel(ada, "work", chat.Private)
	m := w.say(ada, c.ID, "canary")
	w.post(ada, "/reminders", "text", "", "when", "in 1 hour").want(400, "what you want to be reminded of")
	w.post(ada, "/reminders", "text", "stretch", "when", "in 1 hour").sends("/reminders")
	w.post(ada, "/reminders", "message_id", m.ID, "when", "in 20 minutes").sends("/reminders")
	w.post(ben, "/reminders", "message_id", m.ID, "when", "in 20 minutes").want(404)
	w.get(ada, "/reminders").want(200, "stretch", "To the message")
	list, err := w.chat.Reminders(t.Context(), ada.User)
	must(t, err)
	for _, r := range list {
		w.post(ben, "/reminders/"+r.ID, "action", "done").want(404)
		w.post(ada, "/reminders/"+r.ID, "action", "snooze").sends("/reminders")
		w.post(ada, "/reminders/"+r.ID, "action", "done").sends("/reminders")
	}
	if strings.Contains(w.get(ada, "/reminders").want(200).Body.String(), "stretch") {
		t.Error("a reminder that was put away is still there")
	}
}

func TestUndoGivesTheTextBack(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := "/chat/" + w.general().ID
	m := w.say(ada, w.general().ID, "oops <b>")
	w.get(ada, c).want(200, "data-undo")
	if strings.Contains(w.get(ben, c).want(200).Body.String(), "data-undo") {
		t.Error("another person is offered to take a message back")
	}
	w.post(ada, c+"/messages/"+m.ID+"/undo").want(200, "oops &lt;b&gt;</textarea>")
	m = w.say(ada, w.general().ID, "again")
	w.script(ada, "POST", c+"/messages/"+m.ID+"/undo").want(200, "data-taken-back", "again")
	w.script(ada, "POST", c+"/messages/"+m.ID+"/undo").want(404)
}

func TestUndoGivesTheFilesBackBesideWhatIsBeingWritten(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := "/chat/" + w.general().ID
	m, u := w.attach(ada, w.general().ID, "notes.txt", "x")
	w.script(ada, "POST", c+"/draft", "content", "half a thought", "version", "0").want(204)
	page := w.post(ada, c+"/messages/"+m.ID+"/undo").want(200, "half a thought", "notes.txt", `name="attachment" value="`+u.ID+`"`)
	if strings.Contains(page.Body.String(), "m-"+m.ID) {
		t.Error("the message is still there")
	}
	_, err := w.chat.Upload(t.Context(), ada.User, u.Key)
	must(t, err)
	m, u = w.attach(ada, w.general().ID, "more.txt", "x")
	w.script(ada, "POST", c+"/messages/"+m.ID+"/undo").want(200, "data-taken-back", `data-upload="`+u.ID+`"`, "more.txt")
}

func TestUndoInAThreadGivesTheReplyBackToItsBox(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := "/chat/" + w.general().ID
	root := w.say(ben, w.general().ID, "root")
	thread := c + "/thread/" + root.ID
	w.post(ada, thread, "content", "oops <b>", "also_channel", "yes").sends(thread)
	reply := w.newest(ada, w.general().ID)
	undo := c + "/messages/" + reply.ID + "/undo"
	w.get(ada, thread).want(200, `action="`+undo+`"`)
	for page, who := range map[string]*actor{thread: ben, c: ada} {
		if strings.Contains(w.get(who, page).want(200).Body.String(), undo) {
			t.Errorf("%s is offered to take a reply back at %s", who.name, page)
		}
	}
	page := w.post(ada, undo).want(200, `data-thread="`+root.ID+`"`)
	boxes := map[string]string{}
	for _, n := range nodes(t, page, "textarea") {
		boxes[attribute(n, "id")] = strings.TrimSpace(text(n))
	}
	if boxes["reply-content"] != "oops <b>" || boxes["content"] != "" || !strings.Contains(page.Body.String(), `name="also_channel" value="yes" checked`) {
		t.Errorf("the boxes have %q", boxes)
	}
	reply = w.reply(ada, root, "again")
	if body := w.script(ada, "POST", c+"/messages/"+reply.ID+"/undo").want(200, "data-taken-back", "again").Body.String(); strings.Contains(body, "data-also") {
		t.Errorf("the reply was in its thread alone: %s", body)
	}
}

func TestAReplyIsScheduledFromItsThread(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.general().ID
	root := w.say(ben, c, "root")
	thread := "/chat/" + c + "/thread/" + root.ID
	w.get(ada, thread).want(200, `formaction="`+thread+`/later"`)
	w.get(ada, thread+"/later").want(200, "Your reply in a thread of general")
	form := w.post(ada, thread+"/later", "content", "see you", "also_channel", "yes").want(200, "see you</textarea>", "It will stand in general too", `href="`+thread+`"`)
	form.keeps("parent_message_id", root.ID, "also_channel", "yes", "channel_id", c)
	fields := []string{"channel_id", c, "parent_message_id", root.ID, "also_channel", "yes", "content", "see you", "client_id", "k"}
	w.post(ada, "/scheduled", append(fields, "when", "at", "at", "soon")...).want(400, "date and a time").keeps("parent_message_id", root.ID, "also_channel", "yes")
	w.post(ada, "/scheduled", append(fields, "when", "tomorrow at 9")...).sends("/scheduled")
	w.post(ada, "/scheduled", "channel_id", c, "parent_message_id", w.say(ada, w.channel(ada, "other", chat.Private).ID, "x").ID, "content", "y", "when", "in 1 hour").want(400, "is not in this channel")
	list, err := w.chat.Scheduled(t.Context(), ada.User)
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d messages wait", len(list))
	}
	one := "/scheduled/" + list[0].ID
	w.get(ada, "/scheduled").want(200, `href="`+thread+`"`, "in a thread")
	w.get(ada, one).want(200, "Your reply in a thread of general")
	w.post(ada, one, "action", "save", "content", "till then", "when", "tomorrow at 9").sends("/scheduled")
	w.post(ada, one, "action", "send").sends("/scheduled")
	if m := w.newest(ben, c); m.ParentID != root.ID || !m.AlsoChannel || m.Content != "till then" {
		t.Errorf("what was sent is %+v", m)
	}
}
