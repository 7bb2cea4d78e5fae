package handlers

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pegasus/accounts"
)

// moderator signs up a moderator.
func (w *world) moderator(name string, boss *actor) *actor {
	w.t.Helper()
	a := w.join(name)
	w.post(boss, "/admin/people/"+a.ID+"/role", "role", "moderator").sends("/admin/people/" + a.ID)
	return w.signIn(a)
}

func TestAModeratorKeepsOrderAmongPeopleAndSeesNothingElse(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	mod, peer := w.moderator("mod", boss), w.moderator("peer", boss)
	w.get(mod, "/chat").want(200, `href="/admin"`)
	if strings.Contains(w.get(ada, "/chat").Body.String(), `href="/admin"`) {
		t.Error("everyone is shown the way to the admin pages")
	}
	list := w.get(mod, "/admin/people").want(200, ada.Email).Body.String()
	if strings.Contains(list, "/admin/invitations") {
		t.Error("a moderator is led to pages for admins")
	}
	w.get(mod, "/admin/invitations").want(403)
	w.get(mod, "/admin/security").want(403)
	page := w.get(mod, "/admin/people/"+ada.ID).want(200, "/ban", "/sign-out").Body.String()
	for _, no := range []string{"/role", "/reset-link", "/impersonate", "/delete"} {
		if strings.Contains(page, "/admin/people/"+ada.ID+no) {
			t.Errorf("a moderator is offered %s", no)
		}
		w.post(mod, "/admin/people/"+ada.ID+no, "role", "admin", "username", ada.Username).want(403)
	}
	for _, above := range []*actor{boss, peer} {
		page := w.get(mod, "/admin/people/"+above.ID).want(200)
		if n := len(forms(t, page, "/admin/people/")); n != 1 { // the search of the sidebar is none
			for _, f := range forms(t, page, "/admin/people/") {
				t.Errorf("over %s a moderator is offered %s", above.name, f)
			}
		}
		w.post(mod, "/admin/people/"+above.ID+"/ban").want(403)
		w.post(mod, "/admin/people/"+above.ID+"/sign-out").want(403)
		w.get(above, "/chat").want(200)
	}
	w.post(mod, "/admin/people/"+ada.ID+"/ban", "ban_reason", "noise", "ban_expires", "2100-01-02").sends("/admin/people/" + ada.ID)
	w.get(ada, "/chat").want(303)
	w.get(mod, "/admin/people/"+ada.ID).want(200, "noise", "Lift the ban")
	w.get(mod, "/admin/people?which=banned").want(200, ada.Email, "1 person")
	w.post(mod, "/admin/people/"+ada.ID+"/unban").sends("/admin/people/" + ada.ID)
	w.signIn(ada)
	w.post(mod, "/admin/people/"+ada.ID+"/sign-out").sends("/admin/people/" + ada.ID)
	w.get(ada, "/chat").want(303)
}

// forms returns where the forms of a page that begin with a path lead.
func forms(t testing.TB, a answered, prefix string) (paths []string) {
	for _, n := range nodes(t, a, "form") {
		if strings.HasPrefix(attribute(n, "action"), prefix) {
			paths = append(paths, attribute(n, "action"))
		}
	}
	return paths
}

func value(t testing.TB, a answered, id string) string {
	t.Helper()
	var found *html.Node
	for _, n := range nodes(t, a, "input") {
		if attribute(n, "id") == id {
			found = n
		}
	}
	if found == nil {
		t.Fatalf("no field %s in %.2000s", id, a.Body)
	}
	return attribute(found, "value")
}

func TestAnAdminActsAsSomebodyUnderABannerAndComesBack(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(boss, "/admin/people/"+boss.ID+"/impersonate").want(403, "cannot impersonate admins")
	began := w.post(boss, "/admin/people/"+ada.ID+"/impersonate")
	began.sends("/chat")
	acting := (&actor{User: ada.User, name: "boss as ada"}).keepsCookie(t, began)
	for _, path := range []string{"/chat", "/chat/" + w.general().ID, "/profile", "/profile/security", "/users", "/channels/new"} {
		w.get(acting, path).want(200, "You are acting as", `action="/admin/stop"`)
	}
	w.post(acting, "/profile/security/password", "current", password, "password", "another good phrase").want(403, "Only the owner")
	w.post(acting, "/profile/security/two-factor", "current", password).want(403)
	w.post(acting, "/profile/delete", "email", ada.Email, "current", password).want(403)
	w.post(acting, "/profile/tokens", "name", "x", "scopes", "read", "life", "30").want(403)
	w.get(acting, "/admin/people").want(403)

	r := w.request(acting, "POST", "/admin/stop", form("a", "b"))
	for _, c := range began.Result().Cookies() {
		if c.Name == "better-auth.admin_session" {
			r.AddCookie(c)
		}
	}
	back := w.do(r)
	back.sends("/admin/people/" + ada.ID)
	w.get(boss.keepsCookie(t, back), "/admin/people").want(200)
	w.get(acting, "/chat").want(303)
	w.get(ada, "/profile/log").want(200, "An admin began to act as you", "An admin stopped acting as you")
}

func TestLinksForOthersAreShownOnce(t *testing.T) {
	w := newWorldInviting(t)
	boss, ada := w.admin("boss"), w.join("ada")
	page := w.post(boss, "/admin/people/"+ada.ID+"/reset-link").want(200, "It is not shown again")
	link := value(t, page, "reset-link")
	if !strings.Contains(link, "/reset-password/") {
		t.Errorf("the link is %s", link)
	}
	if strings.Contains(w.get(boss, "/admin/people/"+ada.ID).Body.String(), link) {
		t.Error("the link is shown again")
	}
	w.post(boss, "/admin/people/"+boss.ID+"/reset-link").want(400)

	w.post(boss, "/admin/invitations", "email", "no address", "role", "moderator", "max_uses", "3", "life", "720").want(400, `value="moderator" selected`, `value="720" selected`).
		faults("invite-", "email").keeps("email", "no address", "max_uses", "3")
	w.post(boss, "/admin/invitations", "role", "user", "max_uses", "0", "life", "24").want(400).faults("invite-", "max_uses")
	w.post(boss, "/admin/invitations", "email", ada.Email, "role", "user", "max_uses", "1", "life", "24").want(409).faults("invite-", "email")
	page = w.post(boss, "/admin/invitations", "role", "user", "max_uses", "2", "life", "24").want(200, "It is not shown again")
	link = value(t, page, "new-invitation")
	if !strings.Contains(link, "/signup?invitation=") {
		t.Errorf("the link is %s", link)
	}
	want, err := accounts.QR(link)
	must(t, err)
	if codes := nodes(t, page, "img"); !slices.ContainsFunc(codes, func(n *html.Node) bool {
		return attribute(n, "src") == "data:image/png;base64,"+base64.StdEncoding.EncodeToString(want) && attribute(n, "alt") != ""
	}) {
		t.Error("a phone cannot read the link")
	}
	list := w.get(boss, "/admin/invitations").want(200, "0 of 2 used", "Withdraw")
	if strings.Contains(list.Body.String(), "data:image/png") {
		t.Error("the link is shown again to phones")
	}
	if strings.Contains(list.Body.String(), link) {
		t.Error("the link is shown again")
	}
	w.post(boss, forms(t, list, "/admin/invitations/")[0]).sends("/admin/invitations")
	w.get(boss, "/admin/invitations").want(200, "withdrawn")
}

func newWorldInviting(t testing.TB) *world {
	w, _ := later(t, func(o *accounts.Options) { o.SignUp = accounts.SignUpOpen })
	return w
}

func TestAnAdminDeletesAnAccountOnlyByItsName(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(boss, "/admin/people/"+ada.ID+"/delete", "username", "ben").want(400).faults("delete-", "username")
	w.get(ada, "/chat").want(200)
	w.post(boss, "/admin/people/"+ada.ID+"/delete", "username", "@"+ada.Username).sends("/admin/people")
	w.get(ada, "/chat").want(303)
	w.get(boss, "/admin/people/"+ada.ID).want(404)
	w.post(boss, "/admin/people/"+boss.ID+"/delete", "username", boss.Username).want(400, "cannot remove yourself")
	w.post(boss, "/admin/people/"+boss.ID+"/role", "role", "user").want(409, "last admin")
}

func TestPeopleAreFoundPageByPage(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	for i := range managedPage + 5 {
		_, err := w.accounts.SignUp(t.Context(), accounts.Draft{Email: string(rune('a'+i/26)) + string(rune('a'+i%26)) + "@pages.test", Password: password, Name: "Page"})
		must(t, err)
	}
	first := w.get(boss, "/admin/people?q=pages.test").want(200, "55 people", "More")
	if strings.Contains(first.Body.String(), "First page") {
		t.Error("there is a page before the first")
	}
	for _, sort := range []string{"", "active", "new", "old"} {
		found, pages := map[string]bool{}, 0
		for path := "/admin/people?q=pages.test&sort=" + sort; path != ""; pages++ {
			page := w.get(boss, path).want(200, "55 people")
			path = ""
			for _, n := range nodes(t, page, "a") {
				if text(n) == "More" {
					path = attribute(n, "href")
				} else if attribute(n, "class") == "title" {
					found[attribute(n, "href")] = true
				}
			}
		}
		if len(found) != managedPage+5 || pages != 2 {
			t.Errorf("sorted by %q %d pages have %d people", sort, pages, len(found))
		}
	}
	w.get(boss, "/admin/people?after="+boss.ID+"x&sort=new").want(400)
	w.get(boss, "/admin/people?q=nobody-like-it").want(200, "Nobody matches")
	w.get(boss, "/admin/people?page=x&which=none").want(200)
}
