package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

const (
	sidebarTalks = 30 // conversations in the sidebar, beside those with something unread
	talksPage    = 50 // conversations on a page of all of them
	peoplePicked = 30 // people that a search offers for a new conversation
)

// talks names conversations after the others who are in them, with one read of people.
func (d *door) talks(ctx context.Context, me accounts.User, list []chat.Conversation, here string) ([]views.Talk, error) {
	var ids []string
	for _, c := range list {
		ids = append(ids, c.People...)
	}
	slices.Sort(ids)
	people, err := d.Accounts.Users(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	out := make([]views.Talk, len(list))
	for i, c := range list {
		peers := d.peers(me, c.People, people)
		out[i] = views.Talk{
			ID: c.Channel.ID, Name: talkName(peers, len(c.People) == 0), People: peers, Here: c.Channel.ID == here,
			Unread: c.Waiting(), Muted: c.Muted, LastSeq: c.LastSeq, Last: c.LastMessage, At: c.Activity(),
		}
	}
	return out, nil
}

// peers are the others in a conversation; in notes to oneself it is oneself.
func (d *door) peers(me accounts.User, ids []string, people map[string]accounts.User) []views.Person {
	if len(ids) == 0 {
		return []views.Person{person(me, me.Status)}
	}
	out := make([]views.Person, len(ids))
	for i, userID := range ids {
		u, known := people[userID]
		if !known {
			u = accounts.User{ID: userID, Name: gone}
		}
		out[i] = person(u, d.Chat.Presence(u))
		out[i].Gone = !known || u.Deactivated
	}
	return out
}

// gone names somebody of whom nothing is known.
const gone = "Somebody who left"

func talkName(peers []views.Person, alone bool) string {
	names := make([]string, len(peers))
	for i, p := range peers {
		names[i] = p.Name
	}
	if alone {
		return names[0] + " (you)"
	}
	return strings.Join(names, ", ")
}

// channel is a channel as its members see it. A conversation is named after the others in it.
func (d *door) channel(ctx context.Context, me accounts.User, c chat.Channel, m chat.Member) (views.Channel, error) {
	shown := preview(c)
	shown.Joined, shown.Manage, shown.Invite, shown.Muted = true, chat.MayManage(me, m), chat.MayInvite(me, c, m), m.Muted
	shown.Section = m.Section
	if barred := chat.MayPost(me, c, m, false, d.Now()); barred != nil {
		shown.Barred = fault.From(barred).Message
	}
	if chat.MayCall(me, c, m) {
		shown.Crowd = c.MemberCount
	}
	var err error
	if shown.Kept, err = d.Chat.KeptFor(ctx, c); err != nil {
		return views.Channel{}, err
	}
	if !c.IsDirect() {
		shown.MayKeep = d.Chat.MayKeep(ctx, me, m) == nil
		return shown, nil
	}
	conversation, err := d.Chat.ConversationAt(ctx, c, m)
	if err != nil {
		return views.Channel{}, err
	}
	people, err := d.Accounts.Users(ctx, conversation.People)
	if err != nil {
		return views.Channel{}, err
	}
	alone := len(conversation.People) == 0
	shown.Direct, shown.Peers = true, d.peers(me, conversation.People, people)
	shown.Name, shown.Private = talkName(shown.Peers, alone), true
	shown.Alone, shown.Silent = alone, !alone
	for _, u := range people {
		if u.KeptOut(d.Now()) == nil {
			shown.Silent = false
		}
	}
	return shown, nil
}

func (d *door) listTalks(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	cursor := r.URL.Query().Get("after")
	found, err := d.Chat.Conversations(r.Context(), me, cursor, talksPage+1)
	if err != nil {
		return err
	}
	page := views.TalkList{}
	found, more := upTo(found, talksPage)
	if more {
		page.More = "/dm?after=" + found[talksPage-1].Cursor()
	}
	if page.Talks, err = d.talks(r.Context(), me, found, ""); err != nil {
		return err
	}
	if page.Shell, err = d.shell(r, me, "Direct messages", views.PlaceTalks, ""); err != nil {
		return err
	}
	page.Now = d.Now()
	render(w, r, http.StatusOK, views.TalksPage(page))
	return nil
}

func (d *door) showNewTalk(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	return d.newTalk(w, r, me, http.StatusOK, r.URL.Query()["to"], views.Wrong{})
}

// newTalk shows the page that picks people. Who was picked stays picked while others are looked for.
func (d *door) newTalk(
	w http.ResponseWriter, r *http.Request, me accounts.User, status int, picked []string, problem views.Wrong,
) error {
	page := views.NewTalk{Query: strings.TrimSpace(r.URL.Query().Get("q")), Wrong: problem}
	found, err := d.lookUp(w, r, me, page.Query)
	if page.Unsought = r.Method == http.MethodPost && fault.Is(err, fault.Limited); page.Unsought {
		err = nil // who is picked is not lost with it
	}
	if err != nil {
		return err
	}
	chosen, err := d.Accounts.Users(r.Context(), picked[:min(len(picked), chat.MaxGroup)])
	if err != nil {
		return err
	}
	for _, u := range chosen {
		if !u.Deactivated {
			page.Picked = append(page.Picked, person(u, d.Chat.Presence(u)))
		}
	}
	slices.SortFunc(page.Picked, func(a, b views.Person) int { return strings.Compare(a.Name, b.Name) })
	for _, u := range found {
		if _, already := chosen[u.ID]; !already && !u.Deactivated && u.ID != me.ID {
			page.Found = append(page.Found, person(u, d.Chat.Presence(u)))
		}
	}
	if page.Shell, err = d.shell(r, me, "New message", views.PlaceTalks, ""); err != nil {
		return err
	}
	render(w, r, status, views.NewTalkPage(page))
	return nil
}

// lookUp returns people whom a query finds, or just some. Looking counts towards the limit of searches.
func (d *door) lookUp(w http.ResponseWriter, r *http.Request, me accounts.User, query string) ([]accounts.User, error) {
	if query == "" {
		return d.Accounts.List(r.Context(), "", peoplePicked)
	}
	if err := d.Limits.Search.Take(w, r, me.ID); err != nil {
		return nil, err
	}
	return d.Accounts.Search(r.Context(), query, peoplePicked)
}

// openTalk opens the conversation with those who are named, one or several.
func (d *door) openTalk(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	to := r.PostForm["to"]
	c, err := d.open(w, r, me, to)
	if err == nil {
		return done(w, r, "/chat/"+c.ID)
	}
	if fragment(r) {
		return err
	}
	var failed error
	err = showWrong(w, r, err, func(problem views.Wrong, status int) {
		failed = d.newTalk(w, r, me, status, to, problem)
	})
	if err == nil {
		err = failed
	}
	return err
}

func (d *door) open(w http.ResponseWriter, r *http.Request, me accounts.User, to []string) (chat.Channel, error) {
	if len(to) == 0 {
		return chat.Channel{}, fault.Field("to", "RECIPIENT_REQUIRED", "Please choose somebody.")
	}
	if err := d.Limits.Channels.Take(w, r, me.ID); err != nil {
		return chat.Channel{}, err
	}
	if len(to) == 1 {
		c, _, err := d.Chat.DirectChannel(r.Context(), me, to[0])
		return c, err
	}
	c, _, err := d.Chat.GroupChannel(r.Context(), me, to)
	return c, err
}

// findTalk leads to the conversation with somebody where there is one, else to their card, from which it is begun.
func (d *door) findTalk(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	userID := chi.URLParam(r, "user")
	channelID, err := d.Chat.ChannelID(r.Context(), me, chat.DirectKey(me.ID, userID))
	to := "/chat/" + channelID
	if fault.Is(err, fault.NotFound) || err == nil && strings.HasPrefix(channelID, "dm_") {
		if _, err = d.Accounts.Somebody(r.Context(), userID); err != nil {
			return err
		}
		to = "/users/" + userID
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (d *door) hideTalk(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := d.Chat.HideConversation(r.Context(), me, chi.URLParam(r, "channel")); err != nil {
		return err
	}
	d.note(r, "The conversation is hidden until its next message")
	return done(w, r, localPath(r.PostForm))
}

// talkRoutes are the pages of direct conversations.
func (d *door) talkRoutes(get, post func(string, http.HandlerFunc)) {
	get("/dm", member(d.listTalks))
	post("/dm", member(d.openTalk))
	get("/dm/new", member(d.showNewTalk))
	get("/dm/{user}", member(d.findTalk))
	post("/chat/{channel}/hide", member(d.hideTalk))
}
