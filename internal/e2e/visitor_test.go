package e2e

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

const (
	wide, high           = 1440, 900
	phoneWide, phoneHigh = 390, 844
)

// browse opens a profile in which the person is signed in.
func (p *person) browse(width, height int64) context.Context {
	p.t.Helper()
	ctx := browser(p.t, width, height)
	do(p.t, ctx, p.cookie())
	return ctx
}

// bothWays visits as a person with scripts, then without.
func bothWays(t *testing.T, p *person, visit func(t *testing.T, ctx context.Context)) {
	t.Run("scripts on", func(t *testing.T) { visit(t, p.browse(wide, high)) })
	t.Run("scripts off", func(t *testing.T) {
		ctx := p.browse(wide, high)
		do(t, ctx, scriptsOff())
		visit(t, ctx)
	})
}

func (p *person) cookie() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		home, err := url.Parse(p.server.url)
		if err != nil {
			return chromedp.Void{}, err
		}
		for _, c := range p.client.Jar.Cookies(home) {
			cookie := network.SetCookieParams{Name: c.Name, Value: c.Value, URL: p.server.url}
			if _, err := cdp.Call(ctx, target, network.SetCookie, cookie); err != nil {
				return chromedp.Void{}, err
			}
		}
		return chromedp.Void{}, nil
	}
}

// create makes a channel over the API, with members.
func (p *person) create(name, kind string, members ...*person) string {
	p.t.Helper()
	var answer struct{ Channel struct{ ID string } }
	p.must("POST", "/api/chat/channels", map[string]string{"name": name, "type": kind}, &answer)
	for _, m := range members {
		p.must("POST", "/api/chat/channels/"+answer.Channel.ID+"/members", map[string]string{"user_id": m.id}, nil)
	}
	return answer.Channel.ID
}

func (p *person) say(channelID, text string) message {
	p.t.Helper()
	var answer struct{ Message message }
	p.must("POST", "/api/chat/channels/"+channelID+"/messages/send", map[string]string{"content": text}, &answer)
	return answer.Message
}

// click clicks what only shows under the pointer.
func click(selector string) step {
	return waitFor(fmt.Sprintf(`(e => { e?.click(); return Boolean(e) })(document.querySelector(%q))`, selector))
}

func row(channelID string) string { return fmt.Sprintf(`[data-channel-row=%q]`, channelID) }

// counts waits until the badge of a channel in the sidebar says n, 0 for no badge.
func counts(channelID string, n int) step {
	return waitFor(fmt.Sprintf(`(e => e && (%d ? !e.querySelector('.n').hidden && e.querySelector('[data-count]').textContent === '%d' : e.querySelector('.n').hidden))(document.querySelector(%q))`,
		n, n, row(channelID)))
}

func gone(selector string) step {
	return waitFor(fmt.Sprintf(`!document.querySelector(%q)`, selector))
}

func present(selector string) step {
	return waitFor(fmt.Sprintf(`Boolean(document.querySelector(%q))`, selector))
}

// at waits until the page is this one and its scripts have run.
func at(path string) step {
	return waitFor(fmt.Sprintf(`location.pathname === %q && document.readyState === 'complete'`, path))
}

// media sets what the system prefers.
func media(name, value string) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}}
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, params)
		return chromedp.Void{}, err
	}
}

// inZone puts the browser into a time zone.
func inZone(name string) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
		return chromedp.Void{}, err
	}
}

func status(t *testing.T, ctx context.Context, url string) int64 {
	t.Helper()
	answer, err := chromedp.Run(ctx, chromedp.NavigateResponse(url))
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status
}
