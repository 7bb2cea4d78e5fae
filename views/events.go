package views

import (
	"strings"

	"pegasus/accounts"
)

// eventText tells what happened to the account of the person me in one sentence.
func eventText(me string, e accounts.Event) string {
	byOther := e.ActorID != "" && e.ActorID != me
	switch e.Action {
	case accounts.ActionSignUp:
		return "The account was made"
	case accounts.ActionCreated:
		return "An admin made the account"
	case accounts.ActionSignIn:
		text := "Signed in by " + wayText(accounts.Way(e.Details["way"]))
		if e.Details["new_device"] == "true" {
			text += " on a new device"
		}
		return text
	case accounts.ActionSignInFailed:
		if e.Details["at"] == "confirmation" {
			return "A wrong password was given to confirm a change"
		}
		return "Somebody tried to sign in and failed"
	case accounts.ActionSignInBlocked:
		if e.Details["at"] == "confirmation" {
			return "Too many wrong passwords were given to confirm a change: no more are taken for a while"
		}
		return "Too many wrong passwords for one address: no more are taken from there for a while"
	case accounts.ActionSignOut:
		return "Signed out"
	case accounts.ActionSessionEnded:
		return sessionEnded(byOther, e.Details["session"] == "all")
	case accounts.ActionPasswordChanged:
		if byOther {
			return "An admin set a new password"
		}
		return "The password was changed"
	case accounts.ActionResetRequested:
		if byOther {
			return "An admin made a link that sets a new password"
		}
		return "A link to set a new password was asked for"
	case accounts.ActionRoleChanged:
		return "The role was changed from " + e.Details["from"] + " to " + e.Details["to"]
	case accounts.ActionProfileChanged:
		return profileChanged(byOther, e.Details["fields"])
	case accounts.ActionPasskeyAdded, accounts.ActionPasskeyRemoved, accounts.ActionTokenCreated:
		return sentences[e.Action] + named(e.Details["name"])
	case accounts.ActionProviderLinked, accounts.ActionProviderUnlinked:
		if e.Details["provider"] == accounts.ProviderCredential {
			return "The password was removed"
		}
		return sentences[e.Action] + ": " + wayText(accounts.Way(e.Details["provider"]))
	}
	if text, known := sentences[e.Action]; known {
		return text
	}
	return string(e.Action)
}

// sentences are what is told of actions in the same way each time.
var sentences = map[accounts.Action]string{
	accounts.ActionPasswordReset:     "The password was reset by a link",
	accounts.ActionEmailVerified:     "The e-mail address was verified",
	accounts.ActionEmailChange:       "A change of the e-mail address was asked for",
	accounts.ActionEmailChanged:      "The e-mail address was changed",
	accounts.ActionTwoFactorOn:       "The second factor was turned on",
	accounts.ActionTwoFactorOff:      "The second factor was turned off",
	accounts.ActionTwoFactorFailed:   "A wrong code was given",
	accounts.ActionTwoFactorLocked:   "Codes were refused for a while, after too many wrong ones",
	accounts.ActionBackupCodeUsed:    "A backup code was used",
	accounts.ActionBackupCodesMade:   "New backup codes were made",
	accounts.ActionDeviceTrusted:     "A device was trusted for 30 days",
	accounts.ActionPasskeyAdded:      "A passkey was added",
	accounts.ActionPasskeyRemoved:    "A passkey was removed",
	accounts.ActionProviderLinked:    "An account elsewhere was linked",
	accounts.ActionProviderUnlinked:  "An account elsewhere was unlinked",
	accounts.ActionTokenCreated:      "A token was made",
	accounts.ActionTokenDeleted:      "A token was deleted",
	accounts.ActionInvited:           "Somebody was invited",
	accounts.ActionInvitationUsed:    "Joined by an invitation",
	accounts.ActionInvitationRevoked: "An invitation was withdrawn",
	accounts.ActionExported:          "The data of the account was downloaded",
	accounts.ActionDeleted:           "The account was deleted",
	accounts.ActionBanned:            "The account was banned",
	accounts.ActionUnbanned:          "The ban was lifted",
	accounts.ActionImpersonated:      "An admin began to act as you",
	accounts.ActionImpersonationOver: "An admin stopped acting as you",
	accounts.ActionReported:          "You reported a message",
	accounts.ActionReportSettled:     "A report was settled",
	accounts.ActionMuted:             "Muted in a channel for a while",
	accounts.ActionUnmuted:           "May write in a channel again",
	accounts.ActionRemoved:           "Removed from a channel",
	accounts.ActionMessageRemoved:    "A message was removed by who keeps order",
	accounts.ActionEmojiAdded:        "An emoji was added",
	accounts.ActionEmojiRenamed:      "An emoji was renamed",
	accounts.ActionEmojiRemoved:      "An emoji was removed",
	accounts.ActionGroupCreated:      "A group was made",
	accounts.ActionGroupChanged:      "A group was changed",
	accounts.ActionGroupDeleted:      "A group was removed",
	accounts.ActionGroupJoined:       "Put into a group",
	accounts.ActionGroupLeft:         "No longer in a group",
	accounts.ActionPluginInstalled:   "A plugin was installed in a channel",
	accounts.ActionPluginAsked:       "A plugin, a version of it or more permissions were asked for in a channel",
	accounts.ActionPluginUpdated:     "A plugin in a channel was brought to another version",
	accounts.ActionPluginSettings:    "Settings of a plugin were changed",
	accounts.ActionPluginApproved:    "A plugin was approved",
	accounts.ActionPluginDeclined:    "A plugin was declined",
	accounts.ActionPluginGranted:     "What a plugin may do was changed",
	accounts.ActionPluginSwitchedOn:  "A plugin was switched on",
	accounts.ActionPluginSwitchedOff: "A plugin was switched off",
	accounts.ActionPluginTakenOver:   "A plugin was taken over",
	accounts.ActionPluginWebhook:     "A plugin's webhook got a new address",
	accounts.ActionPluginRemoved:     "A plugin was removed from a channel",
	accounts.ActionBackupMade:        "A backup was asked for",
	accounts.ActionBackupProven:      "A test restore of a backup was asked for",
	accounts.ActionBackupTaken:       "A backup was downloaded",
	accounts.ActionBackupFailed:      "A backup or its test restore failed",
	accounts.ActionSupportTaken:      "A support file was downloaded",
	accounts.ActionJobAgain:          "A job was made due by hand",
	accounts.ActionJobDropped:        "A job was removed by hand",
	accounts.ActionFaultSet:          "Failures were switched on or off for a test",
	accounts.ActionBudgetSet:         "A budget for models was set",
	accounts.ActionPolicyChanged:     "The rules of the workspace were changed",
	accounts.ActionProfileField:      "A field of profiles was added, changed or removed",
	accounts.ActionRetention:         "How long messages are kept was changed",
	accounts.ActionRetentionChannel:  "How long messages of a channel are kept was changed",
	accounts.ActionBrandChanged:      "The look of the workspace was changed",
	accounts.ActionBannerSet:         "The announcement was changed",
	accounts.ActionBannerRemoved:     "The announcement was taken down",
}

func sessionEnded(byOther, all bool) string {
	what := "A device was signed out"
	if all {
		what = "All other devices were signed out"
	}
	if byOther {
		what += " by an admin"
	}
	return what
}

func profileChanged(byOther bool, fields string) string {
	text := "The profile was changed"
	if byOther {
		text = "An admin changed the profile"
	}
	if fields == "" {
		return text
	}
	return text + ": " + strings.ReplaceAll(strings.ReplaceAll(fields, " ", ", "), "_", " ")
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return ": “" + name + "”"
}

// eventPlace tells from where something was done. Where others did it, that is theirs.
func eventPlace(me string, e accounts.Event) string {
	if e.ActorID != "" && e.ActorID != me || e.Address == "" && e.UserAgent == "" {
		return ""
	}
	return strings.TrimPrefix(accounts.DeviceName(e.UserAgent)+" · "+e.Address, "Unknown device · ")
}

// alarming reports whether an action is one to look at twice.
func alarming(a accounts.Action) bool {
	switch a {
	case accounts.ActionSignInFailed, accounts.ActionSignInBlocked, accounts.ActionTwoFactorFailed, accounts.ActionTwoFactorLocked, accounts.ActionTwoFactorOff,
		accounts.ActionBanned, accounts.ActionImpersonated:
		return true
	}
	return false
}

func eventIcon(a accounts.Action) string {
	group, _, _ := strings.Cut(string(a), ".")
	switch group {
	case "session":
		return "monitor"
	case "password", "two_factor":
		return "lock"
	case "passkey", "token":
		return "key-round"
	case "email", "invitation":
		return "mail"
	case "provider":
		return "link"
	case "policy":
		return "shield"
	}
	return "user"
}
