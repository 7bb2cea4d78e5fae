package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// secretive are settings with something in each that no stranger may read.
func secretive() (environ []string, canary string) {
	canary = "a-canary-that-no-stranger-may-read"
	for _, name := range []string{
		"APP_SECRET", "OPENAI_API_KEY", "EXTERNAL_API_KEY", "EMBEDDINGS_API_KEY", "NEXTAUTH_SECRET", "PROXY_SECRET", "MAIL_PASSWORD", "AWS_SESSION_TOKEN",
		"METRICS_TOKEN", "MAIL_USERNAME", "ALARM_CHANNEL",
	} {
		environ = append(environ, name+"="+canary)
	}
	return append(environ, "TRUSTED_PROXIES=10.0.0.0/8", "OPENAI_BASE_URL=http://model.test", "OPENAI_MODEL=m", "GENERATOR_URL=https://ada:"+canary+"@generator.test/", "ALARM_MAIL="+canary+"@example.test", "MAIL_FROM="+canary+"@example.test",
		"OTEL_EXPORTER_OTLP_HEADERS=key="+canary), canary
}

func TestASupportFileTellsOfTheServerAndOfNobody(t *testing.T) {
	environ, canary := secretive()
	a := opened(t, environ...)
	ctx := t.Context()
	boss, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: canary + "@example.test", Password: "trombone quilt marzipan", Name: "Ada canary"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.chat.CreateChannel(ctx, boss, chat.NewChannel{Name: canary, Type: chat.Private})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.chat.PostMessage(ctx, boss, c.ID, chat.Draft{Content: canary}); err != nil {
		t.Fatal(err)
	}
	a.ops.Start(ctx, nil)
	a.ops.Sample(ctx)
	text, err := a.support(ctx, boss)
	if err != nil {
		t.Fatal(err)
	}
	if at := bytes.Index(bytes.ToLower(text), []byte("canary")); at >= 0 {
		t.Errorf("it tells %s", text[max(0, at-100):min(len(text), at+100)])
	}
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	r := b.Running
	if b.Version != version || b.Ready != "ready" || len(b.Failed) > 0 || b.Disk.Size == 0 || b.Disk.Files["pegasus.db"] == 0 || r == nil {
		t.Fatalf("it says %s", text)
	}
	if r.Database != "sqlite" || r.Schema == 0 || r.Counts["people"] != 1 || r.Counts["messages"] != 1 || len(r.Alarms) == 0 || r.Now["goroutines"] == nil || len(r.Goroutines) < 10 {
		t.Errorf("of what runs it says %+v", r)
	}
	settings := map[string]bundleSetting{}
	for _, one := range b.Settings {
		settings[one.Name] = one
	}
	for name, want := range map[string]bundleSetting{
		"PORT": {"PORT", "8080", "default", false}, "MAIL_PASSWORD": {"MAIL_PASSWORD", "", "environment", true}, "ALARM_MAIL": {"ALARM_MAIL", "", "environment", true},
		"GENERATOR_URL": {"GENERATOR_URL", "", "environment", true}, "AWS_SECRET_ACCESS_KEY": {"AWS_SECRET_ACCESS_KEY", "", "default", false},
	} {
		if settings[name] != want {
			t.Errorf("%s is shown as %+v", name, settings[name])
		}
	}
	log, err := a.accounts.AuditLog(ctx, boss, accounts.EventQuery{Action: accounts.ActionSupportTaken, Limit: 1})
	if err != nil || len(log) != 1 || log[0].ActorID != boss.ID {
		t.Errorf("the audit log has %+v, %v", log, err)
	}
	boss.Role = accounts.RoleUser
	if _, err := a.support(ctx, boss); !fault.Is(err, fault.Forbidden) {
		t.Errorf("to others: %v", err)
	}
}

func TestASupportFileIsWrittenWhereNoServerRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	environ, canary := secretive()
	environ = append(environ, "DATA_DIR="+t.TempDir(), "PORT=1")
	var out strings.Builder
	if err := run(t.Context(), []string{"support", "-"}, environ, &out); err != nil {
		t.Fatal(err)
	}
	var b bundle
	if err := json.Unmarshal([]byte(out.String()), &b); err != nil || !strings.Contains(b.Ready, "does not answer") || b.Running != nil || strings.Contains(out.String(), canary) {
		t.Errorf("%v\n%s", err, &out)
	}
	if err := run(t.Context(), []string{"support", filepath.Join(t.TempDir(), "missing", "x.json")}, environ, &out); err == nil {
		t.Error("a file that cannot be written is none")
	}
	if err := run(t.Context(), []string{"support"}, environ, &out); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("without a file: %v", err)
	}
}
