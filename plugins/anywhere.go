package plugins

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
)

// What admins of the workspace do to installs without being in their channels: see what each may do, approve it, switch it on
// and off. What it keeps and what it was told stays with those who keep the channel.

// InstallsOver returns what is installed in channels, for admins of the workspace.
func (s *Service) InstallsOver(ctx context.Context, admin accounts.User, channels []chat.Channel) ([]Placed, error) {
	if err := accounts.RequireAdmin(admin); err != nil || len(channels) == 0 {
		return nil, err
	}
	ids, known := make([]string, len(channels)), make(map[string]chat.Channel, len(channels))
	for n, c := range channels {
		ids[n], known[c.ID] = c.ID, c
	}
	installs, err := s.store.InstallsIn(ctx, ids, len(ids)*MaxInstalls)
	if err != nil {
		return nil, err
	}
	list, err := s.place(ctx, admin, installs, func(i Install) (chat.Channel, bool) { return known[i.ChannelID], false })
	for n := range list {
		list[n].Settings = nil // what was chosen is theirs
	}
	return list, err
}

// CountAsked returns how many installs wait for approval, at most MaxWaiting, for admins of the workspace.
func (s *Service) CountAsked(ctx context.Context, admin accounts.User) (int, error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return 0, err
	}
	return s.store.CountAskedInstalls(ctx, MaxWaiting)
}

// SwitchAnywhere is SwitchInstall for admins of the workspace, in channels that they are not in as well.
func (s *Service) SwitchAnywhere(ctx context.Context, admin accounts.User, installID string, on bool) (Install, error) {
	action, apply := switched(admin, on)
	return s.stepAnywhere(ctx, admin, installID, action, apply)
}

// ApproveAnywhere is ApproveInstall for admins of the workspace, in channels that they are not in as well.
func (s *Service) ApproveAnywhere(ctx context.Context, admin accounts.User, installID, mark string) (Install, error) {
	c, inside, err := s.anywhere(ctx, admin, installID)
	if err != nil {
		return Install{}, err
	}
	return s.approve(ctx, admin, installID, mark, c, inside)
}

// anywhere finds the channel of an install for admins of the workspace.
func (s *Service) anywhere(ctx context.Context, admin accounts.User, installID string) (chat.Channel, bool, error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return chat.Channel{}, false, err
	}
	_, c, inside, err := s.overseen(ctx, admin, installID)
	return c, inside, err
}

func (s *Service) stepAnywhere(ctx context.Context, admin accounts.User, installID string, action accounts.Action, apply func(*Install) error) (Install, error) {
	if _, _, err := s.anywhere(ctx, admin, installID); err != nil {
		return Install{}, err
	}
	i, err := s.changeInstall(ctx, installID, apply)
	if err == nil {
		s.note(ctx, action, admin, i, i.title())
	}
	return i, err
}
