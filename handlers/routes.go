// Package handlers is the HTML door: pages, forms and the stream that keeps pages live. It holds no rule; it reads the
// input, calls the domain and shows what comes back. Every flow works with scripts off.
package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/backup"
	"pegasus/brand"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/files"
	"pegasus/hooks"
	"pegasus/notify"
	"pegasus/ops"
	"pegasus/plugins"
	"pegasus/queue"
	"pegasus/sessions"
	"pegasus/sessions/oauth"
	"pegasus/sessions/passkey"
	"pegasus/trouble"
	"pegasus/views"
	"pegasus/web"
)

// Deps are the parts that the door stands on. Every part but Mails must be set.
type Deps struct {
	Accounts  *accounts.Service
	Chat      *chat.Service
	Hooks     *hooks.Service
	Plugins   *plugins.Service
	Sessions  *sessions.Manager
	Providers *oauth.Providers
	Passkeys  *passkey.Ceremonies
	Avatars   *files.Avatars
	Files     *files.Uploads
	Notify    *notify.Service
	Ops       *ops.Service
	Backups   *backup.Service
	Brand     *brand.Service
	Broker    *events.Broker
	Limits    *web.Limits
	Now       func() time.Time
	URL       string // where people reach the server, without a slash at its end
	// Mails returns up to n mails of the outbox, newest first, for the page that exists in development only; nil elsewhere.
	Mails func(ctx context.Context, n int) ([]views.Mail, error)
	// Jobs are those that the same pages show, and Trouble the failures that they switch on.
	Jobs    queue.Store
	Trouble *trouble.Switches
	Server  Server
	// Icon returns a picture of another server as a PNG, by the two parts of its path. It is NotFound where there is none.
	Icon func(ctx context.Context, mac, address string) ([]byte, error)
	// Document returns the OpenAPI document of the API.
	Document func() ([]byte, error)
}

type door struct{ Deps }

// Routes adds every page to r. Requests must come through sessions.Manager.Load and web.Page.
func Routes(r chi.Router, deps Deps) {
	d := &door{deps}
	r.NotFound(handle(notFound))
	r.MethodNotAllowed(wrongMethod)
	r = r.With(d.withBrand, d.withEmoji)
	r.With(web.Body(maxAvatarForm)).Post("/profile/avatar", member(d.setAvatar))
	r.With(web.Body(d.maxMessageForm())).Post("/chat/{channel}/messages", member(d.createMessage))
	r.With(web.Body(d.maxMessageForm())).Post("/chat/{channel}/later", member(d.laterFromComposer))
	r.With(web.Body(d.maxMessageForm())).Post("/chat/{channel}/thread/{message}", member(d.createReply))
	r.With(web.Body(d.maxMessageForm())).Post("/chat/{channel}/thread/{message}/later", member(d.laterFromComposer))
	r.With(web.Body(maxEmojiForm)).Post("/emoji", member(d.addEmoji))
	r.With(web.Body(maxLogoForm)).Post("/admin/branding", member(d.changeBrand))
	r.With(web.Body(maxSourceForm)).Post("/plugins/{name}/files", member(d.writeFile))
	r.With(web.Body(maxTryForm)).Post("/plugins/{name}/try", member(d.tryPlugin))
	r = r.With(web.Body(web.MaxBody))

	get := func(path string, h http.HandlerFunc) {
		r.Get(path, h)
		r.Head(path, h)
	}
	d.accessRoutes(r, get)

	get("/chat", member(d.chatHome))
	get("/chat/{channel}", member(d.showChannel))
	get("/chat/{channel}/frame", member(d.showFrame))
	get("/frame", member(d.showFrame))
	get("/chat/{channel}/messages/{message}/edit", member(d.showEdit))
	r.Post("/chat/{channel}/messages/{message}/edit", member(d.editMessage))
	get("/chat/{channel}/messages/{message}/delete", member(d.showDelete))
	r.Post("/chat/{channel}/messages/{message}/delete", member(d.deleteMessage))
	get("/chat/{channel}/messages/{message}/report", member(d.showReport))
	r.Post("/chat/{channel}/messages/{message}/report", member(d.reportMessage))
	r.Post("/chat/{channel}/read", member(d.markRead))
	r.Post("/chat/{channel}/typing", member(d.setTyping))
	r.Post("/chat/{channel}/join", member(d.joinChannel))
	r.Post("/chat/{channel}/leave", member(d.leaveChannel))
	get("/chat/{channel}/edit", member(d.showChannelSettings))
	r.Post("/chat/{channel}/edit", member(d.updateChannel))
	r.Post("/chat/{channel}/archive", member(d.archiveChannel))
	get("/chat/{channel}/complete", member(d.complete))
	r.Post("/chat/{channel}/draft", member(d.saveDraft))
	get("/drafts", member(d.showDrafts))
	r.Post("/drafts/delete", member(d.deleteDraft))
	get("/chat/{channel}/files", member(d.showFiles))
	get("/files/{key}", member(d.showFile))
	r.Post("/chat/{channel}/unarchive", member(d.unarchiveChannel))
	r.Post("/chat/{channel}/section", member(d.setSection))
	get("/sidebar", member(d.showSection))
	r.Post("/sidebar", member(d.changeSection))
	r.Post("/sidebar/fold", member(d.foldSection))
	r.Post("/sidebar/order", member(d.orderSection))
	r.Post("/sidebar/move", member(d.moveChannel))
	r.Post("/sidebar/unread", member(d.showUnread))
	get("/chat/{channel}/day", member(d.goToDay))
	get("/chat/{channel}/about", member(d.showAbout))
	r.Post("/chat/{channel}/topic", member(d.setTopic))
	get("/chat/{channel}/members", member(d.showMembers))
	r.Post("/chat/{channel}/members", member(d.changeMembers))

	get("/channels", member(d.browseChannels))
	get("/channels/new", member(d.showNewChannel))
	r.Post("/channels/new", member(d.createChannel))
	get("/avatars/{key}", member(d.avatar))
	get("/icons/{mac}/{address}", member(d.botIcon))
	get("/users", member(d.listUsers))
	d.unreadRoutes(get, r.Post)
	d.notificationRoutes(get, r.Post)
	d.awayRoutes(get, r.Post)
	d.findingRoutes(get, r.Post)
	d.customRoutes(get, r.Post)
	d.groupRoutes(get, r.Post)
	d.markRoutes(get, r.Post)
	get("/users/{user}", member(d.showCard))
	get("/ops", member(d.showOps))
	d.talkRoutes(get, r.Post)
	d.laterRoutes(get, r.Post)
	d.threadRoutes(get, r.Post)
	d.rehearsalRoutes(r.Post)
	d.profileRoutes(get, r.Post)
	d.integrationRoutes(get, r.Post)
	d.adminRoutes(get, r.Post)
	d.dataRoutes(get, r.Post)
	d.budgetRoutes(get, r.Post)
	d.bannerRoutes(get, r.Post)
	d.brandRoutes(get)
	d.retentionRoutes(get, r.Post)
	d.pluginRoutes(get, r.Post)
	r.Get("/events", handle(d.stream))
}

// accessRoutes are the ways in.
func (d *door) accessRoutes(r chi.Router, get func(string, http.HandlerFunc)) {
	d.installedRoutes(get)
	d.docsRoutes(get)
	get("/unsubscribe", handle(d.showUnsubscribe))
	r.Post("/unsubscribe", handle(d.unsubscribe))
	get("/", handle(d.landing))
	get("/login", handle(d.showLogin))
	r.Post("/login", handle(d.signIn))
	r.Post("/login/{provider}", handle(d.startProvider))
	get("/two-factor", handle(d.showFactor))
	r.Post("/two-factor", handle(d.answerFactor))
	r.Post("/two-factor/code", handle(d.sendFactor))
	get("/signup", handle(d.showSignUp))
	r.Post("/signup", handle(d.signUp))
	get("/check-mail", handle(d.showAwaiting))
	get("/forgot-password", handle(d.showForgot))
	r.Post("/forgot-password", handle(d.forgot))
	get("/reset-password", handle(d.showReset))
	r.Post("/reset-password", handle(d.reset))
	get("/verify-email", handle(d.showVerify))
	r.Post("/verify-email", handle(d.verify))
	r.Post("/verify-email/send", handle(d.sendVerification))
	get("/magic-link", handle(d.showMagicLink))
	r.Post("/magic-link", handle(d.useMagicLink))
	r.Post("/magic-link/send", handle(d.sendMagicLink))
	get("/setup", handle(d.showSetup))
	r.Post("/setup", handle(d.setUp))
	get("/auth/signin", moved("/login"))
	get("/auth/signup", moved("/signup"))
	get("/auth/error", handle(d.showSignInError))
	r.Post("/logout", handle(d.signOut))
	if d.Mails != nil {
		d.debugRoutes(get, r.Post)
	}
}

func moved(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		target := to
		if r.URL.RawQuery != "" {
			target += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
	}
}
