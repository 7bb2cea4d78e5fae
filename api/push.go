package api

import (
	"context"

	"pegasus/accounts"
	"pegasus/notify"
	"pegasus/web"
)

// toldBrowser is one that shows what one is told also when no page is open in it.
type toldBrowser struct {
	ID        string  `json:"id"`
	Browser   string  `json:"browser" example:"Firefox on Linux"`
	Current   bool    `json:"current" doc:"Whether it belongs to the session of the request"`
	CreatedAt string  `json:"created_at" format:"date-time"`
	UsedAt    *string `json:"used_at" format:"date-time" doc:"When it was told something last; null for never"`
}

type browserList struct {
	PublicKey string        `json:"public_key" doc:"What browsers call applicationServerKey, base64url"`
	Browsers  []toldBrowser `json:"browsers" nullable:"false" doc:"The newest first"`
}

func newBrowser(b notify.Browser, here accounts.Session) toldBrowser {
	out := toldBrowser{ID: b.ID, Browser: accounts.DeviceName(b.UserAgent), Current: b.SessionID == here.ID, CreatedAt: web.Time(b.CreatedAt)}
	if !b.UsedAt.IsZero() {
		at := web.Time(b.UsedAt)
		out.UsedAt = &at
	}
	return out
}

func (d *door) listBrowsers(ctx context.Context, _ *none) (*reply[browserList], error) {
	u, here := by(ctx)
	found, err := d.Notify.Browsers(ctx, u.ID)
	out := browserList{PublicKey: d.Notify.PublicKey(), Browsers: make([]toldBrowser, len(found))}
	for i, b := range found {
		out.Browsers[i] = newBrowser(b, here)
	}
	return &reply[browserList]{Body: out}, err
}

type subscribeRequest struct {
	Body struct {
		Endpoint string `json:"endpoint" doc:"An https address of at most 1024 bytes"`
		Keys     struct {
			P256dh string `json:"p256dh" doc:"The browser's public key, base64url"`
			Auth   string `json:"auth" doc:"16 bytes, base64url"`
		} `json:"keys"`
	}
}

type browserReply struct {
	Browser toldBrowser `json:"browser"`
}

func (d *door) subscribe(ctx context.Context, in *subscribeRequest) (*reply[browserReply], error) {
	_, here := by(ctx)
	b, err := d.Notify.Subscribe(ctx, here, in.Body.Endpoint, in.Body.Keys.P256dh, in.Body.Keys.Auth)
	return &reply[browserReply]{Body: browserReply{newBrowser(b, here)}}, err
}

// BrowserPath names a browser.
type BrowserPath struct {
	ID string `path:"id" doc:"The browser's id"`
}

func (d *door) unsubscribe(ctx context.Context, in *BrowserPath) (*reply[notice], error) {
	if err := d.Notify.Unsubscribe(ctx, me(ctx).ID, in.ID); err != nil {
		return nil, err
	}
	return ok(notice{Message: "This browser is not told anything any more"})
}

func (d *door) testBrowser(ctx context.Context, in *BrowserPath) (*reply[notice], error) {
	if err := d.Notify.Test(ctx, me(ctx).ID, in.ID); err != nil {
		return nil, err
	}
	return ok(notice{Message: "The test is on its way"})
}
