package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/hooks"
	"pegasus/internal/doortest"
	"pegasus/web"
)

// hookScene is a channel with a keeper, and what outgoing webhooks send and get back.
type hookScene struct {
	*world
	boss, keeper, member *actor
	channel              chat.Channel
	sent                 []hooks.Request
	answer               hooks.Answer
	fails                error
	silent               bool   // it answers nobody
	whileAsked           func() // what happens meanwhile, nil for nothing
	clock                time.Duration
	service              *hooks.Service
}

func newHookScene(t *testing.T, change ...func(*doortest.Options)) *hookScene {
	s := &hookScene{answer: hooks.Answer{Status: 200}}
	o := doortest.Options{Send: func(ctx context.Context, r hooks.Request) (hooks.Answer, error) {
		s.sent = append(s.sent, r)
		if s.whileAsked != nil {
			s.whileAsked()
		}
		if s.silent {
			<-ctx.Done()
			return hooks.Answer{}, ctx.Err()
		}
		return s.answer, s.fails
	}, HookNow: func() time.Time { return now().Add(s.clock) }}
	for _, c := range change {
		c(&o)
	}
	s.world = newWorldOf(t, o)
	s.service = s.Hooks
	s.boss, s.keeper, s.member = s.admin("boss"), s.join("keeper"), s.join("member")
	c, err := s.chat.CreateChannel(t.Context(), s.keeper.User, chat.NewChannel{Name: "builds", Type: chat.Private})
	must(t, err)
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, c.ID, s.member.ID))
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, c.ID, s.boss.ID))
	must(t, s.chat.SetMemberRole(t.Context(), s.keeper.User, c.ID, s.boss.ID, chat.RoleAdmin))
	s.channel = c
	return s
}

func (s *hookScene) incoming(d hooks.Draft) hooks.Made {
	s.t.Helper()
	d.Kind = hooks.Incoming
	made, err := s.service.Create(s.t.Context(), s.keeper.User, s.channel.ID, d)
	must(s.t, err)
	return made
}

func (s *hookScene) outgoing(triggers ...string) hooks.Made {
	s.t.Helper()
	made, err := s.service.Create(s.t.Context(), s.boss.User, s.channel.ID, hooks.Draft{
		Kind: hooks.Outgoing, Name: "Deployer", URL: "https://ci.test/hook", Triggers: triggers,
	})
	must(s.t, err)
	return made
}

// post sends a body to an incoming webhook.
func (s *hookScene) post(secret, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/hooks/"+secret, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *hookScene) says(w *httptest.ResponseRecorder, status int, words string) {
	s.t.Helper()
	if w.Code != status || w.Body.String() != words {
		s.t.Errorf("answered %d %q, want %d %q", w.Code, w.Body, status, words)
	}
}

func (s *hookScene) messages() []chat.Message {
	s.t.Helper()
	h, err := s.chat.History(s.t.Context(), s.keeper.User, s.channel.ID, chat.Cut{Limit: 50})
	must(s.t, err)
	return h.Messages
}

func TestAnIncomingWebhookPostsAsItsBot(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Builds"})
	s.says(s.post(made.Secret, `{"text":"Build <https://ci.test/7|#7> is <!channel> ready","username":"Jenkins","icon_emoji":":tada:","channel":"#builds"}`), 200, "ok")
	got := s.messages()
	if len(got) != 1 || got[0].UserID != made.Hook.BotID || got[0].Guise != (chat.Guise{Name: "Jenkins", Emoji: "🎉"}) ||
		!strings.Contains(got[0].HTML, `href="https://ci.test/7"`) || strings.Contains(got[0].HTML, `data-mention="channel"`) {
		t.Fatalf("got %+v", got)
	}
	s.says(s.post(made.Secret, "payload=%7B%22text%22%3A%22form%22%7D", "Content-Type", "application/x-www-form-urlencoded"), 200, "ok")
	for range 2 {
		s.says(s.post(made.Secret, `{"text":"once"}`, "Idempotency-Key", "k 1"), 200, "ok")
	}
	s.says(s.post(made.Secret, `{"text":"twice"}`, "Idempotency-Key", "k 1"), 422, "idempotency_key_reused")
	if got := s.messages(); len(got) != 3 || got[2].Content != "once" {
		t.Errorf("there are %d messages", len(got))
	}
	s.says(s.post(made.Secret, `{"text":"`+strings.Repeat("word ", 900)+`"}`), 200, "ok")
	if got := s.messages(); len(got) != 6 {
		t.Errorf("a long text became %d messages", len(got)-3)
	}
	h, err := s.service.Hook(t.Context(), s.keeper.User, made.Hook.ID)
	must(t, err)
	if h.LastUsedAt.IsZero() || strings.Contains(s.log.String(), made.Secret) {
		t.Error("the use was not noted, or the secret is in the log")
	}
}

func TestABotMayNotBeShownAsSomebody(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Builds"})
	for _, name := range []string{"Name keeper", "nаme keeper", "Admin", "x\u202ey", strings.Repeat("x", 100)} {
		body, _ := json.Marshal(map[string]string{"text": "hi", "username": name})
		s.says(s.post(made.Secret, string(body)), 200, "ok")
	}
	for _, m := range s.messages() {
		if m.Guise.Name != "" {
			t.Errorf("shown as %q", m.Guise.Name)
		}
	}
}

func TestWhatAnIncomingWebhookRefuses(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Builds"})
	s.says(s.post("none", `{"text":"hi"}`), 404, "no_service")
	s.says(s.post(made.Secret, `{"text":`), 400, "invalid_payload")
	s.says(s.post(made.Secret, `{}`), 400, "no_text")
	s.says(s.post(made.Secret, `{"text":"hi","channel":"#general"}`), 403, "action_prohibited")
	s.says(s.post(made.Secret, `{"text":"`+strings.Repeat("x", 20_000)+`"}`), 400, "msg_too_long")
	s.says(s.post(made.Secret, strings.Repeat(" ", hooks.MaxPayload+1)), 413, "payload_too_large")
	next, err := s.service.ReplaceSecret(t.Context(), s.keeper.User, made.Hook.ID)
	must(t, err)
	s.says(s.post(made.Secret, `{"text":"hi"}`), 404, "no_service")
	s.says(s.post(next.Secret, `{"text":"hi"}`), 200, "ok")
	off := true
	_, err = s.service.Change(t.Context(), s.keeper.User, made.Hook.ID, hooks.Update{Off: &off})
	must(t, err)
	s.says(s.post(next.Secret, `{"text":"hi"}`), 404, "no_service")
	other := s.incoming(hooks.Draft{Name: "Other"})
	_, err = s.chat.ArchiveChannel(t.Context(), s.keeper.User, s.channel.ID)
	must(t, err)
	s.says(s.post(other.Secret, `{"text":"hi"}`), 410, "channel_is_archived")
	must(t, s.service.Delete(t.Context(), s.boss.User, other.Hook.ID))
	s.says(s.post(other.Secret, `{"text":"hi"}`), 404, "no_service")
	bot, err := s.accounts.User(t.Context(), other.Hook.BotID)
	if err != nil || !bot.Deactivated {
		t.Errorf("the bot stays: %v", err)
	}
}

func TestAnIncomingWebhookHasALimit(t *testing.T) {
	s := newHookScene(t)
	s.deps.Limits = web.NewLimits(false)
	s.route()
	made := s.incoming(hooks.Draft{Name: "Builds"})
	for range 61 {
		w := s.post(made.Secret, `{}`)
		if w.Code == 429 {
			if w.Body.String() != "rate_limited" || w.Header().Get("Retry-After") == "" {
				t.Errorf("answered %q, %v", w.Body, w.Header())
			}
			return
		}
	}
	t.Error("nothing was refused")
}

func TestAWebhookCallsEveryoneWhereItMay(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Alarm", Crowds: true})
	s.says(s.post(made.Secret, `{"text":"<!here> <!channel> fire"}`), 200, "ok")
	if got := s.messages(); !strings.Contains(got[0].HTML, `data-mention="channel"`) {
		t.Errorf("got %s", got[0].HTML)
	}
	admins := chat.Admins
	_, err := s.chat.UpdateChannel(t.Context(), s.keeper.User, s.channel.ID, chat.ChannelChange{Crowds: &admins, Posting: &admins})
	must(t, err)
	s.says(s.post(made.Secret, `{"text":"<!channel> fire"}`), 200, "ok")
	if got := s.messages(); strings.Contains(got[1].HTML, `data-mention="channel"`) {
		t.Errorf("the channel's rules are passed by: %s", got[1].HTML)
	}
}

func TestOutgoingWebhooksAreForAdminsOfTheWorkspace(t *testing.T) {
	s := newHookScene(t)
	draft := hooks.Draft{Kind: hooks.Outgoing, Name: "Deployer", URL: "https://ci.test/hook"}
	if _, err := s.service.Create(t.Context(), s.keeper.User, s.channel.ID, draft); web.Status(web.Fault(err).Kind) != 403 {
		t.Errorf("a keeper made one: %v", err)
	}
	made := s.outgoing()
	address := "https://evil.test"
	if _, err := s.service.Change(t.Context(), s.keeper.User, made.Hook.ID, hooks.Update{URL: &address}); web.Status(web.Fault(err).Kind) != 403 {
		t.Errorf("a keeper led one elsewhere: %v", err)
	}
	if _, err := s.service.ReplaceSecret(t.Context(), s.keeper.User, made.Hook.ID); web.Status(web.Fault(err).Kind) != 403 {
		t.Errorf("a keeper has a secret: %v", err)
	}
	for _, bad := range []string{"", "x", "ftp://x.test", "javascript:alert(1)", "http://a:b@x.test", "https://"} {
		draft.URL = bad
		if _, err := s.service.Create(t.Context(), s.boss.User, s.channel.ID, draft); web.Status(web.Fault(err).Kind) != 400 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAnOutgoingWebhookIsSignedAndItsAnswerPosted(t *testing.T) {
	s := newHookScene(t)
	made := s.outgoing("deploy")
	work := s.service.Work(func(err error) { t.Error(err) })
	say := func(by accounts.User, text string) chat.Message {
		t.Helper()
		m, err := s.chat.PostMessage(t.Context(), by, s.channel.ID, chat.Draft{Content: text})
		must(t, err)
		return m
	}
	say(s.member.User, "nothing to see")
	say(s.member.User, "deployment is not the word")
	s.answer.Body = []byte(`{"text":"On it, <@` + s.member.ID + `>","response_type":"comment"}`)
	m := say(s.member.User, "Deploy: main")
	if n := work.Once(t.Context()); n != 1 || len(s.sent) != 1 {
		t.Fatalf("%d deliveries, %d sent", n, len(s.sent))
	}
	sent := s.sent[0]
	var body struct {
		Token, Text, UserID, ChannelName, TriggerWord string
	}
	var raw map[string]any
	must(t, json.Unmarshal(sent.Body, &raw))
	if raw["token"] != made.Token || raw["text"] != "Deploy: main" || raw["user_id"] != s.member.ID || raw["channel_name"] != "builds" || raw["trigger_word"] != "deploy" {
		t.Errorf("sent %s %+v", sent.Body, body)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
	must(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(sent.Header["webhook-id"] + "." + sent.Header["webhook-timestamp"] + "." + string(sent.Body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); sent.Header["webhook-signature"] != want {
		t.Errorf("signed %s, want %s", sent.Header["webhook-signature"], want)
	}
	got := s.messages()
	last := got[len(got)-1]
	if last.UserID != made.Hook.BotID || last.ParentID != m.ID || last.Content != "On it, @member" {
		t.Errorf("the answer is %+v", last)
	}
	// What a bot says is sent by nobody.
	in := s.incoming(hooks.Draft{Name: "Builds"})
	s.says(s.post(in.Secret, `{"text":"deploy again"}`), 200, "ok")
	if n := work.Once(t.Context()); n != 0 {
		t.Errorf("a bot's message was sent")
	}
	list, err := s.service.Deliveries(t.Context(), s.boss.User, made.Hook.ID)
	must(t, err)
	if len(list) != 1 || list[0].Status != 200 || list[0].State != "done" || list[0].Tries != 1 {
		t.Errorf("%+v", list)
	}
}

func TestADeliveryIsTriedAgainAndAWebhookThatFailsIsSwitchedOff(t *testing.T) {
	s := newHookScene(t)
	made := s.outgoing()
	work := s.service.Work(func(err error) { t.Error(err) })
	s.fails = errors.New("nobody answers")
	for n := range 10 {
		_, err := s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: "hello"})
		must(t, err)
		tries := 0
		for range 6 {
			tries += work.Once(t.Context())
			s.clock += 3 * time.Hour
		}
		if tries != 6 {
			t.Fatalf("message %d was tried %d times", n, tries)
		}
	}
	h, err := s.service.Hook(t.Context(), s.boss.User, made.Hook.ID)
	must(t, err)
	if !h.Off || h.Problem == "" {
		t.Errorf("it is still on: %+v", h)
	}
	direct, _, err := s.chat.DirectChannel(t.Context(), s.boss.User, made.Hook.BotID)
	must(t, err)
	told, err := s.chat.History(t.Context(), s.boss.User, direct.ID, chat.Cut{Limit: 5})
	must(t, err)
	if len(told.Messages) != 1 || !strings.Contains(told.Messages[0].Content, "switched off") {
		t.Errorf("the keeper was told %+v", told.Messages)
	}
	list, err := s.service.Deliveries(t.Context(), s.boss.User, made.Hook.ID)
	must(t, err)
	if len(list) != 10 || list[0].State != "failed" {
		t.Errorf("%d deliveries, %+v", len(list), list[0])
	}
}

func TestAWebhookSendsWhatItsKeeperMaySeeAlone(t *testing.T) {
	s := newHookScene(t)
	made := s.outgoing()
	work := s.service.Work(func(err error) { t.Error(err) })
	m, err := s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: "gone in a moment"})
	must(t, err)
	must(t, s.chat.DeleteMessage(t.Context(), s.member.User, m.ID))
	work.Once(t.Context())
	if len(s.sent) != 0 {
		t.Errorf("a deleted message was sent")
	}
	_, err = s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: "secret"})
	must(t, err)
	must(t, s.chat.RemoveMember(t.Context(), s.boss.User, s.channel.ID, s.boss.ID))
	work.Once(t.Context())
	h, err := s.service.Hook(t.Context(), s.boss.User, made.Hook.ID)
	must(t, err)
	if len(s.sent) != 0 || !h.Off {
		t.Errorf("%d were sent, off is %v", len(s.sent), h.Off)
	}
}

func TestABotWithATokenIsAMemberLikeAnother(t *testing.T) {
	s := newHookScene(t)
	bot, err := s.accounts.AddBot(t.Context(), s.boss.User, accounts.BotDraft{Name: "Dice"})
	must(t, err)
	session, _, err := s.accounts.OpenSession(t.Context(), s.boss.User, strings.Repeat("a", 64), accounts.Entrance{Way: accounts.WayPassword})
	must(t, err)
	_, secret, err := s.accounts.CreateBotToken(t.Context(), s.boss.User, session, bot.ID, "script", []accounts.Scope{accounts.ScopeRead, accounts.ScopeWrite}, 0)
	must(t, err)
	robot := &actor{User: bot, name: "robot", token: secret}
	path := "/api/chat/channels/" + s.channel.ID
	if got := s.call(robot, "GET", path+"/messages", nil); got.Code != 404 {
		t.Errorf("it reads a channel that it is not in: %d", got.Code)
	}
	if got := s.call(s.member, "POST", path+"/members", map[string]string{"user_id": bot.ID}); got.Code != 200 {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	sent := s.call(robot, "POST", path+"/messages/send", map[string]string{"content": "four"})
	var m struct {
		Message struct{ ID string } `json:"message"`
	}
	must(t, json.Unmarshal(sent.Body.Bytes(), &m))
	if sent.Code != 201 || m.Message.ID == "" {
		t.Fatalf("%d %s", sent.Code, sent.Body)
	}
	for _, c := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"GET", path + "/messages", nil, 200},
		{"POST", path + "/messages/" + m.Message.ID + "/reactions", map[string]string{"emoji": "👍"}, 200},
		{"PUT", "/api/chat/messages/" + m.Message.ID, map[string]string{"content": "five"}, 200},
		{"PUT", "/api/users/me", map[string]string{"name": "Somebody"}, 400},
		{"POST", "/api/users/me/tokens", map[string]any{"name": "x", "scopes": []string{"read"}}, 403},
		{"GET", "/api/bots", nil, 403},
		{"DELETE", "/api/chat/messages/" + m.Message.ID, nil, 200},
	} {
		if got := s.call(robot, c.method, c.path, c.body); got.Code != c.want {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, got.Code, got.Body, c.want)
		}
	}
	must(t, s.accounts.RemoveBot(t.Context(), s.boss.User, bot.ID))
	if got := s.call(robot, "GET", path+"/messages", nil); got.Code != 401 {
		t.Errorf("a bot that is switched off: %d", got.Code)
	}
}

func TestAPictureOfABotIsShownFromHereAndAnEmojiGoesBeforeIt(t *testing.T) {
	s := newHookScene(t)
	made := s.incoming(hooks.Draft{Name: "Builds"})
	for _, said := range []struct{ icon, emoji string }{
		{"https://ci.test/face.png", ""}, {"https://ci.test/face.png", ":tada:"}, {"javascript:alert(1)", ""}, {"", ""}, {"https://ci.test/" + strings.Repeat("x", 600), ""},
	} {
		s.says(s.post(made.Secret, `{"text":"x","icon_url":"`+said.icon+`","icon_emoji":"`+said.emoji+`"}`), 200, "ok")
	}
	got := s.messages()
	path := s.Icons.Path("https://ci.test/face.png")
	for i, want := range []chat.Guise{{Icon: path}, {Emoji: "🎉"}, {}, {}, {}} {
		if got[i].Guise != want {
			t.Errorf("message %d is shown as %+v, want %+v", i, got[i].Guise, want)
		}
	}
	answer := s.call(s.keeper, "GET", "/api/chat/channels/"+s.channel.ID+"/messages", nil).want(200)
	if !strings.HasPrefix(path, "/icons/") || strings.Count(answer.Body.String(), `"icon_url":"`+path+`"`) != 1 || strings.Contains(answer.Body.String(), "ci.test") {
		t.Errorf("the API says %s", answer.Body)
	}
}
