package sqlite

import (
	"context"

	"pegasus/plugins"
)

const (
	installColumns = `id, plugin_id, channel_id, version, bundle, manifest, commands, bot_id, installer_id, approver_id, state, problem,
		granted, settings, webhook_hash, failures, created_at, updated_at, revision, pending`
	runColumns = `id, install_id, kind, caller_id, outcome, problem, log, took, memory, at`
)

// beyondText, behind a text, sorts behind all that begin with it.
const beyondText = "\U0010ffff"

func scanInstall(r row) (i plugins.Install, err error) {
	err = r.Scan(&i.ID, &i.PluginID, &i.ChannelID, &i.Version, &i.Bundle, &i.Manifest, document{&i.Commands}, &i.BotID, &i.InstallerID,
		&i.ApproverID, &i.State, &i.Problem, document{&i.Granted}, document{&i.Settings}, &i.WebhookHash, &i.Failures,
		into{&i.CreatedAt}, into{&i.UpdatedAt}, &i.Revision, document{&i.Pending})
	return i, err
}

func scanValue(r row) (v plugins.Value, err error) {
	err = r.Scan(&v.Key, &v.Content, into{&v.UpdatedAt})
	return v, err
}

func scanRun(r row) (u plugins.Run, err error) {
	err = r.Scan(&u.ID, &u.InstallID, &u.Kind, &u.CallerID, &u.Outcome, &u.Problem, &u.Log, &u.Took, &u.Memory, into{&u.At})
	return u, err
}

// AddInstall implements plugins.InstallStore.
func (s *Store) AddInstall(ctx context.Context, i plugins.Install) error {
	return s.writer.write(ctx, func(b *batch) error {
		var there bool
		if err := b.row(findInstall, i.PluginID, i.ChannelID).Scan(&there); err != nil {
			return err
		}
		if there {
			return plugins.ErrInstalled
		}
		if err := b.takeCommands(i); err != nil {
			return err
		}
		return b.exec(insertInstall, i.ID, i.PluginID, i.ChannelID, i.Version, i.Bundle, i.Manifest, document{i.Commands}, i.BotID,
			i.InstallerID, i.ApproverID, string(i.State), i.Problem, document{i.Granted}, document{i.Settings}, i.WebhookHash,
			i.Failures, millis(i.CreatedAt), millis(i.UpdatedAt), i.Revision, document{i.Pending})
	})
}

// takeCommands gives an install its commands in its channel, in the place of those that it had.
func (b *batch) takeCommands(i plugins.Install) error {
	var taken bool
	commands := document{i.Holds()}
	if err := b.row(findTakenCommand, i.ChannelID, commands, i.ID).Scan(&taken); err != nil {
		return err
	}
	if taken {
		return plugins.ErrCommandTaken
	}
	if err := b.exec(deleteInstallCommands, i.ID); err != nil {
		return err
	}
	return b.exec(insertInstallCommands, i.ChannelID, commands, i.ID)
}

// Install implements plugins.InstallStore.
func (s *Store) Install(ctx context.Context, id string) (plugins.Install, error) {
	i, err := scanInstall(s.row(ctx, readInstall, id))
	return i, orMissing(err, plugins.ErrInstallNotFound)
}

// InstallsIn implements plugins.InstallStore.
func (s *Store) InstallsIn(ctx context.Context, channelIDs []string, limit int) ([]plugins.Install, error) {
	return list(ctx, s.reads[readInstallsIn], scanInstall, document{channelIDs}, max(0, limit))
}

// InstallsOf implements plugins.InstallStore.
func (s *Store) InstallsOf(ctx context.Context, pluginID string, limit int) ([]plugins.Install, error) {
	return list(ctx, s.reads[readInstallsOf], scanInstall, pluginID, max(0, limit))
}

// InstallByWebhook implements plugins.InstallStore.
func (s *Store) InstallByWebhook(ctx context.Context, hash string) (plugins.Install, error) {
	i, err := scanInstall(s.row(ctx, readInstallByWebhook, hash))
	return i, orMissing(err, plugins.ErrInstallNotFound)
}

// Installs implements plugins.InstallStore.
func (s *Store) Installs(ctx context.Context, show plugins.InstallShow, after string, limit int) ([]plugins.Install, error) {
	limit = max(0, limit)
	switch show {
	case plugins.ShowAll:
		return list(ctx, s.reads[readInstallsAll], scanInstall, after, limit)
	case plugins.ShowWaiting:
		return list(ctx, s.reads[readInstallsWaiting], scanInstall, after, limit)
	}
	return list(ctx, s.reads[readInstallsByState], scanInstall, after, limit, string(show))
}

// SaveInstall implements plugins.InstallStore.
func (s *Store) SaveInstall(ctx context.Context, i plugins.Install) error {
	return s.writer.write(ctx, func(b *batch) error {
		n, err := b.affected(saveInstall, i.ID, i.Revision, i.Version, i.Bundle, i.Manifest, document{i.Commands}, i.BotID, i.InstallerID,
			i.ApproverID, string(i.State), i.Problem, document{i.Granted}, document{i.Settings}, i.WebhookHash, i.Failures,
			millis(i.UpdatedAt), document{i.Pending})
		if err != nil {
			return err
		}
		if n == 0 {
			return plugins.ErrInstallChanged
		}
		return b.takeCommands(i)
	})
}

// DeleteInstall implements plugins.InstallStore.
func (s *Store) DeleteInstall(ctx context.Context, id string, revision int) error {
	return s.writer.write(ctx, func(b *batch) error {
		if revision != 0 {
			var other bool
			if err := b.row(findOtherInstall, id, revision).Scan(&other); err != nil {
				return err
			}
			if other {
				return plugins.ErrInstallChanged
			}
		}
		for _, which := range []write{deleteInstallCommands, deleteInstallValues, deleteInstallRuns, deleteInstall} {
			if err := b.exec(which, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// StoredValue implements plugins.InstallStore.
func (s *Store) StoredValue(ctx context.Context, installID, key string) (plugins.Value, error) {
	v, err := scanValue(s.row(ctx, readPluginValue, installID, key))
	return v, orMissing(err, plugins.ErrValueNotFound)
}

// StoredValues implements plugins.InstallStore.
func (s *Store) StoredValues(ctx context.Context, installID, prefix, after string, limit int) ([]plugins.Value, error) {
	return list(ctx, s.reads[readPluginValues], scanValue, installID, after, prefix, prefix+beyondText, max(0, limit))
}

// SetValue implements plugins.InstallStore.
func (s *Store) SetValue(ctx context.Context, installID string, v plugins.Value, most int) error {
	return s.writer.write(ctx, func(b *batch) error {
		_, err := b.storedValue(installID, v.Key)
		if err != nil && !isMissing(err) {
			return err
		}
		return b.keepValue(installID, v, err != nil, most)
	})
}

// SwapValue implements plugins.InstallStore.
func (s *Store) SwapValue(ctx context.Context, installID string, v plugins.Value, old string, most int) (swapped bool, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		content, err := b.storedValue(installID, v.Key)
		if err != nil && !isMissing(err) {
			return err
		}
		if swapped = content == old; !swapped {
			return nil
		}
		return b.keepValue(installID, v, err != nil, most)
	})
	return swapped && err == nil, err
}

func (b *batch) storedValue(installID, key string) (content string, err error) {
	err = b.row(findPluginValue, installID, key).Scan(&content)
	return content, err
}

func (b *batch) keepValue(installID string, v plugins.Value, more bool, most int) error {
	if more {
		var n int
		if err := b.row(countPluginValues, installID, most).Scan(&n); err != nil {
			return err
		}
		if n >= most {
			return plugins.ErrFull
		}
	}
	return b.exec(upsertPluginValue, installID, v.Key, v.Content, millis(v.UpdatedAt))
}

// DeleteValue implements plugins.InstallStore.
func (s *Store) DeleteValue(ctx context.Context, installID, key string) error {
	return s.writer.write(ctx, func(b *batch) error { return b.exec(deletePluginValue, installID, key) })
}

// AddRun implements plugins.InstallStore.
func (s *Store) AddRun(ctx context.Context, r plugins.Run, keep int) error {
	return s.writer.write(ctx, func(b *batch) error {
		err := b.exec(insertRun, r.ID, r.InstallID, r.Kind, r.CallerID, r.Outcome, r.Problem, r.Log, r.Took, r.Memory, millis(r.At))
		if err != nil {
			return err
		}
		return b.exec(pruneRuns, r.InstallID, keep)
	})
}

// Runs implements plugins.InstallStore.
func (s *Store) Runs(ctx context.Context, installID string, limit int) ([]plugins.Run, error) {
	return list(ctx, s.reads[readRuns], scanRun, installID, max(0, limit))
}
