package plugins_test

import (
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
)

func TestNobodyGrantsMoreAloneThanASecondPersonApproved(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	i := r.installed("count", counts, countScript)
	_, err := r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	i, err = r.Plugins.SetGrant(ctx, r.ben, i.ID, stored)
	r.must(err)
	if i.Granted.Allows("storage") || i.AskerID() != r.ben.ID {
		t.Errorf("who does not answer for it grants more, and it is %+v", i)
	}
	_, err = r.Plugins.TakeOverInstall(ctx, r.ben, i.ID)
	r.must(err)
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.refused(err, "SECOND_PERSON_REQUIRED")
	i, err = r.Plugins.ApproveInstall(ctx, r.ada, i.ID, "")
	r.must(err)
	if !i.Granted.Allows("storage") {
		t.Errorf("approved it has %+v", i.Granted)
	}
}

func TestWhoAddsToWhatWaitsCannotApproveIt(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	i := r.installed("count", counts, countScript)
	i, err := r.Plugins.SetGrant(ctx, r.ben, i.ID, stored)
	r.must(err)
	if i.State != plugins.Asked || i.AskerID() != r.ben.ID || !i.Granted.Allows("storage") {
		t.Errorf("with more asked for it is %+v", i)
	}
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.refused(err, "SECOND_PERSON_REQUIRED")
	i, err = r.Plugins.ApproveInstall(ctx, r.ada, i.ID, "")
	r.must(err)
	if i.State != plugins.Active || !i.Granted.Allows("storage") || i.InstallerID != r.ben.ID || i.ApproverID != r.ada.ID {
		t.Errorf("approved it is %+v", i)
	}
}

func TestWhoTakesAwayFromWhatWaitsMayApproveTheRest(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	i := r.installed("count", counts, countScript, "storage")
	_, err := r.Plugins.SetGrant(ctx, r.ben, i.ID, plugins.Grant{})
	r.must(err)
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	if i.Granted.Allows("storage") || i.InstallerID != r.ada.ID {
		t.Errorf("approved it is %+v", i)
	}
}

func TestWhoAskedForAVersionAddsNothingToWhatWorksMeanwhile(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	_, i := r.counting()
	_, err := r.Plugins.SetGrant(ctx, r.ben, i.ID, plugins.Grant{})
	r.must(err)
	_, err = r.Plugins.TakeOverInstall(ctx, r.ben, i.ID)
	r.must(err)
	_, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, nil, nil)
	r.must(err)
	_, err = r.Plugins.SetGrant(ctx, r.ada, i.ID, stored)
	r.refused(err, "APPROVAL_PENDING")
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	if i.Granted.Allows("storage") {
		t.Errorf("approved it has %+v", i.Granted)
	}
}

func TestABotIsNoSecondPerson(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	bot, err := r.Accounts.CreateBot(ctx, r.ada, accounts.BotDraft{Name: "Helper"})
	r.must(err)
	r.must(r.Chat.Seat(ctx, r.channel.ID, bot))
	r.must(r.Chat.SetMemberRole(ctx, r.ada, r.channel.ID, bot.ID, chat.RoleAdmin))
	_, working := r.counting()
	i := r.installed("dice", diceManifest, dice)
	p := r.BuiltPlugin(t, bot, "coin", `{"api":1,"name":"coin","title":"Coin","commands":[{"name":"flip"}]}`, "exports.default = {};")
	for what, err := range map[string]error{
		"approve": func() error { _, err := r.Plugins.ApproveInstall(ctx, bot, i.ID, ""); return err }(),
		"permit":  func() error { _, err := r.Plugins.SetGrant(ctx, bot, working.ID, stored); return err }(),
		"decline": r.Plugins.DeclineInstall(ctx, bot, i.ID),
		"switch":  func() error { _, err := r.Plugins.SwitchInstall(ctx, bot, working.ID, false); return err }(),
		"adopt":   func() error { _, err := r.Plugins.TakeOverInstall(ctx, bot, working.ID); return err }(),
		"ask":     func() error { _, err := r.Plugins.Install(ctx, bot, p.ID, r.channel.ID, plugins.Wish{}); return err }(),
	} {
		t.Run(what, func(t *testing.T) { r.refused(err, "FORBIDDEN") })
	}
}

func TestWhatWaitsTakesNoCommandsFromOthers(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	first := r.BuiltPlugin(t, r.ben, "dice", diceManifest, dice)
	asked, err := r.Plugins.Install(ctx, r.ben, first.ID, r.channel.ID, plugins.Wish{})
	r.must(err)
	i := r.installed("more-dice", diceManifest, dice)
	_, err = r.Plugins.ApproveInstall(ctx, r.ada, asked.ID, "")
	r.refused(err, "COMMAND_TAKEN")
	third := r.BuiltPlugin(t, r.ben, "other", diceManifest, dice)
	_, err = r.Plugins.Install(ctx, r.ben, third.ID, r.channel.ID, plugins.Wish{})
	r.refused(err, "COMMAND_TAKEN")
	r.must(r.Plugins.RemoveInstall(ctx, r.ada, i.ID))
	_, err = r.Plugins.ApproveInstall(ctx, r.ada, asked.ID, "")
	r.must(err)
	_, err = r.says(r.ben, "/roll 1d6")
	r.must(err)
}

func TestAVersionWhoseCommandsAreTakenIsNotAskedFor(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	r.installed("dice", diceManifest, dice)
	coin := `{"api":1,"name":"coin","title":"Coin","commands":[{"name":"flip"}]}`
	p := r.BuiltPlugin(t, r.ben, "coin", coin, "exports.default = {};")
	asked, err := r.Plugins.Install(ctx, r.ben, p.ID, r.channel.ID, plugins.Wish{})
	r.must(err)
	_, err = r.Plugins.ApproveInstall(ctx, r.ada, asked.ID, "")
	r.must(err)
	r.BuiltVersion(t, p, 2, strings.Replace(coin, `"flip"`, `"roll"`, 1), "exports.default = {};")
	_, err = r.Plugins.UpdateInstall(ctx, r.ben, asked.ID, 2, nil, nil)
	r.refused(err, "COMMAND_TAKEN")
}
