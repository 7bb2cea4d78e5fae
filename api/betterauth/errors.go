package betterauth

import (
	"slices"
	"strings"

	"pegasus/fault"
)

// told is how the protocol tells a failure of the domain. An empty code or message leaves the domain's.
type told struct {
	kind          fault.Kind
	code, message string
}

// tellings are the failures that the protocol tells with another status, code or text than the domain, by their code.
var tellings = map[string]told{
	"EMAIL_TAKEN":                  {fault.Mismatch, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email."},
	"SIGN_UP_DISABLED":             {fault.Invalid, "EMAIL_PASSWORD_SIGN_UP_DISABLED", "Email and password sign up is not enabled"},
	"INVALID_PASSWORD":             {fault.Invalid, "", "Invalid password"},
	"CREDENTIAL_ACCOUNT_NOT_FOUND": {fault.Invalid, "", "Credential account not found"},
	"USER_ALREADY_HAS_PASSWORD":    {fault.Invalid, "PASSWORD_ALREADY_SET", "User already has a password set"},
	"EMAIL_NOT_VERIFIED":           {fault.Forbidden, "", "Email not verified"},
	"INVALID_TOKEN":                {fault.Invalid, "", "Invalid token"},
	"TOKEN_EXPIRED":                {fault.Invalid, "", "Token expired"},
	"SESSION_NOT_FRESH":            {fault.Forbidden, "", "Session is not fresh"},

	"FAILED_TO_UNLINK_LAST_ACCOUNT":            {fault.Invalid, "", "You can't unlink your last account"},
	"ACCOUNT_NOT_FOUND":                        {fault.Invalid, "", "Account not found"},
	"LINKED_ACCOUNT_ALREADY_EXISTS":            {fault.Conflict, "SOCIAL_ACCOUNT_ALREADY_LINKED", "Social account already linked"},
	"ACCOUNT_ALREADY_LINKED_TO_DIFFERENT_USER": {fault.Conflict, "SOCIAL_ACCOUNT_ALREADY_LINKED", "Social account already linked"},
	"UNABLE_TO_GET_USER_INFO":                  {fault.Unauthenticated, "FAILED_TO_GET_USER_INFO", "Failed to get user info"},
	"EMAIL_NOT_FOUND":                          {fault.Unauthenticated, "USER_EMAIL_NOT_FOUND", "User email not found"},
	"ACCOUNT_NOT_LINKED":                       {fault.Unauthenticated, "", ""},
	"SIGNUP_DISABLED":                          {fault.Unauthenticated, "", ""},

	"TWO_FACTOR_ALREADY_ENABLED":         {fault.Invalid, "TOTP_ALREADY_ENABLED", "TOTP is already enabled"},
	"TWO_FACTOR_NOT_ENABLED":             {fault.Invalid, "", "Two factor isn't enabled"},
	"TOTP_NOT_ENABLED":                   {fault.Invalid, "", "TOTP not enabled"},
	"BACKUP_CODES_NOT_ENABLED":           {fault.Invalid, "", "Backup codes aren't enabled"},
	"OTP_NOT_ENABLED":                    {fault.Invalid, "", "OTP not enabled"},
	"OTP_HAS_EXPIRED":                    {fault.Invalid, "", "OTP has expired"},
	"INVALID_CODE":                       {fault.Unauthenticated, "", "Invalid code"},
	"CODE_ALREADY_USED":                  {fault.Unauthenticated, "INVALID_CODE", ""},
	"INVALID_BACKUP_CODE":                {fault.Unauthenticated, "", "Invalid backup code"},
	"INVALID_TWO_FACTOR_COOKIE":          {fault.Unauthenticated, "", "Invalid two factor cookie"},
	"TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE": {fault.Invalid, "", "Too many attempts. Please request a new code."},

	"INVALID_ROLE":                  {fault.Invalid, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE", "You are not allowed to set a non-existent role value"},
	"YOU_CANNOT_BAN_YOURSELF":       {fault.Invalid, "", "You cannot ban yourself"},
	"YOU_CANNOT_REMOVE_YOURSELF":    {fault.Invalid, "", "You cannot remove yourself"},
	"YOU_CANNOT_IMPERSONATE_ADMINS": {fault.Forbidden, "", "You cannot impersonate admins"},

	"CHALLENGE_NOT_FOUND":   {fault.Invalid, "", "Challenge not found"},
	"AUTHENTICATION_FAILED": {fault.Invalid, "", "Authentication failed"},
	// The protocol says 500; but nothing is wrong with the server.
	"FAILED_TO_VERIFY_REGISTRATION":                {fault.Invalid, "", "Failed to verify registration"},
	"YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY": {fault.Unauthenticated, "", "You are not allowed to register this passkey"},
}

// translate gives a failure the status, code and text of the protocol. Codes that stand in addresses are lower-case
// there, and upper-case in JSON.
func translate(err error) error {
	if _, done := err.(settled); done || err == nil {
		return err
	}
	f := fault.From(err)
	code := strings.ToUpper(f.Code)
	t, there := tellings[code]
	if !there {
		if code == f.Code {
			return err
		}
		t = told{kind: f.Kind}
	}
	changed := *f
	changed.Kind, changed.Code = t.kind, code
	if t.code != "" {
		changed.Code = t.code
	}
	if t.message != "" {
		changed.Message = t.message
	}
	return &changed
}

// Told returns the kind and the code by which the protocol tells a failure of the domain. Some routes tell a few with
// another status.
func Told(kind fault.Kind, code string) (told string, as fault.Kind) {
	f := fault.From(translate(fault.New(kind, code, "")))
	return f.Code, f.Kind
}

// settled is a failure that is told as it is.
type settled struct{ fault *fault.Error }

func (s settled) Error() string { return s.fault.Error() }
func (s settled) Unwrap() error { return s.fault }

// as gives a failure with one of these codes of the protocol another status than it has elsewhere.
func as(err error, kind fault.Kind, codes ...string) error {
	f := fault.From(translate(err))
	if f == nil || !slices.Contains(codes, f.Code) {
		return err
	}
	changed := *f
	changed.Kind = kind
	return settled{&changed}
}
