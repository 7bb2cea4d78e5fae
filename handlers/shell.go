package handlers

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/files"
	"pegasus/sessions"
	"pegasus/views"
)

// shell returns what stands around a page: the person and their channels, and the notice that the last form left.
func (d *door) shell(r *http.Request, me accounts.User, title string, place views.Place, here string) (views.Shell, error) {
	joined, err := d.Chat.JoinedPlaces(r.Context(), me)
	if err != nil {
		return views.Shell{}, err
	}
	current, _ := sessions.From(r.Context())
	s := views.Shell{
		Title: title, Me: person(me, me.Status), Admin: me.IsAdmin(), Keeper: me.Has(accounts.RightList),
		Acting: current.Session.ImpersonatedBy != "", Place: place, Back: address(r), Rows: make([]views.Row, len(joined)),
	}
	if s.Me.Groups, err = d.handlesOf(r.Context(), me); err != nil {
		return views.Shell{}, err
	}
	drafted, err := d.Chat.DraftChannels(r.Context(), me)
	if err != nil {
		return views.Shell{}, err
	}
	if s.NoChannels, err = d.makesNone(r.Context(), me); err != nil {
		return views.Shell{}, err
	}
	s.Sidebar = chat.SidebarOf(me)
	s.Sidebar.Arrange(joined)
	now := d.Now()
	for i, c := range joined {
		s.Rows[i] = views.Row{
			ID: c.Channel.ID, Name: c.Name, Private: c.Type == chat.Private, Here: c.Channel.ID == here,
			Unread: c.Waiting(), Muted: c.Muted, Called: c.MentionCount > 0, LastSeq: c.LastSeq, Recent: c.Activity(), Draft: drafted[c.Channel.ID], Section: c.Section,
			Barred: chat.MayPost(me, c.Channel, c.Member, false, now) != nil,
		}
	}
	recent, err := d.Chat.RecentConversations(r.Context(), me, sidebarTalks)
	if err != nil {
		return views.Shell{}, err
	}
	if s.Threads, err = d.Chat.UnreadThreads(r.Context(), me); err != nil {
		return views.Shell{}, err
	}
	if s.Talks, err = d.talks(r.Context(), me, recent, here); err != nil {
		return views.Shell{}, err
	}
	for i := range s.Talks {
		s.Talks[i].Draft = drafted[s.Talks[i].ID]
	}
	if s.Judge = chat.MayJudge(me); s.Judge {
		if s.Reports, err = d.Chat.CountReports(r.Context(), me); err != nil {
			return views.Shell{}, err
		}
	}
	banner, away, err := d.Chat.Banner(r.Context(), me)
	if err != nil {
		return views.Shell{}, err
	}
	s.Banner = views.ShownBanner(banner, away)
	if fragment(r) {
		return s, nil // the notice waits for a whole page
	}
	s.Notice, err = d.Sessions.TakeNotice(r.Context())
	return s, err
}

// person names somebody, with the status that this page shows of them.
func person(u accounts.User, status accounts.Status) views.Person {
	return views.Person{
		ID: u.ID, Name: u.Shown(), Username: u.Username, Avatar: picture(u), Status: status, StatusMessage: u.StatusMessage, Bot: u.Bot,
		StatusEmoji: u.StatusEmoji, StatusUntil: u.StatusUntil,
	}
}

// picture returns the path of somebody's picture. One at another server, as imported accounts may have, is not shown.
func picture(u accounts.User) string {
	if _, ours := files.Key(u.Avatar); ours {
		return u.Avatar
	}
	return ""
}

// preview is a channel as somebody outside sees it.
func preview(c chat.Channel) views.Channel {
	return views.Channel{
		ID: c.ID, Name: c.Name, Description: c.Description, Private: c.Type == chat.Private, Archived: c.Archived,
		General: c.IsGeneral(), Members: c.MemberCount, CreatedAt: c.CreatedAt, Topic: c.Topic, Rules: c.Rules, Newcomers: c.Newcomers,
	}
}

// note keeps a line for the next page. Losing it is no reason to fail what was carried out.
func (d *door) note(r *http.Request, text string) {
	if !fragment(r) {
		_ = d.Sessions.SetNotice(r.Context(), text)
	}
}
