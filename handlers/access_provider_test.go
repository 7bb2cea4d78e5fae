package handlers

import (
	"net/url"
	"strings"
	"testing"

	"pegasus/internal/doortest"
	"pegasus/internal/oidctest"
)

func TestAProviderButtonLeadsToTheProviderByAPageOfItsOwn(t *testing.T) {
	provider := oidctest.Start(t)
	w := newWorldOf(t, doortest.Options{Providers: provider.Settings()})
	v := w.visitor().open("/login?returnTo=/users").says("Continue with GitHub", "Continue with Google")
	v.submit("/login/github").page.want(200, "Going to GitHub")
	to, there := strings.CutPrefix(v.page.Header().Get("Refresh"), "0; url=")
	if !there || !strings.HasPrefix(to, provider.URL+"/") || v.page.Header().Get("Location") != "" {
		t.Fatalf("the browser goes to %q", v.page.Header().Get("Refresh"))
	}
	if v.page.Header().Get("Referrer-Policy") != "no-referrer" || len(v.page.Result().Cookies()) != 1 {
		t.Errorf("headers %v", v.page.Header())
	}
	link := false
	for _, a := range nodes(t, v.page, "a") {
		link = link || attribute(a, "href") == to
	}
	if !link {
		t.Error("a browser that stays has no link to go on")
	}
	back, err := provider.Visit(to)
	must(t, err)
	if !strings.HasPrefix(back.String(), doortest.URL+"/api/auth/callback/github?") {
		t.Errorf("the way back is %s", back)
	}
	w.get(nil, "/signup?returnTo=/users").want(200, `action="/login/github"`)
	w.post(nil, "/login/nobody").want(404)
	w.post(w.join("ada"), "/login/github", "returnTo", "/users").sends("/users")
}

func TestAProviderThatDoesNotAnswerLeavesThePersonAtTheSignInPage(t *testing.T) {
	provider := oidctest.Start(t)
	provider.Replace(oidctest.PathDiscovery, oidctest.Redirect("http://127.0.0.1:1/"))
	w := newWorldOf(t, doortest.Options{Providers: provider.Settings()})
	w.visitor().open("/login?returnTo=/users").submit("/login/oidc").at("/login?returnTo=%2Fusers&error=temporarily_unavailable").
		follow().says("does not answer").page.keeps("returnTo", "/users")
}

func TestWhatWentWrongElsewhereIsSaidInPlainWords(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	codes := map[string]string{
		"account_not_linked": "not linked", "signup_disabled": "Sign-up is closed", "email_not_verified": "has not verified", "EMAIL_NOT_VERIFIED": "We have sent you a link",
		"access_denied": "did not let", "state_mismatch": "begin again", "banned": "banned", "BANNED_USER": "banned", "INVALID_TOKEN": "not valid",
		"": "Something went wrong", "<script>": "Something went wrong", "never heard of": "Something went wrong",
	}
	for code, says := range codes {
		query := url.Values{"error": {code}, "error_description": {"canary-description"}}.Encode()
		pages := []answered{w.get(nil, "/auth/error?"+query), w.get(ada, "/auth/error?"+query)}
		if code != "" {
			pages = append(pages, w.get(nil, "/login?returnTo=/users&"+query).keeps("returnTo", "/users"))
		}
		for _, a := range pages {
			a.want(200, says)
			inert(t, code, a)
			if strings.Contains(a.Body.String(), "canary-description") {
				t.Error("the page says what anyone can write into an address")
			}
		}
	}
}

func TestFormsOfTheWaysInCarryOnlyOurOwnTargetsAndText(t *testing.T) {
	w := newWorld(t)
	pages := []string{"/login", "/signup", "/forgot-password", "/reset-password", "/magic-link", "/verify-email", "/two-factor"}
	for _, path := range pages {
		for _, target := range elsewhere {
			a := w.get(nil, path+"?"+url.Values{"returnTo": {target}, "token": {target}, "invitation": {target}, "method": {target}, "notice": {target}}.Encode())
			inert(t, path, a)
			for _, n := range nodes(t, a, "input") {
				if attribute(n, "name") == "returnTo" && attribute(n, "value") != "/chat" {
					t.Errorf("%s with %.60q carries %.60q", path, target, attribute(n, "value"))
				}
			}
		}
	}
	for _, payload := range append(payloads, elsewhere...) {
		for _, path := range []string{"/forgot-password", "/magic-link/send", "/verify-email/send", "/reset-password", "/verify-email", "/magic-link", "/two-factor", "/login/x"} {
			a := w.post(nil, path, "email", payload, "token", payload, "password", payload, "code", payload, "method", payload, "returnTo", payload)
			inert(t, path, a)
			if to := a.Header().Get("Location"); a.Code >= 500 || a.Code == 303 && !ours(to) {
				t.Errorf("%s with %q is %d to %q", path, payload, a.Code, to)
			}
		}
	}
}
