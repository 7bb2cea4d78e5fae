package oauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/internal/oidctest"
	"pegasus/sessions/oauth"
)

const here = "https://chat.example.test"

// drawer keeps tickets in memory.
type drawer struct {
	mu      sync.Mutex
	tickets map[string]accounts.Ticket
}

func (d *drawer) CreateTicket(_ context.Context, t accounts.Ticket) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tickets[string(t.Purpose)+t.Hash] = t
	return nil
}

func (d *drawer) TakeTicket(_ context.Context, p accounts.Purpose, hash string, now time.Time) (accounts.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.tickets[string(p)+hash]
	if !ok || !now.Before(t.ExpiresAt) {
		return accounts.Ticket{}, accounts.ErrTicketNotFound
	}
	delete(d.tickets, string(p)+hash)
	return t, nil
}

// world is Providers beside a provider, with a clock that the test turns.
type world struct {
	*oauth.Providers
	at      *oidctest.Provider
	tickets drawer
	clock   time.Time
}

func newWorld(t *testing.T, change ...func(*oauth.Options)) *world {
	t.Helper()
	w := &world{at: oidctest.Start(t), tickets: drawer{tickets: map[string]accounts.Ticket{}}, clock: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)}
	o := oauth.Options{
		Settings: w.at.Settings(), URL: here, Tickets: &w.tickets, Now: func() time.Time { return w.clock }, Transport: w.at.Transport(),
	}
	for _, c := range change {
		c(&o)
	}
	providers, err := oauth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Providers = providers
	return w
}

// visit begins a flow and comes back from the provider with an answer.
func (w *world) visit(t *testing.T, f oauth.Flow) (query url.Values, binding string) {
	t.Helper()
	to, binding, err := w.Start(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	back, err := w.at.Visit(to)
	if err != nil {
		t.Fatal(err)
	}
	if want := here + "/api/auth/callback/" + f.Provider; !strings.HasPrefix(back.String(), want+"?") {
		t.Fatalf("sent back to %s, want %s", back, want)
	}
	return back.Query(), binding
}

func (w *world) finish(t *testing.T, provider string) (accounts.Identity, error) {
	t.Helper()
	query, binding := w.visit(t, oauth.Flow{Provider: provider})
	id, _, err := w.Finish(t.Context(), provider, query, binding)
	return id, err
}

func refused(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("it succeeded, want %s", code)
	}
	if f := fault.From(err); f.Kind != kind || f.Code != code {
		t.Fatalf("refused with kind %d, %s (%v); want kind %d, %s", f.Kind, f.Code, err, kind, code)
	}
}

var all = []string{"github", "google", "oidc"}

func TestEachProviderNamesWhoSignsIn(t *testing.T) {
	w := newWorld(t)
	for _, provider := range all {
		id, err := w.finish(t, provider)
		if err != nil {
			t.Fatalf("%s: %v", provider, err)
		}
		if id.Provider != provider || id.Subject != "4711" || id.Email != "ada@example.test" || !id.EmailVerified || id.Name != "Ada Lovelace" || len(id.Scopes) == 0 {
			t.Errorf("%s: got %+v", provider, id)
		}
	}
}

func TestTheListHasWhatIsSetUpAlone(t *testing.T) {
	w := newWorld(t)
	host := strings.TrimPrefix(w.at.URL, "http://")
	if got, want := w.List(), []oauth.Provider{{"github", "GitHub"}, {"google", "Google"}, {"oidc", host}}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	none := newWorld(t, func(o *oauth.Options) { o.Settings = oauth.Settings{} })
	if len(none.List()) != 0 {
		t.Errorf("got %v", none.List())
	}
	_, _, err := none.Start(t.Context(), oauth.Flow{Provider: "github"})
	refused(t, err, fault.NotFound, "PROVIDER_NOT_FOUND")
	_, _, err = none.Finish(t.Context(), "github", url.Values{"state": {"x"}}, "y")
	refused(t, err, fault.NotFound, "oauth_provider_not_found")
}

func TestASettingThatIsNoAddressStopsTheStart(t *testing.T) {
	for _, bad := range []string{"login.example.test", "ftp://login.example.test", "https://", "https://me@login.example.test", "https://login.example.test?x=1", "://"} {
		for _, s := range []oauth.Settings{{OIDCIssuer: bad, OIDCID: "x"}, {GitHubBaseURL: bad, GitHubID: "x"}} {
			if _, err := oauth.New(oauth.Options{Settings: s, URL: here}); err == nil {
				t.Errorf("%+v is taken", s)
			}
		}
	}
}

func TestTheStateIsLongAndNewEachTimeAndStoredNowhere(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 20 {
		to, binding, err := w.Start(t.Context(), oauth.Flow{Provider: "github"})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(to)
		state := u.Query().Get("state")
		if len(state) < 32 || len(binding) < 32 || seen[state] || seen[binding] || state == binding {
			t.Fatalf("state %q, binding %q", state, binding)
		}
		seen[state], seen[binding] = true, true
		for key, ticket := range w.tickets.tickets {
			if strings.Contains(key+ticket.Data, state) || strings.Contains(key+ticket.Data, binding) {
				t.Fatal("the ticket holds the state or the binding")
			}
		}
	}
}

func TestAFlowEndsOnce(t *testing.T) {
	for _, provider := range all {
		w := newWorld(t)
		query, binding := w.visit(t, oauth.Flow{Provider: provider})
		if _, _, err := w.Finish(t.Context(), provider, query, binding); err != nil {
			t.Fatal(err)
		}
		_, _, err := w.Finish(t.Context(), provider, query, binding)
		refused(t, err, fault.Invalid, "state_mismatch")
	}
}

func TestOfManyAnswersWithOneStateOneIsTaken(t *testing.T) {
	w := newWorld(t)
	query, binding := w.visit(t, oauth.Flow{Provider: "oidc"})
	var work sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 50 {
		work.Go(func() {
			if _, _, err := w.Finish(t.Context(), "oidc", query, binding); err == nil {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	work.Wait()
	if taken != 1 || w.at.Calls("POST /token") != 1 {
		t.Fatalf("%d were taken, the code was sent %d times", taken, w.at.Calls("POST /token"))
	}
}

func TestAnAnswerThatDoesNotBelongToTheFlowIsRefused(t *testing.T) {
	set := func(name, value string) func(url.Values) { return func(q url.Values) { q.Set(name, value) } }
	for name, c := range map[string]struct {
		provider string // of the route, "" for that of the flow
		change   func(url.Values)
		binding  string // "" for the right one
		later    time.Duration
		code     string
	}{
		"no state":              {change: func(q url.Values) { q.Del("state") }, code: "state_not_found"},
		"an empty state":        {change: set("state", ""), code: "state_not_found"},
		"two states":            {change: func(q url.Values) { q.Add("state", "x") }, code: "state_not_found"},
		"an invented state":     {change: set("state", strings.Repeat("a", 52)), code: "state_mismatch"},
		"another browser":       {binding: strings.Repeat("b", 52), code: "state_mismatch"},
		"too late":              {later: oauth.FlowLife, code: "state_mismatch"},
		"another provider":      {provider: "github", code: "state_mismatch"},
		"an unknown provider":   {provider: "gitlab", code: "oauth_provider_not_found"},
		"provider in the query": {provider: "google", change: set("provider", "oidc"), code: "state_mismatch"},
		"another issuer":        {change: set("iss", "https://evil.test"), code: "issuer_mismatch"},
		"no issuer":             {change: func(q url.Values) { q.Del("iss") }, code: "issuer_mismatch"},
		"two issuers":           {change: func(q url.Values) { q.Add("iss", "https://evil.test") }, code: "issuer_mismatch"},
		"no code":               {change: func(q url.Values) { q.Del("code") }, code: "no_code"},
		"another code":          {change: set("code", "guessed"), code: "invalid_code"},
		"a refusal":             {change: set("error", "access_denied"), code: "access_denied"},
		"a made-up refusal":     {change: set("error", "<b>no</b>"), code: "oauth_error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			query, binding := w.visit(t, oauth.Flow{Provider: "oidc", Callback: "/next"})
			if c.change != nil {
				c.change(query)
			}
			if c.binding != "" {
				binding = c.binding
			}
			if c.provider == "" {
				c.provider = "oidc"
			}
			w.clock = w.clock.Add(c.later)
			id, flow, err := w.Finish(t.Context(), c.provider, query, binding)
			kind := fault.Invalid
			if c.code == "oauth_provider_not_found" {
				kind = fault.NotFound
			}
			refused(t, err, kind, c.code)
			if id.Subject != "" {
				t.Errorf("it names %+v", id)
			}
			if known := !strings.HasPrefix(c.code, "state_") && c.code != "oauth_provider_not_found"; known != (flow.Callback == "/next") {
				t.Errorf("the flow is %+v", flow)
			}
		})
	}
}

func TestAnAnswerInAForeignBrowserUsesTheFlowUp(t *testing.T) {
	w := newWorld(t)
	query, binding := w.visit(t, oauth.Flow{Provider: "github"})
	_, _, err := w.Finish(t.Context(), "github", query, "")
	refused(t, err, fault.Invalid, "state_mismatch")
	_, _, err = w.Finish(t.Context(), "github", query, binding)
	refused(t, err, fault.Invalid, "state_mismatch")
}

func TestACodeOfOneFlowIsNotGoodInAnother(t *testing.T) {
	w := newWorld(t)
	for _, provider := range all {
		attackers, _ := w.visit(t, oauth.Flow{Provider: provider})
		victims, binding := w.visit(t, oauth.Flow{Provider: provider})
		victims.Set("code", attackers.Get("code")) // PKCE: the verifier is another
		_, _, err := w.Finish(t.Context(), provider, victims, binding)
		refused(t, err, fault.Invalid, "invalid_code")
	}
}

func TestTheFlowComesBackWhole(t *testing.T) {
	w := newWorld(t)
	want := oauth.Flow{
		Provider: "github", Callback: "/a", NewUserCallback: "/b", ErrorCallback: "/c", UserID: "u", SessionID: "s", RequestSignUp: true,
	}
	query, binding := w.visit(t, want)
	if _, got, err := w.Finish(t.Context(), "github", query, binding); err != nil || got != want {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestEachProviderIsAskedForWhatIsNeeded(t *testing.T) {
	w := newWorld(t)
	for provider, want := range map[string]map[string]string{
		"github": {"scope": "read:user user:email", "nonce": ""},
		"google": {"scope": "email profile openid", "prompt": "consent", "access_type": "offline"},
		"oidc":   {"scope": "openid email profile"},
	} {
		to, _, err := w.Start(t.Context(), oauth.Flow{Provider: provider})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(to)
		for name, value := range want {
			if got := u.Query().Get(name); got != value {
				t.Errorf("%s: %s is %q", provider, name, got)
			}
		}
		if got := u.Query().Get("redirect_uri"); got != here+"/api/auth/callback/"+provider {
			t.Errorf("%s: redirect_uri is %s", provider, got)
		}
	}
}

func TestWithoutABaseGitHubIsTheOneInTheWorld(t *testing.T) {
	w := newWorld(t, func(o *oauth.Options) { o.Settings.GitHubBaseURL = "" })
	to, _, err := w.Start(t.Context(), oauth.Flow{Provider: "github"})
	if err != nil || !strings.HasPrefix(to, "https://github.com/login/oauth/authorize?") {
		t.Fatalf("%s, %v", to, err)
	}
}

func TestOnlyAPlainYesMakesAnAddressVerified(t *testing.T) {
	for _, provider := range all {
		w := newWorld(t)
		for _, said := range []any{false, nil, "true", 1, "false"} {
			w.at.SignIn(oidctest.Person{Subject: "4711", Email: "ada@example.test", EmailVerified: said, Name: "Ada"})
			id, err := w.finish(t, provider)
			if err != nil || id.EmailVerified || id.Email != "ada@example.test" {
				t.Errorf("%s says %v: got %+v, %v", provider, said, id, err)
			}
		}
		w.at.SignIn(oidctest.Person{Subject: "4711", Name: "Ada"})
		if id, err := w.finish(t, provider); err != nil || id.Email != "" || id.EmailVerified {
			t.Errorf("%s without an address: got %+v, %v", provider, id, err)
		}
	}
}

func TestGoogleSaysItUnderEitherName(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(map[string]any)
		verified bool
	}{
		"the newer name":   {func(m map[string]any) { delete(m, "verified_email"); m["email_verified"] = true }, true},
		"both":             {func(m map[string]any) { m["email_verified"] = true }, true},
		"a no among them":  {func(m map[string]any) { m["email_verified"] = false }, false},
		"text among them":  {func(m map[string]any) { m["email_verified"] = "true" }, false},
		"some other name":  {func(m map[string]any) { delete(m, "verified_email"); m["emailVerified"] = true }, false},
		"a nested mention": {func(m map[string]any) { m["verified_email"] = map[string]any{"verified_email": true} }, false},
	} {
		w := newWorld(t)
		w.at.Set(func(b *oidctest.Behaviour) { b.UserInfo = c.change })
		if id, err := w.finish(t, "google"); err != nil || id.EmailVerified != c.verified {
			t.Errorf("%s: got %+v, %v", name, id, err)
		}
	}
}

func TestTheAddressAndItsVerificationComeFromOneDocument(t *testing.T) {
	for name, c := range map[string]struct {
		claims, info func(map[string]any)
		email        string
		verified     bool
	}{
		"the token alone": {nil, func(m map[string]any) { delete(m, "email"); delete(m, "email_verified") }, "ada@example.test", true},
		"the endpoint alone": {
			func(m map[string]any) { delete(m, "email"); delete(m, "email_verified") }, nil, "ada@example.test", true,
		},
		"the endpoint has another address": {nil, func(m map[string]any) { m["email"] = "eve@example.test" }, "ada@example.test", true},
		"a no in the token":                {func(m map[string]any) { m["email_verified"] = false }, nil, "ada@example.test", false},
		"the endpoint verifies the token's address": {
			func(m map[string]any) { delete(m, "email_verified") }, nil, "ada@example.test", true,
		},
		"the endpoint verifies another address": {
			func(m map[string]any) { delete(m, "email_verified") }, func(m map[string]any) { m["email"] = "eve@example.test" }, "ada@example.test", false,
		},
		"the token verifies no address in particular": {
			func(m map[string]any) { delete(m, "email") }, func(m map[string]any) { m["email"] = "eve@example.test"; delete(m, "email_verified") }, "eve@example.test", false,
		},
	} {
		w := newWorld(t)
		w.at.Set(func(b *oidctest.Behaviour) { b.Claims, b.UserInfo = c.claims, c.info })
		if id, err := w.finish(t, "oidc"); err != nil || id.Email != c.email || id.EmailVerified != c.verified {
			t.Errorf("%s: got %+v, %v", name, id, err)
		}
	}
}

func TestATokenThatProvesNothingIsRefused(t *testing.T) {
	for name, claims := range map[string]func(map[string]any){
		"another issuer":          func(m map[string]any) { m["iss"] = "https://evil.test" },
		"another audience":        func(m map[string]any) { m["aud"] = "somebody" },
		"another party":           func(m map[string]any) { m["azp"] = "somebody" },
		"a party of no name":      func(m map[string]any) { m["azp"] = nil },
		"many audiences":          func(m map[string]any) { m["aud"] = []string{oidctest.ClientID, "somebody"} },
		"another nonce":           func(m map[string]any) { m["nonce"] = "somebody's" },
		"no nonce":                func(m map[string]any) { delete(m, "nonce") },
		"expired":                 func(m map[string]any) { m["exp"] = 1_700_000_000 },
		"no expiry":               func(m map[string]any) { delete(m, "exp") },
		"an expiry in text":       func(m map[string]any) { m["exp"] = "7258118400" },
		"no subject":              func(m map[string]any) { delete(m, "sub") },
		"an empty subject":        func(m map[string]any) { m["sub"] = "" },
		"a subject without end":   func(m map[string]any) { m["sub"] = strings.Repeat("1", 256) },
		"another subject":         func(m map[string]any) { m["sub"] = "12" },
		"another token's hash":    func(m map[string]any) { m["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" },
		"a subject that's longer": func(m map[string]any) { m["sub"] = "47110" },
	} {
		for _, provider := range []string{"google", "oidc"} {
			w := newWorld(t)
			w.at.Set(func(b *oidctest.Behaviour) { b.Claims = claims })
			_, err := w.finish(t, provider)
			if err == nil {
				t.Errorf("%s: %s is taken", provider, name)
			} else {
				refused(t, err, fault.Invalid, "unable_to_get_user_info")
			}
		}
	}
}

func TestAUserEndpointThatNamesNobodyIsRefused(t *testing.T) {
	for provider, key := range map[string]string{"github": "id", "google": "id", "oidc": "sub"} {
		for name, change := range map[string]func(map[string]any){
			"nobody":           func(m map[string]any) { delete(m, key) },
			"somebody invalid": func(m map[string]any) { m[key] = map[string]any{} },
		} {
			w := newWorld(t)
			w.at.Set(func(b *oidctest.Behaviour) { b.UserInfo = change })
			_, err := w.finish(t, provider)
			if err == nil {
				t.Errorf("%s: %s is taken", provider, name)
			} else {
				refused(t, err, fault.Invalid, "unable_to_get_user_info")
			}
		}
	}
}

func TestAnIssuerThatCallsItselfSomethingElseIsNotTrusted(t *testing.T) {
	w := newWorld(t)
	w.at.Set(func(b *oidctest.Behaviour) {
		b.Metadata = func(m map[string]any) { m["issuer"] = "https://evil.test" }
	})
	_, _, err := w.Start(t.Context(), oauth.Flow{Provider: "oidc"})
	refused(t, err, fault.Unavailable, "PROVIDER_UNAVAILABLE")
}

func TestAnIssuerThatIsDownStopsNothingAndIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	w.at.Replace(oidctest.PathDiscovery, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
	_, _, err := w.Start(t.Context(), oauth.Flow{Provider: "oidc"})
	refused(t, err, fault.Unavailable, "PROVIDER_UNAVAILABLE")
	if _, err := w.finish(t, "github"); err != nil {
		t.Errorf("another provider: %v", err)
	}
	w.at.Replace(oidctest.PathDiscovery, nil)
	for range 3 {
		if _, err := w.finish(t, "oidc"); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.at.Calls("GET " + oidctest.PathDiscovery); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// inner are the paths that the server itself asks, by provider.
var inner = map[string][]string{
	"github": {oidctest.PathGitHubToken, oidctest.PathGitHubUser, oidctest.PathGitHubEmails},
	"google": {oidctest.PathGoogleToken, oidctest.PathGoogleKeys, oidctest.PathGoogleUser},
	"oidc":   {oidctest.PathToken, oidctest.PathKeys, oidctest.PathUserInfo},
}

func TestAnEndpointThatIsNotWellFailsTheSignInAlone(t *testing.T) {
	canary := 0
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { canary++ }))
	defer trap.Close()
	for provider, paths := range inner {
		for _, path := range paths {
			for name, h := range map[string]http.HandlerFunc{
				"huge": nil, "elsewhere": oidctest.Redirect(trap.URL),
				"broken": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{") },
				"down":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			} {
				w := newWorld(t)
				if h == nil {
					h = w.at.Huge(path)
				}
				w.at.Replace(path, h)
				if _, err := w.finish(t, provider); err == nil {
					t.Errorf("%s: %s %s is taken", provider, path, name)
				} else if f := fault.From(err); f.Kind != fault.Invalid {
					t.Errorf("%s: %s %s: %v", provider, path, name, err)
				}
				w.at.Replace(path, nil)
				if _, err := w.finish(t, provider); err != nil {
					t.Errorf("%s: after %s was %s: %v", provider, path, name, err)
				}
			}
		}
	}
	if canary != 0 {
		t.Errorf("%d redirects were followed", canary)
	}
}

func TestAProviderThatHangsIsGivenUp(t *testing.T) {
	defer oauth.SetPatience(200 * time.Millisecond)()
	for provider, paths := range inner {
		for _, path := range paths {
			w := newWorld(t)
			w.at.Replace(path, oidctest.Hang)
			began := time.Now()
			_, err := w.finish(t, provider)
			if err == nil || time.Since(began) > 5*time.Second {
				t.Errorf("%s: %s hangs: %v after %s", provider, path, err, time.Since(began))
			}
		}
	}
	w := newWorld(t)
	w.at.Replace(oidctest.PathDiscovery, oidctest.Hang)
	_, _, err := w.Start(t.Context(), oauth.Flow{Provider: "oidc"})
	refused(t, err, fault.Unavailable, "PROVIDER_UNAVAILABLE")
}

func TestTokensAppearInNoErrorAndNoResult(t *testing.T) {
	const marker, escaped = "MARKER0123456789", "/+=&" // which stand differently in an address
	var said []string
	for provider, paths := range inner {
		say := func(w *world) {
			w.at.Set(func(b *oidctest.Behaviour) { b.Marker = marker + escaped })
			query, binding := w.visit(t, oauth.Flow{Provider: provider})
			id, flow, err := w.Finish(t.Context(), provider, query, binding)
			text := fmt.Sprintf("%s: %+v %+v %v", provider, id, flow, err)
			if strings.Contains(text, query.Get("code")) || strings.Contains(text, oidctest.ClientSecret) || strings.Contains(text, "Basic") {
				t.Errorf("it tells the code, the secret or the request: %s", text)
			}
			said = append(said, text)
			for _, ticket := range w.tickets.tickets {
				said = append(said, ticket.Data)
			}
		}
		say(newWorld(t))
		for _, path := range paths {
			for _, h := range []http.HandlerFunc{
				oidctest.Redirect("http://127.0.0.1:1/"), echo,
				func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
				func(w http.ResponseWriter, r *http.Request) { // goth quotes claims that lack the subject
					w.Header().Set("Content-Type", "application/json")
					_ = json.NewEncoder(w).Encode(map[string]string{"told": r.Header.Get("Authorization")})
				},
			} {
				w := newWorld(t)
				w.at.Replace(path, h)
				say(w)
			}
		}
		w := newWorld(t)
		w.at.Set(func(b *oidctest.Behaviour) { b.Claims = func(m map[string]any) { m["aud"] = "somebody" } })
		say(w)
	}
	for _, text := range said {
		if strings.Contains(text, marker) {
			t.Errorf("a token is in %s", text)
		}
	}
}

// echo answers with what it was told, as some error pages do.
func echo(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusBadRequest)
	_ = r.ParseForm()
	fmt.Fprintf(w, "%v %v %v", r.URL, r.Header, r.Form)
}

func TestAnIDTokenNamesWhoItWasMadeFor(t *testing.T) {
	w := newWorld(t)
	for _, provider := range []string{"google", "oidc"} {
		for _, nonce := range []string{"", "of-the-app"} {
			id, err := w.IDToken(t.Context(), provider, w.at.IDToken(provider == "google", nonce), nonce)
			if err != nil || id.Provider != provider || id.Subject != "4711" || id.Email != "ada@example.test" || !id.EmailVerified {
				t.Errorf("%s: %+v, %v", provider, id, err)
			}
		}
	}
	_, err := w.IDToken(t.Context(), "github", "x", "")
	refused(t, err, fault.NotFound, "ID_TOKEN_NOT_SUPPORTED")
	_, err = w.IDToken(t.Context(), "gitlab", "x", "")
	refused(t, err, fault.NotFound, "PROVIDER_NOT_FOUND")
}

func TestAnIDTokenThatIsNotGoodIsRefused(t *testing.T) {
	w := newWorld(t)
	good := w.at.IDToken(false, "n")
	head, rest, _ := strings.Cut(good, ".")
	payload, _, _ := strings.Cut(rest, ".")
	for name, token := range map[string]string{
		"nothing": "", "noise": "a.b.c", "no signature": head + "." + payload + ".",
		"no algorithm":  "eyJhbGciOiJub25lIn0." + payload + ".",
		"another key":   good[:len(good)-8] + "AAAAAAAA",
		"Google's":      w.at.IDToken(true, "n"),
		"another nonce": w.at.IDToken(false, "m"),
		"another audience": oidctest.Sign(map[string]any{
			"iss": w.at.URL, "sub": "4711", "aud": "somebody", "exp": 7258118400, "nonce": "n",
		}),
		"expired": oidctest.Sign(map[string]any{
			"iss": w.at.URL, "sub": "4711", "aud": oidctest.ClientID, "exp": w.clock.Add(-time.Second).Unix(), "nonce": "n",
		}),
	} {
		_, err := w.IDToken(t.Context(), "oidc", token, "n")
		if err == nil {
			t.Errorf("%s is taken", name)
			continue
		}
		refused(t, err, fault.Unauthenticated, "INVALID_TOKEN")
		if token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error tells the token", name)
		}
	}
}
