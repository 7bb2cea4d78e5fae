package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/hooks"
	"pegasus/internal/doortest"
)

// command makes a slash command of a channel, or of all with channelID "".
func (s *hookScene) command(channelID, name string) hooks.Made {
	s.t.Helper()
	made, err := s.service.Create(s.t.Context(), s.boss.User, channelID, hooks.Draft{
		Kind: hooks.SlashCommand, Name: "Robot " + name, URL: "https://ci.test/" + name, Command: "/" + name, Usage: "branch", About: "Ship it",
	})
	must(s.t, err)
	return made
}

// say sends a text to a channel by the API.
func (s *hookScene) say(a *actor, channelID, text string, more ...string) answered {
	s.t.Helper()
	body := map[string]string{"content": text}
	for i := 0; i < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return s.call(a, "POST", "/api/chat/channels/"+channelID+"/messages/send", body)
}

// form is what the last call sent.
func (s *hookScene) form() url.Values {
	s.t.Helper()
	if len(s.sent) == 0 {
		s.t.Fatal("nothing was sent")
	}
	form, err := url.ParseQuery(string(s.sent[len(s.sent)-1].Body))
	must(s.t, err)
	return form
}

// later answers the last call at the address that came with it.
func (s *hookScene) later(body string) (status int, words string) {
	s.t.Helper()
	path, found := strings.CutPrefix(s.form().Get("response_url"), doortest.URL)
	if !found {
		s.t.Fatalf("the address is %q", s.form().Get("response_url"))
	}
	w := s.post(strings.TrimPrefix(path, "/hooks/"), body)
	return w.Code, w.Body.String()
}

func TestACommandSendsWhatSomebodyWroteSignedAsSlackDoes(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	s.answer.Body = []byte(`{"text":"On it, <@` + s.member.ID + `>: <https://ci.test/7|#7>"}`)
	got := s.say(s.member, s.channel.ID, "/deploy main & <b>").want(201)
	if got.field("reply") != "On it, @member: [\\#7](<https://ci.test/7>)" || len(s.messages()) != 0 {
		t.Errorf("answered %s, with %d messages", got.Body, len(s.messages()))
	}
	form := s.form()
	for name, want := range map[string]string{
		"token": made.Token, "team_id": "pegasus", "team_domain": "chat.example.test", "channel_id": s.channel.ID, "channel_name": "builds",
		"user_id": s.member.ID, "user_name": "member", "command": "/deploy", "text": "main & <b>", "root_id": "",
	} {
		if form.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, form.Get(name), want)
		}
	}
	sent := s.sent[0]
	if sent.URL != "https://ci.test/deploy" || sent.Header["Content-Type"] != "application/x-www-form-urlencoded" {
		t.Errorf("sent to %s as %s", sent.URL, sent.Header["Content-Type"])
	}
	mac := hmac.New(sha256.New, []byte(made.Secret))
	mac.Write([]byte("v0:" + sent.Header["X-Slack-Request-Timestamp"] + ":" + string(sent.Body)))
	if want := "v0=" + hex.EncodeToString(mac.Sum(nil)); sent.Header["X-Slack-Signature"] != want {
		t.Errorf("signed %s, want %s", sent.Header["X-Slack-Signature"], want)
	}
	if own := hooks.Sign(made.Secret, sent.Header["webhook-id"], now(), sent.Body); own["webhook-signature"] == "" || sent.Header["webhook-signature"] == "" {
		t.Error("it is not signed as webhooks are")
	}
	h, err := s.service.Hook(t.Context(), s.boss.User, made.Hook.ID)
	must(t, err)
	if status, words := s.later(`{"text":"done"}`); status != 200 {
		t.Fatalf("a later answer gets %d %q", status, words)
	}
	address := form.Get("response_url")
	if h.LastUsedAt.IsZero() || !strings.Contains(s.log.String(), "path=/hooks/…") || strings.Contains(s.log.String(), address[strings.LastIndex(address, "/")+1:]) {
		t.Error("the use was not noted, or the address is in the log")
	}
}

func TestACommandAnswersTheChannelWhereItAsksForThat(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	root, err := s.chat.PostMessage(t.Context(), s.keeper.User, s.channel.ID, chat.Draft{Content: "shall we?"})
	must(t, err)
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"Deployed <!channel>","username":"Ship","attachments":[{"title":"main"}]}`)
	s.say(s.member, s.channel.ID, "/deploy", "parent_message_id", root.ID).want(201)
	got := s.messages()
	last := got[len(got)-1]
	if last.UserID != made.Hook.BotID || last.ParentID != root.ID || last.Guise.Name != "Ship" || !strings.Contains(last.Content, "**main**") {
		t.Errorf("posted %+v", last)
	}
	if strings.Contains(last.HTML, `data-mention="channel"`) {
		t.Error("a command calls everyone")
	}
	if s.form().Get("root_id") != root.ID {
		t.Errorf("the thread is %q", s.form().Get("root_id"))
	}
	for said, want := range map[string]string{
		"": "/deploy was called.", "plain *words*": "plain *words*", `{"text":`: `{"text":`, `{"text":"x","response_type":"ephemeral"}`: "x",
	} {
		s.answer.Body = []byte(said)
		if got := s.say(s.member, s.channel.ID, "/deploy").want(201).field("reply"); got != want {
			t.Errorf("%q is shown as %q", said, got)
		}
	}
}

func TestWhatGoesWrongWithACommandReachesItsCaller(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	s.answer.Status = 500
	if got := s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(400, "COMMAND_FAILED").field("message"); !strings.Contains(got, "its server answered 500") {
		t.Errorf("told %q", got)
	}
	s.answer.Status = 302
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(400, "COMMAND_FAILED")
	s.fails = errors.New("refused by the guard: 10.0.0.1")
	if got := s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(400, "COMMAND_FAILED"); strings.Contains(got.Body.String(), "10.0.0.1") {
		t.Errorf("it tells of our network: %s", got.Body)
	}
	s.fails, s.answer = nil, hooks.Answer{Status: 200, Body: []byte("done")}
	if got := s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(201).field("reply"); got != "done" {
		t.Errorf("after failures: %q", got)
	}
	sent := len(s.sent)
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(201)
	if len(s.sent) != sent {
		t.Error("a retry calls it again")
	}
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"` + strings.Repeat("x", 20_000) + `"}`)
	s.say(s.member, s.channel.ID, "/deploy").want(400, "COMMAND_FAILED")
	s.say(s.member, s.channel.ID, "/deploy "+strings.Repeat("x", 2000)).want(400, "CONTENT_TOO_LONG")
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"x"}`)
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	if got := s.say(s.member, s.channel.ID, "/deploy").want(400, "COMMAND_FAILED").field("message"); !strings.Contains(got, "taken out of the channel") {
		t.Errorf("told %q", got)
	}
}

// Somebody waits for the answer, so that silence ends after three seconds; what comes later reaches them all the same.
func TestASilentCommandIsToldOfAndAnswersLater(t *testing.T) {
	synctest.Test(t, silentCommand)
}

func silentCommand(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	s.silent = true
	began := time.Now()
	for range 2 { // sent again it is not made again, and told of all the same
		if got := s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(201).field("reply"); !strings.Contains(got, "not answered within 3 seconds") {
			t.Errorf("told %q", got)
		}
	}
	if waited := time.Since(began); waited != hooks.AnswerTime {
		t.Errorf("it waited %v", waited)
	}
	if len(s.sent) != 1 {
		t.Errorf("it was called %d times", len(s.sent))
	}
	if status, words := s.later(`{"text":"Done at *last*"}`); status != 200 || words != "ok" {
		t.Fatalf("answered %d %s", status, words)
	}
	direct, _, err := s.chat.DirectChannel(t.Context(), s.member.User, made.Hook.BotID)
	must(t, err)
	told, err := s.chat.History(t.Context(), s.member.User, direct.ID, chat.Cut{Limit: 5})
	must(t, err)
	if len(told.Messages) != 1 || told.Messages[0].Content != "Done at *last*" || len(s.messages()) != 0 {
		t.Errorf("the caller was told %+v", told.Messages)
	}
}

func TestACallIsAnsweredLaterFiveTimesWithinHalfAnHour(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	s.say(s.member, s.channel.ID, "/deploy").want(201)
	is := func(body string, status int, words string) {
		t.Helper()
		if got, said := s.later(body); got != status || said != words {
			t.Errorf("%s: %d %s, want %d %s", body, got, said, status, words)
		}
	}
	is(`{}`, 400, "no_text")
	is(`{"text":`, 400, "invalid_payload")
	for range 5 {
		is(`{"text":"step","response_type":"in_channel"}`, 200, "ok")
	}
	is(`{"text":"one too many"}`, 404, "used_url")
	if got := s.messages(); len(got) != 5 || got[4].UserID != made.Hook.BotID {
		t.Errorf("%d messages", len(got))
	}
	s.say(s.member, s.channel.ID, "/deploy").want(201)
	s.clock += 31 * time.Minute
	is(`{"text":"late"}`, 404, "expired_url")
	s.clock = 0
	is(`{"text":"in time"}`, 200, "ok")
	address := s.form().Get("response_url")
	s.call(nil, "POST", strings.TrimPrefix(address, doortest.URL), map[string]string{"text": "as the document says"}).want(200)
	for _, wrong := range []string{address[:len(address)-1], address + "0", address[:len(address)-4] + "0000", doortest.URL + hooks.ResponsePath + "x"} {
		path := strings.TrimPrefix(wrong, doortest.URL+"/hooks/")
		if w := s.post(path, `{"text":"guess"}`); w.Code != 404 || w.Body.String() != "expired_url" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	is(`{"text":"they left"}`, 404, "expired_url")
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID))
	off := true
	_, err := s.service.Change(t.Context(), s.boss.User, made.Hook.ID, hooks.Update{Off: &off})
	must(t, err)
	is(`{"text":"off"}`, 404, "expired_url")
	off = false
	_, err = s.service.Change(t.Context(), s.boss.User, made.Hook.ID, hooks.Update{Off: &off})
	must(t, err)
	_, err = s.service.ReplaceSecret(t.Context(), s.boss.User, made.Hook.ID)
	must(t, err)
	is(`{"text":"old secret"}`, 404, "expired_url")
	s.say(s.member, s.channel.ID, "/deploy").want(201)
	must(t, s.service.Delete(t.Context(), s.boss.User, made.Hook.ID))
	is(`{"text":"deleted"}`, 404, "expired_url")
	s.say(s.member, s.channel.ID, "/deploy").want(400, "UNKNOWN_COMMAND")
	s.clock = 25 * time.Hour
	if n := s.service.Forgetting(func(err error) { t.Error(err) }).Once(t.Context()); n != 0 {
		t.Errorf("%d calls of a deleted command are kept", n)
	}
}

func TestACommandOfAllChannelsLearnsNoNameOfAPrivateOne(t *testing.T) {
	s := newHookScene(t)
	made := s.command("", "weather")
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"Rain"}`)
	direct, _, err := s.chat.DirectChannel(t.Context(), s.member.User, s.keeper.ID)
	must(t, err)
	general, err := s.chat.PublicChannels(t.Context(), chat.ChannelQuery{Limit: 1})
	must(t, err)
	for _, c := range []struct{ id, name string }{{s.channel.ID, "privategroup"}, {direct.ID, "directmessage"}, {general[0].ID, "general"}} {
		s.say(s.member, c.id, "/weather berlin").want(201)
		if got := s.form().Get("channel_name"); got != c.name {
			t.Errorf("the name is %q, want %q", got, c.name)
		}
		h, err := s.chat.History(t.Context(), s.member.User, c.id, chat.Cut{Limit: 5})
		must(t, err)
		if last := h.Messages[len(h.Messages)-1]; last.UserID != made.Hook.BotID || last.Content != "Rain" {
			t.Errorf("in %s: %+v", c.name, last)
		}
	}
	if body := string(s.sent[0].Body); strings.Contains(body, "builds") {
		t.Errorf("the private channel's name is in %s", body)
	}
}

func TestWhoMayNotPostCallsNoCommand(t *testing.T) {
	s := newHookScene(t)
	s.command(s.channel.ID, "deploy")
	s.command("", "weather")
	outsider := s.join("outsider")
	s.say(outsider, s.channel.ID, "/deploy").want(404)
	_, err := s.chat.Mute(t.Context(), s.keeper.User, s.channel.ID, s.member.ID, time.Hour)
	must(t, err)
	for _, text := range []string{"/deploy", "/weather"} {
		s.say(s.member, s.channel.ID, text).want(400, "MUTED")
	}
	admins := chat.Admins
	_, err = s.chat.UpdateChannel(t.Context(), s.keeper.User, s.channel.ID, chat.ChannelChange{Posting: &admins})
	must(t, err)
	_, err = s.chat.Mute(t.Context(), s.keeper.User, s.channel.ID, s.member.ID, 0)
	must(t, err)
	s.say(s.member, s.channel.ID, "/deploy").want(400, "POSTING_RESTRICTED")
	_, err = s.chat.ArchiveChannel(t.Context(), s.keeper.User, s.channel.ID)
	must(t, err)
	s.say(s.keeper, s.channel.ID, "/deploy").want(400, "CHANNEL_ARCHIVED")
	if len(s.sent) != 0 {
		t.Errorf("%d calls were made", len(s.sent))
	}
}

func TestCommandsAreForAdminsOfTheWorkspaceAndTheirNamesForOne(t *testing.T) {
	s := newHookScene(t)
	path := "/api/chat/channels/" + s.channel.ID + "/hooks"
	body := func(command string) map[string]string {
		return map[string]string{"kind": "command", "name": "Robot", "url": "https://ci.test", "command": command}
	}
	s.call(s.keeper, "POST", path, body("deploy")).want(403)
	s.call(s.keeper, "POST", "/api/admin/hooks", body("deploy")).want(403)
	for _, name := range []string{"", "/", "two words", "7up", "ünïcode", strings.Repeat("x", 33), "a/b", "a.b"} {
		s.call(s.boss, "POST", path, body(name)).want(400, "INVALID_COMMAND")
	}
	long := body("deploy")
	long["usage"] = strings.Repeat("x", 81)
	s.call(s.boss, "POST", path, long).want(400, "USAGE_TOO_LONG")
	bad := body("deploy")
	bad["url"] = "javascript:alert(1)"
	s.call(s.boss, "POST", path, bad).want(400, "INVALID_URL")
	for _, name := range []string{"help", "/Invite"} {
		s.call(s.boss, "POST", path, body(name)).want(409, "COMMAND_BUILT_IN")
	}
	s.call(s.boss, "POST", path, body("build")).want(409, "COMMAND_TAKEN")
	made := s.call(s.boss, "POST", path, body("/Deploy")).want(201)
	if made.field("hook.command") != "deploy" || made.field("secret") == "" || made.field("token") == "" || made.field("path") != "" {
		t.Errorf("made %s", made.Body)
	}
	s.call(s.boss, "POST", path, body("deploy")).want(409, "COMMAND_TAKEN")
	everywhere := body("build")
	delete(everywhere, "kind")
	s.call(s.boss, "POST", "/api/admin/hooks", everywhere).want(409, "COMMAND_TAKEN")
	everywhere["command"] = "deploy"
	s.call(s.boss, "POST", "/api/admin/hooks", everywhere).want(409, "COMMAND_TAKEN")
	everywhere["command"] = "weather"
	id := s.call(s.boss, "POST", "/api/admin/hooks", everywhere).want(201).field("hook.id")
	s.call(s.boss, "POST", path, body("weather")).want(409, "COMMAND_TAKEN")
	if got := s.call(s.keeper, "GET", path, nil).want(200).Body.String(); !strings.Contains(got, `"command":"deploy"`) || strings.Contains(got, "weather") {
		t.Errorf("the channel has %s", got)
	}
	for _, c := range []struct {
		who  *actor
		want int
	}{{s.keeper, 404}, {s.boss, 200}} {
		s.call(c.who, "PUT", "/api/hooks/"+id, map[string]string{"url": "https://other.test", "about": "Say how it is"}).want(c.want)
		s.call(c.who, "POST", "/api/hooks/"+id+"/secret", nil).want(c.want)
	}
	s.call(s.boss, "POST", "/api/hooks/"+id+"/test", nil).want(400, "INVALID_KIND")
	s.call(s.keeper, "PUT", "/api/hooks/"+made.field("hook.id"), map[string]string{"url": "https://evil.test"}).want(403)
	if got := s.say(s.member, s.channel.ID, "/help").want(201).field("reply"); !strings.Contains(got, "/weather: Say how it is") || !strings.Contains(got, "/deploy") {
		t.Errorf("the help is %q", got)
	}
	s.call(s.keeper, "PUT", "/api/hooks/"+made.field("hook.id"), map[string]bool{"active": false}).want(200)
	s.say(s.member, s.channel.ID, "/deploy").want(400, "UNKNOWN_COMMAND")
	s.call(s.boss, "DELETE", "/api/hooks/"+id, nil).want(200)
	s.say(s.member, s.channel.ID, "/weather").want(400, "UNKNOWN_COMMAND")
	events, err := s.accounts.AuditLog(t.Context(), s.boss.User, accounts.EventQuery{Limit: 50})
	must(t, err)
	var seen []string
	for _, e := range events {
		if e.Details["kind"] == "command" {
			seen = append(seen, string(e.Action)+" "+e.Details["name"])
		}
	}
	if len(seen) < 6 {
		t.Errorf("the audit log has %v", seen)
	}
}

func TestCommandsHaveALimit(t *testing.T) {
	s := newHookScene(t)
	s.command(s.channel.ID, "deploy")
	for range 40 {
		if got := s.say(s.member, s.channel.ID, "/deploy"); got.Code == 429 {
			got.want(429, "TOO_MANY_CALLS")
			return
		}
	}
	t.Error("nothing was refused")
}

// Whoever holds a bot's token reads what the bot does; what a member calls must not open a channel or a conversation to them.
func TestACommandOfAllChannelsIsAMemberNowhere(t *testing.T) {
	s := newHookScene(t)
	made := s.command("", "weather")
	admins := chat.Admins
	_, err := s.chat.UpdateChannel(t.Context(), s.keeper.User, s.channel.ID, chat.ChannelChange{Inviting: &admins})
	must(t, err)
	direct, _, err := s.chat.DirectChannel(t.Context(), s.member.User, s.keeper.ID)
	must(t, err)
	bot, err := s.Accounts.Bot(t.Context(), s.boss.User, made.Hook.BotID)
	must(t, err)
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"Rain <!channel>"}`)
	for _, channelID := range []string{s.channel.ID, direct.ID} {
		s.say(s.member, channelID, "/weather berlin").want(201)
		if status, words := s.later(`{"response_type":"in_channel","text":"Sun"}`); status != 200 || words != "ok" {
			t.Errorf("later: %d %s", status, words)
		}
		got, err := s.chat.History(t.Context(), s.member.User, channelID, chat.Cut{Limit: 5})
		must(t, err)
		if len(got.Messages) != 2 || got.Messages[1].UserID != bot.ID || strings.Contains(got.Messages[0].HTML, `data-mention="channel"`) {
			t.Errorf("posted %+v", got.Messages)
		}
		if _, err := s.chat.History(t.Context(), bot, channelID, chat.Cut{Limit: 5}); !fault.Is(err, fault.NotFound) {
			t.Errorf("the bot reads what was said: %v", err)
		}
		if _, err := s.chat.EditMessage(t.Context(), bot, got.Messages[0].ID, "else"); !fault.Is(err, fault.NotFound) {
			t.Errorf("the bot edits where it is no member: %v", err)
		}
		if _, err := s.chat.PostMessage(t.Context(), bot, channelID, chat.Draft{Content: "uncalled"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("the bot posts uncalled: %v", err)
		}
	}
}

func TestACommandOfAllChannelsPostsByTheRightOfItsCaller(t *testing.T) {
	s := newHookScene(t)
	made := s.command("", "weather")
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"Rain"}`)
	s.whileAsked = func() { must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, s.member.ID)) }
	s.say(s.member, s.channel.ID, "/weather").want(400)
	s.whileAsked = nil
	if got := s.messages(); len(got) != 0 {
		t.Errorf("posted for who had left: %+v", got)
	}
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	_, err := s.chat.Mute(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID, time.Hour)
	must(t, err)
	s.say(s.keeper, s.channel.ID, "/weather").want(400, "COMMAND_FAILED")
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	s.say(s.keeper, s.channel.ID, "/weather").want(201)
	if _, _, err := s.chat.Place(t.Context(), s.channel.ID, made.Hook.BotID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a bot that was taken out came back: %v", err)
	}
}

func TestACommandSaysNothingWhileItsBotIsSwitchedOff(t *testing.T) {
	for _, everywhere := range []bool{false, true} {
		s := newHookScene(t)
		channelID := s.channel.ID
		if everywhere {
			channelID = ""
		}
		made := s.command(channelID, "weather")
		s.answer.Body = []byte(`{"response_type":"in_channel","text":"Rain"}`)
		s.say(s.member, s.channel.ID, "/weather berlin").want(201)
		must(t, s.Accounts.RemoveBot(t.Context(), s.boss.User, made.Hook.BotID))
		if got := s.say(s.member, s.channel.ID, "/weather berlin").want(400, "COMMAND_FAILED").field("message"); !strings.Contains(got, "switched its bot off") {
			t.Errorf("told %q", got)
		}
		for _, body := range []string{`{"response_type":"in_channel","text":"Sun"}`, `{"text":"Sun"}`} {
			if status, words := s.later(body); status != 404 || words != "expired_url" {
				t.Errorf("later: %d %s", status, words)
			}
		}
		if got := s.messages(); len(got) != 1 {
			t.Errorf("it said %+v", got)
		}
		_, err := s.Accounts.RestoreBot(t.Context(), s.boss.User, made.Hook.BotID)
		must(t, err)
		if everywhere {
			s.say(s.member, s.channel.ID, "/weather berlin").want(201)
		}
	}
}

func TestACallThatWasAnsweredIsNotMadeAgainWhateverBecomesOfTheAnswer(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"Deployed"}`)
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1").want(400, "COMMAND_FAILED")
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k1")
	if len(s.sent) != 1 {
		t.Errorf("a retry made %d calls", len(s.sent))
	}
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	if status, words := s.later(`{"response_type":"in_channel","text":"All the same"}`); status != 200 || words != "ok" || len(s.messages()) != 1 {
		t.Errorf("later: %d %s, with %d messages", status, words, len(s.messages()))
	}
}

func TestACallSentAgainShowsTheFirstAnswer(t *testing.T) {
	s := newHookScene(t)
	made := s.command(s.channel.ID, "deploy")
	s.command("", "weather")
	s.answer.Body = []byte("first *answer*")
	said := s.say(s.member, s.channel.ID, "/deploy main", "client_id", "k1").want(201).field("reply")
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"Deployed"}`)
	posted := s.say(s.member, s.channel.ID, "/deploy main", "client_id", "k2").want(201)
	s.answer.Body = []byte("another one")
	if got := s.say(s.member, s.channel.ID, "/deploy main", "client_id", "k1").want(201).field("reply"); got != said {
		t.Errorf("the same call is answered %q, and was %q", got, said)
	}
	if got := s.say(s.member, s.channel.ID, "/deploy main", "client_id", "k2").want(201).field("message.id"); got == "" || got != posted.field("message.id") {
		t.Errorf("the same call posted %q, and had %q", got, posted.Body)
	}
	root, err := s.chat.PostMessage(t.Context(), s.keeper.User, s.channel.ID, chat.Draft{Content: "shall we?"})
	must(t, err)
	s.say(s.member, s.channel.ID, "/deploy other", "client_id", "k1").want(422, "IDEMPOTENCY_KEY_REUSED")
	s.say(s.member, s.channel.ID, "/deploy main", "client_id", "k1", "parent_message_id", root.ID).want(422, "IDEMPOTENCY_KEY_REUSED")
	s.say(s.keeper, s.channel.ID, "/deploy other", "client_id", "k1").want(201)
	direct, _, err := s.chat.DirectChannel(t.Context(), s.member.User, s.keeper.ID)
	must(t, err)
	s.say(s.member, s.channel.ID, "/weather", "client_id", "k1").want(201)
	s.say(s.member, direct.ID, "/weather", "client_id", "k1").want(422, "IDEMPOTENCY_KEY_REUSED")
	if len(s.sent) != 4 || len(s.messages()) != 2 {
		t.Errorf("%d calls, %d messages", len(s.sent), len(s.messages()))
	}
	// What could not be posted is posted by the retry.
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"At last"}`)
	must(t, s.chat.RemoveMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k3").want(400, "COMMAND_FAILED")
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k3").want(400, "COMMAND_FAILED")
	must(t, s.chat.AddMember(t.Context(), s.keeper.User, s.channel.ID, made.Hook.BotID))
	s.say(s.member, s.channel.ID, "/deploy", "client_id", "k3").want(201)
	if got := s.messages(); len(s.sent) != 5 || got[len(got)-1].Content != "At last" {
		t.Errorf("%d calls, and at last %q", len(s.sent), got[len(got)-1].Content)
	}
}

// failing is a store that takes so many messages more and then no longer, as long as it is asked to.
type failing struct {
	chat.Store
	takes *int // -1 for all
}

func (f failing) AppendMessage(ctx context.Context, m chat.Message) (chat.Message, bool, error) {
	if *f.takes == 0 {
		return chat.Message{}, false, fault.Away("DATABASE_UNAVAILABLE", "It is away.", nil)
	}
	if *f.takes > 0 {
		*f.takes--
	}
	return f.Store.AppendMessage(ctx, m)
}

func TestALaterAnswerThatWasCutOffIsNotPostedTwice(t *testing.T) {
	takes := -1
	s := newHookScene(t, func(o *doortest.Options) {
		o.Chat = func(store chat.Store) chat.Store { return failing{store, &takes} }
	})
	s.command(s.channel.ID, "deploy")
	s.say(s.member, s.channel.ID, "/deploy").want(201)
	long := `{"response_type":"in_channel","text":"` + strings.Repeat("a", 1990) + `\n\n` + strings.Repeat("b", 1990) + `\n\n` + strings.Repeat("c", 99) + `"}`
	takes = 2
	for range 7 { // more often than a call can be answered
		if status, words := s.later(long); status != 503 || len(s.messages()) != 2 {
			t.Fatalf("%d %s, with %d messages", status, words, len(s.messages()))
		}
		takes = 0
	}
	takes = -1
	for i, c := range []struct {
		body     string
		messages int
	}{{long, 3}, {long, 6}, {`{"response_type":"in_channel","text":"x"}`, 7}, {`{"response_type":"in_channel","text":"x"}`, 8}, {`{"text":"x"}`, 8}} {
		if status, words := s.later(c.body); status != 200 || len(s.messages()) != c.messages {
			t.Errorf("answer %d: %d %s, with %d messages, want %d", i, status, words, len(s.messages()), c.messages)
		}
	}
	if status, words := s.later(`{"text":"y"}`); status != 404 || words != "used_url" {
		t.Errorf("a sixth answer: %d %s", status, words)
	}
}

func TestAnAnswerLosesWhatNoMessageMayHave(t *testing.T) {
	s := newHookScene(t)
	s.command(s.channel.ID, "deploy")
	for _, body := range []string{"a\x00b", `{"text":"a\u0000b"}`, `{"blocks":[{"type":"section","text":{"type":"plain_text","text":"a\u0000b"}}]}`} {
		s.answer.Body = []byte(body)
		if got := s.say(s.member, s.channel.ID, "/deploy").want(201).field("reply"); got != "ab" {
			t.Errorf("%q is shown as %q", body, got)
		}
	}
	s.answer.Body = []byte(`{"response_type":"in_channel","text":"a\u0000b"}`)
	if got := s.say(s.member, s.channel.ID, "/deploy").want(201).field("message.content"); got != "ab" {
		t.Errorf("posted %q", got)
	}
	s.answer.Body = []byte("\x00")
	if got := s.say(s.member, s.channel.ID, "/deploy").want(201).field("reply"); got != "/deploy was called." {
		t.Errorf("nothing is shown as %q", got)
	}
	if status, words := s.later(`{"text":"\u0000"}`); status != 400 || words != "no_text" {
		t.Errorf("later: %d %s", status, words)
	}
}
