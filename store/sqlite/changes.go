package sqlite

import (
	"context"
	"time"

	"pegasus/accounts"
	"pegasus/fault"
)

// UpdateUser implements accounts.Store.
func (s *Store) UpdateUser(
	ctx context.Context, id string, change accounts.UserChange, now time.Time,
) (u accounts.User, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		if u, err = b.readUser(id); err != nil {
			return err
		}
		before := u
		applyChange(&u, change)
		u.LastLogin, u.BanExpires, u.UpdatedAt = stored(u.LastLogin), stored(u.BanExpires), stored(now)
		u.StatusUntil, u.LastActive = stored(u.StatusUntil), stored(u.LastActive)
		return b.replaceUser(before, u)
	})
	return u, err
}

// EndStatus implements accounts.Store.
func (s *Store) EndStatus(ctx context.Context, id string, now time.Time) (u accounts.User, ended bool, err error) {
	err = s.writer.write(ctx, func(b *batch) error {
		var err error
		if u, err = b.readUser(id); err != nil || u.StatusUntil.IsZero() || u.StatusUntil.After(now) {
			return err
		}
		ended = true
		before := u
		u.StatusMessage, u.StatusEmoji, u.StatusUntil, u.UpdatedAt = "", "", time.Time{}, stored(now)
		return b.replaceUser(before, u)
	})
	if fault.Is(err, fault.NotFound) {
		return accounts.User{}, false, nil
	}
	return u, ended, err
}

func applyChange(u *accounts.User, change accounts.UserChange) {
	set(&u.Name, change.Name)
	set(&u.DisplayName, change.DisplayName)
	set(&u.Phone, change.Phone)
	set(&u.Status, change.Status)
	set(&u.StatusMessage, change.StatusMessage)
	set(&u.StatusEmoji, change.StatusEmoji)
	set(&u.StatusUntil, change.StatusUntil)
	set(&u.Avatar, change.Avatar)
	set(&u.Preferences, change.Preferences)
	set(&u.Role, change.Role)
	set(&u.LastLogin, change.LastLogin)
	set(&u.LastActive, change.LastActive)
	set(&u.Username, change.Username)
	set(&u.Email, change.Email)
	set(&u.EmailVerified, change.EmailVerified)
	set(&u.GoogleID, change.GoogleID)
	set(&u.OAuthProvider, change.OAuthProvider)
	set(&u.Notify, change.Notify)
	set(&u.Deactivated, change.Deactivated)
	if change.Ban != nil {
		u.Banned, u.BanReason, u.BanExpires = change.Ban.Banned, change.Ban.Reason, change.Ban.Expires
	}
}

// set changes a field where the change names a value.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// replaceUser stores a person as they are after a change, unless somebody else has their new address or username.
func (b *batch) replaceUser(before, after accounts.User) error {
	if after.Email != before.Email {
		if err := b.freeEmail(after.Email); err != nil {
			return err
		}
	}
	if after.Username != before.Username {
		if err := b.freeUsername(after.Username); err != nil {
			return err
		}
	}
	b.changed.users = append(b.changed.users, after.ID)
	return b.exec(updateUser, userValues(after)...)
}

// EraseUser implements accounts.Store.
func (s *Store) EraseUser(ctx context.Context, id string, tombstone accounts.Tombstone, now time.Time) error {
	return s.writer.write(ctx, func(b *batch) error {
		u, err := b.readUser(id)
		if err != nil {
			return err
		}
		if _, err := b.changeSessions(deleteSessions, id, ""); err != nil {
			return err
		}
		for _, which := range []write{deleteAllTickets, deleteBrowsersOf, deleteTwoFactor, deleteProviderAccounts, deletePasskeys,
			deleteTokens, deleteProfile, erasePassword, deleteBookmarks, deleteDrafts, deletePluginTalksOf, deletePluginExchangesOf, deletePluginUsageOf, deletePersonBudget, deletePlaces, deleteMentionsOf, deleteJobsOf,
			deletePreferences, leaveGroupsCount, leaveGroups} {
			if err := b.exec(which, id); err != nil {
				return err
			}
		}
		if err := b.eraseImported(id); err != nil {
			return err
		}
		return b.replaceUser(u, accounts.User{
			ID: id, Email: tombstone.Email, Username: tombstone.Username, Name: tombstone.Name, Role: accounts.RoleUser,
			Preferences: "{}", Status: accounts.StatusOffline, Deactivated: true, CreatedAt: u.CreatedAt, UpdatedAt: now,
		})
	})
}
