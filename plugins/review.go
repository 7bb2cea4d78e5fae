package plugins

import (
	"context"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

// What those read who say whether a plugin may work in a channel. They need not be among those who may look at the plugin itself:
// of its versions they see the one that is installed and the one that waits for an approval.

// overseen finds an install in a channel that the actor keeps, or as an admin of the workspace in any channel, and reports
// whether the actor is in it. Of a conversation admins see nothing that they are not in.
func (s *Service) overseen(ctx context.Context, actor accounts.User, installID string) (i Install, c chat.Channel, inside bool, err error) {
	i, c, m, err := s.inside(ctx, actor, installID)
	switch {
	case err == nil && !chat.MayInstall(actor, c, m):
		err = errKeepers
	case fault.From(err) == ErrInstallNotFound && i.ID != "" && actor.IsAdmin():
		c, err = s.chat.AnyChannel(ctx, actor, i.ChannelID)
		if fault.Is(err, fault.NotFound) {
			err = ErrInstallNotFound
		}
		return i, c, false, err
	}
	return i, c, true, err
}

// reviewed finds an install whose files the actor may read, with its plugin: for who oversees it, and who asked for what waits.
func (s *Service) reviewed(ctx context.Context, actor accounts.User, installID string) (Install, Plugin, error) {
	i, _, _, err := s.overseen(ctx, actor, installID)
	if fault.From(err) == errKeepers && i.AskerID() == actor.ID {
		err = nil
	}
	if err != nil {
		return Install{}, Plugin{}, err
	}
	p, err := s.store.Plugin(ctx, i.PluginID)
	if fault.Is(err, fault.NotFound) {
		err = ErrInstallNotFound
	}
	return i, p, err
}

// InstallFiles returns the files of the version that is installed or of the one that waits for an approval, with its number. With
// version 0 it is the one that waits or, where none does, the installed one. VERSION_NOT_FOUND for any other.
func (s *Service) InstallFiles(ctx context.Context, actor accounts.User, installID string, version int) ([]File, int, error) {
	i, p, err := s.reviewed(ctx, actor, installID)
	if err != nil {
		return nil, 0, err
	}
	if version == 0 {
		if version = i.WishedVersion(); version == 0 {
			version = i.Version
		}
	}
	if version != i.Version && version != i.WishedVersion() {
		return nil, 0, ErrVersionNotFound
	}
	files, err := s.files(ctx, p, version)
	return files, version, err
}

// InstallDiff returns how the version that waits for an approval differs from the one that was approved, and their numbers: from is
// 0 where nothing was approved yet. NOTHING_TO_APPROVE where nothing waits.
func (s *Service) InstallDiff(ctx context.Context, actor accounts.User, installID string) (diff []FileDiff, from, to int, err error) {
	i, p, err := s.reviewed(ctx, actor, installID)
	if err != nil {
		return nil, 0, 0, err
	}
	if to = i.WishedVersion(); to == 0 {
		return nil, 0, 0, errNoWait
	}
	if i.Pending != nil {
		from = i.Version
	}
	before, err := s.files(ctx, p, from)
	if err != nil {
		return nil, 0, 0, err
	}
	after, err := s.files(ctx, p, to)
	return DiffFiles(before, after), from, to, err
}
