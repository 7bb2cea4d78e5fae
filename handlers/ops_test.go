package handlers

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/id"
	"pegasus/internal/doortest"
	"pegasus/ops"
	"pegasus/queue"
)

func TestOperationsShowHowTheServerIs(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.join("ada"), w.admin("boss")
	w.Accounts.Record(t.Context(), accounts.Event{Action: accounts.ActionSignInFailed})
	for _, who := range []*actor{ada, boss} {
		page := w.get(who, "/ops").want(200).Body.String()
		for _, want := range []string{"Latency p95", "<svg", "<path class=\"line line-0\"", "<table>", "errors &gt; 5 % for 5m", "What it stands on"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of %s lacks %s", who.name, want)
			}
		}
		for _, secret := range []string{"ops-costs", "ops-security", "13.25 EUR", "session.sign_in_failed"} {
			if strings.Contains(page, secret) != (who == boss) {
				t.Errorf("the page of %s: %s", who.name, secret)
			}
		}
		if strings.Contains(page, "style=") {
			t.Error("there is inline style, which the policy of the page does not let pass")
		}
	}
}

func TestOperationsAreDrawnOfTheTimeAskedFor(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for asked, here := range map[string]string{"": "1 hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days", "<script>": "1 hour"} {
		w.shows(ada, "/ops?range="+asked, "h2", here)
	}
	part := w.script(ada, "GET", "/ops?range=24h").want(200).Body.String()
	if !strings.HasPrefix(part, `<div id="ops" data-fresh="/ops?range=24h" data-every="10">`) || strings.Contains(part, "<html") {
		t.Errorf("a script gets %.200s", part)
	}
}

func TestOperationsSayThatNothingIsKnown(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Ops = ops.New(d.Ops.Options) })
	ada := w.join("ada")
	page := w.get(ada, "/ops").want(200).Body.String()
	for _, want := range []string{"Nothing is measured yet", "<dd>–", "Not measured for long enough yet."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestOperationsAndTheDataPageShowHowOldTheLastGoodBackupIs(t *testing.T) {
	last := doortest.Now().Add(-60 * time.Hour)
	w := newWorld(t, func(d *Deps) {
		d.Backups.Every = 24 * time.Hour
		for _, what := range []string{backup.Made, backup.Proven} {
			if err := d.Backups.History.Add(backup.Record{What: what, File: "/b", At: last}); err != nil {
				t.Fatal(err)
			}
		}
		o := d.Ops.Options
		o.Backup = d.Backups.AwaitedSince
		d.Ops = ops.New(o)
		d.Ops.Start(t.Context(), nil)
		d.Ops.Sample(t.Context())
	})
	w.shows(w.join("ada"), "/ops", "li", "Backups")
	w.get(w.admin("boss"), "/ops").want(200, "60h without a newer good one")
	w.get(w.admin("chief"), "/admin/data").want(200, "known to be good was made 3 days ago", ">late<")
}

func TestAServerThatNeverMadeAGoodBackupSaysThatOneIsLate(t *testing.T) {
	w := newWorld(t, func(d *Deps) {
		d.Backups.Every = 24 * time.Hour
		began := doortest.Now().Add(-72 * time.Hour)
		_, _, err := d.Backups.Jobs.AddJob(t.Context(), queue.Job{
			ID: id.New(began), Kind: "backup", Owner: "workspace", Key: "schedule", State: queue.Waiting, Due: began, NextTry: began, Body: "{}", CreatedAt: began,
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	w.get(w.admin("boss"), "/admin/data").want(200, "The schedule began 3 days ago, and none is known to be good.", ">late<")
}
