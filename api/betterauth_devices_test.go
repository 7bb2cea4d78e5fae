package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/api/betterauth"
)

func (b *browser) sessions() []betterauth.Session {
	b.w.t.Helper()
	var list []betterauth.Session
	must(b.w.t, json.Unmarshal(b.get("list-sessions").want(200).Body.Bytes(), &list))
	return list
}

func TestSessionsAreListedWithHandlesAndEnded(t *testing.T) {
	s := newScene(t)
	b, phone, tablet, other := s.open("member"), s.open("member"), s.open("member"), s.open("keeper")
	const one = `{"id":"ID","userId":"ID","token":"ID","expiresAt":"TIME","createdAt":"TIME","updatedAt":"TIME","ipAddress":"192.0.2.1","userAgent":""}`
	mine := strings.Replace(one, `"token":"ID"`, `"token":"TOKEN"`, 1)
	b.get("list-sessions").exactly(200, "["+one+","+one+","+mine+","+strings.Replace(one, "192.0.2.1", "", 1)+"]")
	if token := b.get("get-session").field("session.token"); b.sessions()[2].Token != token {
		t.Errorf("the token of this session is %s", token)
	}
	handle := phone.get("get-session").field("session.id")
	dead := s.browser()
	dead.cookies["better-auth.session_token"] = &http.Cookie{Name: "better-auth.session_token", Value: handle + "00000000"}
	if dead.in() {
		t.Error("a handle is good as a token")
	}
	other.post("revoke-session", `{"token":"`+handle+`"}`).exactly(200, `{"status":true}`)
	if !phone.in() {
		t.Fatal("somebody else ended the session")
	}
	b.post("revoke-session", `{"token":"`+handle+`"}`).exactly(200, `{"status":true}`)
	if phone.in() || !tablet.in() {
		t.Error("the wrong session ended")
	}
	b.post("revoke-session", `{"token":"`+tablet.get("get-session").field("session.token")+`"}`).want(200)
	if tablet.in() {
		t.Error("a token is no handle")
	}
	tablet = s.open("member")
	b.post("revoke-other-sessions", `{}`).exactly(200, `{"status":true}`)
	if tablet.in() || !b.in() || !other.in() || len(b.sessions()) != 1 {
		t.Error("the wrong sessions ended")
	}
	b.post("revoke-session", `{}`).want(400, "VALIDATION_ERROR")
	b.post("update-session", `{"theme":"dark"}`).exactly(200, `{"session":`+mine+`}`)
	b.post("revoke-session", map[string]string{"token": b.sessions()[0].Token}).exactly(200, `{"status":true}`)
	if b.cookies["better-auth.session_token"] != nil || b.in() {
		t.Error("the session that ended itself lives on")
	}
	b, phone = s.open("member"), s.open("member")
	b.post("revoke-sessions", `{}`).exactly(200, `{"status":true}`)
	if b.cookies["better-auth.session_token"] != nil || b.in() || phone.in() || !other.in() {
		t.Error("not all sessions ended, or too many")
	}
	s.browser().get("list-sessions").want(401, "UNAUTHORIZED")
}

func TestMagicLink(t *testing.T) {
	s := newScene(t)
	b := s.browser()
	ask := func(body string) answered { return b.post("sign-in/magic-link", body) }
	for _, field := range []struct{ name, code string }{
		{"callbackURL", "INVALID_CALLBACK_URL"}, {"newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"}, {"errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"},
	} {
		ask(`{"email":"member@example.test","`+field.name+`":"https://evil.test"}`).want(403, field.code)
		b.get("magic-link/verify?token=x&"+field.name+"=https://evil.test").want(403, field.code)
	}
	ask(`{"email":"x"}`).want(400, "INVALID_EMAIL")
	ask(`{"email":"member@example.test","callbackURL":"/chat"}`).exactly(200, `{"status":true}`)
	_, token := s.mailed("member@example.test", accounts.LetterMagicLink)
	b.get("magic-link/verify?token=" + token + "&callbackURL=/chat&newUserCallbackURL=/new").goesTo("/chat")
	if !b.in() {
		t.Error("nobody is signed in")
	}
	again := s.browser()
	again.get("magic-link/verify?token=" + token + "&callbackURL=/chat&errorCallbackURL=/failed").goesTo("/failed?error=INVALID_TOKEN")
	again.get("magic-link/verify?token=" + token + "&callbackURL=/chat").goesTo("/chat?error=INVALID_TOKEN")
	again.get("magic-link/verify?token=" + token).goesTo("/api/auth/error?error=INVALID_TOKEN")
	if again.in() {
		t.Error("a link works twice")
	}
	ask(`{"email":"new@example.test","name":"New One","callbackURL":"/chat"}`).exactly(200, `{"status":true}`)
	_, token = s.mailed("new@example.test", accounts.LetterMagicLink)
	again.get("magic-link/verify?token=" + token + "&callbackURL=/chat&newUserCallbackURL=/new").goesTo("/new")
	if got := again.get("get-session"); got.field("user.name") != "New One" || got.field("user.emailVerified") != "true" {
		t.Errorf("session is %s", got.Body)
	}
	ask(`{"email":"member@example.test"}`).want(200)
	_, token = s.mailed("member@example.test", accounts.LetterMagicLink)
	got := s.browser().get("magic-link/verify?token=" + token).want(200)
	if got.field("token") == "" || got.field("token") != got.field("session.token") || got.field("user.email") != "member@example.test" {
		t.Errorf("answer is %s", got.Body)
	}
}

func TestPasskeysAreOnesOwn(t *testing.T) {
	s := newScene(t)
	b, other := s.open("member"), s.open("keeper")
	options := b.get("passkey/generate-register-options?authenticatorAttachment=platform").want(200)
	if options.field("challenge") == "" || options.field("rp.id") != "chat.example.test" || options.field("authenticatorSelection.authenticatorAttachment") != "platform" {
		t.Errorf("options are %s", options.Body)
	}
	if c := b.cookies["better-auth.better-auth-passkey"]; c == nil || c.MaxAge != 300 || !c.HttpOnly {
		t.Errorf("the cookie is %v", c)
	}
	b.get("passkey/generate-register-options?authenticatorAttachment=x").want(400)
	s.browser().get("passkey/generate-register-options").want(401, "UNAUTHORIZED")
	b.post("passkey/verify-registration", `{"response":{},"name":"Key"}`).want(400)
	if b.cookies["better-auth.better-auth-passkey"] != nil {
		t.Error("a ceremony that failed goes on")
	}
	b.post("passkey/verify-registration", `{"response":{}}`).want(400, "CHALLENGE_NOT_FOUND")
	for _, method := range []string{"GET", "POST"} {
		nobody := s.browser()
		if got := nobody.call(method, "passkey/generate-authenticate-options", nil).want(200); got.field("challenge") == "" {
			t.Errorf("options are %s", got.Body)
		}
		nobody.post("passkey/verify-authentication", `{"response":{"id":"x"}}`).want(400, "AUTHENTICATION_FAILED")
		nobody.post("passkey/verify-authentication", `{"response":{"id":"x"}}`).want(400, "CHALLENGE_NOT_FOUND")
		nobody.post("passkey/verify-authentication", `{}`).want(400, "VALIDATION_ERROR")
	}
	b.get("passkey/list-user-passkeys").exactly(200, `[]`)
	must(t, s.store.CreatePasskey(t.Context(), accounts.Passkey{
		ID: "ffffffffffffffffffffffff", UserID: s.member.ID, Name: "Key", CredentialID: "AAECAw", PublicKey: []byte{1, 2, 3}, Counter: 7,
		DeviceType: "multiDevice", BackedUp: true, Transports: []string{"internal", "hybrid"}, Data: "{}", CreatedAt: now(),
	}))
	key := func(name string) string {
		return `{"id":"ID","name":"` + name + `","publicKey":"AQID","userId":"ID","credentialID":"AAECAw","counter":7,"deviceType":"multiDevice",` +
			`"backedUp":true,"transports":"internal,hybrid","createdAt":"TIME","lastUsedAt":null}`
	}
	b.get("passkey/list-user-passkeys").exactly(200, "["+key("Key")+"]")
	other.get("passkey/list-user-passkeys").exactly(200, `[]`)
	const named = `{"id":"ffffffffffffffffffffffff","name":"Laptop"}`
	other.post("passkey/update-passkey", named).want(404, "PASSKEY_NOT_FOUND")
	other.post("passkey/delete-passkey", named).want(404, "PASSKEY_NOT_FOUND")
	b.post("passkey/update-passkey", `{"id":"ffffffffffffffffffffffff","name":""}`).want(400)
	b.post("passkey/update-passkey", named).exactly(200, `{"passkey":`+key("Laptop")+`}`)
	b.post("passkey/delete-passkey", named).exactly(200, `{"status":true}`)
	b.get("passkey/list-user-passkeys").exactly(200, `[]`)
}

func TestThePageOfErrorsShowsNothingThatAnAddressSays(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{
		"?error=account_not_linked&error_description=Call+555": "Code: account_not_linked", "?error=%3Cscript%3Ealert(1)%3C/script%3E": "Code: unknown",
		"": "Code: unknown", "?error=BANNED": "has been banned", "?error=" + strings.Repeat("x", 65): "Code: unknown", "?error=%25s%25s": "Code: unknown",
	} {
		got := w.browser().get("error" + query).want(200)
		if body := got.Body.String(); !strings.Contains(body, want) || strings.Contains(body, "script") || strings.Contains(body, "555") || strings.Contains(body, "%") {
			t.Errorf("%s shows %s", query, body)
		}
		if got.Header().Get("Content-Type") != "text/html; charset=utf-8" || got.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("headers are %v", got.Header())
		}
	}
}
