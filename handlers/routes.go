// Package handlers is the HTML door: pages, forms and the stream that keeps pages live. It holds no rule; it reads the
// input, calls the domain and shows what comes back. Every flow works with scripts off.
package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/events"
	"pegasus/sessions"
	"pegasus/web"
)

// Deps are the parts that the door stands on. Every part must be set.
type Deps struct {
	Accounts *accounts.Service
	Chat     *chat.Service
	Sessions *sessions.Manager
	Broker   *events.Broker
	Limits   *web.Limits
	Now      func() time.Time
}

type door struct{ Deps }

// Routes adds every page to r. Requests must come through sessions.Manager.Load and web.Page.
func Routes(r chi.Router, deps Deps) {
	d := &door{deps}
	r.NotFound(handle(notFound))
	r.MethodNotAllowed(wrongMethod)

	get := func(path string, h http.HandlerFunc) {
		r.Get(path, h)
		r.Head(path, h)
	}
	get("/", handle(d.landing))
	get("/login", handle(d.showLogin))
	r.Post("/login", handle(d.signIn))
	get("/signup", handle(d.showSignUp))
	r.Post("/signup", handle(d.signUp))
	get("/setup", handle(d.showSetup))
	r.Post("/setup", handle(d.setUp))
	get("/auth/signin", moved("/login"))
	get("/auth/signup", moved("/signup"))
	r.Post("/logout", handle(d.signOut))

	get("/chat", member(d.chatHome))
	get("/chat/{channel}", member(d.showChannel))
	r.Post("/chat/{channel}/messages", member(d.createMessage))
	get("/chat/{channel}/messages/{message}/edit", member(d.showEdit))
	r.Post("/chat/{channel}/messages/{message}/edit", member(d.editMessage))
	get("/chat/{channel}/messages/{message}/delete", member(d.showDelete))
	r.Post("/chat/{channel}/messages/{message}/delete", member(d.deleteMessage))
	r.Post("/chat/{channel}/read", member(d.markRead))
	r.Post("/chat/{channel}/typing", member(d.setTyping))
	r.Post("/chat/{channel}/join", member(d.joinChannel))
	r.Post("/chat/{channel}/leave", member(d.leaveChannel))
	get("/chat/{channel}/edit", member(d.showChannelSettings))
	r.Post("/chat/{channel}/edit", member(d.updateChannel))
	r.Post("/chat/{channel}/archive", member(d.archiveChannel))
	get("/chat/{channel}/members", member(d.showMembers))
	r.Post("/chat/{channel}/members", member(d.changeMembers))

	get("/channels", member(d.browseChannels))
	get("/channels/new", member(d.showNewChannel))
	r.Post("/channels/new", member(d.createChannel))
	get("/users", member(d.listUsers))
	get("/profile", member(d.showProfile))
	r.Post("/profile", member(d.changeProfile))
	r.Get("/events", handle(d.stream))
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
