package doortest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"pegasus/accounts"
	"pegasus/id"
	"pegasus/plugins"
	"pegasus/plugins/builtin"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

// Silent is a runtime in which no plugin says anything.
type Silent struct{}

// Run implements plugins.Runtime.
func (Silent) Run(context.Context, sandbox.Program, sandbox.Invocation, sandbox.Host) (sandbox.Outcome, error) {
	return sandbox.Outcome{}, nil
}

// openPlugins makes the workbench. No model and no compiler is in it.
func (s *Services) openPlugins(t testing.TB, o Options, render func(string) string) {
	running := plugins.Running{
		Chat: s.Chat, Runtime: Silent{}, Bots: s.Accounts, Jobs: s.Store, SealKey: bytes.Repeat([]byte("k"), 32), Render: render,
		UserNamed: s.Store.UserByUsername, URL: URL,
		Fetch: func(context.Context, sandbox.Request) (sandbox.Response, error) {
			return sandbox.Response{Status: 204}, nil
		},
	}
	if o.Running != nil {
		o.Running(&running)
	}
	options := plugins.Options{
		Store: s.Store, Generator: builtin.New(nil), Events: s.Broker, Now: Now, User: s.Store.User, Users: s.Store.Users, Running: running,
		Record: func(ctx context.Context, e accounts.Event) { s.Accounts.Record(ctx, e) },
		Ended:  func(ctx context.Context, e plugins.Exchange) { s.Notify.AnswerOver(ctx, e.UserID, e.ID) },
		Failed: func(_ context.Context, doing string, err error) { t.Logf("%s: %v", doing, err) },
	}
	if o.Plugins != nil {
		o.Plugins(&options)
	}
	s.Plugins = plugins.NewService(options)
}

func (s *Services) leave(ctx context.Context, userID string) error {
	if err := s.Plugins.LeaveAll(ctx, userID); err != nil {
		return err
	}
	return s.Chat.LeaveAll(ctx, userID)
}

// BuiltPlugin stores a plugin with one version that compiled to a script.
func (s *Services) BuiltPlugin(t testing.TB, owner accounts.User, name, manifestText, script string) plugins.Plugin {
	t.Helper()
	now := Now()
	p := plugins.Plugin{
		ID: id.New(now), OwnerID: owner.ID, Name: name, NameKey: name, Data: "{}", Status: plugins.Pending, CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
	must(t, s.Store.CreatePlugin(t.Context(), p))
	return s.BuiltVersion(t, p, 1, manifestText, script)
}

// BuiltVersion adds a version that compiled to a plugin.
func (s *Services) BuiltVersion(t testing.TB, p plugins.Plugin, number int, manifestText, script string) plugins.Plugin {
	t.Helper()
	if _, problems := manifest.Parse([]byte(manifestText)); len(problems) > 0 {
		t.Fatalf("the manifest: %v", problems)
	}
	sum := sha256.Sum256([]byte(script))
	bundle := plugins.Blob{Hash: hex.EncodeToString(sum[:]), Content: []byte(script)}
	must(t, s.Store.AddVersion(t.Context(), plugins.Version{
		PluginID: p.ID, Number: number, AuthorID: p.OwnerID, Origin: plugins.ByEditor, CreatedAt: Now(),
		Entries: []plugins.Entry{{Path: "main.ts", Hash: bundle.Hash, Size: len(script)}},
	}, []plugins.Blob{bundle}, 0))
	must(t, s.Store.SaveBuild(t.Context(), p.ID, number, plugins.Build{Success: true, Bundle: bundle.Hash, Manifest: manifestText}, []plugins.Blob{bundle}))
	p, err := s.Store.Plugin(t.Context(), p.ID)
	must(t, err)
	return p
}
