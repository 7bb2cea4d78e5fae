package chat

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/fault"
)

var errArrange = fault.Field("channel_ids", "INVALID_CHANNELS", "Each of these must be a channel of the section, and stand there once.")

// ArrangeSection puts the channels of a section of the actor's list into an order of their own, by id. Those that it leaves out
// come after, as they stand.
func (s *Service) ArrangeSection(ctx context.Context, actor accounts.User, section string, order []string) error {
	rows, chosen, err := s.standing(ctx, actor, section)
	if err != nil {
		return err
	}
	var next []Joined
	for _, channelID := range order {
		at := indexOf(rows, channelID)
		if at < 0 {
			return errArrange
		}
		next, rows = append(next, rows[at]), slices.Delete(rows, at, at+1)
	}
	return s.arrange(ctx, actor, section, chosen, append(next, rows...))
}

// MoveChannel puts a channel of the actor's list before another one of its section, or with "" to the end of it. Where it stands
// there nothing happens.
func (s *Service) MoveChannel(ctx context.Context, actor accounts.User, channelID, before string) error {
	return s.shift(ctx, actor, channelID, func(others []Joined, _ int) int {
		if before == "" {
			return len(others)
		}
		return indexOf(others, before)
	})
}

// StepChannel moves a channel of the actor's list up in its section by one, or down. At the end nothing happens.
func (s *Service) StepChannel(ctx context.Context, actor accounts.User, channelID string, up bool) error {
	return s.shift(ctx, actor, channelID, func(others []Joined, at int) int {
		if up {
			return max(0, at-1)
		}
		return min(len(others), at+1)
	})
}

// shift takes a channel out of its section and puts it in where to says: among which others, given where it stood.
func (s *Service) shift(ctx context.Context, actor accounts.User, channelID string, to func(others []Joined, at int) int) error {
	_, place, err := s.member(ctx, actor, channelID)
	if err != nil {
		return err
	}
	rows, chosen, err := s.standing(ctx, actor, place.Section)
	if err != nil {
		return err
	}
	at := indexOf(rows, channelID)
	if at < 0 {
		return errArrange // a conversation, or archived
	}
	moved := rows[at]
	rows = slices.Delete(rows, at, at+1)
	next := to(rows, at)
	switch {
	case next < 0:
		return errArrange
	case next == at:
		return nil
	}
	return s.arrange(ctx, actor, place.Section, chosen, slices.Insert(rows, next, moved))
}

func indexOf(rows []Joined, channelID string) int {
	return slices.IndexFunc(rows, func(j Joined) bool { return j.Channel.ID == channelID })
}

// standing returns the channels of a section of the actor's list, as they stand there by what they chose.
func (s *Service) standing(ctx context.Context, actor accounts.User, section string) (rows []Joined, chosen Sidebar, err error) {
	actor, err = s.user(ctx, actor.ID)
	if err != nil {
		return nil, Sidebar{}, err
	}
	chosen = SidebarOf(actor)
	places, err := s.JoinedPlaces(ctx, actor)
	chosen.Arrange(places)
	return inSection(places, section), chosen, err
}

func inSection(places []Joined, section string) (rows []Joined) {
	for _, j := range places {
		if j.Section == section {
			rows = append(rows, j)
		}
	}
	return rows
}

// arrange keeps rows as the actor's own order of a section, and has their pages read it again. chosen is how it stood before.
func (s *Service) arrange(ctx context.Context, actor accounts.User, section string, chosen Sidebar, rows []Joined) error {
	ctx = context.WithoutCancel(ctx)
	if err := s.keepPositions(ctx, actor, rows); err != nil {
		return err
	}
	if chosen.Order(section) != RowsOwn {
		if err := s.OrderSection(ctx, actor, section, RowsOwn); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		s.events.Publish(userTopic(actor.ID), ChannelUpdated{Channel: rows[0].Channel, UserID: actor.ID})
	}
	return nil
}

func (s *Service) keepPositions(ctx context.Context, actor accounts.User, rows []Joined) error {
	ids := make([]string, len(rows))
	for i, j := range rows {
		ids[i] = j.Channel.ID
	}
	return s.store.ArrangeChannels(ctx, actor.ID, ids)
}

// appendSection gives the channels of a section of the actor's list the places behind those of another one, into which they are
// about to come: in the own order of that one, whether it stands by it or not.
func (s *Service) appendSection(ctx context.Context, actor accounts.User, places []Joined, from, to string) error {
	actor, err := s.user(ctx, actor.ID)
	if err != nil {
		return err
	}
	chosen := SidebarOf(actor)
	chosen.Arrange(places)
	moved := inSection(places, from)
	if !slices.ContainsFunc(moved, func(j Joined) bool { return j.Position > 0 }) && chosen.Order(to) != RowsOwn {
		return nil
	}
	rows := inSection(places, to)
	slices.SortStableFunc(rows, func(a, b Joined) int { return ownOrder(a.Position, b.Position) })
	return s.keepPositions(ctx, actor, append(rows, moved...))
}
