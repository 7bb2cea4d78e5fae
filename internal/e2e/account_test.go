package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// unfold opens a form that is folded away under a name.
func unfold(name string) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Click(chromedp.Search(fmt.Sprintf(`//summary[normalize-space()=%q]`, name)))(ctx, target)
	}
}

// owners are browsers in which a new person is signed in: with scripts, and without on a phone.
func owners(t *testing.T, s *server, visit func(t *testing.T, p *person, ctx context.Context)) {
	t.Run("scripts on", func(t *testing.T) {
		p := s.signUp(t, "Ada")
		visit(t, p, p.browse(wide, high))
	})
	t.Run("scripts off", func(t *testing.T) {
		p := s.signUp(t, "Ben")
		ctx := p.browse(phoneWide, phoneHigh)
		do(t, ctx, scriptsOff())
		visit(t, p, ctx)
	})
}

func words(t *testing.T, ctx context.Context, selector chromedp.CSS) string {
	t.Helper()
	return strings.TrimSpace(get(t, ctx, chromedp.TextContent(selector)))
}

func TestSettingUpASecondFactorAndSigningInWithIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	owners(t, s, func(t *testing.T, p *person, ctx context.Context) {
		do(t, ctx, open(s.url+"/profile/security"), unfold("Set up"), fill("#setup-current", password), press(`form[action="/profile/security/two-factor"] button.btn-primary`), seen(".qr img"))
		phone := &app{secret: strings.ReplaceAll(words(t, ctx, ".secret"), " ", "")} // its codes are good for half a minute more
		do(t, ctx, fill("#confirm-code", "000000"), press(submit), seen("#confirm-code-wrong"), seen(".qr img"),
			phone.enter(t, "#confirm-code"), press(submit), seen("#backup-codes"))
		backup := words(t, ctx, "#backup-codes li:first-child")

		fresh := browser(t, wide, high)
		do(t, fresh, open(s.url+"/login"), fill("#email", p.email), fill("#password", password), press(submit), seen("#code"),
			phone.enter(t, "#code"), press(submit))
		come(t, fresh, "/chat", "nav")
		do(t, ctx, open(s.url+"/profile/security"), unfold("Turn off"), fill("#off-current", password), fill("#off-code", backup),
			press(`form[action$="/off"] .btn-danger`), chromedp.WaitNotPresent(chromedp.CSS(`form[action$="/off"]`)))
		do(t, fresh, at("/login"))
	})
}

func TestBackupCodesAreDownloadedWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	phone, _ := p.secondFactor()
	ctx := p.browse(wide, high)
	do(t, ctx, scriptsOff(), open(s.url+"/profile/security"), unfold("New backup codes"), phone.enter(t, "#codes-code"),
		press(`form[action$="/codes"] .btn-primary`), seen("#backup-codes"))
	link := get(t, ctx, chromedp.AttributeValue(chromedp.CSS("a[download]"), "href")).Value
	code := words(t, ctx, "#backup-codes li:last-child")
	if !strings.HasPrefix(link, "data:text/plain") || !strings.Contains(link, code) {
		t.Errorf("the download is %.200s, without %s", link, code)
	}
}

func TestAPasskeyIsAddedInTheProfileAndSignsIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ctx := p.browse(wide, high)
	do(t, ctx, authenticator(), before(noProposals), open(s.url+"/profile/security"), fill("#passkey-name", "Work laptop"),
		press("[data-add-passkey] button"), seen("#passkeys .list"))
	if list := words(t, ctx, "#passkeys .list"); !strings.Contains(list, "Work laptop") || !strings.Contains(list, "not used yet") {
		t.Errorf("the list says %s", list)
	}
	do(t, ctx, press("[data-add-passkey] button"), seen(".toasts .bad")) // this device has one already
	do(t, ctx, press(".meline form button"), seen("#password"), press("[data-passkey-sign-in] button"), at("/chat"),
		open(s.url+"/profile/security"), seen("#passkeys .list"))
	if list := words(t, ctx, "#passkeys .list"); !strings.Contains(list, "last used") {
		t.Errorf("after signing in the list says %s", list)
	}
	do(t, ctx, unfold("Remove"), press(`#passkeys .btn-danger:not(summary)`), gone("#passkeys .list"))
}

// portrait writes a picture that is red on the left and blue on the right.
func portrait(t *testing.T) (path string) {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 600, 300))
	for x := range 600 {
		for y := range 300 {
			c := color.RGBA{R: 255, A: 255}
			if x >= 300 {
				c = color.RGBA{B: 255, A: 255}
			}
			picture.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "portrait.png")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// corner returns the colour of the upper left of a picture on the page.
const corner = `(async () => {
	const picture = document.querySelector('.portrait img.av'), canvas = document.createElement('canvas');
	await picture.decode();
	canvas.width = canvas.height = 256;
	canvas.getContext('2d').drawImage(picture, 0, 0, 256, 256);
	const [r, g, b] = canvas.getContext('2d').getImageData(8, 128, 1, 1).data;
	return r > 200 ? 'red' : b > 200 ? 'blue' : [r, g, b].join(' ');
})()`

func TestAPictureIsCutToTheSquareThatTheKeysChose(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ctx := p.browse(wide, high)
	save := press(`form[action="/profile/avatar"] button`)
	choose := chromedp.SetUploadFiles(chromedp.CSS("#picture-file"), []string{portrait(t)})
	do(t, ctx, open(s.url+"/profile"), choose, seen(".crop-square"), chromedp.Focus(chromedp.CSS(".crop-square")),
		waitFor(`(() => { for (let i = 0; i < 60; i++) document.querySelector('.crop-square').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})); return true })()`),
		waitFor(`document.querySelector('[data-crop]').elements.x.value === '300'`), save, seen(".portrait img.av"))
	if got := get(t, ctx, chromedp.Evaluate[string](corner, chromedp.EvalAwaitPromise)); got != "blue" {
		t.Errorf("the left of the right half is %s", got)
	}
	do(t, ctx, scriptsOff(), open(s.url+"/profile"), choose, save, seen(".portrait img.av"), seen(".meline img.av"))
	do(t, ctx, press(`form[action="/profile/avatar/remove"] button`), seen(".portrait span.av"))
}

func TestATokenMadeInTheProfileOpensTheAPI(t *testing.T) {
	t.Parallel()
	s := start(t)
	owners(t, s, func(t *testing.T, p *person, ctx context.Context) {
		do(t, ctx, open(s.url+"/profile/tokens"), fill("#token-name", "Report"), press(submit), seen("#new-token"))
		token := get(t, ctx, chromedp.Value(chromedp.CSS("#new-token")))
		use := func(method, path string) int {
			r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			return answer.StatusCode
		}
		if read, write := use("GET", "/api/auth/me"), use("PUT", "/api/users/me"); read != 200 || write != 403 {
			t.Errorf("a token that may read gets %d and %d", read, write)
		}
		do(t, ctx, open(s.url+"/profile/tokens"), unfold("Delete"), press(`form[action$="/delete"] .btn-danger`), seen("#tokens .fact"))
		if code := use("GET", "/api/auth/me"); code != 401 {
			t.Errorf("the deleted token gets %d", code)
		}
	})
}

func TestSigningOutAnotherBrowserReachesItsOpenPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	far := browser(t, phoneWide, phoneHigh)
	do(t, far, open(s.url+"/login"), fill("#email", p.email), fill("#password", password), press(submit), seen("nav"), open(s.url+"/users"), at("/users"))
	here := p.browse(wide, high)
	do(t, here, open(s.url+"/profile/sessions"), seen("#elsewhere .list"), press(`#elsewhere .list button`), seen("#elsewhere .fact"))
	do(t, far, at("/login"))
}

func TestAnAccountIsExportedAndDeletedInTheBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	owners(t, s, func(t *testing.T, p *person, ctx context.Context) {
		answer, err := p.client.PostForm(s.url+"/api/users/me/export", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/zip" {
			t.Errorf("the form of the export gets %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
		}
		do(t, ctx, open(s.url+"/profile/data"), unfold("Delete my account"), fill("#delete-email", p.email), fill("#delete-current", "wrong"),
			press("#delete button.btn-danger"), seen("#delete-current-wrong"), fill("#delete-current", password), press("#delete button.btn-danger"))
		come(t, ctx, "/profile/delete", ".card h1")
		if code, text, err := p.call("GET", "/api/auth/me", nil, nil); err != nil || code != 401 {
			t.Errorf("after it: %d %s %v", code, text, err)
		}
	})
}

func TestAnAdminBansAndActsAsSomebodyInTheBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, p := s.boss(t), s.signUp(t, "Ada")
	bothWays(t, boss, func(t *testing.T, ctx context.Context) {
		do(t, ctx, open(s.url+"/admin/people"), press(chromedp.CSS(`a[href="/admin/people/`+p.id+`"]`)), unfold("Act as"),
			press(`form[action$="/impersonate"] button`), seen(".acting"), open(s.url+"/profile"), seen(".acting"), press(".acting button"), seen("#role"))
		do(t, ctx, unfold("Ban"), fill("#ban-ban_reason", "noise"), press(`form[action$="/ban"] button`), seen(`form[action$="/unban"]`),
			press(`form[action$="/unban"] button`), chromedp.WaitNotPresent(chromedp.CSS(`form[action$="/unban"]`)))
	})
}

// ownViews are the pages of one's own account, with something on each.
func (p *person) ownViews() []view {
	p.t.Helper()
	p.must("POST", "/api/users/me/tokens", map[string]any{"name": strings.Repeat("unbroken", 8), "scopes": []string{"read", "write"}, "expires_in": 86400}, nil)
	elsewhere := map[string]string{"email": p.email, "password": password}
	if status, text, err := (&person{t: p.t, server: p.server, client: &http.Client{}}).call("POST", "/api/auth/sign-in/email", elsewhere, nil); err != nil || status != 200 {
		p.t.Fatal(status, text, err)
	}
	security := "/profile/security"
	open := func(name string, then ...step) []step { return append([]step{unfold(name)}, then...) }
	wrong := press(`form[action="/profile/security/two-factor"] .btn-primary`)
	return []view{
		{"account", "/profile?waiting=yes", nil}, {"account, address", "/profile", open("Change address")},
		{"account, wrong", "/profile", []step{fill("#username", "a b"), press(`form[action="/profile"] .btn-primary`), seen("#username-wrong")}},
		{"account, picture", "/profile", []step{chromedp.SetUploadFiles(chromedp.CSS("#picture-file"), []string{portrait(p.t)}), seen(".crop-square")}},
		{"security", security, nil}, {"security, password", security, open("Change password", fill("#password", "abc def ghi"), keys("#password", "j"))},
		{"security, wrong", security, open("Set up", fill("#setup-current", "wrong"), wrong, seen("#setup-current-wrong"))},
		{"second factor", security, open("Set up", fill("#setup-current", password), wrong, seen(".qr img"))},
		{"sessions", "/profile/sessions", nil}, {"tokens", "/profile/tokens", open("Delete")},
		{"token", "/profile/tokens", []step{fill("#token-name", "Report"), press(submit), seen("#new-token")}},
		{"notifications", "/profile/notifications", nil}, {"data", "/profile/data", open("Delete my account")},
		{"deletion", "/profile/delete?token=x", nil}, {"log", "/profile/log", nil},
	}
}

// adminViews are the pages for admins. who is somebody to look at.
func (p *person) adminViews(who *person) []view {
	p.t.Helper()
	p.must("POST", "/api/admin/invitations", map[string]any{"email": "somebody-new@pegasus.example"}, nil)
	person := "/admin/people/" + who.id
	return []view{
		{"operations", "/ops", []step{seen("#ops-costs"), press("#ops-latency-table summary")}}, {"operations of a month", "/ops?range=30d", nil},
		{"admin", "/admin", nil}, {"admin, found", "/admin?q=second", nil}, {"people", "/admin/people", nil}, {"audit log", "/admin/audit", nil}, {"plugins", "/admin/plugins", nil}, {"plugins, to approve", "/admin/plugins?show=waiting", nil},
		{"banning people", "/admin/people", []step{press(chromedp.CSS(`.picked[value="` + who.id + `"]`)), fill(`select[name="action"]`, "ban"), press(".bulk button"), seen("#ban-ban_reason")}},
		{"all channels", "/admin/channels", nil}, {"all channels, archived", "/admin/channels?show=archived", nil},
		{"any channel", "/admin/channels", []step{press(chromedp.CSS("main .list a.title")), seen("#owners")}}, {"settings", "/admin/settings", nil}, {"settings, tried", "/admin/settings", []step{press(`button[value="storage"]`), seen(".tried")}}, {"audit log, nothing", "/admin/audit?action=bot.created", nil}, {"people, bots", "/admin/people?which=bots", nil},
		{"admin, nobody", "/admin/people?q=nobody-like-it", nil}, {"somebody", person, nil},
		{"somebody, open", person, []step{unfold("Act as"), unfold("Ban"), unfold("Password link"), unfold("Delete account")}},
		{"oneself", "/admin/people/" + p.id, nil}, {"invitations", "/admin/invitations", nil},
		{"reports", "/admin/reports", nil}, {"all integrations", "/admin/integrations", nil}, {"invitation", "/admin/invitations", []step{press(submit), seen("#new-invitation")}}, {"policy", "/admin/security", nil}, {"rules", "/admin/rules", nil}, {"fields of profiles", "/admin/profile-fields", []step{press(".profile-fields .change summary")}}, {"data", "/admin/data", nil}, {"budgets", "/admin/budgets", nil}, {"announcement", "/admin/announcement", nil}, {"branding", "/admin/branding", nil}, {"retention", "/admin/retention", nil}, {"retention of a channel", "/chat/" + p.channel("general") + "/retention", nil},
	}
}

// act opens a profile in which an admin acts as the person.
func (p *person) act(boss *person) context.Context {
	p.t.Helper()
	ctx := boss.browse(wide, high)
	do(p.t, ctx, open(p.server.url+"/admin/people/"+p.id), unfold("Act as"), press(`form[action$="/impersonate"] button`), seen(".acting"))
	return ctx
}
