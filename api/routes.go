package api

import "pegasus/api/betterauth"

// routes lists every route: its pattern, who may call it, what answers, and what is said of it.
func (d *door) routes() {
	l := d.Limits
	auth, signIn, signUp := perClient(l.Auth), perClient(l.SignIn), perClient(l.SignUp)

	plain[betterauth.SignUpRequest, betterauth.SignUpResponse](d, "POST /api/auth/sign-up/email", public, d.auth.SignUp, "Sign up and in", signUp, fails(422))
	plain[betterauth.SignUpRequest, betterauth.SignUpResponse](d, "POST /api/auth/sign-up", public, d.auth.SignUp, "Alias of sign-up/email", signUp, fails(422))
	plain[betterauth.SignInRequest, betterauth.SignInResponse](d, "POST /api/auth/sign-in/email", public, d.auth.SignIn, "Sign in", signIn, fails(401))
	plain[betterauth.SignInRequest, betterauth.SignInResponse](d, "POST /api/auth/sign-in", public, d.auth.SignIn, "Alias of sign-in/email", signIn, fails(401))
	plain[none, betterauth.Success](d, "POST /api/auth/sign-out", public, d.auth.SignOut, "Sign out", auth)
	plain[none, betterauth.SessionAndUser](d, "GET /api/auth/get-session", public, d.auth.GetSession, "The session and its person, null where signed out", auth)
	plain[none, betterauth.OK](d, "GET /api/auth/ok", public, d.auth.OK, "Whether sign-in works", auth)

	add(d, "GET /api/auth/status", public, d.authStatus, "What sign-in offers", auth)
	add(d, "GET /api/auth/session", public, d.session, "The session, an empty object where signed out", auth)
	add(d, "POST /api/auth/register", public, d.register, "Make an account without signing in", created, signUp, fails(409))
	add(d, "GET /api/auth/me", members, d.profile, "Oneself", auth)
	plain[none, notice](d, "POST /api/auth/logout", members, d.logout, "Sign out and be offline", auth)

	add(d, "GET /api/users/me", members, d.profile, "Oneself")
	add(d, "PUT /api/users/me", members, d.changeProfile, "Change oneself")
	add(d, "GET /api/users", members, d.listUsers, "Everyone")
	add(d, "GET /api/users/search", members, d.searchUsers, "Find people", perPerson(l.Search), fails(400))
	add(d, "GET /api/users/statistics", admins, d.statistics, "Counts of the workspace")

	add(d, "GET /api/chat/channels", members, d.listChannels, "The channels that one is in")
	add(d, "POST /api/chat/channels", members, d.createChannel, "Create a channel", created, perPerson(l.Channels), fails(409))
	add(d, "GET /api/chat/channels/all", admins, d.allChannels, "All channels, private ones included")
	add(d, "GET /api/chat/channels/browse", members, d.browseChannels, "Public channels to join")
	add(d, "GET /api/chat/channels/{id}", members, d.getChannel, "A channel and its members")
	add(d, "PUT /api/chat/channels/{id}", members, d.updateChannel, "Change a channel", fails(409))
	add(d, "POST /api/chat/channels/{id}/archive", members, d.archiveChannel, "Take a channel out of use")
	add(d, "POST /api/chat/channels/{id}/join", members, d.joinChannel, "Join a public channel")
	add(d, "POST /api/chat/channels/{id}/members", members, d.addMember, "Add somebody to a channel")
	add(d, "PUT /api/chat/channels/{id}/members/{userId}", members, d.setMemberRole, "Change a member's role", fails(409))
	add(d, "DELETE /api/chat/channels/{id}/members/{userId}", members, d.removeMember, "Remove somebody from a channel, or leave it", fails(400, 409))
	add(d, "POST /api/chat/channels/{id}/read", members, d.markRead, "Mark a channel as read")
	add(d, "GET /api/chat/channels/{id}/typing", members, d.getTyping, "Who is writing")
	add(d, "POST /api/chat/channels/{id}/typing", members, d.setTyping, "Say that one is writing", perPerson(l.Typing))

	add(d, "GET /api/chat/channels/{id}/messages", members, d.listMessages, "A part of a channel's history, oldest first", fails(400))
	add(d, "POST /api/chat/channels/{id}/messages/send", members, d.sendMessage, "Send a message", created, perPerson(l.Post), fails(422))
	add(d, "GET /api/chat/messages/{id}", members, d.getMessage, "A message")
	add(d, "PUT /api/chat/messages/{id}", members, d.editMessage, "Edit one's message", perPerson(l.Post))
	add(d, "DELETE /api/chat/messages/{id}", members, d.deleteMessage, "Delete a message")
	plain[none, string](d, "GET "+streamPath, members, d.stream, "What happens, as it happens", fails(400, 403, 404))

	plain[none, health](d, "GET /api/health", public, d.health, "Whether the server can work")
	add(d, "GET /livez", public, d.live, "Whether the process runs")
	add(d, "GET /readyz", public, d.ready, "Whether requests can be answered")
	add(d, "POST /api/init-db", admins, d.initDatabase, "Create what is missing in the database")
	plain[none, map[string]any](d, "GET /api/openapi.json", public, d.openAPI, "This document")
}
