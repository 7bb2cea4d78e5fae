package mongo

import (
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/store/storetest"
)

// exerciseThreads calls the methods of threads and mentions.
func exerciseThreads(t *testing.T, s *Store, c chat.Channel, ann accounts.User) {
	ctx, now := t.Context(), storetest.Start
	try := func(_ any, err error) { t.Helper(); must(t, err) }
	bea := storetest.AddUser(t, s, "bea")
	must(t, s.AddMember(ctx, storetest.Member(c.ID, bea.ID)))
	root := storetest.Post(t, s, c.ID, ann.ID, "root")
	m := storetest.Message(c.ID, bea.ID, "reply")
	m.ParentID, m.Mentions = root.ID, []chat.Mention{{UserID: ann.ID, Named: true}}
	_, _, err := s.AppendMessage(ctx, m)
	must(t, err)
	for _, page := range []chat.Page{{}, {Before: 9}, {After: 1}, {Around: 5}} {
		page.Limit = 10
		try(s.Replies(ctx, root.ID, page))
	}
	try(s.Place(ctx, root.ID, ann.ID))
	try(s.Followers(ctx, root.ID))
	for _, unread := range []bool{false, true} {
		try(s.FollowedThreads(ctx, ann.ID, unread, time.Time{}, "", 10))
		try(s.FollowedThreads(ctx, ann.ID, unread, now, root.ID, 10))
	}
	try(s.UnreadThreads(ctx, ann.ID))
	try(s.UnreadMentions(ctx, ann.ID))
	must(t, s.SetPreferences(ctx, chat.Preferences{UserID: ann.ID}))
	_, _, err = s.Preferences(ctx, ann.ID)
	must(t, err)
	must(t, s.SetMemberNotify(ctx, c.ID, ann.ID, chat.LevelAll, true))
	try(s.Audience(ctx, c.ID, []string{ann.ID}, false))
	_, _, err = s.Mentioned(ctx, m.ID, ann.ID)
	must(t, err)
	try(s.UnreadPlaces(ctx, ann.ID, 10))
	try(s.MessagesAfter(ctx, map[string]int64{c.ID: 1}, 10))
	for _, after := range []string{"", c.ID} {
		try(s.RecountUnread(ctx, after, ann.ID, 10))
	}
	_, _, err = s.MarkUnread(ctx, c.ID, ann.ID, 1)
	must(t, err)
	try(s.Mentions(ctx, ann.ID, time.Time{}, "", 10))
	try(s.Mentions(ctx, ann.ID, now, root.ID, 10))
	try(s.MembersNamed(ctx, c.ID, []string{"ann", "bea"}))
	try(s.MembersMatching(ctx, c.ID, "an", 10))
	try(s.MarkThreadRead(ctx, root.ID, ann.ID, 99))
	for _, follows := range []bool{false, true} {
		must(t, s.SetFollowing(ctx, root.ID, ann.ID, follows))
	}
	for _, mentions := range [][]chat.Mention{nil, {{UserID: ann.ID, Named: true}}} {
		try(s.SetMentions(ctx, m.ID, mentions, false))
	}
	try(s.DeleteMessage(ctx, m.ID, "", now))
	try(s.DeleteMessage(ctx, root.ID, "", now))
	must(t, s.RemoveMember(ctx, c.ID, bea.ID))
}

func TestRepliesOfOldGetTheirThreads(t *testing.T) {
	s := ready(t)
	ann, bob := storetest.AddUser(t, s, "ann"), storetest.AddUser(t, s, "bob")
	c := storetest.AddChannel(t, s, "c", ann, bob)
	root := storetest.Post(t, s, c.ID, ann.ID, "root")
	post := func(parent chat.Message) chat.Message {
		m := storetest.Message(c.ID, bob.ID, "reply")
		m.ParentID = parent.ID
		m, _, err := s.AppendMessage(t.Context(), m)
		must(t, err)
		return m
	}
	first := post(root)
	second := post(first) // as ConnectBest could have it
	third := post(second)
	_, err := s.DeleteMessage(t.Context(), first.ID, "", storetest.Start)
	must(t, err)
	// Nothing is known of the threads yet.
	_, err = s.messages.UpdateMany(t.Context(), map[string]any{}, map[string]any{"$unset": map[string]any{
		"reply_count": "", "last_reply_at": "", "last_reply_seq": "", "participants": ""}})
	must(t, err)
	must(t, s.threads.Drop(t.Context()))
	for range 2 {
		_, err = s.state.DeleteMany(t.Context(), map[string]any{})
		must(t, err)
		ensure(t, s)
		got, err := s.Message(t.Context(), root.ID)
		must(t, err)
		equal(t, "the replies", got.ReplyCount, 2)
		equal(t, "the newest reply", got.LastReplySeq, third.Seq)
		equal(t, "who replied", got.Participants[0], bob.ID)
		got, err = s.Message(t.Context(), third.ID)
		must(t, err)
		equal(t, "the root of the last reply", got.ParentID, root.ID)
		place, err := s.Place(t.Context(), root.ID, ann.ID)
		must(t, err)
		equal(t, "the author's place", place, chat.Following{RootID: root.ID, ChannelID: c.ID, UserID: ann.ID, Follows: true, LastReadSeq: third.Seq})
	}
}

// A crash between the message and its thread is made up for by the next reply.
func TestALostCountIsMadeUpForByTheNextReply(t *testing.T) {
	s := ready(t)
	ann := storetest.AddUser(t, s, "ann")
	c := storetest.AddChannel(t, s, "c", ann)
	root := storetest.Post(t, s, c.ID, ann.ID, "root")
	for i := range 3 {
		m := storetest.Message(c.ID, ann.ID, "reply")
		m.ParentID, m.Seq = root.ID, int64(2+i)
		if i < 2 {
			doc := newMessageDoc(m)
			_, err := s.messages.InsertOne(t.Context(), doc)
			must(t, err)
			continue
		}
		_, _, err := s.AppendMessage(t.Context(), m)
		must(t, err)
	}
	got, err := s.Message(t.Context(), root.ID)
	must(t, err)
	equal(t, "the replies", got.ReplyCount, 3)
	equal(t, "the newest reply", got.LastReplySeq, 4)
}

// A crash between a deletion and the count is made up for, too, by whoever comes next.
func TestALostDeletionIsMadeUpForByTheNextReply(t *testing.T) {
	s := ready(t)
	ann, bob := storetest.AddUser(t, s, "ann"), storetest.AddUser(t, s, "bob")
	c := storetest.AddChannel(t, s, "c", ann, bob)
	root := storetest.Post(t, s, c.ID, ann.ID, "root")
	var replies []chat.Message
	post := func(author accounts.User) {
		m := storetest.Message(c.ID, author.ID, "reply")
		m.ParentID = root.ID
		m, _, err := s.AppendMessage(t.Context(), m)
		must(t, err)
		replies = append(replies, m)
	}
	for range 3 {
		post(bob)
	}
	_, err := s.messages.UpdateOne(t.Context(), map[string]any{"_id": ref(replies[2].ID)}, map[string]any{"$set": map[string]any{"is_deleted": true}})
	must(t, err)
	_, err = s.messages.UpdateOne(t.Context(), map[string]any{"_id": ref(root.ID)}, map[string]any{"$inc": map[string]any{"replies_gone": 1}})
	must(t, err)
	post(ann)
	got, err := s.Message(t.Context(), root.ID)
	must(t, err)
	equal(t, "the replies", got.ReplyCount, 3)
	equal(t, "the newest reply", got.LastReplySeq, 5)
}
