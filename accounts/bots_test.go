package accounts_test

import (
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

func (w *world) admin(t *testing.T) accounts.User {
	t.Helper()
	u, err := w.CreateAdmin(t.Context(), accounts.Draft{Email: "boss@example.test", Password: good, Name: "Boss"})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) bot(t *testing.T, owner accounts.User, name string) accounts.User {
	t.Helper()
	bot, err := w.CreateBot(t.Context(), owner, accounts.BotDraft{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return bot
}

func TestABotIsNobodyWhoSignsIn(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	welcomed := len(w.welcomed)
	bot := w.bot(t, admin, "Deploy bot")
	if !bot.Bot || bot.OwnerID != admin.ID || bot.Username != "deploy-bot" || bot.Role != accounts.RoleUser || len(w.welcomed) != welcomed {
		t.Fatalf("%+v, welcomed %v", bot, w.welcomed)
	}
	if _, err := w.Authenticate(t.Context(), bot.Email, ""); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a password: %v", err)
	}
	refused(t, w.RequestPasswordReset(t.Context(), bot.Email, ""), fault.Invalid, "INVALID_EMAIL")
	if _, _, err := w.OpenSession(t.Context(), bot, token("a"), accounts.Entrance{Way: accounts.WayPassword}); err == nil {
		t.Error("a session was opened")
	}
	_, err := w.StartChallenge(t.Context(), accounts.Challenge{User: bot})
	refused(t, err, fault.Unauthenticated, "INVALID_EMAIL_OR_PASSWORD")
	_, err = w.Named(t.Context(), bot.ID, "")
	refused(t, err, fault.Unauthenticated, "UNAUTHORIZED")
	_, err = w.SignUp(t.Context(), accounts.Draft{Email: bot.Email, Password: good, Name: "Ada"})
	refused(t, err, fault.Invalid, "INVALID_EMAIL")
}

func TestAnAdminCannotDoToABotWhatIsForPeople(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	bot := w.bot(t, admin, "Deploy")
	_, roleErr := w.SetRole(t.Context(), admin, bot.ID, accounts.RoleAdmin)
	_, linkErr := w.ResetLink(t.Context(), admin, bot.ID)
	_, actErr := w.MayImpersonate(t.Context(), admin, bot.ID)
	_, banErr := w.BanUser(t.Context(), admin, bot.ID, accounts.Ban{})
	_, nameErr := w.ChangeProfile(t.Context(), bot.ID, accounts.ProfileChange{Name: new("Ada")})
	for what, err := range map[string]error{
		"role": roleErr, "reset link": linkErr, "impersonation": actErr, "ban": banErr, "own profile": nameErr,
		"password": w.SetUserPassword(t.Context(), admin, bot.ID, good), "removal": w.RemoveUser(t.Context(), admin, bot.ID),
	} {
		if fault.From(err) == nil || fault.From(err).Code != "USER_IS_BOT" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestNobodyPassesForABotNorABotForSomebody(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	ada := w.join(t, "ada@example.test", good)
	if _, err := w.ChangeProfile(t.Context(), ada.ID, accounts.ProfileChange{DisplayName: new("Ada Lovelace"), Username: new("lovelace")}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Ada Lovelace", "ada-lovelace!", "Аda Lоvelace", "ADA L0VELACE", "Lovelace"} {
		_, err := w.CreateBot(t.Context(), admin, accounts.BotDraft{Name: name})
		refused(t, err, fault.Invalid, "NAME_TAKEN")
	}
	for _, name := range []string{"", "admin", "Pegasus", "ѕystem", "System\u202e", "\u200b", "bot", "everyone", strings.Repeat("x", 81)} {
		if _, err := w.CreateBot(t.Context(), admin, accounts.BotDraft{Name: name}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err := w.CreateBot(t.Context(), admin, accounts.BotDraft{Name: "Weather", Username: "lovelace"})
	refused(t, err, fault.Invalid, "NAME_TAKEN")
	bot := w.bot(t, admin, "Weather")
	for _, name := range []string{"Weather", "weather!", "Wеather"} { // the last with a Cyrillic letter
		_, err := w.ChangeProfile(t.Context(), ada.ID, accounts.ProfileChange{Name: &name})
		refused(t, err, fault.Invalid, "NAME_RESERVED")
		_, err = w.SignUp(t.Context(), accounts.Draft{Email: "eve@example.test", Password: good, Name: name})
		refused(t, err, fault.Invalid, "NAME_RESERVED")
	}
	if _, err := w.UpdateBot(t.Context(), admin, bot.ID, accounts.BotChange{Name: new("Lovelace")}); fault.From(err) == nil || fault.From(err).Code != "NAME_TAKEN" {
		t.Errorf("a new name: %v", err)
	}
	if bot, err = w.UpdateBot(t.Context(), admin, bot.ID, accounts.BotChange{Name: new("Forecast"), About: new("Says what comes")}); err != nil || bot.Name != "Forecast" || bot.StatusMessage != "Says what comes" {
		t.Errorf("%+v, %v", bot, err)
	}
	second := w.bot(t, admin, "Forecast")
	if second.Username == bot.Username {
		t.Errorf("two bots are @%s", second.Username)
	}
}

func TestABotsTokenEndsWithIt(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	session := w.open(t, admin, token("a"), true)
	bot := w.bot(t, admin, "Deploy")
	scopes := []accounts.Scope{accounts.ScopeRead, accounts.ScopeWrite}
	_, secret, err := w.CreateBotToken(t.Context(), admin, session, bot.ID, "build server", scopes, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, u, err := w.TokenUser(t.Context(), secret); err != nil || u.ID != bot.ID || !u.Bot {
		t.Fatalf("%+v, %v", u, err)
	}
	if letter, ok := w.letters.Last(admin.Email, accounts.LetterNotice); !ok || !strings.Contains(letter.About["what"], "Deploy") {
		t.Errorf("the admin was told %+v", letter)
	}
	if _, _, err := w.CreateBotToken(t.Context(), admin, session, bot.ID, "x", []accounts.Scope{accounts.ScopeAdmin}, 0); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an admin's token for a bot: %v", err)
	}
	spoken, err := w.CreateBot(t.Context(), admin, accounts.BotDraft{Name: "Plugin", Tokenless: true})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.CreateBotToken(t.Context(), admin, session, spoken.ID, "x", scopes, 0)
	refused(t, err, fault.Conflict, "BOT_TOKENLESS")
	if err := w.DeactivateBot(t.Context(), admin, bot.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.TokenUser(t.Context(), secret); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("after the end: %v", err)
	}
	if tokens, err := w.BotTokens(t.Context(), admin, bot.ID); err != nil || len(tokens) != 0 {
		t.Errorf("%+v, %v", tokens, err)
	}
	if len(w.left) != 1 || w.left[0] != bot.ID {
		t.Errorf("left %v", w.left)
	}
	if err := w.DeactivateBot(t.Context(), admin, bot.ID); err != nil {
		t.Errorf("again: %v", err)
	}
	_, _, err = w.CreateBotToken(t.Context(), admin, session, bot.ID, "late", scopes, 0)
	refused(t, err, fault.NotFound, "BOT_NOT_FOUND")
	if _, err := w.RestoreBot(t.Context(), w.join(t, "ada@example.test", good), bot.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("everyone switches bots on: %v", err)
	}
	for range 2 {
		if back, err := w.RestoreBot(t.Context(), admin, bot.ID); err != nil || back.Deactivated || back.ID != bot.ID {
			t.Errorf("switched on it is %+v, %v", back, err)
		}
	}
	if _, _, err := w.TokenUser(t.Context(), secret); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a token came back with its bot: %v", err)
	}
	if _, _, err = w.CreateBotToken(t.Context(), admin, session, bot.ID, "new", scopes, 0); err != nil || w.events(t, bot, accounts.ActionBotRestored) != 1 {
		t.Errorf("a new token: %v", err)
	}
	if w.events(t, bot, accounts.ActionBotCreated) != 1 || w.events(t, bot, accounts.ActionBotRemoved) != 1 {
		t.Error("not in the audit log")
	}
}

func TestOnlyAdminsKeepBots(t *testing.T) {
	w := newWorld(t)
	admin := w.admin(t)
	ada := w.join(t, "ada@example.test", good)
	session := w.open(t, ada, token("a"), true)
	bot := w.bot(t, admin, "Deploy")
	_, addErr := w.AddBot(t.Context(), ada, accounts.BotDraft{Name: "Mine"})
	_, listErr := w.Bots(t.Context(), ada, "", 10)
	_, changeErr := w.ChangeBot(t.Context(), ada, bot.ID, accounts.BotChange{})
	_, tokensErr := w.BotTokens(t.Context(), ada, bot.ID)
	_, _, tokenErr := w.CreateBotToken(t.Context(), ada, session, bot.ID, "x", []accounts.Scope{accounts.ScopeRead}, 0)
	for what, err := range map[string]error{
		"add": addErr, "list": listErr, "change": changeErr, "tokens": tokensErr, "make a token": tokenErr,
		"remove": w.RemoveBot(t.Context(), ada, bot.ID), "delete a token": w.DeleteBotToken(t.Context(), ada, bot.ID, "x"),
	} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := w.Bot(t.Context(), admin, ada.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a person as a bot: %v", err)
	}
	if bots, err := w.Bots(t.Context(), admin, "", 10); err != nil || len(bots) != 1 {
		t.Errorf("%+v, %v", bots, err)
	}
}
