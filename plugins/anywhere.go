package plugins

import (
	"context"
	"slices"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// What admins of the workspace do to installs without being in their channels: see what each may do, approve it, switch it on
// and off. What it keeps and what it was told stays with those who keep the channel.

var errShow = fault.Field("show", "INVALID_SHOW", "What can be shown is waiting, active or off.")

// InstallsAnywhere returns up to limit installs of all channels behind the one with the id given ("" from the start), by id, without what
// was chosen for their settings, for admins of the workspace. Those of direct conversations are for who is in them, and left out.
func (s *Service) InstallsAnywhere(ctx context.Context, admin accounts.User, show InstallShow, after string, limit int) (list []Placed, err error) {
	if err := accounts.RequireAdmin(admin); err != nil {
		return nil, err
	}
	switch show {
	case ShowAll, ShowWaiting, ShowActive, ShowOff:
	default:
		return nil, errShow
	}
	for len(list) < limit {
		installs, err := s.store.Installs(ctx, show, after, limit)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(installs))
		for n, i := range installs {
			ids[n], after = i.ChannelID, i.ID
		}
		known, err := s.chat.AnyChannels(ctx, admin, ids)
		if err != nil {
			return nil, err
		}
		read := len(installs)
		installs = slices.DeleteFunc(installs, func(i Install) bool { return known[i.ChannelID].ID == "" })
		found, err := s.place(ctx, admin, installs, func(i Install) (chat.Channel, bool) { return known[i.ChannelID], false })
		if err != nil {
			return nil, err
		}
		if list = append(list, found...); read < limit {
			break
		}
	}
	list = list[:min(len(list), limit)]
	for n := range list {
		list[n].Settings, list[n].Outside = nil, true // what was chosen is theirs
	}
	return list, nil
}

// CountWaiting returns how many of InstallsAnywhere wait for approval, at most MaxWaiting, for admins of the workspace.
func (s *Service) CountWaiting(ctx context.Context, admin accounts.User) (int, error) {
	waiting, err := s.InstallsAnywhere(ctx, admin, ShowWaiting, "", MaxWaiting)
	return len(waiting), err
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
