// Package brand is how a workspace shows itself: its name, its sign and its colour.
package brand

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
)

// MaxName is the length of a workspace's name, in characters.
const MaxName = 40

// DefaultName is the name of a workspace that has none of its own.
const DefaultName = "Pegasus"

// Setting is the name of the setting that the look is kept in.
const Setting = "brand"

// Brand is what admins chose. The zero Brand is the look that everything comes with.
type Brand struct {
	Own    string `json:"name"`   // the workspace's own name, "" for none
	Logo   string `json:"logo"`   // the key of its sign, "" for none
	Accent string `json:"accent"` // the colour as it was chosen, such as #3148d4, "" for none
}

// Name is what the workspace is called.
func (b Brand) Name() string { return cmp.Or(b.Own, DefaultName) }

// LogoIn returns the key of the sign that a setting names as a store keeps it, "" for none.
func LogoIn(setting string) (key string) {
	var b Brand
	if err := json.Unmarshal([]byte(setting), &b); err != nil {
		return ""
	}
	return b.Logo
}

// Letter stands in the place of a sign.
func (b Brand) Letter() string {
	first, _ := utf8.DecodeRuneInString(b.Name())
	return strings.ToUpper(string(first))
}

// Pictures keeps signs.
type Pictures interface {
	// PutLogo checks a picture, brings it into a square and stores it.
	PutLogo(ctx context.Context, picture io.Reader) (key string, err error)
	// Remove deletes a picture. One that is gone is no error.
	Remove(ctx context.Context, key string) error
}

// Options are the parts that a Service is made of.
type Options struct {
	Store    accounts.SettingStore
	Pictures Pictures
	Now      func() time.Time
	Record   func(context.Context, accounts.Event)              // writes to the audit log
	Failed   func(ctx context.Context, doing string, err error) // is told what went wrong without stopping anything
}

// Service keeps the look of a workspace. It is safe for concurrent use.
type Service struct {
	Options
	setting *accounts.Setting[Brand]
}

// NewService returns a Service. Every part of o must be set.
func NewService(o Options) *Service {
	return &Service{Options: o, setting: accounts.NewSetting[Brand](o.Store, Setting, o.Now)}
}

var (
	errName   = fault.Field("name", "INVALID_NAME", "A name is one line of at most 40 characters.")
	errAccent = fault.Field("accent", "INVALID_COLOUR", "Write a colour as six hex digits, such as #3148d4.")
)

// Brand returns the look that holds now.
func (s *Service) Brand(ctx context.Context) (Brand, error) { return s.setting.Get(ctx) }

// Forget has the look read from the store again: another server may have changed it.
func (s *Service) Forget() { s.setting.Forget() }

// Change is what an admin changes of the look; nil leaves a part as it is, and an empty one is the default.
type Change struct {
	Name, Accent *string
	Logo         io.Reader // a new sign
	NoLogo       bool      // without one
}

// Change changes the look for everyone.
func (s *Service) Change(ctx context.Context, admin accounts.User, c Change) (Brand, error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return Brand{}, err
	}
	if c.Name != nil {
		name := strings.TrimSpace(*c.Name)
		if utf8.RuneCountInString(name) > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
			return Brand{}, errName
		}
		c.Name = &name
	}
	if c.Accent != nil {
		accent := strings.TrimSpace(*c.Accent)
		if accent != "" {
			chosen, ok := parse(accent)
			if !ok {
				return Brand{}, errAccent
			}
			accent = chosen.String()
		}
		c.Accent = &accent
	}
	logo := ""
	if c.Logo != nil {
		var err error
		if logo, err = s.Pictures.PutLogo(ctx, c.Logo); err != nil {
			return Brand{}, err
		}
	}
	return s.change(context.WithoutCancel(ctx), admin, c, logo)
}

// Reset returns to the look that everything comes with.
func (s *Service) Reset(ctx context.Context, admin accounts.User) (Brand, error) {
	return s.Change(ctx, admin, Change{Name: new(""), Accent: new(""), NoLogo: true})
}

func (s *Service) change(ctx context.Context, admin accounts.User, c Change, logo string) (Brand, error) {
	var before Brand
	b, err := s.setting.Change(ctx, func(held Brand) (Brand, error) {
		before = held
		if c.Name != nil {
			held.Own = *c.Name
		}
		if c.Accent != nil {
			held.Accent = *c.Accent
		}
		if c.Logo != nil || c.NoLogo {
			held.Logo = logo
		}
		return held, nil
	})
	unused := before.Logo
	if err != nil {
		unused = logo
	}
	if unused != "" && (err != nil || unused != b.Logo) {
		if err := s.Pictures.Remove(ctx, unused); err != nil {
			s.Failed(ctx, "remove a picture", err) // a file too many harms nobody
		}
	}
	if err != nil || b == before {
		return b, err
	}
	details := map[string]string{"name": b.Name(), "accent": cmp.Or(b.Accent, "default")}
	if b.Logo != before.Logo {
		details["logo"] = "changed"
	}
	s.Record(ctx, accounts.Event{Action: accounts.ActionBrandChanged, ActorID: admin.ID, Details: details})
	return b, nil
}

// LogoPath is where a sign is served.
func LogoPath(key string) string { return "/brand/logo/" + key }
