package chat

import (
	"context"
	"time"

	"pegasus/accounts"
)

// Reason says why a person is told of a message, or why not.
type Reason string

// Why a person is told. Of several that apply the first counts.
const (
	ReasonNamed   Reason = "mention"      // their name is in it
	ReasonCrowd   Reason = "crowd"        // they are among those whom @channel or @here means
	ReasonDirect  Reason = "direct"       // it is in a conversation of theirs
	ReasonThread  Reason = "thread_reply" // they follow its thread
	ReasonKeyword Reason = "keyword"      // a word that they watch for is in it
	ReasonAll     Reason = "all_messages" // they want all messages of its channel
)

// Why a person is not told.
const (
	SilentOwn       Reason = "own"
	SilentUnrelated Reason = "unrelated" // nothing in it is about them
	SilentLevel     Reason = "level"     // they want less of its channel
	SilentMuted     Reason = "muted"
	SilentPaused    Reason = "paused"
	SilentQuiet     Reason = "quiet_hours"
)

// News is what a message is to one of its readers.
type News struct {
	AuthorID     string
	Direct       bool // it is in a conversation
	Named, Crowd bool // it mentions them by name, or as one of many
	Follows      bool // they follow its thread
	Edited       bool // it has only been edited so that it mentions them
	Words        map[string]bool
}

// Verdict says whether a person is told of a message, and why. Where they are not, Reason says what kept it from them.
type Verdict struct {
	Tell    bool
	Reason  Reason
	Keyword string // which one, for ReasonKeyword
}

// Decide says whether a person is told of a message. standard is the level of the workspace.
func Decide(r Recipient, n News, standard Level, now time.Time) Verdict {
	if n.AuthorID == r.UserID {
		return Verdict{Reason: SilentOwn}
	}
	level := r.Level.or(r.Preferences.Level).or(standard)
	if n.Direct {
		level = r.Level.or(LevelAll)
	}
	v := because(r, n, level)
	switch {
	case v.Reason == SilentUnrelated:
		return v
	case r.Muted && v.Reason != ReasonNamed:
		return Verdict{Reason: SilentMuted}
	case level == LevelNothing:
		return Verdict{Reason: SilentLevel}
	case r.Preferences.paused(now):
		return Verdict{Reason: SilentPaused}
	case r.Preferences.quiet(now):
		return Verdict{Reason: SilentQuiet}
	}
	v.Tell = true
	return v
}

// because finds what a message has to do with a person.
func because(r Recipient, n News, level Level) Verdict {
	switch {
	case n.Named:
		return Verdict{Reason: ReasonNamed}
	case n.Crowd:
		return Verdict{Reason: ReasonCrowd}
	case n.Edited:
		return Verdict{Reason: SilentUnrelated}
	case n.Direct && level != LevelMentions:
		return Verdict{Reason: ReasonDirect}
	case n.Follows:
		return Verdict{Reason: ReasonThread}
	}
	for _, word := range r.Preferences.Keywords {
		if n.Words[word] {
			return Verdict{Reason: ReasonKeyword, Keyword: word}
		}
	}
	if level == LevelAll {
		return Verdict{Reason: ReasonAll}
	}
	return Verdict{Reason: SilentUnrelated}
}

// wordsOf returns the folded words of a text.
func wordsOf(content string) map[string]bool {
	f := fold(content)
	words := map[string]bool{}
	for _, w := range f.words() {
		words[f.text(w)] = true
	}
	return words
}

// Why says whether the actor is told of a message that they see, by what they have chosen now and as if it came at the time at
// which it came. A pause is left out: it is over when somebody asks.
func (s *Service) Why(ctx context.Context, actor accounts.User, messageID string) (Message, Verdict, error) {
	m, place, err := s.visible(ctx, actor, messageID)
	if err != nil {
		return Message{}, Verdict{}, err
	}
	c, err := s.store.Channel(ctx, m.ChannelID)
	if err != nil {
		return Message{}, Verdict{}, err
	}
	wants, err := s.Preferences(ctx, actor)
	if err != nil {
		return Message{}, Verdict{}, err
	}
	thread, err := s.threadPlace(ctx, m, actor.ID)
	if err != nil {
		return Message{}, Verdict{}, err
	}
	v, err := s.judge(ctx, m, c, place, thread, wants)
	return m, v, err
}

// judge is Why for who has all that the verdict goes by but whom the message mentions.
func (s *Service) judge(ctx context.Context, m Message, c Channel, place Member, thread Following, wants Preferences) (Verdict, error) {
	mentioned, named, err := s.store.Mentioned(ctx, m.ID, place.UserID)
	if err != nil {
		return Verdict{}, err
	}
	wants.PausedUntil = time.Time{}
	r := Recipient{UserID: place.UserID, Level: place.Level, Muted: place.Muted, Preferences: wants}
	n := News{
		AuthorID: m.UserID, Direct: c.IsDirect(), Named: named, Crowd: mentioned && !named, Follows: thread.Follows, Words: wordsOf(m.Content),
	}
	return Decide(r, n, s.level, m.CreatedAt), nil
}
