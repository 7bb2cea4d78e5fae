package handlers

import (
	"net/url"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/web"
)

const askedFor = "/two-factor?returnTo=%2Fusers"

// atFactor is a visitor who has given a password and stands before the second factor.
func (w *world) atFactor(who *actor) *visitor {
	w.t.Helper()
	return w.visitor().open("/login?returnTo=/users").submit("/login", "email", who.Email, "password", password).at(askedFor).follow().says("One more step", who.Name)
}

func TestASecondFactorIsAskedForAfterThePasswordAndTheReaderGoesOnWhereTheyWantedTo(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	phone, codes := w.secondFactor(ada)
	v := w.atFactor(ada).in("")
	if n := v.page.field("code"); attribute(n, "inputmode") != "numeric" || attribute(n, "autocomplete") != "one-time-code" || !has(n, "autofocus") {
		t.Errorf("the field is %s", markup(t, n))
	}
	v.submit("/two-factor", "code", "000000").page.want(401, "This code is not right").blames("code").keeps("returnTo", "/users")
	v.in("").submit("/two-factor", "code", phone.code()).at("/users").in("Name ada")

	v = w.atFactor(ada)
	v.open(askedFor+"&method=backup-code").says("Backup code").submit("/two-factor", "code", "00000-00000").page.want(401).blames("code").keeps("method", "backup-code")
	v.submit("/two-factor", "code", strings.ToLower(codes[3])).at("/users").in("Name ada")
	w.atFactor(ada).open(askedFor+"&method=backup-code").submit("/two-factor", "code", codes[3]).says("was used already").in("")
}

func TestACodeByMailOpensTheDoorWhereMailGoesOut(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.secondFactor(ada)
	v := w.atFactor(ada).submit("/two-factor/code").at("/two-factor?method=otp&returnTo=%2Fusers").follow().says("We have sent a code")
	l, ok := w.letters.Last(ada.Email, accounts.LetterCode)
	if !ok || l.Code == "" {
		t.Fatal("no code was mailed")
	}
	if strings.Contains(v.page.Body.String(), l.Code) {
		t.Error("the page shows the code")
	}
	v.submit("/two-factor", "code", l.Code).at("/users").in("Name ada")

	w.letters.Undelivered = true
	v = w.atFactor(ada)
	if strings.Contains(v.page.Body.String(), "/two-factor/code") {
		t.Error("a code is offered that nobody would get")
	}
	v.send("POST", "/two-factor/code", form("returnTo", "/users")).page.want(400)
}

func TestATrustedDeviceIsNotAskedAgain(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	phone, _ := w.secondFactor(ada)
	v := w.atFactor(ada).submit("/two-factor", "code", phone.code(), "trust", "yes").at("/users")
	v.send("POST", "/logout", form()).in("")
	v.open("/login").submit("/login", "email", ada.Email, "password", password).at("/chat").in("Name ada")
	w.atFactor(ada) // other browsers are asked
}

func TestASignInThatIsOverBeginsAgain(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	phone, _ := w.secondFactor(ada)
	w.visitor().send("GET", askedFor, nil).at("/login?returnTo=%2Fusers")
	w.visitor().send("POST", "/two-factor", form("code", phone.code(), "returnTo", "/users")).at("/login?returnTo=%2Fusers")
	w.visitor().send("POST", "/two-factor/code", form("returnTo", "//e.test")).at("/login?returnTo=%2Fchat")

	v := w.atFactor(ada)
	for range 5 {
		v.submit("/two-factor", "code", "111111").page.want(401)
	}
	v.submit("/two-factor", "code", phone.code()).page.want(400, "Too many wrong codes", `href="/login?returnTo=%2Fusers"`)
	v.send("GET", askedFor, nil).page.want(400, "Too many wrong codes")
	v.in("")
}

func TestNoCookieOfAHalfSignInOpensAnything(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.secondFactor(ada)
	v := w.atFactor(ada)
	for pattern, c := range table {
		method, _, _ := strings.Cut(pattern, " ")
		if c.want[0] != 401 && (c.want != signedIn || method != "GET") {
			continue
		}
		path := strings.NewReplacer("{P}", w.general().ID, "{M}", w.general().ID).Replace(c.path)
		fields, err := url.ParseQuery(c.form)
		must(t, err)
		if c.form == "" {
			fields = nil
		}
		v.send(method, path, fields)
		if to := v.page.Header().Get("Location"); v.page.Code != 401 && (v.page.Code != 303 || !strings.HasPrefix(to, "/login?")) {
			t.Errorf("%s is %d to %s", pattern, v.page.Code, to)
		}
	}
}

func TestCodesThatComeTooFastAreToldHowLongToWait(t *testing.T) {
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	ada := w.join("ada")
	w.secondFactor(ada)
	v := w.atFactor(ada)
	for range 3 {
		v.submit("/two-factor", "code", "000000").page.want(401)
	}
	v.submit("/two-factor", "code", "000000").page.want(429, "The next try counts in 10 seconds.").keeps("returnTo", "/users")
}
