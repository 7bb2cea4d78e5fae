package hooks

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// The codes, in lower case, are Slack's words for what is wrong.
var (
	errService  = fault.New(fault.NotFound, "NO_SERVICE", "There is no such webhook, or it is switched off.")
	errArchived = fault.New(fault.Gone, "CHANNEL_IS_ARCHIVED", "The channel is archived.")
	errOther    = fault.New(fault.Forbidden, "ACTION_PROHIBITED", "This webhook posts to its own channel alone.")
)

// Incoming returns the webhook of a secret that is on, else errors as NO_SERVICE.
func (s *Service) Incoming(ctx context.Context, secret string) (Hook, error) {
	hash := accounts.HashSecret(secret)
	h, err := s.store.HookByHash(ctx, hash)
	if fault.Is(err, fault.NotFound) || err == nil && (h.Kind != Incoming || h.Off || subtle.ConstantTimeCompare([]byte(h.Hash), []byte(hash)) != 1) {
		return Hook{}, errService
	}
	return h, err
}

// Receive posts what was sent to a webhook that Incoming returned. With a key, which is a client's Idempotency-Key, sent again
// it changes nothing. A text that is too long for one message becomes up to MaxParts.
func (s *Service) Receive(ctx context.Context, h Hook, p Payload, key string) error {
	bot, err := s.accounts.User(ctx, h.BotID)
	if err != nil {
		return err
	}
	c, _, err := s.chat.Channel(ctx, bot, h.ChannelID)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden):
		return errService // the bot was removed from the channel
	case err != nil:
		return err
	case c.Archived:
		return errArchived
	case !sameChannel(p.Channel, c):
		return errOther
	}
	texts, err := s.texts(ctx, p)
	if err != nil {
		return err
	}
	if key != "" {
		key = "hook-" + accounts.HashSecret(key)
	}
	_, err = s.post(ctx, h, h.ChannelID, "", p, texts, key)
	if fault.Is(err, fault.NotFound) {
		return errArchived // archived since the look above
	}
	if err != nil {
		return err
	}
	s.touch(ctx, h)
	return nil
}

// sameChannel reports whether a payload asks for no other channel than the webhook's own.
func sameChannel(asked string, c chat.Channel) bool {
	asked = strings.TrimPrefix(strings.TrimSpace(asked), "#")
	return asked == "" || asked == c.ID || strings.EqualFold(asked, c.Name)
}

// names looks up whom a payload calls by an id, with one read.
func (s *Service) names(ctx context.Context, p Payload) (people, error) {
	var ids []string
	p.Markdown(func(who string) string {
		if id.Valid(who) && len(ids) < chat.MaxMentions && !slices.Contains(ids, who) {
			ids = append(ids, who)
		}
		return ""
	})
	found, err := s.accounts.Users(ctx, ids)
	return func(who string) string {
		switch {
		case id.Valid(who):
			return found[who].Username
		case strings.Trim(strings.ToLower(who), "abcdefghijklmnopqrstuvwxyz0123456789._-") == "":
			return strings.ToLower(who) // a username, as Mattermost's programs send it; the channel decides whether it is somebody's
		}
		return ""
	}, err
}

// texts returns what a payload says, cut into messages.
func (s *Service) texts(ctx context.Context, p Payload) ([]string, error) {
	names, err := s.names(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.split(ctx, p.Markdown(names))
}

// split cuts a text where a paragraph, a line or a word ends, into messages.
func (s *Service) split(ctx context.Context, text string) ([]string, error) {
	if text == "" {
		return nil, errNoText
	}
	most, err := s.chat.MaxMessage(ctx)
	if err != nil {
		return nil, err
	}
	var parts []string
	for utf8.RuneCountInString(text) > most {
		if len(parts) == MaxParts-1 {
			return nil, errLong
		}
		end := len(string([]rune(text)[:most]))
		for _, at := range []string{"\n\n", "\n", " "} {
			if n := strings.LastIndex(text[:end], at); n > end/2 {
				end = n
				break
			}
		}
		parts = append(parts, strings.TrimSpace(text[:end]))
		text = strings.TrimSpace(text[end:])
	}
	return append(parts, text), nil
}

// guise is as whom a payload wants to be shown. A name that could be taken for somebody's is not taken, and the webhook's own
// name stays.
func (s *Service) guise(ctx context.Context, h Hook, p Payload) (g chat.Guise) {
	if name := strings.TrimSpace(p.Username); name != "" && name != h.Name && s.aliases.allowed(name, s.now(), func() bool {
		return s.accounts.CheckAlias(ctx, name) == nil
	}) {
		g.Name = name
	}
	if emoji, ok := chat.EmojiOf(p.IconEmoji, s.emoji); ok {
		g.Emoji = emoji
	} else {
		g.Icon = s.icon(p.IconURL)
	}
	return g
}

// aliases remembers for a while which names were allowed, since programs send the same one each time and looking at
// everybody's takes long.
type aliases struct {
	mu    *sync.Mutex
	known map[string]verdict
}

type verdict struct {
	allowed bool
	until   time.Time
}

const (
	aliasLife  = time.Minute
	maxAliases = 1000
)

func newAliases() aliases { return aliases{mu: &sync.Mutex{}, known: map[string]verdict{}} }

func (a aliases) allowed(name string, now time.Time, judge func() bool) bool {
	a.mu.Lock()
	v, known := a.known[name]
	a.mu.Unlock()
	if known && now.Before(v.until) {
		return v.allowed
	}
	v = verdict{allowed: judge(), until: now.Add(aliasLife)}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) >= maxAliases {
		clear(a.known)
	}
	a.known[name] = v
	return v.allowed
}
