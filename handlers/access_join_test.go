package handlers

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/internal/doortest"
)

func signUpMode(mode accounts.SignUpMode) doortest.Options {
	return doortest.Options{Accounts: func(o *accounts.Options) { o.SignUp = mode }}
}

// invite makes an invitation and returns the path and query of its link.
func (w *world) invite(boss *actor, d accounts.InvitationDraft) (accounts.Invitation, string) {
	w.t.Helper()
	i, link, err := w.accounts.Invite(w.t.Context(), boss.User, d)
	must(w.t, err)
	return i, link[len(doortest.URL):]
}

func TestThePageSaysWhoMayJoin(t *testing.T) {
	for mode, says := range map[accounts.SignUpMode]string{
		accounts.SignUpOpen: "Anyone may join", accounts.SignUpInvite: "By invitation only", accounts.SignUpClosed: "Sign-up is closed",
	} {
		w := newWorldOf(t, signUpMode(mode))
		w.get(nil, "/signup").want(200, says)
		if got := w.post(nil, "/signup", "name", "Eve", "email", "eve@example.test", "password", password).Code; (got == 303) != (mode == accounts.SignUpOpen) {
			t.Errorf("%s: signing up answers %d", mode, got)
		}
		w.get(nil, "/signup?invitation=guess").want(200)
	}
}

func TestAnInvitationOpensTheDoorToWhomItIsFor(t *testing.T) {
	w := newWorldOf(t, signUpMode(accounts.SignUpInvite))
	boss := w.admin("boss")
	_, link := w.invite(boss, accounts.InvitationDraft{Email: "ada@example.test", Role: accounts.RoleModerator})
	v := w.visitor().open(link + "&returnTo=/users").says("as a moderator")
	if v.page.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Error("the token in the address is not kept back")
	}
	if n := v.page.field("email"); attribute(n, "value") != "ada@example.test" || !has(n, "readonly") {
		t.Errorf("the address can be changed: %s", markup(t, n))
	}
	v.submit("/signup", "name", "Eve", "email", "eve@example.test", "password", password).page.want(400).blames("email").keeps("email", "ada@example.test")
	v.submit("/signup", "name", "Ada", "password", "short").page.want(400).blames("password").keeps("name", "Ada", "returnTo", "/users")
	v.submit("/signup", "password", password).at("/users").in("Ada")
	u, err := w.store.UserByEmail(t.Context(), "ada@example.test")
	must(t, err)
	if u.Role != accounts.RoleModerator {
		t.Errorf("the role is %s", u.Role)
	}
	w.get(nil, link).want(200, "This invitation is over")
	w.post(nil, "/signup", "name", "Eve", "email", "eve@example.test", "password", password, "invitation", "guess").want(404, "This invitation is over")
}

func TestAnInvitationThatIsNoGoodSaysSo(t *testing.T) {
	w := newWorldOf(t, signUpMode(accounts.SignUpInvite))
	boss := w.admin("boss")
	i, link := w.invite(boss, accounts.InvitationDraft{MaxUses: 2, Life: time.Hour})
	w.get(nil, link).want(200, "You are invited")
	must(t, w.accounts.RevokeInvitation(t.Context(), boss.User, i.ID))
	for _, link := range []string{link, "/signup?invitation=guess"} {
		w.get(nil, link).want(200, "This invitation is over")
	}
	open := newWorld(t)
	open.get(nil, "/signup?invitation=guess").want(200, "not valid any more", `name="password"`)
}

func TestWhoIsBannedIsToldAndStaysOut(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	_, err := w.accounts.BanUser(t.Context(), boss.User, ada.ID, accounts.Ban{Banned: true, Reason: "spam"})
	must(t, err)
	v := w.visitor().open("/login").submit("/login", "email", ada.Email, "password", password)
	v.page.want(403, "banned", "contact an admin").keeps("email", ada.Email)
	v.in("")
	w.visitor().open("/login").submit("/login", "email", ada.Email, "password", "wrong").page.want(401)
}

func TestRememberMeIsOnUnlessItIsTurnedOff(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for remember, checked := range map[string]bool{"yes": true, "": false} {
		v := w.visitor().open("/login")
		if !has(v.page.field("remember"), "checked") {
			t.Error("it is off at first")
		}
		v.submit("/login", "email", ada.Email, "password", "wrong", "remember", remember).page.want(401)
		if has(v.page.field("remember"), "checked") != checked {
			t.Errorf("the form forgot the choice %q", remember)
		}
		v.submit("/login", "password", password).at("/chat")
		list, err := w.accounts.Sessions(t.Context(), ada.ID)
		must(t, err)
		if list[0].Remember != checked {
			t.Errorf("with %q the session has remember %v", remember, list[0].Remember)
		}
	}
}

func TestUntilTheyHaveASecondFactorPeopleSeeNothingElseWhereOneIsRequired(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	general := w.general().ID
	w.get(ada, "/users").want(200)
	w.secondFactor(boss)
	_, err := w.accounts.SetPolicy(t.Context(), boss.User, func(accounts.Policy) accounts.Policy { return accounts.Policy{RequireTwoFactor: true} })
	must(t, err)
	for _, path := range []string{"/chat", "/chat/" + general, "/users", "/profile", "/channels/new"} {
		w.get(ada, path).sends("/profile/security")
		w.script(ada, "GET", path).want(403, `role="alert"`, "second factor")
	}
	w.post(ada, "/chat/"+general+"/messages", "content", "hello").sends("/profile/security")
	w.script(ada, "POST", "/chat/"+general+"/messages", "content", "hello").want(403)
	w.get(ada, "/events").want(403)
	for _, path := range []string{"/profile/security", "/profile/security/app"} {
		if a := w.get(ada, path); a.Header().Get("Location") == "/profile/security" {
			t.Errorf("%s leads round and round", path)
		}
	}
	w.get(boss, "/users").want(200)
	w.secondFactor(ada)
	w.get(ada, "/users").want(200)
	w.post(w.join("ben"), "/logout").sends("/login")
}

func TestAPersonalTokenOpensNoPage(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	list, err := w.accounts.Sessions(t.Context(), ada.ID)
	must(t, err)
	_, secret, err := w.accounts.CreateToken(t.Context(), ada.User, list[0], "script", []accounts.Scope{accounts.ScopeRead}, 0)
	must(t, err)
	for _, method := range []string{"GET", "POST"} {
		path := "/chat"
		if method == "POST" {
			path = "/chat/" + w.general().ID + "/messages"
		}
		r := w.request(nil, method, path, form("content", "written with a token that only reads"))
		r.Header.Set("Authorization", "Bearer "+secret)
		w.do(r).want(403)
	}
}
