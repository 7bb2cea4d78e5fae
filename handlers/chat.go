package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/views"
)

func (d *door) chatHome(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if q := r.URL.Query(); q.Has("conversationId") || q.Has("pluginName") {
		return d.toWorkbench(w, r, me, q.Get("conversationId"), q.Get("pluginName"))
	}
	s, err := d.shell(r, me, "Chat", views.PlaceChat, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.ChatHome(s))
	return nil
}

func (d *door) showChannel(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, _, err := d.conversation(r, me)
	if fault.From(err) != nil && fault.From(err).Code == "NOT_A_MEMBER" {
		return d.showJoin(w, r, me)
	}
	if err != nil {
		return err
	}
	if to := replyAt(r, page.Log); to != "" && !fragment(r) {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	if fragment(r) {
		render(w, r, http.StatusOK, views.ChatFragment(page))
		return nil
	}
	render(w, r, http.StatusOK, views.ChatPage(page))
	return nil
}

// showFrame answers scripts with what stands around a page, for when a channel changed or the list of them: the page itself
// costs several times as much, and many ask at once.
func (d *door) showFrame(w http.ResponseWriter, r *http.Request, me accounts.User) (err error) {
	var page views.Chat
	var place chat.Member
	if chi.URLParam(r, "channel") != "" {
		page, place, err = d.here(r, me, "")
		page.Log.KeepsOrder = chat.KeepsOrder(me, place)
	} else {
		page.Shell, err = d.shell(r, me, "", "", "")
	}
	if err == nil {
		render(w, r, http.StatusOK, views.Frame(page))
	}
	return err
}

// showJoin offers a public channel to somebody who is not in it.
func (d *door) showJoin(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	c, err := d.Chat.Preview(r.Context(), chi.URLParam(r, "channel"))
	if err != nil {
		return err
	}
	s, err := d.shell(r, me, c.Name, views.PlaceChannels, "")
	if err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.JoinPage(s, preview(c)))
	return nil
}

// conversation reads the page of the channel in the address, and the viewer's place in it. The cursor is taken before the data: what
// happens in between comes again over the stream, and nothing is missing.
func (d *door) conversation(r *http.Request, me accounts.User) (page views.Chat, place chat.Member, err error) {
	cursor := d.Broker.Cursor()
	query := r.URL.Query()
	cut := chat.Cut{Before: query.Get("before"), After: query.Get("after"), Around: query.Get("around"), Limit: chat.DefaultPage}
	h, err := d.Chat.History(r.Context(), me, chi.URLParam(r, "channel"), cut)
	if err != nil {
		return page, place, err
	}
	log, err := d.log(r.Context(), me, h, cut)
	if err != nil {
		return page, place, err
	}
	log.Cursor = cursor
	c, err := d.channel(r.Context(), me, h.Channel, h.Member)
	if err != nil {
		return page, place, err
	}
	s, err := d.shell(r, me, c.Name, views.PlaceChat, h.Channel.ID)
	if err != nil {
		return page, place, err
	}
	if err := d.quote(r.Context(), me, func() (views.Shell, error) { return s, nil }, log.Entries); err != nil {
		return page, place, err
	}
	draft, err := d.Chat.DraftAt(r.Context(), h.Member, "")
	if err != nil {
		return page, place, err
	}
	f, err := d.drafted(r.Context(), me, d.newComposer(views.Composer{ChannelID: c.ID, Text: d.quoting(c.ID, query.Get("quote"))}), draft)
	return views.Chat{Shell: s, Channel: c, Log: log, Composer: f, Typing: d.Chat.TypingAt(h.Member)}, h.Member, err
}

// log turns a part of a history into what stands on the screen: days, the line of the first unread, grouped messages.
func (d *door) log(ctx context.Context, me accounts.User, h chat.History, cut chat.Cut) (views.Log, error) {
	authors, err := d.authors(ctx, h.Messages, h.Marks)
	if err != nil {
		return views.Log{}, err
	}
	log := views.Log{
		Entries: make([]views.Entry, len(h.Messages)), LastRead: h.Member.LastReadSeq,
		Unread: h.Member.Unread(h.Channel.LastSeq), KeepsOrder: chat.KeepsOrder(me, h.Member),
	}
	now, marked := d.Now(), log.Unread == 0
	for i, m := range h.Messages {
		e := views.Entry{Message: pinned(message(m, authors[m.UserID]), m, authors[m.PinnedBy]), Mine: m.UserID == me.ID, Undo: m.ParentID == "" && d.mayUndo(me, m)}
		e.Thread = threadLine(m, authors)
		e.Saved, e.Reactions = h.Marks[m.ID].Bookmarked, reactions(h.Marks[m.ID].Reactions, authors, me.ID)
		first := !marked && m.Seq > h.Member.LastReadSeq && !e.Mine
		if first {
			// On a page that begins after the mark the first unread message lies further up.
			e.New, marked = i > 0 || m.Seq == h.Member.LastReadSeq+1, true
		}
		if day := views.DayLabel(m.CreatedAt, now); i == 0 || day != views.DayLabel(h.Messages[i-1].CreatedAt, now) {
			e.Day = day
		}
		e.More = e.Day == "" && !e.New && e.Root == "" && together(log.Entries[i-1].Message, e.Message)
		log.Entries[i] = e
	}
	fold(log.Entries)
	edges(&log, h, cut)
	return log, nil
}

// groupWithin is how close messages of one author stand together.
const groupWithin = 5 * time.Minute

func together(before, after views.Message) bool {
	return before.Root == after.Root && before.UserID == after.UserID && before.Author == after.Author && before.Emoji == after.Emoji && before.Icon == after.Icon &&
		after.At.Sub(before.At) < groupWithin
}

// replyAt returns the thread in which the message stands that the address looks for, "" where that is no reply.
func replyAt(r *http.Request, log views.Log) string {
	around := r.URL.Query().Get("around")
	for _, e := range log.Entries {
		if e.ID == around && e.Root != "" && !r.URL.Query().Has("note") {
			return views.ReplyLink(e.ChannelID, e.Root, e.ID)
		}
	}
	return ""
}

// edges says where the messages before and after are.
func edges(log *views.Log, h chat.History, cut chat.Cut) {
	path := "/chat/" + h.Channel.ID
	if n := len(h.Messages); n > 0 {
		whole := cut.After == "" && n < cut.Limit // what came before was deleted, or removed because of its age
		if h.Messages[0].Seq > 1 && !whole {
			log.Older = path + "?before=" + h.Messages[0].ID
		}
		part := cut.Before != "" || cut.After != "" || cut.Around != ""
		if part && h.Messages[n-1].Seq < h.Channel.LastSeq {
			log.Newer = path + "?after=" + h.Messages[n-1].ID
		}
	}
}

// authors reads everybody whom messages name: who wrote and pinned them, and who reacted to them.
func (d *door) authors(ctx context.Context, messages []chat.Message, marks map[string]chat.Marks) (map[string]accounts.User, error) {
	seen := map[string]bool{"": true}
	var ids []string
	add := func(userIDs ...string) {
		for _, userID := range userIDs {
			if !seen[userID] {
				seen[userID] = true
				ids = append(ids, userID)
			}
		}
	}
	for _, m := range messages {
		add(m.UserID, m.PinnedBy)
		add(m.Participants...)
		for _, r := range marks[m.ID].Reactions {
			add(r.Named()...)
		}
	}
	return d.Accounts.Users(ctx, ids)
}

// message is the viewer-neutral form that pages and the stream share.
func message(m chat.Message, author accounts.User) views.Message {
	name := author.Shown()
	if name == "" {
		name = gone
	}
	if m.Guise.Name != "" {
		name = m.Guise.Name
	}
	return views.Message{
		ID: m.ID, ChannelID: m.ChannelID, Seq: m.Seq, UserID: m.UserID, Author: name, Avatar: picture(author), HTML: m.HTML,
		Root: m.ParentID, Excerpt: excerpt(m), Also: m.AlsoChannel, Files: m.Attachments, Previews: chat.Shown(m.Previews), At: m.CreatedAt,
		Edited: !m.EditedAt.IsZero(), EditedAt: m.EditedAt, Gone: author.ID == "" || author.Deactivated, Bot: author.Bot, Emoji: m.Guise.Emoji, Icon: m.Guise.Icon,
	}
}
