package plugins_test

import (
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/plugins"
	"pegasus/plugins/sandbox"
)

func TestATryIsCalledAsAChannelAClockOrAWebhookWould(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	const manifest = `{"api":1,"name":"all","title":"All","commands":[{"name":"all"}],"permissions":["schedule","webhook"],
		"triggers":{"schedules":[{"name":"dawn","at":"06:00"}],"webhook":true},
		"settings":[{"key":"cups","label":"Cups","type":"number","default":1},{"key":"token","label":"Token","type":"secret"},{"key":"hot","label":"Hot","type":"boolean","default":true}]}`
	p := r.BuiltPlugin(t, r.ada, "all", manifest, `
		const with_ = (ctx) => ctx.settings.cups + " " + ctx.settings.hot + " " + (ctx.settings.token || "none");
		exports.default = {
			commands: { all: (call, ctx) => "command " + with_(ctx) },
			schedules: { dawn: (call, ctx) => call.name + " " + (Math.abs(new Date(call.due).getTime() - Date.now()) < 60000) + " " + with_(ctx) },
			onWebhook: (request, ctx) => request.method + " " + request.headers["x-kind"] + " " + request.query.q + " " + request.json().n + " " + with_(ctx),
		};`)
	hook := &sandbox.Webhook{Query: map[string]string{"q": "7"}, Headers: map[string]string{"X-Kind": "cake"}, Body: `{"n":4}`}
	for want, trial := range map[string]plugins.Trial{
		"command 1 true none":       {Text: "/all"},
		"command 3 false secret":    {Text: "/all", Settings: map[string]string{"cups": "3", "token": "secret", "hot": "false"}},
		"command 1 true none ":      {Text: "/all", Settings: map[string]string{"cups": "", "hot": "true"}},
		"dawn true 2.5 true none":   {Schedule: "dawn", Settings: map[string]string{"cups": "2.5"}},
		"POST cake 7 4 1 true none": {Webhook: hook},
	} {
		tried, err := r.Plugins.TryPlugin(ctx, r.ada, p.ID, trial)
		r.must(err)
		if tried.Outcome != "ok" || len(tried.Said) != 1 || tried.Said[0].Text != strings.TrimSpace(want) {
			t.Errorf("got %+v, %v, want %s", tried, tried.Problem, want)
		}
	}
	for code, trial := range map[string]plugins.Trial{
		"INVALID_TRIAL":    {Text: "/all", Schedule: "dawn"},
		"INVALID_TRIAL ":   {Text: "/all", Webhook: hook},
		"INVALID_TRIAL  ":  {Schedule: "dawn", Webhook: hook},
		"INVALID_TEXT":     {},
		"UNKNOWN_SCHEDULE": {Schedule: "dusk"},
		"SETTING_UNKNOWN":  {Text: "/all", Settings: map[string]string{"sugar": "1"}},
		"SETTING_INVALID":  {Text: "/all", Settings: map[string]string{"cups": "many"}},
		"INVALID_BODY":     {Webhook: &sandbox.Webhook{Body: strings.Repeat("x", plugins.MaxHook+1)}},
		"INVALID_BODY ":    {Webhook: &sandbox.Webhook{Body: "\xff"}},
	} {
		_, err := r.Plugins.TryPlugin(ctx, r.ada, p.ID, trial)
		r.refused(err, strings.TrimSpace(code))
	}
	_, err := r.Plugins.TryPlugin(ctx, r.ben, p.ID, plugins.Trial{Schedule: "dawn"})
	r.refused(err, "PLUGIN_NOT_FOUND")
	plain := r.BuiltPlugin(t, r.ada, "dice", diceManifest, dice)
	_, err = r.Plugins.TryPlugin(ctx, r.ada, plain.ID, plugins.Trial{Webhook: hook})
	r.refused(err, "NO_WEBHOOK")
}

func TestATryTakesAsMuchAsAMessage(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	p := r.BuiltPlugin(t, r.ada, "long", `{"api":1,"name":"long","title":"Long","commands":[{"name":"long"}]}`,
		`exports.default = { commands: { long: (call) => String(call.text.length) } };`)
	text := "/long " + strings.Repeat("x", 2994)
	_, err := r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Text: text})
	r.refused(err, "INVALID_TEXT")
	_, err = r.Accounts.SetPolicy(ctx, r.boss, func(p accounts.Policy) accounts.Policy {
		p.MaxMessage = 3000
		return p
	})
	r.must(err)
	tried, err := r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Text: text})
	r.must(err)
	if len(tried.Said) != 1 || tried.Said[0].Text != "2994" {
		t.Errorf("it says %+v", tried.Said)
	}
	_, err = r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Text: text + "x"})
	r.refused(err, "INVALID_TEXT")
}
