package plugins_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
	"pegasus/plugins/sandbox"
)

const echoManifest = `{"api":1,"name":"echo","title":"Echo","triggers":{"messages":{"match":"\\+\\+"}},"permissions":["messages:read","storage","people:read"]}`

const echo = `exports.default = { onMessage: async (message, ctx) => {
	const someone = await ctx.people.get("ben");
	const stranger = await ctx.people.get("eve");
	return { text: "++ " + message.person.username + " " + (await ctx.storage.increment("n")) + " " + someone.name + " " + stranger + " " + someone.email, thread: message.text.includes("thread") };
} };`

func TestAPluginThatListensIsCalledForPeoplesMessagesAndNeverForBots(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	i := r.installed("echo", echoManifest, echo, "messages:read", "storage", "people:read")
	for _, text := range []string{"nothing of it", "cake++", "in a thread++"} {
		_, err := r.says(r.ada, text)
		r.must(err)
		r.Plugins.ListenWaiting(ctx)
	}
	r.sees(r.channel.ID, "Name ada: nothing of it", "Name ada: cake++", "Echo: ++ ada 1 Name ben null undefined", "Name ada: in a thread++", "Echo: ++ ada 2 Name ben null undefined")
	m, err := r.Store.Messages(ctx, r.channel.ID, chat.Page{Limit: 10})
	r.must(err)
	if last := m[len(m)-1]; last.ParentID != m[len(m)-2].ID {
		t.Errorf("the answer is a reply in %q", last.ParentID)
	}
	// What it said itself calls it no more, and an edit neither.
	r.Plugins.ListenWaiting(ctx)
	_, err = r.Chat.EditMessage(ctx, r.ada, m[0].ID, "now with++")
	r.must(err)
	r.Plugins.ListenWaiting(ctx)
	if n := len(r.said(r.channel.ID)); n != 5 {
		t.Errorf("%d messages", n)
	}
	_, err = r.Plugins.SwitchInstall(ctx, r.ada, i.ID, false)
	r.must(err)
	_, err = r.says(r.ada, "unheard++")
	r.must(err)
	r.Plugins.ListenWaiting(ctx)
	r.sees(r.channel.ID, "Name ada: unheard++")
}

func TestWithoutItsGrantAPluginHearsNothing(t *testing.T) {
	r := newRoom(t)
	r.installed("echo", echoManifest, echo)
	_, err := r.says(r.ada, "cake++")
	r.must(err)
	r.Plugins.ListenWaiting(t.Context())
	r.sees(r.channel.ID, "Name ada: cake++")
}

// work does what is due of all kinds.
func (r *room) work() {
	for _, w := range r.Plugins.Tasks(func(err error) { r.t.Error(err) }) {
		w.Once(r.t.Context())
	}
}

const clockManifest = `{"api":1,"name":"clock","title":"Clock","triggers":{"schedules":[{"name":"hourly","every":"1h"}],"webhook":true},"permissions":["schedule","webhook","messages:write"]}`

const clock = `exports.default = {
	schedules: { hourly: async (call, ctx) => { await ctx.post("posted"); return call.name; } },
	onWebhook: (request, ctx) => request.method + " " + request.json().word + " " + request.query.q + " " + request.headers["x-kind"],
};`

func TestAPluginIsCalledAtItsTimesAndOnceForThoseThatWereMissed(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	i := r.installed("clock", clockManifest, clock, "schedule", "messages:write")
	r.work()
	if said := r.said(r.channel.ID); len(said) != 0 {
		t.Fatalf("it said %q before its time", said)
	}
	r.later(time.Hour)
	r.work()
	r.work()
	r.sees(r.channel.ID, "Clock: posted", "Clock: hourly")
	r.later(10 * time.Hour)
	r.work()
	r.work()
	if said := r.said(r.channel.ID); len(said) != 4 {
		t.Errorf("it said %q", said)
	}
	_, err := r.Plugins.SwitchInstall(ctx, r.ada, i.ID, false)
	r.must(err)
	r.later(time.Hour)
	r.work()
	if said := r.said(r.channel.ID); len(said) != 4 {
		t.Errorf("it said %q after it was switched off", said)
	}
}

func TestATimeThatTwoServersWaitForComesOnce(t *testing.T) {
	r := newRoom(t)
	r.installed("clock", clockManifest, clock, "schedule", "messages:write")
	r.later(time.Hour)
	var servers sync.WaitGroup
	for range 4 {
		servers.Go(r.work)
	}
	servers.Wait()
	if said := r.said(r.channel.ID); len(said) != 2 {
		t.Errorf("it said %q", said)
	}
}

func TestAWebhookCallsAPluginBehindItsSecretAddress(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	i := r.installed("clock", clockManifest, clock, "schedule", "webhook")
	first, err := r.Plugins.RenewWebhook(ctx, r.ada, i.ID)
	r.must(err)
	url, err := r.Plugins.RenewWebhook(ctx, r.ada, i.ID)
	r.must(err)
	secret := url[strings.LastIndex(url, "/")+1:]
	call := sandbox.Webhook{Method: "POST", Query: map[string]string{"q": "1"}, Headers: map[string]string{"x-kind": "push"}, Body: `{"word":"hello"}`}
	r.must(r.Plugins.Hook(ctx, secret, call))
	r.work()
	r.sees(r.channel.ID, "Clock: POST hello 1 push")
	r.refused(r.Plugins.Hook(ctx, first[strings.LastIndex(first, "/")+1:], call), "INSTALL_NOT_FOUND")
	r.refused(r.Plugins.Hook(ctx, "", call), "INSTALL_NOT_FOUND")
	_, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 1, &plugins.Grant{Permissions: []string{"schedule"}}, nil)
	r.must(err)
	r.refused(r.Plugins.Hook(ctx, secret, call), "INSTALL_NOT_FOUND")
	_, err = r.Plugins.RenewWebhook(ctx, r.ada, i.ID)
	r.refused(err, "NO_WEBHOOK")
}

const netManifest = `{"api":1,"name":"net","title":"Net","commands":[{"name":"get"}],"permissions":["network"],"hosts":["api.example.com"]}`

const net = `exports.default = { commands: { get: async (call, ctx) => {
	try { return (await ctx.fetch(call.text)).text ? "fetched" : "fetched"; } catch (e) { return e.code; }
} } };`

func TestOnlyAnAdminsGrantLetsAPluginAskOthersAndOnlyThoseThatItNames(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	p := r.BuiltPlugin(t, r.ada, "net", netManifest, net)
	wish := plugins.Wish{Grant: plugins.Grant{Permissions: []string{"network"}, Hosts: []string{"api.example.com"}}}
	_, err := r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, wish)
	r.refused(err, "NETWORK_FOR_ADMINS")
	i, err := r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{Grant: plugins.Grant{Permissions: []string{"network"}}})
	r.must(err)
	ask := func(url, want string) {
		t.Helper()
		out, err := r.says(r.ben, "/get "+url)
		r.must(err)
		if out.Message.Content != want {
			t.Errorf("%s: got %q, want %q", url, out.Message.Content, want)
		}
	}
	ask("https://api.example.com/x", "HOST_NOT_GRANTED")
	r.must(r.Chat.AddMember(ctx, r.ada, r.channel.ID, r.boss.ID))
	shared := true
	_, err = r.Plugins.SavePlugin(ctx, r.ada, p.ID, plugins.PluginChange{Shared: &shared})
	r.must(err)
	_, err = r.Plugins.UpdateInstall(ctx, r.boss, i.ID, 1, &wish.Grant, nil)
	r.must(err)
	ask("https://api.example.com/x", "fetched")
	for _, url := range []string{
		"https://example.com/", "https://api.example.com.evil.test/", "https://evil.test/api.example.com", "https://api.example.com:8443/",
		"https://user@api.example.com/", "https://127.0.0.1/",
	} {
		ask(url, "HOST_NOT_GRANTED")
	}
	if len(r.asked) != 1 {
		t.Errorf("asked %v", r.asked)
	}
	role := accounts.RoleUser
	_, err = r.Store.UpdateUser(ctx, r.boss.ID, accounts.UserChange{Role: &role}, r.now())
	r.must(err)
	ask("https://api.example.com/x", "HOST_NOT_GRANTED")
}

func TestAPluginIsTriedOutWithoutAChannel(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	const manifest = `{"api":1,"name":"all","title":"All","commands":[{"name":"all"}],"permissions":["storage","messages:write"]}`
	p := r.BuiltPlugin(t, r.ada, "all", manifest, `exports.default = { commands: { all: async (call, ctx) => {
		await ctx.post("**loud**"); ctx.log("noted");
		if (call.text === "throw") throw new Error("broken");
		return "<b>" + await ctx.storage.increment("n") + "</b>";
	} } };`)
	for _, want := range []string{"1", "2"} {
		tried, err := r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Text: "/all"})
		r.must(err)
		if tried.Outcome != "ok" || len(tried.Said) != 2 || !strings.Contains(tried.Said[0].HTML, "<strong>loud</strong>") || !tried.Said[0].Posted ||
			tried.Said[1].Text != "<b>"+want+"</b>" || strings.Contains(tried.Said[1].HTML, "<b>") || len(tried.Log) != 1 || tried.Took <= 0 {
			t.Errorf("got %+v", tried)
		}
	}
	r.Plugins.ForgetTries(r.ada, p.ID)
	tried, err := r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Version: 1, Text: "/all throw"})
	r.must(err)
	if tried.Outcome != "thrown" || tried.Problem == nil || !strings.Contains(tried.Problem.Text, "broken") {
		t.Errorf("got %+v", tried)
	}
	_, err = r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Text: "/other"})
	r.refused(err, "UNKNOWN_COMMAND")
	_, err = r.Plugins.TryPlugin(ctx, r.ada, p.ID, plugins.Trial{Text: "hello"})
	r.refused(err, "NOTHING_CALLED")
	_, err = r.Plugins.TryPlugin(ctx, r.ben, p.ID, plugins.Trial{Text: "/all"})
	r.refused(err, "PLUGIN_NOT_FOUND")
	if said := r.said(r.channel.ID); len(said) > 0 {
		t.Errorf("the channel was told %q", said)
	}
}

func TestAPluginCallsNobodyWhoMayNotBeCalledAndItsMarkupIsAMessages(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	admins := chat.Admins
	_, err := r.Chat.UpdateChannel(ctx, r.ada, r.channel.ID, chat.ChannelChange{Crowds: &admins})
	r.must(err)
	const manifest = `{"api":1,"name":"loud","title":"Loud","commands":[{"name":"loud"}]}`
	r.installed("loud", manifest, `exports.default = { commands: { loud: () => "@channel <script>x</script> <img src=x hx-get=/a> @ben" } };`)
	out, err := r.says(r.ada, "/loud")
	r.must(err)
	if html := out.Message.HTML; strings.Contains(html, `data-mention="channel"`) || strings.Contains(html, "<script") || strings.Contains(html, "<img") ||
		!strings.Contains(html, `data-mention="ben"`) {
		t.Errorf("got %s", html)
	}
}
