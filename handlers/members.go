package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
	"pegasus/web"
)

// panelPeople is how many people the panel lists, and offers to add.
const panelPeople = 500

func (d *door) showMembers(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.members(w, r, me, http.StatusOK, "")
}

func (d *door) members(w http.ResponseWriter, r *http.Request, me accounts.User, status int, problem string) error {
	page, err := d.beside(r, me)
	if err != nil {
		return err
	}
	if page.Members, err = d.memberList(r.Context(), me, page.Channel.ID); err != nil {
		return err
	}
	page.Members.Error = problem
	if page.Channel.Direct {
		page.Members.Others = nil // its people stay the same
	}
	d.panel(w, r, status, page)
	return nil
}

func (d *door) memberList(ctx context.Context, me accounts.User, channelID string) (*views.Members, error) {
	_, mine, err := d.Chat.Channel(ctx, me, channelID)
	if err != nil {
		return nil, err
	}
	places, err := d.Chat.Members(ctx, me, channelID, "", panelPeople)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(places))
	in := make(map[string]bool, len(places))
	for i, m := range places {
		ids[i], in[m.UserID] = m.UserID, true
	}
	people, err := d.Accounts.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	everyone, err := d.Accounts.List(ctx, "", panelPeople)
	if err != nil {
		return nil, err
	}
	list := &views.Members{}
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
	for _, u := range everyone {
		if !in[u.ID] && !u.Deactivated {
			list.Others = append(list.Others, person(u, d.Chat.Presence(u)))
		}
	}
	return list, nil
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
	http.Redirect(w, r, "/chat/"+channelID+"/members", http.StatusSeeOther)
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
