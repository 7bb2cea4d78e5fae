package handlers

import (
	"net/url"
	"strings"
	"testing"

	"pegasus/accounts"
)

func TestTheOverviewShowsFiguresToAdminsAndWhatWaitsToModerators(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	mod, ada := w.moderator("mod", boss), w.join("ada")
	m := w.say(ada, w.general().ID, "buy this")
	must(t, w.chat.ReportMessage(t.Context(), boss.User, m.ID, "an advertisement", false))
	_, _, err := w.accounts.Invite(t.Context(), boss.User, accounts.InvitationDraft{MaxUses: 1})
	must(t, err)
	w.get(boss, "/admin").want(200, "1 report", "A hint", "Here in 7 days", "Open invitations", "Database")
	seen := w.get(mod, "/admin").want(200, "1 report").Body.String()
	for _, no := range []string{"A hint", "Database", "/admin/security", "/admin/invitations"} {
		if strings.Contains(seen, no) {
			t.Errorf("a moderator is shown %s", no)
		}
	}
	w.get(boss, "/admin?q=SECOND+factor").want(200, `href="/admin/security"`)
	w.get(mod, "/admin?q="+url.QueryEscape("second factor for")).want(200, "Nothing is called like that")
	w.get(boss, "/admin?q="+url.QueryEscape("no such setting")).want(200, "Nothing is called like that")
}

func TestManyPeopleAreChangedAtOnceAndWhatFailsIsNamed(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	mod, ada, ben := w.moderator("mod", boss), w.join("ada"), w.join("ben")
	both := func(who *actor, action, back string, people ...*actor) answered {
		fields := form("action", action, "back", back)
		for _, p := range people {
			fields.Add("person", p.ID)
		}
		return w.do(w.request(who, "POST", "/admin/people", fields))
	}
	asked := both(boss, "ban", "/admin/people?sort=new", ada, ben).want(200, "Ban 2 people", ada.Shown(), ben.Shown(), `name="ban_reason"`)
	if value(t, asked, "ban-ban_expires") != "" {
		t.Error("an end is proposed")
	}
	w.get(ada, "/chat").want(200)
	ban := func(reason, until string) answered {
		return w.do(w.request(boss, "POST", "/admin/people", url.Values{
			"action": {"ban"}, "back": {"/admin/people?sort=new"}, "person": {ada.ID, ben.ID}, "ban_reason": {reason}, "ban_expires": {until},
		}))
	}
	ban("noise", "soon").want(400, "Ban 2 people").faults("ban-", "ban_expires").keeps("ban_reason", "noise")
	ban("noise", "2001-01-01").want(400, "must end in the future").faults("ban-", "ban_expires")
	ban(strings.Repeat("x", accounts.MaxBanReason+1), "").want(400).faults("ban-", "ban_reason")
	w.get(ben, "/chat").want(200)
	ban("noise", "2100-01-02").sends("/admin/people?sort=new")
	w.get(boss, "/admin/people/"+ben.ID).want(200, "noise", "Banned until")
	w.get(ada, "/chat").want(303)
	w.get(ben, "/chat").want(303)
	both(mod, "unban", "https://evil.test/", ada, boss).want(422, "Name boss", "not allowed")
	w.get(boss, "/admin/people?which=banned").want(200, "1 person", ben.Email)
	w.post(boss, "/admin/people", "action", "unban", "person", ben.ID, "back", "//evil.test").sends("/admin/people?")
	w.post(mod, "/admin/people", "action", "moderator", "person", ada.ID).want(422, "not allowed")
	w.post(boss, "/admin/people", "action", "moderator", "person", ada.ID).sends("/admin/people?")
	w.get(boss, "/admin/people?which=moderators").want(200, "2 people", ada.Email)
	w.post(boss, "/admin/people", "action", "sign-out", "person", ada.ID).sends("/admin/people?")
	w.post(boss, "/admin/people", "action", "user", "person", boss.ID).want(422, "last admin")
	w.post(boss, "/admin/people", "action", "delete", "person", ada.ID).want(400)
	w.post(boss, "/admin/people", "action", "ban").want(400)
	w.post(ben, "/admin/people", "action", "ban", "person", ada.ID).want(401)
}

func TestSomebodysDevicesAndSecondFactorAreEndedByAnAdmin(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	mod, ada := w.moderator("mod", boss), w.join("ada")
	kept, err := w.accounts.Sessions(t.Context(), ada.ID)
	must(t, err)
	path := "/admin/people/" + ada.ID + "/sessions/" + kept[0].ID + "/end"
	w.get(mod, "/admin/people/"+ada.ID).want(200, path)
	w.post(ada, path).want(403)
	w.post(mod, path).sends("/admin/people/" + ada.ID)
	w.get(ada, "/chat").want(303)
	w.post(mod, path).want(404)

	w.post(mod, "/admin/people/"+ada.ID+"/reset-factor").want(403)
	w.post(boss, "/admin/people/"+boss.ID+"/reset-factor").want(400)
	if strings.Contains(w.get(boss, "/admin/people/"+ada.ID).Body.String(), "reset-factor") {
		t.Error("a second factor that is not there can be reset")
	}
	w.post(boss, "/admin/people/"+ada.ID+"/reset-factor").sends("/admin/people/" + ada.ID)
}
