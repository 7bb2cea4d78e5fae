package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// group is a chapter of the reference.
type group struct{ name, about string }

var groups = []group{
	{"auth", "Accounts, sign-in and sessions. Paths and shapes are those of Better Auth, so that its clients work, and of ConnectBest where it had its own. " +
		"Every credential that is changed here needs a session: tokens do not reach it."},
	{"users", "Oneself, other people, one's sessions, tokens and export. An address of somebody else is shown to admins alone."},
	{"channels", "Public and private channels, their members and what may be done in them. A private channel that one is not in does not exist: 404. " +
		"A public one that one has not joined answers 403 where its content is asked for."},
	{"messages", "Messages, replies, reactions, pins, bookmarks, reports, drafts, reminders and scheduled messages. Every message has a number in its channel, seq: " +
		"it counts from 1, no two are alike, and it is the order of the channel. A message is Markdown of at most 2000 characters, or as many as admins chose."},
	{"search", "Messages found by words, people, places and days."},
	{"dm", "Conversations of two or more people. Their ids read dm_<smaller>_<larger> where there are two."},
	{"reading", "What one has read, and of which messages one is told."},
	{"files", "Files go up first and are attached to a message then. Up to 50 MB each, as the server is set up; who may see the message may see its files."},
	{"events", "What happens, as it happens, by server-sent events."},
	{"emoji", "The workspace's own emoji."},
	{"groups", "Groups of people that are mentioned by one name."},
	{"plugins", "The workbench: plugins, their files and versions, and the conversations in which they are made."},
	{"installs", "Plugins at work in channels, and what they may do there."},
	{"hooks", "Webhooks in and out, and bots. Incoming webhooks take what Slack's do."},
	{"admin", "Running the workspace. For admins, but for what everyone may read of it."},
	{"metrics", "What the server measures of itself."},
	{"server", "Whether the server works, and this description."},
}

func tags() []*huma.Tag {
	all := make([]*huma.Tag, len(groups))
	for i, g := range groups {
		all[i] = &huma.Tag{Name: g.name, Description: g.about}
	}
	return all
}

// chapters are the groups of paths by their first part, behind /api/ and /api/chat/.
var chapters = map[string]string{
	"auth": "auth", "2fa": "auth", "users": "users", "channels": "channels", "messages": "messages", "bookmarks": "messages", "drafts": "messages",
	"scheduled": "messages", "reminders": "messages", "threads": "messages", "mentions": "messages", "search": "search", "dm": "dm",
	"read": "reading", "unreads": "reading", "notifications": "reading", "upload": "files", "files": "files", "events": "events", "emoji": "emoji",
	"groups": "groups", "plugins": "plugins", "send": "plugins", "history": "plugins", "download": "plugins", "generate": "plugins", "installs": "installs",
	"hooks": "hooks", "bots": "hooks", "admin": "admin", "announcement": "admin", "branding": "admin", "metrics": "metrics",
}

// tag returns the group of a path.
func tag(path string) string {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(path, "/"), "api/"), "chat/"), "/")
	last := parts[len(parts)-1]
	switch {
	case strings.HasPrefix(path, "/api/chat/channels/") && strings.Contains(path, "/messages"), last == "pins" && parts[0] == "channels":
		return "messages"
	case parts[0] == "channels" && (last == "hooks" || last == "notifications" || last == "read"):
		return map[string]string{"hooks": "hooks", "notifications": "reading", "read": "reading"}[last]
	case parts[0] == "channels" && last == "files":
		return "files"
	case parts[0] == "channels" && last == "plugins", parts[0] == "plugins" && (last == "installs" || last == "try"):
		return "installs"
	}
	if name, known := chapters[parts[0]]; known {
		return name
	}
	return "server"
}

// aliases are the routes that stand for others, kept for the clients of the systems that Pegasus replaces.
var aliases = map[string]string{
	"POST /api/auth/sign-up":                               "POST /api/auth/sign-up/email",
	"POST /api/auth/sign-in":                               "POST /api/auth/sign-in/email",
	"POST /api/auth/forget-password":                       "POST /api/auth/request-password-reset",
	"POST /api/auth/forgot-password":                       "POST /api/auth/request-password-reset",
	"POST /api/auth/passkey/generate-authenticate-options": "GET /api/auth/passkey/generate-authenticate-options",
	"GET /api/auth/me":                                     "GET /api/users/me",
	"POST /api/upload/avatar":                              "POST /api/users/me/avatar",
}
