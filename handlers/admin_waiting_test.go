package handlers

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pegasus/backup"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/store/storetest"
	"pegasus/views"
)

func TestAnAdminIsToldThatNothingWaitsOnlyWhereNothingDoes(t *testing.T) {
	at := now().Add(-time.Minute)
	w := newWorld(t, func(d *Deps) {
		d.Server.Hints = func(context.Context) []views.Hint { return nil }
		d.Backups.Every = 24 * time.Hour
		o := d.Ops.Options
		o.Now = func() time.Time { return at }
		var err error
		o.Rules, err = ops.ParseRules("goroutines > 0 for 10s", "")
		must(t, err)
		d.Ops = ops.New(o)
	})
	boss := w.admin("boss")
	waits := func(text string) {
		t.Helper()
		w.get(boss, "/admin").want(200, text)
	}
	waits("Nothing waits for you")

	w.deps.Ops.Start(t.Context(), nil)
	for range 3 {
		at = at.Add(ops.Every)
		w.deps.Ops.Sample(t.Context())
	}
	waits("Alarm goroutines-high")

	asked := storetest.Install(storetest.AddPlugin(t, w.store, boss.ID, "asked").ID, w.general().ID)
	asked.State = plugins.Asked
	must(t, w.store.AddInstall(t.Context(), asked))
	waits("Plugins to approve: 1")
	changed := storetest.Install(storetest.AddPlugin(t, w.store, boss.ID, "changed").ID, w.general().ID)
	changed.Pending = &plugins.Proposal{Version: 2, Manifest: "{}", AskerID: boss.ID}
	must(t, w.store.AddInstall(t.Context(), changed))
	waits("Plugins to approve: 2")

	made := func(age time.Duration, problem string) {
		t.Helper()
		must(t, w.deps.Backups.History.Add(backup.Record{What: backup.Made, File: "/b", At: now().Add(-age), Problem: problem}))
	}
	proven := func(age time.Duration, problem string) {
		t.Helper()
		must(t, w.deps.Backups.History.Add(backup.Record{What: backup.Proven, File: "/b", At: now().Add(-age), Problem: problem}))
	}
	made(60*time.Hour, "")
	proven(60*time.Hour, "")
	waits("known to be good is late")
	made(time.Hour, "")
	proven(time.Hour, "A row is missing.")
	waits("cannot be restored: A row is missing.")
	made(time.Minute, "The disk is full.")
	waits("The last backup failed: The disk is full.")
	w.deps.Backups.Every = 0
	made(0, "")
	waits("Set BACKUP_EVERY")
}

func TestAnAdminSeesWhereTheyComeFromAndIsToldOfAProxyThatIsNotTrusted(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	const warning = "TRUSTED_PROXIES does not name it"
	for _, c := range []struct {
		peer, forwarded string
		warned          bool
	}{
		{"203.0.113.7:4000", "", false},
		{"203.0.113.7:4000", "198.51.100.1", false}, // anybody can send the header
		{"172.18.0.2:4000", "", false},
		{"172.18.0.2:4000", "198.51.100.1", true},
		{"127.0.0.1:4000", "198.51.100.1", true},
		{"[::1]:4000", "198.51.100.1", true},
	} {
		for _, path := range []string{"/admin/settings", "/admin"} {
			r := w.request(boss, "GET", path, nil)
			r.RemoteAddr = c.peer
			if c.forwarded != "" {
				r.Header.Set("X-Forwarded-For", c.forwarded)
			}
			page := w.do(r).want(200).Body.String()
			if strings.Contains(page, warning) != c.warned {
				t.Errorf("%s from %s, forwarded for %q: a warning should be there: %t", path, c.peer, c.forwarded, c.warned)
			}
			address := netip.MustParseAddrPort(c.peer).Addr().String()
			if path == "/admin/settings" && !strings.Contains(page, "You come from <code>"+address+"</code>") {
				t.Errorf("who comes from %s is not told", address)
			}
		}
	}
}

func TestABackupThatFailedHereIsOverOnceAnotherServerMadeAGoodOne(t *testing.T) {
	at := now()
	o := backup.Overview{Every: time.Hour, Good: at.Add(-2 * time.Hour), Awaited: at.Add(-2 * time.Hour)}
	for _, failed := range []backup.Backup{
		{Record: backup.Record{What: backup.Made, At: at.Add(-time.Hour), Problem: "The disk is full."}},
		{Record: backup.Record{What: backup.Made, At: at.Add(-time.Hour)}, Proven: &backup.Record{Problem: "A row is missing."}},
	} {
		o.Backups = []backup.Backup{failed}
		if text := backupWaits(o, at); text == "" {
			t.Error("nothing is said of what failed")
		}
		later := o
		later.Good, later.Awaited = at.Add(-time.Minute), at.Add(-time.Minute)
		if text := backupWaits(later, at); text != "" {
			t.Errorf("it says %q", text)
		}
	}
}
