package views

import (
	"slices"
	"strings"
	"time"

	"pegasus/accounts"
)

// The pages for those who keep order.
const (
	TabOverview     Tab = "/admin"
	TabPeople       Tab = "/admin/people"
	TabInvitations  Tab = "/admin/invitations"
	TabIntegrations Tab = "/admin/integrations"
	TabPolicy       Tab = "/admin/security"
	TabReports      Tab = "/admin/reports"
	TabAudit        Tab = "/admin/audit"
	TabPlugins      Tab = "/admin/plugins"
	TabChannels     Tab = "/admin/channels"
	TabBudgets      Tab = "/admin/budgets"
	TabSettings     Tab = "/admin/settings"
	TabBackups      Tab = "/admin/data"
	TabBanner       Tab = "/admin/announcement"
	TabBrand        Tab = "/admin/branding"
	TabRetention    Tab = "/admin/retention"
	TabRules        Tab = "/admin/rules"
	TabFields       Tab = "/admin/profile-fields"
)

// adminPlace is a page of the admin area, or one that it leads to.
type adminPlace struct {
	tab    Tab
	name   string
	icon   string
	about  string // what can be done there, in words that somebody may look for
	keeper bool   // moderators have it as well
}

type adminGroup struct {
	name   string
	places []adminPlace
}

var adminGroups = []adminGroup{
	{"", []adminPlace{
		{TabOverview, "Overview", "list-tree", "Figures, and what waits to be done", true},
	}},
	{"People", []adminPlace{
		{TabPeople, "People", "users", "Roles, bans, sessions, password links, second factors, acting as somebody", true},
		{TabInvitations, "Invitations", "user-plus", "Links with which people make an account", false},
		{TabFields, "Profiles", "user", "The fields of profiles: what people can say of themselves", false},
		{TabReports, "Reports", "flag", "Messages that people reported", true},
	}},
	{"Workspace", []adminPlace{
		{TabChannels, "Channels", "hash", "All channels, public and private: archive them, and say who looks after them", false},
		{TabRules, "Rules", "shield", "Who makes public and private channels, and how long a message may be", false},
		{TabRetention, "Retention", "clock", "How long messages are kept, in channels and direct conversations, and what was removed", false},
		{TabBanner, "Announcement", "megaphone", "A banner at the top of every page, for everyone", false},
		{TabBrand, "Branding", "image", "The workspace's name, logo and accent colour", false},
	}},
	{"Programs", []adminPlace{
		{TabPlugins, "Plugins", "square-code", "Plugins in channels, what each may do, approvals", false},
		{TabBudgets, "Models", "gauge", "What models were used for, by person: tokens, costs, budgets", false},
		{TabIntegrations, "Bots and webhooks", "link", "Bots, their tokens, incoming and outgoing webhooks, slash commands", false},
		{"/emoji", "Emoji", "smile-plus", "The workspace's own emoji, and who may add some", true},
	}},
	{"Server", []adminPlace{
		{TabSettings, "Settings", "settings", "What the server was started with, and tests of mail, storage, push and the model", false},
		{TabAudit, "Audit log", "history", "Who did what, when and from where; export as CSV or JSON lines", false},
		{"/ops", "Operations", "activity", "How the server is doing: figures over time, alarms, costs", false},
		{TabBackups, "Data", "archive", "Backups: made now or by a schedule, proven by a restore, downloaded", false},
		{TabPolicy, "Security", "shield-check", "A second factor for everyone", false},
	}},
}

// places returns the groups that the viewer of a page has.
func (o Own) places() []adminGroup {
	if o.Admin {
		return adminGroups
	}
	var groups []adminGroup
	for _, g := range adminGroups {
		kept := adminGroup{name: g.name}
		for _, p := range g.places {
			if p.keeper {
				kept.places = append(kept.places, p)
			}
		}
		if len(kept.places) > 0 {
			groups = append(groups, kept)
		}
	}
	return groups
}

// title is the name of the page of a tab.
func (o Own) title() string {
	for _, g := range adminGroups {
		for _, p := range g.places {
			if p.tab == o.Tab {
				return p.name
			}
		}
	}
	return "Admin"
}

// AdminPlaces are the pages for those who keep order, for the list of places to jump to.
func AdminPlaces(admin bool) []JumpItem {
	var items []JumpItem
	for _, g := range (Own{Shell: Shell{Admin: admin}}).places() {
		for _, p := range g.places {
			if strings.HasPrefix(string(p.tab), "/admin/") {
				items = append(items, JumpItem{Title: "Admin: " + p.name, Hint: "Page", Icon: p.icon, Path: string(p.tab)})
			}
		}
	}
	return items
}

// AdminOverview is how the workspace is.
type AdminOverview struct {
	Own
	Query string // what to look for among the pages and settings, "" for nothing
	Found []AdminFind

	People, Today, Week int
	Channels            int
	Messages            int64
	Database            int64 // bytes of the database, -1 where nobody knows
	DiskFree, DiskAll   int64 // bytes of the disk with the data, 0 where nobody knows
	Invitations         int   // that are open
	Hints               []Hint
}

// AdminFind is a page or a setting that a search found.
type AdminFind struct{ Title, About, Path string }

// Hint is something that an admin should look at.
type Hint struct {
	Text string
	Path string // where it is mended, "" for outside of the pages
	Bad  bool   // people are at a loss by it now
}

// AdminSearch returns the pages that a text means, for those who keep order.
func AdminSearch(admin bool, query string) []AdminFind {
	var found []AdminFind
	for _, g := range (Own{Shell: Shell{Admin: admin}}).places() {
		for _, p := range g.places {
			if meant(p.name+" "+p.about, query) {
				found = append(found, AdminFind{p.name, p.about, string(p.tab)})
			}
		}
	}
	return found
}

// meant reports whether a text has all words of a query.
func meant(text, query string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(query)), func(w string) bool { return !strings.Contains(text, w) })
}

// AdminPeople lists people for those who keep order.
type AdminPeople struct {
	Own
	Query  string
	Which  string // a filter, "" for everyone
	Seen   string // a filter by when people were last here
	Sort   string
	People []Managed
	Total  int
	First  string    // where the first page is, "" on it
	More   string    // the next page, "" at the end
	Here   string    // this page, with what it shows
	At     time.Time // now
	May    func(accounts.Right) bool
	Bulk   []BulkResult // what became of the last choice
}

// BulkResult says what did not work for one of many.
type BulkResult struct{ Name, Problem string }
