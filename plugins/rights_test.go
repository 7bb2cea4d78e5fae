package plugins_test

import (
	"context"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
	"pegasus/plugins/sandbox"
)

const relayManifest = `{"api":1,"name":"relay","title":"Relay","commands":[{"name":"relay"}],"triggers":{"messages":{"match":"relay this"}},
	"permissions":["messages:read","messages:write","people:read","network"],"hosts":["api.example.test"]}`

// relay posts beside its answer. With "wait" something happens in the meantime, and it tells what it may still do.
const relay = `exports.default = {
	onMessage: async (message, ctx) => { await ctx.post("heard"); },
	commands: { relay: async (call, ctx) => {
		const tried = async (what) => { try { await what(); return "done"; } catch (e) { return e.code; } };
		if (call.text === "wait") await ctx.fetch("https://api.example.test/");
		const did = [await tried(() => ctx.post("posted")), await tried(() => ctx.people.list()), await tried(() => ctx.people.get("ada"))];
		ctx.hint(did.join(" "));
	} },
};`

// relaying is a room in which ada has installed relay; while it waits, meanwhile is called.
func relaying(t *testing.T) (r *room, meanwhile *func()) {
	meanwhile = new(func())
	r = newRoom(t, func(o *plugins.Running) {
		o.Fetch = func(context.Context, sandbox.Request) (sandbox.Response, error) {
			(*meanwhile)()
			return sandbox.Response{Status: 200}, nil
		}
	})
	i := r.installed("relay", relayManifest, relay)
	_, err := r.Plugins.SetGrant(t.Context(), r.boss, i.ID, plugins.Grant{
		Permissions: []string{"messages:read", "messages:write", "people:read", "network"}, Hosts: []string{"api.example.test"},
	})
	r.must(err)
	r.must(r.Chat.SetMemberRole(t.Context(), r.ada, r.channel.ID, i.BotID, chat.RoleAdmin)) // it may post where few may
	return r, meanwhile
}

func TestWhoMayNotPostHasNoPluginPostForThem(t *testing.T) {
	r, _ := relaying(t)
	ctx := t.Context()
	root, err := r.says(r.ada, "a thread")
	r.must(err)
	keepers := chat.Admins
	_, err = r.Chat.UpdateChannel(ctx, r.ada, r.channel.ID, chat.ChannelChange{Posting: &keepers})
	r.must(err)
	for who, want := range map[*accounts.User]string{&r.ben: "POSTING_RESTRICTED done done", &r.ada: "done done done"} {
		out, err := r.Chat.Say(ctx, *who, r.channel.ID, chat.Draft{Content: "/relay now", ParentID: root.Message.ID})
		r.must(err)
		if out.Reply != want {
			t.Errorf("for %s it may: %s, want %s", who.Name, out.Reply, want)
		}
	}
}

func TestWhoIsRemovedMeanwhileHasNothingPostedOrRead(t *testing.T) {
	r, meanwhile := relaying(t)
	*meanwhile = func() { r.must(r.Chat.RemoveMember(context.Background(), r.ada, r.channel.ID, r.ben.ID)) }
	out, err := r.says(r.ben, "/relay wait")
	r.must(err)
	if out.Reply != "NOT_GRANTED NOT_GRANTED NOT_GRANTED" {
		t.Errorf("it may: %s", out.Reply)
	}
	if said := strings.Join(r.said(r.channel.ID), " "); strings.Contains(said, "posted") {
		t.Errorf("the channel says %s", said)
	}
}

func TestWhatAMessageSetsOffIsBoundByWhoInstalledIt(t *testing.T) {
	r, _ := relaying(t)
	ctx := t.Context()
	root, err := r.says(r.ada, "a thread")
	r.must(err)
	keepers := chat.Admins
	_, err = r.Chat.UpdateChannel(ctx, r.ada, r.channel.ID, chat.ChannelChange{Posting: &keepers})
	r.must(err)
	_, err = r.Chat.Say(ctx, r.ben, r.channel.ID, chat.Draft{Content: "relay this", ParentID: root.Message.ID})
	r.must(err)
	r.Plugins.ListenWaiting(ctx)
	r.hears("heard")
}
