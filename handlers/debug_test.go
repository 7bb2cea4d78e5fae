package handlers

import (
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/id"
	"pegasus/queue"
)

func TestAdminsSeeWhichEventsWentOutAndNoWordOfWhatWasWritten(t *testing.T) {
	w := newWorld(t)
	boss, ada, ben := w.admin("boss"), w.join("ada"), w.join("ben")
	c := w.channel(ada, "hidden-plans", chat.Private)
	w.say(ada, c.ID, "a canary in a private channel")
	w.say(ada, w.talk(ada, ben).ID, "a canary between two")
	page := w.get(boss, "/debug/events").want(200, "new_message", "#hidden-plans", "a conversation").Body.String()
	if strings.Contains(page, "canary") {
		t.Error("an admin reads what was written where they are not")
	}
	part := w.script(boss, "GET", "/debug/events").want(200).Body.String()
	if !strings.HasPrefix(part, `<div id="events" data-fresh="/debug/events"`) {
		t.Errorf("a script gets %.200s", part)
	}
}

func TestAdminsMakeJobsDueAndRemoveThem(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.get(boss, "/debug/jobs").want(200, "Nothing waits")
	add := func(state queue.State) queue.Job {
		j, _, err := w.store.AddJob(t.Context(), queue.Job{
			ID: id.New(now()), Kind: "some_kind", Owner: ada.ID, State: state, Due: now(), Body: `{"text":"a canary"}`, Problem: "It broke.", CreatedAt: now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	failed, running := add(queue.Failed), add(queue.Running)
	page := w.get(boss, "/debug/jobs").want(200, "some_kind", "It broke.", ada.Name, "not tried again").Body.String()
	if strings.Contains(page, "canary") {
		t.Error("the page shows what a job is about")
	}
	if n := strings.Count(page, ">Do now<"); n != 1 {
		t.Errorf("%d jobs can be made due, want that which nobody does", n)
	}
	path := "/debug/jobs/" + failed.ID
	w.post(boss, path, "owner", ada.ID, "version", "9", "action", "again").want(409)
	w.post(boss, "/debug/jobs/"+running.ID, "owner", ada.ID, "version", "0", "action", "again").want(409)
	w.post(boss, path, "owner", ada.ID, "version", "0", "action", "again").sends("/debug/jobs")
	if j, err := w.store.Job(t.Context(), ada.ID, failed.ID); err != nil || j.State != queue.Waiting || j.NextTry.IsZero() {
		t.Errorf("%+v, %v", j, err)
	}
	w.post(boss, path, "owner", ada.ID, "version", "1", "action", "delete").sends("/debug/jobs")
	w.post(boss, path, "owner", ada.ID, "version", "1", "action", "delete").want(404)
	w.get(boss, "/admin/audit").want(200, "job.again", "job.dropped")
	w.post(ada, "/debug/jobs/"+running.ID, "owner", ada.ID, "version", "0", "action", "delete").want(403)
}

func TestJobsAreRead50AtATime(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	for range debugJobs + 1 {
		if _, _, err := w.store.AddJob(t.Context(), queue.Job{ID: id.New(now()), Kind: "some_kind", Owner: boss.ID, State: queue.Done, Body: "{}", CreatedAt: now()}); err != nil {
			t.Fatal(err)
		}
	}
	page := w.get(boss, "/debug/jobs").want(200, "Show older ones").Body.String()
	_, before, _ := strings.Cut(page, "/debug/jobs?before=")
	before, _, _ = strings.Cut(before, `"`)
	page = w.get(boss, "/debug/jobs?before="+before).want(200).Body.String()
	if n := strings.Count(page, ">Delete<"); n != 1 {
		t.Errorf("%d on the second page", n)
	}
}

func TestTheSettingsThatHoldAreShown(t *testing.T) {
	w := newWorld(t)
	w.get(w.admin("boss"), "/debug/settings").want(200, "MAIL_SERVER", "mail.example.test", "not set")
}
