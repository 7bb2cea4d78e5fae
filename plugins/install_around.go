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

// ChannelsFor returns the channels in use in which the actor may install a plugin and it is not installed yet, in no order.
func (s *Service) ChannelsFor(ctx context.Context, actor accounts.User, pluginID string) ([]chat.Channel, error) {
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
	var free []chat.Channel
	for _, j := range in {
		if !j.Channel.IsDirect() && !j.Channel.Archived && chat.MayInstall(actor, j.Channel, j.Member) {
			free = append(free, j.Channel)
		}
	}
	return free, nil
}
