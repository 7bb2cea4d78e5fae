package storetest

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/id"
)

func channelsAfter(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	open, archived, secret := AddChannel(t, store, "open", ada), AddChannel(t, store, "archived", ada), Channel("secret")
	secret.Type = chat.Private
	must(t, store.CreateChannel(t.Context(), secret, []chat.Member{Member(secret.ID, ada.ID)}))
	yes, days := true, 30
	_, err := store.UpdateChannel(t.Context(), archived.ID, chat.ChannelChange{Archived: &yes, KeepDays: &days})
	must(t, err)
	direct := chat.Channel{ID: id.New(Start), Type: chat.Direct, Key: ada.ID + ben.ID, CreatedAt: Start}
	must(t, store.CreateChannel(t.Context(), direct, []chat.Member{Member(direct.ID, ada.ID), Member(direct.ID, ben.ID)}))

	want := []string{open.ID, archived.ID, secret.ID, direct.ID}
	slices.Sort(want)
	var got []string
	for after := ""; ; after = got[len(got)-1] {
		page, err := store.ChannelsAfter(t.Context(), after, 3)
		must(t, err)
		for _, c := range page {
			got = append(got, c.ID)
			equal(t, "the days of "+c.Name, c.KeepDays, map[bool]int{true: 30}[c.ID == archived.ID])
		}
		if len(page) < 3 {
			break
		}
	}
	alike(t, "the channels", got, want)
}

// at posts a message of a time.
func at(t *testing.T, store Store, m chat.Message, when time.Time) chat.Message {
	t.Helper()
	m.CreatedAt, m.UpdatedAt = when, when
	m, _, err := store.AppendMessage(t.Context(), m)
	must(t, err)
	return m
}

func oldRemoved(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	before := Start.Add(time.Hour)
	old, root, ended := Message(c.ID, ada.ID, "old"), Message(c.ID, ada.ID, "root"), Message(c.ID, ada.ID, "ended")
	under := func(parent, text string) chat.Message {
		m := Message(c.ID, ada.ID, text)
		m.ParentID = parent
		return m
	}
	var ids []string
	for _, m := range []chat.Message{old, root, ended, under(root.ID, "old reply"), under(ended.ID, "last reply")} {
		ids = append(ids, at(t, store, m, Start).ID)
	}
	reply := at(t, store, under(root.ID, "young reply"), before)
	young := at(t, store, Message(c.ID, ada.ID, "young"), before.Add(time.Minute))
	ids = append(ids, reply.ID, young.ID, id.New(Start))

	// A root goes once its replies are old as well, whether they are there or not.
	removed, err := store.RemoveMessages(t.Context(), ids, before, before)
	must(t, err)
	var texts []string
	for _, m := range removed {
		texts = append(texts, m.ID)
		equal(t, "what is left of a text", m.Content+m.HTML, "")
	}
	alike(t, "what is removed", texts, []string{ids[0], ids[2], ids[3], ids[4]})
	wantPage(t, store, c.ID, chat.Page{Limit: 10}, 2, reply.Seq, young.Seq)
	wantPage(t, store, c.ID, chat.Page{Around: 1, Limit: 10}, 2, reply.Seq, young.Seq)
	kept, err := store.Message(t.Context(), root.ID)
	must(t, err)
	equal(t, "the replies of the thread that goes on", kept.ReplyCount, 1)
	again, err := store.RemoveMessages(t.Context(), ids, before, before)
	must(t, err)
	equal(t, "what is removed a second time", len(again), 0)
	equal(t, "the next number", Post(t, store, c.ID, ada.ID, "next").Seq, young.Seq+1)
}

func removedWhole(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	u := addUpload(t, store, ada.ID, "plan.txt")
	m := with(Message(c.ID, ada.ID, "secret words"), u)
	m.Mentions = []chat.Mention{{UserID: ben.ID, Named: true}}
	m, _, err := store.AppendMessage(t.Context(), m)
	must(t, err)
	react(t, store, m.ID, ben.ID, "👍")
	_, err = store.ToggleBookmark(t.Context(), bookmark(m.ID, ben.ID))
	must(t, err)
	_, err = store.EditMessage(t.Context(), m.ID, ada.ID, "secret text", "<p>secret text</p>", 1, Start)
	must(t, err)
	_, err = store.TogglePin(t.Context(), m.ID, ben.ID, Start)
	must(t, err)
	must(t, store.SaveEmbeddings(t.Context(), []chat.Embedding{{MessageID: m.ID, ChannelID: c.ID, Model: "m", Vector: []byte{1}}}))

	now := Start.Add(time.Hour)
	removed, err := store.RemoveMessages(t.Context(), []string{m.ID}, now, now)
	must(t, err)
	equal(t, "what is removed", len(removed), 1)
	alike(t, "the choices left", reactionsOf(t, store, m.ID), []string{})
	marked, err := store.BookmarkedBy(t.Context(), ben.ID, []string{m.ID})
	must(t, err)
	equal(t, "the bookmarks left", len(marked), 0)
	pins, err := store.Pins(t.Context(), c.ID)
	must(t, err)
	equal(t, "the pins left", len(pins), 0)
	former, err := store.FormerTexts(t.Context(), m.ID)
	must(t, err)
	equal(t, "the former texts left", len(former), 0)
	equal(t, "the files that are due", slices.Contains(dueUploads(t, store, now), u.ID), true)
	vectors := 0
	must(t, store.EachEmbedding(t.Context(), "m", []string{c.ID}, 10, func(string, []byte) { vectors++ }))
	equal(t, "the vectors left", vectors, 0)
	gone, err := store.Message(t.Context(), m.ID)
	must(t, err)
	equal(t, "the rest of it", gone.Content+gone.HTML, "")
	equal(t, "the rest is deleted", gone.Deleted && len(gone.Attachments) == 0, true)
}

// removedAgainstPosts removes again and again while people post and reply: what is young stays, and so does a root whose young
// reply was there before its removal began; numbers and unread counts stay right.
func removedAgainstPosts(t *testing.T, store Store) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "general", ada, ben)
	before := Start.Add(time.Hour)
	const each = 20
	var offered []string // the old ones, and the young ones before they are there
	young := make([]chat.Message, each)
	for i := range each {
		root := at(t, store, Message(c.ID, ada.ID, "old"), Start)
		young[i] = Message(c.ID, ada.ID, "young")
		young[i].CreatedAt = before
		if i%2 == 0 {
			young[i].ParentID = root.ID
		}
		offered = append(offered, root.ID, young[i].ID)
	}
	var mu sync.Mutex
	replied := map[string]bool{} // by root: a young reply is there
	_, failures := atOnce(2*each, func(i int) error {
		if i%2 == 1 {
			m := young[i/2]
			_, _, err := store.AppendMessage(t.Context(), m)
			mu.Lock()
			defer mu.Unlock()
			replied[m.ParentID] = m.ParentID != "" && err == nil
			return err
		}
		mu.Lock()
		kept := maps.Clone(replied)
		mu.Unlock()
		removed, err := store.RemoveMessages(t.Context(), offered[i:], before, before)
		for _, m := range removed {
			if kept[m.ID] || !m.CreatedAt.Before(before) {
				return fmt.Errorf("%s went, whose reply was there: %v", m.ID, kept[m.ID])
			}
		}
		return err
	})
	if len(failures) > 0 {
		t.Fatal(failures)
	}
	_, err := store.RemoveMessages(t.Context(), offered, before, before)
	must(t, err)
	for _, m := range young {
		stands, err := store.Message(t.Context(), m.ID)
		must(t, err)
		equal(t, "a young message", stands.Content, "young")
	}
	ch, place, err := store.Membership(t.Context(), c.ID, ben.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 2*each)
	equal(t, "ben's unread count", place.Unread(ch.LastSeq), 2*each)
	_, place, err = store.MarkRead(t.Context(), c.ID, ben.ID, ch.LastSeq, before)
	must(t, err)
	equal(t, "ben's unread count after reading", place.Unread(ch.LastSeq), 0)
}
