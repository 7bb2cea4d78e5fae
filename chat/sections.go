package chat

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
)

// Favourites is the section of a person's channels that stands above all others.
const Favourites = "*"

// MaxSection is how many characters the name of a section has at most.
const MaxSection = 40

// SectionStore keeps in which section of their own list people have their channels.
type SectionStore interface {
	// SetSection takes the channel's Position away.
	SetSection(ctx context.Context, channelID, userID, section string) error
	// RenameSection moves all channels that a person has in a section to another; where there are none it does nothing.
	RenameSection(ctx context.Context, userID, from, to string) error
	// ArrangeChannels gives a person's channels, by id, the Positions from 1. Those that they are not in are left out.
	ArrangeChannels(ctx context.Context, userID string, order []string) error
}

// SetSection puts a channel that the actor is in into a section of their own list: "" is among the channels, and a name that
// is new makes a section.
func (s *Service) SetSection(ctx context.Context, actor accounts.User, channelID, section string) error {
	c, m, err := s.member(ctx, actor, channelID)
	if err == nil && c.IsDirect() {
		err = errDirect
	}
	if err == nil {
		section, err = checkSection(section)
	}
	if err == nil && section == Talks {
		err = errSection
	}
	if err != nil || m.Section == section {
		return err
	}
	if err := s.store.SetSection(context.WithoutCancel(ctx), channelID, actor.ID, section); err != nil {
		return err
	}
	s.events.Publish(userTopic(actor.ID), ChannelUpdated{Channel: c, UserID: actor.ID})
	return nil
}

var errSection = fault.Field("section", "INVALID_SECTION", "This name belongs to a section that is always there.")

// RenameSection gives one of the actor's sections another name, or with "" puts its channels back among the others. A new name
// takes along how the section is folded and ordered; a section that is there already keeps its own way, and where it stands in
// an own order the channels come last in it, as they stood.
func (s *Service) RenameSection(ctx context.Context, actor accounts.User, from, to string) error {
	to, err := checkSection(to)
	if err != nil {
		return err
	}
	if from == "" || from == Favourites || to == Favourites || from == Talks || to == Talks {
		return errSection
	}
	if from == to {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	places, err := s.store.JoinedPlaces(ctx, actor.ID)
	if err != nil {
		return err
	}
	isNew := to != "" && !slices.ContainsFunc(places, func(j Joined) bool { return j.Section == to })
	if !isNew {
		if err := s.appendSection(ctx, actor, places, from, to); err != nil {
			return err
		}
	}
	// What was chosen moves first: done again, after a failure in between, all of it is as it should be.
	err = s.changeSidebar(ctx, actor, from, func(c *Sidebar, _ string) error { c.rename(from, to, isNew); return nil })
	if err != nil {
		return err
	}
	return s.store.RenameSection(ctx, actor.ID, from, to)
}

func checkSection(section string) (string, error) {
	section = strings.Join(strings.Fields(section), " ")
	if utf8.RuneCountInString(section) > MaxSection || !utf8.ValidString(section) {
		return "", fault.Field("section", "SECTION_TOO_LONG", "The name of a section has at most 40 characters.")
	}
	return section, nil
}
