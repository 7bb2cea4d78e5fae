package api

import "maps"

// Rows of the table for Better Auth's protocol. Bodies change nothing that other rows stand on.
var protocolTable = map[string]cell{
	"POST /api/auth/sign-up/email": {"/api/auth/sign-up/email", `{"name":"New","email":"{N}@a.test","password":"correct horse battery"}`, everyone},
	"POST /api/auth/sign-up":       {"/api/auth/sign-up", `{"name":"New","email":"{N}@b.test","password":"correct horse battery"}`, everyone},
	"POST /api/auth/sign-in/email": {"/api/auth/sign-in/email", `{"email":"member@example.test","password":"correct horse battery"}`, everyone},
	"POST /api/auth/sign-in":       {"/api/auth/sign-in", `{"email":"member@example.test","password":"correct horse battery"}`, everyone},
	"POST /api/auth/sign-out":      {"/api/auth/sign-out", `{}`, everyone},
	"GET /api/auth/get-session":    {"/api/auth/get-session", "", everyone},
	"GET /api/auth/ok":             {"/api/auth/ok", "", everyone},
	"GET /api/auth/error":          {"/api/auth/error?error=x", "", everyone},

	"POST /api/auth/sign-in/social":        {"/api/auth/sign-in/social", `{"provider":"nope"}`, all(404)},
	"GET /api/auth/callback/{provider}":    {"/api/auth/callback/github?state=x&code=y", "", all(302)},
	"POST /api/auth/callback/{provider}":   {"/api/auth/callback/github?state=x&code=y", "", all(302)},
	"POST /api/auth/link-social":           {"/api/auth/link-social", `{"provider":"nope"}`, within(404)},
	"GET /api/auth/list-accounts":          {"/api/auth/list-accounts", "", signedIn},
	"POST /api/auth/unlink-account":        {"/api/auth/unlink-account", `{"accountId":"none"}`, within(400)},
	"POST /api/auth/update-user":           {"/api/auth/update-user", `{}`, signedIn},
	"POST /api/auth/change-password":       {"/api/auth/change-password", `{"currentPassword":"correct horse battery","newPassword":"short"}`, within(400)},
	"POST /api/auth/set-password":          {"/api/auth/set-password", `{"newPassword":"another horse battery"}`, within(400)},
	"POST /api/auth/verify-password":       {"/api/auth/verify-password", `{"password":"correct horse battery"}`, signedIn},
	"POST /api/auth/change-email":          {"/api/auth/change-email", `{"newEmail":"none"}`, within(400)},
	"POST /api/auth/delete-user":           {"/api/auth/delete-user", `{"token":"none"}`, within(400)},
	"GET /api/auth/delete-user/callback":   {"/api/auth/delete-user/callback?token=none", "", within(400)},
	"POST /api/auth/update-session":        {"/api/auth/update-session", `{}`, signedIn},
	"GET /api/auth/list-sessions":          {"/api/auth/list-sessions", "", signedIn},
	"POST /api/auth/revoke-session":        {"/api/auth/revoke-session", `{"token":"none"}`, signedIn},
	"POST /api/auth/revoke-sessions":       {"/api/auth/revoke-sessions", `{}`, signedIn},
	"POST /api/auth/revoke-other-sessions": {"/api/auth/revoke-other-sessions", `{}`, signedIn},

	"POST /api/auth/request-password-reset": {"/api/auth/request-password-reset", `{"email":"nobody@example.test"}`, everyone},
	"POST /api/auth/forget-password":        {"/api/auth/forget-password", `{"email":"nobody@example.test"}`, everyone},
	"POST /api/auth/forgot-password":        {"/api/auth/forgot-password", `{"email":"nobody@example.test"}`, everyone},
	"GET /api/auth/reset-password/{token}":  {"/api/auth/reset-password/none", "", all(302)},
	"POST /api/auth/reset-password":         {"/api/auth/reset-password", `{"newPassword":"another horse battery","token":"none"}`, all(400)},
	"POST /api/auth/send-verification-email": {"/api/auth/send-verification-email", `{"email":"nobody@example.test"}`,
		[6]int{200, 400, 400, 400, 400, 400}},
	"GET /api/auth/verify-email":        {"/api/auth/verify-email?token=none&callbackURL=/login", "", all(302)},
	"POST /api/auth/sign-in/magic-link": {"/api/auth/sign-in/magic-link", `{"email":"nobody@example.test"}`, everyone},
	"GET /api/auth/magic-link/verify":   {"/api/auth/magic-link/verify?token=none", "", all(302)},

	"POST /api/auth/two-factor/enable":                {"/api/auth/two-factor/enable", `{"password":"correct horse battery"}`, signedIn},
	"POST /api/auth/two-factor/get-totp-uri":          {"/api/auth/two-factor/get-totp-uri", `{"password":1}`, within(400)},
	"POST /api/auth/two-factor/verify-totp":           {"/api/auth/two-factor/verify-totp", `{"code":1}`, all(400)},
	"POST /api/auth/two-factor/verify-backup-code":    {"/api/auth/two-factor/verify-backup-code", `{"code":1}`, all(400)},
	"POST /api/auth/two-factor/verify-otp":            {"/api/auth/two-factor/verify-otp", `{"code":1}`, all(400)},
	"POST /api/auth/two-factor/send-otp":              {"/api/auth/two-factor/send-otp", `{}`, all(401)},
	"POST /api/auth/two-factor/generate-backup-codes": {"/api/auth/two-factor/generate-backup-codes", `{"password":"correct horse battery"}`, within(400)},
	"POST /api/auth/two-factor/disable":               {"/api/auth/two-factor/disable", `{"password":"correct horse battery"}`, within(400)},

	"GET /api/auth/passkey/generate-register-options":      {"/api/auth/passkey/generate-register-options", "", signedIn},
	"POST /api/auth/passkey/verify-registration":           {"/api/auth/passkey/verify-registration", `{"response":{}}`, within(400)},
	"GET /api/auth/passkey/generate-authenticate-options":  {"/api/auth/passkey/generate-authenticate-options", "", everyone},
	"POST /api/auth/passkey/generate-authenticate-options": {"/api/auth/passkey/generate-authenticate-options", `{}`, everyone},
	"POST /api/auth/passkey/verify-authentication":         {"/api/auth/passkey/verify-authentication", `{"response":{}}`, all(400)},
	"GET /api/auth/passkey/list-user-passkeys":             {"/api/auth/passkey/list-user-passkeys", "", signedIn},
	"POST /api/auth/passkey/delete-passkey":                {"/api/auth/passkey/delete-passkey", `{"id":"none"}`, within(404)},
	"POST /api/auth/passkey/update-passkey":                {"/api/auth/passkey/update-passkey", `{"id":"none","name":"Key"}`, within(404)},

	"GET /api/auth/admin/list-users":            {"/api/auth/admin/list-users", "", bosses},
	"GET /api/auth/admin/get-user":              {"/api/auth/admin/get-user?id={A}", "", bosses},
	"POST /api/auth/admin/create-user":          {"/api/auth/admin/create-user", `{"email":"{N}@d.test","name":"New","password":"correct horse battery"}`, bosses},
	"POST /api/auth/admin/update-user":          {"/api/auth/admin/update-user", `{"userId":"{A}","data":{"phone":"1"}}`, bosses},
	"POST /api/auth/admin/set-role":             {"/api/auth/admin/set-role", `{"userId":"{A}","role":"user"}`, bosses},
	"POST /api/auth/admin/ban-user":             {"/api/auth/admin/ban-user", noUser, bossesMiss},
	"POST /api/auth/admin/unban-user":           {"/api/auth/admin/unban-user", noUser, bossesMiss},
	"POST /api/auth/admin/impersonate-user":     {"/api/auth/admin/impersonate-user", noUser, bossesMiss},
	"POST /api/auth/admin/stop-impersonating":   {"/api/auth/admin/stop-impersonating", `{}`, within(400)},
	"POST /api/auth/admin/list-user-sessions":   {"/api/auth/admin/list-user-sessions", `{"userId":"{A}"}`, bosses},
	"POST /api/auth/admin/revoke-user-session":  {"/api/auth/admin/revoke-user-session", `{"sessionToken":"none"}`, bosses},
	"POST /api/auth/admin/revoke-user-sessions": {"/api/auth/admin/revoke-user-sessions", noUser, bossesMiss},
	"POST /api/auth/admin/remove-user":          {"/api/auth/admin/remove-user", noUser, bossesMiss},
	"POST /api/auth/admin/set-user-password":    {"/api/auth/admin/set-user-password", noUserPassword, bossesMiss},
	"POST /api/auth/admin/has-permission":       {"/api/auth/admin/has-permission", `{"permissions":{"user":["ban"]}}`, signedIn},
}

const (
	noUser         = `{"userId":"ffffffffffffffffffffffff"}`
	noUserPassword = `{"userId":"ffffffffffffffffffffffff","newPassword":"another horse battery"}`
)

var bossesMiss = [6]int{401, 403, 403, 403, 403, 404}

// all is a row in which everyone gets the same.
func all(status int) [6]int { return [6]int{status, status, status, status, status, status} }

// within is a row in which everyone who is signed in gets the same.
func within(status int) [6]int { return [6]int{401, status, status, status, status, status} }

// challenged are routes that are open to nobody, and answer 401 for want of something else than a session.
var challenged = map[string]bool{"POST /api/auth/two-factor/send-otp": true}

func init() { maps.Copy(table, protocolTable) }
