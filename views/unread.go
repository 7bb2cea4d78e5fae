package views

import "strings"

// Unreads is the page of what a person has not read.
type Unreads struct {
	Shell
	Groups []UnreadGroup
	More   bool // there are channels beside these
}

// UnreadGroup is a channel or conversation with its first unread messages.
type UnreadGroup struct {
	ID       string
	Name     string // "" for a conversation
	Private  bool
	Direct   bool
	People   []string // the names of the others in a conversation
	LastSeq  int64
	Unread   int64
	Mentions int64
	Entries  []Entry
}

func (g UnreadGroup) title() string {
	if !g.Direct {
		return g.Name
	}
	if len(g.People) == 0 {
		return "Notes to yourself"
	}
	return strings.Join(g.People, ", ")
}

func (g UnreadGroup) icon() string {
	if g.Direct {
		return "message-square"
	}
	return channelIcon(g.Private)
}
