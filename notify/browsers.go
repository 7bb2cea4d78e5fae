package notify

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

const (
	maxEndpoint = 1024 // bytes
	authLength  = 16
)

// PublicKey is the key of this server that browsers ask for, base64url.
func (s *Service) PublicKey() string { return s.keys.public }

var errBrowser = fault.Field("endpoint", "INVALID_SUBSCRIPTION", "This is not what a browser gives for its notifications.")

// Subscribe lets a browser be told when its person is away, for as long as the session lives. Again for the same browser it
// changes whose it is. Of more than MaxBrowsers the oldest go.
func (s *Service) Subscribe(ctx context.Context, session accounts.Session, endpoint, key, auth string) (Browser, error) {
	at, err := url.Parse(endpoint)
	if err != nil || at.Scheme != "https" || at.Hostname() == "" || at.User != nil || at.Opaque != "" || len(endpoint) > maxEndpoint {
		return Browser{}, errBrowser
	}
	point, err := decode64(key)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	secret, err2 := decode64(auth)
	if err != nil || err2 != nil || len(secret) != authLength {
		return Browser{}, errBrowser
	}
	sum := sha256.Sum256([]byte(endpoint))
	b := Browser{
		ID: hex.EncodeToString(sum[:16]), UserID: session.UserID, SessionID: session.ID, Endpoint: endpoint, Key: text64(point), Auth: text64(secret),
		UserAgent: session.UserAgent, CreatedAt: s.Now(),
	}
	return b, s.Store.PutBrowser(context.WithoutCancel(ctx), b, MaxBrowsers)
}

func decode64(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

// Browsers lists a person's browsers, the newest first. Those whose session has ended are dropped.
func (s *Service) Browsers(ctx context.Context, userID string) ([]Browser, error) {
	all, err := s.Store.Browsers(ctx, []string{userID})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	live, err := s.sessionsOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	var dead []string
	all = slices.DeleteFunc(all, func(b Browser) bool {
		if !live[b.SessionID] {
			dead = append(dead, b.ID)
		}
		return !live[b.SessionID]
	})
	if len(dead) > 0 {
		err = s.Store.DeleteBrowsers(ctx, userID, dead)
	}
	return all, err
}

// browser returns a person's browser, and false where it or its session has ended.
func (s *Service) browser(ctx context.Context, userID, browserID string) (b Browser, live bool, err error) {
	all, err := s.Browsers(ctx, userID)
	at := slices.IndexFunc(all, func(b Browser) bool { return b.ID == browserID })
	if err != nil || at < 0 {
		return Browser{}, false, err
	}
	return all[at], true, nil
}

func (s *Service) sessionsOf(ctx context.Context, userID string) (map[string]bool, error) {
	sessions, err := s.Sessions(ctx, userID)
	live := make(map[string]bool, len(sessions))
	for _, one := range sessions {
		live[one.ID] = true
	}
	return live, err
}

// Unsubscribe ends what a person's browser is told.
func (s *Service) Unsubscribe(ctx context.Context, userID, browserID string) error {
	if _, err := s.Store.Browser(ctx, userID, browserID); err != nil {
		return err
	}
	return s.Store.DeleteBrowsers(context.WithoutCancel(ctx), userID, []string{browserID})
}

// SessionMoved lets the browsers of a session go on under the one that takes its place.
func (s *Service) SessionMoved(ctx context.Context, userID, from, to string) {
	if err := s.Store.MoveBrowsers(context.WithoutCancel(ctx), userID, from, to); err != nil {
		s.Failed("keep telling a browser", err)
	}
}
