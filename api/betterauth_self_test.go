package api

import (
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/internal/doortest"
)

const another = "another horse battery"

func TestUpdateUser(t *testing.T) {
	s := newScene(t)
	b := s.open("member")
	b.post("update-user", `{}`).exactly(200, `{"status":true}`)
	b.post("update-user", `{"unknown":1}`).exactly(200, `{"status":true}`)
	b.post("update-user", `{"name":"Ada","displayName":"A","username":"ada.l","phone":"+2","preferences":{"a":[1,9007199254740993]}}`).exactly(200, `{"status":true}`)
	got := b.get("get-session")
	for key, want := range map[string]string{"name": "Ada", "displayName": "A", "username": "ada.l", "phone": "+2", "preferences": `{"a":[1,9007199254740993]}`} {
		if got.field("user."+key) != want {
			t.Errorf("%s is %s, want %s", key, got.field("user."+key), want)
		}
	}
	b.post("update-user", map[string]string{"preferences": `{"b":2}`}).want(200)
	if text := b.get("get-session").field("user.preferences"); text != `{"b":2}` {
		t.Errorf("preferences are %s", text)
	}
	for body, code := range map[string]string{
		`{"email":"x@example.test"}`: "EMAIL_CAN_NOT_BE_UPDATED", `{"role":"admin"}`: "FIELD_NOT_ALLOWED", `{"banned":false}`: "FIELD_NOT_ALLOWED",
		`{"emailVerified":true,"name":"X"}`: "FIELD_NOT_ALLOWED", `{"twoFactorEnabled":false}`: "FIELD_NOT_ALLOWED", `{"id":"x"}`: "FIELD_NOT_ALLOWED",
		`{"name":1}`: "VALIDATION_ERROR", `{"name":null}`: "VALIDATION_ERROR", `{"image":7}`: "VALIDATION_ERROR", `{"preferences":[]}`: "VALIDATION_ERROR",
		`{"preferences":"[]"}`: "INVALID_PREFERENCES", `{"name":""}`: "NAME_REQUIRED",
	} {
		b.post("update-user", body).want(400, code)
	}
	b.post("update-user", `{"username":"keeper"}`).want(409, "USERNAME_TAKEN")
	if got := b.get("get-session"); got.field("user.name") != "Ada" || got.field("user.role") != "user" || got.field("user.emailVerified") != "false" {
		t.Errorf("what was refused has an effect: %s", got.Body)
	}
	b.post("update-user", `{"image":"https://pictures.test/a.png"}`).exactly(200, `{"status":true}`)
	picture := b.get("get-session").field("user.image")
	if !strings.HasPrefix(picture, "/avatars/") {
		t.Errorf("image is %q", picture)
	}
	b.post("update-user", map[string]string{"image": picture}).want(200)
	b.post("update-user", `{"image":null}`).want(200)
	if picture := b.get("get-session").field("user.image"); picture != "" {
		t.Errorf("image is %q", picture)
	}
}

func TestChangePassword(t *testing.T) {
	s := newScene(t)
	b, phone := s.open("member"), s.open("member")
	change := func(current, next, more string) answered {
		return b.post("change-password", `{"currentPassword":"`+current+`","newPassword":"`+next+`"`+more+`}`)
	}
	change("wrong wrong", another, "").want(400, "INVALID_PASSWORD")
	change(password, "short", "").want(400, "PASSWORD_TOO_SHORT")
	change(password, strings.Repeat("x", 129), "").want(400, "PASSWORD_TOO_LONG")
	change(password, "password123", "").want(400, "PASSWORD_TOO_COMMON")
	change(password, another, "").exactly(200, `{"token":null,"user":`+authUser+`,"success":true,"message":"Password changed successfully"}`)
	if !phone.in() {
		t.Error("the other session is gone")
	}
	before := b.cookies["better-auth.session_token"]
	change(another, password, `,"revokeOtherSessions":true`).exactly(200, `{"token":"TOKEN","user":`+authUser+`,"success":true,"message":"Password changed successfully"}`)
	if phone.in() || !b.in() {
		t.Error("the other session lives, or this one does not")
	}
	old := s.browser()
	old.cookies[before.Name] = before
	if old.in() {
		t.Error("the token of before is good still")
	}
	b.post("set-password", `{"newPassword":"`+another+`"}`).want(400, "PASSWORD_ALREADY_SET")
	b.post("verify-password", `{"password":"`+password+`"}`).exactly(200, `{"status":true}`)
	b.post("verify-password", `{"password":"`+another+`"}`).want(400, "INVALID_PASSWORD")
	s.browser().post("change-password", `{"currentPassword":"x","newPassword":"y"}`).want(401, "UNAUTHORIZED")
}

func TestReset(t *testing.T) {
	s := newScene(t)
	const sent = `{"status":true,"message":"If this email exists in our system, check your email for the reset link"}`
	b := s.open("member")
	for _, path := range []string{"request-password-reset", "forget-password", "forgot-password"} {
		b.post(path, `{"email":"member@example.test","redirectTo":"https://trusted.example/new?x=1"}`).exactly(200, sent)
		b.post(path, `{"email":"nobody@example.test"}`).exactly(200, sent)
		b.post(path, `{"email":"member@example.test","redirectTo":"https://evil.test/"}`).want(403, "INVALID_REDIRECT_URL")
		b.post(path, `{"email":"member@example.test","redirectTo":"http://example.com/"}`).want(403, "INVALID_REDIRECT_URL") // the host of the request
		b.post(path, `{"email":"none"}`).want(400, "INVALID_EMAIL")
	}
	letter, token := s.mailed("member@example.test", accounts.LetterReset)
	if want := doortest.URL + "/api/auth/reset-password/" + token + "?callbackURL=https%3A%2F%2Ftrusted.example%2Fnew%3Fx%3D1"; letter.URL != want {
		t.Errorf("the link is %s, want %s", letter.URL, want)
	}
	fresh := s.browser()
	fresh.get("reset-password/" + token + "?callbackURL=https%3A%2F%2Ftrusted.example%2Fnew%3Fx%3D1").goesTo("https://trusted.example/new?token=" + token + "&x=1")
	fresh.get("reset-password/" + token).goesTo("/reset-password?token=" + token)
	fresh.get("reset-password/none?callbackURL=/new").goesTo("/new?error=INVALID_TOKEN")
	fresh.get("reset-password/"+token+"?callbackURL=//evil.test").want(403, "INVALID_CALLBACK_URL")
	fresh.post("reset-password", `{"newPassword":"short","token":"`+token+`"}`).want(400, "PASSWORD_TOO_SHORT")
	fresh.post("reset-password", `{"newPassword":"`+another+`"}`).want(400, "INVALID_TOKEN")
	got := fresh.post("reset-password?token="+token, `{"newPassword":"`+another+`"}`).exactly(200, `{"status":true,"success":true}`)
	if len(got.Header()["Set-Cookie"]) > 0 || b.in() {
		t.Error("a reset signs in, or leaves a session")
	}
	fresh.post("reset-password", `{"newPassword":"`+password+`","token":"`+token+`"}`).want(400, "INVALID_TOKEN")
	fresh.post("sign-in/email", signInBody+`}`).want(401, "INVALID_EMAIL_OR_PASSWORD")
	fresh.post("sign-in/email", strings.Replace(signInBody, password, another, 1)+`}`).want(200)
}

func TestVerification(t *testing.T) {
	s := newScene(t)
	nobody, b := s.browser(), s.open("member")
	nobody.post("send-verification-email", `{"email":"nobody@example.test"}`).exactly(200, `{"status":true}`)
	b.post("send-verification-email", `{"email":"keeper@example.test"}`).want(400, "EMAIL_MISMATCH")
	b.post("send-verification-email", `{"email":"member@example.test","callbackURL":"https://evil.test"}`).want(403, "INVALID_CALLBACK_URL")
	b.post("send-verification-email", `{"email":"Member@Example.Test","callbackURL":"/profile"}`).exactly(200, `{"status":true}`)
	_, token := s.mailed("member@example.test", accounts.LetterVerify)
	nobody.get("verify-email?token=none").want(401, "INVALID_TOKEN")
	nobody.get("verify-email?token=none&callbackURL=/profile").goesTo("/profile?error=INVALID_TOKEN")
	nobody.get("verify-email?token="+token+"&callbackURL=//evil.test").want(403, "INVALID_CALLBACK_URL")
	nobody.get("verify-email?token="+token).exactly(200, `{"status":true,"user":null}`)
	nobody.get("verify-email?token="+token).want(401, "INVALID_TOKEN")
	if nobody.in() || b.get("get-session").field("user.emailVerified") != "true" {
		t.Error("verifying signs in, or has no effect")
	}
	b.post("send-verification-email", `{"email":"member@example.test"}`).want(400, "EMAIL_ALREADY_VERIFIED")
}

func TestAnAddressThatHasToBeProvenFirst(t *testing.T) {
	w := newWorldOf(t, doortest.Options{Accounts: func(o *accounts.Options) { o.RequireVerification = true }})
	b := w.browser()
	first := b.post("sign-up/email", signUpBody+`,"callbackURL":"/welcome"}`)
	first.exactly(200, `{"token":null,"user":{"id":"ID","name":"Ada","email":"ada@example.test","emailVerified":false,"image":null,"createdAt":"TIME",`+
		`"updatedAt":"TIME","role":"user","displayName":"","username":"ada","phone":"","preferences":"{}",`+userTail+`}}`)
	taken := b.post("sign-up/email", signUpBody+`}`).want(200)
	if masked(first.Body.String()) != masked(taken.Body.String()) || len(b.cookies) > 0 || first.Header().Get("Set-Auth-Token") != "" {
		t.Errorf("%s\n%s\n%v", first.Body, taken.Body, b.cookies)
	}
	in := `{"email":"ada@example.test","password":"` + password + `"}`
	b.post("sign-in/email", in).want(403, "EMAIL_NOT_VERIFIED")
	_, token := w.mailed("ada@example.test", accounts.LetterVerify)
	b.get("verify-email?token=" + token + "&callbackURL=/welcome").goesTo("/welcome")
	if len(b.cookies) > 0 {
		t.Error("verifying signs in")
	}
	b.post("sign-in/email", in).want(200)
}

func TestChangeEmail(t *testing.T) {
	s := newScene(t)
	b := s.open("member")
	b.post("change-email", `{"newEmail":"member@example.test"}`).want(400, "EMAIL_IS_THE_SAME")
	b.post("change-email", `{"newEmail":"a@b@c"}`).want(400, "INVALID_EMAIL")
	b.post("change-email", `{"newEmail":"new@example.test","callbackURL":"https://evil.test"}`).want(403, "INVALID_CALLBACK_URL")
	b.post("change-email", `{"newEmail":"keeper@example.test"}`).exactly(200, `{"status":true}`) // as a free one
	b.post("change-email", `{"newEmail":"New@Example.Test"}`).exactly(200, `{"status":true}`)
	if b.get("get-session").field("user.email") != "member@example.test" {
		t.Error("the address changed before it was proven")
	}
	_, token := s.mailed("new@example.test", accounts.LetterChangeEmail)
	got := s.browser().get("verify-email?token=" + token).want(200)
	if got.field("status") != "true" || got.field("user.email") != "new@example.test" || got.field("user.emailVerified") != "true" {
		t.Errorf("answer is %s", got.Body)
	}
}

func TestDeleteUser(t *testing.T) {
	s := newScene(t)
	b := s.open("member")
	b.post("delete-user", `{"password":"wrong wrong"}`).want(400, "INVALID_PASSWORD")
	b.post("delete-user", `{"token":"none"}`).want(400, "INVALID_TOKEN")
	b.post("delete-user", `{"password":"`+password+`","callbackURL":"https://evil.test"}`).want(403, "INVALID_CALLBACK_URL")
	b.post("delete-user", `{"callbackURL":"/bye"}`).exactly(200, `{"success":true,"message":"Verification email sent"}`)
	_, token := s.mailed("member@example.test", accounts.LetterDelete)
	s.open("keeper").get("delete-user/callback?token="+token).want(400, "INVALID_TOKEN")
	s.browser().get("delete-user/callback?token="+token).want(401, "UNAUTHORIZED")
	b.get("delete-user/callback?token="+token+"&callbackURL=//evil.test").want(403, "INVALID_CALLBACK_URL")
	b.get("delete-user/callback?token=" + token + "&callbackURL=/bye").goesTo("/bye")
	if len(b.cookies) > 1 || b.in() { // the device stays known
		t.Errorf("cookies are %v", b.cookies)
	}
	k := s.open("keeper")
	k.post("delete-user", `{"password":"`+password+`"}`).exactly(200, `{"success":true,"message":"User deleted"}`)
	k.post("sign-in/email", strings.Replace(signInBody, "member", "keeper", 1)+`}`).want(401, "INVALID_EMAIL_OR_PASSWORD")
	s.open("boss").post("delete-user", `{"password":"`+password+`"}`).want(409, "LAST_ADMIN")
}
