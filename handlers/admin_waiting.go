package handlers

import (
	"fmt"
	"net/http"
	"time"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/ops"
	"pegasus/views"
	"pegasus/web"
)

// waiting is what an admin should look at, what is wrong now first.
func (d *door) waiting(r *http.Request, me accounts.User) (hints []views.Hint, err error) {
	ctx := r.Context()
	for _, a := range d.Ops.Alarms() {
		if a.State == ops.Alarm {
			hints = append(hints, views.Hint{Text: "Alarm " + a.Name() + ": " + a.Reason, Path: "/ops", Bad: true})
		}
	}
	backups, err := d.Backups.Overview(ctx, me)
	if err != nil {
		return nil, err
	}
	if text := backupWaits(backups, d.Now()); text != "" {
		hints = append(hints, views.Hint{Text: text, Path: string(views.TabBackups), Bad: true})
	}
	if proxy := web.UnknownProxy(r); proxy != "" {
		hints = append(hints, views.Hint{Text: views.UnknownProxy(proxy), Path: string(views.TabSettings) + "#TRUSTED_PROXIES", Bad: true})
	}
	asked, err := d.Plugins.CountWaiting(ctx, me)
	if err != nil {
		return nil, err
	}
	if asked > 0 {
		hints = append(hints, views.Hint{Text: fmt.Sprintf("Plugins to approve: %d", asked), Path: string(views.TabPlugins) + "?show=waiting"})
	}
	return append(hints, d.Server.Hints(ctx)...), nil
}

// backupWaits says what is wrong with the backups, "" where nothing is. What failed here is over once any server made a good one since.
func backupWaits(o backup.Overview, now time.Time) string {
	if len(o.Backups) > 0 && o.Backups[0].At.After(o.Good) {
		switch last := o.Backups[0]; {
		case last.Problem != "":
			return "The last backup failed: " + last.Problem
		case last.Proven != nil && last.Proven.Problem != "":
			return "The last backup cannot be restored: " + last.Proven.Problem
		}
	}
	switch {
	case o.Late(now):
		return "A backup that is known to be good is late."
	case o.Every == 0:
		return "No backup is made by itself. Set BACKUP_EVERY."
	}
	return ""
}
