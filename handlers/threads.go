package handlers

import (
	"context"
	"net/http"
	"slices"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/views"
	"pegasus/web"
)

const (
	repliesPage  = 50 // replies that a thread shows at once
	threadsPage  = 30 // threads on a page of those that somebody follows
	mentionsPage = 30 // messages on a page of those that mention somebody
)

// threadRoutes are the pages of threads and of what else happened around a person.
func (d *door) threadRoutes(get, post func(string, http.HandlerFunc)) {
	const thread = "/chat/{channel}/thread/{message}"
	get(thread, member(d.showThread))
	post(thread+"/follow", member(d.followThread))
	post(thread+"/read", member(d.readThread))
	get("/threads", member(d.listThreads))
	post("/threads/read", member(d.readThreads))
	get("/mentions", member(d.listMentions))
}

func (d *door) showThread(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	page, err := d.threadPage(r, me)
	if err != nil {
		return err
	}
	d.panel(w, r, http.StatusOK, page)
	return nil
}

// threadPage is the conversation with the thread that the address names open beside it.
func (d *door) threadPage(r *http.Request, me accounts.User) (views.Chat, error) {
	root, err := d.message(r, me)
	if err != nil {
		return views.Chat{}, err
	}
	return d.threadBeside(r, me, root.ID)
}

// threadBeside is the conversation in the address with one of its threads open beside it.
func (d *door) threadBeside(r *http.Request, me accounts.User, rootID string) (views.Chat, error) {
	page, _, err := d.beside(r, me)
	if err != nil {
		return views.Chat{}, err
	}
	query := r.URL.Query()
	cut := chat.Cut{Before: query.Get("older"), Around: query.Get("reply"), Newest: true, Limit: repliesPage}
	t, err := d.Chat.Thread(r.Context(), me, rootID, cut)
	if err != nil {
		return views.Chat{}, err
	}
	shell := func() (views.Shell, error) {
		err := d.framed(r, me, &page)
		return page.Shell, err
	}
	page.Thread, err = d.thread(r.Context(), me, t, page.Channel, shell)
	if err == nil {
		page.Thread.Found = cut.Around
	}
	return page, err
}

func (d *door) thread(
	ctx context.Context, me accounts.User, t chat.Thread, c views.Channel, shell func() (views.Shell, error),
) (*views.Thread, error) {
	all := append(slices.Clone(t.Replies), t.Root)
	marks, err := d.Chat.Marks(ctx, me, all)
	if err != nil {
		return nil, err
	}
	people, err := d.authors(ctx, all, marks)
	if err != nil {
		return nil, err
	}
	root, path := t.Root, "/chat/"+t.Root.ChannelID+"/thread/"+t.Root.ID
	shown := &views.Thread{
		Root: views.Card{Message: pinned(message(root, people[root.UserID]), root, people[root.PinnedBy])}, Count: root.ReplyCount,
		Reactions: reactions(marks[root.ID].Reactions, people, me.ID), Follows: t.Place.Follows, Unread: t.Place.Unread, LastRead: t.Place.LastReadSeq, LastSeq: root.LastReplySeq,
	}
	draft, err := d.Chat.DraftAt(ctx, chat.Member{ChannelID: root.ChannelID, UserID: me.ID}, root.ID) // whose place the thread was read at
	if err != nil {
		return nil, err
	}
	shown.Composer, err = d.drafted(ctx, me, d.newComposer(views.Composer{ChannelID: root.ChannelID, Root: root.ID, Action: path, Label: "Reply", AlsoTo: alsoTo(c)}), draft)
	if err != nil {
		return nil, err
	}
	for i, m := range t.Replies {
		e := views.Entry{Message: pinned(message(m, people[m.UserID]), m, people[m.PinnedBy]), Mine: m.UserID == me.ID, Undo: d.mayUndo(me, m)}
		e.Saved, e.Reactions = marks[m.ID].Bookmarked, reactions(marks[m.ID].Reactions, people, me.ID)
		now, before := d.Now(), root
		if i > 0 {
			before = t.Replies[i-1]
		}
		if day := views.DayLabel(m.CreatedAt, now); day != views.DayLabel(before.CreatedAt, now) {
			e.Day = day
		}
		e.More = i > 0 && e.Day == "" && together(shown.Entries[i-1].Message, e.Message)
		shown.Entries = append(shown.Entries, e)
	}
	if n := len(t.Replies); n > 0 {
		atEnd := t.Replies[n-1].Seq == root.LastReplySeq
		if n < root.ReplyCount && (atEnd || n == repliesPage) {
			shown.Older = path + "?older=" + t.Replies[0].ID
		}
		if !atEnd {
			shown.Newer = path
		}
	}
	return shown, d.quote(ctx, me, shell, shown.Entries)
}

// alsoTo is what a thread's box calls its channel where a reply may stand there too.
func alsoTo(c views.Channel) string {
	switch {
	case c.Barred != "":
		return ""
	case c.Direct:
		return "the conversation"
	}
	return c.Name
}

// createReply posts to the thread that the address names.
func (d *door) createReply(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	root, err := d.message(r, me)
	if err != nil {
		return err
	}
	p, err := d.readPosting(w, r, me, root.ChannelID)
	var said chat.Outcome
	if err == nil {
		p.ParentID = root.ID
		said, err = d.post(w, r, me, root.ChannelID, p)
	}
	if err == nil {
		return d.answerSaid(w, r, said, "/chat/"+root.ChannelID+"/thread/"+root.ID)
	}
	if fragment(r) {
		return err
	}
	page, failed := d.threadPage(r, me)
	if failed != nil {
		return failed
	}
	status, err := d.refill(w, r, me, p, err, &page.Thread.Composer)
	if err == nil {
		render(w, r, status, views.ChatPage(page))
	}
	return err
}

func (d *door) followThread(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	if _, err := d.Chat.FollowThread(r.Context(), me, m.ID, r.PostForm.Get("follow") == "yes"); err != nil {
		return err
	}
	if fragment(r) {
		return d.showThread(w, r, me)
	}
	return done(w, r, "/chat/"+m.ChannelID+"/thread/"+m.ID)
}

func (d *door) readThread(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if err := parse(r); err != nil {
		return err
	}
	m, err := d.message(r, me)
	if err != nil {
		return err
	}
	seq, err := number(r, "seq")
	if err == nil {
		_, err = d.Chat.MarkThreadRead(r.Context(), me, m.ID, seq)
	}
	if err != nil {
		return err
	}
	return done(w, r, "/chat/"+m.ChannelID+"/thread/"+m.ID)
}

func (d *door) listThreads(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	query := r.URL.Query()
	page := views.ThreadList{UnreadOnly: query.Get("unread") == "yes", Now: d.Now()}
	found, err := d.Chat.Threads(r.Context(), me, page.UnreadOnly, query.Get("after"), threadsPage+1)
	if err != nil {
		return err
	}
	found, more := upTo(found, threadsPage)
	if more {
		page.More = "/threads?after=" + found[threadsPage-1].Cursor()
		if page.UnreadOnly {
			page.More += "&unread=yes"
		}
	}
	if page.Shell, err = d.shell(r, me, "Threads", views.PlaceThreads, ""); err != nil {
		return err
	}
	roots := make([]chat.Message, len(found))
	for i, f := range found {
		roots[i] = f.Root
	}
	people, err := d.authors(r.Context(), roots, nil)
	if err != nil {
		return err
	}
	for _, f := range found {
		page.Threads = append(page.Threads, views.FollowedThread{
			Root: views.Card{Message: message(f.Root, people[f.Root.UserID]), Place: placeName(page.Shell, f.Root.ChannelID)},
			Line: threadLine(f.Root, people), Unread: f.Unread,
		})
	}
	render(w, r, http.StatusOK, views.ThreadsPage(page))
	return nil
}

// threadLine is what stands below a message that has replies.
func threadLine(root chat.Message, people map[string]accounts.User) views.ThreadLine {
	line := views.ThreadLine{Count: root.ReplyCount, At: root.LastReplyAt}
	for _, userID := range root.Participants {
		u := people[userID]
		u.ID = userID
		line.People = append(line.People, person(u, accounts.StatusOffline))
	}
	return line
}

func (d *door) readThreads(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	if _, err := d.Chat.MarkThreadsRead(r.Context(), me); err != nil {
		return err
	}
	return done(w, r, "/threads")
}

func (d *door) listMentions(w http.ResponseWriter, r *http.Request, me accounts.User) error {
	found, err := d.Chat.Mentions(r.Context(), me, r.URL.Query().Get("after"), mentionsPage+1)
	if err != nil {
		return err
	}
	page := views.MentionList{}
	found, more := upTo(found, mentionsPage)
	if more {
		page.More = "/mentions?after=" + chat.MentionCursor(found[mentionsPage-1])
	}
	if page.Shell, err = d.shell(r, me, "Mentions", views.PlaceThreads, ""); err != nil {
		return err
	}
	if page.Cards, err = d.cards(r.Context(), page.Shell, found); err != nil {
		return err
	}
	render(w, r, http.StatusOK, views.MentionsPage(page))
	return nil
}

// excerpt is what the channel shows of a reply.
func excerpt(m chat.Message) string {
	if m.ParentID == "" {
		return ""
	}
	if m.Content == "" && len(m.Attachments) > 0 {
		return m.Attachments[0].Name
	}
	return views.OneLine(m.Content)
}

// threadEvent is what has become of a thread: for all in its channel, or with UserID set for a person.
type threadEvent struct {
	ChannelID   string `json:"channelId"`
	MessageID   string `json:"messageId"` // the root
	Replies     int    `json:"replies"`
	LastReplyAt string `json:"lastReplyAt,omitempty"`
	Seq         int64  `json:"seq"`
	UserID      string `json:"userId,omitempty"`
	Follows     bool   `json:"follows,omitempty"`
	Unread      bool   `json:"unread,omitempty"`
}

func threadNews(p chat.ThreadUpdated) threadEvent {
	news := threadEvent{
		ChannelID: p.ChannelID, MessageID: p.MessageID, Replies: p.ReplyCount, Seq: p.Seq, UserID: p.UserID, Follows: p.Follows, Unread: p.Unread,
	}
	if !p.LastReplyAt.IsZero() {
		news.LastReplyAt = web.Time(p.LastReplyAt)
	}
	return news
}

// fold leaves of replies to one thread that follow each other the note of the last one.
func fold(entries []views.Entry) {
	for i := range len(entries) - 1 {
		next := entries[i+1]
		entries[i].Folded = entries[i].Root != "" && !entries[i].Also && !next.Also && entries[i].Root == next.Root && next.Day == "" && !next.New
	}
}
