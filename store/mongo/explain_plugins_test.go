package mongo

import (
	"testing"

	"pegasus/id"
	"pegasus/plugins"
	"pegasus/store/storetest"
)

// exercisePlugins calls what the workbench needs, on paths that reach every command.
func exercisePlugins(t *testing.T, s *Store) {
	ctx := t.Context()
	p := storetest.AddPlugin(t, s, id.New(storetest.Start), "dice")
	_, err := s.PluginNamed(ctx, p.OwnerID, p.NameKey)
	must(t, err)
	_, err = s.Plugins(ctx, []string{p.ID})
	must(t, err)
	_, err = s.PluginsOf(ctx, p.OwnerID, 5)
	must(t, err)
	for _, after := range []string{"", p.NameKey + " " + p.ID} {
		_, err = s.SharedPlugins(ctx, after, 5)
		must(t, err)
	}
	must(t, s.SavePlugin(ctx, p))
	must(t, s.CountDownload(ctx, p.ID))
	must(t, s.AddVersion(ctx, plugins.Version{PluginID: p.ID, Number: 1, CreatedAt: storetest.Start}, []plugins.Blob{{Hash: "h", Content: []byte("x")}}, 0))
	_, err = s.Version(ctx, p.ID, 1)
	must(t, err)
	for _, before := range []int{0, 2} {
		_, err = s.PluginVersions(ctx, p.ID, before, 5)
		must(t, err)
	}
	must(t, s.SaveBuild(ctx, p.ID, 1, plugins.Build{Success: true}, nil))
	_, err = s.Blobs(ctx, p.ID, []string{"h"})
	must(t, err)

	c := plugins.Conversation{ID: id.New(storetest.Start), PluginID: p.ID, UserID: p.OwnerID, CreatedAt: storetest.Start, UpdatedAt: storetest.Start}
	must(t, s.CreateConversation(ctx, c))
	_, err = s.Conversation(ctx, c.ID)
	must(t, err)
	_, err = s.PluginConversations(ctx, p.ID, p.OwnerID, 5)
	must(t, err)
	e := plugins.Exchange{ID: id.New(storetest.Start), ConversationID: c.ID, PluginID: p.ID, UserID: p.OwnerID, State: plugins.Answering, CreatedAt: storetest.Start}
	must(t, s.BeginExchange(ctx, e, storetest.Start.Add(1)))
	e.State = plugins.Answered
	must(t, s.SaveExchange(ctx, e))
	_, err = s.Exchange(ctx, e.ID)
	must(t, err)
	for _, before := range []string{"", e.ID} {
		_, err = s.Exchanges(ctx, c.ID, before, 5)
		must(t, err)
	}
	must(t, s.BeginExchange(ctx, plugins.Exchange{ID: id.New(storetest.Start), ConversationID: c.ID, PluginID: p.ID, UserID: p.OwnerID, State: plugins.Answering}, storetest.Start))
	must(t, s.DeleteConversation(ctx, c.ID))
	must(t, s.AddUsage(ctx, p.OwnerID, "2026-03-14", plugins.Usage{Calls: 1}))
	_, err = s.UsageBetween(ctx, p.OwnerID, "2026-03-01", "2026-03-31")
	must(t, err)
	for _, after := range []plugins.UsagePlace{{}, {Tokens: 5, UserID: p.OwnerID}} {
		_, err = s.UsageByPerson(ctx, "2026-03-01", "2026-03-31", after, 5)
		must(t, err)
	}
	must(t, s.SetPersonBudget(ctx, p.OwnerID, 5))
	_, err = s.PersonBudgets(ctx, []string{p.OwnerID})
	must(t, err)
	must(t, s.DropPersonBudget(ctx, p.OwnerID))

	i := storetest.Install(p.ID, id.New(storetest.Start), "roll")
	i.WebhookHash = "hash"
	must(t, s.AddInstall(ctx, i))
	if err := s.AddInstall(ctx, storetest.Install(p.ID, i.ChannelID, "flip")); err != plugins.ErrInstalled {
		t.Error(err)
	}
	_, err = s.Install(ctx, i.ID)
	must(t, err)
	_, err = s.InstallsIn(ctx, []string{i.ChannelID, p.ID}, 5)
	must(t, err)
	_, err = s.InstallsOf(ctx, p.ID, 5)
	must(t, err)
	for _, show := range []plugins.InstallShow{plugins.ShowAll, plugins.ShowWaiting, plugins.ShowOff} {
		for _, after := range []string{"", i.ID} {
			_, err = s.Installs(ctx, show, after, 5)
			must(t, err)
		}
	}
	_, err = s.InstallByWebhook(ctx, "hash")
	must(t, err)
	must(t, s.SaveInstall(ctx, i))
	must(t, s.SetValue(ctx, i.ID, plugins.Value{Key: "k", Content: "1"}, 5))
	_, err = s.SwapValue(ctx, i.ID, plugins.Value{Key: "k", Content: "2"}, "1", 5)
	must(t, err)
	_, err = s.SwapValue(ctx, i.ID, plugins.Value{Key: "k", Content: "2"}, "", 1)
	must(t, err)
	_, err = s.StoredValue(ctx, i.ID, "k")
	must(t, err)
	for _, prefix := range []string{"", "k"} {
		_, err = s.StoredValues(ctx, i.ID, prefix, "a", 5)
		must(t, err)
	}
	must(t, s.DeleteValue(ctx, i.ID, "k"))
	for range 2 {
		must(t, s.AddRun(ctx, plugins.Run{ID: id.New(storetest.Start), InstallID: i.ID}, 1))
	}
	_, err = s.Runs(ctx, i.ID, 5)
	must(t, err)
	must(t, s.DeleteInstall(ctx, i.ID, 0))
	must(t, s.AddInstall(ctx, i))
	must(t, s.DeletePlugin(ctx, p.ID))
}
