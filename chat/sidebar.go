package chat

import (
	"context"
	"maps"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
)

// Talks is the section of direct conversations.
const Talks = "@"

// maxFolds is how many sections a person keeps folded, and how many in an order of their own. Of more folded ones those of the
// longest ago go.
const maxFolds = 100

// RowOrder says in which order the channels of a section stand.
type RowOrder string

// The orders of channels in a section. Muted ones stand last in all of them but RowsOwn.
const (
	RowsByName RowOrder = "name"
	RowsRecent RowOrder = "recent" // the latest activity first
	RowsUnread RowOrder = "unread" // those with something unread first, else by name
	RowsOwn    RowOrder = "own"    // by Position, those without one last and by name
)

// Valid reports whether this is an order.
func (o RowOrder) Valid() bool {
	return o == RowsByName || o == RowsRecent || o == RowsUnread || o == RowsOwn
}

// Sidebar is what a person chose about their own list of channels. It lies with their preferences, so that reading it costs
// nothing. Sections are named as in Member.Section: "" is that of the channels without one, and Talks that of the direct
// conversations.
type Sidebar struct {
	Folded []string            `json:"folded,omitempty"`
	Orders map[string]RowOrder `json:"orders,omitempty"` // of those that do not stand by name
	Unread bool                `json:"unread,omitempty"` // what is read is left out
}

const sidebarPreference = "pegasusSidebar"

// SidebarOf returns what a person chose.
func SidebarOf(u accounts.User) Sidebar { return accounts.Preference[Sidebar](u, sidebarPreference) }

// IsFolded reports whether a section shows what is unread in it alone.
func (s Sidebar) IsFolded(section string) bool { return slices.Contains(s.Folded, section) }

// Order returns the order of a section.
func (s Sidebar) Order(section string) RowOrder {
	if o := s.Orders[section]; o.Valid() {
		return o
	}
	return RowsByName
}

// Arrange puts channels that are in the order of their names into the order in which they stand in their sections.
func (s Sidebar) Arrange(list []Joined) {
	slices.SortStableFunc(list, func(a, b Joined) int {
		if a.Section != b.Section {
			return strings.Compare(a.Section, b.Section)
		}
		order := s.Order(a.Section)
		if order == RowsOwn {
			return ownOrder(a.Position, b.Position)
		}
		if a.Muted != b.Muted {
			return first(b.Muted)
		}
		switch {
		case order == RowsRecent:
			return b.Activity().Compare(a.Activity())
		case order == RowsUnread && a.Waits() != b.Waits():
			return first(a.Waits())
		}
		return 0
	})
}

func ownOrder(a, b int) int {
	if (a == 0) != (b == 0) {
		return first(b == 0)
	}
	return a - b
}

// first compares a to b where one of the two comes first.
func first(a bool) int {
	if a {
		return -1
	}
	return 1
}

// Waiting returns how many messages of a channel wait for the member: of a muted one those that mention them.
func (j Joined) Waiting() int64 {
	if j.Muted {
		return j.MentionCount
	}
	return j.Unread(j.LastSeq)
}

// Waits reports whether there are any.
func (j Joined) Waits() bool { return j.Waiting() > 0 }

// rename forgets what was chosen of a section, or with take makes it that of another.
func (s *Sidebar) rename(from, to string, take bool) {
	i, order := slices.Index(s.Folded, from), s.Order(from)
	delete(s.Orders, from)
	if take && order != RowsByName {
		s.Orders[to] = order
	}
	switch {
	case i >= 0 && take && !s.IsFolded(to):
		s.Folded[i] = to
	case i >= 0:
		s.Folded = slices.Delete(s.Folded, i, i+1)
	}
}

// FoldSection folds a section of the actor's list, or opens it.
func (s *Service) FoldSection(ctx context.Context, actor accounts.User, section string, folded bool) error {
	return s.changeSidebar(ctx, actor, section, func(c *Sidebar, section string) error {
		c.Folded = slices.DeleteFunc(c.Folded, func(one string) bool { return one == section })
		if folded {
			c.Folded = append(c.Folded[max(0, len(c.Folded)+1-maxFolds):], section)
		}
		return nil
	})
}

// OrderSection says in which order the channels of a section of the actor's list stand. Direct conversations stand by activity.
func (s *Service) OrderSection(ctx context.Context, actor accounts.User, section string, order RowOrder) error {
	if !order.Valid() || section == Talks {
		return fault.Field("order", "INVALID_ORDER", "The order must be name, recent, unread or own.")
	}
	return s.changeSidebar(ctx, actor, section, func(c *Sidebar, section string) error {
		delete(c.Orders, section)
		if order == RowsByName {
			return nil
		}
		if len(c.Orders) >= maxFolds {
			if err := s.dropOrders(ctx, actor, c); err != nil {
				return err
			}
		}
		if c.Orders == nil {
			c.Orders = map[string]RowOrder{}
		}
		c.Orders[section] = order
		return nil
	})
}

// dropOrders forgets the orders of sections in which the actor has nothing any more.
func (s *Service) dropOrders(ctx context.Context, actor accounts.User, c *Sidebar) error {
	places, err := s.store.JoinedPlaces(ctx, actor.ID)
	if err != nil {
		return err
	}
	stands := map[string]bool{"": true}
	for _, j := range places {
		stands[j.Section] = true
	}
	maps.DeleteFunc(c.Orders, func(section string, _ RowOrder) bool { return !stands[section] })
	if len(c.Orders) >= maxFolds {
		return fault.New(fault.Conflict, "TOO_MANY_ORDERS", "100 sections have an order of their own already.")
	}
	return nil
}

// ShowUnread leaves what is read out of the actor's list, or shows it again.
func (s *Service) ShowUnread(ctx context.Context, actor accounts.User, alone bool) error {
	return s.changeSidebar(ctx, actor, "", func(c *Sidebar, _ string) error { c.Unread = alone; return nil })
}

func (s *Service) changeSidebar(ctx context.Context, actor accounts.User, section string, change func(c *Sidebar, section string) error) error {
	section, err := checkSection(section)
	if err != nil {
		return err
	}
	return s.prefer(ctx, actor, func(u accounts.User) (string, error) {
		chosen := SidebarOf(u)
		err := change(&chosen, section)
		return u.WithPreference(sidebarPreference, chosen), err
	})
}

// prefer stores what change makes of the actor's preferences, as they are by now: changes come shortly after one another.
func (s *Service) prefer(ctx context.Context, actor accounts.User, change func(accounts.User) (preferences string, err error)) error {
	u, err := s.user(ctx, actor.ID)
	if err != nil {
		return err
	}
	preferences, err := change(u)
	if err != nil {
		return err
	}
	_, err = s.changeProfile(ctx, u.ID, accounts.ProfileChange{Preferences: &preferences})
	return err
}
