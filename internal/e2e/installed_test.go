package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// controlled opens a page and waits until the service worker stands before it, which it does from the second page on.
func controlled(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	do(t, ctx, before(installable), open(url), waitFor(`navigator.serviceWorker.ready.then((r) => r.active.state === "activated")`),
		open(url), waitFor(`navigator.serviceWorker.controller !== null`))
}

func TestWithoutALineAPageSaysSoAndGoesOnByItself(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ada := p.browse(wide, high)
	controlled(t, ada, s.url+"/users")
	// Beside the parts of pages the worker keeps nothing.
	do(t, ada, waitFor(`(async () => {
		const paths = [];
		for (const name of await caches.keys()) for (const r of await (await caches.open(name)).keys()) paths.push(new URL(r.url).pathname);
		return paths.length > 5 && paths.every((path) => path === "/offline" || path.startsWith("/static/"));
	})()`))
	s.signal(syscall.SIGKILL)
	do(t, ada, open(s.url+"/unreads"), seen("[data-offline]"))
	screenshot(t, ada, "offline")
	s.run(t)
	do(t, ada, waitFor(`!document.querySelector("[data-offline]") && location.pathname === "/unreads"`))
	do(t, ada, waitFor(`fetch("/manifest.webmanifest").then((r) => r.json()).then((m) => m.icons.length === 4 && m.start_url === "/chat")`))
}

func TestAMessageWrittenWithoutALineWaitsAndGoesOutOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ada := p.browse(wide, high)
	do(t, ada, open(s.url+"/chat/"+general), seen("#composer textarea"))
	other := tab(t, ada, wide, high)
	do(t, other, open(s.url+"/chat/"+general), seen("#composer textarea"))
	s.signal(syscall.SIGKILL)
	const waiting = `document.querySelectorAll(".item.pending:not(.failed)").length === %d`
	for i, text := range []string{"first without a line", "second without a line", "never mind"} {
		do(t, ada, keys("#composer textarea", text), press("#composer button.send"), waitFor(fmt.Sprintf(waiting, i+1)))
	}
	do(t, other, waitFor(fmt.Sprintf(waiting, 3)))
	do(t, ada, waitFor(`[...document.querySelectorAll(".item.pending .state")].every((state) => state.textContent.includes("Not sent yet"))`))
	screenshot(t, ada, "unsent")
	do(t, ada, waitFor(`(() => { [...document.querySelectorAll(".item.pending")].at(-1).querySelector(".state button:last-child").click(); return true; })()`),
		waitFor(fmt.Sprintf(waiting, 2)), waitFor(`document.querySelector("#composer textarea").value === "never mind"`))
	do(t, other, waitFor(fmt.Sprintf(waiting, 2)))
	s.run(t)
	for _, ctx := range []context.Context{ada, other} {
		do(t, ctx, waitFor(fmt.Sprintf(waiting, 0)), shows("first without a line"), shows("second without a line"))
	}
	var texts []string
	for _, m := range p.history(general) {
		texts = append(texts, m.Content)
	}
	if got := strings.Join(texts, ", "); got != "first without a line, second without a line" {
		t.Errorf("sent were %q", got)
	}
	if left := get(t, ada, chromedp.Evaluate[int](`Object.keys(localStorage).filter((key) => key.startsWith("unsent:")).length`)); left != 0 {
		t.Errorf("%d outboxes are kept after all is sent", left)
	}
}

func TestAPushedMessageIsShownOnceForItsConversationAndClosedWhereItIsRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	w := &workers{}
	root := p.browse(wide, high)
	ada := tab(t, root, wide, high, chromedp.WithListener(w.see))
	do(t, ada, allowNotifications(s.url), func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, serviceworker.Enable, cdp.Empty{})
		return chromedp.Void{}, err
	})
	controlled(t, ada, s.url+"/users")
	news := func(text, messageID string) map[string]string {
		return map[string]string{"title": "Jon in general", "body": text, "url": "/chat/" + general, "channelId": general, "messageId": messageID, "why": "/profile"}
	}
	shown := func(texts string) step {
		return waitFor(`navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => n.body).join() === ` + fmt.Sprintf("%q", texts) + `)`)
	}
	do(t, root, open("about:blank"))
	for i, text := range []string{"first", "second", "second"} {
		do(t, ada, open("about:blank"), w.push(s.url, news(text, fmt.Sprint(min(i, 1)))), open(s.url+"/users"), shown(text))
	}
	// In front of an open page nobody is told twice.
	do(t, ada, w.push(s.url, news("third", "3")), shown("second"))
	do(t, ada, waitFor(`(localStorage.setItem("push", document.body.dataset.me), true)`), open(s.url+"/chat/"+general), seen("#composer"), shown(""))
}

func TestTheSettingsOfferWhatTheBrowserCanDo(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ada := p.browse(wide, high)
	do(t, ada, before(installable), open(s.url+"/profile/notifications"), seen(`button[data-push="on"]`))
}

// allowNotifications answers for the person whom the browser would ask.
func allowNotifications(origin string) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		about, err := cdp.Call(ctx, target, cdptarget.GetTargetInfo, cdptarget.GetTargetInfoParams{})
		if err != nil {
			return chromedp.Void{}, err
		}
		_, err = cdp.Call(ctx, target, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: "notifications"}, Setting: cdpbrowser.PermissionSettingGranted, Origin: origin,
			BrowserContextID: about.TargetInfo.BrowserContextID,
		})
		return chromedp.Void{}, err
	}
}

// workers remembers the service workers of a browser.
type workers struct {
	mu sync.Mutex
	id serviceworker.RegistrationID
}

func (w *workers) see(event any) {
	if e, is := event.(*serviceworker.EventWorkerRegistrationUpdated); is && len(e.Registrations) > 0 {
		w.mu.Lock()
		w.id = e.Registrations[0].RegistrationID
		w.mu.Unlock()
	}
}

// push hands the worker of a page what the server of a browser's maker would.
func (w *workers) push(origin string, news any) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		text, err := json.Marshal(news)
		if err != nil {
			return chromedp.Void{}, err
		}
		for w.registration() == "" && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		_, err = cdp.Call(ctx, target, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: origin, RegistrationID: w.registration(), Data: string(text)})
		return chromedp.Void{}, err
	}
}

func (w *workers) registration() serviceworker.RegistrationID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id
}
