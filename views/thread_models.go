package views

import "time"

// ThreadLine stands below a message that has replies.
type ThreadLine struct {
	Count  int
	At     time.Time // of the newest reply
	People []Person  // those who replied last
}

// Thread is the panel of a message and the replies to it.
type Thread struct {
	Reactions []Reaction // of the root
	Root      Card
	Count     int
	Entries   []Entry
	Older     string // where the replies before are, "" at the beginning
	Newer     string // where the newest are, "" where they are here
	Follows   bool
	Unread    int
	LastRead  int64
	LastSeq   int64
	Found     string // the reply that the address names
	Composer  Composer
}

// ThreadList is the page of the threads that somebody follows.
type ThreadList struct {
	Shell
	Threads    []FollowedThread
	UnreadOnly bool
	More       string // where the list goes on, "" at its end
	Now        time.Time
}

// FollowedThread is a thread in the list of somebody who follows it.
type FollowedThread struct {
	Root   Card
	Line   ThreadLine
	Unread int
}

// MentionList is the page of the messages that mention somebody.
type MentionList struct {
	Shell
	Cards []Card
	More  string // where the list goes on, "" at its end
}

func threadPath(channelID, rootID string) string { return "/chat/" + channelID + "/thread/" + rootID }

// ReplyLink is where a reply is found for good.
func ReplyLink(channelID, rootID, replyID string) string {
	return threadPath(channelID, rootID) + "?reply=" + replyID + "#m-" + replyID
}
