package plugins_test

import (
	"slices"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
)

const counts = `{"api":1,"name":"count","title":"Count","commands":[{"name":"count"}],"permissions":["storage"],
	"settings":[{"key":"word","label":"Word","type":"string","default":"so"}]}`

const countScript = `exports.default = { commands: { count: async (call, ctx) => ctx.settings.word + " " + await ctx.storage.increment("n") } };`

var stored = plugins.Grant{Permissions: []string{"storage"}}

// approving is a room in which a second person has to approve, and ada and ben both keep the channel.
func approving(t *testing.T) *room {
	r := newRoom(t, func(o *plugins.Running) { o.Approval = true })
	r.must(r.Chat.SetMemberRole(t.Context(), r.ada, r.channel.ID, r.ben.ID, chat.RoleAdmin))
	return r
}

// counting has ada install a plugin that counts, and ben approve it. A second version answers with "v2".
func (r *room) counting() (plugins.Plugin, plugins.Install) {
	r.t.Helper()
	p := r.BuiltPlugin(r.t, r.ada, "count", counts, countScript)
	i, err := r.Plugins.Install(r.t.Context(), r.ada, p.ID, r.channel.ID, plugins.Wish{Grant: stored})
	r.must(err)
	_, err = r.Plugins.ApproveInstall(r.t.Context(), r.ben, i.ID, "")
	r.must(err)
	r.BuiltVersion(r.t, p, 2, strings.Replace(counts, `["storage"]`, `["storage","messages:write"]`, 1),
		strings.Replace(countScript, `ctx.settings.word`, `"v2 " + ctx.settings.word`, 1))
	return p, i
}

func TestWhatWasApprovedWorksOnUntilTheNextVersionIsApproved(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	_, i := r.counting()
	i, err := r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, &plugins.Grant{Permissions: []string{"storage", "messages:write"}}, nil)
	r.must(err)
	if i.State != plugins.Active || i.Version != 1 || i.WishedVersion() != 2 || i.Granted.Allows("messages:write") {
		t.Errorf("while it waits it is %+v", i)
	}
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: so 1")
	seen := r.mark(r.boss, i)
	_, err = r.Plugins.SetSettings(ctx, r.ben, i.ID, map[string]string{"word": "then"})
	r.must(err)
	_, err = r.Plugins.ApproveInstall(ctx, r.ada, i.ID, "")
	r.refused(err, "SECOND_PERSON_REQUIRED")
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, seen)
	r.refused(err, "WISH_CHANGED")
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, r.mark(r.boss, i))
	r.must(err)
	if i.Version != 2 || i.Pending != nil || i.ApproverID != r.ben.ID || i.InstallerID != r.ada.ID || !i.Granted.Allows("messages:write") {
		t.Errorf("approved it is %+v", i)
	}
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: v2 then 2")
}

// mark names what waits for an approval, as somebody sees it.
func (r *room) mark(u accounts.User, i plugins.Install) string {
	r.t.Helper()
	seen, err := r.Plugins.InstallByID(r.t.Context(), u, i.ID)
	r.must(err)
	return seen.Mark
}

func TestNothingIsApprovedThatNobodyHasLookedAt(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	_, i := r.counting()
	ask := func(permissions ...string) string {
		t.Helper()
		var err error
		i, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, &plugins.Grant{Permissions: permissions}, nil)
		r.must(err)
		return r.mark(r.ben, i)
	}
	seen := ask()
	if again := ask(); again != seen {
		t.Error("the same asked again is something else")
	}
	if more := ask("storage", "messages:write"); more == seen {
		t.Error("with more permissions it is the same")
	}
	_, err := r.Plugins.ApproveInstall(ctx, r.ben, i.ID, seen)
	r.refused(err, "WISH_CHANGED")
	_, err = r.Plugins.ApproveAnywhere(ctx, r.boss, i.ID, seen)
	r.refused(err, "WISH_CHANGED")
	log, err := r.Accounts.AuditLog(ctx, r.boss, accounts.EventQuery{ActorID: r.ada.ID, Action: accounts.ActionPluginAsked})
	r.must(err)
	if len(log) != 3 {
		t.Errorf("it was asked for %d times, want once to install it and twice to change it", len(log))
	}

	member := r.person("member")
	r.must(r.Chat.AddMember(ctx, r.ada, r.channel.ID, member.ID))
	p := r.BuiltPlugin(t, member, "dice", diceManifest, dice)
	first, err := r.Plugins.Install(ctx, member, p.ID, r.channel.ID, plugins.Wish{Settings: map[string]string{"word": "one"}})
	r.must(err)
	seen = r.mark(r.ben, first)
	_, err = r.Plugins.SetSettings(ctx, r.ada, first.ID, map[string]string{"word": "two"})
	r.must(err)
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, first.ID, seen)
	r.refused(err, "WISH_CHANGED")
}

func TestWhoIsNotThereAnyMoreAnswersForNothing(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	i := r.installed("dice", diceManifest, dice)
	_, err := r.Accounts.BanUser(ctx, r.boss, r.ada.ID, accounts.Ban{})
	r.must(err)
	_, err = r.Plugins.ApproveAnywhere(ctx, r.boss, i.ID, "")
	r.refused(err, "NOBODY_ANSWERS")
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	if i.InstallerID != r.ben.ID {
		t.Errorf("%s answers for it", i.InstallerID)
	}
}

func TestAMemberCannotFloodWhoKeepsOrder(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	p := r.BuiltPlugin(t, r.ben, "count", counts, countScript)
	i, err := r.Plugins.Install(ctx, r.ben, p.ID, r.channel.ID, plugins.Wish{})
	r.must(err)
	for n := range 10 {
		grants := [][]string{nil, {"storage"}}
		if _, err = r.Plugins.UpdateInstall(ctx, r.ben, i.ID, 1, &plugins.Grant{Permissions: grants[n%2]}, nil); err != nil {
			break
		}
	}
	r.refused(err, "TOO_MANY_CALLS")
	told, err := r.Chat.Conversations(ctx, r.ada, "", 10)
	r.must(err)
	if len(told) != 1 || told[0].LastSeq > 6 {
		t.Errorf("ada is told %+v", told)
	}
}

func TestAPermissionTakenAwayLeavesWhoGrantedWhatWaits(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	asks := strings.Replace(counts, `["storage"]`, `["network"],"hosts":["a.example.test","b.example.test"]`, 1)
	one := plugins.Grant{Permissions: []string{"network"}, Hosts: []string{"a.example.test"}}
	both := plugins.Grant{Permissions: []string{"network"}, Hosts: []string{"a.example.test", "b.example.test"}}
	i := r.installed("net", asks, countScript)
	_, err := r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	_, err = r.Plugins.SetGrant(ctx, r.boss, i.ID, one)
	r.must(err)
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	other := r.person("other")
	admin := accounts.RoleAdmin
	other, err = r.Store.UpdateUser(ctx, other.ID, accounts.UserChange{Role: &admin}, r.now())
	r.must(err)
	r.must(r.Chat.AddMember(ctx, r.ada, r.channel.ID, other.ID))
	r.must(r.Chat.SetMemberRole(ctx, r.ada, r.channel.ID, other.ID, chat.RoleAdmin))
	_, err = r.Plugins.TakeOverInstall(ctx, other, i.ID)
	r.must(err)
	_, err = r.Plugins.SetGrant(ctx, other, i.ID, both)
	r.must(err)
	_, err = r.Plugins.SetGrant(ctx, r.ada, i.ID, plugins.Grant{})
	r.must(err)
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	if !slices.Equal(i.Granted.Hosts, []string{"b.example.test"}) || i.Granted.HostsBy != other.ID {
		t.Errorf("approved it may ask %v, by %q", i.Granted.Hosts, i.Granted.HostsBy)
	}
}

func TestSettingsAreSavedThoughWhatWaitsWantsThemOtherwise(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	p, i := r.counting()
	r.BuiltVersion(t, p, 3, strings.Replace(counts, `"string","default":"so"`, `"number"`, 1), countScript)
	_, err := r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 3, nil, nil)
	r.must(err)
	i, err = r.Plugins.SetSettings(ctx, r.ben, i.ID, map[string]string{"word": "well"})
	r.must(err)
	if i.Settings["word"] != "well" || i.Pending.Settings["word"] != "" {
		t.Errorf("it has %v, and waits with %v", i.Settings, i.Pending.Settings)
	}
}

func TestADeclinedVersionLeavesWhatWorksAndWhatItKeeps(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	_, i := r.counting()
	r.refused(r.Plugins.DeclineInstall(ctx, r.ben, i.ID), "NOTHING_TO_APPROVE")
	_, err := r.says(r.ben, "/count")
	r.must(err)
	_, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, nil, nil)
	r.must(err)
	r.must(r.Plugins.DeclineInstall(ctx, r.ben, i.ID))
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: so 2")
	told, err := r.Chat.Conversations(ctx, r.ada, "", 10)
	r.must(err)
	if len(told) != 1 || !strings.Contains(told[0].LastMessage, "Name ben declined the plugin “Count” in #games") {
		t.Errorf("ada is told %+v", told)
	}
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.refused(err, "NOTHING_TO_APPROVE")
}

func TestADeclinedInstallIsGone(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	i := r.installed("dice", diceManifest, dice)
	r.refused(r.Plugins.DeclineInstall(ctx, r.eve, i.ID), "INSTALL_NOT_FOUND")
	_, err := r.Plugins.TakeOverInstall(ctx, r.ben, i.ID)
	r.refused(err, "APPROVAL_PENDING")
	r.must(r.Plugins.DeclineInstall(ctx, r.boss, i.ID))
	_, err = r.Plugins.InstallByID(ctx, r.ada, i.ID)
	r.refused(err, "INSTALL_NOT_FOUND")
}

func TestWhoApprovesReadsWhatTheyApproveThoughThePluginIsNotShared(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	p, i := r.counting()
	r.BuiltVersion(t, p, 3, counts, countScript)
	i, err := r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, nil, nil)
	r.must(err)
	_, err = r.Plugins.Files(ctx, r.ben, p.ID, 2)
	r.refused(err, "PLUGIN_NOT_FOUND")
	for _, u := range []accounts.User{r.ben, r.boss} {
		files, version, err := r.Plugins.InstallFiles(ctx, u, i.ID, 0)
		r.must(err)
		if version != 2 || !slices.ContainsFunc(files, func(f plugins.File) bool { return strings.Contains(f.Content, `"v2 "`) }) {
			t.Errorf("%s reads version %d: %v", u.Name, version, files)
		}
		if _, version, err = r.Plugins.InstallFiles(ctx, u, i.ID, 1); err != nil || version != 1 {
			t.Errorf("%s reads version %d, %v", u.Name, version, err)
		}
		_, _, err = r.Plugins.InstallFiles(ctx, u, i.ID, 3)
		r.refused(err, "VERSION_NOT_FOUND")
		diff, from, to, err := r.Plugins.InstallDiff(ctx, u, i.ID)
		r.must(err)
		if from != 1 || to != 2 || len(diff) == 0 {
			t.Errorf("%s sees %d to %d: %v", u.Name, from, to, diff)
		}
	}
	_, _, err = r.Plugins.InstallFiles(ctx, r.eve, i.ID, 0)
	r.refused(err, "INSTALL_NOT_FOUND")
	seen, err := r.Plugins.InstallByID(ctx, r.boss, i.ID)
	r.must(err)
	if !seen.Outside || seen.Keeper || seen.Settings != nil || seen.Wished == nil {
		t.Errorf("an admin sees %+v", seen)
	}
}

func TestAdminsSeeNothingOfAConversationThatTheyAreNotIn(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	direct, _, err := r.Chat.DirectChannel(ctx, r.ada, r.ben.ID)
	r.must(err)
	p := r.BuiltPlugin(t, r.ben, "dice", diceManifest, dice)
	i, err := r.Plugins.Install(ctx, r.ben, p.ID, direct.ID, plugins.Wish{})
	r.must(err)
	for what, err := range map[string]error{
		"see":     func() error { _, err := r.Plugins.InstallByID(ctx, r.boss, i.ID); return err }(),
		"read":    func() error { _, _, err := r.Plugins.InstallFiles(ctx, r.boss, i.ID, 0); return err }(),
		"permit":  func() error { _, err := r.Plugins.SetGrant(ctx, r.boss, i.ID, plugins.Grant{}); return err }(),
		"decline": r.Plugins.DeclineInstall(ctx, r.boss, i.ID),
		"switch":  func() error { _, err := r.Plugins.SwitchAnywhere(ctx, r.boss, i.ID, false); return err }(),
		"approve": func() error { _, err := r.Plugins.ApproveAnywhere(ctx, r.boss, i.ID, ""); return err }(),
	} {
		t.Run(what, func(t *testing.T) { r.refused(err, "INSTALL_NOT_FOUND") })
	}
}

func TestAMemberAsksAndWhoApprovesAnswersForIt(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	p := r.BuiltPlugin(t, r.ben, "count", counts, countScript)
	i, err := r.Plugins.Install(ctx, r.ben, p.ID, r.channel.ID, plugins.Wish{Grant: stored})
	r.must(err)
	if i.State != plugins.Asked {
		t.Fatalf("it is %s", i.State)
	}
	_, err = r.says(r.ben, "/count")
	r.refused(err, "UNKNOWN_COMMAND")
	_, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.refused(err, "FORBIDDEN")
	_, err = r.Plugins.SwitchInstall(ctx, r.ben, i.ID, true)
	r.refused(err, "FORBIDDEN")
	_, _, err = r.Plugins.InstallFiles(ctx, r.ben, i.ID, 0)
	r.must(err)
	told, err := r.Chat.Conversations(ctx, r.ada, "", 10)
	r.must(err)
	if len(told) != 1 || !strings.Contains(told[0].LastMessage, "/installs/"+i.ID) {
		t.Errorf("ada is told %+v", told)
	}
	i, err = r.Plugins.ApproveInstall(ctx, r.ada, i.ID, "")
	r.must(err)
	if i.State != plugins.Active || i.InstallerID != r.ada.ID || i.ApproverID != r.ada.ID {
		t.Errorf("approved it is %+v", i)
	}
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: so 1")

	r.BuiltVersion(t, p, 2, counts, strings.Replace(countScript, `ctx.settings.word`, `"v2"`, 1))
	_, err = r.Plugins.UpdateInstall(ctx, r.ben, i.ID, 2, nil, map[string]string{"word": "mine"})
	r.refused(err, "FORBIDDEN")
	i, err = r.Plugins.UpdateInstall(ctx, r.ben, i.ID, 2, nil, nil)
	r.must(err)
	if i.Version != 1 || i.State != plugins.Active || i.AskerID() != r.ben.ID {
		t.Errorf("with a newer version asked for it is %+v", i)
	}
	i, err = r.Plugins.ApproveInstall(ctx, r.ada, i.ID, "")
	r.must(err)
	if i.Version != 2 || i.InstallerID != r.ada.ID {
		t.Errorf("approved again it is %+v", i)
	}
	_, err = r.says(r.ada, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: v2 2")
}

func TestAMemberTakesBackWhatTheyAskedForAndAsksForAFew(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	var asked []plugins.Install
	for n, name := range []string{"one", "two", "three", "four"} {
		p := r.BuiltPlugin(t, r.ben, name, strings.NewReplacer(`"dice"`, `"`+name+`"`, `"roll"`, `"`+name+`"`).Replace(diceManifest), dice)
		i, err := r.Plugins.Install(ctx, r.ben, p.ID, r.channel.ID, plugins.Wish{})
		if n == 3 {
			r.refused(err, "TOO_MANY_ASKED")
			break
		}
		r.must(err)
		asked = append(asked, i)
	}
	r.must(r.Plugins.DeclineInstall(ctx, r.ben, asked[0].ID))
	_, err := r.Plugins.InstallByID(ctx, r.ada, asked[0].ID)
	r.refused(err, "INSTALL_NOT_FOUND")
	r.must(r.Chat.RemoveMember(ctx, r.ada, r.channel.ID, r.ben.ID))
	i, err := r.Plugins.ApproveInstall(ctx, r.ada, asked[1].ID, "")
	r.must(err)
	if i.InstallerID != r.ada.ID {
		t.Errorf("%s answers for it", i.InstallerID)
	}
}

func TestPermissionsAreChangedWithoutAnotherVersion(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	asks := strings.Replace(counts, `["storage"]`, `["storage","network"],"hosts":["api.example.test"]`, 1)
	i := r.installed("count", asks, countScript)
	all := plugins.Grant{Permissions: []string{"storage", "network"}, Hosts: []string{"api.example.test"}}
	_, err := r.Plugins.SetGrant(ctx, r.ada, i.ID, all)
	r.refused(err, "NETWORK_FOR_ADMINS")
	_, err = r.Plugins.SetGrant(ctx, r.ada, i.ID, plugins.Grant{Permissions: []string{"webhook"}})
	r.refused(err, "PERMISSION_NOT_ASKED")
	got, err := r.Plugins.SetGrant(ctx, r.boss, i.ID, all)
	r.must(err)
	if got.Granted.HostsBy != r.boss.ID || got.InstallerID != r.ada.ID || got.Version != i.Version || got.State != plugins.Active {
		t.Errorf("it is %+v", got)
	}
	_, err = r.says(r.ben, "/count")
	r.must(err)
	r.sees(r.channel.ID, "Count: so 1")
	got, err = r.Plugins.SetGrant(ctx, r.ada, i.ID, plugins.Grant{})
	r.must(err)
	if len(got.Granted.Permissions)+len(got.Granted.Hosts) > 0 {
		t.Errorf("nothing is granted, and it has %+v", got.Granted)
	}
}

func TestMoreThanWasApprovedWaitsForASecondPersonAndLessDoesNot(t *testing.T) {
	r := approving(t)
	ctx := t.Context()
	_, i := r.counting()
	i, err := r.Plugins.SetGrant(ctx, r.ada, i.ID, plugins.Grant{})
	r.must(err)
	if len(i.Granted.Permissions) > 0 || i.Pending != nil {
		t.Errorf("with less it is %+v", i)
	}
	i, err = r.Plugins.SetGrant(ctx, r.ada, i.ID, stored)
	r.must(err)
	if len(i.Granted.Permissions) > 0 || i.WishedVersion() != 1 {
		t.Errorf("with more it is %+v", i)
	}
	_, err = r.Plugins.SetGrant(ctx, r.ada, i.ID, stored)
	r.refused(err, "APPROVAL_PENDING")
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	if !i.Granted.Allows("storage") {
		t.Errorf("approved it has %+v", i.Granted)
	}

	i, err = r.Plugins.UpdateInstall(ctx, r.ada, i.ID, 2, &plugins.Grant{Permissions: []string{"storage", "messages:write"}}, nil)
	r.must(err)
	i, err = r.Plugins.SetGrant(ctx, r.ben, i.ID, plugins.Grant{})
	r.must(err)
	i, err = r.Plugins.ApproveInstall(ctx, r.ben, i.ID, "")
	r.must(err)
	if !slices.Equal(i.Granted.Permissions, []string{"messages:write"}) {
		t.Errorf("what was taken away meanwhile came back: %v", i.Granted.Permissions)
	}
}
