package main

import (
	"context"
	"fmt"

	"github.com/shirou/gopsutil/v4/disk"

	"pegasus/handlers"
	"pegasus/views"
)

// server is what the program says of itself to those who run it.
func (a *app) server() handlers.Server {
	return handlers.Server{Size: a.store.Size, Disk: a.settings.disk, Support: a.support, Hints: a.hints, Settings: a.settings.shown, Tests: a.tests()}
}

// disk returns the bytes that the program may still write to the disk with its data, and the size of that disk.
func (s *settings) disk() (free, all int64, err error) {
	u, err := disk.Usage(s.DataDir)
	if err != nil {
		return 0, 0, err
	}
	return int64(u.Free), int64(u.Total), nil
}

// hints are what an admin should look at.
func (a *app) hints(ctx context.Context) (hints []views.Hint) {
	s := a.settings
	add := func(applies bool, text string) {
		if applies {
			hints = append(hints, views.Hint{Text: text, Bad: true})
		}
	}
	add(s.MailServer == "" && s.production(), "Mail is not set up: nobody can reset a password by themselves. Set MAIL_SERVER.")
	add(!s.https() && s.production(), "People reach the server without https. Put it behind a proxy with a certificate, and set APP_URL.")
	add(!a.store.Durable, "The MongoDB server is no replica set: a crash of it may lose messages.")
	add(s.RateLimits == "off", "RATE_LIMITS is off: nothing keeps anybody from trying passwords.")
	if free, all, err := s.disk(); err == nil && all > 0 {
		add(free < all/20 || free < minFree, "The disk with the data is nearly full.")
	}
	if _, failed, err := a.store.CountMail(ctx); err == nil && failed > 0 {
		hints = append(hints, views.Hint{Text: fmt.Sprintf("Mails given up in the last 7 days: %d. The log says why.", failed), Path: "/ops", Bad: true})
	}
	if n, err := a.accounts.CountAdmins(ctx); err == nil && n == 1 {
		hints = append(hints, views.Hint{Text: "There is one admin. Make another, for when you are away.", Path: "/admin/people"})
	}
	return hints
}

// minFree is how many bytes should be free on the disk with the data.
const minFree = 1 << 30
