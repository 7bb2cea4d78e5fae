package chat

import (
	"context"
	"strconv"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// Limits of how long messages are kept.
const (
	MaxKeepDays = 36_500 // a hundred years
	KeepForEver = -1     // of a channel whose messages stay, whatever holds for the others
	// maxPreviewed is how many messages a preview counts, so that nobody waits for a count of years.
	maxPreviewed = 50_000
)

const retentionSetting = "retention"

// Retention is how long messages are kept, in days; 0 is for ever.
type Retention struct {
	Days       int  `json:"days"`
	DirectDays int  `json:"direct_days"` // of direct conversations
	Overrides  bool `json:"overrides"`   // owners of channels may choose for theirs
}

// Of returns for how many days the messages of a channel are kept, 0 for ever.
func (r Retention) Of(c Channel) int {
	switch {
	case c.IsDirect():
		return r.DirectDays
	case c.KeepDays == 0:
		return r.Days
	}
	return max(0, c.KeepDays)
}

// Loss is what a rule would remove.
type Loss struct {
	Channels, Messages, Files int
	More                      bool // there is more: the count ended
}

// RetentionStore is what removing old messages needs of a store.
type RetentionStore interface {
	// ChannelsAfter returns up to limit channels of all kinds, archived ones and conversations too,
	// in the order of their ids, after the id given.
	ChannelsAfter(ctx context.Context, after string, limit int) ([]Channel, error)
	// RemoveMessages deletes messages as DeleteMessage does, those that are there, were stored before a time, and began no thread
	// with a reply from that time on. It returns the ones that it deleted. Where it fails some may be deleted already.
	RemoveMessages(ctx context.Context, ids []string, before, now time.Time) ([]Message, error)
	// PassRead moves the read marks of up to limit members of a channel that are behind a number to it (never past the newest
	// message) and leaves the time at which they read. It returns the channel and these members after it, none where nobody is behind:
	// fewer than limit may come because some leave meanwhile, while others are behind still.
	PassRead(ctx context.Context, channelID string, seq int64, limit int) (Channel, []Member, error)
}

var errOwnKeep = fault.New(fault.Forbidden, "RETENTION_FIXED", "How long messages are kept here, only admins of the workspace say.")

func errKeepDays(field string) error {
	return fault.Field(field, "INVALID_RETENTION", "Keep messages for ever, or for 1 to 36,500 days.")
}

// Retention returns what holds for everyone now.
func (s *Service) Retention(ctx context.Context) (Retention, error) { return s.retention.Get(ctx) }

// KeptFor returns for how many days the messages of a channel are kept, 0 for ever.
func (s *Service) KeptFor(ctx context.Context, c Channel) (days int, err error) {
	r, err := s.Retention(ctx)
	return r.Of(c), err
}

func (r Retention) check() error {
	switch {
	case r.Days < 0 || r.Days > MaxKeepDays:
		return errKeepDays("days")
	case r.DirectDays < 0 || r.DirectDays > MaxKeepDays:
		return errKeepDays("direct_days")
	}
	return nil
}

// PreviewRetention counts what a rule would remove, for admins.
func (s *Service) PreviewRetention(ctx context.Context, admin accounts.User, r Retention) (Loss, error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return Loss{}, err
	}
	if err := r.check(); err != nil {
		return Loss{}, err
	}
	var loss Loss
	for after := ""; ; {
		channels, err := s.store.ChannelsAfter(ctx, after, sweepChannels)
		if err != nil {
			return Loss{}, err
		}
		for _, c := range channels {
			if err := s.countOld(ctx, c, r.Of(c), &loss); err != nil || loss.More {
				return loss, err
			}
			after = c.ID
		}
		if len(channels) < sweepChannels {
			return loss, nil
		}
	}
}

// SetRetention says how long messages are kept. What is older is removed from then on, for good.
func (s *Service) SetRetention(ctx context.Context, admin accounts.User, r Retention) error {
	if err := accounts.RequireAdmin(admin); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	var before Retention
	_, err := s.retention.Change(ctx, func(held Retention) (Retention, error) {
		before = held
		return r, nil
	})
	if err != nil || r == before {
		return err
	}
	s.record(ctx, accounts.Event{Action: accounts.ActionRetention, ActorID: admin.ID, Details: map[string]string{
		"days": keptText(r.Days), "direct_days": keptText(r.DirectDays), "overrides": strconv.FormatBool(r.Overrides),
	}})
	return s.sweepSoon(ctx)
}

func keptText(days int) string {
	if days <= 0 {
		return "for ever"
	}
	return strconv.Itoa(days)
}

// MayKeep returns nil where somebody may say how long the messages of a channel are kept: an admin of the workspace, and where
// those allow it, who manages the channel.
func (s *Service) MayKeep(ctx context.Context, actor accounts.User, m Member) error {
	r, err := s.Retention(ctx)
	if err == nil && !actor.IsAdmin() && (!r.Overrides || !MayManage(actor, m)) {
		err = errOwnKeep
	}
	return err
}

// keepable is the channel whose messages somebody may say how long to keep. Admins of the workspace need not be in it.
func (s *Service) keepable(ctx context.Context, actor accounts.User, channelID string, days int) (c Channel, err error) {
	if actor.IsAdmin() {
		c, err = s.AnyChannel(ctx, actor, channelID)
	} else {
		var m Member
		if c, m, err = s.manager(ctx, actor, channelID); err == nil {
			err = s.MayKeep(ctx, actor, m)
		}
	}
	if err == nil && (days < KeepForEver || days > MaxKeepDays) {
		err = errKeepDays("keep_days")
	}
	return c, err
}

// PreviewChannelRetention counts what would be removed from a channel that is kept for so many days: 0 is what holds for all,
// KeepForEver for ever.
func (s *Service) PreviewChannelRetention(ctx context.Context, actor accounts.User, channelID string, days int) (loss Loss, err error) {
	c, err := s.keepable(ctx, actor, channelID, days)
	if err != nil {
		return Loss{}, err
	}
	c.KeepDays = days
	kept, err := s.KeptFor(ctx, c)
	if err == nil {
		err = s.countOld(ctx, c, kept, &loss)
	}
	return loss, err
}

// SetChannelRetention says how long the messages of one channel are kept, as PreviewChannelRetention counts.
func (s *Service) SetChannelRetention(ctx context.Context, actor accounts.User, channelID string, days int) (Channel, error) {
	c, err := s.keepable(ctx, actor, channelID, days)
	if err != nil || c.KeepDays == days {
		return c, err
	}
	ctx = context.WithoutCancel(ctx)
	if c, err = s.applyChange(ctx, channelID, ChannelChange{KeepDays: &days}); err != nil {
		return Channel{}, err
	}
	text := keptText(days)
	if days == 0 {
		text = "as the workspace"
	}
	s.keptBy(ctx, actor, accounts.ActionRetentionChannel, c, accounts.Event{Details: map[string]string{"days": text}})
	return c, s.sweepSoon(ctx)
}
