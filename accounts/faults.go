package accounts

import "pegasus/fault"

// What a Store answers where it cannot do what it is asked. They stand here so that both backends say the same.
var (
	ErrUserNotFound    = fault.New(fault.NotFound, "USER_NOT_FOUND", "This person does not exist.")
	ErrSessionNotFound = fault.New(fault.NotFound, "SESSION_NOT_FOUND", "This session does not exist.")
	ErrEmailTaken      = taken("email", "EMAIL_TAKEN", "There is an account with this address already.")
	ErrUsernameTaken   = taken("username", "USERNAME_TAKEN", "This username is taken.")
	ErrAlreadySetUp    = fault.New(fault.Conflict, "ALREADY_SET_UP", "There is an admin already.")
	ErrPasswordChanged = fault.New(fault.Conflict, "PASSWORD_CHANGED", "The password was changed in the meantime.")
)

func taken(field, code, message string) *fault.Error {
	return &fault.Error{Kind: fault.Conflict, Code: code, Message: message, Field: field}
}
