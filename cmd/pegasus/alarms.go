package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/ops"
)

const (
	alarmBot        = "Alarms"
	settingAlarmBot = "ops.alarm_bot"
	// maxAdmins is how many admins get mail about an alarm.
	maxAdmins = 100
	// rememberEvery is how often those who are told of alarms are read, for when the database is away.
	rememberEvery = 10 * time.Minute
)

// tellAlarm tells of a change of an alarm in the channel of the settings, and by mail.
func (a *app) tellAlarm(ctx context.Context, c ops.AlarmChange) error {
	if err := a.postAlarm(ctx, c); err != nil {
		return err
	}
	letter := a.alarmLetter(c)
	addresses, err := a.alarmAddresses(ctx)
	if err != nil {
		return err
	}
	for _, letter.To = range addresses {
		if err := a.givenUp(c, a.outbox.Send(ctx, letter)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) alarmLetter(c ops.AlarmChange) accounts.Letter {
	letter := accounts.Letter{Kind: accounts.LetterAlarm, URL: a.url() + "/ops", About: map[string]string{
		"alarm": c.Name + ". " + c.Reason, "time": c.At.Format("2 January 2006, 15:04:05 UTC"),
	}}
	if c.State != ops.Alarm {
		letter.Kind = accounts.LetterAlarmOver
	}
	return letter
}

// lastKnown is what telling of an alarm takes, for when the database cannot be asked.
type lastKnown struct {
	to        []string
	workspace string // the name of it
}

// telling is a change of an alarm that is told past the database, to one after the other.
type telling struct {
	id    string
	left  []string // who was not come to yet
	taken int      // by how many
}

// tellAlarmNow mails a change of an alarm while the database is away, to the addresses that were known last. It fails until it came to
// all, where it goes on at the next call, and where it reached nobody. One goroutine calls it.
func (a *app) tellAlarmNow(ctx context.Context, c ops.AlarmChange) error {
	if !a.outbox.Delivers() {
		return nil
	}
	known := a.alarmsTo.Load()
	if a.telling.id != c.ID || len(a.telling.left) == 0 {
		a.telling = telling{id: c.ID, left: known.to}
	}
	taken, left, err := a.outbox.SendNow(ctx, a.alarmLetter(c), known.workspace, a.telling.left)
	a.telling.left, a.telling.taken = left, a.telling.taken+taken
	if len(left) == 0 && a.telling.taken > 0 {
		return nil
	}
	return err
}

// remember keeps in mind who is told of alarms, and in whose name, for when the database cannot be asked.
func (a *app) remember(ctx context.Context) {
	to, err := a.alarmAddresses(ctx)
	if err == nil {
		var b brand.Brand
		if b, err = a.brand.Brand(ctx); err == nil {
			a.alarmsTo.Store(&lastKnown{to, b.Name()})
		}
	}
	if err != nil && ctx.Err() == nil {
		a.warn("read who is told of alarms", err)
	}
}

// runRemembering does so from time to time until ctx ends.
func (a *app) runRemembering(ctx context.Context) {
	tick := time.NewTicker(rememberEvery)
	defer tick.Stop()
	for {
		a.remember(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// givenUp passes on what may succeed later. Of what will not, it warns: one address, or one bot that cannot be made, must not hold up
// the rest, and alarms that come after this one.
func (a *app) givenUp(c ops.AlarmChange, err error) error {
	f := fault.From(err)
	if f == nil {
		return nil
	}
	switch f.Kind {
	case fault.Internal, fault.Limited, fault.Unavailable, fault.Full:
		return err
	}
	a.log.Warn("cannot tell somebody of an alarm", "alarm", c.Name, "error", err)
	return nil
}

// alarmAddresses are those of the settings, else those of all admins.
func (a *app) alarmAddresses(ctx context.Context) ([]string, error) {
	if len(a.settings.AlarmMail) > 0 {
		return a.settings.AlarmMail, nil
	}
	admins, err := a.admins(ctx)
	addresses := make([]string, len(admins))
	for i, u := range admins {
		addresses[i] = u.Email
	}
	return addresses, err
}

func (a *app) admins(ctx context.Context) ([]accounts.User, error) {
	found, _, err := a.store.FindUsers(ctx, accounts.UserQuery{Limit: maxAdmins, Filters: []accounts.UserFilter{
		{Field: accounts.UserRole, Op: accounts.OpEqual, Value: string(accounts.RoleAdmin)},
		{Field: accounts.UserBanned, Op: accounts.OpEqual, Value: "false"},
	}})
	return found, err
}

// postAlarm posts to the channel, under a key that lets the same change be posted once. A channel that is not there is no reason
// to go on trying.
func (a *app) postAlarm(ctx context.Context, c ops.AlarmChange) error {
	name := a.settings.AlarmChannel
	if name == "" {
		return nil
	}
	channel, err := a.store.ChannelByName(ctx, strings.TrimPrefix(name, "#"))
	if fault.Is(err, fault.NotFound) {
		channel, err = a.store.Channel(ctx, name)
	}
	if fault.Is(err, fault.NotFound) {
		a.log.Warn("cannot post an alarm: ALARM_CHANNEL names no public channel, and no channel by its id", "channel", name)
		return nil
	}
	if err != nil {
		return err
	}
	bot, err := a.alarmBot(ctx)
	if err == nil {
		err = a.chat.Seat(ctx, channel.ID, bot)
	}
	if err == nil {
		_, err = a.chat.PostMessage(ctx, bot, channel.ID, chat.Draft{Content: alarmText(c, a.url()), Key: "alarm-" + c.ID})
	}
	return a.givenUp(c, err)
}

func alarmText(c ops.AlarmChange, url string) string {
	what := "Over"
	if c.State == ops.Alarm {
		what = "Alarm"
	}
	return fmt.Sprintf("**%s:** `%s`. %s [Operations](%s/ops)", what, c.Name, c.Reason, url)
}

// alarmBot returns the account that alarms are posted by. It is made when the first one is.
func (a *app) alarmBot(ctx context.Context) (accounts.User, error) {
	id, err := a.store.Setting(ctx, settingAlarmBot)
	if err == nil {
		bot, err := a.store.User(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) || err == nil && !bot.Deactivated {
			return bot, err
		}
	} else if !fault.Is(err, fault.NotFound) {
		return accounts.User{}, err
	}
	var owner accounts.User
	admins, err := a.admins(ctx)
	if err != nil {
		return accounts.User{}, err
	}
	if len(admins) > 0 {
		owner = admins[0]
	}
	bot, err := a.accounts.CreateBot(ctx, owner, accounts.BotDraft{Name: alarmBot, About: "Says when something is wrong with the server", Tokenless: true})
	if err == nil {
		err = a.store.PutSetting(ctx, settingAlarmBot, bot.ID)
	}
	return bot, err
}
