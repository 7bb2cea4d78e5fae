package handlers

import (
	"net/url"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/internal/doortest"
	"pegasus/web"
)

// resetLink returns where the link of a mail about a password leads, past the API that it opens first.
func (w *world) resetLink(to string) string {
	w.t.Helper()
	link, err := url.Parse(w.mailed(to, accounts.LetterReset))
	must(w.t, err)
	page, err := url.Parse(link.Query().Get("callbackURL"))
	must(w.t, err)
	query := page.Query()
	query.Set("token", link.Path[strings.LastIndexByte(link.Path, '/')+1:])
	page.RawQuery = query.Encode()
	return page.String()
}

func TestAForgottenPasswordIsSetByMailAndSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	v := w.visitor().open("/login?returnTo=/users").open("/forgot-password?returnTo=/users")
	v.submit("/forgot-password", "email", "no address").page.want(400).blames("email").keeps("email", "no address", "returnTo", "/users")
	v.submit("/forgot-password", "email", ada.Email).at("/check-mail").follow().says("Check your mail", ada.Email, "1 hour")
	link := w.resetLink(ada.Email)
	v.open(link).says("Choose a new password").page.field("token")
	if v.page.Header().Get("Referrer-Policy") != "no-referrer" || v.page.Header().Get("Cache-Control") != "no-store" {
		t.Error("the token in the address is not kept back")
	}
	v.submit("/reset-password", "password", "short").page.want(400).blames("password").keeps("password", "", "returnTo", "/users")
	v.submit("/reset-password", "password", "another fine password").at("/login?notice=password-reset&returnTo=%2Fusers").follow().says("Your password is set").in("")
	v.submit("/login", "email", ada.Email, "password", password).page.want(401)
	v.submit("/login", "password", "another fine password").at("/users").in("Name ada")
	w.get(ada, "/users").want(303) // sessions from before have ended
	w.visitor().open(link).says("This link does not work", `action="/forgot-password"`).page.want(400)
	w.visitor().send("POST", "/reset-password", form("token", "guess", "password", "another fine password")).page.want(400, "This link does not work")
}

func TestAskingForAMailTellsNobodyWhoHasAnAccount(t *testing.T) {
	w := newWorld(t)
	w.join("ada")
	for _, path := range []string{"/forgot-password", "/verify-email/send", "/magic-link/send"} {
		known := w.visitor().send("POST", path, form("email", "ada@example.test")).at("/check-mail").follow()
		unknown := w.visitor().send("POST", path, form("email", "eve@example.test")).at("/check-mail").follow()
		if masked(known.page) != strings.ReplaceAll(masked(unknown.page), "eve@", "ada@") {
			t.Errorf("%s answers\n%s\nand\n%s", path, known.page.Body, unknown.page.Body)
		}
	}
}

func TestWithoutMailThePagesSaySo(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Mails = nil })
	w.letters.Undelivered = true
	w.get(nil, "/forgot-password").want(200, "sends no mail")
	for _, path := range []string{"/forgot-password", "/magic-link/send", "/verify-email/send"} {
		w.post(nil, path, "email", "ada@example.test").want(409, "sends no mail")
	}
	if len(w.letters.Letters("")) != 0 {
		t.Error("a mail was written that nobody can read")
	}
	if strings.Contains(w.get(nil, "/login").Body.String(), "/magic-link/send") {
		t.Error("the sign-in page offers a mail")
	}
	boss := w.admin("boss")
	for _, path := range []string{"/debug", "/debug/events", "/debug/jobs", "/debug/settings", "/test"} {
		w.get(nil, path).want(404)
		w.get(boss, path).want(404)
	}
}

func TestAnAddressHasToBeProvenFirstWhereTheServerAsksForIt(t *testing.T) {
	w := newWorldOf(t, doortest.Options{Accounts: func(o *accounts.Options) { o.RequireVerification = true }})
	v := w.visitor().open("/signup?returnTo=/users")
	v.submit("/signup", "name", "Ada", "email", "Ada@Example.test", "password", password).at("/check-mail").follow().says("Check your mail", "ada@example.test").in("")
	first := w.mailed("ada@example.test", accounts.LetterVerify)
	// Signing in before says what to do, and keeps where to go.
	v.open("/login?returnTo=/users").submit("/login", "email", "ada@example.test", "password", password).page.
		want(403, "Send the mail again").keeps("returnTo", "/users")
	v.submit("/verify-email/send").at("/check-mail").follow()
	second := w.mailed("ada@example.test", accounts.LetterVerify)
	if first == second {
		t.Fatal("no new mail was sent")
	}
	v.open(second).says("Confirm the address").in("")
	if v.page.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Error("the token in the address is not kept back")
	}
	v.open(second) // looking at it uses nothing up
	v.submit("/verify-email").at("/login?notice=email-verified&returnTo=%2Fusers").follow().says("Your address is confirmed").in("")
	v.submit("/login", "email", "ada@example.test", "password", password).at("/users").in("Ada")
	w.visitor().open(second).submit("/verify-email").page.want(400, "This link does not work", `action="/verify-email/send"`)
	w.visitor().open(first).submit("/verify-email").page.want(400)
}

func TestATakenAddressSignsUpLikeAFreeOneWhereAddressesAreProven(t *testing.T) {
	w := newWorldOf(t, doortest.Options{Accounts: func(o *accounts.Options) { o.RequireVerification = true }})
	w.admin("ada")
	taken := w.visitor().open("/signup").submit("/signup", "name", "Eve", "email", "ada@example.test", "password", password).at("/check-mail").follow()
	free := w.visitor().open("/signup").submit("/signup", "name", "Eve", "email", "eve@example.test", "password", password).at("/check-mail").follow()
	if masked(taken.page) != strings.ReplaceAll(masked(free.page), "eve@", "ada@") {
		t.Error("the pages differ")
	}
	taken.in("")
}

func TestWhoIsSignedInConfirmsTheirAddressAndGoesOn(t *testing.T) {
	w := newWorld(t)
	v := w.visitor().open("/signup").submit("/signup", "name", "Ada", "email", "ada@example.test", "password", password).at("/chat")
	v.open(w.mailed("ada@example.test", accounts.LetterVerify)).submit("/verify-email").at("/chat").open("/users").says("ada@example.test is confirmed")
	u, err := w.store.UserByEmail(t.Context(), "ada@example.test")
	must(t, err)
	if !u.EmailVerified {
		t.Error("it is not")
	}
}

func TestAMailedLinkSignsInOnceAndAsksFirst(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	v := w.visitor().open("/login?returnTo=/users")
	// The button of the sign-in form sends its address.
	button := ""
	for _, n := range nodes(t, v.page, "button") {
		if attribute(n, "form") == "sign-in" && has(n, "formnovalidate") {
			button = attribute(n, "formaction")
		}
	}
	v.send("POST", button, form("email", ada.Email, "password", "", "returnTo", "/users")).at("/check-mail").follow().says("5 minutes", ada.Email)
	link := w.mailed(ada.Email, accounts.LetterMagicLink)
	v.open(link).open(link).in("").submit("/magic-link").at("/users").in("Name ada")
	other := w.visitor().open(link).submit("/magic-link")
	other.page.want(400, "This link does not work", `action="/magic-link/send"`)
	other.in("").submit("/magic-link/send", "email", "new@example.test").at("/check-mail")
	other.open(w.mailed("new@example.test", accounts.LetterMagicLink)).submit("/magic-link").at("/chat").in("new")
}

func TestAMailedLinkAsksForTheSecondFactorToo(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	// Of an address that nobody has proven yet, the link would clear the account.
	w.visitor().open(w.mailed(ada.Email, accounts.LetterVerify)).submit("/verify-email").at("/login?notice=email-verified&returnTo=%2Fchat")
	phone, _ := w.secondFactor(ada)
	v := w.visitor().send("POST", "/magic-link/send", form("email", ada.Email, "returnTo", "/users"))
	v.open(w.mailed(ada.Email, accounts.LetterMagicLink)).submit("/magic-link").at(askedFor).in("").follow()
	v.submit("/two-factor", "code", phone.code()).at("/users").in("Name ada")
}

func TestMailsThatAreAskedForTooOftenSayHowLongToWait(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	for range 3 {
		w.post(nil, "/forgot-password", "email", "ada@example.test").want(303)
	}
	w.post(nil, "/forgot-password", "email", "ada@example.test").want(429, "The next try counts in 60 seconds.").keeps("email", "ada@example.test")
}

func TestTheOutboxShowsLinksThatWork(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(nil, "/magic-link/send", "email", ada.Email).want(303)
	page := w.get(boss, "/debug").want(200, "Outbox", ada.Email)
	for _, a := range nodes(t, page, "a") {
		if strings.Contains(attribute(a, "href"), "/magic-link?token=") {
			link, err := url.Parse(attribute(a, "href"))
			must(t, err)
			w.visitor().open(link.RequestURI()).submit("/magic-link").at("/chat").in("Name ada")
			return
		}
	}
	t.Errorf("no link in %s", page.Body)
}
