package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/hooks"
	"pegasus/id"
)

// Hooks tests a store of webhooks. open returns an empty store and closes it with the test.
func Hooks(t *testing.T, open func(t *testing.T) hooks.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store hooks.Store)
	}{
		{"a webhook reads back as stored", hookReadsBack},
		{"webhooks are listed in the order in which they were made", hooksListed},
		{"a change names what it changes, and nothing else", hookChanged},
		{"of 50 failures at once each counts", hookFailures},
		{"a command belongs to a channel or to all, and its name is there once", commandsNamed},
		{"of 20 commands of one name made at once one is", commandsAtOnce},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Hook returns an incoming webhook, ready to be stored.
func Hook(channelID, hash string) hooks.Hook {
	return hooks.Hook{
		ID: id.New(Start), Kind: hooks.Incoming, ChannelID: channelID, BotID: id.New(Start), KeeperID: id.New(Start), Name: "Züge \"1\"",
		Hash: hash, Hint: "wxyz", CreatedAt: Start, UpdatedAt: Start,
	}
}

func hookReadsBack(t *testing.T, store hooks.Store) {
	ctx, channelID := t.Context(), id.New(Start)
	in := Hook(channelID, "a hash")
	out := Hook(channelID, "")
	out.Kind, out.Hint, out.Salt, out.URL, out.Triggers = hooks.Outgoing, "", "salt", "https://example.test/x?y=1", []string{"deploy", "größe"}
	out.Off, out.Problem, out.Failures, out.LastUsedAt, out.Crowds = true, "Nobody answered.", 3, Start.Add(time.Hour), true
	other := Hook(channelID, "")
	other.Kind = hooks.Outgoing
	for _, h := range []hooks.Hook{in, out, other} {
		must(t, store.CreateHook(ctx, h))
		got, err := store.Hook(ctx, h.ID)
		must(t, err)
		alike(t, "the webhook", got, h)
	}
	got, err := store.HookByHash(ctx, "a hash")
	must(t, err)
	alike(t, "the webhook of a hash", got, in)
	for _, hash := range []string{"", "another", out.ID} {
		_, err = store.HookByHash(ctx, hash)
		refused(t, err, fault.NotFound, "HOOK_NOT_FOUND")
	}
	must(t, store.DeleteHook(ctx, in.ID))
	refused(t, store.DeleteHook(ctx, in.ID), fault.NotFound, "HOOK_NOT_FOUND")
	_, err = store.Hook(ctx, in.ID)
	refused(t, err, fault.NotFound, "HOOK_NOT_FOUND")
	_, err = store.HookByHash(ctx, "a hash")
	refused(t, err, fault.NotFound, "HOOK_NOT_FOUND")
}

func hooksListed(t *testing.T, store hooks.Store) {
	ctx, here, there := t.Context(), id.New(Start), id.New(Start)
	first, second, third := Hook(here, "1"), Hook(there, "2"), Hook(here, "3")
	for _, h := range []hooks.Hook{third, first, second} {
		must(t, store.CreateHook(ctx, h))
	}
	got, err := store.ChannelHooks(ctx, here)
	must(t, err)
	alike(t, "those of the channel", got, []hooks.Hook{first, third})
	got, err = store.Hooks(ctx, "", 10)
	must(t, err)
	alike(t, "all", got, []hooks.Hook{first, second, third})
	got, err = store.Hooks(ctx, first.ID, 1)
	must(t, err)
	alike(t, "one after the first", got, []hooks.Hook{second})
	got, err = store.Hooks(ctx, "", 0)
	must(t, err)
	equal(t, "how many none are", len(got), 0)
}

func hookChanged(t *testing.T, store hooks.Store) {
	ctx, h, later := t.Context(), Hook(id.New(Start), "first"), Start.Add(time.Hour)
	must(t, store.CreateHook(ctx, h))
	keeper, words := id.New(Start), []string{"b", "a"}
	got, err := store.ChangeHook(ctx, h.ID, hooks.Change{
		KeeperID: &keeper, Name: new("Other"), Crowds: new(true), Hash: new("second"), Hint: new("abcd"), URL: new("https://x.test"),
		Triggers: &words, Off: new(true), Problem: new("why"), Failures: new(2), Salt: new("s"), LastUsedAt: &later,
	}, later)
	must(t, err)
	h.KeeperID, h.Name, h.Crowds, h.Hash, h.Hint, h.URL, h.Triggers = keeper, "Other", true, "second", "abcd", "https://x.test", words
	h.Off, h.Problem, h.Failures, h.Salt, h.LastUsedAt, h.UpdatedAt = true, "why", 2, "s", later, later
	alike(t, "the webhook after a change", got, h)
	_, err = store.HookByHash(ctx, "first")
	refused(t, err, fault.NotFound, "HOOK_NOT_FOUND")
	none := []string(nil)
	got, err = store.ChangeHook(ctx, h.ID, hooks.Change{Triggers: &none, Off: new(false)}, later)
	must(t, err)
	h.Triggers, h.Off = nil, false
	alike(t, "the webhook after another change", got, h)
	read, err := store.Hook(ctx, h.ID)
	must(t, err)
	alike(t, "the webhook read", read, h)
	_, err = store.ChangeHook(ctx, id.New(Start), hooks.Change{}, later)
	refused(t, err, fault.NotFound, "HOOK_NOT_FOUND")
}

// CommandHook returns a slash command of a channel, or of all with channelID "", ready to be stored.
func CommandHook(channelID, name string) hooks.Hook {
	h := Hook(channelID, "")
	h.Kind, h.Hint, h.Salt, h.URL, h.Command, h.Usage, h.About = hooks.SlashCommand, "", "salt", "https://example.test/x", name, "branch …", "Ship “it”"
	return h
}

func commandsNamed(t *testing.T, store hooks.Store) {
	ctx, here, there := t.Context(), id.New(Start), id.New(Start)
	own, other, every := CommandHook(here, "deploy"), CommandHook(there, "deploy"), CommandHook("", "weather")
	incoming, longer := Hook(here, "a hash"), CommandHook(there, "deploy-all")
	for _, h := range []hooks.Hook{own, other, every, incoming, longer} {
		must(t, store.CreateHook(ctx, h))
	}
	refused(t, store.CreateHook(ctx, CommandHook(here, "deploy")), fault.Conflict, "COMMAND_TAKEN")
	refused(t, store.CreateHook(ctx, CommandHook("", "weather")), fault.Conflict, "COMMAND_TAKEN")
	got, err := store.CommandHooks(ctx, here)
	must(t, err)
	slices.SortFunc(got, func(a, b hooks.Hook) int { return strings.Compare(a.ID, b.ID) })
	alike(t, "the commands of a channel", got, []hooks.Hook{own, every})
	got, err = store.ChannelHooks(ctx, "")
	must(t, err)
	alike(t, "those of all channels", got, []hooks.Hook{every})
	for _, c := range []struct {
		name, channelID string
		want            bool
	}{
		{"deploy", here, true}, {"deploy", there, true}, {"deploy", id.New(Start), false}, {"deploy", "", true}, {"weather", here, true}, {"weather", "", true},
		{"deploy-all", here, false}, {"deploy-al", "", false}, {"", "", false}, {"", here, false},
	} {
		taken, err := store.CommandTaken(ctx, c.name, c.channelID)
		must(t, err)
		equal(t, "whether "+c.name+" is taken in "+c.channelID, taken, c.want)
	}
	changed, err := store.ChangeHook(ctx, own.ID, hooks.Change{Usage: new(""), About: new("Other"), Salt: new("other")}, Start)
	must(t, err)
	own.Usage, own.About, own.Salt = "", "Other", "other"
	alike(t, "the command after a change", changed, own)
	must(t, store.DeleteHook(ctx, own.ID))
	must(t, store.CreateHook(ctx, CommandHook(here, "deploy")))
}

func commandsAtOnce(t *testing.T, store hooks.Store) {
	here := id.New(Start)
	won, failures := atOnce(20, func(int) error { return store.CreateHook(t.Context(), CommandHook(here, "deploy")) })
	equal(t, "how many were made", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "COMMAND_TAKEN")
	}
}

func hookFailures(t *testing.T, store hooks.Store) {
	h := Hook(id.New(Start), "x")
	must(t, store.CreateHook(t.Context(), h))
	won, _ := atOnce(50, func(int) error { _, err := store.CountHookFailure(t.Context(), h.ID); return err })
	equal(t, "how many counted", won, 50)
	got, err := store.CountHookFailure(t.Context(), h.ID)
	must(t, err)
	equal(t, "the failures", got.Failures, 51)
	_, err = store.CountHookFailure(t.Context(), id.New(Start))
	refused(t, err, fault.NotFound, "HOOK_NOT_FOUND")
}

func guiseKept(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	m := Message(c.ID, ada.ID, "deployed")
	m.Guise = chat.Guise{Name: "Züge", Emoji: "🚂", Icon: "/icons/a/b"}
	stored, _, err := store.AppendMessage(t.Context(), m)
	must(t, err)
	equal(t, "the guise stored", stored.Guise, m.Guise)
	got, err := store.Message(t.Context(), m.ID)
	must(t, err)
	equal(t, "the guise read", got.Guise, m.Guise)
	edited, err := store.EditMessage(t.Context(), m.ID, ada.ID, "other", "<p>other</p>", 1, Start)
	must(t, err)
	equal(t, "the guise after an edit", edited.Guise, m.Guise)
}
