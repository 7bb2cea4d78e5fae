package chat

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// MaxBanner is the length of an announcement, in characters.
const MaxBanner = 300

const (
	bannerSetting    = "banner"        // of the workspace
	bannerPreference = "pegasusBanner" // of a person: the id of the announcement that they have put away
)

// BannerKind says how much an announcement matters.
type BannerKind string

// The kinds of announcements.
const (
	BannerInfo    BannerKind = "info"
	BannerWarning BannerKind = "warning"
)

// Valid reports whether this is a kind.
func (k BannerKind) Valid() bool { return k == BannerInfo || k == BannerWarning }

// Banner is the announcement at the top of every page. The zero Banner is none.
type Banner struct {
	ID    string     `json:"id"` // another one whenever the text or the kind is
	Text  string     `json:"text"`
	Kind  BannerKind `json:"kind"`
	Until time.Time  `json:"until"` // when it ends by itself, zero for never
	By    string     `json:"by"`
	At    time.Time  `json:"at"`
	HTML  string     `json:"html,omitempty"` // safe, in a paragraph; the store has none
}

// BannerChanged goes to everyone when there is another announcement, or none.
type BannerChanged struct{ Banner Banner }

var (
	errBanner     = fault.Field("text", "INVALID_ANNOUNCEMENT", "An announcement is one line of 1 to 300 characters.")
	errBannerKind = fault.Field("kind", "INVALID_KIND", "The kind must be info or warning.")
)

// Banner returns the announcement that stands now, and whether the actor has put it away.
func (s *Service) Banner(ctx context.Context, actor accounts.User) (b Banner, away bool, err error) {
	b, err = s.banner.Get(ctx)
	if err != nil || b.ID == "" || b.over(s.now()) {
		return Banner{}, false, err
	}
	b.HTML = s.bannerLine(b.Text)
	return b, accounts.Preference[string](actor, bannerPreference) == b.ID, nil
}

// bannerText is what was rendered last: every page shows it.
type bannerText struct{ text, html string }

func (s *Service) bannerLine(text string) string {
	if kept := s.bannerShown.Load(); kept != nil && kept.text == text {
		return kept.html
	}
	html := s.renderLine(text)
	s.bannerShown.Store(&bannerText{text, html})
	return html
}

func (b Banner) over(now time.Time) bool { return !b.Until.IsZero() && !b.Until.After(now) }

// SetBanner shows an announcement to everyone, until a time at most MaxAhead away, which is zero for no end. With the same text and kind as the one
// that stands it is the same one: who has put that away does not see it again.
func (s *Service) SetBanner(ctx context.Context, admin accounts.User, text string, kind BannerKind, until time.Time) (Banner, error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return Banner{}, err
	}
	text, now := strings.TrimSpace(text), s.now()
	switch n := utf8.RuneCountInString(text); {
	case n == 0 || n > MaxBanner || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return Banner{}, errBanner
	case !kind.Valid():
		return Banner{}, errBannerKind
	}
	if !until.IsZero() {
		if err := s.checkTime(until); err != nil {
			return Banner{}, err
		}
	}
	made := Banner{ID: id.New(now), Text: text, Kind: kind, Until: until, By: admin.ID, At: now}
	b, err := s.banner.Change(context.WithoutCancel(ctx), func(before Banner) (Banner, error) {
		if before.ID != "" && before.Text == text && before.Kind == kind {
			before.Until = until
			return before, nil
		}
		return made, nil
	})
	if err != nil {
		return Banner{}, err
	}
	details := map[string]string{"text": text, "kind": string(kind)}
	if !until.IsZero() {
		details["until"] = until.UTC().Format(time.RFC3339)
	}
	s.bannerChanged(ctx, admin, accounts.ActionBannerSet, details, &b)
	return b, nil
}

// RemoveBanner takes the announcement down. Where there is none nothing happens.
func (s *Service) RemoveBanner(ctx context.Context, admin accounts.User) error {
	if err := accounts.RequireAdmin(admin); err != nil {
		return err
	}
	var former Banner
	_, err := s.banner.Change(context.WithoutCancel(ctx), func(before Banner) (Banner, error) {
		former = before
		return Banner{}, nil
	})
	if err != nil || former.ID == "" {
		return err
	}
	s.bannerChanged(ctx, admin, accounts.ActionBannerRemoved, map[string]string{"text": former.Text}, &Banner{})
	return nil
}

func (s *Service) bannerChanged(ctx context.Context, admin accounts.User, action accounts.Action, details map[string]string, b *Banner) {
	if b.ID != "" {
		b.HTML = s.bannerLine(b.Text)
	}
	s.events.Publish(workspaceTopic, BannerChanged{*b})
	s.record(ctx, accounts.Event{Action: action, ActorID: admin.ID, Details: details})
}

// PutBannerAway hides an announcement from the actor, on all their devices, until there is another one.
func (s *Service) PutBannerAway(ctx context.Context, actor accounts.User, bannerID string) error {
	b, away, err := s.Banner(ctx, actor)
	if err != nil || away || b.ID != bannerID {
		return err
	}
	return s.prefer(ctx, actor, func(u accounts.User) (string, error) { return u.WithPreference(bannerPreference, b.ID), nil })
}
