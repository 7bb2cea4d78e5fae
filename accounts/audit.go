package accounts

import (
	"context"
	"slices"
	"strings"
	"time"

	"pegasus/id"
)

// Action is what an event of the audit log tells.
type Action string

// The actions. The texts are stored and part of the API.
const (
	ActionSignUp            Action = "user.sign_up"
	ActionSignIn            Action = "session.sign_in" // details: way, new_device
	ActionSignInFailed      Action = "session.sign_in_failed"
	ActionSignInBlocked     Action = "session.sign_in_blocked" // after too many wrong passwords
	ActionSignOut           Action = "session.sign_out"
	ActionSessionEnded      Action = "session.ended"
	ActionPasswordChanged   Action = "password.changed"
	ActionPasswordReset     Action = "password.reset"
	ActionResetRequested    Action = "password.reset_requested"
	ActionEmailVerified     Action = "email.verified"
	ActionEmailChange       Action = "email.change_requested"
	ActionEmailChanged      Action = "email.changed"
	ActionProfileChanged    Action = "user.profile_changed"
	ActionTwoFactorOn       Action = "two_factor.enabled"
	ActionTwoFactorOff      Action = "two_factor.disabled"
	ActionTwoFactorFailed   Action = "two_factor.failed"
	ActionTwoFactorLocked   Action = "two_factor.locked"
	ActionBackupCodeUsed    Action = "two_factor.backup_code_used"
	ActionBackupCodesMade   Action = "two_factor.backup_codes_made"
	ActionDeviceTrusted     Action = "two_factor.device_trusted"
	ActionPasskeyAdded      Action = "passkey.added"
	ActionPasskeyRemoved    Action = "passkey.removed"
	ActionProviderLinked    Action = "provider.linked"
	ActionProviderUnlinked  Action = "provider.unlinked"
	ActionTokenCreated      Action = "token.created"
	ActionTokenDeleted      Action = "token.deleted"
	ActionBotCreated        Action = "bot.created"      // details: name
	ActionBotRemoved        Action = "bot.removed"      // details: name
	ActionPluginInstalled   Action = "plugin.installed" // details of these: plugin, name, channel, install
	ActionPluginAsked       Action = "plugin.asked"
	ActionPluginUpdated     Action = "plugin.updated"
	ActionPluginSettings    Action = "plugin.settings_changed"
	ActionPluginApproved    Action = "plugin.approved"
	ActionPluginDeclined    Action = "plugin.declined"
	ActionPluginGranted     Action = "plugin.granted"
	ActionPluginSwitchedOn  Action = "plugin.switched_on"
	ActionPluginSwitchedOff Action = "plugin.switched_off"
	ActionPluginTakenOver   Action = "plugin.taken_over"
	ActionPluginWebhook     Action = "plugin.webhook_renewed"
	ActionPluginRemoved     Action = "plugin.removed"
	ActionHookCreated       Action = "hook.created" // of its bot; details: hook, kind, channel, name
	ActionHookChanged       Action = "hook.changed"
	ActionHookSecret        Action = "hook.secret_replaced"
	ActionHookRemoved       Action = "hook.removed"
	ActionHookStopped       Action = "hook.stopped" // by itself; details: as above, and problem
	ActionInvited           Action = "invitation.created"
	ActionInvitationUsed    Action = "invitation.used"
	ActionInvitationRevoked Action = "invitation.revoked"
	ActionExported          Action = "user.exported"
	ActionDeleted           Action = "user.deleted"
	ActionCreated           Action = "user.created"
	ActionRoleChanged       Action = "user.role_changed"
	ActionBanned            Action = "user.banned"
	ActionUnbanned          Action = "user.unbanned"
	ActionImpersonated      Action = "user.impersonated"
	ActionImpersonationOver Action = "user.impersonation_ended"
	ActionPolicyChanged     Action = "policy.changed"
	ActionProfileField      Action = "profile_field.changed" // details: field, how
	ActionReported          Action = "message.reported"      // details: message
	ActionReportSettled     Action = "report.settled"        // details: message, how
	ActionMuted             Action = "member.muted"          // details: channel, until
	ActionUnmuted           Action = "member.unmuted"
	ActionEmojiAdded        Action = "emoji.added"      // details: name
	ActionEmojiRenamed      Action = "emoji.renamed"    // details: name, from
	ActionEmojiRemoved      Action = "emoji.removed"    // details: name
	ActionGroupCreated      Action = "group.created"    // details: group
	ActionGroupChanged      Action = "group.changed"    // details: group
	ActionGroupDeleted      Action = "group.deleted"    // details: group
	ActionGroupJoined       Action = "group.joined"     // details: group
	ActionGroupLeft         Action = "group.left"       // details: group
	ActionRemoved           Action = "member.removed"   // by somebody else; details: channel
	ActionMessageRemoved    Action = "message.removed"  // by somebody else; details: channel, message
	ActionPluginDeleted     Action = "plugin.deleted"   // details: plugin, name
	ActionBotRestored       Action = "bot.switched_on"  // details: name
	ActionChannelArchived   Action = "channel.archived" // by an admin of the workspace; details of these: channel, name
	ActionChannelRestored   Action = "channel.restored"
	ActionChannelOwner      Action = "channel.owner_changed" // details: role
	ActionJobAgain          Action = "job.again"             // details: kind, id
	ActionJobDropped        Action = "job.dropped"           // details: kind, id
	ActionFaultSet          Action = "fault.set"             // details: kind, what, requests
	ActionBudgetSet         Action = "budget.set"            // details: tokens a day
	ActionTested            Action = "server.tested"         // details: what, result
	ActionAuditExported     Action = "audit.exported"        // details: format, and what was asked for
	ActionBackupMade        Action = "backup.requested"
	ActionBackupProven      Action = "backup.drill_requested" // details: file
	ActionBackupTaken       Action = "backup.downloaded"      // details: file
	ActionBackupFailed      Action = "backup.failed"          // details: what, file
	ActionSupportTaken      Action = "support.downloaded"
	ActionRetention         Action = "retention.changed"         // details: days, direct_days, overrides
	ActionRetentionChannel  Action = "retention.channel_changed" // details: channel, name, days
	ActionBrandChanged      Action = "branding.changed"          // details: name, accent, logo
	ActionBannerSet         Action = "announcement.set"          // details: text, kind, until
	ActionBannerRemoved     Action = "announcement.removed"      // details: text
)

// Actions returns all actions, in the order of their texts.
func Actions() []Action {
	all := []Action{
		ActionSignUp, ActionSignIn, ActionSignInFailed, ActionSignInBlocked, ActionSignOut, ActionSessionEnded, ActionPasswordChanged,
		ActionPasswordReset, ActionResetRequested, ActionEmailVerified, ActionEmailChange, ActionEmailChanged,
		ActionProfileChanged, ActionTwoFactorOn, ActionTwoFactorOff, ActionTwoFactorFailed, ActionTwoFactorLocked,
		ActionBackupCodeUsed, ActionBackupCodesMade, ActionDeviceTrusted, ActionPasskeyAdded, ActionPasskeyRemoved,
		ActionProviderLinked, ActionProviderUnlinked, ActionTokenCreated, ActionTokenDeleted, ActionBotCreated,
		ActionBotRemoved, ActionPluginInstalled, ActionPluginAsked, ActionPluginUpdated, ActionPluginSettings, ActionPluginApproved,
		ActionPluginDeclined, ActionPluginGranted,
		ActionPluginSwitchedOn, ActionPluginSwitchedOff, ActionPluginTakenOver, ActionPluginWebhook, ActionPluginRemoved,
		ActionHookCreated, ActionHookChanged, ActionHookSecret, ActionHookRemoved, ActionHookStopped, ActionInvited,
		ActionInvitationUsed, ActionInvitationRevoked, ActionExported, ActionDeleted, ActionCreated, ActionRoleChanged,
		ActionBanned, ActionUnbanned, ActionImpersonated, ActionImpersonationOver, ActionPolicyChanged, ActionProfileField, ActionReported,
		ActionReportSettled, ActionMuted, ActionUnmuted, ActionEmojiAdded, ActionEmojiRenamed, ActionEmojiRemoved,
		ActionGroupCreated, ActionGroupChanged, ActionGroupDeleted, ActionGroupJoined, ActionGroupLeft, ActionRemoved,
		ActionMessageRemoved, ActionPluginDeleted, ActionBotRestored, ActionAuditExported, ActionTested, ActionBudgetSet, ActionJobAgain, ActionJobDropped, ActionFaultSet, ActionChannelArchived,
		ActionChannelRestored, ActionChannelOwner,
		ActionBackupMade, ActionBackupProven, ActionBackupTaken, ActionBackupFailed, ActionSupportTaken,
		ActionBannerSet, ActionBannerRemoved, ActionBrandChanged,
		ActionRetention, ActionRetentionChannel,
	}
	slices.Sort(all)
	return all
}

type deviceKey struct{}

// WithDevice returns a context whose events are recorded as coming from a device.
func WithDevice(ctx context.Context, d Device) context.Context {
	d.UserAgent = strings.ToValidUTF8(d.UserAgent[:min(len(d.UserAgent), 512)], "")
	return context.WithValue(ctx, deviceKey{}, d)
}

func deviceFrom(ctx context.Context) Device {
	d, _ := ctx.Value(deviceKey{}).(Device)
	return d
}

// record writes to the audit log. A log that cannot be written stops nothing: what it tells has happened.
func (s *Service) record(ctx context.Context, e Event) {
	d := deviceFrom(ctx)
	e.At = s.now()
	e.ID, e.Address, e.UserAgent = id.New(e.At), d.Address, d.UserAgent
	if err := s.store.RecordEvent(context.WithoutCancel(ctx), e); err != nil {
		s.failed(ctx, "write to the audit log", err)
	}
}

// Record writes to the audit log what happened outside of this package.
func (s *Service) Record(ctx context.Context, e Event) { s.record(ctx, e) }

// Bounds returns the ids between which a query looks, the first one included; "" where there is no bound.
func (q EventQuery) Bounds() (from, before string) {
	before = q.Before
	if !q.Until.IsZero() {
		if until := id.Floor(q.Until); before == "" || until < before {
			before = until
		}
	}
	if !q.Since.IsZero() {
		from = id.Floor(q.Since)
	}
	return from, before
}

// MaxEvents is the most events in a page.
const MaxEvents = 500

// Events returns a page of the audit log, newest first. Limit is 1 to MaxEvents; anything else is MaxEvents.
func (s *Service) Events(ctx context.Context, q EventQuery) ([]Event, error) {
	if q.Limit < 1 || q.Limit > MaxEvents {
		q.Limit = MaxEvents
	}
	return s.store.Events(ctx, q)
}

// AuditLog is Events for admins.
func (s *Service) AuditLog(ctx context.Context, admin User, q EventQuery) ([]Event, error) {
	if err := RequireAdmin(admin); err != nil {
		return nil, err
	}
	return s.Events(ctx, q)
}

// EachEvent hands an admin all that a query finds, newest first, in pages of up to MaxEvents. That it was asked for is
// written to the log first, with the format in which it leaves.
func (s *Service) EachEvent(ctx context.Context, admin User, q EventQuery, format string, each func([]Event) error) error {
	if err := RequireAdmin(admin); err != nil {
		return err
	}
	details := map[string]string{"format": format}
	for name, value := range map[string]string{"about": q.UserID, "by": q.ActorID, "action": string(q.Action)} {
		if value != "" {
			details[name] = value
		}
	}
	for name, at := range map[string]time.Time{"since": q.Since, "until": q.Until} {
		if !at.IsZero() {
			details[name] = at.UTC().Format(time.RFC3339)
		}
	}
	s.record(ctx, Event{Action: ActionAuditExported, ActorID: admin.ID, Details: details})
	q.Limit = MaxEvents
	for {
		page, err := s.store.Events(ctx, q)
		if err != nil {
			return err
		}
		if err := each(page); err != nil || len(page) < MaxEvents {
			return err
		}
		q.Before = page[len(page)-1].ID
	}
}

// OwnEvents returns a page of a person's own log, newest first, before an event ("" from the newest).
func (s *Service) OwnEvents(ctx context.Context, u User, before string, limit int) ([]Event, error) {
	page, err := s.Events(ctx, EventQuery{UserID: u.ID, Before: before, Limit: limit})
	for i, e := range page {
		page[i] = e.shownTo(u.ID)
	}
	return page, err
}

// shownTo leaves out from where somebody else did something to a person.
func (e Event) shownTo(userID string) Event {
	if e.ActorID != "" && e.ActorID != userID {
		e.Address, e.UserAgent = "", ""
	}
	return e
}
