package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
)

const (
	jumpPeople   = 8
	jumpChannels = 8
	jumpPlugins  = 8
	jumpGroups   = 8
	maxJump      = 80 // characters of a text

	foundOtherwise = 4 // how far somebody is from a text who was found by a username or an address
)

// jump lists what a text may mean. Without one it lists everything that the palette can find by itself: one's channels, what
// is unread and newest first, the pages and the actions.
func (d *door) jump(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	s, err := d.shell(r, me, "Jump to", views.PlaceSearch, "")
	if err != nil {
		return err
	}
	page := views.Jump{Shell: s, Query: nameAsked(r)}
	if page.Query != "" {
		if err := d.Limits.Jump.Take(w, r, me.ID); err != nil {
			return err
		}
	}
	own := ownPlaces(s)
	plugins, err := d.Plugins.Plugins(r.Context(), me)
	if err != nil {
		return err
	}
	for _, p := range plugins {
		own = append(own, views.Plugin{ID: p.ID, Name: p.Name}.Place())
	}
	fixed := fixedPlaces(s)
	if page.Query == "" {
		page.Items = append(own, fixed...)
		render(w, r, http.StatusOK, views.JumpPage(page))
		return nil
	}
	others, err := d.otherPlaces(r, me, page.Query, own)
	if err != nil {
		return err
	}
	page.Items = fitting(append(append(own, others...), fixed...), page.Query)
	render(w, r, http.StatusOK, views.JumpPage(page))
	return nil
}

// nameAsked is the beginning of the name that a request looks for: each name that it could be is held against it.
func nameAsked(r *http.Request) string {
	text := strings.TrimSpace(r.FormValue("q"))
	if utf8.RuneCountInString(text) > maxJump {
		return string([]rune(text)[:maxJump])
	}
	return text
}

// ownPlaces are the channels and the latest conversations that somebody is in: with something unread first, then by their newest
// message.
func ownPlaces(s views.Shell) []views.JumpItem {
	type place struct {
		views.JumpItem
		at time.Time
	}
	var all []place
	for _, row := range s.Rows {
		all = append(all, place{views.JumpItem{Title: row.Name, Icon: rowIcon(row), Path: "/chat/" + row.ID, Unread: row.Unread}, row.Recent})
	}
	for _, talk := range s.Talks {
		all = append(all, place{talkPlace(talk), talk.At})
	}
	slices.SortStableFunc(all, func(a, b place) int {
		if unread := cmp.Compare(min(b.Unread, 1), min(a.Unread, 1)); unread != 0 {
			return unread
		}
		return b.at.Compare(a.at)
	})
	items := make([]views.JumpItem, len(all))
	for i, one := range all {
		items[i] = one.JumpItem
	}
	return items
}

// talkPlace leads to a conversation.
func talkPlace(talk views.Talk) views.JumpItem {
	item := views.JumpItem{Title: talk.Name, Icon: "users", Path: "/chat/" + talk.ID, Unread: talk.Unread}
	if len(talk.People) == 1 {
		item.Icon, item.Person, item.Hint = "", talk.People[0], "@"+talk.People[0].Username
	}
	return item
}

// otherPlaces are the people, conversations, public channels and shared plugins that a text may mean, without those that are known.
func (d *door) otherPlaces(r *http.Request, me accounts.User, text string, known []views.JumpItem) ([]views.JumpItem, error) {
	items, err := d.otherTalks(r, me, text, known)
	if err != nil {
		return nil, err
	}
	public, err := d.Chat.FindChannels(r.Context(), text, jumpChannels)
	if err != nil {
		return nil, err
	}
	shared, err := d.Plugins.SharedLike(r.Context(), text, jumpPlugins)
	if err != nil {
		return nil, err
	}
	rows, err := d.others(r, me, shared)
	if err != nil {
		return nil, err
	}
	for _, c := range public {
		path := "/chat/" + c.ID
		if !leads(known, path) {
			items = append(items, views.JumpItem{Title: c.Name, Hint: "Not joined", Icon: "hash", Path: path})
		}
	}
	for _, p := range rows {
		items = append(items, p.Place())
	}
	return items, nil
}

// otherTalks are the people and the conversations with several that a text may mean, without those that are known.
func (d *door) otherTalks(r *http.Request, me accounts.User, text string, known []views.JumpItem) (items []views.JumpItem, err error) {
	people, err := d.peopleLike(r, strings.TrimPrefix(text, "@"), jumpPeople)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if !slices.ContainsFunc(known, func(k views.JumpItem) bool { return k.Icon == "" && k.Person.ID == p.ID }) {
			items = append(items, views.JumpItem{Title: p.Name, Hint: "@" + p.Username, Person: p, Path: "/dm", Form: true, To: p.ID})
		}
	}
	groups, err := d.Chat.GroupConversations(r.Context(), me)
	if err != nil {
		return nil, err
	}
	talks, err := d.talks(r.Context(), me, groups, "")
	if err != nil {
		return nil, err
	}
	var others []views.JumpItem
	for _, talk := range talks {
		if item := talkPlace(talk); !leads(known, item.Path) {
			others = append(others, item)
		}
	}
	others = fitting(others, text)
	return append(items, others[:min(len(others), jumpGroups)]...), nil
}

func leads(items []views.JumpItem, path string) bool {
	return slices.ContainsFunc(items, func(i views.JumpItem) bool { return i.Path == path })
}

// fixedPlaces are the pages and the actions.
func fixedPlaces(s views.Shell) []views.JumpItem {
	items := []views.JumpItem{
		{Title: "Unreads", Hint: "Page", Icon: "mail", Path: "/unreads"},
		{Title: "Threads", Hint: "Page", Icon: "message-square", Path: "/threads"},
		{Title: "Mentions", Hint: "Page", Icon: "users", Path: "/mentions"},
		{Title: "Saved messages", Hint: "Page", Icon: "bookmark", Path: "/saved"},
		{Title: "Direct messages", Hint: "Page", Icon: "message-square", Path: "/dm"},
		{Title: "Scheduled messages", Hint: "Page", Icon: "send", Path: "/scheduled"},
		{Title: "Reminders", Hint: "Page", Icon: "info", Path: "/reminders"},
		{Title: "Search messages", Hint: "Page", Icon: "search", Path: "/search"},
		{Title: "Browse channels", Hint: "Page", Icon: "compass", Path: "/channels"},
		{Title: "People", Hint: "Page", Icon: "users", Path: "/users"},
		{Title: "Groups", Hint: "Page", Icon: "users", Path: "/groups"},
		{Title: "Emoji of the workspace", Hint: "Page", Icon: "smile-plus", Path: "/emoji"},
		{Title: "Plugins", Hint: "Page", Icon: "square-code", Path: "/plugins"},
		{Title: "Operations", Hint: "Page", Icon: "activity", Path: "/ops"},
		{Title: "Profile", Hint: "Setting", Icon: "user", Path: "/profile"},
		{Title: "Security: password, passkeys, second factor", Hint: "Setting", Icon: "shield-check", Path: "/profile/security"},
		{Title: "Devices and sessions", Hint: "Setting", Icon: "monitor", Path: "/profile/sessions"},
		{Title: "Tokens for programs", Hint: "Setting", Icon: "key-round", Path: "/profile/tokens"},
		{Title: "Notifications", Hint: "Setting", Icon: "mail", Path: "/profile/notifications"},
		{Title: "Your data", Hint: "Setting", Icon: "download", Path: "/profile/data"},
		{Title: "Security log", Hint: "Setting", Icon: "info", Path: "/profile/log"},
	}
	if s.Keeper {
		items = append(items, views.JumpItem{Title: "Admin", Hint: "Page", Icon: "shield", Path: "/admin"})
		items = append(items, views.AdminPlaces(s.Admin)...)
	}
	items = append(items, views.JumpItem{Title: "New message", Hint: "Action", Icon: "pencil", Path: "/dm/new"})
	if !s.NoChannels {
		items = append(items, views.JumpItem{Title: "New channel", Hint: "Action", Icon: "plus", Path: "/channels/new"})
	}
	return append(items,
		views.JumpItem{Title: "New plugin", Hint: "Action", Icon: "plus", Path: "/create"},
		views.JumpItem{Title: "Mark everything as read", Hint: "Action", Icon: "check", Path: "/unreads/read", Form: true},
		views.JumpItem{Title: "Keyboard shortcuts", Hint: "Page", Icon: "info", Path: "/shortcuts"},
		views.JumpItem{Title: "Light colours", Hint: "Action", Icon: "sun", Theme: "light"},
		views.JumpItem{Title: "Dark colours", Hint: "Action", Icon: "moon", Theme: "dark"},
		views.JumpItem{Title: "Colours as the system", Hint: "Action", Icon: "monitor", Theme: "system"},
		views.JumpItem{Title: "Sign out", Hint: "Action", Icon: "log-out", Path: "/logout", Form: true},
	)
}

// fitting keeps what fits a text, the best first. People stay, for they were found by other names too.
func fitting(items []views.JumpItem, text string) []views.JumpItem {
	type ranked struct {
		views.JumpItem
		distance int
	}
	var all []ranked
	byTitle, byUsername := chat.Fitting(text), chat.Fitting("@"+strings.TrimPrefix(text, "@"))
	for _, item := range items {
		distance, fits := byTitle(item.Title)
		if !fits && strings.HasPrefix(item.Hint, "@") {
			_, fits = byUsername(item.Hint)
			distance = foundOtherwise
		}
		if !fits && item.To != "" {
			distance, fits = foundOtherwise, true
		}
		if fits {
			all = append(all, ranked{item, distance})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.distance, b.distance) })
	out := make([]views.JumpItem, len(all))
	for i, one := range all {
		out[i] = one.JumpItem
	}
	return out
}

func (d *door) showShortcuts(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	s, err := d.shell(r, me, "Keyboard shortcuts", views.PlaceSearch, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ShortcutsPage(s))
	return nil
}
