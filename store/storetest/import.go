package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
	"pegasus/imported"
)

// ImportStore is a store that can take in what another system kept.
type ImportStore interface {
	Store
	imported.Store
}

// Import tests what a store does for an import. open returns an empty store and closes it with the test.
func Import(t *testing.T, open func(t *testing.T) ImportStore) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store ImportStore)
	}{
		{"a person is brought whole, once", personBrought},
		{"a person whose address or username is taken is refused alone", personRefused},
		{"a link of somebody else is left out", linkLeftOut},
		{"a second factor without a secret is filled once", factorFilled},
		{"a membership is brought once and not again after it ended", memberBrought},
		{"messages are numbered after those that are there, with their times and marks", messagesBrought},
		{"what was written before somebody's last look is read", marksSettled},
		{"own messages are not unread", ownCounted},
		{"what a source without read marks says is read by who has read everything", allRead},
		{"replies that come in parts leave no thread unread", threadsRead},
		{"reactions and bookmarks come once, on messages that stand", importedMarks},
		{"documents are kept once, and listed in pages", documentsKept},
		{"what is kept of a person goes with them", documentsErased},
		{"nothing is brought under a context that has ended", importCancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func newcomer(username string) imported.Person {
	u := User(username)
	u.TwoFactorEnabled = true
	link := ProviderAccount(u.ID, username)
	return imported.Person{
		User: u, PasswordHash: "hash of " + username, Links: []accounts.ProviderAccount{link},
		TwoFactor: &accounts.TwoFactor{UserID: u.ID, Secret: []byte("plain:ABC"), Confirmed: true, CreatedAt: Start},
	}
}

func bring(t *testing.T, store ImportStore, people ...imported.Person) {
	t.Helper()
	refusals, err := store.ImportPeople(t.Context(), people)
	must(t, err)
	must(t, errors.Join(refusals...))
}

func personBrought(t *testing.T, store ImportStore) {
	p := newcomer("ada")
	bring(t, store, p)
	again := p
	again.User.Name, again.PasswordHash, again.User.Email = "Somebody else", "another", "other@example.test"
	again.Links = []accounts.ProviderAccount{ProviderAccount(p.User.ID, "later")}
	bring(t, store, again)
	got, err := store.User(t.Context(), p.User.ID)
	must(t, err)
	equal(t, "the person", got, p.User)
	hash, err := store.PasswordHash(t.Context(), p.User.ID)
	must(t, err)
	equal(t, "the hash", hash, p.PasswordHash)
	factor, err := store.TwoFactor(t.Context(), p.User.ID)
	must(t, err)
	alike(t, "the second factor", factor, *p.TwoFactor)
	links, err := store.ProviderAccounts(t.Context(), p.User.ID)
	must(t, err)
	alike(t, "the links", links, p.Links)
	found, err := store.UserByEmail(t.Context(), p.User.Email)
	must(t, err)
	equal(t, "who has the address", found.ID, p.User.ID)
}

func personRefused(t *testing.T, store ImportStore) {
	AddUser(t, store, "ada")
	email, name, free := newcomer("one"), newcomer("two"), newcomer("three")
	email.User.Email, name.User.Username = "ada@example.test", "ada"
	refusals, err := store.ImportPeople(t.Context(), []imported.Person{email, name, free})
	must(t, err)
	refused(t, refusals[0], fault.Conflict, "EMAIL_TAKEN")
	refused(t, refusals[1], fault.Conflict, "USERNAME_TAKEN")
	must(t, refusals[2])
	for _, p := range []imported.Person{email, name} {
		_, err := store.User(t.Context(), p.User.ID)
		refused(t, err, fault.NotFound, "USER_NOT_FOUND")
		_, err = store.ProviderAccount(t.Context(), "github", p.Links[0].Subject)
		refused(t, err, fault.NotFound, "ACCOUNT_NOT_FOUND")
	}
	name.User.Username = "two"
	bring(t, store, name)
	link, err := store.ProviderAccount(t.Context(), "github", "two")
	must(t, err)
	equal(t, "whose link it is", link.UserID, name.User.ID)
}

func linkLeftOut(t *testing.T, store ImportStore) {
	ada := AddUser(t, store, "ada")
	must(t, store.CreateProviderAccount(t.Context(), ProviderAccount(ada.ID, "77")))
	p := newcomer("ben")
	p.Links[0].Subject = "77"
	bring(t, store, p)
	link, err := store.ProviderAccount(t.Context(), "github", "77")
	must(t, err)
	equal(t, "whose link it is", link.UserID, ada.ID)
}

func factorFilled(t *testing.T, store ImportStore) {
	p := newcomer("ada")
	p.TwoFactor.Secret = nil
	bring(t, store, p)
	for i, want := range []bool{true, false} {
		filled, err := store.FillTwoFactor(t.Context(), p.User.ID, fmt.Append(nil, "plain:", i))
		must(t, err)
		equal(t, "whether it was filled", filled, want)
	}
	factor, err := store.TwoFactor(t.Context(), p.User.ID)
	must(t, err)
	equal(t, "the secret", string(factor.Secret), "plain:0")
	none := AddUser(t, store, "ben")
	must(t, store.StartTwoFactor(t.Context(), TwoFactor(none.ID, "")))
	filled, err := store.FillTwoFactor(t.Context(), none.ID, []byte("x"))
	must(t, err)
	equal(t, "whether one that is being set up was filled", filled, false)
}

func memberBrought(t *testing.T, store ImportStore) {
	ada, ben, cleo := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cleo")
	c := AddChannel(t, store, "one", ada)
	Post(t, store, c.ID, ada.ID, "before")
	lead := Member(c.ID, ben.ID)
	lead.Role, lead.LastReadAt = chat.RoleAdmin, Start.Add(time.Hour)
	brought := []chat.Member{lead, Member(c.ID, ada.ID)}
	add := func(want int, members ...chat.Member) {
		t.Helper()
		n, err := store.ImportMembers(t.Context(), c.ID, members)
		must(t, err)
		equal(t, "how many are new", n, want)
	}
	add(1, brought...) // ada is in already
	must(t, store.RemoveMember(t.Context(), c.ID, ben.ID))
	add(0, brought...)
	add(1, append(brought, Member(c.ID, cleo.ID))...)
	after, m, err := store.Membership(t.Context(), c.ID, cleo.ID)
	must(t, err)
	equal(t, "the number of members", after.MemberCount, 2)
	equal(t, "where somebody new begins", m.LastReadSeq, 1)
	_, _, err = store.Membership(t.Context(), c.ID, ben.ID)
	refused(t, err, fault.NotFound, "NOT_A_MEMBER")
	ids, err := store.JoinedChannelIDs(t.Context(), cleo.ID)
	must(t, err)
	alike(t, "cleo's channels", ids, []string{c.ID})
	notes, err := store.KnownDocuments(t.Context(), imported.KindMember, []string{imported.MemberNote(c.ID, ben.ID), "other"})
	must(t, err)
	alike(t, "the notes", notes, []string{imported.MemberNote(c.ID, ben.ID)})
}

// old returns messages of an author, one a minute.
func old(channelID, userID string, n int, from time.Time) []chat.Message {
	messages := make([]chat.Message, n)
	for i := range messages {
		messages[i] = Message(channelID, userID, fmt.Sprint("old ", i))
		at := from.Add(time.Duration(i) * time.Minute)
		messages[i].ID, messages[i].CreatedAt, messages[i].UpdatedAt = id.New(at), at, at
	}
	return messages
}

func messagesBrought(t *testing.T, store ImportStore) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "one", ada)
	archived := true
	_, err := store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Archived: &archived})
	must(t, err)
	messages := old(c.ID, ben.ID, 3, Start.Add(-time.Hour)) // ben is not a member
	messages[1].Deleted, messages[1].Content, messages[1].HTML = true, "", ""
	messages[2].EditedAt, messages[2].ParentID = Start, messages[0].ID
	for _, want := range []int{3, 0} {
		n, err := store.ImportMessages(t.Context(), c.ID, messages, false)
		must(t, err)
		equal(t, "how many are new", n, want)
	}
	open := false
	_, err = store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Archived: &open})
	must(t, err)
	here := Post(t, store, c.ID, ada.ID, "here")
	equal(t, "the number of a message written here", here.Seq, 4)
	later := old(c.ID, ben.ID, 2, Start.Add(-time.Minute))
	n, err := store.ImportMessages(t.Context(), c.ID, append(slices.Clone(messages), later...), false)
	must(t, err)
	equal(t, "how many were added since", n, 2)
	messages[0].ReplyCount, messages[0].LastReplyAt, messages[0].LastReplySeq = 1, messages[2].CreatedAt, 3
	messages[0].Participants = []string{ben.ID}
	for i, want := range append(messages, later...) {
		if want.Seq = int64(i + 1); i > 2 {
			want.Seq++
		}
		if i == 0 { // the third replies to it
			want.ReplyCount, want.LastReplyAt, want.LastReplySeq, want.Participants = 1, messages[2].CreatedAt, 3, []string{ben.ID}
		}
		got, err := store.Message(t.Context(), want.ID)
		must(t, err)
		alike(t, "the message", got, want)
	}
	after, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", after.LastSeq, 6)
	equal(t, "the newest time", after.LastMessageAt, here.CreatedAt)
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: 10})
	must(t, err)
	equal(t, "the number of messages shown", len(page), 5)
	joined, err := store.JoinedChannels(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the newest text", joined[0].LastMessage, "old 1")
	found, err := store.KnownMessages(t.Context(), []string{later[0].ID, id.New(Start), messages[1].ID})
	must(t, err)
	slices.Sort(found)
	want := []string{later[0].ID, messages[1].ID}
	slices.Sort(want)
	alike(t, "what is known", found, want)
	_, err = store.ImportMessages(t.Context(), id.New(Start), messages, false)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
}

func marksSettled(t *testing.T, store ImportStore) {
	author := AddUser(t, store, "author")
	c := AddChannel(t, store, "one")
	day := Start.Add(-24 * time.Hour)
	var members []chat.Member
	looks := map[string]struct{ joined, read time.Time }{
		"never":  {day.Add(-time.Hour), time.Time{}},
		"partly": {day.Add(-time.Hour), day.Add(90 * time.Second)}, // after the second message
		"joined": {day.Add(10 * time.Minute), time.Time{}},
		"all":    {day, day.Add(time.Hour)},
	}
	ids := map[string]string{}
	for name, look := range looks {
		m := Member(c.ID, AddUser(t, store, name).ID)
		m.JoinedAt, m.LastReadAt = look.joined, look.read
		ids[name], members = m.UserID, append(members, m)
	}
	_, err := store.ImportMembers(t.Context(), c.ID, members)
	must(t, err)
	messages := old(c.ID, author.ID, 20, day)
	for i := 0; i < len(messages); i += 5 {
		_, err = store.ImportMessages(t.Context(), c.ID, messages[i:i+5], false)
		must(t, err)
	}
	for name, want := range map[string]int64{"never": 0, "partly": 2, "joined": 11, "all": 20} {
		after, m, err := store.Membership(t.Context(), c.ID, ids[name])
		must(t, err)
		equal(t, "what is unread for "+name, m.Unread(after.LastSeq), 20-want)
		equal(t, "the mark of "+name, m.LastReadSeq, want)
		equal(t, "when "+name+" last read", m.LastReadAt, looks[name].read)
	}
	// Who has left something unread here keeps it unread, whatever comes after it.
	_, m, err := store.MarkRead(t.Context(), c.ID, ids["never"], 5, Start)
	must(t, err)
	_, err = store.ImportMessages(t.Context(), c.ID, old(c.ID, author.ID, 1, day.Add(30*time.Minute)), false)
	must(t, err)
	after, m, err := store.Membership(t.Context(), c.ID, m.UserID)
	must(t, err)
	equal(t, "a mark in the middle", m.LastReadSeq, 5)
	equal(t, "what is unread after it", m.Unread(after.LastSeq), 16)
}

func ownCounted(t *testing.T, store ImportStore) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "one")
	day := Start.Add(-24 * time.Hour)
	reads, not := Member(c.ID, ada.ID), Member(c.ID, ben.ID)
	reads.JoinedAt, not.JoinedAt = day.Add(90*time.Second), day.Add(-time.Hour)
	_, err := store.ImportMembers(t.Context(), c.ID, []chat.Member{reads, not})
	must(t, err)
	messages := append(old(c.ID, ada.ID, 4, day), old(c.ID, ben.ID, 3, day.Add(time.Hour))...)
	for i := range messages {
		_, err = store.ImportMessages(t.Context(), c.ID, messages[i:i+1], false)
		must(t, err)
	}
	check := func(userID string, unread, own int64) {
		t.Helper()
		after, m, err := store.Membership(t.Context(), c.ID, userID)
		must(t, err)
		equal(t, "what is unread", m.Unread(after.LastSeq), unread)
		equal(t, "what is their own", m.OwnUnread, own)
	}
	check(ada.ID, 3, 2) // two of her four are before her mark
	check(ben.ID, 4, 3)
	Post(t, store, c.ID, ben.ID, "here")
	check(ada.ID, 4, 2)
	check(ben.ID, 4, 4)
	_, _, err = store.MarkRead(t.Context(), c.ID, ada.ID, 3, Start)
	must(t, err)
	check(ada.ID, 4, 1)
	_, _, err = store.MarkRead(t.Context(), c.ID, ben.ID, 8, Start)
	must(t, err)
	check(ben.ID, 0, 0)
}

func allRead(t *testing.T, store ImportStore) {
	author, up, behind := AddUser(t, store, "ada"), AddUser(t, store, "ben"), AddUser(t, store, "cleo")
	c := AddChannel(t, store, "c", author, up, behind)
	Post(t, store, c.ID, author.ID, "unread")
	_, _, err := store.MarkRead(t.Context(), c.ID, up.ID, 1, Start)
	must(t, err)
	late := Start.Add(1000 * time.Hour) // long after anybody's last look
	messages := old(c.ID, author.ID, 6, late)
	messages[0].Guise, messages[1].AlsoChannel, messages[1].ParentID = chat.Guise{Name: "Robot", Emoji: "🤖"}, true, messages[0].ID
	for i := range 2 {
		_, err = store.ImportMessages(t.Context(), c.ID, messages[3*i:3*i+3], true)
		must(t, err)
	}
	for userID, want := range map[string]int64{author.ID: 0, up.ID: 0, behind.ID: 7} {
		room, m, err := store.Membership(t.Context(), c.ID, userID)
		must(t, err)
		equal(t, "what is unread", m.Unread(room.LastSeq), want)
	}
	first, err := store.Message(t.Context(), messages[0].ID)
	must(t, err)
	equal(t, "as whom it was written", first.Guise, messages[0].Guise)
	second, err := store.Message(t.Context(), messages[1].ID)
	must(t, err)
	equal(t, "whether a reply stands in the channel too", second.AlsoChannel, true)
}

func threadsRead(t *testing.T, store ImportStore) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	c := AddChannel(t, store, "c", ada, ben)
	messages := old(c.ID, ada.ID, 5, Start)
	for i := 1; i < len(messages); i++ {
		messages[i].ParentID, messages[i].UserID = messages[0].ID, ben.ID
	}
	for _, part := range [][]chat.Message{messages[:2], messages[2:4], messages[4:]} {
		_, err := store.ImportMessages(t.Context(), c.ID, part, false)
		must(t, err)
	}
	for _, person := range []accounts.User{ada, ben} {
		n, err := store.UnreadThreads(t.Context(), person.ID)
		must(t, err)
		equal(t, "the number of unread threads", n, 0)
	}
}

func documentsKept(t *testing.T, store ImportStore) {
	var docs []imported.Document
	for i := range 5 {
		docs = append(docs, imported.Document{
			Kind: "plugins", SourceID: fmt.Sprint("a/b:", i), TargetID: id.New(Start), OwnerID: id.New(Start), CreatedAt: Start,
			JSON: `{"$oid":"é"}`,
		})
	}
	note := imported.Document{Kind: "pluginsX", SourceID: "1"}
	n, err := store.KeepDocuments(t.Context(), append(docs[:3:3], note))
	must(t, err)
	equal(t, "how many are new", n, 4)
	changed := docs[0]
	changed.JSON = "{}"
	n, err = store.KeepDocuments(t.Context(), append([]imported.Document{changed}, docs...))
	must(t, err)
	equal(t, "how many are new then", n, 2)
	var got []imported.Document
	for after := ""; ; after = got[len(got)-1].SourceID {
		page, err := store.Documents(t.Context(), "plugins", after, 2)
		must(t, err)
		if got = append(got, page...); len(page) == 0 {
			break
		}
	}
	alike(t, "the documents", got, docs)
	found, err := store.KnownDocuments(t.Context(), "plugins", []string{"a/b:4", "1"})
	must(t, err)
	alike(t, "what is known", found, []string{"a/b:4"})
	notes, err := store.Documents(t.Context(), "pluginsX", "", 2)
	must(t, err)
	alike(t, "a note", notes, []imported.Document{note})
}

func documentsErased(t *testing.T, store ImportStore) {
	ada, ben := AddUser(t, store, "ada"), AddUser(t, store, "ben")
	_, err := store.KeepDocuments(t.Context(), []imported.Document{
		{Kind: "plugins", SourceID: "1", OwnerID: ada.ID}, {Kind: "plugins", SourceID: "2", OwnerID: ben.ID}, {Kind: "plugins", SourceID: "3"},
	})
	must(t, err)
	must(t, store.EraseUser(t.Context(), ada.ID, accounts.Tombstone{Email: "gone@invalid", Username: "gone", Name: "Gone"}, Start))
	found, err := store.KnownDocuments(t.Context(), "plugins", []string{"1", "2", "3"})
	must(t, err)
	alike(t, "what stays", found, []string{"2", "3"})
}

func importCancelled(t *testing.T, store ImportStore) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.ImportPeople(ctx, []imported.Person{newcomer("ada")}); err == nil {
		t.Error("a person is brought")
	}
	if _, err := store.KeepDocuments(ctx, []imported.Document{{Kind: "a", SourceID: "1"}}); err == nil {
		t.Error("a document is kept")
	}
	found, err := store.KnownDocuments(t.Context(), "a", []string{"1"})
	must(t, err)
	equal(t, "the number of documents", len(found), 0)
}

func importedMarks(t *testing.T, store ImportStore) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "c", ada)
	kept, gone := Post(t, store, c.ID, ada.ID, "kept"), Post(t, store, c.ID, ada.ID, "gone")
	_, err := store.DeleteMessage(t.Context(), gone.ID, "", Start)
	must(t, err)
	var reactions []chat.Reacted
	var bookmarks []chat.Bookmark
	for i, messageID := range []string{kept.ID, gone.ID, id.New(Start)} {
		key := id.New(Start.Add(time.Duration(i) * time.Second))
		reactions = append(reactions, chat.Reacted{ID: key, MessageID: messageID, UserID: ada.ID, Emoji: "👍", CreatedAt: Start})
		bookmarks = append(bookmarks, chat.Bookmark{ID: key, MessageID: messageID, UserID: ada.ID, CreatedAt: Start})
	}
	for range 2 {
		must(t, store.ImportReactions(t.Context(), reactions))
		must(t, store.ImportBookmarks(t.Context(), bookmarks))
	}
	found, err := store.Reactions(t.Context(), []string{kept.ID, gone.ID})
	must(t, err)
	if len(found) != 1 || found[0] != reactions[0] {
		t.Errorf("the reactions are %+v", found)
	}
	saved, err := store.Bookmarks(t.Context(), ada.ID, "", 10)
	must(t, err)
	if len(saved) != 1 || saved[0].Message.ID != kept.ID || saved[0].ChannelID != c.ID {
		t.Errorf("the bookmarks are %+v", saved)
	}
}
