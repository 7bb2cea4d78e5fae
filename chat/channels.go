package chat

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/id"
)

// General is the channel that stands from the first start and that everyone is in.
const General = "general"

// IsGeneral reports whether this is the channel that everyone is in.
func (c Channel) IsGeneral() bool { return c.Name == General && c.Type == Public }

// NewChannel is what a person says of a channel that they create.
type NewChannel struct {
	Name        string
	Description string
	Type        ChannelType // Public where empty
}

// EnsureGeneral makes the general channel where it is missing.
func (s *Service) EnsureGeneral(ctx context.Context) error {
	_, err := s.store.ChannelByName(ctx, General)
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	now := s.now()
	err = s.store.CreateChannel(ctx, Channel{
		ID: id.New(now), Name: General, Description: "Talk about anything, with everyone", Type: Public, CreatedAt: now,
	}, nil)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// Welcome puts a person into the general channel, and into those that newcomers join.
func (s *Service) Welcome(ctx context.Context, userID string) error {
	c, err := s.store.ChannelByName(ctx, General)
	if err != nil {
		return err
	}
	if err := s.welcome(ctx, c, userID, s.store.AddMember); err != nil {
		return err
	}
	others, err := s.store.NewcomerChannels(ctx)
	if err != nil {
		return err
	}
	for _, c := range others {
		if err := s.welcome(ctx, c, userID, s.store.JoinMember); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func (s *Service) welcome(ctx context.Context, c Channel, userID string, add func(context.Context, Member) error) error {
	if _, _, err := s.store.Membership(ctx, c.ID, userID); !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := s.addMember(ctx, c, userID, add); err != errMember {
		return err
	}
	return nil
}

// CreateChannel makes a channel with the actor as its admin. CHANNELS_RESTRICTED where admins keep that to themselves.
func (s *Service) CreateChannel(ctx context.Context, actor accounts.User, n NewChannel) (Channel, error) {
	if n.Type == "" {
		n.Type = Public
	}
	if err := checkChannel(&n.Name, &n.Description, &n.Type); err != nil {
		return Channel{}, err
	}
	if err := s.MayMake(ctx, actor, n.Type); err != nil {
		return Channel{}, err
	}
	now := s.now()
	c := Channel{
		ID: id.New(now), Name: n.Name, Description: n.Description, Type: n.Type, CreatedBy: actor.ID, CreatedAt: now,
		MemberCount: 1,
	}
	err := s.store.CreateChannel(ctx, c, []Member{{ChannelID: c.ID, UserID: actor.ID, Role: RoleAdmin, JoinedAt: now}})
	if err != nil {
		return Channel{}, err
	}
	s.announceJoin(ctx, c.ID, actor.ID)
	return c, nil
}

// checkChannel applies the rules for the fields of a channel that are set.
func checkChannel(name, description *string, kind *ChannelType) error {
	if name != nil {
		switch {
		case *name == "":
			return fault.Field("name", "NAME_REQUIRED", "Please enter a name.")
		case len(*name) > MaxChannelName:
			return fault.Field("name", "NAME_TOO_LONG", "A channel's name has at most 80 characters.")
		case strings.ContainsFunc(*name, notInName):
			return fault.Field("name", "INVALID_NAME", "A channel's name is made of letters, digits, hyphens and underscores.")
		}
	}
	if description != nil && (utf8.RuneCountInString(*description) > MaxDescription || !utf8.ValidString(*description)) {
		return fault.Field("description", "DESCRIPTION_TOO_LONG", "A description has at most 250 characters.")
	}
	if kind != nil && *kind != Public && *kind != Private {
		return fault.Field("type", "INVALID_TYPE", "Type must be public or private.")
	}
	return nil
}

// checkTopic brings a topic to one line.
func checkTopic(topic *string) error {
	if topic == nil {
		return nil
	}
	*topic = strings.Join(strings.Fields(*topic), " ")
	if utf8.RuneCountInString(*topic) > MaxTopic || !utf8.ValidString(*topic) {
		return fault.Field("topic", "TOPIC_TOO_LONG", "A topic has at most 250 characters.")
	}
	return nil
}

func checkRule(field string, who *Who) error {
	if who != nil && *who != Everyone && *who != Admins {
		return fault.Field(field, "INVALID_RIGHT", "This must be everyone or admins.")
	}
	return nil
}

// check applies the rules for the fields that a change sets.
func (change ChannelChange) check(actor accounts.User) error {
	if err := checkChannel(change.Name, change.Description, change.Type); err != nil {
		return err
	}
	if change.Newcomers != nil && !actor.IsAdmin() {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Only admins of the workspace say where newcomers begin.")
	}
	return cmp.Or(checkTopic(change.Topic), checkRule("posting", change.Posting), checkRule("mentioning", change.Crowds),
		checkRule("inviting", change.Inviting))
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// UpdateChannel changes a channel that the actor manages. The general channel keeps its name and stays open to all. Who may not
// make channels of a type makes none one of it.
func (s *Service) UpdateChannel(ctx context.Context, actor accounts.User, channelID string, change ChannelChange) (Channel, error) {
	c, _, err := s.manager(ctx, actor, channelID)
	if err != nil {
		return Channel{}, err
	}
	if err := change.check(actor); err != nil {
		return Channel{}, err
	}
	if c.IsGeneral() && (change.Name != nil && *change.Name != General || change.Type != nil && *change.Type != Public || change.Archived != nil) {
		return Channel{}, errGeneral
	}
	if change.Type != nil && *change.Type != c.Type {
		if err := s.MayMake(ctx, actor, *change.Type); err != nil {
			return Channel{}, err
		}
	}
	return s.applyChange(ctx, channelID, change)
}

// applyChange stores a change that is allowed and tells of it.
func (s *Service) applyChange(ctx context.Context, channelID string, change ChannelChange) (Channel, error) {
	c, err := s.store.UpdateChannel(ctx, channelID, change)
	if err != nil {
		return Channel{}, err
	}
	if change.Archived != nil && !*change.Archived {
		if err := s.grantMembers(ctx, channelID); err != nil {
			return Channel{}, err
		}
	}
	s.events.Publish(channelTopic(channelID), ChannelUpdated{Channel: c})
	return c, nil
}

// grantMembers lets the streams that opened while a channel was archived receive it again.
func (s *Service) grantMembers(ctx context.Context, channelID string) error {
	return s.eachMember(ctx, channelID, func(m Member) bool {
		s.settle(ctx, channelID, m.UserID, true)
		return true
	})
}

var errGeneral = fault.New(fault.Forbidden, "DEFAULT_CHANNEL", "Everyone is in this channel, and it stays as it is.")

// ArchiveChannel takes a channel that the actor manages out of use. Its messages are kept.
func (s *Service) ArchiveChannel(ctx context.Context, actor accounts.User, channelID string) (Channel, error) {
	archived := true
	return s.UpdateChannel(ctx, actor, channelID, ChannelChange{Archived: &archived})
}

// JoinedChannels lists the channels that the actor is in, by name.
func (s *Service) JoinedChannels(ctx context.Context, actor accounts.User) ([]Joined, error) {
	joined, err := s.store.JoinedChannels(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	return joined, s.countMentions(ctx, actor.ID, joined)
}

// JoinedPlaces is JoinedChannels without the newest messages, which costs far less.
func (s *Service) JoinedPlaces(ctx context.Context, actor accounts.User) ([]Joined, error) {
	places, err := s.store.JoinedPlaces(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	return places, s.countMentions(ctx, actor.ID, places)
}

// PublicChannels lists channels that anyone may join.
func (s *Service) PublicChannels(ctx context.Context, q ChannelQuery) ([]Channel, error) {
	q.Private = false
	return s.store.Channels(ctx, q)
}

// AllChannels lists channels, private ones included, for admins of the workspace.
func (s *Service) AllChannels(ctx context.Context, actor accounts.User, q ChannelQuery) ([]Channel, error) {
	if err := accounts.RequireAdmin(actor); err != nil {
		return nil, err
	}
	q.Private = true
	return s.store.Channels(ctx, q)
}

// MaxArchived is how many archived channels are listed.
const MaxArchived = 500

// ArchivedChannels lists the archived channels that the actor is in, by name. They can be read, and written in no more.
func (s *Service) ArchivedChannels(ctx context.Context, actor accounts.User) ([]Channel, error) {
	return s.store.ArchivedChannels(ctx, actor.ID, MaxArchived)
}

// Channel returns a channel that the actor is in, with their place in it.
func (s *Service) Channel(ctx context.Context, actor accounts.User, channelID string) (Channel, Member, error) {
	return s.member(ctx, actor, channelID)
}

// Preview returns a public channel to someone who may join it.
func (s *Service) Preview(ctx context.Context, channelID string) (Channel, error) {
	c, err := s.store.Channel(ctx, channelID)
	if fault.Is(err, fault.NotFound) || err == nil && (c.Type != Public || c.Archived) {
		return Channel{}, errChannel
	}
	return c, err
}

// AnyChannels returns channels by id, for admins of the workspace; direct conversations, and those that are gone, are left out.
func (s *Service) AnyChannels(ctx context.Context, actor accounts.User, ids []string) (map[string]Channel, error) {
	if err := accounts.RequireAdmin(actor); err != nil || len(ids) == 0 {
		return nil, err
	}
	found, err := s.store.ChannelsByID(ctx, ids)
	known := make(map[string]Channel, len(found))
	for _, c := range found {
		if !c.IsDirect() {
			known[c.ID] = c
		}
	}
	return known, err
}

// ChannelNames returns what channels are called, by id, for admins of the workspace; those that are gone are left out.
func (s *Service) ChannelNames(ctx context.Context, actor accounts.User, ids []string) (map[string]string, error) {
	if err := accounts.RequireAdmin(actor); err != nil || len(ids) == 0 {
		return nil, err
	}
	found, err := s.store.ChannelsByID(ctx, ids)
	names := make(map[string]string, len(found))
	for _, c := range found {
		names[c.ID] = c.Name
	}
	return names, err
}
