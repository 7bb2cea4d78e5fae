package handlers

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"pegasus/accounts"
	"pegasus/internal/doortest"
	"pegasus/views"
)

// keepsCookie gives an actor the session that an answer set.
func (a *actor) keepsCookie(t testing.TB, got answered) *actor {
	t.Helper()
	for _, c := range got.Result().Cookies() {
		if c.Name == "better-auth.session_token" && c.MaxAge >= 0 {
			value, err := url.QueryUnescape(c.Value)
			must(t, err)
			a.token, _, _ = strings.Cut(value, ".")
			return a
		}
	}
	t.Fatalf("no session in %v", got.Header())
	return nil
}

// again returns the same person on another device.
func (w *world) elsewhere(a *actor) *actor {
	w.t.Helper()
	return w.signIn(&actor{User: a.User, name: a.name})
}

// says checks that a text stands beside a field of one of the forms of a page, which refers to it.
func (a answered) faults(form, field string) answered {
	a.t.Helper()
	for _, n := range nodes(a.t, a, "input") {
		if attribute(n, "id") == form+field && attribute(n, "aria-invalid") == "true" && attribute(n, "aria-describedby") == form+field+"-wrong" {
			return a.want(a.Code, `id="`+form+field+`-wrong"`)
		}
	}
	a.t.Fatalf("%s%s is not marked in %.3000s", form, field, a.Body)
	return a
}

// later is a world whose clock can be set forward.
func later(t testing.TB, o ...func(*accounts.Options)) (w *world, forward func(time.Duration)) {
	var by time.Duration
	return newWorldOf(t, doortest.Options{Accounts: func(options *accounts.Options) {
		options.Now = func() time.Time { return now().Add(by) }
		for _, change := range o {
			change(options)
		}
	}}), func(d time.Duration) { by += d }
}

func TestEveryTabOfTheProfileIsAPageAndLinksToTheOthers(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	tabs := []views.Tab{views.TabAccount, views.TabSecurity, views.TabSessions, views.TabTokens, views.TabNotifications, views.TabData, views.TabLog}
	for _, here := range tabs {
		page := w.get(ada, string(here)).want(200)
		linked := map[string]string{}
		for _, a := range nodes(t, page, "a") {
			if _, marked := linked[attribute(a, "href")]; !marked || strings.Contains(markup(t, a), "aria-current") {
				linked[attribute(a, "href")] = markup(t, a)
			}
		}
		for _, tab := range tabs {
			link, there := linked[string(tab)]
			if current := strings.Contains(link, "aria-current"); !there || current != (tab == here) && tab != views.TabAccount {
				t.Errorf("%s links to %s as %q", here, tab, link)
			}
		}
	}
}

func TestWhatGuardsTheAccountAsksWhoIsThereAfterADayAndGoesOn(t *testing.T) {
	w, forward := later(t)
	ada := w.join("ada")
	w.get(ada, "/profile/security/confirm?returnTo=/profile/tokens").sends("/profile/tokens")
	forward(25 * time.Hour)
	ask := func(back string) string { return "/profile/security/confirm?returnTo=" + url.QueryEscape(back) }
	w.post(ada, "/profile/tokens", "name", "x", "scopes", "read", "life", "30").sends(ask("/profile/tokens"))
	w.post(ada, "/profile/email", "email", "new@example.test").sends(ask("/profile"))
	w.post(ada, "/profile/security/passkeys/none/remove").sends(ask("/profile/security"))
	w.post(ada, "/profile/security/accounts/none/unlink").sends(ask("/profile/security"))
	w.post(ada, "/profile/security/accounts/github/link").sends(ask("/profile/security"))
	w.get(ada, "/profile/tokens").want(200, "first confirm that it is you", `href="/profile/security/confirm?returnTo=%2Fprofile%2Ftokens"`)

	page := w.get(ada, ask("/profile/tokens")).want(200, "Confirm that it is you")
	page.keeps("returnTo", "/profile/tokens")
	w.post(ada, "/profile/security/confirm", "current", "wrong", "returnTo", "/profile/tokens").want(400).
		faults("password-", "current").keeps("returnTo", "/profile/tokens", "current", "")
	w.post(ada, "/profile/security/confirm", "current", password, "returnTo", "//e.test").sends("/chat")
	w.get(ada, "/profile/tokens").want(200)
	w.post(ada, "/profile/tokens", "name", "x", "scopes", "read", "life", "30").want(200, "pgs_")
}

func TestASecondFactorIsSetUpWithItsCodesShownOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	other := w.elsewhere(ada)
	w.post(ada, "/profile/security/two-factor", "current", "wrong").want(400).faults("setup-", "current")
	page := w.post(ada, "/profile/security/two-factor", "current", password).want(200, `src="data:image/png;base64,`)
	if got := page.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page with the secret may be kept: %q", got)
	}
	secret := attribute(page.field("secret"), "value")
	page.want(200, spacedInFours(secret))
	again := w.post(ada, "/profile/security/two-factor/confirm", "secret", secret, "code", "000000").want(401, `src="data:image/png;base64,`, spacedInFours(secret))
	again.faults("confirm-", "code").keeps("secret", secret)
	w.post(ada, "/profile/security/two-factor/confirm", "secret", "<b>", "code", "000000").want(401, "Set up")

	code, err := totp.GenerateCode(secret, now())
	must(t, err)
	codes := w.post(ada, "/profile/security/two-factor/confirm", "secret", secret, "code", code).want(200, "Your second factor is on", `download="pegasus-backup-codes.txt"`)
	shown := w.codes(codes)
	w.get(ada, "/profile").sends("/login?returnTo=%2Fprofile") // the old cookie is good no more
	ada.keepsCookie(t, codes)
	w.get(other, "/profile").sends("/login?returnTo=%2Fprofile")
	state := w.get(ada, "/profile/security").want(200, "10 backup codes left", "Turn off").Body.String()
	for _, secret := range append(shown, secret, spacedInFours(secret)) {
		if strings.Contains(state, secret) {
			t.Errorf("the page shows %q later", secret)
		}
	}

	w.post(ada, "/profile/security/two-factor/codes", "code", "").want(400).faults("codes-", "code")
	fresh := w.codes(w.post(ada, "/profile/security/two-factor/codes", "code", shown[0]).want(200, "The old ones no longer work"))
	w.post(ada, "/profile/security/two-factor/codes", "code", shown[1]).want(401).faults("codes-", "code")
	w.post(ada, "/profile/security/two-factor/off", "code", fresh[0], "current", "wrong").want(400).faults("off-", "current")
	w.post(ada, "/profile/security/two-factor/off", "code", "", "current", password).want(400).faults("off-", "code")
	off := w.post(ada, "/profile/security/two-factor/off", "code", fresh[0], "current", password)
	off.sends("/profile/security?done=two-factor")
	w.get(ada.keepsCookie(t, off), "/profile/security?done=two-factor").want(200, "Your second factor is off", "Set up")
}

func spacedInFours(secret string) string {
	var groups []string
	for ; len(secret) > 4; secret = secret[4:] {
		groups = append(groups, secret[:4])
	}
	return strings.Join(append(groups, secret), " ")
}

func (w *world) codes(a answered) (codes []string) {
	for _, list := range nodes(w.t, a, "ol") {
		for item := range list.ChildNodes() {
			codes = append(codes, text(item))
		}
	}
	if len(codes) != 10 {
		w.t.Fatalf("codes: %q", codes)
	}
	return codes
}

func TestWhoMustHaveASecondFactorIsSentThereAndNowhereElse(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.post(boss, "/admin/security", "require_two_factor", "yes").want(403, "Set up a second factor for yourself first")
	secret := attribute(w.post(boss, "/profile/security/two-factor", "current", password).want(200).field("secret"), "value")
	code, err := totp.GenerateCode(secret, now())
	must(t, err)
	boss.keepsCookie(t, w.post(boss, "/profile/security/two-factor/confirm", "code", code, "secret", secret).want(200))
	w.get(boss, "/admin/security").want(200, "1 person", "of 2 have none")
	w.post(boss, "/admin/security", "require_two_factor", "yes").sends("/admin/security")

	for _, path := range []string{"/chat", "/profile", "/profile/tokens", "/admin", "/users"} {
		w.get(ada, path).sends("/profile/security")
	}
	w.post(ada, "/profile/tokens", "name", "x", "scopes", "read", "life", "30").sends("/profile/security")
	w.get(ada, "/profile/security").want(200, "Set up a second factor to go on", "<details class=\"fold\" open>")
	secret = attribute(w.post(ada, "/profile/security/two-factor", "current", password).want(200).field("secret"), "value")
	code, err = totp.GenerateCode(secret, now())
	must(t, err)
	done := w.post(ada, "/profile/security/two-factor/confirm", "code", code, "secret", secret).want(200)
	if strings.Contains(done.Body.String(), "to go on") {
		t.Error("the page asks for what is done")
	}
	w.get(ada.keepsCookie(t, done), "/chat").want(200)
}

func TestANewPasswordEndsTheOldCookieAndOtherDevices(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	other := w.elsewhere(ada)
	const next = "another good phrase"
	w.post(ada, "/profile/security/password", "current", "wrong", "password", next, "others", "yes").want(400).faults("password-", "current").
		keeps("current", "", "password", "")
	w.post(ada, "/profile/security/password", "current", password, "password", "short", "others", "yes").want(400).faults("", "password")
	w.get(other, "/profile").want(200)
	old := *ada
	changed := w.post(ada, "/profile/security/password", "current", password, "password", next, "others", "yes")
	changed.sends("/profile/security?done=password")
	for what, device := range map[string]*actor{"the old cookie": &old, "the other device": other} {
		if got := w.get(device, "/profile"); got.Code != 303 {
			t.Errorf("%s: %d", what, got.Code)
		}
	}
	w.get(ada.keepsCookie(t, changed), "/profile/security?done=password").want(200, "Your password is changed")
	other = w.elsewhere(ada)
	w.post(ada, "/profile/security/password", "current", next, "password", password).sends("/profile/security?done=password")
	w.get(other, "/profile").want(200)
}

func TestWhatIsSomebodyElsesIsNotThere(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.join("ada"), w.join("eve")
	session, _, err := w.accounts.TokenUser(t.Context(), "none")
	if err == nil {
		t.Fatal(session)
	}
	theirs, err := w.accounts.Sessions(t.Context(), ada.ID)
	must(t, err)
	token, _, err := w.accounts.CreateToken(t.Context(), ada.User, theirs[0], "hers", []accounts.Scope{accounts.ScopeRead}, 0)
	must(t, err)
	passkey, err := w.accounts.AddPasskey(t.Context(), ada.User, theirs[0], accounts.Passkey{CredentialID: "c", PublicKey: []byte("k"), Data: "{}"})
	must(t, err)
	must(t, w.accounts.LinkProvider(t.Context(), ada.User, theirs[0], accounts.Identity{Provider: "github", Subject: "1", Email: "ada@a.test"}))
	links, err := w.accounts.ProviderAccounts(t.Context(), ada.ID)
	must(t, err)
	for _, path := range []string{
		"/profile/sessions/" + theirs[0].ID + "/end", "/profile/tokens/" + token.ID + "/delete", "/profile/security/passkeys/" + passkey.ID + "/rename",
		"/profile/security/passkeys/" + passkey.ID + "/remove", "/profile/security/accounts/" + links[0].ID + "/unlink",
		"/profile/security/accounts/" + ada.ID + "/unlink",
	} {
		w.post(eve, path, "name", "mine").want(404)
	}
	w.get(ada, "/profile/tokens").want(200, "hers", "…"+token.Hint)
	w.get(ada, "/profile/security").want(200, passkey.Name, "ada@a.test")
	w.post(ada, "/profile/security/accounts/"+ada.ID+"/unlink").want(404) // the password is no account elsewhere
	w.post(ada, "/profile/security/passkeys/"+passkey.ID+"/rename", "name", "Laptop").sends("/profile/security")
	w.post(ada, "/profile/security/passkeys/"+passkey.ID+"/rename", "name", " ").want(400).faults("rename-"+passkey.ID+"-", "name")
	w.post(ada, "/profile/security/accounts/"+links[0].ID+"/unlink").sends("/profile/security")
	w.post(ada, "/profile/security/passkeys/"+passkey.ID+"/remove").sends("/profile/security")
	w.post(ada, "/profile/tokens/"+token.ID+"/delete").sends("/profile/tokens")
	w.post(ada, "/profile/sessions/"+theirs[0].ID+"/end").sends("/profile/sessions")
	w.get(ada, "/profile").sends("/login?returnTo=%2Fprofile")
}

func TestATokenIsShownOnceAndItsFormKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	page := w.post(ada, "/profile/tokens", "name", "Nightly", "scopes", "read", "life", "7").want(200, "It is not shown again")
	var secret string
	for _, n := range nodes(t, page, "input") {
		if attribute(n, "id") == "new-token" {
			secret = attribute(n, "value")
		}
	}
	if _, u, err := w.accounts.TokenUser(t.Context(), secret); err != nil || u.ID != ada.ID {
		t.Errorf("the token %q is of %v, %v", secret, u.ID, err)
	}
	if strings.Contains(w.get(ada, "/profile/tokens").want(200, "Nightly").Body.String(), secret) {
		t.Error("the token is shown again")
	}
	w.post(ada, "/profile/tokens", "name", "", "scopes", "write", "life", "365").want(400, `value="write" checked`, `value="365" selected`).faults("token-", "name")
	w.post(ada, "/profile/tokens", "name", "x", "life", "7").want(400, "at least one scope").keeps("name", "x")
	w.post(ada, "/profile/tokens", "name", "x", "scopes", "read", "life", "many").want(400, "choose from the list")
}

// upload sends a picture as the form does.
func (w *world) upload(a *actor, content []byte, fields ...string) answered {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		must(w.t, form.WriteField(fields[i], fields[i+1]))
	}
	file, err := form.CreateFormFile("file", "me.png")
	must(w.t, err)
	_, err = file.Write(content)
	must(w.t, err)
	must(w.t, form.Close())
	r := w.request(a, "POST", "/profile/avatar", nil)
	r.Body, r.ContentLength = readCloser{&body}, int64(body.Len())
	r.Header.Set("Content-Type", form.FormDataContentType())
	return w.do(r)
}

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }

// halves is a picture that is red on the left and blue on the right.
func halves(t testing.TB) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 400, 200))
	for x := range 400 {
		for y := range 200 {
			c := color.RGBA{R: 255, A: 255}
			if x >= 200 {
				c = color.RGBA{B: 255, A: 255}
			}
			picture.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, picture))
	return b.Bytes()
}

func TestAPictureIsCutToTheChosenSquareAndShownWhereverItsPersonIs(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	c := w.general()
	w.say(ada, c.ID, "hello")
	w.upload(ada, halves(t), "x", "200", "y", "0", "side", "200").sends("/profile")
	u, err := w.accounts.User(t.Context(), ada.ID)
	must(t, err)
	shown := w.get(ben, u.Avatar).want(200)
	picture, _, err := image.Decode(shown.Body)
	must(t, err)
	if r, _, b, _ := picture.At(10, 128).RGBA(); b < 0xc000 || r > 0x4000 {
		t.Errorf("the left of the square is %x %x", r, b)
	}
	for _, path := range []string{"/users", "/chat/" + c.ID, "/chat/" + c.ID + "/members"} {
		w.get(ben, path).want(200, `src="`+u.Avatar+`"`, `alt=""`, `loading="lazy"`)
	}
	w.get(ada, "/profile").want(200, `src="`+u.Avatar+`"`, "Your picture is saved")
	w.upload(ada, []byte("no picture")).want(400, `id="picture-wrong"`)
	w.upload(ada, bytes.Repeat([]byte("x"), 6<<20)).want(400, "5 MB")
	w.post(ada, "/profile/avatar", "file", "x").want(400, `id="picture-wrong"`)
	w.post(ada, "/profile/avatar/remove").sends("/profile")
	w.get(ben, u.Avatar).want(404)
	if strings.Contains(w.get(ben, "/chat/"+c.ID).Body.String(), "/avatars/") {
		t.Error("the picture is still shown")
	}
}

func TestANewAddressCountsOnlyOnceItsLinkWasOpened(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.join("ben")
	w.post(ada, "/profile/email", "email", "no address").want(400).faults("email-", "email").keeps("email", "no address")
	w.post(ada, "/profile/email", "email", "ADA@example.test").want(400).faults("email-", "email")
	for _, address := range []string{"new@example.test", "ben@example.test"} { // whether there is an account there shows nowhere
		w.post(ada, "/profile/email", "email", address).sends("/profile?waiting=yes#email")
	}
	w.get(ada, "/profile?waiting=yes").want(200, "Until it is opened, everything stays with ada@example.test")
	u, err := w.accounts.User(t.Context(), ada.ID)
	must(t, err)
	if u.Email != "ada@example.test" {
		t.Errorf("the address is %s", u.Email)
	}
}

func TestAnAccountIsDeletedByItsAddressAndPassword(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.join("ada"), w.admin("boss")
	w.upload(ada, halves(t)).want(303)
	u, err := w.accounts.User(t.Context(), ada.ID)
	must(t, err)
	w.say(ada, w.general().ID, "stays")
	w.post(ada, "/profile/delete", "email", "other@example.test", "current", password).want(400).faults("delete-", "email").
		keeps("current", "")
	w.post(ada, "/profile/delete", "email", ada.Email, "current", "").want(400).faults("delete-", "current")
	w.post(ada, "/profile/delete", "email", ada.Email, "current", "wrong").want(400).faults("delete-", "current")
	w.post(boss, "/profile/delete", "email", boss.Email, "current", password).want(409, "last admin")
	w.post(ada, "/profile/delete", "email", " Ada@example.test", "current", password).want(200, "Your account is deleted")
	w.get(ada, "/profile").want(303)
	w.get(boss, u.Avatar).want(404)
	w.get(boss, "/chat/"+w.general().ID).want(200, "stays", "Deleted account")
	if strings.Contains(w.get(boss, "/users").Body.String(), "Deleted account") {
		t.Error("people show who is gone")
	}
}

func TestTheSecurityLogSpeaksInSentencesAndHidesWhereOthersAre(t *testing.T) {
	w := newWorld(t)
	ada, boss := w.join("ada"), w.admin("boss")
	r := w.request(boss, "POST", "/admin/people/"+ada.ID+"/role", form("role", "moderator"))
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 canary")
	w.do(r).want(303)
	r = w.request(ada, "POST", "/profile", form("name", "Ada K"))
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Edg/140.0")
	w.do(r).want(303)
	page := w.get(ada, "/profile/log").want(200, "The role was changed from user to moderator", "The profile was changed: name", "Edge on Windows", "Signed in by password")
	if strings.Contains(page.Body.String(), "Firefox on Linux") {
		t.Error("the log tells where the admin is")
	}
	for range 60 {
		w.post(ada, "/profile", "name", "Ada").want(303)
	}
	page = w.get(ada, "/profile/log").want(200, "Show older")
	for _, a := range nodes(t, page, "a") {
		if text(a) == "Show older" {
			w.get(ada, attribute(a, "href")).want(200, "The account was made")
			return
		}
	}
}
