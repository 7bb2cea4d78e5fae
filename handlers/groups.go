package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) groupRoutes(get, post func(string, http.HandlerFunc)) {
	get("/groups", member(d.showGroups))
	post("/groups", member(d.createGroup))
	get("/groups/{group}", member(d.showGroup))
	post("/groups/{group}", member(d.changeGroup))
	post("/groups/{group}/members", member(d.changeGroupMembers))
}

func shownGroup(g chat.UserGroup) views.UserGroup {
	return views.UserGroup{Handle: g.Handle, Name: g.Name, Description: g.Description, Open: g.Open, Members: g.MemberCount}
}

func shownGroups(all []chat.UserGroup) []views.UserGroup {
	shown := make([]views.UserGroup, len(all))
	for i, g := range all {
		shown[i] = shownGroup(g)
	}
	return shown
}

func (d *door) groupsPage(r *http.Request, me accounts.User) (views.GroupsPage, error) {
	all, err := d.Chat.Groups(r.Context())
	if err != nil {
		return views.GroupsPage{}, err
	}
	s, err := d.shell(r, me, "Groups", views.PlacePeople, "")
	return views.GroupsPage{Shell: s, All: shownGroups(all), May: chat.MayMakeGroups(me)}, err
}

func (d *door) showGroups(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.groupsPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.AllGroupsPage(page))
	return nil
}

func groupDraft(r *http.Request) chat.GroupDraft {
	f := r.PostForm
	return chat.GroupDraft{Handle: f.Get("handle"), Name: f.Get("name"), Description: f.Get("description"), Open: f.Get("open") != ""}
}

func groupForm(d chat.GroupDraft) views.UserGroup {
	return views.UserGroup{Handle: d.Handle, Name: d.Name, Description: d.Description, Open: d.Open}
}

func (d *door) createGroup(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	draft := groupDraft(r)
	g, err := d.Chat.CreateGroup(r.Context(), me, draft)
	if err == nil {
		return done(w, r, shownGroup(g).Path())
	}
	if fault.Is(err, fault.Forbidden) {
		return err
	}
	page, failed := d.groupsPage(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Draft, page.Wrong = groupForm(draft), problem
		return views.AllGroupsPage(page)
	})
}

func (d *door) groupPage(r *http.Request, me accounts.User) (views.GroupPage, error) {
	g, members, err := d.Chat.Group(r.Context(), chi.URLParam(r, "group"))
	if err != nil {
		return views.GroupPage{}, err
	}
	people, err := d.Accounts.Users(r.Context(), members)
	if err != nil {
		return views.GroupPage{}, err
	}
	s, err := d.shell(r, me, "@"+g.Handle, views.PlacePeople, "")
	inside := slices.Contains(members, me.ID)
	page := views.GroupPage{
		Shell: s, Group: shownGroup(g), Draft: shownGroup(g), Inside: inside,
		Manages: chat.MayManageGroup(me, g, inside), May: chat.MayMakeGroups(me),
	}
	for _, u := range people {
		page.People = append(page.People, person(u, d.Chat.Presence(u)))
	}
	slices.SortFunc(page.People, func(a, b views.Person) int { return strings.Compare(a.Username, b.Username) })
	return page, err
}

func (d *door) showGroup(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.groupPage(r, me)
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.OneGroupPage(page))
	return nil
}

func (d *door) changeGroup(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	handle, draft := chi.URLParam(r, "group"), groupDraft(r)
	if r.PostForm.Get("action") == "delete" {
		if err := d.Chat.DeleteGroup(r.Context(), me, handle); err != nil {
			return err
		}
		d.note(r, "The group was removed")
		return done(w, r, "/groups")
	}
	g, err := d.Chat.ChangeGroup(r.Context(), me, handle, draft)
	if err == nil {
		d.note(r, "Saved")
		return done(w, r, shownGroup(g).Path())
	}
	return d.groupAgain(w, r, me, err, func(page *views.GroupPage) { page.Form, page.Draft = "change", groupForm(draft) })
}

func (d *door) changeGroupMembers(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	handle, who := chi.URLParam(r, "group"), r.PostForm.Get("user")
	var g chat.UserGroup
	var err error
	switch r.PostForm.Get("action") {
	case "add":
		g, err = d.Chat.AddToGroup(r.Context(), me, handle, who)
	case "remove":
		g, err = d.Chat.RemoveFromGroup(r.Context(), me, handle, who)
	default:
		err = fault.Field("action", "INVALID_CHOICE", "This must be add or remove.")
	}
	if err == nil {
		return done(w, r, shownGroup(g).Path())
	}
	return d.groupAgain(w, r, me, err, func(page *views.GroupPage) { page.Form, page.Who = "add", who })
}

// groupAgain shows the page of a group again with what was written, where that is what is wrong.
func (d *door) groupAgain(w http.ResponseWriter, r *http.Request, me accounts.User, err error, fill func(*views.GroupPage)) error {
	if fault.Is(err, fault.Forbidden) || fault.Is(err, fault.NotFound) {
		return err
	}
	page, failed := d.groupPage(r, me)
	if failed != nil {
		return failed
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Wrong = problem
		fill(&page)
		return views.OneGroupPage(page)
	})
}

// proposeGroups proposes groups whose handle or name begins with a text.
func (d *door) proposeGroups(ctx context.Context, text string) ([]views.Proposal, error) {
	all, err := d.Chat.Groups(ctx)
	var list []views.Proposal
	for _, g := range all {
		if strings.HasPrefix(g.Handle, text) || strings.HasPrefix(strings.ToLower(g.Name), text) {
			list = append(list, views.Proposal{Insert: "@" + g.Handle, Label: "@" + g.Handle, About: g.Name, Icon: "users"})
		}
	}
	return list, err
}

// handlesOf returns by which groups somebody is called.
func (d *door) handlesOf(ctx context.Context, me accounts.User) ([]string, error) {
	groups, err := d.Chat.GroupsOf(ctx, me.ID)
	handles := make([]string, len(groups))
	for i, g := range groups {
		handles[i] = g.Handle
	}
	return handles, err
}
