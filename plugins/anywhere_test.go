package plugins_test

import (
	"slices"
	"testing"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins"
)

func TestAnAdminSwitchesPluginsInChannelsThatTheyAreNotIn(t *testing.T) {
	r := newRoom(t)
	i := r.installed("dice", diceManifest, dice)
	boss := r.ben
	boss.ID, boss.Role = "0123456789abcdef01234567", accounts.RoleAdmin
	list, err := r.Plugins.InstallsAnywhere(t.Context(), boss, plugins.ShowAll, "", 10)
	r.must(err)
	if len(list) != 1 || list[0].ID != i.ID || list[0].Keeper || list[0].Settings != nil || list[0].Channel.ID != r.channel.ID || !slices.Equal(list[0].Granted.Permissions, i.Granted.Permissions) {
		t.Errorf("an admin sees %+v", list)
	}
	direct, _, err := r.Chat.DirectChannel(t.Context(), r.ada, r.ben.ID)
	r.must(err)
	_, err = r.Plugins.Install(t.Context(), r.ada, i.PluginID, direct.ID, plugins.Wish{})
	r.must(err)
	last := r.installed("coin", `{"api":1,"name":"coin","title":"Coin","commands":[{"name":"flip"}]}`, "exports.default = {};")
	list, err = r.Plugins.InstallsAnywhere(t.Context(), boss, plugins.ShowActive, i.ID, 1)
	r.must(err)
	if len(list) != 1 || list[0].ID != last.ID {
		t.Errorf("behind one of a direct conversation an admin sees %+v", list)
	}
	off, err := r.Plugins.SwitchAnywhere(t.Context(), boss, i.ID, false)
	r.must(err)
	if off.State != plugins.Off {
		t.Errorf("it is %s", off.State)
	}
	if out, err := r.says(r.ben, "/roll 2d6"); err == nil && out.Message.Content == "Rolled 2 dice of 6 for ben" {
		t.Error("it answers though it is off")
	}
	_, err = r.Plugins.SwitchAnywhere(t.Context(), boss, i.ID, true)
	r.must(err)
	_, err = r.Plugins.ApproveAnywhere(t.Context(), boss, i.ID, "")
	r.refused(err, "NOTHING_TO_APPROVE")
	for what, err := range map[string]error{
		"list": func() error {
			_, err := r.Plugins.InstallsAnywhere(t.Context(), r.ben, plugins.ShowAll, "", 10)
			return err
		}(),
		"switch":  func() error { _, err := r.Plugins.SwitchAnywhere(t.Context(), r.ben, i.ID, false); return err }(),
		"approve": func() error { _, err := r.Plugins.ApproveAnywhere(t.Context(), r.ben, i.ID, ""); return err }(),
	} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever may %s: %v", what, err)
		}
	}
}

func TestWhatWaitsInAConversationIsNotCountedForAdmins(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	i := r.installed("dice", diceManifest, dice)
	direct, _, err := r.Chat.DirectChannel(ctx, r.ada, r.ben.ID)
	r.must(err)
	asked, err := r.Plugins.Install(ctx, r.ada, i.PluginID, direct.ID, plugins.Wish{})
	r.must(err)
	if asked.State != plugins.Asked {
		t.Fatalf("in the conversation it is %s", asked.State)
	}
	n, err := r.Plugins.CountWaiting(ctx, r.boss)
	r.must(err)
	list, err := r.Plugins.InstallsAnywhere(ctx, r.boss, plugins.ShowWaiting, "", 10)
	r.must(err)
	if n != 1 || len(list) != 1 || list[0].ID != i.ID {
		t.Errorf("%d are counted, and %d shown", n, len(list))
	}
	if _, err = r.Plugins.CountWaiting(ctx, r.ada); !fault.Is(err, fault.Forbidden) {
		t.Errorf("whoever may count: %v", err)
	}
}
