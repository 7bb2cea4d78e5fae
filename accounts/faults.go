package accounts

import "pegasus/fault"

// What a Store answers where it cannot do what it is asked. They stand here so that both backends say the same.
var (
	ErrUserNotFound    = fault.New(fault.NotFound, "USER_NOT_FOUND", "This person does not exist.")
	ErrSessionNotFound = fault.New(fault.NotFound, "SESSION_NOT_FOUND", "This session does not exist.")
	ErrEmailTaken      = taken("email", "EMAIL_TAKEN", "There is an account with this address already.")
	ErrUsernameTaken   = taken("username", "USERNAME_TAKEN", "This username is taken.")
	ErrAlreadySetUp    = fault.New(fault.Conflict, "ALREADY_SET_UP", "There is an admin already.")
	ErrTicketNotFound  = fault.New(fault.NotFound, "INVALID_TOKEN", "This link or code is not valid, or was used already.")
	ErrTicketExists    = fault.New(fault.Conflict, "TICKET_EXISTS", "This ticket exists already.")
	ErrNoTwoFactor     = fault.New(fault.NotFound, "TWO_FACTOR_NOT_ENABLED", "There is no second factor.")
	ErrTwoFactorOn     = fault.New(fault.Conflict, "TWO_FACTOR_ALREADY_ENABLED", "A second factor is on already.")
	ErrCodeUsed        = fault.New(fault.Conflict, "CODE_ALREADY_USED", "This code was used already. Wait for the next one.")
	ErrProviderTaken   = fault.New(fault.Conflict, "LINKED_ACCOUNT_ALREADY_EXISTS", "This provider account is linked already.")
	ErrNoProvider      = fault.New(fault.NotFound, "ACCOUNT_NOT_FOUND", "There is no such linked account.")
	ErrPasskeyNotFound = fault.New(fault.NotFound, "PASSKEY_NOT_FOUND", "There is no such passkey.")
	ErrPasskeyTaken    = fault.New(fault.Conflict, "PASSKEY_EXISTS", "This passkey is registered already.")
	ErrTokenNotFound   = fault.New(fault.NotFound, "TOKEN_NOT_FOUND", "There is no such token.")
	ErrNoInvitation    = fault.New(fault.NotFound, "INVITATION_NOT_FOUND", "This invitation is not valid, or was used already.")
	ErrNoSetting       = fault.New(fault.NotFound, "SETTING_NOT_FOUND", "There is no such setting.")
	ErrBanned          = fault.New(fault.Forbidden, "BANNED_USER", "You have been banned from this workspace. Please contact an admin.")
	ErrPasswordChanged = fault.New(fault.Conflict, "PASSWORD_CHANGED", "The password was changed in the meantime.")
)

func taken(field, code, message string) *fault.Error {
	return &fault.Error{Kind: fault.Conflict, Code: code, Message: message, Field: field}
}
