package handlers

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"pegasus/accounts"
)

func TestTheLogIsFilteredByWhoWhomWhatAndWhen(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	ada, ben := w.join("ada"), w.join("ben")
	w.post(boss, "/admin/people/"+ben.ID+"/ban", "ban_reason", "noise").sends("/admin/people/" + ben.ID)
	count := func(path string) int {
		t.Helper()
		n := 0
		for _, node := range nodes(t, w.get(boss, path).want(200), "code") {
			_ = node
			n++
		}
		return n
	}
	if n := count("/admin/audit?about=@ben&by=boss@example.test&action=user.banned"); n != 1 {
		t.Errorf("%d lines tell that boss banned ben", n)
	}
	w.get(boss, "/admin/audit?about=ben&action=user.banned").want(200, "@boss", "@ben", "reason: noise")
	if n := count("/admin/audit?by=" + ada.ID); n == 0 {
		t.Error("ada did nothing, by her id")
	}
	if n := count("/admin/audit?since=2001-01-01&until=2001-01-02"); n != 0 {
		t.Errorf("%d lines are of long ago", n)
	}
	today := now().Format("2006-01-02")
	if n := count("/admin/audit?since=" + today + "&until=" + today); n == 0 {
		t.Error("nothing happened today")
	}
	w.get(boss, "/admin/audit?by=nobody").want(400).faults("audit-", "by").keeps("by", "nobody")
	w.get(boss, "/admin/audit?since=yesterday").want(400).faults("audit-", "since")
	w.get(ada, "/admin/audit?by=nobody").want(403)
}

func TestTheLogGoesOnPageByPage(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	for range auditPage + 10 {
		w.accounts.Record(t.Context(), accounts.Event{Action: accounts.ActionEmojiAdded, ActorID: boss.ID})
	}
	first := w.get(boss, "/admin/audit?action=emoji.added").want(200, "Older")
	var older string
	for _, n := range nodes(t, first, "a") {
		if text(n) == "Older" {
			older = attribute(n, "href")
		}
	}
	rest := w.get(boss, older).want(200, "Newest")
	if n := len(nodes(t, first, "code")) + len(nodes(t, rest, "code")); n != auditPage+10 {
		t.Errorf("two pages have %d lines", n)
	}
}

func TestTheLogLeavesWholeWithoutFormulasAndIsItselfLogged(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	for range accounts.MaxEvents + 5 {
		w.accounts.Record(t.Context(), accounts.Event{Action: accounts.ActionHookChanged, ActorID: ada.ID, UserAgent: "=HYPERLINK(\"https://evil.test\")", Details: map[string]string{"name": "<b>"}})
	}
	got := w.post(boss, "/admin/audit/export", "format", "csv", "by", "ada", "action", "hook.changed").want(200)
	if kind := got.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") || !strings.Contains(got.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("headers %v", got.Header())
	}
	rows, err := csv.NewReader(got.Body).ReadAll()
	must(t, err)
	if len(rows) != accounts.MaxEvents+6 || rows[1][4] != "ada" || rows[1][2] != "hook.changed" {
		t.Fatalf("%d rows, the first %v", len(rows), rows[1])
	}
	for _, row := range rows {
		for _, value := range row {
			if value != "" && strings.ContainsRune("=+-@", rune(value[0])) {
				t.Fatalf("%q may be taken for a formula", value)
			}
		}
	}
	lines := w.post(boss, "/admin/audit/export", "format", "jsonl", "action", "audit.exported").want(200)
	var line struct {
		Action, Actor string
		Details       map[string]string
	}
	must(t, json.Unmarshal([]byte(strings.SplitN(lines.Body.String(), "\n", 3)[1]), &line))
	if line.Actor != "boss" || line.Details["format"] != "csv" || line.Details["by"] != ada.ID || line.Details["action"] != "hook.changed" {
		t.Errorf("the export is logged as %+v", line)
	}
	w.post(boss, "/admin/audit/export", "format", "xlsx").want(400)
	w.post(ada, "/admin/audit/export", "format", "csv").want(403)
}
