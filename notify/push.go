package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/queue"
)

const (
	pushLife   = 24 * time.Hour // for which a browser that is off may still be told
	recordSize = 3072           // bytes of what is pushed, always: its length tells nothing. Every maker takes as much.
)

// toPush names a message, or an answer of the workbench, and a browser that is told of it.
type toPush struct {
	BrowserID  string `json:"browser_id"`
	MessageID  string `json:"message_id,omitempty"`
	ExchangeID string `json:"exchange_id,omitempty"`
}

// enqueue leaves a job for a browser, one for each thing that it is told.
func (s *Service) enqueue(ctx context.Context, p toPush, userID, thing string) error {
	now := s.Now()
	_, _, err := s.Jobs.AddJob(ctx, queue.Job{
		ID: id.New(now), Kind: jobPush, Owner: userID, Key: thing + " " + p.BrowserID, State: queue.Waiting, Due: now, NextTry: now, CreatedAt: now,
		Body: encode(p),
	})
	return err
}

// Pushed is what a browser is told, as its service worker reads it.
type Pushed struct {
	Title     string `json:"title"`
	Body      string `json:"body"`
	URL       string `json:"url"`           // where a click leads
	Why       string `json:"why,omitempty"` // the page that says why one is told
	ChannelID string `json:"channelId"`     // notifications of one conversation, or plugin, take each other's place
	MessageID string `json:"messageId"`     // or the answer's id
	Sound     bool   `json:"sound,omitempty"`
}

// push tells one browser of one message, unless its person has read it, may not see it any more or wants silence now.
func (s *Service) push(ctx context.Context, j queue.Job) queue.Job {
	var p toPush
	if json.Unmarshal([]byte(j.Body), &p) != nil {
		return ended(j)
	}
	if p.ExchangeID != "" {
		return s.pushAnswer(ctx, j, p)
	}
	b, live, err := s.browser(ctx, j.Owner, p.BrowserID)
	if err != nil || !live {
		return s.unless(j, err)
	}
	m, found, err := s.unseen(ctx, j.Owner, p.MessageID)
	if err != nil || !found {
		return s.unless(j, err)
	}
	wants, err := s.Chat.Preferences(ctx, m.user)
	if err != nil || wants.Silent(s.Now()) {
		return s.unless(j, err)
	}
	news := Pushed{
		Title: chat.NoticeTitle(m.author, m.channel), Body: chat.Excerpt(m.message.Content), URL: s.Link(m.channel.ID, m.message.ID),
		Why: whyPath(m.channel.ID, m.message.ID), ChannelID: m.channel.ID, MessageID: m.message.ID, Sound: wants.Sound,
	}
	if wants.HideContent {
		news.Body = ""
	}
	return s.hand(ctx, j, b, news)
}

// hand delivers what a job has for a browser.
func (s *Service) hand(ctx context.Context, j queue.Job, b Browser, news Pushed) queue.Job {
	wait, err := s.deliver(ctx, b, news)
	if err != nil && !errors.Is(err, errGone) {
		return s.again(j, err, wait)
	}
	return ended(j)
}

// unless ends a job, or lets it wait where an error is what kept it.
func (s *Service) unless(j queue.Job, err error) queue.Job {
	if err != nil {
		return s.again(j, err, 0)
	}
	return ended(j)
}

// errGone says that a browser was removed because its maker's server does not know it any more.
var errGone = errors.New("the browser is gone")

// deliver hands what a browser is told to its maker's server. On failure it returns how long that server wants to be left alone.
func (s *Service) deliver(ctx context.Context, b Browser, news Pushed) (wait time.Duration, err error) {
	text, err := json.Marshal(news)
	if err != nil {
		return 0, err
	}
	answer, err := webpush.SendNotificationWithContext(ctx, text, &webpush.Subscription{
		Endpoint: b.Endpoint, Keys: webpush.Keys{Auth: b.Auth, P256dh: b.Key},
	}, &webpush.Options{
		HTTPClient: s.Client, RecordSize: recordSize, Subscriber: s.subscriber(), Topic: topicOf(news), TTL: int(pushLife.Seconds()),
		Urgency: webpush.UrgencyHigh, VAPIDPublicKey: s.keys.public, VAPIDPrivateKey: s.keys.private,
	})
	if err != nil {
		var about *url.Error
		if errors.As(err, &about) {
			err = about.Err // without the address, which is a secret
		}
		return 0, fmt.Errorf("a browser's server was not reached: %w", err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 200))
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return 0, s.Store.TouchBrowser(ctx, b.ID, s.Now())
	case code == http.StatusNotFound || code == http.StatusGone || code == http.StatusUnauthorized || code == http.StatusForbidden:
		// It was revoked, or belongs to keys that are not ours any more.
		return 0, errors.Join(s.Store.DeleteBrowsers(ctx, b.UserID, []string{b.ID}), errGone)
	case code == http.StatusTooManyRequests || code >= 500:
		return retryAfter(answer.Header, s.Now()), fmt.Errorf("a browser's server answered %d", code)
	default:
		return maxAge, fmt.Errorf("a browser's server refused what was pushed: %d %s", code, bytes.ToValidUTF8(said, nil))
	}
}

// subscriber is whom the makers of browsers may ask about what we push.
func (s *Service) subscriber() string {
	if s.secure() {
		return s.URL
	}
	home, _ := url.Parse(s.URL)
	return "pegasus@" + home.Hostname()
}

// topicOf lets a later push of a conversation take the place of one that still waits for the browser.
func topicOf(news Pushed) string { return news.ChannelID }

// retryAfter reads for how long a server wants to be left alone: seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 && seconds < int(pushLife.Seconds()) {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// Test tells one of a person's browsers something at once. What went wrong is the error, for that person to read.
func (s *Service) Test(ctx context.Context, userID, browserID string) error {
	b, live, err := s.browser(ctx, userID, browserID)
	if err == nil && !live {
		err = ErrNoBrowser
	}
	if err != nil {
		return err
	}
	_, err = s.deliver(ctx, b, Pushed{
		Title: "Notifications work", Body: "This is how you are told in this browser when you are away.", URL: "/profile/notifications", ChannelID: "test",
	})
	if errors.Is(err, errGone) {
		return ErrNoBrowser
	}
	if err != nil {
		return fault.Away("NOT_PUSHED", "The test was not sent: "+err.Error(), err)
	}
	return nil
}
