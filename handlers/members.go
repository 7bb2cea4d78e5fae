package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/views"
	"pegasus/web"
)

// panelPeople is how many people a page of the panel lists.
const panelPeople = 50

func (d *door) showMembers(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.members(w, r, me, http.StatusOK, "")
}

func (d *door) members(w http.ResponseWriter, r *http.Request, me accounts.User, status int, problem string) error {
	page, place, err := d.beside(r, me)
	if err != nil {
		return err
	}
	if page.Members, err = d.memberList(w, r, me, place, page.Channel, problem); err != nil {
		return err
	}
	d.panel(w, r, status, page)
	return nil
}

// memberList is a page of the members of a channel, or with a query who is found among them and, for who may add people, among
// all others. mine is the viewer's place in it, problem what hindered a change.
func (d *door) memberList(
	w http.ResponseWriter, r *http.Request, me accounts.User, mine chat.Member, c views.Channel, problem string,
) (*views.Members, error) {
	list := &views.Members{Query: strings.TrimSpace(r.URL.Query().Get("q")), Error: problem}
	places, others, err := d.memberPage(w, r, me, c.ID, list)
	if list.Unsought = r.Method == http.MethodPost && fault.Is(err, fault.Limited); list.Unsought {
		err = nil // what is wrong with the form is told in any case
	}
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(places))
	for i, m := range places {
		ids[i] = m.UserID
	}
	people, err := d.Accounts.Users(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	for _, m := range places {
		u, known := people[m.UserID]
		if !known {
			continue
		}
		status := d.Chat.Presence(u)
		if u.ID == me.ID {
			status = u.Status // this page is their presence, even before its stream is open
		}
		shown := views.Member{Person: person(u, status), Admin: m.Role == chat.RoleAdmin, Restrain: chat.MayRestrain(me, mine, u, m)}
		if m.MutedUntil.After(d.Now()) {
			shown.MutedUntil = m.MutedUntil
		}
		list.People = append(list.People, shown)
	}
	if c.Direct || !c.Invite {
		return list, nil // its people stay the same, or others see to them
	}
	for _, u := range others {
		if !u.Deactivated {
			list.Others = append(list.Others, person(u, d.Chat.Presence(u)))
		}
	}
	return list, nil
}

// memberPage returns the members that a list shows, and of whom else its query finds those who are not members.
func (d *door) memberPage(
	w http.ResponseWriter, r *http.Request, me accounts.User, channelID string, list *views.Members,
) (places []chat.Member, others []accounts.User, err error) {
	path, ctx := "/chat/"+channelID+"/members", r.Context()
	if list.Query != "" {
		list.Here = path + "?q=" + url.QueryEscape(list.Query)
		return d.findMembers(w, r, me, channelID, list)
	}
	list.Here = path
	after := r.URL.Query().Get("from")
	if !id.Valid(after) {
		after = ""
	}
	if after != "" {
		list.Here, list.First = path+"?from="+after, path
	}
	places, err = d.Chat.Members(ctx, me, channelID, after, panelPeople+1)
	places, more := upTo(places, panelPeople)
	if more {
		list.More = path + "?from=" + places[panelPeople-1].UserID
	}
	return places, nil, err
}

// findMembers looks among the members by how their names begin, which finds them in a workspace of any size, and among everybody.
// What a form has changed is answered past the limit of searches; what it could not change counts as looking does.
func (d *door) findMembers(
	w http.ResponseWriter, r *http.Request, me accounts.User, channelID string, list *views.Members,
) (places []chat.Member, others []accounts.User, err error) {
	if r.Method != http.MethodPost || list.Error != "" {
		if err := d.Limits.Search.Take(w, r, me.ID); err != nil {
			return nil, nil, err
		}
	}
	everybody, err := d.Accounts.Search(r.Context(), list.Query, peoplePicked)
	if err != nil {
		return nil, nil, err
	}
	inside, err := d.Chat.Mentionable(r.Context(), me, channelID, list.Query, peoplePicked)
	if err != nil {
		return nil, nil, err
	}
	list.Cut = len(everybody) == peoplePicked || len(inside) == peoplePicked
	var ids []string
	for _, u := range slices.Concat(inside, everybody) {
		if !slices.Contains(ids, u.ID) {
			ids = append(ids, u.ID)
		}
	}
	places, err = d.Chat.MembersAmong(r.Context(), me, channelID, ids)
	slices.SortFunc(places, func(a, b chat.Member) int { return slices.Index(ids, a.UserID) - slices.Index(ids, b.UserID) })
	others = slices.DeleteFunc(everybody, func(u accounts.User) bool {
		return slices.ContainsFunc(places, func(m chat.Member) bool { return m.UserID == u.ID })
	})
	return places, others, err
}

func (d *door) changeMembers(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	channelID, userID := chi.URLParam(r, "channel"), r.PostForm.Get("user_id")
	err := d.changeMember(r.Context(), me, channelID, userID, r.PostForm.Get("action"))
	if err != nil {
		problem, theirs := wrong(err)
		if !theirs {
			return err
		}
		status := web.Status(web.Fault(err).Kind)
		if fragment(r) {
			status = http.StatusOK // htmx leaves other answers out of the page
		}
		return d.members(w, r, me, status, problem.Message)
	}
	if fragment(r) {
		return d.members(w, r, me, http.StatusOK, "")
	}
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther)
	return nil
}

func (d *door) changeMember(ctx context.Context, me accounts.User, channelID, userID, action string) error {
	switch action {
	case "add":
		return d.Chat.AddMember(ctx, me, channelID, userID)
	case "remove":
		return d.Chat.RemoveMember(ctx, me, channelID, userID)
	case "mute-0", "mute-60", "mute-1440", "mute-10080":
		minutes, _ := strconv.Atoi(strings.TrimPrefix(action, "mute-"))
		_, err := d.Chat.Mute(ctx, me, channelID, userID, time.Duration(minutes)*time.Minute)
		return err
	case "admin", "member":
		return d.Chat.SetMemberRole(ctx, me, channelID, userID, chat.MemberRole(action))
	}
	return fault.Field("action", "INVALID_ACTION", "This is nothing that can be done to a member.")
}
