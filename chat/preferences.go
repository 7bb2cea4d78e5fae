package chat

import (
	"context"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // quiet hours are in the zones of people, not of the server
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
)

// Limits of what people choose about being told.
const (
	MaxKeywords   = 25
	MaxKeyword    = 40 // characters of one
	maxPause      = 7 * 24 * time.Hour
	minutesOfADay = 24 * 60
	tomorrowBegin = 9 * time.Hour // of the day, for "until tomorrow"

)

// Level says of which messages of a channel a person is told.
type Level string

// The levels of the wire format. LevelDefault is that of the person for a channel, and that of the workspace for a person.
const (
	LevelDefault  Level = ""
	LevelAll      Level = "all"
	LevelMentions Level = "mentions"
	LevelNothing  Level = "nothing"
)

// Valid reports whether this is a level.
func (l Level) Valid() bool {
	return l == LevelDefault || l == LevelAll || l == LevelMentions || l == LevelNothing
}

// or returns the first level that is chosen.
func (l Level) or(next Level) Level {
	if l == LevelDefault {
		return next
	}
	return l
}

// Preferences are what a person chose about being told of messages, and of what else ends without them. They hold everywhere they are signed in.
type Preferences struct {
	UserID      string
	Level       Level    // of channels without a level of their own
	Keywords    []string // folded, each one word
	Zone        string   // of the IANA database, "" for UTC
	Quiet       Quiet
	PausedUntil time.Time // zero where nothing is paused
	HideContent bool      // notifications say from whom, and not what
	Sound       bool      // of notifications of an open tab
	NoMail      bool      // what is missed does not come by mail
	NoAnswers   bool      // they are not told when an answer of the workbench has ended
}

// Quiet are hours in which a person is told nothing.
type Quiet struct {
	Days     uint8 // the days on which they begin: bit 0 is Sunday; 0 where there are none
	From, To int   // minutes of the day. With To at or before From they end on the next day.
}

// Asks reports whether a person may be told of messages that do not concern them otherwise.
func (p Preferences) Asks() bool { return p.Level == LevelAll || len(p.Keywords) > 0 }

// location returns the person's zone.
func (p Preferences) location() *time.Location { return Zone(p.Zone) }

// Silent reports whether nothing is told at a moment: it is paused, or within the quiet hours.
func (p Preferences) Silent(now time.Time) bool { return p.paused(now) || p.quiet(now) }

func (p Preferences) paused(now time.Time) bool { return now.Before(p.PausedUntil) }

func (p Preferences) quiet(now time.Time) bool {
	return p.Quiet.Days != 0 && p.Quiet.at(now.In(p.location()))
}

// Tomorrow returns when "until tomorrow" ends.
func (p Preferences) Tomorrow(now time.Time) time.Time {
	local := now.In(p.location())
	y, m, d := local.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, local.Location()).Add(tomorrowBegin).UTC()
}

// at reports whether a moment is within the quiet hours.
func (q Quiet) at(local time.Time) bool {
	minute, today := local.Hour()*60+local.Minute(), int(local.Weekday())
	begins := func(day int) bool { return q.Days>>((day+7)%7)&1 == 1 }
	if q.From < q.To {
		return begins(today) && q.From <= minute && minute < q.To
	}
	return begins(today) && minute >= q.From || begins(today-1) && minute < q.To
}

// PreferenceStore keeps what people chose about being told. Erasing a person drops it.
type PreferenceStore interface {
	// Preferences returns what a person chose, and false where they chose nothing yet.
	Preferences(ctx context.Context, userID string) (Preferences, bool, error)
	SetPreferences(ctx context.Context, p Preferences) error
	// SetMemberNotify changes a member's level and whether the channel is muted for them.
	SetMemberNotify(ctx context.Context, channelID, userID string, level Level, muted bool) error
	// Audience returns those members of a channel who may want to be told of a message: who is concerned, whose level of
	// the channel is all, and whose preferences Ask; with everybody all members. It makes a fixed number of reads.
	Audience(ctx context.Context, channelID string, concerned []string, everybody bool) ([]Recipient, error)
	// Mentioned returns whether a message mentions a person, and whether by name.
	Mentioned(ctx context.Context, messageID, userID string) (mentioned, named bool, err error)
}

// Recipient is a member of a channel with what they chose.
type Recipient struct {
	UserID      string
	Level       Level // of the channel
	Muted       bool
	Preferences Preferences
}

// Preferences returns what the actor chose about being told.
func (s *Service) Preferences(ctx context.Context, actor accounts.User) (Preferences, error) {
	p, chosen, err := s.store.Preferences(ctx, actor.ID)
	if err == nil && !chosen {
		p = Preferences{UserID: actor.ID}
	}
	return p, err
}

// SetPreferences replaces what the actor chose about being told.
func (s *Service) SetPreferences(ctx context.Context, actor accounts.User, p Preferences) (Preferences, error) {
	p.UserID = actor.ID
	if err := p.check(s.now()); err != nil {
		return Preferences{}, err
	}
	return p, s.store.SetPreferences(context.WithoutCancel(ctx), p)
}

// check brings preferences into the form in which they are kept.
func (p *Preferences) check(now time.Time) (err error) {
	if p.Keywords, err = keywords(p.Keywords); err != nil {
		return err
	}
	_, unknown := ParseZone("zone", p.Zone)
	switch {
	case !p.Level.Valid():
		return fault.Field("level", "INVALID_LEVEL", "The level must be all, mentions or nothing.")
	case unknown != nil:
		return unknown
	case p.Quiet.Days > 127 || min(p.Quiet.From, p.Quiet.To) < 0 || max(p.Quiet.From, p.Quiet.To) >= minutesOfADay:
		return fault.Field("quiet", "INVALID_QUIET_HOURS", "Quiet hours go from one time of day to another.")
	case p.PausedUntil.After(now.Add(maxPause)):
		return fault.Field("paused_until", "INVALID_PAUSE", "A pause lasts up to a week.")
	}
	if !p.PausedUntil.After(now) {
		p.PausedUntil = time.Time{}
	}
	return nil
}

// keywords folds words, each once.
func keywords(texts []string) (words []string, err error) {
	for _, text := range texts {
		f := fold(strings.TrimSpace(text))
		found := f.words()
		if len(found) == 0 {
			continue
		}
		word := f.text(found[0])
		if len(found) > 1 || utf8.RuneCountInString(word) > MaxKeyword {
			return nil, fault.Field("keywords", "INVALID_KEYWORD", "Each keyword is one word of at most 40 characters.")
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) > MaxKeywords {
		return nil, fault.Field("keywords", "TOO_MANY_KEYWORDS", "There may be up to 25 keywords.")
	}
	return words, nil
}

// SetChannelNotify changes of which messages of a channel the actor is told, and whether it is muted for them.
func (s *Service) SetChannelNotify(ctx context.Context, actor accounts.User, channelID string, level Level, muted bool) error {
	if !level.Valid() {
		return fault.Field("level", "INVALID_LEVEL", "The level must be all, mentions or nothing.")
	}
	c, _, err := s.member(ctx, actor, channelID)
	if err != nil {
		return err
	}
	err = s.store.SetMemberNotify(context.WithoutCancel(ctx), channelID, actor.ID, level, muted)
	if fault.Is(err, fault.NotFound) {
		return errChannel
	}
	if err == nil {
		s.events.Publish(userTopic(actor.ID), ChannelUpdated{Channel: c, UserID: actor.ID})
	}
	return err
}
