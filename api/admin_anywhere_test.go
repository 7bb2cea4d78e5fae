package api

import (
	"fmt"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/ops"
	"pegasus/plugins"
)

func TestAnAdminArchivesAnyChannelAndSaysWhoLooksAfterIt(t *testing.T) {
	s := newScene(t)
	s.set("hidden")
	hidden := "/api/admin/channels/" + s.channel.ID
	for range 2 {
		if got := s.call(s.admin, "POST", hidden+"/archive", nil).want(200).field("channel.is_archived"); got != "true" {
			t.Errorf("archived is %s", got)
		}
	}
	s.call(s.member, "POST", "/api/chat/channels/"+s.channel.ID+"/messages/send", `{"content":"hi"}`).want(404)
	got := s.call(s.admin, "POST", hidden+"/unarchive", nil).want(200)
	if got.field("channel.is_archived") != "false" || got.field("owners") != "[]" {
		t.Errorf("it answers %s", got.Body)
	}
	s.call(s.admin, "PUT", hidden+"/owners/"+s.member.ID, nil).want(403, "PRIVATE_CHANNEL")

	open, err := s.chat.CreateChannel(t.Context(), s.keeper.User, chat.NewChannel{Name: "open"})
	must(t, err)
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, open.ID, s.member.ID))
	owners := "/api/admin/channels/" + open.ID + "/owners/"
	s.call(s.admin, "DELETE", owners+s.keeper.ID, nil).want(409, "LAST_ADMIN")
	s.call(s.admin, "PUT", owners+s.outsider.ID, nil).want(404, "NOT_A_MEMBER")
	for range 2 {
		s.call(s.admin, "PUT", owners+s.member.ID, nil).want(200)
	}
	left := s.call(s.admin, "DELETE", owners+s.keeper.ID, nil).want(200)
	if !strings.Contains(left.Body.String(), `"owners":[{"user_id":"`+s.member.ID+`"`) || strings.Contains(left.Body.String(), s.keeper.ID+`","name"`) {
		t.Errorf("who looks after it: %s", left.Body)
	}
	if got := s.call(s.admin, "GET", "/api/admin/channels/"+open.ID, nil).want(200); got.field("owners") != left.field("owners") {
		t.Errorf("it reads %s", got.Body)
	}
	for _, other := range []string{s.direct.ID, id.New(now()), "x"} {
		s.call(s.admin, "POST", "/api/admin/channels/"+other+"/archive", nil).want(404, "CHANNEL_NOT_FOUND")
	}
	clerk, steward := s.withToken(s.admin, `"read","write"`), s.withToken(s.admin, `"read","write","admin"`)
	s.call(clerk, "POST", hidden+"/archive", nil).want(403, "INSUFFICIENT_SCOPE")
	s.call(steward, "POST", hidden+"/archive", nil).want(200)
}

func TestAnAdminListsArchivedChannelsThatTheyAreNotIn(t *testing.T) {
	s := newScene(t)
	for _, name := range []string{"gone-a", "gone-b", "used"} {
		s.set(name)
		if name != "used" {
			_, err := s.chat.SetArchived(t.Context(), s.admin.User, s.channel.ID, true)
			must(t, err)
		}
	}
	const path = "/api/chat/channels/all?archived=true"
	first := s.call(s.admin, "GET", path+"&limit=1", nil).want(200)
	rest := s.call(s.admin, "GET", path+"&limit=1&cursor="+first.field("next_cursor"), nil).want(200)
	if !strings.Contains(first.Body.String(), `"gone-a"`) || first.field("total") != "2" || !strings.Contains(rest.Body.String(), `"gone-b"`) || rest.field("next_cursor") != "" {
		t.Errorf("archived are %s and %s", first.Body, rest.Body)
	}
	if all := s.call(s.admin, "GET", path, nil).want(200); all.field("total") != "2" || strings.Contains(all.Body.String(), `"used"`) {
		t.Errorf("without pages: %s", all.Body)
	}
	if used := s.call(s.admin, "GET", "/api/chat/channels/all", nil).want(200).Body.String(); strings.Contains(used, `"gone-a"`) || !strings.Contains(used, `"used"`) {
		t.Errorf("in use are %s", used)
	}
	s.call(s.keeper, "GET", path, nil).want(403)
}

func TestAnAdminListsInstallsOfAllChannelsAndSwitchesThem(t *testing.T) {
	s := newScene(t)
	var installs []string
	for n := range 3 {
		s.set(fmt.Sprint("room", n))
		s.installHere()
		installs = append(installs, s.installed)
	}
	var got []string
	for next := "/api/admin/installs?limit=2&show=active"; next != ""; {
		page := s.call(s.admin, "GET", next, nil).want(200)
		for _, one := range installs {
			if strings.Contains(page.Body.String(), `"id":"`+one+`"`) {
				got = append(got, one)
			}
		}
		if !strings.Contains(page.Body.String(), `"channel_name":"room`) || !strings.Contains(page.Body.String(), `"settings":[]`) {
			t.Errorf("it says %s", page.Body)
		}
		link, _, more := strings.Cut(strings.TrimPrefix(page.Header().Get("Link"), "<"), ">")
		if next = link; !more {
			next = ""
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(installs) {
		t.Errorf("pages give %v, want %v", got, installs)
	}
	path := "/api/admin/installs/" + s.installed
	if got := s.call(s.admin, "PUT", path+"/state", `{"state":"off"}`).want(200).field("install.state"); got != "off" {
		t.Errorf("it is %s", got)
	}
	if off := s.call(s.admin, "GET", "/api/admin/installs?show=off", nil).want(200).Body.String(); strings.Count(off, `"install":`) != 1 || !strings.Contains(off, s.installed) {
		t.Errorf("what is off: %s", off)
	}
	if waits := s.call(s.admin, "GET", "/api/admin/installs?show=waiting", nil).want(200).Body.String(); strings.Contains(waits, `"install":`) {
		t.Errorf("what waits: %s", waits)
	}
	s.call(s.admin, "GET", "/api/admin/installs?show=all", nil).want(400, "INVALID_SHOW")
	s.call(s.admin, "POST", path+"/approve", nil).want(409, "NOTHING_TO_APPROVE")
	s.call(s.withToken(s.admin, `"read","write"`), "PUT", path+"/state", `{"state":"active"}`).want(403, "INSUFFICIENT_SCOPE")

	direct, err := s.Plugins.Install(t.Context(), s.keeper.User, s.plugin.ID, s.direct.ID, plugins.Wish{})
	must(t, err)
	s.call(s.admin, "PUT", "/api/admin/installs/"+direct.ID+"/state", `{"state":"off"}`).want(404)
	if all := s.call(s.admin, "GET", "/api/admin/installs", nil).want(200).Body.String(); strings.Contains(all, direct.ID) {
		t.Error("what is installed in a direct conversation is shown")
	}
}

// installWaiting is installHere for a plugin that waits for a second person.
func (s *scene) installWaiting() string {
	s.t.Helper()
	s.installHere()
	i, err := s.Store.Install(s.t.Context(), s.installed)
	must(s.t, err)
	i.State = plugins.Asked
	must(s.t, s.Store.SaveInstall(s.t.Context(), i))
	return i.ID
}

func TestAPluginThatWaitsIsApprovedByAnAdminAnywhere(t *testing.T) {
	s := newScene(t)
	s.set("asks")
	asked := s.installWaiting()
	if waits := s.call(s.admin, "GET", "/api/admin/installs?show=waiting", nil).want(200).Body.String(); !strings.Contains(waits, asked) {
		t.Errorf("what waits: %s", waits)
	}
	s.call(s.admin, "POST", "/api/admin/installs/"+asked+"/approve?wish=none", nil).want(409)
	if got := s.call(s.admin, "POST", "/api/admin/installs/"+asked+"/approve", nil).want(200).field("install.state"); got != "active" {
		t.Errorf("it is %s", got)
	}
	s.set("asks-again")
	s.call(s.admin, "POST", "/api/admin/installs/"+s.installWaiting()+"/decline", nil).want(200)
}

func TestTheFilesOfAChannelAreListedInPages(t *testing.T) {
	s := newScene(t)
	s.set("papers")
	for range 3 {
		s.attach()
	}
	path := "/api/chat/channels/" + s.channel.ID + "/files"
	first := s.call(s.keeper, "GET", path+"?limit=2", nil).want(200)
	rest := s.call(s.member, "GET", path+"?limit=2&cursor="+first.field("next_cursor"), nil).want(200)
	if strings.Count(first.Body.String(), "canary.txt") != 2 || strings.Count(rest.Body.String(), "canary.txt") != 1 || rest.field("next_cursor") != "" ||
		!strings.Contains(first.Body.String(), s.file) || strings.Contains(rest.Body.String(), s.file) {
		t.Errorf("%s\n%s", first.Body, rest.Body)
	}
	s.call(s.member, "GET", path+"?cursor=x", nil).want(400)
	s.call(s.former, "GET", path, nil).want(404, "CHANNEL_NOT_FOUND")
}

func TestTheHistoryOfAlarmsIsReadInPages(t *testing.T) {
	s := newScene(t)
	for n, state := range []ops.State{ops.Alarm, ops.OK, ops.Alarm} {
		must(t, s.Store.AddAlarmChange(t.Context(), ops.AlarmChange{ID: id.New(now()), Name: "errors", State: state, Reason: fmt.Sprint("change ", n), At: now()}))
	}
	first := s.call(s.member, "GET", "/api/metrics/alarms/history?limit=2", nil).want(200)
	rest := s.call(s.member, "GET", "/api/metrics/alarms/history?limit=2&cursor="+first.field("next_cursor"), nil).want(200)
	if !strings.Contains(first.Body.String(), "change 2") || !strings.Contains(first.Body.String(), "change 1") || strings.Contains(first.Body.String(), "change 0") ||
		!strings.Contains(rest.Body.String(), "change 0") || rest.field("next_cursor") != "" {
		t.Errorf("%s\n%s", first.Body, rest.Body)
	}
}

func TestABotThatIsOffIsSwitchedOnAgain(t *testing.T) {
	s := newScene(t)
	bot, err := s.accounts.AddBot(t.Context(), s.admin.User, accounts.BotDraft{Name: "Robot"})
	must(t, err)
	path := "/api/bots/" + bot.ID
	s.call(s.admin, "DELETE", path, nil).want(200)
	if got := s.call(s.admin, "GET", path, nil).want(200).field("bot.active"); got != "false" {
		t.Errorf("active is %s", got)
	}
	for range 2 {
		if got := s.call(s.admin, "POST", path+"/restore", nil).want(200).field("bot.active"); got != "true" {
			t.Errorf("active is %s", got)
		}
	}
	s.call(s.keeper, "POST", path+"/restore", nil).want(403)
}
