package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/hooks"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// integrationRoutes are the pages of bots and webhooks.
func (d *door) integrationRoutes(get, post func(string, http.HandlerFunc)) {
	get("/chat/{channel}/integrations", member(d.showIntegrations))
	post("/chat/{channel}/integrations", member(d.createHook))
	post("/chat/{channel}/integrations/{hook}", member(d.changeHook))
	get("/admin/integrations", member(d.listIntegrations))
	post("/admin/hooks", member(d.createCommand))
	post("/admin/hooks/{hook}", member(d.changeAnyHook))
	post("/admin/bots", member(d.createBot))
	get("/admin/bots/{bot}", member(d.showBot))
	post("/admin/bots/{bot}", member(d.changeBot))
	post("/admin/bots/{bot}/tokens", member(d.createBotToken))
	post("/admin/bots/{bot}/tokens/{token}/delete", member(d.deleteBotToken))
}

const (
	hooksPage = 100 // webhooks on one page
	botsShown = accounts.MaxBots
)

func (d *door) integrations(r *http.Request, me accounts.User) (page views.Integrations, err error) {
	c, m, err := d.Chat.Channel(r.Context(), me, chi.URLParam(r, "channel"))
	if err != nil {
		return page, err
	}
	if page.Channel, err = d.channel(r.Context(), me, c, m); err != nil {
		return page, err
	}
	if page.Shell, err = d.shell(r, me, "Integrations of "+page.Channel.Name, views.PlaceChat, c.ID); err != nil {
		return page, err
	}
	if page.Keeps = !c.IsDirect() && chat.MayManage(me, m); page.Keeps {
		all, err := d.Hooks.List(r.Context(), me, c.ID)
		if err != nil {
			return page, err
		}
		for _, h := range all {
			row := views.HookRow{Hook: h}
			if h.Kind == hooks.Outgoing {
				if row.Deliveries, err = d.Hooks.Deliveries(r.Context(), me, h.ID); err != nil {
					return page, err
				}
			}
			page.Hooks = append(page.Hooks, row)
		}
	}
	list, mayInstall, err := d.Plugins.InstallsIn(r.Context(), me, c.ID)
	if err != nil {
		return page, err
	}
	page.Install = mayInstall && !c.Archived
	for _, i := range list {
		page.Plugins = append(page.Plugins, placed(i))
	}
	return page, d.channelBots(r, me, c, m, &page)
}

// channelBots fills in which bots are in a channel, and which an admin could add.
func (d *door) channelBots(r *http.Request, me accounts.User, c chat.Channel, m chat.Member, page *views.Integrations) error {
	bots, err := d.Accounts.BotsOn(r.Context())
	if err != nil {
		return err
	}
	ids := make([]string, len(bots))
	for i, b := range bots {
		ids[i] = b.ID
	}
	here, err := d.Chat.MembersAmong(r.Context(), me, c.ID, ids)
	mayAdd := me.IsAdmin() && chat.MayInvite(me, c, m) && !c.Archived
	for _, b := range bots {
		if slices.ContainsFunc(here, func(m chat.Member) bool { return m.UserID == b.ID }) {
			page.Bots = append(page.Bots, person(b, d.Chat.Presence(b)))
		} else if mayAdd {
			page.Others = append(page.Others, person(b, b.Status))
		}
	}
	return err
}

func (d *door) showIntegrations(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.integrations(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.IntegrationsPage(page))
	return nil
}

// made is what is shown of a new secret.
func (d *door) made(m hooks.Made) views.Secret {
	if m.Hook.Kind == hooks.Incoming {
		return views.Secret{Address: d.URL + "/hooks/" + m.Secret}
	}
	return views.Secret{Secret: m.Secret, Token: m.Token}
}

// hookDraft reads the form of a new webhook or command.
func hookDraft(r *http.Request) (views.HookDraft, hooks.Draft) {
	f := views.HookDraft{
		Kind: hooks.Kind(r.PostForm.Get("kind")), Name: r.PostForm.Get("name"), Crowds: r.PostForm.Get("crowds") != "",
		URL: r.PostForm.Get("url"), Triggers: r.PostForm.Get("triggers"),
		Command: r.PostForm.Get("command"), Usage: r.PostForm.Get("usage"), About: r.PostForm.Get("about"),
	}
	return f, hooks.Draft{
		Kind: f.Kind, Name: f.Name, Crowds: f.Crowds, URL: f.URL, Triggers: strings.Fields(strings.ReplaceAll(f.Triggers, ",", " ")),
		Command: f.Command, Usage: f.Usage, About: f.About,
	}
}

// createHook shows the secret of a new webhook in its answer, and nowhere else.
func (d *door) createHook(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f, draft := hookDraft(r)
	return d.channelHooks(w, r, me, f, func() (hooks.Made, error) {
		return d.Hooks.Create(r.Context(), me, chi.URLParam(r, "channel"), draft)
	})
}

// channelHooks makes a secret and shows the page of a channel with it, or with the form of what could not be made. The page is read
// first: a secret that nobody saw would leave a webhook that nobody can use.
func (d *door) channelHooks(w http.ResponseWriter, r *http.Request, me accounts.User, f views.HookDraft, make func() (hooks.Made, error)) error {
	page, err := d.integrations(r, me)
	if err != nil {
		return err
	}
	made, err := make()
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		return err
	}
	if err == nil {
		page.Made, page.Hooks = d.made(made), withHook(page.Hooks, views.HookRow{Hook: made.Hook})
		render(w, r, http.StatusOK, views.IntegrationsPage(page))
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Draft, page.Wrong = f, problem
		return views.IntegrationsPage(page)
	})
}

// withHook puts a webhook as it is now in its place of a list, or at its end.
func withHook(rows []views.HookRow, row views.HookRow) []views.HookRow {
	for i := range rows {
		if rows[i].ID == row.ID {
			rows[i].Hook = row.Hook
			return rows
		}
	}
	return append(rows, row)
}

// changeHook does what a button beside a webhook says.
func (d *door) changeHook(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	channelID, hookID := chi.URLParam(r, "channel"), chi.URLParam(r, "hook")
	h, err := d.Hooks.Hook(r.Context(), me, hookID)
	if err == nil && h.ChannelID != channelID {
		err = hooks.ErrHook
	}
	if err != nil {
		return err
	}
	switch action := r.PostForm.Get("action"); action {
	case "secret":
		return d.channelHooks(w, r, me, views.HookDraft{}, func() (hooks.Made, error) { return d.Hooks.ReplaceSecret(r.Context(), me, hookID) })
	case "test":
		if err := d.Hooks.Test(r.Context(), me, hookID); err != nil {
			return err
		}
		d.note(r, "The test is on its way")
	default:
		if err := d.switchHook(r, me, hookID, action); err != nil {
			return err
		}
	}
	return done(w, r, "/chat/"+channelID+"/integrations")
}

func (d *door) switchHook(r *http.Request, me accounts.User, hookID, action string) error {
	switch action {
	case "on", "off":
		off := action == "off"
		_, err := d.Hooks.Change(r.Context(), me, hookID, hooks.Update{Off: &off})
		return err
	case "delete":
		err := d.Hooks.Delete(r.Context(), me, hookID)
		if err == nil {
			d.note(r, "It is deleted")
		}
		return err
	}
	return fault.Field("action", "INVALID_ACTION", "This is nothing that can be done to a webhook.")
}

func (d *door) adminIntegrations(r *http.Request, me accounts.User) (page views.AdminIntegrations, err error) {
	if page.Bots, err = d.Accounts.Bots(r.Context(), me, "", botsShown); err != nil {
		return page, err
	}
	all, err := d.Hooks.All(r.Context(), me, r.URL.Query().Get("after"), hooksPage+1)
	if err != nil {
		return page, err
	}
	all, more := upTo(all, hooksPage)
	ids := make([]string, len(all))
	for i, h := range all {
		ids[i] = h.ChannelID
	}
	ids = slices.DeleteFunc(ids, func(channelID string) bool { return channelID == "" })
	names, err := d.Chat.ChannelNames(r.Context(), me, ids)
	if err != nil {
		return page, err
	}
	for _, h := range all {
		place := names[h.ChannelID]
		if h.ChannelID == "" {
			place = "all channels"
		} else if place == "" {
			place = "a channel that is gone"
		}
		page.Hooks = append(page.Hooks, views.HookRow{Hook: h, Place: place})
	}
	if more {
		page.More = "/admin/integrations?" + url.Values{"after": {all[len(all)-1].ID}}.Encode()
	}
	page.Own, err = d.adminFrame(r, me, views.TabIntegrations)
	return page, err
}

func (d *door) listIntegrations(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.adminIntegrations(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminIntegrationsPage(page))
	return nil
}

// createCommand makes a command of all channels, and shows its secret in its answer and nowhere else.
func (d *door) createCommand(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	f, draft := hookDraft(r)
	draft.Kind = hooks.SlashCommand
	return d.adminHooks(w, r, me, f, func() (hooks.Made, error) { return d.Hooks.Create(r.Context(), me, "", draft) })
}

// adminHooks is channelHooks for the list of all integrations.
func (d *door) adminHooks(w http.ResponseWriter, r *http.Request, me accounts.User, f views.HookDraft, make func() (hooks.Made, error)) error {
	page, err := d.adminIntegrations(r, me)
	if err != nil {
		return err
	}
	made, err := make()
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
		return err
	}
	if err == nil {
		page.Made, page.Hooks = d.made(made), withHook(page.Hooks, views.HookRow{Hook: made.Hook, Place: "all channels"})
		render(w, r, http.StatusOK, views.AdminIntegrationsPage(page))
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Draft, page.Form, page.Wrong = f, string(hooks.SlashCommand), problem
		return views.AdminIntegrationsPage(page)
	})
}

func (d *door) changeAnyHook(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := accounts.RequireAdmin(me); err != nil {
		return err
	}
	hookID, action := chi.URLParam(r, "hook"), r.PostForm.Get("action")
	if action == "secret" {
		return d.adminHooks(w, r, me, views.HookDraft{}, func() (hooks.Made, error) { return d.Hooks.ReplaceSecret(r.Context(), me, hookID) })
	}
	if err := d.switchHook(r, me, hookID, action); err != nil {
		return err
	}
	return done(w, r, "/admin/integrations")
}

func (d *door) createBot(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	name, about := r.PostForm.Get("name"), r.PostForm.Get("about")
	bot, err := d.Accounts.AddBot(r.Context(), me, accounts.BotDraft{Name: name, About: about})
	if err == nil {
		d.note(r, bot.Name+" is made. Make a token for it, and add it to a channel.")
		return done(w, r, "/admin/bots/"+bot.ID)
	}
	if fault.Is(err, fault.Forbidden) {
		return err
	}
	page, failed := d.adminIntegrations(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Name, page.About, page.Form, page.Wrong = name, about, "bot", problem
		return views.AdminIntegrationsPage(page)
	})
}

func (d *door) bot(r *http.Request, me accounts.User) (page views.AdminBot, err error) {
	if page.Bot, err = d.Accounts.Bot(r.Context(), me, chi.URLParam(r, "bot")); err != nil {
		return page, err
	}
	if page.Own, err = d.adminFrame(r, me, views.TabIntegrations); err != nil {
		return page, err
	}
	all, err := d.Accounts.BotTokens(r.Context(), me, page.Bot.ID)
	page.Tokens = views.Tokens{Tokens: all, Now: d.Now(), Scopes: map[accounts.Scope]bool{accounts.ScopeRead: true, accounts.ScopeWrite: true}, Life: "365"}
	return page, err
}

func (d *door) showBot(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.bot(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AdminBotPage(page))
	return nil
}

func (d *door) changeBot(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	botID := chi.URLParam(r, "bot")
	if r.PostForm.Get("action") == "remove" {
		if err := d.Accounts.RemoveBot(r.Context(), me, botID); err != nil {
			return err
		}
		d.note(r, "The bot is switched off")
		return done(w, r, "/admin/integrations")
	}
	if r.PostForm.Get("action") == "on" {
		return d.restoreBot(w, r, me, botID)
	}
	name, about := r.PostForm.Get("name"), r.PostForm.Get("about")
	_, err := d.Accounts.ChangeBot(r.Context(), me, botID, accounts.BotChange{Name: &name, About: &about})
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, "/admin/bots/"+botID)
	}
	page, failed := d.bot(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Bot.Name, page.Bot.StatusMessage, page.Form, page.Wrong = name, about, "bot", problem
		return views.AdminBotPage(page)
	})
}

func (d *door) restoreBot(w http.ResponseWriter, r *http.Request, me accounts.User, botID string) error {
	bot, err := d.Accounts.RestoreBot(r.Context(), me, botID)
	if err == nil {
		d.note(r, bot.Shown()+" is switched on. Make a token for it, and add it to a channel.")
		return done(w, r, "/admin/bots/"+botID)
	}
	page, failed := d.bot(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Form, page.Wrong = "on", problem
		return views.AdminBotPage(page)
	})
}

// createBotToken shows the new token in its answer, and nowhere else.
func (d *door) createBotToken(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	current, _ := sessions.From(r.Context())
	var scopes []accounts.Scope
	for _, s := range r.PostForm["scopes"] {
		scopes = append(scopes, accounts.Scope(s))
	}
	page, err := d.bot(r, me)
	if err != nil {
		return err
	}
	err = d.Limits.Factor.Take(w, r, web.ClientKey(r))
	var life time.Duration
	if err == nil {
		life, err = many(r, "life", 24*time.Hour)
	}
	var made accounts.Token
	if err == nil {
		made, page.Made, err = d.Accounts.CreateBotToken(r.Context(), me, current.Session, page.Bot.ID, r.PostForm.Get("name"), scopes, life)
	}
	if err == nil {
		page.Tokens.Tokens = append([]accounts.Token{made}, page.Tokens.Tokens...)
		render(w, r, http.StatusOK, views.AdminBotPage(page))
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Tokens.Name, page.Tokens.Form, page.Tokens.Wrong = r.PostForm.Get("name"), "token", problem
		return views.AdminBotPage(page)
	})
}

func (d *door) deleteBotToken(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	botID := chi.URLParam(r, "bot")
	if err := d.Accounts.DeleteBotToken(r.Context(), me, botID, chi.URLParam(r, "token")); err != nil {
		return err
	}
	d.note(r, "The token is deleted")
	return done(w, r, "/admin/bots/"+botID)
}
