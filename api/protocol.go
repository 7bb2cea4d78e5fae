package api

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/api/betterauth"
)

// protocol registers a handler of Better Auth's protocol, with its types as documentation.
func protocol[I, O any](d *door, pattern string, who access, handle betterauth.Handler[I, O], about string, options ...option) {
	if who != public {
		options = append(options, bySession, func(r *route) { r.unknown = betterauth.ErrNobody })
	}
	options = append(options, fails(http.StatusForbidden), betterAuth)
	in := reflect.TypeFor[I]()
	if in.NumField() == 0 || in.Field(0).Tag.Get("query") != "" {
		plain[none, O](d, pattern, who, betterauth.Handle(handle), about, options...)
	} else {
		plain[I, O](d, pattern, who, betterauth.Handle(handle), about, options...)
	}
	op := d.documentation(pattern)
	for i := range in.NumField() {
		if tag := in.Field(i).Tag; tag.Get("query") != "" {
			op.Parameters = append(op.Parameters, textParam("query", tag.Get("query"), tag.Get("doc")))
		}
	}
}

// betterAuth marks the routes of the protocol.
func betterAuth(r *route) { r.protocol = true }

// leading registers a handler of the protocol that sends browsers on, with the parameters of its query. O documents what
// it answers where there is nowhere to go.
func leading[O any](d *door, pattern string, who access, handle http.HandlerFunc, about string, query []string, options ...option) {
	if who != public {
		options = append(options, bySession, func(r *route) { r.unknown = betterauth.ErrNobody })
	}
	plain[none, O](d, pattern, who, betterauth.BySession(handle), about, append(options, fails(http.StatusForbidden), betterAuth)...)
	op := d.documentation(pattern)
	if reflect.TypeFor[O]() == reflect.TypeFor[none]() {
		delete(op.Responses, "200")
	}
	op.Responses["302"] = &huma.Response{Description: "To where it goes on", Headers: map[string]*huma.Param{
		"Location": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
	for _, name := range query {
		op.Parameters = append(op.Parameters, textParam("query", name, ""))
	}
}

func textParam(in, name, about string) *huma.Param {
	return &huma.Param{Name: name, In: in, Required: in == "path", Description: about, Schema: &huma.Schema{Type: huma.TypeString}}
}

// documentation returns the documentation of a route that was registered.
func (d *door) documentation(pattern string) *huma.Operation {
	method, path, _ := strings.Cut(pattern, " ")
	item := d.huma.OpenAPI().Paths[path]
	if method == http.MethodGet {
		return item.Get
	}
	return item.Post
}

// authRoutes lists the routes of Better Auth's protocol.
func (d *door) authRoutes() {
	a, l := d.auth, d.Limits
	auth, signIn, signUp := perPath(l.Auth), perClient(l.SignIn), perClient(l.SignUp)
	factor, mail, magic, social := perPath(l.Factor), perPath(l.Mail), perPath(l.Magic), perPath(l.SignIn)

	protocol(d, "POST /api/auth/sign-up/email", public, a.SignUp, "Sign up and in", signUp, fails(404, 409, 422))
	protocol(d, "POST /api/auth/sign-up", public, a.SignUp, "Alias of sign-up/email", signUp, fails(404, 409, 422))
	protocol(d, "POST /api/auth/sign-in/email", public, a.SignIn, "Sign in", signIn, fails(401))
	protocol(d, "POST /api/auth/sign-in", public, a.SignIn, "Alias of sign-in/email", signIn, fails(401))
	protocol(d, "POST /api/auth/sign-out", public, a.SignOut, "Sign out", auth)
	plain[none, betterauth.SessionAndUser](d, "GET /api/auth/get-session", public, a.GetSession, "The session and its person, null where signed out", auth)
	plain[none, betterauth.OK](d, "GET /api/auth/ok", public, a.OK, "Whether sign-in works", auth)
	plain[none, string](d, "GET /api/auth/error", public, a.Error, "The page for failures of a sign-in", auth)
	page := d.documentation("GET /api/auth/error")
	page.Responses["200"].Content = map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}
	page.Parameters = []*huma.Param{textParam("query", "error", "The code of the failure")}

	protocol(d, "POST /api/auth/sign-in/social", public, a.SignInSocial, "Sign in at a provider", social, fails(401, 404))
	answer := []string{"code", "state", "error", "error_description"}
	leading[none](d, "GET /api/auth/callback/{provider}", public, a.Callback, "Where a provider sends browsers back to", answer, auth)
	leading[none](d, "POST /api/auth/callback/{provider}", public, a.PostCallback, "The same for providers that send a form", nil, auth)
	protocol(d, "POST /api/auth/link-social", members, a.LinkSocial, "Link a provider's account", auth, fails(404, 409))
	protocol(d, "GET /api/auth/list-accounts", members, a.ListAccounts, "One's ways in: the password and linked accounts", auth)
	protocol(d, "POST /api/auth/unlink-account", members, a.Unlink, "Remove a way in, unless it is the last", auth)

	protocol(d, "POST /api/auth/update-user", members, a.UpdateUser, "Change oneself", auth, fails(409))
	protocol(d, "POST /api/auth/change-password", members, a.ChangePassword, "Change one's password", factor, fails(409))
	protocol(d, "POST /api/auth/set-password", members, a.SetPassword, "Give oneself a first password", factor, fails(409))
	protocol(d, "POST /api/auth/verify-password", members, a.VerifyPassword, "Whether a password is one's own", factor)
	protocol(d, "POST /api/auth/change-email", members, a.ChangeEmail, "Change one's address, once its mail is opened", factor)
	protocol(d, "POST /api/auth/delete-user", members, a.DeleteUser, "Delete oneself", factor, fails(409))
	leading[betterauth.DeleteUserResponse](d, "GET /api/auth/delete-user/callback", members, a.ConfirmDeletion, "The link of the mail: delete oneself",
		[]string{"token", "callbackURL"}, auth, fails(400, 404, 409))

	protocol(d, "POST /api/auth/request-password-reset", public, a.RequestReset, "Mail a link that sets a password", mail)
	protocol(d, "POST /api/auth/forget-password", public, a.RequestReset, "Alias of request-password-reset", mail)
	protocol(d, "POST /api/auth/forgot-password", public, a.RequestReset, "Alias of request-password-reset", mail)
	leading[none](d, "GET /api/auth/reset-password/{token}", public, a.OpenReset, "The link of the mail: on to where the password is entered", []string{"callbackURL"}, auth)
	protocol(d, "POST /api/auth/reset-password", public, a.Reset, "Set a password by a token, once", auth, fails(409))
	protocol(d, "POST /api/auth/send-verification-email", public, a.SendVerification, "Mail a link that proves an address", mail)
	leading[betterauth.VerifiedResponse](d, "GET /api/auth/verify-email", public, a.VerifyEmail, "The link of the mail: prove an address",
		[]string{"token", "callbackURL"}, auth, fails(401, 409))

	protocol(d, "GET /api/auth/list-sessions", members, a.ListSessions, "Where one is signed in", auth)
	protocol(d, "POST /api/auth/revoke-session", members, a.RevokeSession, "Sign out somewhere", auth)
	protocol(d, "POST /api/auth/revoke-sessions", members, a.RevokeSessions, "Sign out everywhere", auth)
	protocol(d, "POST /api/auth/revoke-other-sessions", members, a.RevokeOtherSessions, "Sign out everywhere else", auth)
	protocol(d, "POST /api/auth/update-session", members, a.UpdateSession, "One's session, which has no fields to change", auth)

	protocol(d, "POST /api/auth/sign-in/magic-link", public, a.SendMagicLink, "Mail a link that signs in", magic)
	leading[betterauth.MagicLinkResponse](d, "GET /api/auth/magic-link/verify", public, a.VerifyMagicLink, "The link of the mail: sign in",
		[]string{"token", "callbackURL", "newUserCallbackURL", "errorCallbackURL"}, magic)
	d.factorRoutes(factor, auth)
	d.adminRoutes(auth)
}

func (d *door) factorRoutes(factor, auth option) {
	a := d.auth
	protocol(d, "POST /api/auth/two-factor/enable", members, a.EnableTwoFactor, "Begin to set up a second factor", factor)
	protocol(d, "POST /api/auth/two-factor/get-totp-uri", members, a.GetTOTPURI, "What an app needs, during the set-up", factor)
	protocol(d, "POST /api/auth/two-factor/verify-totp", public, a.VerifyTOTP, "Take a code of the app", factor, fails(401))
	protocol(d, "POST /api/auth/two-factor/verify-backup-code", public, a.VerifyBackupCode, "Take a backup code, once", factor, fails(401, 409))
	protocol(d, "POST /api/auth/two-factor/verify-otp", public, a.VerifyOTP, "Take a code that was mailed", factor, fails(401))
	protocol(d, "POST /api/auth/two-factor/send-otp", public, a.SendOTP, "Mail a code", factor, fails(401))
	protocol(d, "POST /api/auth/two-factor/generate-backup-codes", members, a.NewBackupCodes, "New backup codes; the old ones die", factor)
	protocol(d, "POST /api/auth/two-factor/disable", members, a.DisableTwoFactor, "Turn the second factor off", factor)

	protocol(d, "GET /api/auth/passkey/generate-register-options", members, a.BeginPasskey, "Options to make a passkey with", auth, fails(400, 409, 415))
	protocol(d, "POST /api/auth/passkey/verify-registration", members, a.FinishPasskey, "Register a passkey", auth, fails(409))
	protocol(d, "GET /api/auth/passkey/generate-authenticate-options", public, a.BeginPasskeySignIn, "Options to sign in by passkey with", auth, fails(415))
	protocol(d, "POST /api/auth/passkey/generate-authenticate-options", public, a.BeginPasskeySignIn, "The same for old clients", auth)
	protocol(d, "POST /api/auth/passkey/verify-authentication", public, a.FinishPasskeySignIn, "Sign in by passkey", auth, fails(401))
	protocol(d, "GET /api/auth/passkey/list-user-passkeys", members, a.ListPasskeys, "One's passkeys", auth)
	protocol(d, "POST /api/auth/passkey/delete-passkey", members, a.DeletePasskey, "End a passkey, unless it is the last way in", auth, fails(404))
	protocol(d, "POST /api/auth/passkey/update-passkey", members, a.RenamePasskey, "Name a passkey", auth, fails(404))
}

// adminRoutes lists what runs the people of a workspace. Who may call what is for the rights of the domain to say.
func (d *door) adminRoutes(auth option) {
	a := d.auth
	protocol(d, "GET /api/auth/admin/list-users", members, a.ListUsers, "Find people", auth, fails(400))
	protocol(d, "GET /api/auth/admin/get-user", members, a.GetUser, "A person", auth, fails(404))
	protocol(d, "POST /api/auth/admin/create-user", members, a.CreateUser, "Make an account for somebody", auth, fails(409))
	protocol(d, "POST /api/auth/admin/update-user", members, a.AdminUpdateUser, "Change somebody", auth, fails(404, 409))
	protocol(d, "POST /api/auth/admin/set-role", members, a.SetRole, "Change somebody's role", auth, fails(404, 409))
	protocol(d, "POST /api/auth/admin/ban-user", members, a.Ban, "Keep somebody out", auth, fails(404, 409))
	protocol(d, "POST /api/auth/admin/unban-user", members, a.Unban, "Let somebody in again", auth, fails(404))
	protocol(d, "POST /api/auth/admin/impersonate-user", members, a.Impersonate, "Act as somebody for an hour", auth, fails(404))
	protocol(d, "POST /api/auth/admin/stop-impersonating", members, a.StopImpersonating, "Be oneself again", auth)
	protocol(d, "POST /api/auth/admin/list-user-sessions", members, a.ListUserSessions, "Where somebody is signed in", auth, fails(404))
	protocol(d, "POST /api/auth/admin/revoke-user-session", members, a.RevokeUserSession, "Sign somebody out somewhere", auth)
	protocol(d, "POST /api/auth/admin/revoke-user-sessions", members, a.RevokeUserSessions, "Sign somebody out everywhere", auth, fails(404))
	protocol(d, "POST /api/auth/admin/remove-user", members, a.RemoveUser, "Delete somebody's account", auth, fails(404, 409))
	protocol(d, "POST /api/auth/admin/set-user-password", members, a.SetUserPassword, "Set somebody's password", auth, fails(404))
	protocol(d, "POST /api/auth/admin/has-permission", members, a.HasPermission, "Whether one has rights", auth)
}
