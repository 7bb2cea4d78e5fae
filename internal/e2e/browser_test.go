package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// browser returns a new Chromium with a profile of its own. Without Chromium the test is skipped on a laptop and
// fails on CI.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium is missing")
		}
		t.Skip("SKIPPED: Chromium is missing")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 60*time.Second)
	t.Cleanup(cancel)
	return ctx
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

func seen(selector chromedp.CSS) step { return chromedp.WaitVisible(selector) }

func press(selector chromedp.CSS) step { return chromedp.Click(selector) }

func fill(selector chromedp.CSS, text string) step { return chromedp.SetValue(selector, text) }

func keys(selector chromedp.CSS, text string) step { return chromedp.SendKeys(selector, text) }

// enter presses the Enter key where the focus is. The library's own keys add a second character event, which a page
// that has taken the key down cannot refuse.
func enter() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, key)
		return chromedp.Void{}, err
	}
}

// waitFor waits until a script's expression is true.
func waitFor(expression string) step {
	poll := chromedp.Poll[bool](expression, chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(15*time.Second))
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := poll(ctx, target); err != nil {
			return chromedp.Void{}, fmt.Errorf("waiting for %s: %w", expression, err)
		}
		return chromedp.Void{}, nil
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
