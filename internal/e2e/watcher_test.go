package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// watcher gathers what went wrong in a tab: uncaught errors, errors in the console, breaches of the content policy.
type watcher struct {
	mu    sync.Mutex
	found []string
}

func (w *watcher) see(event any) {
	var text string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = "uncaught: " + e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError && len(e.Args) > 0 {
			text = fmt.Sprintf("console: %s %s", e.Args[0].Value, e.Args[0].Description)
		}
	case *log.EventEntryAdded:
		// That an answer was not a success is a matter of the test, except for our files.
		if e.Entry.Level == log.EntryLevelError && (e.Entry.Source != log.EntrySourceNetwork || strings.Contains(e.Entry.URL, "/static/")) {
			text = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	if text != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.found = append(w.found, text)
	}
}

func (w *watcher) report(t *testing.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, text := range w.found {
		t.Errorf("in the browser: %s", text)
	}
}
