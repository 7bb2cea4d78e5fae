package views

import "net/url"

// UserGroup is a group of people as pages show it.
type UserGroup struct {
	Handle      string
	Name        string
	Description string
	Open        bool
	Members     int
}

// Path is where a group has its page.
func (g UserGroup) Path() string { return "/groups/" + url.PathEscape(g.Handle) }

// GroupsPage is the page of all groups.
type GroupsPage struct {
	Shell
	All   []UserGroup
	May   bool // make groups
	Draft UserGroup
	Wrong Wrong
}

// GroupPage is the page of one group.
type GroupPage struct {
	Shell
	Group   UserGroup
	People  []Person
	Inside  bool // the viewer is in it
	Manages bool // the viewer says who is in it
	May     bool // change and remove it
	Draft   UserGroup
	Who     string // as it was written
	Form    string // the form that Wrong is about: "add" or "change"
	Wrong   Wrong
}

func (p GroupPage) wrongIn(form string) Wrong {
	if p.Form != form {
		return Wrong{}
	}
	return p.Wrong
}
