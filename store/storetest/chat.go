package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/fault"
	"pegasus/id"
)

// Chat tests a store of channels, members and messages. open returns an empty store and closes it with the test.
func Chat(t *testing.T, open func(t *testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store Store)
	}{
		{"a channel reads back as stored, with its members", channelReadsBack},
		{"a missing channel is not found", channelMissing},
		{"a public channel's name is given once, without regard to case", channelUnique},
		{"a refused channel leaves nothing behind", channelAllOrNothing},
		{"channels are listed in the order of their names, in pages", channelsListed},
		{"of channels with one name none is left out between pages", channelsOfOneName},
		{"channels are listed by their activity and their members, in pages, and by what they say", channelsRanked},
		{"archived channels are listed for who is in them", archivedListed},
		{"a channel keeps its topic and its rules", channelRules},
		{"newcomers are put into public channels in use", newcomerChannels},
		{"nobody joins a channel that is private or archived by then", joinRefused},
		{"of joins and a channel going private at once, nobody is in who was refused", joinAgainstPrivate},
		{"a mute stands until its time, over leaving and coming back", memberMuted},
		{"a person's sections are their own, and can be renamed", sectionsKept},
		{"channels stand in a person's own order", channelsArranged},
		{"a report reads back, once a person and message, until it is settled", reportsStored},
		{"of judgements at once one settles a report", reportsAtOnce},
		{"a change of a channel touches the named fields only", channelChanged},
		{"members come and go, and are counted", membersComeAndGo},
		{"members are listed in the order of their ids, in pages", membersListed},
		{"of some people the members of one channel are told", membersTold},
		{"a role changes unless it leaves the channel without its last administrator", roleChanged},
		{"of two administrators who step down at once one stays", lastAdminRace},
		{"the joined channels come in the order of their names with their newest message", joinedListed},
		{"places show every change at once", placesFollow},
		{"a message reads back as stored and is numbered from 1", messageReadsBack},
		{"a message is refused to strangers and in archived channels", messageRefused},
		{"a guest posts without a place", messageOfAGuest},
		{"a retry under the same key stores nothing", retryRepeats},
		{"of 100 twins at once one is stored", twinsAtOnce},
		{"a key is free again after its life", keyExpires},
		{"32 writers leave no hole, and none is ever seen", writersAtOnce},
		{"nobody posts after their removal has returned", removalAgainstPosts},
		{"history comes in pages in both directions", historyPages},
		{"history leaves deleted messages out", historyLeavesDeletedOut},
		{"a page around a message has both sides", historyAround},
		{"a message is edited by its author until it is deleted", messageEdited},
		{"what the links of a message lead to is kept with it", previewsKept},
		{"channels of all kinds are listed by their ids, in pages", channelsAfter},
		{"marks behind a number are passed in parts, and none goes back", marksPassed},
		{"passing marks against posts leaves right counts", passingAgainstPosts},
		{"old messages are removed, but for roots of threads that go on", oldRemoved},
		{"with a removed message goes all that hung on it", removedWhole},
		{"of replies and removals at once no message is lost that is young", removedAgainstPosts},
		{"a message is deleted once, by its author or by anyone with the right", messageDeleted},
		{"the messages of an author come by channel and number, in pages", messagesByAuthor},
		{"unread counts leave own messages out", unreadCounts},
		{"a read mark never goes back and never past the end", markNeverBack},
		{"a mark is refused to strangers", markRefused},
		{"a search finds what is written, in any script, as its words and operators say", searchFinds},
		{"a search finds messages as they are now", searchFollowsChanges},
		{"a search keeps to where one is now", searchKeepsToOnesPlaces},
		{"a search takes in many channels", searchInManyChannels},
		{"what was just stored is found while others write", searchWhileOthersWrite},
		{"nothing is posted under a context that has ended", chatCancelled},
		{"reactions read back as stored, for many messages at once", reactionsReadBack},
		{"of 50 equal reactions at once one is stored, and taken back once", reactionOnce},
		{"reactions are taken back one by one or all", reactionsTakenBack},
		{"a message takes so many kinds of reactions and no more, at once too", reactionKinds},
		{"nothing is put on a message that is missing or deleted", marksRefused},
		{"a deleted message loses what was put on it, and its former texts", marksDeleted},
		{"who leaves keeps their reactions, and who is erased loses their bookmarks", marksOfTheErased},
		{"a message of a bot keeps as whom it is shown", guiseKept},
		{"of a place there is one draft, which changes only from the version that its writer knows", draftsKept},
		{"of several drafts from one version at once one is saved", draftsAtOnce},
		{"a bookmark comes and goes, and of many calls at once every other sets it", bookmarksToggled},
		{"bookmarks are listed newest first, from the channels that one is in", bookmarksListed},
		{"messages are found by id in channels that one is in", visibleMessagesFound},
		{"a pin comes and goes, and the pins are listed by channel", pinsToggled},
		{"a channel has so many pins and no more, at once too", pinsLimited},
		{"an edit keeps the former text, up to a limit", formerTexts},
		{"of edits at once no text is lost", formerTextsAtOnce},
		{"a conversation reads back as stored and is found by its key", directReadsBack},
		{"of 50 conversations of the same people at once one is made", directOnce},
		{"conversations are in no list of channels", directUnnamed},
		{"conversations come with the latest activity first, in pages", conversationsListed},
		{"conversations of one moment come in one order", conversationsOfOneMoment},
		{"a conversation is hidden until its next message", conversationHidden},
		{"hiding while messages come loses none of them", hidingAgainstPosts},
		{"a reply may stand in its channel too", replyInChannel},
		{"a root counts its replies and names who replied last", threadCounted},
		{"a deleted reply does not count, and a deleted root has no thread", threadDeletions},
		{"50 replies at once count 50, and their deletions too", repliesAtOnce},
		{"replies come in pages in both directions", repliesPages},
		{"who takes part or is named follows, and who stops does until they come back", threadFollowed},
		{"a mark in a thread never goes back, and unread replies are counted up to a limit", threadRead},
		{"followed threads come with the newest reply first, in pages, from the channels that one is in", threadsListed},
		{"mentions are stored, listed and counted from the mark on", mentionsStored},
		{"an edit changes who is mentioned, and each is new once", mentionsChanged},
		{"a retry mentions nobody twice", mentionsRepeated},
		{"marking unread moves the mark back and counts own messages anew", markedUnread},
		{"marking unread while messages come keeps the counts right", markingUnreadAgainstPosts},
		{"unread places come with the latest activity first, without what is archived or hidden", unreadPlacesListed},
		{"messages after many marks come in one read", messagesAfterMarks},
		{"what people chose about being told reads back, and goes with them", preferencesKept},
		{"an audience is whom a message concerns and who asks for more", audienceFound},
		{"the vectors of messages are kept by model, and go with the text", embeddingsKept},
		{"groups are kept by their handles, which are nobody's username, with their members", groupsKept},
		{"a group has so many members and no more, at once too", groupFull},
		{"the workspace's own emoji are kept by name", customEmojiKept},
		{"members are found by username, and by how their names begin", membersFound},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func channelReadsBack(t *testing.T, store Store) {
	ada, grace := AddUser(t, store, "ada"), AddUser(t, store, "grace")
	c := Channel("General-1")
	c.Description, c.Type, c.CreatedBy = "All of us", chat.Private, ada.ID
	admin, plain := Member(c.ID, ada.ID), Member(c.ID, grace.ID)
	admin.Role = chat.RoleAdmin
	must(t, store.CreateChannel(t.Context(), c, []chat.Member{admin, plain}))
	c.MemberCount = 2
	got, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the channel", got, c)
	_, err = store.ChannelByName(t.Context(), "gENERAL-1")
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	for range 2 {
		got, m, err := store.Membership(t.Context(), c.ID, ada.ID)
		must(t, err)
		equal(t, "the channel of the membership", got, c)
		equal(t, "the membership", m, admin)
	}
	n, err := store.CountChannels(t.Context())
	must(t, err)
	equal(t, "the number of channels", n, 1)
}

func channelMissing(t *testing.T, store Store) {
	ctx, missing, text := t.Context(), id.New(Start), "text"
	u := AddUser(t, store, "ada")
	_, err := store.Channel(ctx, missing)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	_, err = store.ChannelByName(ctx, "nowhere")
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	_, err = store.UpdateChannel(ctx, missing, chat.ChannelChange{Description: &text})
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	refused(t, store.AddMember(ctx, Member(missing, u.ID)), fault.NotFound, "CHANNEL_NOT_FOUND")
	_, _, err = store.Membership(ctx, missing, u.ID)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	for what, err := range map[string]error{
		"a removal":     store.RemoveMember(ctx, missing, u.ID),
		"a role change": store.SetMemberRole(ctx, missing, u.ID, chat.RoleAdmin),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Fatalf("%s gives %v", what, err)
		}
	}
}

func channelUnique(t *testing.T, store Store) {
	AddChannel(t, store, "General")
	refused(t, store.CreateChannel(t.Context(), Channel("gENERAL"), nil), fault.Conflict, "CHANNEL_EXISTS")
	other := AddChannel(t, store, "other")
	name := "GENERAL"
	_, err := store.UpdateChannel(t.Context(), other.ID, chat.ChannelChange{Name: &name})
	refused(t, err, fault.Conflict, "CHANNEL_EXISTS")
	hidden := Channel("general")
	hidden.Type = chat.Private
	must(t, store.CreateChannel(t.Context(), hidden, nil))
	public := chat.Public
	_, err = store.UpdateChannel(t.Context(), hidden.ID, chat.ChannelChange{Type: &public})
	refused(t, err, fault.Conflict, "CHANNEL_EXISTS")
	found, err := store.ChannelByName(t.Context(), "gENERAl")
	must(t, err)
	equal(t, "the type of the channel found", found.Type, chat.Public)
	won, failures := atOnce(20, func(int) error { return store.CreateChannel(t.Context(), Channel("wanted"), nil) })
	equal(t, "the number of winners", won, 1)
	for _, err := range failures {
		refused(t, err, fault.Conflict, "CHANNEL_EXISTS")
	}
}

func channelAllOrNothing(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	AddChannel(t, store, "general")
	c := Channel("general")
	refused(t, store.CreateChannel(t.Context(), c, []chat.Member{Member(c.ID, ada.ID)}), fault.Conflict, "CHANNEL_EXISTS")
	_, err := store.Channel(t.Context(), c.ID)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	ids, err := store.JoinedChannelIDs(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the number of joined channels", len(ids), 0)
}

func channelNames(channels []chat.Channel) (names []string) {
	for _, c := range channels {
		names = append(names, c.Name)
	}
	return names
}

func channelChanged(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	_, _, err := store.Membership(t.Context(), c.ID, ada.ID)
	must(t, err)
	c.Description = "New text"
	got, err := store.UpdateChannel(t.Context(), c.ID, chat.ChannelChange{Description: &c.Description})
	must(t, err)
	equal(t, "the channel after the change", got, c)
	c.Name, c.Type, c.Archived = "GENERAL", chat.Private, true
	got, err = store.UpdateChannel(t.Context(), c.ID,
		chat.ChannelChange{Name: &c.Name, Type: &c.Type, Archived: &c.Archived})
	must(t, err)
	equal(t, "the channel after the other change", got, c)
	got, _, err = store.Membership(t.Context(), c.ID, ada.ID)
	must(t, err)
	equal(t, "the channel of the membership", got, c)
	ids, err := store.JoinedChannelIDs(t.Context(), ada.ID)
	must(t, err)
	equal(t, "the number of joined channels that are not archived", len(ids), 0)
}

func chatCancelled(t *testing.T, store Store) {
	ada := AddUser(t, store, "ada")
	c := AddChannel(t, store, "general", ada)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := store.AppendMessage(ctx, Message(c.ID, ada.ID, "never")); !errors.Is(err, context.Canceled) {
		t.Fatalf("a post gives %v", err)
	}
	if _, err := store.Messages(ctx, c.ID, chat.Page{Limit: 10}); !errors.Is(err, context.Canceled) {
		t.Fatalf("a page gives %v", err)
	}
	if _, _, err := store.Membership(ctx, c.ID, ada.ID); !errors.Is(err, context.Canceled) {
		t.Fatalf("a membership gives %v", err)
	}
	// Whether a post is stored whose context ends meanwhile is open, but what was stored was counted.
	var contents []string
	atOnce(30, func(i int) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*20*time.Microsecond)
		defer cancel()
		_, _, err := store.AppendMessage(ctx, Message(c.ID, ada.ID, fmt.Sprint(i)))
		return err
	})
	page, err := store.Messages(t.Context(), c.ID, chat.Page{Limit: chat.MaxPage})
	must(t, err)
	for i, m := range page {
		equal(t, "the number of a message", m.Seq, int64(i+1))
		if slices.Contains(contents, m.Content) {
			t.Fatalf("%q is stored twice", m.Content)
		}
		contents = append(contents, m.Content)
	}
	got, err := store.Channel(t.Context(), c.ID)
	must(t, err)
	equal(t, "the newest number", got.LastSeq, int64(len(page)))
}
