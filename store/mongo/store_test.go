package mongo

import (
	"slices"
	"testing"

	"pegasus/accounts"
	"pegasus/hooks"
	"pegasus/mail"
	"pegasus/ops"
	"pegasus/queue"
	"pegasus/store/storetest"
)

func TestAccounts(t *testing.T) {
	engine(t) // skips once, not once a case
	storetest.Accounts(t, func(t *testing.T) accounts.Store { return ready(t) })
}

func TestChat(t *testing.T) {
	engine(t)
	storetest.Chat(t, func(t *testing.T) storetest.Store { return ready(t) })
}

func TestMail(t *testing.T) {
	engine(t)
	storetest.Mail(t, func(t *testing.T) mail.Store { return ready(t) })
}

func TestHooks(t *testing.T) {
	engine(t)
	storetest.Hooks(t, func(t *testing.T) hooks.Store { return ready(t) })
}

func TestJobs(t *testing.T) {
	engine(t)
	storetest.Jobs(t, func(t *testing.T) queue.Store { return ready(t) })
}

func TestOps(t *testing.T) {
	engine(t)
	storetest.Ops(t, func(t *testing.T) ops.Store { return ready(t) })
}

func TestPlugins(t *testing.T) {
	engine(t)
	storetest.Plugins(t, func(t *testing.T) storetest.PluginStore { return ready(t) })
}

func TestBrowsers(t *testing.T) {
	engine(t)
	storetest.Browsers(t, func(t *testing.T) storetest.BrowserStore { return ready(t) })
}

func TestImport(t *testing.T) {
	engine(t)
	storetest.Import(t, func(t *testing.T) storetest.ImportStore { return ready(t) })
}

func TestTables(t *testing.T) {
	s := connect(t)
	ensure(t, s)
	names, err := s.Tables(t.Context())
	must(t, err)
	want := []string{"access_tokens", "account", "alarm_changes", "audit_log", "bookmarks", "browsers", "channel_members", "channels", "custom_emoji", "drafts", "hooks", "invitations",
		"jobs", "measures", "mentions", "message_files", "message_reactions", "messages", "mutes", "outbox", "passkey", "pegasus_chat_conversations", "pegasus_chat_messages", "pegasus_plugin_blobs",
		"pegasus_plugin_installs", "pegasus_plugin_runs", "pegasus_plugin_usage", "pegasus_plugin_values", "pegasus_plugin_versions",
		"pegasus_user_plugins", "pins", "reports", "session", "sessions",
		"threads", "user_groups", "users", "verification", "workspace"}
	if !slices.Equal(names, want) {
		t.Errorf("the collections are %v, want %v", names, want)
	}
	must(t, s.Ping(t.Context()))
	replicated, err := s.Replicated(t.Context())
	must(t, err)
	t.Logf("the server belongs to a replica set: %v", replicated)
}
