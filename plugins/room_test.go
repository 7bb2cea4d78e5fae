package plugins_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/internal/doortest"
	"pegasus/plugins"
	"pegasus/plugins/manifest"
	"pegasus/plugins/sandbox"
)

// room is a workspace with a channel in which plugins are installed. ada keeps it, ben is in it, eve is not, boss is an admin
// of the workspace.
type room struct {
	*doortest.Services
	t                   testing.TB
	ada, ben, eve, boss accounts.User
	channel             chat.Channel
	maker               *maker

	mu    sync.Mutex
	ahead time.Duration
	asked []sandbox.Request
	ended endings // answers of which their askers are told
}

func newRoom(t testing.TB, change ...func(*plugins.Running)) *room {
	t.Helper()
	r := &room{t: t, maker: &maker{}}
	pool := sandbox.New(sandbox.Options{Workers: 2, Ready: 1})
	t.Cleanup(pool.Close)
	r.Services = doortest.New(t, doortest.Options{
		Plugins: func(o *plugins.Options) {
			o.Now, o.Generator, o.Compiler, o.Ended = r.now, r.maker, r.maker, r.ended.told
		},
		Running: func(o *plugins.Running) {
			o.Runtime = pool
			o.Fetch = func(_ context.Context, asked sandbox.Request) (sandbox.Response, error) {
				r.asked = append(r.asked, asked)
				return sandbox.Response{Status: 200, Body: "fine"}, nil
			}
			for _, c := range change {
				c(o)
			}
		},
	})
	t.Cleanup(func() { r.Plugins.Close(context.Background()) })
	r.boss = r.person("boss")
	admin := accounts.RoleAdmin
	var err error
	r.boss, err = r.Store.UpdateUser(t.Context(), r.boss.ID, accounts.UserChange{Role: &admin}, r.now())
	r.must(err)
	r.ada, r.ben, r.eve = r.person("ada"), r.person("ben"), r.person("eve")
	r.channel, err = r.Chat.CreateChannel(t.Context(), r.ada, chat.NewChannel{Name: "games", Type: chat.Private})
	r.must(err)
	r.must(r.Chat.AddMember(t.Context(), r.ada, r.channel.ID, r.ben.ID))
	return r
}

func (r *room) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return doortest.Now().Add(r.ahead)
}

func (r *room) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead += d
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) refused(err error, code string) {
	r.t.Helper()
	if f := fault.From(err); f == nil || f.Code != code {
		r.t.Errorf("got %v, want %s", err, code)
	}
}

func (r *room) person(name string) accounts.User {
	r.t.Helper()
	joined, err := r.Accounts.SignUp(r.t.Context(), accounts.Draft{Email: name + "@example.test", Password: "correct horse battery", Name: "Name " + name, Username: name})
	r.must(err)
	return joined.User
}

// said returns what stands in a channel, as "author: text".
func (r *room) said(channelID string) []string {
	r.t.Helper()
	messages, err := r.Store.Messages(r.t.Context(), channelID, chat.Page{Limit: 100})
	r.must(err)
	out := make([]string, len(messages))
	for n, m := range messages {
		u, err := r.Store.User(r.t.Context(), m.UserID)
		r.must(err)
		out[n] = u.Name + ": " + m.Content
	}
	return out
}

// sees fails unless these are the last messages of a channel.
func (r *room) sees(channelID string, want ...string) {
	r.t.Helper()
	got := r.said(channelID)
	if len(got) < len(want) || strings.Join(got[len(got)-len(want):], "\n") != strings.Join(want, "\n") {
		r.t.Errorf("the channel says %q, want %q at its end", got, want)
	}
}

func (r *room) says(u accounts.User, text string) (chat.Outcome, error) {
	return r.Chat.Say(r.t.Context(), u, r.channel.ID, chat.Draft{Content: text})
}

// installed has ada make a plugin and install it with all that it asks for but the network.
func (r *room) installed(name, manifest, script string, permissions ...string) plugins.Install {
	r.t.Helper()
	p := r.BuiltPlugin(r.t, r.ada, name, manifest, script)
	i, err := r.Plugins.Install(r.t.Context(), r.ada, p.ID, r.channel.ID, plugins.Wish{Grant: plugins.Grant{Permissions: permissions}})
	r.must(err)
	return i
}

const diceManifest = `{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll","hint":"[count]d[sides]","help":"Rolls dice."}],
	"settings":[{"key":"word","label":"Word","type":"string","default":"Rolled"},{"key":"token","label":"Token","type":"secret"}]}`

const dice = `exports.default = { commands: { roll: (call, ctx) => {
	if (call.text === "throw") throw new Error("no dice");
	if (call.text === "hint") return { text: "psst", visibility: "caller" };
	const [count, sides] = call.text.split("d").map(Number);
	return ctx.settings.word + " " + count + " dice of " + sides + " for " + call.person.username + (ctx.settings.token ? " with " + ctx.settings.token : "");
} } };`

func mustManifest(t testing.TB, i plugins.Install) (m manifest.Manifest) {
	t.Helper()
	m, problems := manifest.Parse([]byte(i.Manifest))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m
}
