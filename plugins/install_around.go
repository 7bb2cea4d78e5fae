package plugins

import (
	"context"
	"maps"
	"slices"

	"pegasus/accounts"
	"pegasus/chat"
)

// maxAround is how many installs a person sees of all their channels.
const maxAround = 200

// InstallsAround returns the plugins of all channels that the actor is in, by channel, as far as 200.
func (s *Service) InstallsAround(ctx context.Context, actor accounts.User) ([]Placed, error) {
	in, err := s.chat.Places(ctx, actor)
	if err != nil || len(in) == 0 {
		return nil, err
	}
	installs, err := s.store.InstallsIn(ctx, slices.Sorted(maps.Keys(in)), maxAround)
	if err != nil {
		return nil, err
	}
	return s.place(ctx, actor, installs, func(i Install) (chat.Channel, bool) {
		j := in[i.ChannelID]
		return j.Channel, chat.MayInstall(actor, j.Channel, j.Member)
	})
}

// Room is a channel or conversation in which a plugin is not installed yet.
type Room struct {
	Channel chat.Channel
	Asks    bool // the actor asks those who keep it, and does not install by themselves
}

// RoomsFor returns the channels and conversations in use that the actor is in and a plugin is not, in no order.
func (s *Service) RoomsFor(ctx context.Context, actor accounts.User, pluginID string) ([]Room, error) {
	in, err := s.chat.Places(ctx, actor)
	if err != nil {
		return nil, err
	}
	installs, err := s.store.InstallsOf(ctx, pluginID, maxInstallsOf)
	if err != nil {
		return nil, err
	}
	for _, i := range installs {
		delete(in, i.ChannelID)
	}
	var free []Room
	for _, j := range in {
		if !j.Channel.Archived {
			free = append(free, Room{j.Channel, !chat.MayInstall(actor, j.Channel, j.Member)})
		}
	}
	return free, nil
}
