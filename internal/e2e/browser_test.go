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
	do(t, ctx, chromedp.EmulateViewport(width, height), inFront())
	return ctx
}

// inFront makes a tab believe that somebody looks at it, as each of several people does.
func inFront() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return chromedp.Void{}, err
	}
}

// step is something that happens in the browser.
type step = chromedp.Action[chromedp.Void]

func do(t *testing.T, ctx context.Context, steps ...step) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		at, _ := chromedp.Run(ctx, chromedp.Location())
		text, _ := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("body")))
		t.Fatalf("%v\nat %s:\n%.1500s", err, at, text)
	}
}

func get[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, a)
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

// enter presses the Enter key where the focus is. The library's own keys add a second character event, which a page
// that has taken the key down cannot refuse.
func enter() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, key)
		return chromedp.Void{}, err
	}
}

// waitFor waits until a script's expression is true, over changes of the page.
func waitFor(expression string) step {
	const patience = 20 * time.Second
	poll := chromedp.Poll[bool](expression, chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(patience))
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		var err error
		for end := time.Now().Add(patience); time.Now().Before(end); {
			// A page that goes may take the answer with it, so that nothing comes any more.
			try, stop := context.WithTimeout(ctx, patience/3)
			_, err = poll(try, target)
			stop()
			if err == nil {
				return chromedp.Void{}, nil
			}
			if text := err.Error(); !strings.Contains(text, "navigated") && !strings.Contains(text, "context") {
				break
			}
		}
		return chromedp.Void{}, fmt.Errorf("waiting for %s: %w", expression, err)
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
