package sqlite

import (
	"testing"

	"pegasus/accounts"
	"pegasus/hooks"
	"pegasus/mail"
	"pegasus/ops"
	"pegasus/queue"
	"pegasus/store/storetest"
)

func openTest(tb testing.TB) *Store {
	tb.Helper()
	store, err := Open(tb.Context(), tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return store
}

func TestAccounts(t *testing.T) {
	storetest.Accounts(t, func(t *testing.T) accounts.Store { return openTest(t) })
}

func TestChat(t *testing.T) {
	storetest.Chat(t, func(t *testing.T) storetest.Store { return openTest(t) })
}

func TestMail(t *testing.T) {
	storetest.Mail(t, func(t *testing.T) mail.Store { return openTest(t) })
}

func TestHooks(t *testing.T) {
	storetest.Hooks(t, func(t *testing.T) hooks.Store { return openTest(t) })
}

func TestJobs(t *testing.T) {
	storetest.Jobs(t, func(t *testing.T) queue.Store { return openTest(t) })
}

func TestOps(t *testing.T) {
	storetest.Ops(t, func(t *testing.T) ops.Store { return openTest(t) })
}

func TestPlugins(t *testing.T) {
	storetest.Plugins(t, func(t *testing.T) storetest.PluginStore { return openTest(t) })
}

func TestBrowsers(t *testing.T) {
	storetest.Browsers(t, func(t *testing.T) storetest.BrowserStore { return openTest(t) })
}

func TestImport(t *testing.T) {
	storetest.Import(t, func(t *testing.T) storetest.ImportStore { return openTest(t) })
}
