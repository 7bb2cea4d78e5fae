package chat

import (
	"context"
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
	SetSection(ctx context.Context, channelID, userID, section string) error
	// RenameSection moves all channels that a person has in a section to another; where there are none it does nothing.
	RenameSection(ctx context.Context, userID, from, to string) error
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
	if err != nil || m.Section == section {
		return err
	}
	if err := s.store.SetSection(context.WithoutCancel(ctx), channelID, actor.ID, section); err != nil {
		return err
	}
	s.events.Publish(userTopic(actor.ID), ChannelUpdated{Channel: c})
	return nil
}

// RenameSection gives one of the actor's sections another name, or with "" puts its channels back among the others.
func (s *Service) RenameSection(ctx context.Context, actor accounts.User, from, to string) error {
	if from == "" || from == Favourites || to == Favourites {
		return fault.Field("name", "INVALID_SECTION", "This section keeps its name.")
	}
	to, err := checkSection(to)
	if err != nil {
		return err
	}
	return s.store.RenameSection(context.WithoutCancel(ctx), actor.ID, from, to)
}

func checkSection(section string) (string, error) {
	section = strings.Join(strings.Fields(section), " ")
	if utf8.RuneCountInString(section) > MaxSection || !utf8.ValidString(section) {
		return "", fault.Field("section", "SECTION_TOO_LONG", "The name of a section has at most 40 characters.")
	}
	return section, nil
}
