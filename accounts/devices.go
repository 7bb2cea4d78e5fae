package accounts

import (
	"context"
	"errors"
	"strings"
	"time"

	"pegasus/fault"
)

// DeviceLife is how long a device stays known after it was signed in on. It is renewed once a month.
const (
	DeviceLife  = 400 * 24 * time.Hour // as long as browsers keep a cookie
	deviceRenew = 30 * 24 * time.Hour
)

// deviceHash names the ticket of a person on a device: several may share one.
func deviceHash(u User, token string) string { return HashSecret(u.ID + " " + token) }

// TrustDevice returns the token of a cookie that stands in for the second factor for 30 days.
func (s *Service) TrustDevice(ctx context.Context, u User) (token string, err error) {
	token, err = s.trust(ctx, u, s.now().Add(TrustedLife))
	if err != nil {
		return "", err
	}
	s.record(ctx, Event{Action: ActionDeviceTrusted, ActorID: u.ID, UserID: u.ID})
	return token, nil
}

func (s *Service) trust(ctx context.Context, u User, until time.Time) (token string, err error) {
	token = NewSecret()
	return token, s.store.CreateTicket(ctx, Ticket{
		Purpose: PurposeTrusted, Hash: deviceHash(u, token), UserID: u.ID, CreatedAt: s.now(), ExpiresAt: until,
	})
}

// Trusted reports whether a token stands in for a person's second factor, and returns the one that takes its place: each
// is good once. The 30 days count from the code.
func (s *Service) Trusted(ctx context.Context, u User, token string) (next string, ok bool, err error) {
	if token == "" {
		return "", false, nil
	}
	ticket, err := s.store.TakeTicket(ctx, PurposeTrusted, deviceHash(u, token), s.now())
	if fault.Is(err, fault.NotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	next, err = s.trust(ctx, u, ticket.ExpiresAt)
	return next, err == nil, err
}

// KnownDevice reports whether a person was signed in on a device before, and notes that they are now. It returns the token to
// keep there from now on, "" where the present one is good.
func (s *Service) KnownDevice(ctx context.Context, u User, token string) (next string, known bool, err error) {
	now := s.now()
	if len(token) < 32 { // none, or none of ours
		next = NewSecret()
		return next, false, s.keepDevice(ctx, u, next)
	}
	ticket, err := s.store.Ticket(ctx, PurposeDevice, deviceHash(u, token), now)
	if fault.Is(err, fault.NotFound) {
		return token, false, s.keepDevice(ctx, u, token) // a device of somebody else, who stays known on it
	}
	if err != nil || now.Sub(ticket.CreatedAt) < deviceRenew {
		return "", err == nil, err
	}
	_, err = s.store.TakeTicket(ctx, PurposeDevice, ticket.Hash, now)
	if err == nil || fault.Is(err, fault.NotFound) {
		err = s.keepDevice(ctx, u, token)
	}
	return token, err == nil, err
}

func (s *Service) keepDevice(ctx context.Context, u User, token string) error {
	now := s.now()
	err := s.store.CreateTicket(ctx, Ticket{
		Purpose: PurposeDevice, Hash: deviceHash(u, token), UserID: u.ID, CreatedAt: now, ExpiresAt: now.Add(DeviceLife),
	})
	if errors.Is(err, ErrTicketExists) {
		return nil // by a sign-in at the same moment, or past its end: then the next sign-in finds it gone
	}
	return err
}

// DeviceName returns what a person calls a device by its user agent, such as "Firefox on Linux".
func DeviceName(userAgent string) string {
	browser, system := named(userAgent, browsers), named(userAgent, systems)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	}
	return "Unknown device"
}

// A token in a user agent, and what has it. The first match counts: nearly all browsers say that they are the others too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"}, {"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"}, {"CriOS/", "Chrome"}, {"Electron/", "Desktop app"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
		{"curl/", "curl"}, {"python", "Python"}, {"Go-http-client", "Go program"}, {"node", "Node.js"}, {"okhttp", "Android app"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

func named(userAgent string, names [][2]string) string {
	for _, n := range names {
		if strings.Contains(userAgent, n[0]) {
			return n[1]
		}
	}
	return ""
}
