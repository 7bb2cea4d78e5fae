package plugins_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
)

func TestAnInstalledPluginAnswersItsCommandAsABot(t *testing.T) {
	r := newRoom(t)
	r.installed("dice", diceManifest, dice)
	out, err := r.says(r.ben, "/roll 2d6")
	r.must(err)
	if out.Reply != "" || out.Message.Content != "Rolled 2 dice of 6 for ben" {
		t.Errorf("got %+v", out)
	}
	r.sees(r.channel.ID, "Dice: Rolled 2 dice of 6 for ben")
	bot, err := r.Store.User(t.Context(), out.Message.UserID)
	r.must(err)
	if !bot.Bot || bot.OwnerID != r.ada.ID {
		t.Errorf("it speaks as %+v", bot)
	}
	out, err = r.says(r.ben, "/roll hint")
	r.must(err)
	if out.Reply != "psst" || out.Message.ID != "" {
		t.Errorf("a hint became %+v", out)
	}
	_, err = r.says(r.ben, "/roll throw")
	r.refused(err, "PLUGIN_FAILED")
	root, err := r.says(r.ben, "a thread")
	r.must(err)
	inThread, err := r.Chat.Say(t.Context(), r.ben, r.channel.ID, chat.Draft{Content: "/roll 1d4", ParentID: root.Message.ID})
	r.must(err)
	if inThread.Message.ParentID != root.Message.ID {
		t.Errorf("the answer went to %q", inThread.Message.ParentID)
	}
	commands, err := r.Chat.Commands(t.Context(), r.ben, r.channel.ID)
	r.must(err)
	if !slices.ContainsFunc(commands, func(c chat.Command) bool { return c.Name == "roll" && c.Hint == "[count]d[sides]" }) {
		t.Error("/roll is not among the commands")
	}
}

func TestACommandThatIsSentAgainRunsOnce(t *testing.T) {
	r := newRoom(t)
	r.installed("dice", diceManifest, dice)
	for range 3 {
		_, err := r.Chat.Say(t.Context(), r.ben, r.channel.ID, chat.Draft{Content: "/roll 2d6", Key: "k1"})
		r.must(err)
	}
	if said := r.said(r.channel.ID); len(said) != 1 {
		t.Errorf("the channel says %q", said)
	}
}

func TestWhoMayInstallAndWhat(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	p := r.BuiltPlugin(t, r.ada, "dice", diceManifest, dice)
	_, err := r.Plugins.Install(ctx, r.ben, p.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "PLUGIN_NOT_FOUND")
	_, err = r.Plugins.Install(ctx, r.eve, p.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "CHANNEL_NOT_FOUND")
	_, err = r.Plugins.Install(ctx, r.boss, p.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "CHANNEL_NOT_FOUND")
	theirs := r.BuiltPlugin(t, r.ben, "dice", diceManifest, dice)
	_, err = r.Plugins.Install(ctx, r.ada, theirs.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "PLUGIN_NOT_FOUND")
	_, err = r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{Grant: plugins.Grant{Permissions: []string{"storage"}}})
	r.refused(err, "PERMISSION_NOT_ASKED")
	_, err = r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{Version: 2})
	r.refused(err, "VERSION_NOT_FOUND")
	_, err = r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{Settings: map[string]string{"other": "x"}})
	r.refused(err, "SETTING_UNKNOWN")
	i, err := r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{Settings: map[string]string{"word": "Threw", "token": "s3cret"}})
	r.must(err)
	if strings.Contains(i.Settings["token"], "s3cret") {
		t.Error("a secret is stored as it is")
	}
	_, err = r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "ALREADY_INSTALLED")
	other := r.BuiltPlugin(t, r.ada, "other", strings.Replace(diceManifest, `"dice"`, `"other"`, 1), dice)
	_, err = r.Plugins.Install(ctx, r.ada, other.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "COMMAND_TAKEN")
	clash := r.BuiltPlugin(t, r.ada, "clash", strings.Replace(diceManifest, `"roll"`, `"invite"`, 1), dice)
	_, err = r.Plugins.Install(ctx, r.ada, clash.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "COMMAND_BUILT_IN")
	_, err = r.says(r.ada, "/roll 1d6")
	r.must(err)
	r.sees(r.channel.ID, "Dice: Threw 1 dice of 6 for ada with s3cret")
}

func TestInADirectConversationEitherInstallsAndNobodyElseSees(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	direct, _, err := r.Chat.DirectChannel(ctx, r.ada, r.ben.ID)
	r.must(err)
	p := r.BuiltPlugin(t, r.ben, "dice", diceManifest, dice)
	i, err := r.Plugins.Install(ctx, r.ben, p.ID, direct.ID, plugins.Wish{})
	r.must(err)
	_, err = r.Chat.Say(ctx, r.ada, direct.ID, chat.Draft{Content: "/roll 2d6"})
	r.must(err)
	r.sees(direct.ID, "Dice: Rolled 2 dice of 6 for ada")
	for _, u := range []accounts.User{r.eve, r.boss} {
		_, err = r.Plugins.SwitchInstall(ctx, u, i.ID, false)
		r.refused(err, "INSTALL_NOT_FOUND")
	}
	r.must(r.Plugins.RemoveInstall(ctx, r.ada, i.ID))
	_, err = r.Chat.Say(ctx, r.ada, direct.ID, chat.Draft{Content: "/roll 2d6"})
	r.refused(err, "UNKNOWN_COMMAND")
}

func TestOnlyKeepersChangeAnInstallAndItEndsAtOnce(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	i := r.installed("dice", diceManifest, dice)
	anywhere := map[string]bool{"permit": true, "decline": true, "files": true, "diff": true} // admins of the workspace as well
	for name, act := range map[string]func(accounts.User) error{
		"off":      func(u accounts.User) error { _, err := r.Plugins.SwitchInstall(ctx, u, i.ID, false); return err },
		"take":     func(u accounts.User) error { _, err := r.Plugins.TakeOverInstall(ctx, u, i.ID); return err },
		"permit":   func(u accounts.User) error { _, err := r.Plugins.SetGrant(ctx, u, i.ID, plugins.Grant{}); return err },
		"decline":  func(u accounts.User) error { return r.Plugins.DeclineInstall(ctx, u, i.ID) },
		"files":    func(u accounts.User) error { _, _, err := r.Plugins.InstallFiles(ctx, u, i.ID, 0); return err },
		"diff":     func(u accounts.User) error { _, _, _, err := r.Plugins.InstallDiff(ctx, u, i.ID); return err },
		"settings": func(u accounts.User) error { _, err := r.Plugins.SetSettings(ctx, u, i.ID, nil); return err },
		"approve":  func(u accounts.User) error { _, err := r.Plugins.ApproveInstall(ctx, u, i.ID, ""); return err },
		"webhook":  func(u accounts.User) error { _, err := r.Plugins.RenewWebhook(ctx, u, i.ID); return err },
		"runs":     func(u accounts.User) error { _, err := r.Plugins.Runs(ctx, u, i.ID, 10); return err },
		"remove":   func(u accounts.User) error { return r.Plugins.RemoveInstall(ctx, u, i.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			r.refused(act(r.ben), "FORBIDDEN")
			r.refused(act(r.eve), "INSTALL_NOT_FOUND")
			if !anywhere[name] {
				r.refused(act(r.boss), "INSTALL_NOT_FOUND")
			}
		})
	}
	for _, u := range []accounts.User{r.ben, r.boss} {
		_, err := r.Plugins.UpdateInstall(ctx, u, i.ID, 1, nil, nil)
		r.refused(err, map[bool]string{true: "INSTALL_NOT_FOUND", false: "PLUGIN_NOT_FOUND"}[u.ID == r.boss.ID])
	}
	_, err := r.Plugins.SwitchInstall(ctx, r.ada, i.ID, false)
	r.must(err)
	_, err = r.says(r.ben, "/roll 1d6")
	r.refused(err, "UNKNOWN_COMMAND")
	_, err = r.Plugins.SwitchInstall(ctx, r.ada, i.ID, true)
	r.must(err)
	_, err = r.says(r.ben, "/roll 1d6")
	r.must(err)
	runs, err := r.Plugins.Runs(ctx, r.ada, i.ID, 10)
	r.must(err)
	if len(runs) != 1 || runs[0].Outcome != "ok" || runs[0].CallerID != r.ben.ID || runs[0].Kind != plugins.KindCommand {
		t.Errorf("got %+v", runs)
	}
	r.must(r.Plugins.RemoveInstall(ctx, r.ada, i.ID))
	_, err = r.says(r.ben, "/roll 1d6")
	r.refused(err, "UNKNOWN_COMMAND")
	if _, _, err := r.Chat.Place(ctx, r.channel.ID, i.BotID); err == nil {
		t.Error("the bot is still in the channel")
	}
}

func TestAPluginWhoseInstallerIsGoneWaitsForSomebodyToTakeItOver(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	r.must(r.Chat.SetMemberRole(ctx, r.ada, r.channel.ID, r.ben.ID, chat.RoleAdmin))
	i := r.installed("dice", diceManifest, dice)
	r.must(r.Chat.RemoveMember(ctx, r.ben, r.channel.ID, r.ada.ID))
	_, err := r.says(r.ben, "/roll 1d6")
	r.refused(err, "PLUGIN_ORPHANED")
	_, err = r.Plugins.TakeOverInstall(ctx, r.ben, i.ID)
	r.must(err)
	_, err = r.says(r.ben, "/roll 1d6")
	r.must(err)
}

func TestAnUpdateKeepsWhatWasGrantedAndGetsNothingMore(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	const counts = `{"api":1,"name":"count","title":"Count","commands":[{"name":"count"}],"permissions":["storage"]}`
	const script = `exports.default = { commands: { count: async (call, ctx) => String(await ctx.storage.increment("n")) } };`
	p := r.BuiltPlugin(t, r.ada, "count", counts, script)
	i, err := r.Plugins.Install(ctx, r.ada, p.ID, r.channel.ID, plugins.Wish{Grant: plugins.Grant{Permissions: []string{"storage"}}})
	r.must(err)
	for range 2 {
		_, err = r.says(r.ben, "/count")
		r.must(err)
	}
	r.sees(r.channel.ID, "Count: 1", "Count: 2")
	raised := strings.Replace(counts, `["storage"]`, `["storage","messages:write"]`, 1)
	r.BuiltVersion(t, p, 2, raised, `exports.default = { commands: { count: async (call, ctx) => {
		try { await ctx.post("raised"); } catch (e) { return e.code + " " + await ctx.storage.increment("n"); }
	} } };`)
	i, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, nil, nil)
	r.must(err)
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: NOT_GRANTED 3")
	if missing := i.Granted.Missing(mustManifest(t, i)); !slices.Equal(missing.Permissions, []string{"messages:write"}) {
		t.Errorf("missing %v", missing)
	}
	_, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, &plugins.Grant{Permissions: []string{"storage", "messages:write"}}, nil)
	r.must(err)
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: raised")
}

func TestWhereApprovalIsAskedForNobodyApprovesTheirOwn(t *testing.T) {
	r := newRoom(t, func(o *plugins.Running) { o.Approval = true })
	ctx := t.Context()
	r.must(r.Chat.SetMemberRole(ctx, r.ada, r.channel.ID, r.ben.ID, chat.RoleAdmin))
	i := r.installed("dice", diceManifest, dice)
	if i.State != plugins.Asked {
		t.Fatalf("it is %s", i.State)
	}
	_, err := r.says(r.ada, "/roll 1d6")
	r.refused(err, "UNKNOWN_COMMAND")
	_, err = r.Plugins.ApproveInstall(ctx, r.ada, i.ID, "")
	r.refused(err, "SECOND_PERSON_REQUIRED")
	_, err = r.Plugins.SwitchInstall(ctx, r.ada, i.ID, true)
	r.refused(err, "APPROVAL_PENDING")
	told, err := r.Chat.Conversations(ctx, r.ben, "", 10)
	r.must(err)
	if len(told) != 1 || !strings.Contains(told[0].LastMessage, "Name ada wants to install the plugin “Dice” in #games") || !strings.Contains(told[0].LastMessage, "/installs/"+i.ID) {
		t.Errorf("ben is told %+v", told)
	}
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	_, err = r.says(r.ada, "/roll 1d6")
	r.must(err)
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.refused(err, "NOTHING_TO_APPROVE")
	_, err = r.Plugins.UpdateInstall(ctx, r.ben, i.ID, 1, nil, nil)
	r.refused(err, "PLUGIN_NOT_FOUND")
	shared := true
	_, err = r.Plugins.SavePlugin(ctx, r.ada, i.PluginID, plugins.PluginChange{Shared: &shared})
	r.must(err)
	i, err = r.Plugins.UpdateInstall(ctx, r.ben, i.ID, 1, nil, nil)
	r.must(err)
	if i.State != plugins.Active || i.InstallerID != r.ada.ID || i.AskerID() != r.ben.ID {
		t.Errorf("after an update it is %s, for %s, and %s asks", i.State, i.InstallerID, i.AskerID())
	}
}

func TestAPluginThatFailsTwentyTimesInARowSwitchesItselfOff(t *testing.T) {
	r := newRoom(t, func(o *plugins.Running) { o.Unlimited = true })
	ctx := t.Context()
	i := r.installed("dice", diceManifest, dice)
	fail := func(n int) {
		for range n {
			_, err := r.says(r.ben, "/roll throw")
			r.refused(err, "PLUGIN_FAILED")
		}
	}
	fail(plugins.MaxFailures - 1)
	_, err := r.says(r.ben, "/roll 1d6")
	r.must(err)
	fail(plugins.MaxFailures)
	_, err = r.says(r.ben, "/roll 1d6")
	r.refused(err, "UNKNOWN_COMMAND")
	seen, err := r.Plugins.InstallByID(ctx, r.ada, i.ID)
	r.must(err)
	if seen.State != plugins.Off || !strings.Contains(seen.Problem, "no dice") {
		t.Errorf("it is %+v", seen.Install)
	}
	told, err := r.Chat.Conversations(ctx, r.ada, "", 10)
	r.must(err)
	if len(told) != 1 || !strings.Contains(told[0].LastMessage, "switched off") {
		t.Errorf("ada is told %+v", told)
	}
	runs, err := r.Plugins.Runs(ctx, r.ada, i.ID, 100)
	r.must(err)
	if len(runs) != 2*plugins.MaxFailures || runs[0].Outcome != "thrown" {
		t.Errorf("%d runs are kept", len(runs))
	}
}

func TestTooManyCallsAreRefused(t *testing.T) {
	r := newRoom(t)
	r.installed("dice", diceManifest, dice)
	var err error
	for range 31 {
		_, err = r.says(r.ben, "/roll hint")
	}
	r.refused(err, "TOO_MANY_CALLS")
	r.later(time.Minute)
	_, err = r.says(r.ben, "/roll hint")
	r.must(err)
}

func TestWhoIsMutedMakesNoPluginSpeak(t *testing.T) {
	r := newRoom(t)
	r.installed("dice", diceManifest, dice)
	_, err := r.Chat.Mute(t.Context(), r.ada, r.channel.ID, r.ben.ID, time.Hour)
	r.must(err)
	_, err = r.says(r.ben, "/roll 1d6")
	r.refused(err, "MUTED")
}

func TestADeletedPluginIsGoneFromItsChannels(t *testing.T) {
	r := newRoom(t)
	i := r.installed("dice", diceManifest, dice)
	r.must(r.Plugins.DeletePlugin(t.Context(), r.ada, i.PluginID))
	_, err := r.says(r.ben, "/roll 1d6")
	r.refused(err, "UNKNOWN_COMMAND")
	bot, err := r.Store.User(t.Context(), i.BotID)
	r.must(err)
	if !bot.Deactivated {
		t.Error("its bot is still there")
	}
	if _, _, err := r.Chat.Place(t.Context(), r.channel.ID, i.BotID); err == nil {
		t.Error("its bot is still in the channel")
	}
}
