package handlers

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

func TestWhoMayMakeNoChannelsSeesNoWayToAndWhy(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	c, err := w.chat.CreateChannel(t.Context(), ada.User, chat.NewChannel{Name: "plans", Type: chat.Private})
	must(t, err)
	for _, page := range []string{"/chat", "/channels", "/jump?q=new"} {
		if page != "/chat" {
			w.get(ada, page).want(200, "/channels/new")
		}
	}
	w.post(boss, "/admin/rules", "public_channels", "admins", "private_channels", "moderators", "max_message", "5000", "sign_up_domains", "").sends("/admin/rules")
	w.get(boss, "/admin/rules").want(200, `value="admins" selected`, `value="moderators" selected`, `value="5000"`)
	for _, page := range []string{"/channels", "/jump?q=new", "/chat/" + c.ID} {
		if strings.Contains(w.get(ada, page).want(200).Body.String(), "/channels/new") {
			t.Errorf("%s leads to a new channel", page)
		}
	}
	if got := w.get(ada, "/channels/new").want(200, "Only admins make public channels here.", "Only moderators and admins make private channels here.").Body.String(); strings.Contains(got, `name="description"`) {
		t.Error("there is a form that nobody may send")
	}
	w.post(ada, "/channels/new", "name", "mine", "type", "public").want(403, "Only admins make public channels here.")
	w.get(ada, "/chat/"+c.ID+"/edit").want(200, `value="public" disabled`, "Only admins make public channels here.")
	w.post(ada, "/chat/"+c.ID+"/edit", "name", "plans", "type", "public", "confirm", "yes").want(403)
	w.post(boss, "/channels/new", "name", "mine", "type", "public").want(303)
	w.post(boss, "/admin/rules", "public_channels", "admins", "private_channels", "everyone", "max_message", "5000", "sign_up_domains", "").sends("/admin/rules")
	w.get(ada, "/channels/new").want(200, `value="public" disabled`, `value="private" checked`)
	w.post(ada, "/channels/new", "name", "own", "type", "private").want(303)
}

func TestAnAdminSaysHowLongAMessageMayBe(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	general := "/chat/" + w.general().ID
	w.get(ada, general).want(200, `data-max-text="2000"`)
	for _, wrong := range []string{"", "x", "0", "999", "16001", "-1"} {
		w.post(boss, "/admin/rules", "public_channels", "everyone", "private_channels", "everyone", "max_message", wrong, "sign_up_domains", "").want(400, "1,000 to 16,000", `value="`+wrong+`"`)
	}
	w.post(boss, "/admin/rules", "public_channels", "nobody", "private_channels", "everyone", "max_message", "2000", "sign_up_domains", "").want(400, "everyone, moderators or admins")
	w.post(boss, "/admin/rules", "public_channels", "everyone", "private_channels", "everyone", "max_message", "16000", "sign_up_domains", "").sends("/admin/rules")
	w.get(ada, general).want(200, `data-max-text="16000"`)
	long := strings.Repeat("ж", 16_000)
	w.post(ada, general+"/messages", "content", long).sends(general)
	w.post(ada, general+"/messages", "content", long+"ж").want(400, "at most 16000 characters")
	w.post(boss, "/admin/security", "a", "b").sends("/admin/security")
	if p, err := w.accounts.Policy(t.Context()); err != nil || !reflect.DeepEqual(p, accounts.Policy{MaxMessage: 16_000}) {
		t.Errorf("another page changed it: %+v, %v", p, err)
	}
}

func TestAFormOfRulesThatLeavesSomethingOutOpensNothing(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	whole := []string{"public_channels", "admins", "private_channels", "moderators", "max_message", "5000", "sign_up_domains", "corp.test"}
	w.post(boss, "/admin/rules", whole...).sends("/admin/rules")
	before, err := w.accounts.Policy(t.Context())
	must(t, err)
	for n := 0; n < len(whole); n += 2 {
		w.post(boss, "/admin/rules", slices.Delete(slices.Clone(whole), n, n+2)...).want(400, whole[n]+`-wrong"`)
	}
	w.post(boss, "/admin/rules", "max_message", "6000").want(400)
	if after, err := w.accounts.Policy(t.Context()); err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("it is %+v, was %+v: %v", after, before, err)
	}
}

func TestAFormOfRulesBringsBackNothingThatAnotherAdminChanged(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	page := w.get(boss, "/admin/rules").want(200)
	var shown []string
	for _, name := range []string{"public_channels", "private_channels", "max_message", "sign_up_domains"} {
		shown = append(shown, "was."+name, attribute(page.field("was."+name), "value"))
	}
	w.post(boss, "/admin/rules", "public_channels", "admins", "private_channels", "everyone", "max_message", "2000", "sign_up_domains", "corp.test").sends("/admin/rules")
	later := append(shown, "public_channels", "everyone", "private_channels", "everyone", "sign_up_domains", "")
	refused := w.post(boss, "/admin/rules", append(later, "max_message", "1")...).want(400).keeps("max_message", "1")
	refused.keeps(shown...)
	w.post(boss, "/admin/rules", append(later, "max_message", "3000")...).sends("/admin/rules")
	want := accounts.Policy{PublicChannels: accounts.ByAdmins, MaxMessage: 3000, SignUpDomains: []string{"corp.test"}}
	if p, err := w.accounts.Policy(t.Context()); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("it is %+v, %v", p, err)
	}
}

func TestAnAdminSaysWhoseAddressesMakeAnAccount(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	rules := func(domains string) answered {
		return w.post(boss, "/admin/rules", "public_channels", "everyone", "private_channels", "everyone", "max_message", "2000", "sign_up_domains", domains)
	}
	rules("corp.test, a_b").want(400, "such as example.org", `value="corp.test, a_b"`)
	rules("@Corp.test,\n example.org").sends("/admin/rules")
	w.get(boss, "/admin/rules").want(200, `value="corp.test example.org"`, "anybody can enter one of these")
	w.get(nil, "/signup").want(200, "Who has an address of corp.test, example.org may join")
	w.post(nil, "/signup", "name", "Eve", "email", "eve@evil.test", "password", "correct horse battery").want(403, "Accounts here are for addresses of corp.test, example.org", `value="eve@evil.test"`)
	w.post(nil, "/signup", "name", "Ada", "email", "ada@corp.test", "password", "correct horse battery").want(303)
}
