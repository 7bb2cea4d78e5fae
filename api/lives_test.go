package api

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/internal/doortest"
	"pegasus/plugins"
	"pegasus/sessions/passkeytest"
)

// Each test leads something from its making to its end, so that every answer on the way is held against the document.

// later is a time of the next days, as clients write it.
func later(in time.Duration) string { return now().Add(in).Format(time.RFC3339) }

func TestABotIsMadeChangedGivenTokensAndSwitchedOff(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	bot := "/api/bots/" + w.call(boss, "POST", "/api/bots", `{"name":"Robot"}`).want(201).field("bot.id")
	w.call(boss, "PUT", bot, `{"name":"Release robot","about":"Tells of releases"}`).want(200)
	if got := w.call(boss, "GET", bot, nil).want(200); got.field("bot.name") != "Release robot" || got.field("bot.about") != "Tells of releases" {
		t.Errorf("the bot is %s", got.Body)
	}
	made := w.call(boss, "POST", bot+"/tokens", `{"name":"script","scopes":["read"]}`).want(201)
	script := &actor{token: made.field("secret")}
	w.call(script, "GET", "/api/chat/channels", nil).want(200)
	if got := w.call(boss, "GET", bot+"/tokens", nil).want(200); !strings.Contains(got.Body.String(), made.field("token.id")) {
		t.Errorf("the tokens are %s", got.Body)
	}
	w.call(boss, "DELETE", bot+"/tokens/"+made.field("token.id"), nil).want(200)
	w.call(script, "GET", "/api/chat/channels", nil).want(401)
	w.call(boss, "DELETE", bot, nil).want(200)
	if got := w.call(boss, "GET", bot, nil).want(200); got.field("bot.active") != "false" {
		t.Errorf("the bot is %s", got.Body)
	}
}

func TestAMessageForLaterIsChangedSentAtOnceOrDropped(t *testing.T) {
	s := newScene(t)
	s.set("later")
	schedule := func() string {
		body := map[string]string{"channel_id": s.channel.ID, "content": "later", "send_at": later(time.Hour)}
		return "/api/chat/scheduled/" + s.call(s.member, "POST", "/api/chat/scheduled", body).want(201).field("scheduled.id")
	}
	waiting := schedule()
	changed := s.call(s.member, "PUT", waiting, map[string]string{"content": "much later", "send_at": later(48 * time.Hour)}).want(200)
	if changed.field("scheduled.content") != "much later" {
		t.Errorf("it is %s", changed.Body)
	}
	s.call(s.member, "POST", waiting+"/send", nil).want(200)
	got := s.call(s.keeper, "GET", "/api/chat/channels/"+s.channel.ID+"/messages", nil).want(200)
	if !strings.Contains(got.Body.String(), "much later") {
		t.Errorf("the channel has %s", got.Body)
	}
	s.call(s.member, "POST", waiting+"/send", nil).want(404)
	dropped := schedule()
	s.call(s.member, "DELETE", dropped, nil).want(200)
	s.call(s.member, "DELETE", dropped, nil).want(404)
}

func TestAReminderIsMovedAndPutAway(t *testing.T) {
	s := newScene(t)
	s.set("reminders")
	body := map[string]string{"message_id": s.message.ID, "remind_at": later(time.Hour)}
	waiting := "/api/chat/reminders/" + s.call(s.member, "POST", "/api/chat/reminders", body).want(201).field("reminder.id")
	moved := later(48 * time.Hour)
	if got := s.call(s.member, "PUT", waiting, map[string]string{"remind_at": moved}).want(200); !strings.HasPrefix(got.field("reminder.remind_at"), moved[:19]) {
		t.Errorf("it is %s", got.Body)
	}
	s.call(s.member, "DELETE", waiting, nil).want(200)
	s.call(s.member, "DELETE", waiting, nil).want(404)
}

// delivered is a server of a browser's maker that takes whatever comes.
type delivered struct{}

func (delivered) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusCreated, Body: http.NoBody, Request: r}, nil
}

func TestABrowserIsToldTriedAndForgotten(t *testing.T) {
	w := newWorldOf(t, doortest.Options{Push: delivered{}})
	ada := w.join("ada")
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	must(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	made := w.call(ada, "POST", "/api/notifications/push", map[string]any{
		"endpoint": "https://push.example.test/one", "keys": map[string]string{"p256dh": b64(key.PublicKey().Bytes()), "auth": b64(bytes.Repeat([]byte{7}, 16))},
	}).want(201)
	browser := "/api/notifications/push/" + made.field("browser.id")
	if made.field("browser.current") != "true" {
		t.Errorf("the browser is %s", made.Body)
	}
	w.call(ada, "POST", browser+"/test", nil).want(200)
	w.call(ada, "DELETE", browser, nil).want(200)
	w.call(ada, "DELETE", browser, nil).want(404)
}

func TestWhatWebhooksTakeAndSendIsDocumented(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Builds"})
	s.call(nil, "POST", "/hooks/"+made.Secret, `{"text":"built"}`).want(200)
	s.call(s.boss, "POST", "/api/hooks/"+s.outgoing().Hook.ID+"/test", nil).want(200)

	p := newScene(t)
	p.set("hooks")
	p.installHere()
	url, err := p.Plugins.RenewWebhook(t.Context(), p.keeper.User, p.installed)
	must(t, err)
	p.call(nil, "POST", url[strings.Index(url, plugins.HookPath):], `{"text":"roll"}`).want(http.StatusAccepted)
}

func TestASecondPersonApprovesAnInstall(t *testing.T) {
	w := newWorldOf(t, doortest.Options{Running: func(r *plugins.Running) { r.Approval = true }})
	ada, ben := w.join("ada"), w.join("ben")
	c, err := w.chat.CreateChannel(t.Context(), ada.User, chat.NewChannel{Name: "games", Type: chat.Public})
	must(t, err)
	must(t, w.chat.AddMember(t.Context(), ada.User, c.ID, ben.ID))
	must(t, w.chat.SetMemberRole(t.Context(), ada.User, c.ID, ben.ID, chat.RoleAdmin))
	p := w.BuiltPlugin(t, ada.User, "dice", `{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll"}]}`, "exports.default = {};")
	asked := w.call(ada, "POST", "/api/chat/channels/"+c.ID+"/plugins", map[string]any{"plugin_id": p.ID}).want(201)
	install := "/api/installs/" + asked.field("install.id")
	w.call(ada, "POST", install+"/approve", nil).want(403, "SECOND_PERSON_REQUIRED")
	if got := w.call(ben, "POST", install+"/approve", nil).want(200); got.field("install.state") != "active" {
		t.Errorf("the install is %s", got.Body)
	}
	w.BuiltVersion(t, p, 2, `{"api":1,"name":"dice","title":"Dice","commands":[{"name":"roll"}],"permissions":["storage"]}`, "exports.default = {a: 1};")
	w.call(ada, "PUT", install, map[string]any{"granted": map[string]any{"permissions": []string{"storage"}, "hosts": []string{}}}).want(200)
	got := w.call(ben, "GET", install, nil).want(200)
	if got.field("install.state") != "active" || got.field("install.version") != "1" || got.field("install.pending.version") != "2" {
		t.Errorf("the install is %s", got.Body)
	}
	if files := w.call(ben, "GET", install+"/files", nil).want(200); files.field("version") != "2" {
		t.Errorf("the files are %s", files.Body)
	}
	w.call(ben, "GET", install+"/files?version=3", nil).want(404, "VERSION_NOT_FOUND")
	if diff := w.call(ben, "GET", install+"/diff", nil).want(200); diff.field("from") != "1" || diff.field("to") != "2" {
		t.Errorf("the difference is %s", diff.Body)
	}
	w.call(ada, "PUT", install, map[string]any{"granted": map[string]any{"permissions": []string{}, "hosts": []string{}}}).want(200)
	w.call(ben, "POST", install+"/approve?wish="+got.field("install.wish"), nil).want(409, "WISH_CHANGED")
	w.call(ben, "POST", install+"/decline", nil).want(200)
	w.call(ben, "POST", install+"/approve", nil).want(409, "NOTHING_TO_APPROVE")
}

func TestAnAdminTakesASecondFactorAway(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.enroll(ada)
	w.call(boss, "DELETE", "/api/admin/users/"+ada.ID+"/two-factor", nil).want(200)
	u, err := w.accounts.User(t.Context(), ada.ID)
	must(t, err)
	if u.TwoFactorEnabled {
		t.Error("the second factor is still asked for")
	}
}

func TestABackupIsProven(t *testing.T) {
	w := newWorld(t)
	boss := w.admin("boss")
	w.call(boss, "POST", "/api/admin/backups", nil).want(200)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { w.Backups.Run(ctx, time.Millisecond) })
	type made struct {
		Name  string
		Drill *struct{ Problem *string }
	}
	var list struct {
		Backups    []made
		LastProven *string `json:"last_proven"`
		Running    *struct{}
	}
	await := func(done func() bool) {
		for over := false; !over; over = done() && list.Running == nil { // the test's own time limit ends a wait in vain
			time.Sleep(time.Millisecond) // the work needs the processor too
			list.Running = nil
			must(t, json.Unmarshal(w.call(boss, "GET", "/api/admin/backups", nil).want(200).Body.Bytes(), &list))
		}
	}
	await(func() bool { return len(list.Backups) == 1 })
	if list.Backups[0].Drill != nil || list.LastProven != nil {
		t.Fatalf("it is proven before anybody asks: %+v", list)
	}
	w.call(boss, "POST", "/api/admin/backups/"+list.Backups[0].Name+"/verify", nil).want(200)
	await(func() bool { return list.Backups[0].Drill != nil })
	if list.Backups[0].Drill.Problem != nil || list.LastProven == nil {
		t.Errorf("after the drill: %+v, last proven %v", list.Backups[0].Drill, list.LastProven)
	}
}

func TestAnAddressIsProvenByTheTokenOfItsMail(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	must(t, w.accounts.SendVerification(t.Context(), ada.Email, ""))
	_, token := w.mailed(ada.Email, accounts.LetterVerify)
	got := w.call(nil, "POST", "/api/auth/verify-email", map[string]string{"token": token}).want(200)
	if got.field("user.email_verified") != "true" {
		t.Errorf("the answer is %s", got.Body)
	}
}

func TestAPasskeyIsMadeAndSignsIn(t *testing.T) {
	w := newWorld(t)
	w.join("ada")
	device := passkeytest.New(t, doortest.URL)
	b := w.open("ada")
	options := b.get("passkey/generate-register-options").want(200)
	made := b.post("passkey/verify-registration", map[string]any{"response": device.Create(t, options.Body.Bytes()), "name": "Laptop"}).want(200)
	if made.field("name") != "Laptop" || made.field("credentialID") != passkeytest.Base64(device.ID) {
		t.Errorf("the passkey is %s", made.Body)
	}
	nobody := w.browser()
	options = nobody.get("passkey/generate-authenticate-options").want(200)
	nobody.post("passkey/verify-authentication", map[string]any{"response": device.Get(t, options.Body.Bytes())}).want(200)
	if got := nobody.get("get-session"); got.field("user.email") != "ada@example.test" {
		t.Errorf("the session is %s", got.Body)
	}
}
