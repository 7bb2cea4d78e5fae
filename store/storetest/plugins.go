package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/plugins"
)

// PluginStore is a store of the workbench, and of the people in it.
type PluginStore interface {
	accounts.Store
	plugins.Store
}

// Plugins tests a store of the workbench. open returns an empty store and closes it with the test.
func Plugins(t *testing.T, open func(t *testing.T) PluginStore) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store PluginStore)
	}{
		{"a plugin reads back as stored, by id and by its owner's name for it", pluginReadsBack},
		{"a name is free once an owner", pluginNames},
		{"a plugin that has changed since it was read is not saved", pluginRevisions},
		{"plugins are listed for their owner, and for all where they are shared", pluginsListed},
		{"versions follow each other without holes", versionsFollow},
		{"of ten that make one version at once one makes it", versionRace},
		{"a build reaches its version and its plugin", buildsReach},
		{"conversations and answers read back", talksReadBack},
		{"a plugin is asked one thing at a time", oneAnswerAtATime},
		{"what ended is unseen until somebody has seen it or asks again", unseenAnswers},
		{"a conversation goes with its answers, and ends what is asked in it", talkDeleted},
		{"a question that begins while its conversation is deleted leaves the plugin free", talkDeletedMeanwhile},
		{"usage adds up by person and day, and for all", usageAddsUp},
		{"people are listed by what they used", usageByPerson},
		{"people have budgets of their own", budgetsReadBack},
		{"an install reads back and is found where it is", installReadsBack},
		{"a command of a channel belongs to one install", commandsOnce},
		{"of ten that install one command at once one does", commandRace},
		{"what waits for its first approval takes no commands", commandsAsked},
		{"an install keeps values", valuesKept},
		{"a value is swapped by one of ten at once", valueSwaps},
		{"the last runs of an install are kept", runsKept},
		{"with a plugin goes everything of it", pluginDeleted},
		{"with a person goes what they said", talksErased},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Plugin returns a plugin of somebody's, ready to be stored.
func Plugin(ownerID, name string) plugins.Plugin {
	return plugins.Plugin{
		ID: id.New(Start), OwnerID: ownerID, Name: name, NameKey: strings.ToLower(name), Data: "{}", Status: plugins.Pending,
		CreatedAt: Start, UpdatedAt: Start,
	}
}

// AddPlugin stores a plugin.
func AddPlugin(t testing.TB, store PluginStore, ownerID, name string) plugins.Plugin {
	t.Helper()
	p := Plugin(ownerID, name)
	must(t, store.CreatePlugin(t.Context(), p))
	return p
}

// Install returns an install of a plugin in a channel, ready to be stored.
func Install(pluginID, channelID string, commands ...string) plugins.Install {
	return plugins.Install{
		ID: id.New(Start), PluginID: pluginID, ChannelID: channelID, Version: 1, Bundle: "b", Manifest: "{}", Commands: commands,
		BotID: id.New(Start), InstallerID: id.New(Start), State: plugins.Active, CreatedAt: Start, UpdatedAt: Start,
	}
}

func version(pluginID string, number int, at time.Time, entries ...plugins.Entry) plugins.Version {
	return plugins.Version{
		PluginID: pluginID, Number: number, AuthorID: id.New(Start), Origin: plugins.ByEditor, Note: "a note", Entries: entries, CreatedAt: at,
	}
}

func pluginReadsBack(t *testing.T, store PluginStore) {
	want := plugins.Plugin{
		ID: id.New(Start), OwnerID: id.New(Start), Name: "Zürich \"1\"", NameKey: "zürich \"1\"", Data: `{"a":{"$b":[1,"\u0001"]}}`,
		Status: plugins.Success, Shared: true, Locked: "a b.ts\nmain.ts", BotID: id.New(Start), Downloads: 3, CreatedAt: Start, UpdatedAt: Start.Add(time.Second), Revision: 4,
	}
	must(t, store.CreatePlugin(t.Context(), want))
	got, err := store.Plugin(t.Context(), want.ID)
	must(t, err)
	alike(t, "the plugin", got, want)
	got, err = store.PluginNamed(t.Context(), want.OwnerID, want.NameKey)
	must(t, err)
	alike(t, "the plugin by name", got, want)
	must(t, store.CountDownload(t.Context(), want.ID))
	some, err := store.Plugins(t.Context(), []string{want.ID, id.New(Start)})
	must(t, err)
	want.Downloads++
	alike(t, "the plugins by id", some, []plugins.Plugin{want})

	_, err = store.Plugin(t.Context(), id.New(Start))
	refused(t, err, fault.NotFound, "PLUGIN_NOT_FOUND")
	_, err = store.PluginNamed(t.Context(), id.New(Start), want.NameKey)
	refused(t, err, fault.NotFound, "PLUGIN_NOT_FOUND")
	refused(t, store.CountDownload(t.Context(), id.New(Start)), fault.NotFound, "PLUGIN_NOT_FOUND")
}

func pluginNames(t *testing.T, store PluginStore) {
	ada, ben := id.New(Start), id.New(Start)
	AddPlugin(t, store, ada, "Dice")
	refused(t, store.CreatePlugin(t.Context(), Plugin(ada, "dice")), fault.Conflict, "PLUGIN_EXISTS")
	AddPlugin(t, store, ben, "dice")
	poll := AddPlugin(t, store, ada, "poll")
	poll.Name, poll.NameKey = "DICE", "dice"
	refused(t, store.SavePlugin(t.Context(), poll), fault.Conflict, "PLUGIN_EXISTS")
	won, _ := atOnce(10, func(int) error { return store.CreatePlugin(t.Context(), Plugin(ada, "once")) })
	equal(t, "how many of ten had the name", won, 1)
}

func pluginRevisions(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	must(t, store.AddVersion(t.Context(), version(p.ID, 1, Start), nil, 0))
	must(t, store.SaveBuild(t.Context(), p.ID, 1, plugins.Build{Output: "no"}, nil))
	p.Name, p.NameKey, p.Data, p.Shared, p.Locked, p.BotID = "Dices", "dices", `{"x":1}`, true, "main.ts", id.New(Start)
	p.UpdatedAt = Start.Add(time.Hour)
	must(t, store.SavePlugin(t.Context(), p))
	refused(t, store.SavePlugin(t.Context(), p), fault.Conflict, "PLUGIN_CHANGED")
	p.Revision, p.Head, p.Status = p.Revision+1, 1, plugins.Failed // how it stands with the compiler is none of a save's business
	got, err := store.Plugin(t.Context(), p.ID)
	must(t, err)
	alike(t, "the plugin", got, p)
	p.ID = id.New(Start)
	refused(t, store.SavePlugin(t.Context(), p), fault.NotFound, "PLUGIN_NOT_FOUND")
}

func pluginsListed(t *testing.T, store PluginStore) {
	ada, ben := id.New(Start), id.New(Start)
	var mine []plugins.Plugin
	for i, name := range []string{"c", "a", "b"} {
		p := Plugin(ada, name)
		p.UpdatedAt, p.Shared = Start.Add(time.Duration(i)*time.Second), name != "c"
		must(t, store.CreatePlugin(t.Context(), p))
		mine = append(mine, p)
	}
	shared := Plugin(ben, "a")
	shared.Shared = true
	must(t, store.CreatePlugin(t.Context(), shared))
	AddPlugin(t, store, ben, "hidden")

	got, err := store.PluginsOf(t.Context(), ada, 10)
	must(t, err)
	alike(t, "ada's plugins", got, []plugins.Plugin{mine[2], mine[1], mine[0]})
	got, err = store.PluginsOf(t.Context(), ada, 1)
	must(t, err)
	alike(t, "ada's newest", got, []plugins.Plugin{mine[2]})
	got, err = store.SharedPlugins(t.Context(), "", 2)
	must(t, err)
	alike(t, "what is shared", got, []plugins.Plugin{mine[1], shared})
	got, err = store.SharedPlugins(t.Context(), shared.NameKey+" "+shared.ID, 2)
	must(t, err)
	alike(t, "what is shared, further on", got, []plugins.Plugin{mine[2]})
	got, err = store.PluginsOf(t.Context(), ada, 0)
	must(t, err)
	equal(t, "the number at a limit of none", len(got), 0)
}

func versionsFollow(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	one := version(p.ID, 1, Start.Add(time.Second), plugins.Entry{Path: "main.ts", Hash: "h1", Size: 3}, plugins.Entry{Path: "a/ü.ts", Hash: "h2", Size: 4})
	one.Exchange = id.New(Start)
	refused(t, store.AddVersion(t.Context(), version(p.ID, 2, Start), nil, 0), fault.Conflict, "VERSION_EXISTS")
	must(t, store.AddVersion(t.Context(), one, []plugins.Blob{{Hash: "h1", Content: []byte("one")}, {Hash: "h2", Content: []byte{0, 255}}}, 0))
	refused(t, store.AddVersion(t.Context(), one, nil, 0), fault.Conflict, "VERSION_EXISTS")
	two := version(p.ID, 2, Start.Add(2*time.Second), plugins.Entry{Path: "main.ts", Hash: "h1", Size: 3})
	refused(t, store.AddVersion(t.Context(), two, nil, p.Revision+1), fault.Conflict, "PLUGIN_CHANGED")
	refused(t, store.AddVersion(t.Context(), version(p.ID, 3, Start), nil, p.Revision+1), fault.Conflict, "VERSION_EXISTS")
	must(t, store.AddVersion(t.Context(), two, []plugins.Blob{{Hash: "h1", Content: []byte("one")}}, p.Revision))
	refused(t, store.AddVersion(t.Context(), version(id.New(Start), 1, Start), nil, 0), fault.NotFound, "PLUGIN_NOT_FOUND")

	got, err := store.Version(t.Context(), p.ID, 1)
	must(t, err)
	alike(t, "the version", got, one)
	all, err := store.PluginVersions(t.Context(), p.ID, 0, 10)
	must(t, err)
	alike(t, "the versions", all, []plugins.Version{two, one})
	all, err = store.PluginVersions(t.Context(), p.ID, 2, 10)
	must(t, err)
	alike(t, "the versions before the second", all, []plugins.Version{one})
	_, err = store.Version(t.Context(), p.ID, 3)
	refused(t, err, fault.NotFound, "VERSION_NOT_FOUND")

	p, err = store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "the newest version", p.Head, 2)
	equal(t, "when the plugin was changed", p.UpdatedAt, two.CreatedAt)
	blobs, err := store.Blobs(t.Context(), p.ID, []string{"h2", "h1", "h3"})
	must(t, err)
	slices.SortFunc(blobs, func(a, b plugins.Blob) int { return strings.Compare(a.Hash, b.Hash) })
	alike(t, "the blobs", blobs, []plugins.Blob{{Hash: "h1", Content: []byte("one")}, {Hash: "h2", Content: []byte{0, 255}}})
	blobs, err = store.Blobs(t.Context(), AddPlugin(t, store, p.OwnerID, "other").ID, []string{"h1"})
	must(t, err)
	equal(t, "the number of blobs of another plugin", len(blobs), 0)
}

func versionRace(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	for number := 1; number <= 3; number++ {
		won, _ := atOnce(10, func(n int) error {
			v := version(p.ID, number, Start, plugins.Entry{Path: fmt.Sprint(n), Hash: "h", Size: 1})
			return store.AddVersion(t.Context(), v, []plugins.Blob{{Hash: "h", Content: []byte("x")}}, 0)
		})
		equal(t, "how many of ten made the version", won, 1)
		p, err := store.Plugin(t.Context(), p.ID)
		must(t, err)
		equal(t, "the newest version", p.Head, number)
	}
}

func buildsReach(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	for number := 1; number <= 2; number++ {
		must(t, store.AddVersion(t.Context(), version(p.ID, number, Start), nil, 0))
	}
	good := plugins.Build{Success: true, Output: "fine", Bundle: "b1", Map: "m1", Manifest: `{"name":"dice"}`, Archive: "a1", Took: 12}
	must(t, store.SaveBuild(t.Context(), p.ID, 1, good, []plugins.Blob{{Hash: "b1", Content: []byte("js")}}))
	p, err := store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "the status with an older build", p.Status, plugins.Pending)
	equal(t, "what is built", p.Built, 1)
	bad := plugins.Build{Output: "no", Problems: []plugins.Problem{{File: "main.ts", Line: 2, Column: 3, Text: "missing \";\""}}}
	must(t, store.SaveBuild(t.Context(), p.ID, 2, bad, nil))
	p, err = store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "the status", p.Status, plugins.Failed)
	equal(t, "what is built after a failure", p.Built, 1)
	v, err := store.Version(t.Context(), p.ID, 2)
	must(t, err)
	alike(t, "the failed build", *v.Build, bad)
	v, err = store.Version(t.Context(), p.ID, 1)
	must(t, err)
	alike(t, "the good build", *v.Build, good)
	blobs, err := store.Blobs(t.Context(), p.ID, []string{"b1"})
	must(t, err)
	equal(t, "the number of bundles", len(blobs), 1)
	refused(t, store.SaveBuild(t.Context(), p.ID, 3, good, nil), fault.NotFound, "VERSION_NOT_FOUND")
}

func pluginTalk(pluginID, userID string, at time.Time) plugins.Conversation {
	return plugins.Conversation{ID: id.New(at), PluginID: pluginID, UserID: userID, Title: "Roll \"dice\"", CreatedAt: at, UpdatedAt: at}
}

func exchange(c plugins.Conversation, at time.Time) plugins.Exchange {
	return plugins.Exchange{
		ID: id.New(at), ConversationID: c.ID, PluginID: c.PluginID, UserID: c.UserID, Ask: "a dice, ü", State: plugins.Answering, Base: 2, CreatedAt: at,
	}
}

func talksReadBack(t *testing.T, store PluginStore) {
	p, ada := AddPlugin(t, store, id.New(Start), "dice"), id.New(Start)
	older, newer := pluginTalk(p.ID, ada, Start), pluginTalk(p.ID, ada, Start.Add(time.Second))
	for _, c := range []plugins.Conversation{older, newer, pluginTalk(p.ID, id.New(Start), Start)} {
		must(t, store.CreateConversation(t.Context(), c))
	}
	first := exchange(older, Start.Add(time.Minute))
	must(t, store.BeginExchange(t.Context(), first, first.CreatedAt.Add(time.Hour)))
	first.Answer, first.State, first.Model, first.Rounds, first.Version = "**Done.**", plugins.Answered, "m", 2, 3
	first.Operations = []plugins.Operation{{Type: plugins.Create, File: "main.ts", Content: "x\n"}, {Type: plugins.Delete, File: "b.ts"}}
	first.Build = &plugins.Build{Success: true, Output: "ok"}
	first.Usage = plugins.Usage{Calls: 2, Input: 10, Output: 20, Cost: 30, Took: 40}
	first.DoneAt = first.CreatedAt.Add(time.Second)
	must(t, store.SaveExchange(t.Context(), first))
	second := exchange(older, Start.Add(2*time.Minute))
	must(t, store.BeginExchange(t.Context(), second, second.CreatedAt.Add(time.Hour)))

	older.Count, older.UpdatedAt = 2, second.CreatedAt
	got, err := store.Conversation(t.Context(), older.ID)
	must(t, err)
	alike(t, "the conversation", got, older)
	all, err := store.PluginConversations(t.Context(), p.ID, ada, 10)
	must(t, err)
	alike(t, "ada's conversations", all, []plugins.Conversation{older, newer})
	said, err := store.Exchanges(t.Context(), older.ID, "", 10)
	must(t, err)
	alike(t, "the build", *said[1].Build, *first.Build)
	said[1].Build, first.Build = nil, nil // addresses differ
	alike(t, "what was said", said, []plugins.Exchange{second, first})
	said, err = store.Exchanges(t.Context(), older.ID, second.ID, 10)
	must(t, err)
	said[0].Build = nil
	alike(t, "what was said before", said, []plugins.Exchange{first})
	one, err := store.Exchange(t.Context(), first.ID)
	must(t, err)
	one.Build = nil
	alike(t, "an answer", one, first)
	used, err := store.UsageOfAnswers(t.Context(), p.ID, 10)
	must(t, err)
	alike(t, "what the answers used", used, []plugins.Usage{first.Usage})
	used, err = store.UsageOfAnswers(t.Context(), id.New(Start), 10)
	must(t, err)
	equal(t, "the answers about another plugin", len(used), 0)

	_, err = store.Conversation(t.Context(), id.New(Start))
	refused(t, err, fault.NotFound, "CONVERSATION_NOT_FOUND")
	_, err = store.Exchange(t.Context(), id.New(Start))
	refused(t, err, fault.NotFound, "EXCHANGE_NOT_FOUND")
	first.ID = id.New(Start)
	refused(t, store.SaveExchange(t.Context(), first), fault.NotFound, "EXCHANGE_NOT_FOUND")
}

func oneAnswerAtATime(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	c := pluginTalk(p.ID, p.OwnerID, Start)
	must(t, store.CreateConversation(t.Context(), c))
	until := Start.Add(time.Minute)
	won, _ := atOnce(10, func(int) error { return store.BeginExchange(t.Context(), exchange(c, Start), until) })
	equal(t, "how many of ten began", won, 1)
	refused(t, store.BeginExchange(t.Context(), exchange(c, until.Add(-time.Millisecond)), until), fault.Conflict, "ANSWER_UNDER_WAY")
	late := exchange(c, until)
	must(t, store.BeginExchange(t.Context(), late, until.Add(time.Minute)))
	p, err := store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "what is asked", p.Asking, late.ID)
	equal(t, "until when", p.AskingUntil, until.Add(time.Minute))

	said, err := store.Exchanges(t.Context(), c.ID, "", 10)
	must(t, err)
	stale := said[1]
	stale.State = plugins.Broken
	must(t, store.SaveExchange(t.Context(), stale))
	p, err = store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "what is asked when an older one ends", p.Asking, late.ID)
	late.State = plugins.Stopped
	must(t, store.SaveExchange(t.Context(), late))
	p, err = store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "what is asked in the end", p.Asking, "")
	equal(t, "what is unseen of what was stopped", p.Unseen, "")
	missing := exchange(c, Start)
	missing.PluginID = id.New(Start)
	refused(t, store.BeginExchange(t.Context(), missing, until), fault.NotFound, "PLUGIN_NOT_FOUND")
}

func unseenAnswers(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	c := pluginTalk(p.ID, p.OwnerID, Start)
	must(t, store.CreateConversation(t.Context(), c))
	unseen := func(what, want string) {
		t.Helper()
		got, err := store.Plugin(t.Context(), p.ID)
		must(t, err)
		equal(t, what, got.Unseen, want)
	}
	ask := func(state plugins.ExchangeState) plugins.Exchange {
		t.Helper()
		e := exchange(c, Start)
		must(t, store.BeginExchange(t.Context(), e, Start.Add(time.Minute)))
		unseen("what is unseen while another is asked", "")
		e.State = state
		must(t, store.SaveExchange(t.Context(), e))
		return e
	}
	first := ask(plugins.Answered)
	unseen("what ended", first.ID)
	second := ask(plugins.Broken)
	unseen("what broke off", second.ID)
	must(t, store.SeeExchange(t.Context(), p.ID, first.ID))
	unseen("what is unseen when an older one was seen", second.ID)
	must(t, store.SaveExchange(t.Context(), first))
	unseen("what is unseen when an older one is stored again", second.ID)
	for range 2 {
		must(t, store.SeeExchange(t.Context(), p.ID, second.ID))
		unseen("what was seen", "")
	}
	must(t, store.SeeExchange(t.Context(), id.New(Start), second.ID))
}

func talkDeleted(t *testing.T, store PluginStore) {
	p, ada := AddPlugin(t, store, id.New(Start), "dice"), id.New(Start)
	must(t, store.AddVersion(t.Context(), version(p.ID, 1, Start), nil, 0))
	must(t, store.AddUsage(t.Context(), ada, "2026-03-14", plugins.Usage{Calls: 1}))
	gone, stays := pluginTalk(p.ID, ada, Start), pluginTalk(p.ID, ada, Start)
	for _, c := range []plugins.Conversation{gone, stays} {
		must(t, store.CreateConversation(t.Context(), c))
		e := exchange(c, Start)
		must(t, store.BeginExchange(t.Context(), e, Start.Add(time.Minute)))
		e.State = plugins.Answered
		must(t, store.SaveExchange(t.Context(), e))
	}
	under := exchange(gone, Start.Add(time.Second))
	must(t, store.BeginExchange(t.Context(), under, Start.Add(time.Minute)))
	for range 2 {
		must(t, store.DeleteConversation(t.Context(), gone.ID))
	}
	_, err := store.Conversation(t.Context(), gone.ID)
	refused(t, err, fault.NotFound, "CONVERSATION_NOT_FOUND")
	_, err = store.Exchange(t.Context(), under.ID)
	refused(t, err, fault.NotFound, "EXCHANGE_NOT_FOUND")
	refused(t, store.SaveExchange(t.Context(), under), fault.NotFound, "EXCHANGE_NOT_FOUND")
	for id, want := range map[string]int{gone.ID: 0, stays.ID: 1} {
		said, err := store.Exchanges(t.Context(), id, "", 10)
		must(t, err)
		equal(t, "what is said", len(said), want)
	}
	late := exchange(gone, Start.Add(2*time.Second))
	refused(t, store.BeginExchange(t.Context(), late, Start.Add(time.Minute)), fault.NotFound, "CONVERSATION_NOT_FOUND")
	_, err = store.Exchange(t.Context(), late.ID)
	refused(t, err, fault.NotFound, "EXCHANGE_NOT_FOUND")
	p, err = store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "what is asked", p.Asking, "")
	equal(t, "the newest version", p.Head, 1)
	used, err := store.UsageBetween(t.Context(), ada, "2026-03-14", "2026-03-14")
	must(t, err)
	equal(t, "the calls", used.Calls, 1)

	// What is asked in another conversation goes on.
	e := exchange(stays, Start.Add(3*time.Second))
	must(t, store.BeginExchange(t.Context(), e, Start.Add(time.Minute)))
	empty := pluginTalk(p.ID, ada, Start)
	must(t, store.CreateConversation(t.Context(), empty))
	must(t, store.DeleteConversation(t.Context(), empty.ID))
	p, err = store.Plugin(t.Context(), p.ID)
	must(t, err)
	equal(t, "what is asked beside what was deleted", p.Asking, e.ID)
}

func talkDeletedMeanwhile(t *testing.T, store PluginStore) {
	p, ada := AddPlugin(t, store, id.New(Start), "dice"), id.New(Start)
	for range 40 {
		c := pluginTalk(p.ID, ada, Start)
		must(t, store.CreateConversation(t.Context(), c))
		e := exchange(c, Start)
		var both sync.WaitGroup
		both.Go(func() {
			if err := store.BeginExchange(t.Context(), e, Start.Add(time.Hour)); err != nil && !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := store.DeleteConversation(t.Context(), c.ID); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		now, err := store.Plugin(t.Context(), p.ID)
		must(t, err)
		equal(t, "what is asked", now.Asking, "")
		_, err = store.Exchange(t.Context(), e.ID)
		refused(t, err, fault.NotFound, "EXCHANGE_NOT_FOUND")
	}
}

func usageAddsUp(t *testing.T, store PluginStore) {
	ada, ben := id.New(Start), id.New(Start)
	atOnce(10, func(int) error {
		return store.AddUsage(t.Context(), ada, "2026-03-14", plugins.Usage{Calls: 1, Input: 2, Output: 3, Cost: 4, Took: 5})
	})
	must(t, store.AddUsage(t.Context(), ada, "2026-03-15", plugins.Usage{Calls: 1}))
	must(t, store.AddUsage(t.Context(), ben, "2026-03-15", plugins.Usage{Calls: 7}))
	for _, want := range []struct {
		userID, first, last string
		usage               plugins.Usage
	}{
		{ada, "2026-03-14", "2026-03-14", plugins.Usage{Calls: 10, Input: 20, Output: 30, Cost: 40, Took: 50}},
		{ada, "2026-03-01", "2026-03-31", plugins.Usage{Calls: 11, Input: 20, Output: 30, Cost: 40, Took: 50}},
		{"", "2026-03-15", "2026-03-15", plugins.Usage{Calls: 8}},
		{ben, "2026-03-14", "2026-03-14", plugins.Usage{}},
	} {
		got, err := store.UsageBetween(t.Context(), want.userID, want.first, want.last)
		must(t, err)
		alike(t, "the usage", got, want.usage)
	}
}

func installReadsBack(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	here, there := id.New(Start), id.New(Start)
	one := Install(p.ID, here, "roll", "flip")
	one.ApproverID, one.State, one.Problem, one.Failures = id.New(Start), plugins.Off, "too \"many\"", 3
	one.Granted = plugins.Grant{Permissions: []string{"storage"}, Hosts: []string{"api.example.com"}}
	one.Settings, one.WebhookHash = map[string]string{"a.b": "1", "$c": "ü"}, "hash"
	one.Pending = &plugins.Proposal{
		Version: 2, Bundle: "c", Manifest: `{"a":"\u0001"}`, Commands: []string{"throw"}, Granted: plugins.Grant{Hosts: []string{"x.test"}, HostsBy: id.New(Start)},
		Settings: map[string]string{"$a.b": "ü"}, AskerID: id.New(Start), AskedAt: Start,
	}
	two := Install(p.ID, there, "roll")
	must(t, store.AddInstall(t.Context(), one))
	must(t, store.AddInstall(t.Context(), two))
	refused(t, store.AddInstall(t.Context(), Install(p.ID, here, "else")), fault.Conflict, "ALREADY_INSTALLED")

	got, err := store.Install(t.Context(), one.ID)
	must(t, err)
	installAlike(t, "the install", got, one)
	got, err = store.InstallByWebhook(t.Context(), "hash")
	must(t, err)
	installAlike(t, "the install by its webhook", got, one)
	_, err = store.InstallByWebhook(t.Context(), "")
	refused(t, err, fault.NotFound, "INSTALL_NOT_FOUND")
	all, err := store.InstallsIn(t.Context(), []string{there, here, id.New(Start)}, 10)
	must(t, err)
	equal(t, "the number of those of channels", len(all), 2)
	installAlike(t, "the first of channels", all[0], one)
	alike(t, "the last of channels", all[1], two)
	all, err = store.InstallsOf(t.Context(), p.ID, 1)
	must(t, err)
	equal(t, "the number of those of the plugin", len(all), 1)
	installAlike(t, "the one of the plugin", all[0], one)

	every, waits := []string{one.ID, two.ID}, []string{one.ID}
	for _, i := range []plugins.Install{Install(p.ID, id.New(Start)), Install(p.ID, id.New(Start)), Install(p.ID, id.New(Start))} {
		i.State = plugins.Asked
		must(t, store.AddInstall(t.Context(), i))
		every, waits = append(every, i.ID), append(waits, i.ID)
	}
	slices.Sort(every)
	slices.Sort(waits)
	for show, want := range map[plugins.InstallShow][]string{
		plugins.ShowAll: every, plugins.ShowWaiting: waits, plugins.ShowActive: {two.ID}, plugins.ShowOff: {one.ID},
	} {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			page, err := store.Installs(t.Context(), show, after, 2)
			must(t, err)
			for _, i := range page {
				got = append(got, i.ID)
			}
			if len(page) < 2 {
				break
			}
		}
		alike(t, "what is shown of "+string(show), got, want)
	}

	one.Pending.Version, one.Pending.Settings = 3, nil
	must(t, store.SaveInstall(t.Context(), one))
	one.Revision++
	got, err = store.Install(t.Context(), one.ID)
	must(t, err)
	installAlike(t, "the install with what waits", got, one)
	one.Pending = nil
	one.Version, one.State, one.Problem, one.Settings, one.WebhookHash, one.UpdatedAt = 2, plugins.Active, "", nil, "", Start.Add(time.Hour)
	must(t, store.SaveInstall(t.Context(), one))
	refused(t, store.SaveInstall(t.Context(), one), fault.Conflict, "INSTALL_CHANGED")
	one.Revision++
	got, err = store.Install(t.Context(), one.ID)
	must(t, err)
	alike(t, "the install as saved", got, one)
	refused(t, store.DeleteInstall(t.Context(), one.ID, one.Revision-1), fault.Conflict, "INSTALL_CHANGED")
	_, err = store.Install(t.Context(), one.ID)
	must(t, err)
	all, err = store.Installs(t.Context(), plugins.ShowWaiting, "", 10)
	must(t, err)
	equal(t, "the number of those that still wait", len(all), len(waits)-1)
	for range 2 {
		must(t, store.DeleteInstall(t.Context(), one.ID, one.Revision))
	}
	_, err = store.Install(t.Context(), one.ID)
	refused(t, err, fault.NotFound, "INSTALL_NOT_FOUND")
	refused(t, store.SaveInstall(t.Context(), one), fault.Conflict, "INSTALL_CHANGED")
	must(t, store.AddInstall(t.Context(), Install(p.ID, here)))
}

// installAlike compares installs with what waits for an approval, which a pointer hides.
func installAlike(t *testing.T, what string, got, want plugins.Install) {
	t.Helper()
	if got.Pending == nil || want.Pending == nil {
		t.Fatalf("%s: nothing waits: got %v, want %v", what, got.Pending, want.Pending)
	}
	alike(t, what+": what waits", *got.Pending, *want.Pending)
	got.Pending, want.Pending = nil, nil
	alike(t, what, got, want)
}

func commandsOnce(t *testing.T, store PluginStore) {
	ada, here := id.New(Start), id.New(Start)
	dice, poll := AddPlugin(t, store, ada, "dice"), AddPlugin(t, store, ada, "poll")
	first, second := Install(dice.ID, here, "roll", "flip"), Install(poll.ID, here, "poll")
	must(t, store.AddInstall(t.Context(), first))
	refused(t, store.AddInstall(t.Context(), Install(poll.ID, here, "poll", "flip")), fault.Conflict, "COMMAND_TAKEN")
	must(t, store.AddInstall(t.Context(), second))
	second.Commands = []string{"flip"}
	refused(t, store.SaveInstall(t.Context(), second), fault.Conflict, "COMMAND_TAKEN")
	got, err := store.Install(t.Context(), second.ID)
	must(t, err)
	alike(t, "the commands after a refusal", got.Commands, []string{"poll"})
	first.Commands = []string{"roll"}
	must(t, store.SaveInstall(t.Context(), first))
	must(t, store.SaveInstall(t.Context(), second))
	must(t, store.DeleteInstall(t.Context(), first.ID, 0))
	must(t, store.AddInstall(t.Context(), Install(AddPlugin(t, store, ada, "third").ID, here, "roll")))
}

func commandsAsked(t *testing.T, store PluginStore) {
	here := id.New(Start)
	asked := Install(AddPlugin(t, store, id.New(Start), "dice").ID, here, "roll", "flip")
	asked.State = plugins.Asked
	must(t, store.AddInstall(t.Context(), asked))
	must(t, store.SaveInstall(t.Context(), asked))
	asked.Revision++
	other := Install(AddPlugin(t, store, id.New(Start), "other").ID, here, "roll")
	must(t, store.AddInstall(t.Context(), other))
	asked.State = plugins.Active
	refused(t, store.SaveInstall(t.Context(), asked), fault.Conflict, "COMMAND_TAKEN")
	must(t, store.DeleteInstall(t.Context(), other.ID, 0))
	must(t, store.SaveInstall(t.Context(), asked))
	asked.Revision++
	other = Install(AddPlugin(t, store, id.New(Start), "third").ID, here, "flip")
	refused(t, store.AddInstall(t.Context(), other), fault.Conflict, "COMMAND_TAKEN")
	asked.State = plugins.Off
	must(t, store.SaveInstall(t.Context(), asked))
	refused(t, store.AddInstall(t.Context(), other), fault.Conflict, "COMMAND_TAKEN")
	got, err := store.Install(t.Context(), asked.ID)
	must(t, err)
	alike(t, "the commands", got.Commands, []string{"roll", "flip"})
}

func commandRace(t *testing.T, store PluginStore) {
	here := id.New(Start)
	var made []plugins.Plugin
	for n := range 10 {
		made = append(made, AddPlugin(t, store, id.New(Start), fmt.Sprint("p", n)))
	}
	won, _ := atOnce(10, func(n int) error {
		return store.AddInstall(t.Context(), Install(made[n].ID, here, fmt.Sprint("own", n), "roll"))
	})
	equal(t, "how many of ten had the command", won, 1)
	all, err := store.InstallsIn(t.Context(), []string{here}, 20)
	must(t, err)
	equal(t, "the number of installs", len(all), 1)
}

func valuesKept(t *testing.T, store PluginStore) {
	one, other := id.New(Start), id.New(Start)
	for n, key := range []string{"a:2", "a:1", "b", "ä"} {
		must(t, store.SetValue(t.Context(), one, plugins.Value{Key: key, Content: fmt.Sprint(n), UpdatedAt: Start}, 4))
	}
	refused(t, store.SetValue(t.Context(), one, plugins.Value{Key: "more", Content: "1", UpdatedAt: Start}, 4), fault.Full, "STORAGE_FULL")
	must(t, store.SetValue(t.Context(), one, plugins.Value{Key: "b", Content: `{"x":"y"}`, UpdatedAt: Start.Add(time.Second)}, 4))
	must(t, store.SetValue(t.Context(), other, plugins.Value{Key: "b", Content: "2", UpdatedAt: Start}, 4))
	got, err := store.StoredValue(t.Context(), one, "b")
	must(t, err)
	alike(t, "the value", got, plugins.Value{Key: "b", Content: `{"x":"y"}`, UpdatedAt: Start.Add(time.Second)})
	keys := func(prefix, after string, limit int) (keys []string) {
		values, err := store.StoredValues(t.Context(), one, prefix, after, limit)
		must(t, err)
		for _, v := range values {
			keys = append(keys, v.Key)
		}
		return keys
	}
	alike(t, "all keys", keys("", "", 10), []string{"a:1", "a:2", "b", "ä"})
	alike(t, "the keys of a prefix", keys("a:", "", 10), []string{"a:1", "a:2"})
	alike(t, "the keys further on", keys("a:", "a:1", 10), []string{"a:2"})
	alike(t, "the keys at a limit", keys("", "a:1", 1), []string{"a:2"})
	for range 2 {
		must(t, store.DeleteValue(t.Context(), one, "b"))
	}
	_, err = store.StoredValue(t.Context(), one, "b")
	refused(t, err, fault.NotFound, "VALUE_NOT_FOUND")
	must(t, store.SetValue(t.Context(), one, plugins.Value{Key: "more", Content: "1", UpdatedAt: Start}, 4))
}

func valueSwaps(t *testing.T, store PluginStore) {
	install := id.New(Start)
	for _, old := range []string{"", "1", "2"} {
		swaps := make(chan bool, 10)
		atOnce(10, func(n int) error {
			next := plugins.Value{Key: "k", Content: map[string]string{"": "1", "1": "2", "2": "3"}[old], UpdatedAt: Start}
			done, err := store.SwapValue(t.Context(), install, next, old, 5)
			swaps <- done
			return err
		})
		close(swaps)
		won := 0
		for done := range swaps {
			if done {
				won++
			}
		}
		equal(t, "how many of ten swapped "+old, won, 1)
	}
	_, err := store.SwapValue(t.Context(), install, plugins.Value{Key: "more", Content: "1", UpdatedAt: Start}, "", 1)
	refused(t, err, fault.Full, "STORAGE_FULL")
}

func runsKept(t *testing.T, store PluginStore) {
	install := id.New(Start)
	var made []plugins.Run
	for n := range 5 {
		r := plugins.Run{ID: id.New(Start), InstallID: install, Kind: "command", CallerID: id.New(Start), Outcome: "thrown", Problem: "no",
			Log: "line\n", Took: int64(n), Memory: 7, At: Start}
		must(t, store.AddRun(t.Context(), r, 3))
		made = append(made, r)
	}
	must(t, store.AddRun(t.Context(), plugins.Run{ID: id.New(Start), InstallID: id.New(Start), Kind: "message", Outcome: "ok", At: Start}, 3))
	got, err := store.Runs(t.Context(), install, 10)
	must(t, err)
	alike(t, "the runs", got, []plugins.Run{made[4], made[3], made[2]})
}

func pluginDeleted(t *testing.T, store PluginStore) {
	p := AddPlugin(t, store, id.New(Start), "dice")
	must(t, store.AddVersion(t.Context(), version(p.ID, 1, Start), []plugins.Blob{{Hash: "h", Content: []byte("x")}}, 0))
	c := pluginTalk(p.ID, p.OwnerID, Start)
	must(t, store.CreateConversation(t.Context(), c))
	e := exchange(c, Start)
	must(t, store.BeginExchange(t.Context(), e, Start.Add(time.Minute)))
	i := Install(p.ID, id.New(Start), "roll")
	must(t, store.AddInstall(t.Context(), i))
	must(t, store.SetValue(t.Context(), i.ID, plugins.Value{Key: "k", Content: "1", UpdatedAt: Start}, 5))
	must(t, store.AddRun(t.Context(), plugins.Run{ID: id.New(Start), InstallID: i.ID, Kind: "command", Outcome: "ok", At: Start}, 5))
	for range 2 {
		must(t, store.DeletePlugin(t.Context(), p.ID))
	}

	_, err := store.Plugin(t.Context(), p.ID)
	refused(t, err, fault.NotFound, "PLUGIN_NOT_FOUND")
	_, err = store.Version(t.Context(), p.ID, 1)
	refused(t, err, fault.NotFound, "VERSION_NOT_FOUND")
	_, err = store.Conversation(t.Context(), c.ID)
	refused(t, err, fault.NotFound, "CONVERSATION_NOT_FOUND")
	_, err = store.Exchange(t.Context(), e.ID)
	refused(t, err, fault.NotFound, "EXCHANGE_NOT_FOUND")
	_, err = store.Install(t.Context(), i.ID)
	refused(t, err, fault.NotFound, "INSTALL_NOT_FOUND")
	_, err = store.StoredValue(t.Context(), i.ID, "k")
	refused(t, err, fault.NotFound, "VALUE_NOT_FOUND")
	runs, err := store.Runs(t.Context(), i.ID, 5)
	must(t, err)
	equal(t, "the number of runs", len(runs), 0)
	blobs, err := store.Blobs(t.Context(), p.ID, []string{"h"})
	must(t, err)
	equal(t, "the number of blobs", len(blobs), 0)
	must(t, store.AddInstall(t.Context(), Install(AddPlugin(t, store, p.OwnerID, "dice").ID, i.ChannelID, "roll")))
}

func talksErased(t *testing.T, store PluginStore) {
	ada := AddUser(t, store, "ada")
	p := AddPlugin(t, store, id.New(Start), "dice")
	c := pluginTalk(p.ID, ada.ID, Start)
	must(t, store.CreateConversation(t.Context(), c))
	e := exchange(c, Start)
	must(t, store.BeginExchange(t.Context(), e, Start.Add(time.Minute)))
	must(t, store.AddUsage(t.Context(), ada.ID, "2026-03-14", plugins.Usage{Calls: 1}))
	must(t, store.SetPersonBudget(t.Context(), ada.ID, 5))
	must(t, store.EraseUser(t.Context(), ada.ID, accounts.Tombstone{Email: "gone@x.test", Username: "gone", Name: "Gone"}, Start))
	_, err := store.Conversation(t.Context(), c.ID)
	refused(t, err, fault.NotFound, "CONVERSATION_NOT_FOUND")
	_, err = store.Exchange(t.Context(), e.ID)
	refused(t, err, fault.NotFound, "EXCHANGE_NOT_FOUND")
	used, err := store.UsageBetween(t.Context(), ada.ID, "2026-03-14", "2026-03-14")
	must(t, err)
	equal(t, "the calls of who was erased", used.Calls, 0)
	budgets, err := store.PersonBudgets(t.Context(), []string{ada.ID})
	must(t, err)
	equal(t, "the budgets of who was erased", len(budgets), 0)
	used, err = store.UsageBetween(t.Context(), "", "2026-03-14", "2026-03-14")
	must(t, err)
	equal(t, "the calls of all", used.Calls, 1)
}
