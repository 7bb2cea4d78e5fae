package chat

import (
	"cmp"
	"context"
	"strings"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

// jobStatus ends the status of its owner; each person has at most one.
const jobStatus = "status"

// Idea is a status that is offered to set as it stands.
type Idea struct {
	Name  string // what a form calls it
	Emoji string
	Text  string
	Ends  string // as StatusEnd and ParseWhen read it
}

// Ideas are the statuses that are offered, in their order.
var Ideas = []Idea{
	{"meeting", "📅", "In a meeting", "in 1 hour"}, {"lunch", "🍲", "Having lunch", "in 1 hour"}, {"home", "🏡", "Working from home", "today"},
	{"ill", "🤒", "Off sick", "today"}, {"holiday", "🌴", "On holiday", "never"},
}

// StatusEnd reads the choices of an end that are no times: "never", which is the zero time, and the ends of "today" and of
// this "week", which is after its Sunday, where now is.
func StatusEnd(choice string, now time.Time) (end time.Time, ok bool) {
	days := 1
	switch choice {
	case "never":
		return time.Time{}, true
	case "today":
	case "week":
		days = 1 + int(time.Saturday+1-now.Weekday())%7
	default:
		return time.Time{}, false
	}
	return DayBegins(time.Date(now.Year(), now.Month(), now.Day()+days, 0, 0, 0, 0, time.UTC), now.Location()), true
}

// ChangeProfile applies the actor's change to themselves. A status with an end is cleared then, and with pause nothing is told
// until then, which must be within a week. A change of the status message that names no emoji or no end is a status without.
// The pause of the status before ends with it.
func (s *Service) ChangeProfile(ctx context.Context, actor accounts.User, p accounts.ProfileChange, pause bool) (accounts.User, error) {
	if p.StatusMessage != nil && *p.StatusMessage != actor.StatusMessage {
		p.StatusEmoji, p.StatusUntil = cmp.Or(p.StatusEmoji, new("")), cmp.Or(p.StatusUntil, new(time.Time))
	}
	if err := s.checkStatus(ctx, actor, &p, pause); err != nil {
		return accounts.User{}, err
	}
	ctx = context.WithoutCancel(ctx)
	if p.StatusUntil != nil && !p.StatusUntil.IsZero() {
		// First, so that whatever comes in between, no status stays for good.
		if err := s.expectStatusEnd(ctx, actor.ID, *p.StatusUntil); err != nil {
			return accounts.User{}, err
		}
	}
	u, err := s.changeProfile(ctx, actor.ID, p)
	if err == nil && p.StatusUntil != nil {
		err = s.pauseWithStatus(ctx, actor, *p.StatusUntil, pause)
	}
	return u, err
}

// checkStatus brings the status of a change into the form in which it is kept.
func (s *Service) checkStatus(ctx context.Context, actor accounts.User, p *accounts.ProfileChange, pause bool) error {
	if p.StatusEmoji != nil && *p.StatusEmoji != "" && *p.StatusEmoji != actor.StatusEmoji {
		kept, err := s.reactionOf(ctx, strings.TrimSpace(*p.StatusEmoji), false)
		if fault.Is(err, fault.Invalid) {
			err = fault.Field("status_emoji", "INVALID_EMOJI", "Please choose one emoji, or one of the workspace's own.")
		}
		if err != nil {
			return err
		}
		p.StatusEmoji = &kept
	}
	var until time.Time
	if p.StatusUntil != nil {
		until = p.StatusUntil.UTC().Truncate(time.Millisecond)
		p.StatusUntil = &until
	}
	if !until.IsZero() && !until.Equal(actor.StatusUntil) {
		if err := s.checkTime(until); err != nil {
			return err
		}
	}
	if pause && (until.IsZero() || until.After(s.now().Add(maxPause))) {
		return fault.Field("pause", "INVALID_PAUSE", "To pause notifications the status must end within a week.")
	}
	return nil
}

// expectStatusEnd has the status of a person looked at when it is to end, or earlier.
func (s *Service) expectStatusEnd(ctx context.Context, userID string, until time.Time) error {
	now := s.now()
	for try := 0; ; try++ {
		j, waits, err := s.jobs.AddJob(ctx, queue.Job{
			ID: id.New(now), Kind: jobStatus, Owner: userID, Key: jobStatus, State: queue.Waiting, Due: until, NextTry: until, CreatedAt: now,
		})
		if err != nil || !waits || j.State == queue.Waiting && !j.NextTry.After(until) {
			return err
		}
		j.State, j.Due, j.NextTry = queue.Waiting, until, until
		err = s.jobs.SaveJob(ctx, j)
		if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) || try == 2 {
			return err
		}
	}
}

// clearStatus ends a status whose time is over, and waits for the end of one that was changed meanwhile.
func (s *Service) clearStatus(ctx context.Context, j queue.Job) queue.Job {
	err := s.endStatus(ctx, j.Owner)
	var u accounts.User
	if err == nil {
		u, err = s.user(ctx, j.Owner)
	}
	switch {
	case fault.Is(err, fault.NotFound), err == nil && u.StatusUntil.IsZero():
		return queue.Job{ID: j.ID, Owner: j.Owner}
	case err != nil:
		j.NextTry = s.now().Add(taskLease)
	default:
		j.Due, j.NextTry = u.StatusUntil, u.StatusUntil
	}
	j.State = queue.Waiting
	return j
}

// pauseWithStatus pauses what the actor is told until the end of a status, or ends the pause of the one before.
func (s *Service) pauseWithStatus(ctx context.Context, actor accounts.User, until time.Time, pause bool) error {
	p, err := s.Preferences(ctx, actor)
	if err != nil {
		return err
	}
	if !pause {
		if !p.PausedWith(actor) {
			return nil
		}
		until = time.Time{}
	}
	p.PausedUntil = until
	_, err = s.SetPreferences(ctx, actor, p)
	return err
}

// PausedWith reports whether notifications are paused as long as a person's status lasts.
func (p Preferences) PausedWith(u accounts.User) bool {
	return !u.StatusUntil.IsZero() && p.PausedUntil.Equal(u.StatusUntil)
}

// runStatus is /status: "[emoji] text [for 1 hour]".
func (s *Service) runStatus(ctx context.Context, c Call) (Outcome, error) {
	if c.Text == "" || strings.EqualFold(c.Text, "clear") {
		_, err := s.ChangeProfile(ctx, c.Actor, accounts.ProfileChange{StatusMessage: new(""), StatusEmoji: new(""), StatusUntil: new(time.Time)}, false)
		return Outcome{Reply: "You have no status any more."}, err
	}
	text, emoji, until := c.Text, "", time.Time{}
	if first, rest, more := strings.Cut(text, " "); more {
		if one, err := s.reactionOf(ctx, first, false); err == nil {
			emoji, text = one, strings.TrimSpace(rest)
		}
	}
	if at := strings.LastIndex(text, " for "); at > 0 {
		words := strings.Fields(text[at+len(" for "):])
		if long, n := span(words); n > 0 && n == len(words) {
			text, until = text[:at], s.now().Add(long)
		}
	}
	_, err := s.ChangeProfile(ctx, c.Actor, accounts.ProfileChange{StatusMessage: &text, StatusEmoji: &emoji, StatusUntil: &until}, false)
	return Outcome{Reply: "Your status is now: " + c.Text}, err
}
