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
	rows, err := s.standing(ctx, actor, section)
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
	return s.arrange(ctx, actor, section, append(next, rows...))
}

// MoveChannel puts a channel of the actor's list before another one of its section, or with "" to the end of it.
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
	rows, err := s.standing(ctx, actor, place.Section)
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
	if next < 0 {
		return errArrange
	}
	return s.arrange(ctx, actor, place.Section, slices.Insert(rows, next, moved))
}

func indexOf(rows []Joined, channelID string) int {
	return slices.IndexFunc(rows, func(j Joined) bool { return j.Channel.ID == channelID })
}

// standing returns the channels of a section of the actor's list, as they stand there.
func (s *Service) standing(ctx context.Context, actor accounts.User, section string) ([]Joined, error) {
	actor, err := s.user(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	places, err := s.JoinedPlaces(ctx, actor)
	SidebarOf(actor).Arrange(places)
	return slices.DeleteFunc(places, func(j Joined) bool { return j.Section != section }), err
}

// arrange keeps rows as the actor's own order of a section, and has their pages read it again.
func (s *Service) arrange(ctx context.Context, actor accounts.User, section string, rows []Joined) error {
	ids := make([]string, len(rows))
	for i, j := range rows {
		ids[i] = j.Channel.ID
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.store.ArrangeChannels(ctx, actor.ID, ids); err != nil {
		return err
	}
	if err := s.OrderSection(ctx, actor, section, RowsOwn); err != nil {
		return err
	}
	if len(rows) > 0 {
		s.events.Publish(userTopic(actor.ID), ChannelUpdated{Channel: rows[0].Channel})
	}
	return nil
}
