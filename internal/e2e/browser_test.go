package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// chromium is one Chromium for all tests; each person has a profile of their own in it. Without Chromium the tests are
// skipped on a laptop and fail on CI.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	atEnd = append(atEnd, stop)
	ctx, stop = chromedp.NewContext(ctx)
	atEnd = append(atEnd, stop)
	return ctx, chromedp.Do(ctx)
})

// browser returns a new profile with one tab.
func browser(t *testing.T, width, height int64) context.Context {
	t.Helper()
	root, err := chromium()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skip("SKIPPED: Chromium is missing")
	}
	if err != nil {
		t.Fatal(err)
	}
	return tab(t, root, width, height, chromedp.WithNewBrowserContext())
}

// tab opens another tab beside the one of ctx, in the same profile.
func tab(t *testing.T, ctx context.Context, width, height int64, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	w := &watcher{}
	ctx, stop := chromedp.NewContext(ctx, append(options, chromedp.WithNewWindow(true), chromedp.WithListener(w.see))...)
	t.Cleanup(stop)
	t.Cleanup(func() { w.report(t) })
	ctx, stop = context.WithTimeout(ctx, 12*time.Minute)
	t.Cleanup(stop)
	do(t, ctx, chromedp.EmulateViewport(width, height), inFront(), before(noWorker))
	return ctx
}

// noWorker leaves out the service worker, which would fetch all parts of the pages for each new profile, but where a test
// says installable.
const (
	noWorker = `if (navigator.serviceWorker) navigator.serviceWorker.register = function (...all) {
		return window.installable ? ServiceWorkerContainer.prototype.register.apply(this, all) : new Promise(() => {});
	};`
	installable = `window.installable = true`
)

// inFront makes a tab believe that somebody looks at it, as each of several people does.
func inFront() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return chromedp.Void{}, err
	}
}

// step is something that happens in the browser.
type step = chromedp.Action[chromedp.Void]

// patience is how long one step may take: what never comes is told with the page that stood there.
const patience = 40 * time.Second

func do(t *testing.T, ctx context.Context, steps ...step) {
	t.Helper()
	for _, s := range steps {
		if err := chromedp.Do(ctx, bounded(s)); err != nil {
			at, _ := chromedp.Run(ctx, bounded(chromedp.Location()))
			text, _ := chromedp.Run(ctx, bounded(chromedp.Text(chromedp.CSS("body"))))
			t.Fatalf("%v\nat %s:\n%.1500s", err, at, text)
		}
	}
}

func bounded[T any](a chromedp.Action[T]) chromedp.Action[T] {
	return func(ctx context.Context, target *chromedp.Target) (T, error) {
		ctx, stop := context.WithTimeout(ctx, patience)
		defer stop()
		return a(ctx, target)
	}
}

func get[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, bounded(a))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func scriptsOff() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	}
}

func open(url string) step { return chromedp.Navigate(url) }

func seen(selector chromedp.CSS) step { return steady(chromedp.WaitVisible(selector)) }

func press(selector chromedp.CSS) step { return steady(chromedp.Click(selector)) }

// submitted presses what leads to another page and waits for that page, which may look as this one does.
func submitted(selector chromedp.CSS) step {
	return func(ctx context.Context, target *chromedp.Target) (done chromedp.Void, err error) {
		for _, s := range []step{waitFor(`document.documentElement.dataset.old = 'yes'`), press(selector),
			waitFor(`document.readyState === 'complete' && !document.documentElement.dataset.old`)} {
			if done, err = s(ctx, target); err != nil {
				break
			}
		}
		return done, err
	}
}

func fill(selector chromedp.CSS, text string) step { return steady(chromedp.SetValue(selector, text)) }

func keys(selector chromedp.CSS, text string) step { return chromedp.SendKeys(selector, text) }

// steady looks for an element again where the page went, or the element did, between finding and using it.
func steady(s step) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		for {
			done, err := s(ctx, target)
			if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "node with given id") {
				return done, err
			}
		}
	}
}

// enter presses the Enter key where the focus is.
func enter() step { return heldEnter(0) }

func shiftEnter() step { return heldEnter(8) }

// heldEnter presses Enter with keys that are held, by the protocol's numbers. The library's own keys add a second character
// event, which a page that has taken the key down cannot refuse.
func heldEnter(held int64) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, Modifiers: held}
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, key)
		return chromedp.Void{}, err
	}
}

// waitFor waits until a script's expression, or what it promises, is true, over changes of the page. It looks from outside: a page's own timers
// stand still where scripts are off.
func waitFor(expression string) step {
	const (
		every = 25 * time.Millisecond
		most  = 5 * time.Second // for one look: a page that goes may take the answer with it
	)
	look := chromedp.Evaluate[bool]("((is) => is instanceof Promise ? is.then(Boolean) : Boolean(is))(("+expression+"))", chromedp.EvalAwaitPromise)
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			try, stop := context.WithTimeout(ctx, most)
			is, err := look(try, target)
			stop()
			if is && err == nil {
				return chromedp.Void{}, nil
			}
			select {
			case <-ctx.Done():
				return chromedp.Void{}, errors.Join(fmt.Errorf("waited for %s", expression), err)
			case <-tick.C:
			}
		}
	}
}

// signUpInBrowser makes an account with the form, as a newcomer would.
func signUpInBrowser(t *testing.T, ctx context.Context, s *server, name string) {
	t.Helper()
	do(t, ctx,
		open(s.url+"/signup"),
		fill("input[name=name]", name),
		fill("input[name=email]", strings.ToLower(name)+"@pegasus.example"),
		fill("input[name=password]", password),
		press(`form[action^="/signup"] button:not([type=button])`),
		seen("nav"),
	)
}

// screenshot writes a picture of the page into the folder SCREENSHOTS, where that is set.
func screenshot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), get(t, ctx, chromedp.CaptureScreenshot()), 0o644); err != nil {
		t.Fatal(err)
	}
}
