package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func (w *world) direct(t testing.TB, a, b accounts.User) chat.Channel {
	t.Helper()
	c, _, err := w.DirectChannel(t.Context(), a, b.ID)
	must(t, err)
	w.told()
	return c
}

// listed returns the ids of a person's conversations.
func (w *world) listed(t testing.TB, u accounts.User) (ids []string) {
	t.Helper()
	page, err := w.Conversations(t.Context(), u, "", 50)
	must(t, err)
	for _, c := range page {
		ids = append(ids, c.Channel.ID)
	}
	return ids
}

func (w *world) kept(t testing.TB, u accounts.User, ban accounts.Ban) {
	t.Helper()
	if _, err := w.store.UpdateUser(t.Context(), u.ID, accounts.UserChange{Ban: &ban}, w.now()); err != nil {
		t.Fatal(err)
	}
}

func TestADirectKeyIsTheSameFromBothSides(t *testing.T) {
	a, b := strings.Repeat("a", 24), strings.Repeat("b", 24)
	if key := chat.DirectKey(b, a); key != "dm_"+a+"_"+b || key != chat.DirectKey(a, b) {
		t.Errorf("key is %s", key)
	}
	for key, want := range map[string]bool{
		"dm_" + a + "_" + b: true, "dm_" + a + "_" + a: true, "dm_" + b + "_" + a: false, a + "_" + b: false, "dm_" + a: false,
		"dm_" + a + "_" + b + "_": false, "dm_" + a + "_" + strings.ToUpper(b): false, "dm__": false, "": false, a: false,
	} {
		x, y, ok := chat.DirectPeople(key)
		if ok != want || ok && chat.DirectKey(x, y) != key {
			t.Errorf("%q names %q and %q: %v, want %v", key, x, y, ok, want)
		}
	}
	if chat.GroupKey([]string{a, b}) != chat.GroupKey([]string{b, a}) || chat.GroupKey([]string{a, b}) == chat.GroupKey([]string{a}) {
		t.Error("the key of a group depends on its people alone")
	}
}

func TestTwoPeopleHaveOneConversation(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, m, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	if c.Type != chat.Direct || c.Name != "" || c.CreatedBy != ada.ID || c.MemberCount != 2 || c.Key != chat.DirectKey(ada.ID, ben.ID) ||
		m.Role != chat.RolePeer || m.UserID != ada.ID {
		t.Errorf("conversation is %+v, place %+v", c, m)
	}
	w.tells(t, "user:"+ada.ID+" ConversationOpened")
	again, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	other, m, err := w.DirectChannel(t.Context(), ben, ada.ID)
	must(t, err)
	if again.ID != c.ID || other.ID != c.ID || m.UserID != ben.ID {
		t.Errorf("conversations are %s, %s and %s", c.ID, again.ID, other.ID)
	}
	w.tells(t, "user:"+ben.ID+" ConversationOpened") // ben has opened it before the first message
	notes, _, err := w.DirectChannel(t.Context(), ada, ada.ID)
	must(t, err)
	w.post(t, ada, notes.ID, "remember")
	if found, err := w.Conversation(t.Context(), ada, notes.ID); err != nil || len(found.People) != 0 || notes.MemberCount != 1 {
		t.Errorf("notes are %+v, %v", found, err)
	}
	for _, nobody := range []string{id.New(w.now()), "", "x", w.person(t, "gone", accounts.RoleUser).ID} {
		_, _, err := w.DirectChannel(t.Context(), ada, nobody)
		refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	}
}

func TestFiftyFirstMessagesAtOnceMakeOneConversation(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	heardBy := w.listen(t, ben)
	var all sync.WaitGroup
	ids := make([]string, 50)
	for i := range ids {
		all.Go(func() {
			from, to := ada, ben
			if i%2 == 0 {
				from, to = ben, ada
			}
			c, _, err := w.DirectChannel(t.Context(), from, to.ID)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := w.PostMessage(t.Context(), from, c.ID, chat.Draft{Content: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
			ids[i] = c.ID
		})
	}
	all.Wait()
	if slices.Sort(ids); ids[0] != ids[49] {
		t.Fatalf("conversations are %v", slices.Compact(ids))
	}
	h, err := w.History(t.Context(), ben, ids[0], chat.Cut{Limit: 100})
	must(t, err)
	if len(h.Messages) != 50 || h.Channel.LastSeq != 50 {
		t.Errorf("%d messages, the last has number %d", len(h.Messages), h.Channel.LastSeq)
	}
	news := 0
	for _, topic := range heard(t, heardBy) {
		if topic == "channel:"+ids[0] {
			news++
		}
	}
	if news != 50 {
		t.Errorf("ben has heard %d of 50 messages", news)
	}
	for _, u := range []accounts.User{ada, ben} {
		if got := w.listed(t, u); !slices.Equal(got, ids[:1]) {
			t.Errorf("%s has %v", u.Name, got)
		}
	}
}

func TestAGroupIsFoundByItsPeople(t *testing.T) {
	w := newWorld(t)
	var people []accounts.User
	var all []string
	for i := range chat.MaxGroup + 1 {
		people = append(people, w.person(t, fmt.Sprintf("p%d", i), accounts.RoleUser))
		all = append(all, people[i].ID)
	}
	ada := people[0]
	c, _, err := w.GroupChannel(t.Context(), ada, []string{all[2], all[1], all[2]})
	must(t, err)
	again, _, err := w.GroupChannel(t.Context(), people[2], []string{all[0], all[2], all[1]})
	must(t, err)
	larger, _, err := w.GroupChannel(t.Context(), ada, all[1:4])
	must(t, err)
	if again.ID != c.ID || larger.ID == c.ID || c.Type != chat.Group || c.MemberCount != 3 || c.Name != "" {
		t.Errorf("groups are %+v, %+v and %+v", c, again, larger)
	}
	found, err := w.Conversation(t.Context(), ada, c.ID)
	must(t, err)
	if want := slices.Sorted(slices.Values(all[1:3])); !slices.Equal(found.People, want) {
		t.Errorf("the others are %v, want %v", found.People, want)
	}
	_, _, err = w.GroupChannel(t.Context(), ada, all[1:chat.MaxGroup])
	must(t, err)
	for _, ids := range [][]string{nil, {all[1]}, {all[0], all[1]}, {all[1], all[1]}, all, make([]string, 99)} {
		_, _, err := w.GroupChannel(t.Context(), ada, ids)
		refused(t, err, fault.Invalid, "INVALID_GROUP")
	}
	for _, nobody := range []string{id.New(w.now()), "x", w.person(t, "gone", accounts.RoleUser).ID} {
		_, _, err := w.GroupChannel(t.Context(), ada, []string{all[1], nobody})
		refused(t, err, fault.NotFound, "USER_NOT_FOUND")
	}
}

// Whatever the role in the workspace: in a conversation everyone is a peer, and to everybody else it is not there.
func TestNobodyManagesAConversation(t *testing.T) {
	w := newWorld(t)
	boss, keeper := w.person(t, "boss", accounts.RoleAdmin), w.person(t, "keeper", accounts.RoleModerator)
	ben, outside := w.person(t, "ben", accounts.RoleUser), w.person(t, "outside", accounts.RoleAdmin)
	group, _, err := w.GroupChannel(t.Context(), boss, []string{keeper.ID, ben.ID})
	must(t, err)
	name, public, yes := "open", chat.Public, true
	for _, c := range []chat.Channel{w.direct(t, boss, ben), w.direct(t, keeper, ben), group} {
		theirs := w.post(t, ben, c.ID, "mine")
		for _, u := range []accounts.User{boss, keeper} {
			place, found := w.place(t, c.ID, u)
			if !found {
				continue
			}
			for what, change := range map[string]chat.ChannelChange{
				"rename": {Name: &name}, "type": {Type: &public}, "archive": {Archived: &yes}, "describe": {Description: &name}, "none": {},
			} {
				if _, err := w.UpdateChannel(t.Context(), u, c.ID, change); !fault.Is(err, fault.Forbidden) || fault.From(err).Code != "DIRECT_CONVERSATION" {
					t.Errorf("%s by %s: %v", what, u.Name, err)
				}
			}
			refused(t, w.AddMember(t.Context(), u, c.ID, outside.ID), fault.Forbidden, "DIRECT_CONVERSATION")
			refused(t, w.RemoveMember(t.Context(), u, c.ID, ben.ID), fault.Forbidden, "DIRECT_CONVERSATION")
			refused(t, w.RemoveMember(t.Context(), u, c.ID, u.ID), fault.Forbidden, "DIRECT_CONVERSATION")
			refused(t, w.SetMemberRole(t.Context(), u, c.ID, u.ID, chat.RoleAdmin), fault.Forbidden, "DIRECT_CONVERSATION")
			refused(t, w.DeleteMessage(t.Context(), u, theirs.ID), fault.NotFound, "MESSAGE_NOT_FOUND")
			if chat.MayManage(u, place) || chat.KeepsOrder(u, place) || chat.MayDelete(u, place, theirs) {
				t.Errorf("%s has power in a conversation", u.Name)
			}
		}
		refused(t, w.Join(t.Context(), outside, c.ID), fault.NotFound, "CHANNEL_NOT_FOUND")
		refused(t, w.Join(t.Context(), ben, c.ID), fault.Invalid, "ALREADY_MEMBER")
		_, err := w.Preview(t.Context(), c.ID)
		refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
		for _, each := range calls() {
			err := each.do(t.Context(), w, outside, c.ID, theirs.ID, ben.ID, outside.ID)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by an outsider: %v", each.name, err)
			}
		}
		stands, err := w.Conversation(t.Context(), ben, c.ID)
		must(t, err)
		if stands.Type != c.Type || stands.Archived || stands.Name != "" || stands.MemberCount != c.MemberCount {
			t.Errorf("the conversation has become %+v", stands.Channel)
		}
		must(t, w.DeleteMessage(t.Context(), ben, theirs.ID))
	}
	if all, err := w.AllChannels(t.Context(), boss, chat.ChannelQuery{Limit: 9}); err != nil || len(all) != 0 {
		t.Errorf("admins see %v, %v", all, err)
	}
	if n, err := w.Count(t.Context()); err != nil || n.Channels != 0 {
		t.Errorf("there are %d channels, %v", n.Channels, err)
	}
}

func (w *world) place(t testing.TB, channelID string, u accounts.User) (chat.Member, bool) {
	t.Helper()
	_, m, err := w.store.Membership(t.Context(), channelID, u.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return m, err == nil
}

func TestOnlyTheTwoFindAConversationByTheirNames(t *testing.T) {
	w := newWorld(t)
	ada, ben, boss := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "boss", accounts.RoleAdmin)
	c := w.direct(t, ada, ben)
	for _, u := range []accounts.User{ada, ben} {
		if got, err := w.ChannelID(t.Context(), u, c.Key); err != nil || got != c.ID {
			t.Errorf("%s finds %q, %v", u.Name, got, err)
		}
	}
	_, err := w.ChannelID(t.Context(), boss, c.Key)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	_, err = w.ChannelID(t.Context(), boss, chat.DirectKey(boss.ID, ada.ID)) // there is none
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	for _, name := range []string{c.ID, "", "x", "dm_" + ada.ID} {
		if got, err := w.ChannelID(t.Context(), boss, name); err != nil || got != name {
			t.Errorf("%q becomes %q, %v", name, got, err)
		}
	}
}

func TestAConversationIsReadButNotContinuedWithSomebodyWhoIsKeptOut(t *testing.T) {
	w := newWorld(t)
	ada, ben, cyd := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cyd", accounts.RoleUser)
	c := w.direct(t, ada, ben)
	group, _, err := w.GroupChannel(t.Context(), ada, []string{ben.ID, cyd.ID})
	must(t, err)
	first := w.post(t, ada, c.ID, "hello")
	w.kept(t, ben, accounts.Ban{Banned: true, Expires: w.now().Add(time.Hour)})
	w.told()
	_, err = w.PostMessage(t.Context(), ada, c.ID, chat.Draft{Content: "again"})
	refused(t, err, fault.Forbidden, "RECIPIENT_UNAVAILABLE")
	w.tells(t)
	if again, _, err := w.DirectChannel(t.Context(), ada, ben.ID); err != nil || again.ID != c.ID {
		t.Errorf("the conversation is %+v, %v", again, err)
	}
	if h, err := w.History(t.Context(), ada, c.ID, chat.Cut{Limit: 9}); err != nil || len(h.Messages) != 1 {
		t.Errorf("history is %+v, %v", h, err)
	}
	_, err = w.EditMessage(t.Context(), ada, first.ID, "goodbye")
	must(t, err)
	_, _, err = w.DirectChannel(t.Context(), cyd, ben.ID) // none stands
	refused(t, err, fault.Forbidden, "RECIPIENT_UNAVAILABLE")
	w.post(t, ada, group.ID, "cyd is still there")
	w.kept(t, cyd, accounts.Ban{Banned: true})
	_, err = w.PostMessage(t.Context(), ada, group.ID, chat.Draft{Content: "nobody is"})
	refused(t, err, fault.Forbidden, "RECIPIENT_UNAVAILABLE")
	w.later(2 * time.Hour)
	w.post(t, ada, c.ID, "back")
	w.post(t, ada, group.ID, "back")
}

func TestWhoGoesForGoodKeepsTheirPlaceInConversations(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	open, c := w.channel(t, chat.Public, ada, ben), w.direct(t, ada, ben)
	w.post(t, ben, c.ID, "before I go")
	must(t, w.LeaveAll(t.Context(), ben.ID))
	if _, there := w.place(t, open.ID, ben); there {
		t.Error("ben is still in the channel")
	}
	if _, there := w.place(t, c.ID, ben); !there {
		t.Error("ben's place in the conversation is gone")
	}
	page, err := w.Conversations(t.Context(), ada, "", 9)
	must(t, err)
	if len(page) != 1 || !slices.Equal(page[0].People, []string{ben.ID}) || page[0].LastMessage != "before I go" {
		t.Errorf("ada has %+v", page)
	}
}

func TestTheFirstMessageBringsAConversationToTheOther(t *testing.T) {
	w := newWorld(t)
	ada, ben, cyd := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser), w.person(t, "cyd", accounts.RoleUser)
	bens, cyds := w.listen(t, ben), w.listen(t, cyd)
	c := w.direct(t, ada, ben)
	if got := w.listed(t, ada); !slices.Equal(got, []string{c.ID}) {
		t.Errorf("ada has %v", got)
	}
	if got := w.listed(t, ben); got != nil {
		t.Errorf("ben has %v before the first message", got)
	}
	if got := heard(t, bens); got != nil {
		t.Errorf("ben has heard %v", got)
	}
	w.post(t, ada, c.ID, "one")
	w.mu.Lock()
	opened, _ := w.payloads[0].(chat.ConversationOpened)
	w.mu.Unlock()
	if opened.UserID != ben.ID || opened.Channel.ID != c.ID || len(opened.People) != 2 {
		t.Errorf("told %+v", opened)
	}
	w.post(t, ada, c.ID, "two")
	opens := func() (told []string) { // in order, without what else is told of messages
		for _, line := range w.told() {
			if strings.HasSuffix(line, " ConversationOpened") || strings.HasSuffix(line, " MessagePosted") {
				told = append(told, line)
			}
		}
		return told
	}
	want := []string{"user:" + ben.ID + " ConversationOpened", "channel:" + c.ID + " MessagePosted", "channel:" + c.ID + " MessagePosted"}
	if got := opens(); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if got := heard(t, bens); !slices.Equal(got[:2], []string{"user:" + ben.ID, "channel:" + c.ID}) {
		t.Errorf("ben has heard %v", got)
	}
	must(t, w.HideConversation(t.Context(), ben, c.ID))
	w.tells(t, "user:"+ben.ID+" ConversationHidden")
	if got := w.listed(t, ben); got != nil {
		t.Errorf("ben has %v after hiding", got)
	}
	w.post(t, ben, c.ID, "three")
	if got := opens(); !slices.Equal(got, want[:2]) {
		t.Errorf("told %v, want %v", got, want[:2])
	}
	must(t, w.HideConversation(t.Context(), ben, c.ID))
	_, _, err := w.DirectChannel(t.Context(), ben, ada.ID)
	must(t, err)
	if got := w.listed(t, ben); !slices.Equal(got, []string{c.ID}) {
		t.Errorf("ben has %v after opening", got)
	}
	must(t, w.SetTyping(t.Context(), ada, c.ID, true))
	if got := heard(t, cyds); got != nil {
		t.Errorf("an outsider has heard %v", got)
	}
	refused(t, w.HideConversation(t.Context(), cyd, c.ID), fault.NotFound, "CHANNEL_NOT_FOUND")
	open := w.channel(t, chat.Public, ada)
	for _, u := range []accounts.User{ada, cyd} { // a channel is no conversation, whoever asks
		refused(t, w.HideConversation(t.Context(), u, open.ID), fault.NotFound, "CHANNEL_NOT_FOUND")
	}
	topics, err := w.Topics(t.Context(), ben.ID)
	must(t, err)
	if !slices.Contains(topics, "channel:"+c.ID) {
		t.Errorf("topics are %v", topics)
	}
	joined, err := w.JoinedChannels(t.Context(), ben)
	if err != nil || len(joined) != 0 {
		t.Errorf("ben's channels are %v, %v", joined, err)
	}
}

func TestConversationsComeInPagesWithUnreadCounts(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	var want, got []string
	for i := range 5 {
		other := w.person(t, fmt.Sprintf("other%d", i), accounts.RoleUser)
		c := w.direct(t, other, ada)
		w.later(time.Minute)
		for range i {
			w.post(t, other, c.ID, "hello")
		}
		if i > 0 {
			want = append([]string{fmt.Sprint(c.ID, other.ID, i)}, want...)
		}
	}
	cursor := ""
	for {
		page, err := w.Conversations(t.Context(), ada, cursor, 3)
		must(t, err)
		for _, c := range page {
			got = append(got, fmt.Sprint(c.Channel.ID, c.People[0], c.Unread(c.LastSeq)))
			cursor = c.Cursor()
		}
		if len(page) < 3 {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the list is %v, want %v", got, want)
	}
	for _, bad := range []string{"x", "1", "-5-" + ada.ID, "5-x", "1e9-" + ada.ID} {
		_, err := w.Conversations(t.Context(), ada, bad, 3)
		refused(t, err, fault.Invalid, "INVALID_CURSOR")
	}
}
