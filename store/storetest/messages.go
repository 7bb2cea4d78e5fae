package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

func messageReadsBack(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	first := Post(t, store, c.ID, ada.ID, "first")
	m := Message(c.ID, ada.ID, "second *line*\n\"'% ✨")
	m.ParentID, m.ClientKey, m.Renderer = first.ID, "key", 3
	m.CreatedAt = Start.Add(time.Hour + 999*time.Microsecond)
	m.UpdatedAt = m.CreatedAt.In(time.FixedZone("elsewhere", -7200))
	got, repeated, err := store.AppendMessage(t.Context(), m)
	must(t, err)
	equal(t, "repeated", repeated, false)
	m.Seq, m.CreatedAt, m.UpdatedAt = 2, Start.Add(time.Hour), Start.Add(time.Hour)
	alike(t, "the stored message", got, m)
	got, err = store.Message(t.Context(), m.ID)
	must(t, err)
	alike(t, "the message read again", got, m)
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 10})
	must(t, err)
	first.ReplyCount, first.LastReplyAt, first.LastReplySeq, first.Participants = 1, m.CreatedAt, 2, []string{ada.ID}
	alike(t, "the page", page, []chat.Message{first, m})
	ch, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 2)
	equal(t, "the newest moment", ch.LastMessageAt, m.CreatedAt)
	_, err = store.Message(t.Context(), id.New(Start))
	refused(t, err, fault.NotFound, "MESSAGE_NOT_FOUND")
	n, err := store.CountMessages(t.Context())
	must(t, err)
	equal(t, "the number of messages", n, 2)
}

func messageRefused(t *testing.T, store Store) {
	ctx := t.Context()
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada)
	_, _, err := store.AppendMessage(ctx, Message(c.ID, grace.ID, "hello"))
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	_, _, err = store.AppendMessage(ctx, Message(id.New(Start), ada.ID, "hello"))
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	Post(t, store, c.ID, ada.ID, "kept")
	for _, archived := range []bool{true, false} {
		_, err = store.UpdateChannel(ctx, c.ID, chat.ChannelChange{Archived: &archived})
		must(t, err)
		_, _, err = store.AppendMessage(ctx, Message(c.ID, ada.ID, "late"))
		if archived {
			refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
		} else {
			must(t, err)
		}
	}
	ch, err := store.Channel(ctx, c.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 2)
}

func messageOfAGuest(t *testing.T, store Store) {
	ctx := t.Context()
	ada, robot := AddUser(t, store, "ada"), AddUser(t, store, "robot")
	c := AddChannel(t, store, "general", ada)
	m := withKey(c.ID, robot.ID, "key", "rain")
	m.Guest = true
	got, _, err := store.AppendMessage(ctx, m)
	must(t, err)
	m.Seq, m.Guest = 1, false
	alike(t, "the stored message", got, m)
	m.ID, m.Guest = id.New(Start), true
	again, repeated, err := store.AppendMessage(ctx, m)
	must(t, err)
	equal(t, "repeated", repeated, true)
	equal(t, "the first message", again.ID, got.ID)
	_, _, err = store.Membership(ctx, c.ID, robot.ID)
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	_, _, err = store.AppendMessage(ctx, Message(c.ID, robot.ID, "no guest"))
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	reply(t, store, got, ada)
	followers, err := store.Followers(ctx, got.ID)
	must(t, err)
	equal(t, "the number of followers", len(followers), 1)
	must(t, store.AddMember(ctx, Member(c.ID, robot.ID)))
	m = Message(c.ID, robot.ID, "as a member")
	m.Guest = true
	_, _, err = store.AppendMessage(ctx, m)
	must(t, err)
	ch, place, err := store.Membership(ctx, c.ID, robot.ID)
	must(t, err)
	equal(t, "its own messages that are not unread", place.OwnUnread, 1)
	equal(t, "the newest number", ch.LastSeq, 3)
	yes := true
	_, err = store.UpdateChannel(ctx, c.ID, chat.ChannelChange{Archived: &yes})
	must(t, err)
	m = Message(c.ID, robot.ID, "late")
	m.Guest = true
	_, _, err = store.AppendMessage(ctx, m)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
}

func withKey(channelID, userID, key, content string) chat.Message {
	m := Message(channelID, userID, content)
	m.ClientKey = key
	return m
}

func retryRepeats(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	first, _, err := store.AppendMessage(t.Context(), withKey(c.ID, ada.ID, "key", "once"))
	must(t, err)
	for i := range 3 {
		m := withKey(c.ID, ada.ID, "key", "twice")
		m.CreatedAt = Start.Add(time.Duration(i) * time.Hour)
		again, repeated, err := store.AppendMessage(t.Context(), m)
		must(t, err)
		equal(t, "repeated", repeated, true)
		alike(t, "the first message", again, first)
	}
	for _, m := range []chat.Message{
		withKey(c.ID, grace.ID, "key", "another author"), withKey(c.ID, ada.ID, "other", "another key"),
		withKey(c.ID, ada.ID, "", "no key"), withKey(c.ID, ada.ID, "", "no key"),
	} {
		_, repeated, err := store.AppendMessage(t.Context(), m)
		must(t, err)
		equal(t, "repeated for "+m.Content, repeated, false)
	}
	ch, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 5)
}

func twinsAtOnce(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	var mu sync.Mutex
	fresh, ids := 0, map[string]bool{}
	won, failures := atOnce(100, func(int) error {
		m, repeated, err := store.AppendMessage(t.Context(), withKey(c.ID, ada.ID, "key", "twin"))
		mu.Lock()
		defer mu.Unlock()
		if ids[m.ID] = true; err == nil && !repeated {
			fresh++
		}
		return err
	})
	if won != 100 {
		t.Fatalf("%d of 100 failed: %v", len(failures), failures[0])
	}
	equal(t, "the number of stored twins", fresh, 1)
	equal(t, "the number of ids answered", len(ids), 1)
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 10})
	must(t, err)
	equal(t, "the number of messages", len(page), 1)
	ch, m, err := store.Membership(t.Context(), c.ID, ada.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 1)
	equal(t, "the number of own messages", m.OwnUnread, 1)
}

func keyExpires(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	for i, test := range []struct {
		after    time.Duration
		repeated bool
	}{{0, false}, {chat.KeyLife - time.Minute, true}, {chat.KeyLife + time.Minute, false}, {chat.KeyLife + time.Hour, true}} {
		m := withKey(c.ID, ada.ID, "key", fmt.Sprint(i))
		m.CreatedAt = Start.Add(test.after)
		_, repeated, err := store.AppendMessage(t.Context(), m)
		must(t, err)
		equal(t, fmt.Sprintf("repeated after %v", test.after), repeated, test.repeated)
	}
	ch, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 2)
}

func writersAtOnce(t *testing.T, store Store) {
	const writers, each = 32, 10
	var people []accounts.User
	for i := range writers {
		people = append(people, AddUser(t, store, fmt.Sprintf("user%d", i)))
	}
	c := AddChannel(t, store, "general", people...)
	Post(t, store, c.ID, people[0].ID, "the first")

	var reader sync.WaitGroup
	reader.Go(func() {
		for last := int64(1); last < 1+writers*each; {
			page, err := store.Messages(t.Context(), c.ID, chat.Page{After: last, Limit: chat.MaxPage})
			if err != nil {
				t.Error(err)
				return
			}
			for _, m := range page {
				if last++; m.Seq != last {
					t.Errorf("number %d is seen where %d is missing", m.Seq, last)
					return
				}
			}
			if t.Failed() {
				return
			}
		}
	})
	won, failures := atOnce(writers, func(i int) error {
		var before int64
		for n := range each {
			m, _, err := store.AppendMessage(t.Context(), withKey(c.ID, people[i].ID, fmt.Sprint(n), "hello"))
			if err != nil {
				return err
			}
			if m.Seq <= before {
				return fmt.Errorf("a later message got number %d after %d", m.Seq, before)
			}
			before = m.Seq
			ch, mine, err := store.Membership(t.Context(), c.ID, people[i].ID)
			if err != nil {
				return err
			}
			if ch.LastSeq < m.Seq || mine.OwnUnread < int64(n+1) {
				return fmt.Errorf("after message %d the channel ends at %d with %d own", m.Seq, ch.LastSeq, mine.OwnUnread)
			}
		}
		return nil
	})
	if won != writers {
		t.Error(failures[0])
	}
	reader.Wait()
	ch, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", ch.LastSeq, 1+writers*each)
}

func removalAgainstPosts(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := AddChannel(t, store, "general", ada, grace)
	var atRemoval int64
	_, failures := atOnce(101, func(i int) error {
		if i == 50 {
			if err := store.RemoveMember(t.Context(), c.ID, grace.ID); err != nil {
				return err
			}
			ch, err := store.Channel(t.Context(), c.ID)
			atRemoval = ch.LastSeq
			return err
		}
		_, _, err := store.AppendMessage(t.Context(), Message(c.ID, grace.ID, "hello"))
		return err
	})
	for _, err := range failures {
		refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	}
	_, _, err := store.AppendMessage(t.Context(), Message(c.ID, grace.ID, "late"))
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	ch, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number since the removal", ch.LastSeq, atRemoval)
	equal(t, "the next number", Post(t, store, c.ID, ada.ID, "next").Seq, atRemoval+1)
}
