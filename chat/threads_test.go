package chat_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func (w *world) reply(t testing.TB, u accounts.User, messageID, text string) chat.Message {
	t.Helper()
	m, err := w.Reply(t.Context(), u, messageID, chat.Draft{Content: text})
	must(t, err)
	w.TellWaiting(t.Context())
	return m
}

// threadOf checks the replies that somebody sees in a thread.
func (w *world) threadOf(t testing.TB, u accounts.User, messageID string, cut chat.Cut, want ...string) chat.Thread {
	t.Helper()
	cut.Limit = max(cut.Limit, 1)
	thread, err := w.Thread(t.Context(), u, messageID, cut)
	must(t, err)
	var got []string
	for _, m := range thread.Replies {
		got = append(got, m.Content)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the replies are %q, want %q", got, want)
	}
	return thread
}

func TestAReplyToAReplyBelongsToTheRoot(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	root := w.post(t, ada, c.ID, "root")
	first := w.reply(t, ben, root.ID, "first")
	second := w.reply(t, ada, first.ID, "second")
	third, err := w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "third", ParentID: second.ID})
	must(t, err)
	for _, m := range []chat.Message{first, second, third} {
		if m.ParentID != root.ID {
			t.Errorf("%s belongs to %s, want the root %s", m.Content, m.ParentID, root.ID)
		}
	}
	for _, id := range []string{root.ID, first.ID, third.ID} {
		thread := w.threadOf(t, ben, id, chat.Cut{Limit: 10}, "first", "second", "third")
		if thread.Root.ID != root.ID || thread.Root.ReplyCount != 3 || !thread.Place.Follows || thread.Place.Unread != 0 {
			t.Errorf("the thread is %+v", thread)
		}
	}
	w.threadOf(t, ada, root.ID, chat.Cut{Limit: 2}, "first", "second")
	w.threadOf(t, ada, root.ID, chat.Cut{Limit: 2, After: second.ID}, "third")
	w.threadOf(t, ada, root.ID, chat.Cut{Limit: 1, Before: third.ID}, "second")
	_, err = w.Thread(t.Context(), ada, root.ID, chat.Cut{Limit: 1, Before: "nothing"})
	refused(t, err, fault.Invalid, "UNKNOWN_MESSAGE")

	must(t, w.DeleteMessage(t.Context(), ada, root.ID))
	_, err = w.Thread(t.Context(), ben, first.ID, chat.Cut{Limit: 10})
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	_, err = w.PostMessage(t.Context(), ben, c.ID, chat.Draft{Content: "late", ParentID: first.ID})
	refused(t, err, fault.Invalid, "INVALID_PARENT")
}

func TestAReplySentAgainCountsOnce(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	root := w.post(t, ada, c.ID, "root")
	first := w.reply(t, ada, root.ID, "first")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			at := root.ID
			if i%2 == 0 {
				at = first.ID // the same thread
			}
			if _, err := w.Reply(t.Context(), ben, at, chat.Draft{Content: "once", Key: "key"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.threadOf(t, ada, root.ID, chat.Cut{Limit: 10}, "first", "once")
}

func TestFiftyRepliesAtOnceCountFifty(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	root := w.post(t, ada, c.ID, "root")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if _, err := w.Reply(t.Context(), ben, root.ID, chat.Draft{Content: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	found, err := w.Threads(t.Context(), ada, true, "", 10)
	must(t, err)
	if len(found) != 1 || found[0].Root.ReplyCount != 50 || found[0].Unread != 50 {
		t.Errorf("the threads are %+v", found)
	}
}

func TestWhatIsToldOfThreads(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cy", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben, cy)
	channel, forAda, forBen, forCy := "channel:"+c.ID, "user:"+ada.ID, "user:"+ben.ID, "user:"+cy.ID
	root := w.post(t, ada, c.ID, "root")
	w.told()
	m := w.reply(t, ben, root.ID, "hello")
	w.mu.Lock()
	payloads := w.payloads
	w.mu.Unlock()
	w.tells(t, channel+" MessagePosted", channel+" ThreadUpdated", forAda+" ThreadUpdated", forBen+" ThreadUpdated", forAda+" Notification")
	news := chat.ThreadUpdated{ChannelID: c.ID, MessageID: root.ID, ReplyCount: 1, LastReplyAt: m.CreatedAt, Seq: m.Seq}
	told := payloads[4].(chat.Notification)
	told.Channel, told.Author = chat.Channel{}, accounts.User{}
	payloads[4] = told
	for i, want := range []any{news, func() any { n := news; n.UserID, n.Follows, n.Unread = ada.ID, true, true; return n }(),
		func() any { n := news; n.UserID, n.Follows = ben.ID, true; return n }(),
		chat.Notification{UserID: ada.ID, Kind: chat.NotifyThreadReply, Reason: chat.ReasonThread, Content: "hello", ChannelID: c.ID, MessageID: m.ID, Seq: m.Seq, AuthorID: ben.ID}} {
		if payloads[i+1] != want {
			t.Errorf("event %d is %+v, want %+v", i+1, payloads[i+1], want)
		}
	}
	_, err := w.MarkThreadRead(t.Context(), ada, root.ID, 0)
	must(t, err)
	w.tells(t, forAda+" ThreadUpdated")
	_, err = w.FollowThread(t.Context(), ada, m.ID, false)
	must(t, err)
	w.tells(t, forAda+" ThreadUpdated")
	w.reply(t, ben, root.ID, "nobody hears of it")
	w.tells(t, channel+" MessagePosted", channel+" ThreadUpdated", forBen+" ThreadUpdated")
	w.reply(t, ben, root.ID, "but @cy and @ada do") // each once, by the nearer reason
	w.tells(t, channel+" MessagePosted", channel+" ThreadUpdated", forAda+" ThreadUpdated", forBen+" ThreadUpdated", forCy+" ThreadUpdated",
		forAda+" Notification", forCy+" Notification")
	must(t, w.DeleteMessage(t.Context(), ben, m.ID))
	w.tells(t, channel+" MessageDeleted", channel+" ThreadUpdated", forAda+" ThreadUpdated", forBen+" ThreadUpdated", forCy+" ThreadUpdated")
}

func TestThreadsOfAChannelThatOneLeft(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	root := w.post(t, ben, c.ID, "root")
	w.reply(t, ada, root.ID, "hello @ben")
	inbox := func(threads, mentions int) {
		t.Helper()
		found, err := w.Threads(t.Context(), ben, false, "", 10)
		must(t, err)
		unread, err := w.UnreadThreads(t.Context(), ben)
		must(t, err)
		named, err := w.Mentions(t.Context(), ben, "", 10)
		must(t, err)
		if len(found) != threads || unread != threads || len(named) != mentions {
			t.Errorf("there are %d threads, %d unread, %d mentions; want %d and %d", len(found), unread, len(named), threads, mentions)
		}
	}
	inbox(1, 1)
	must(t, w.RemoveMember(t.Context(), ada, c.ID, ben.ID))
	inbox(0, 0)
	w.told()
	w.reply(t, ada, root.ID, "more, @ben")
	for _, told := range w.told() {
		if told == "user:"+ben.ID+" Notification" || told == "user:"+ben.ID+" ThreadUpdated" {
			t.Errorf("somebody outside is told: %s", told)
		}
	}
	for what, err := range map[string]error{
		"the thread": func() error { _, err := w.Thread(t.Context(), ben, root.ID, chat.Cut{Limit: 1}); return err }(),
		"a reply":    func() error { _, err := w.Reply(t.Context(), ben, root.ID, chat.Draft{Content: "x"}); return err }(),
		"following":  func() error { _, err := w.FollowThread(t.Context(), ben, root.ID, true); return err }(),
		"a mark":     func() error { _, err := w.MarkThreadRead(t.Context(), ben, root.ID, 0); return err }(),
	} {
		if f := fault.From(err); f.Kind != fault.NotFound || f.Code != "MESSAGE_NOT_FOUND" {
			t.Errorf("%s gives %v", what, err)
		}
	}
	_, err := w.Mentionable(t.Context(), ben, c.ID, "a", 10)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	must(t, w.AddMember(t.Context(), ada, c.ID, ben.ID))
	inbox(1, 1) // who is not there is not mentioned: the second one counts not even now
}

func TestListsOfThreadsAndMentionsTakeTheirOwnCursorsAlone(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	for _, cursor := range []string{"x", "-", "1-", "0-000000000000000000000001", "1-x", "-1-000000000000000000000001"} {
		_, err := w.Threads(t.Context(), ada, false, cursor, 10)
		refused(t, err, fault.Invalid, "INVALID_CURSOR")
		_, err = w.Mentions(t.Context(), ada, cursor, 10)
		refused(t, err, fault.Invalid, "INVALID_CURSOR")
	}
}

// notified returns whom the events since the last call notify, by kind.
func (w *world) notified() map[string]chat.NotificationKind {
	w.TellWaiting(context.Background())
	w.mu.Lock()
	payloads := w.payloads
	w.mu.Unlock()
	w.told()
	found := map[string]chat.NotificationKind{}
	for _, p := range payloads {
		if n, ok := p.(chat.Notification); ok {
			found[n.UserID] += n.Kind // twice is seen
		}
	}
	return found
}

func (w *world) notifies(t testing.TB, kind chat.NotificationKind, people ...accounts.User) {
	t.Helper()
	got := w.notified()
	for _, u := range people {
		if got[u.ID] != kind {
			t.Errorf("%s is notified of %q, want %q", u.Name, got[u.ID], kind)
		}
	}
	if len(got) != len(people) {
		t.Errorf("notified are %v, want %d people", got, len(people))
	}
}

func TestMentionsNotifyMembersOnce(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cy", accounts.RoleUser)
	outside := w.person(t, "outside", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben, cy)
	count := func(u accounts.User, want int64) {
		t.Helper()
		joined, err := w.JoinedChannels(t.Context(), u)
		must(t, err)
		if joined[0].MentionCount != want {
			t.Errorf("%s has %d unread mentions, want %d", u.Name, joined[0].MentionCount, want)
		}
	}
	m := w.post(t, ada, c.ID, "@ben `@cy` @outside @nobody @ada x@cy.example @Ben")
	w.notifies(t, chat.NotifyMention, ben)
	if want := `<p><span class="mention" data-mention="ben">@ben</span> <code>@cy</code> @outside @nobody `; m.HTML[:len(want)] != want {
		t.Errorf("the HTML is %s", m.HTML)
	}
	count(ben, 1)
	count(cy, 0)
	count(ada, 0)
	edit := func(text string) {
		t.Helper()
		_, err := w.EditMessage(t.Context(), ada, m.ID, text)
		must(t, err)
	}
	edit("@ben and @cy")
	w.notifies(t, chat.NotifyMention, cy)
	count(cy, 1)
	edit("@cy alone")
	w.notifies(t, chat.NotifyMention)
	count(ben, 0)
	edit("nobody")
	count(cy, 0)
	edit("@channel")
	w.notifies(t, chat.NotifyMention, ben, cy)
	edit("@channel, once more")
	w.notifies(t, chat.NotifyMention)
	count(ben, 1)
	_, err := w.MarkRead(t.Context(), ben, c.ID, 0)
	must(t, err)
	count(ben, 0)
	count(cy, 1)
	must(t, w.DeleteMessage(t.Context(), ada, m.ID))
	count(cy, 0)
	found, err := w.Mentions(t.Context(), outside, "", 10)
	must(t, err)
	if len(found) != 0 {
		t.Errorf("somebody outside is mentioned in %+v", found)
	}
}

func TestHereMeansThoseWhoAreConnected(t *testing.T) {
	w := newWorld(t)
	ada, ben, cy := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cy", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben, cy)
	w.listen(t, ben)
	m := w.post(t, ada, c.ID, "@here and now")
	w.notifies(t, chat.NotifyMention, ben)
	w.listen(t, cy)
	_, err := w.EditMessage(t.Context(), ada, m.ID, "@here and then")
	must(t, err)
	w.notifies(t, chat.NotifyMention)
	w.post(t, ben, c.ID, "@here @channel @cy")
	w.notifies(t, chat.NotifyMention, ada, cy)
}

func TestManyAreMentionedAtOnceOnlyWhereTheyAreNotTooMany(t *testing.T) {
	w := newWorld(t)
	ada, root := w.person(t, "ada", accounts.RoleUser), w.person(t, "root", accounts.RoleAdmin)
	c := w.channel(t, chat.Private, ada, root)
	for i := range chat.MaxCrowd - 1 {
		u := w.person(t, fmt.Sprintf("user%d", i), accounts.RoleUser)
		must(t, w.store.AddMember(t.Context(), chat.Member{ChannelID: c.ID, UserID: u.ID, Role: chat.RoleMember, JoinedAt: w.now()}))
	}
	w.told()
	m := w.post(t, ada, c.ID, "@channel @here @root")
	w.notifies(t, chat.NotifyMention, root)
	if want := `<p>@channel @here <span class="mention" data-mention="root">@root</span></p>` + "\n"; m.HTML != want {
		t.Errorf("the HTML is %s, want %s", m.HTML, want)
	}
	w.post(t, root, c.ID, "@channel")
	if got := w.notified(); len(got) != chat.MaxCrowd {
		t.Errorf("%d are notified, want all of %d", len(got), chat.MaxCrowd)
	}
}

func TestOneMessageMentionsSoManyByNameAndNoMore(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada)
	text := ""
	for i := range chat.MaxMentions + 5 {
		u := w.person(t, fmt.Sprintf("user%d", i), accounts.RoleUser)
		must(t, w.AddMember(t.Context(), ada, c.ID, u.ID))
		text += "@" + u.Username + " "
	}
	w.told()
	w.post(t, ada, c.ID, text)
	if got := w.notified(); len(got) != chat.MaxMentions {
		t.Errorf("%d are notified, want %d", len(got), chat.MaxMentions)
	}
}

func TestADirectMessageNotifiesTheOthers(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	w.told()
	m := w.post(t, ada, c.ID, "hello")
	w.notifies(t, chat.NotifyDirect, ben)
	w.reply(t, ben, m.ID, "hello @ada")
	w.notifies(t, chat.NotifyMention, ada)
	w.reply(t, ada, m.ID, "yes")
	w.notifies(t, chat.NotifyDirect, ben)
}

// A text that another version rendered keeps the mentions that were marked in it: who has such a name now was not meant.
func TestMentionsStayWhatTheyWereWhenRenderedAnew(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada, ben)
	m := w.post(t, ada, c.ID, "@ben @late")
	late := w.person(t, "late", accounts.RoleUser)
	must(t, w.AddMember(t.Context(), ada, c.ID, late.ID))
	newer := chat.NewService(chat.Options{
		Store: w.store, Events: w, Now: w.now, Render: text.RenderMentions, Names: text.Names, Renderer: 4,
		User: w.store.User, Users: w.store.Users, Connected: w.broker.Connected,
	})
	got, err := newer.Message(t.Context(), ada, m.ID)
	must(t, err)
	if got.HTML != m.HTML || got.Renderer != 4 {
		t.Errorf("the message is %+v, was %+v", got, m)
	}
}

func TestMentionablePeople(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.person(t, "ada", accounts.RoleUser), w.person(t, "adam", accounts.RoleUser)
	c := w.channel(t, chat.Private, ada)
	found, err := w.Mentionable(t.Context(), ada, c.ID, "AD", 10)
	must(t, err)
	if len(found) != 1 || found[0].ID != ada.ID {
		t.Errorf("found are %+v", found)
	}
}
