package handlers

import "maps"

var (
	refused   = [6]int{401, 400, 400, 400, 400, 400} // forms that anyone may send, and that are wrong
	foreign   = [6]int{401, 404, 404, 404, 404, 404} // what is somebody else's, or nobody's
	adminPage = [6]int{303, 403, 403, 403, 403, 200}
	adminForm = [6]int{401, 403, 403, 403, 403, 303}
	adminMiss = [6]int{401, 403, 403, 403, 403, 404}
	adminBad  = [6]int{401, 403, 403, 403, 403, 400}
)

// ownTable holds the rows of the pages of one's own account, and of those for admins.
var ownTable = map[string]cell{
	"POST /profile/avatar":        {"/profile/avatar", "a=b", refused},
	"POST /profile/avatar/remove": {"/profile/avatar/remove", "a=b", acting},
	"POST /profile/status":        {"/profile/status", "status_message=x&when=never", acting},
	"POST /profile/email":         {"/profile/email", "email=none", refused},
	"POST /profile/email/verify":  {"/profile/email/verify", "a=b", acting},

	"GET /profile/security":                             {"/profile/security", "", signedIn},
	"POST /profile/security/password":                   {"/profile/security/password", "current=wrong&password=another+good+phrase", refused},
	"POST /profile/security/two-factor":                 {"/profile/security/two-factor", "current=wrong", refused},
	"POST /profile/security/two-factor/confirm":         {"/profile/security/two-factor/confirm", "code=000000", refused},
	"POST /profile/security/two-factor/codes":           {"/profile/security/two-factor/codes", "code=000000", refused},
	"POST /profile/security/two-factor/off":             {"/profile/security/two-factor/off", "code=000000&current=wrong", refused},
	"POST /profile/security/passkeys/{passkey}/rename":  {"/profile/security/passkeys/none/rename", "name=x", foreign},
	"POST /profile/security/passkeys/{passkey}/remove":  {"/profile/security/passkeys/none/remove", "a=b", foreign},
	"POST /profile/security/accounts/{account}/link":    {"/profile/security/accounts/github/link", "a=b", foreign},
	"POST /profile/security/accounts/{account}/unlink":  {"/profile/security/accounts/none/unlink", "a=b", foreign},
	"GET /profile/security/confirm":                     {"/profile/security/confirm", "", sent},
	"POST /profile/security/confirm":                    {"/profile/security/confirm", "current=wrong", refused},
	"POST /profile/security/confirm/again":              {"/profile/security/confirm/again", "a=b", acting},
	"GET /profile/sessions":                             {"/profile/sessions", "", signedIn},
	"POST /profile/sessions/end-others":                 {"/profile/sessions/end-others", "a=b", acting},
	"POST /profile/sessions/{session}/end":              {"/profile/sessions/none/end", "a=b", foreign},
	"GET /profile/tokens":                               {"/profile/tokens", "", signedIn},
	"POST /profile/tokens":                              {"/profile/tokens", "name={N}&scopes=read&life=30", [6]int{401, 200, 200, 200, 200, 200}},
	"POST /profile/tokens to use an admin's rights":     {"/profile/tokens", "name={N}&scopes=admin&life=30", [6]int{401, 403, 403, 403, 403, 200}},
	"POST /profile/tokens/{token}/delete":               {"/profile/tokens/none/delete", "a=b", foreign},
	"GET /profile/notifications":                        {"/profile/notifications", "", signedIn},
	"POST /profile/notifications/messages":              {"/profile/notifications/messages", "level=all", acting},
	"POST /profile/notifications/pause":                 {"/profile/notifications/pause", "pause=1h", acting},
	"POST /profile/notifications/push/{browser}/remove": {"/profile/notifications/push/none/remove", "a=b", foreign},
	"POST /profile/notifications/push/{browser}/test":   {"/profile/notifications/push/none/test", "a=b", foreign},
	"POST /active":                                      {"/active", "a=b", [6]int{401, 204, 204, 204, 204, 204}},
	"POST /profile/notifications":                       {"/profile/notifications", "new_device=yes", acting},
	"GET /profile/data":                                 {"/profile/data", "", signedIn},
	"GET /profile/delete":                               {"/profile/delete?token=guess", "", signedIn},
	"POST /profile/delete":                              {"/profile/delete", "email=other@a.test&current=wrong", refused},
	"POST /profile/delete to use a token that is wrong": {"/profile/delete", "token=guess", refused},
	"GET /profile/log":                                  {"/profile/log", "", signedIn},

	"GET /admin":         {"/admin", "", adminPage},
	"POST /admin/stop":   {"/admin/stop", "a=b", refused},
	"GET /admin/people":  {"/admin/people", "", adminPage},
	"POST /admin/people": {"/admin/people", "action=sign-out", adminBad},
	"POST /admin/people/{person}/sessions/{session}/end":   {"/admin/people/{B}/sessions/none/end", "a=b", adminMiss},
	"POST /admin/people/{person}/reset-factor":             {"/admin/people/none/reset-factor", "a=b", adminMiss},
	"GET /admin/people/{person}":                           {"/admin/people/{B}", "", adminPage},
	"POST /admin/people/{person}/role":                     {"/admin/people/{B}/role", "role=user", adminForm},
	"POST /admin/people/{person}/ban":                      {"/admin/people/{B}/ban", "ban_expires=2001-01-01", adminBad},
	"POST /admin/people/{person}/unban":                    {"/admin/people/{B}/unban", "a=b", adminForm},
	"POST /admin/people/{person}/sign-out":                 {"/admin/people/none/sign-out", "a=b", adminMiss},
	"POST /admin/people/{person}/reset-link":               {"/admin/people/{B}/reset-link", "a=b", [6]int{401, 403, 403, 403, 403, 200}},
	"POST /admin/people/{person}/impersonate":              {"/admin/people/none/impersonate", "a=b", adminMiss},
	"POST /admin/people/{person}/delete":                   {"/admin/people/{B}/delete", "username=another", adminBad},
	"GET /admin/invitations":                               {"/admin/invitations", "", adminPage},
	"POST /admin/invitations":                              {"/admin/invitations", "role=user&max_uses=1&life=24", [6]int{401, 403, 403, 403, 403, 200}},
	"POST /admin/invitations/{invitation}/revoke":          {"/admin/invitations/none/revoke", "a=b", adminMiss},
	"GET /chat/{channel}/integrations":                     {"/chat/{P}/integrations", "", [6]int{303, 404, 200, 404, 200, 404}},
	"POST /chat/{channel}/integrations":                    {"/chat/{P}/integrations", "kind=incoming&name=Robot", [6]int{401, 404, 403, 404, 200, 404}},
	"POST /chat/{channel}/integrations/{hook}":             {"/chat/{P}/integrations/none", "action=off", [6]int{401, 404, 404, 404, 404, 404}},
	"GET /admin/integrations":                              {"/admin/integrations", "", adminPage},
	"POST /admin/hooks/{hook}":                             {"/admin/hooks/none", "action=off", adminMiss},
	"POST /admin/bots":                                     {"/admin/bots", "name=", adminBad},
	"GET /admin/bots/{bot}":                                {"/admin/bots/none", "", [6]int{303, 403, 403, 403, 403, 404}},
	"POST /admin/bots/{bot}":                               {"/admin/bots/none", "action=save", adminMiss},
	"POST /admin/bots/{bot}/tokens":                        {"/admin/bots/none/tokens", "name=x", adminMiss},
	"POST /admin/bots/{bot}/tokens/{token}/delete":         {"/admin/bots/none/tokens/none/delete", "a=b", adminMiss},
	"GET /admin/settings":                                  {"/admin/settings", "", adminPage},
	"POST /admin/settings/test":                            {"/admin/settings/test", "what=nothing", adminBad},
	"GET /admin/channels":                                  {"/admin/channels", "", adminPage},
	"GET /admin/channels/{channel}":                        {"/admin/channels/{P}", "", adminPage},
	"POST /admin/channels/{channel}":                       {"/admin/channels/none", "action=archive", adminMiss},
	"GET /admin/plugins":                                   {"/admin/plugins", "", adminPage},
	"POST /admin/plugins/{install}":                        {"/admin/plugins/none", "action=off", adminMiss},
	"GET /admin/budgets":                                   {"/admin/budgets", "", adminPage},
	"POST /admin/people/{person}/budget":                   {"/admin/people/{B}/budget", "budget=x", adminBad},
	"GET /admin/audit":                                     {"/admin/audit", "", adminPage},
	"POST /admin/audit/export":                             {"/admin/audit/export", "format=csv", [6]int{401, 403, 403, 403, 403, 200}},
	"GET /admin/data":                                      {"/admin/data", "", adminPage},
	"POST /admin/data":                                     {"/admin/data", "a=b", adminForm},
	"POST /admin/data/{backup}/verify":                     {"/admin/data/none/verify", "a=b", adminMiss},
	"POST /admin/data/{backup}/download":                   {"/admin/data/none/download", "a=b", [6]int{401, 403, 403, 403, 403, 403}},
	"GET /admin/security":                                  {"/admin/security", "", adminPage},
	"POST /admin/security":                                 {"/admin/security", "a=b", adminForm},
	"POST /admin/security to ask for what oneself has not": {"/admin/security", "require_two_factor=yes", [6]int{401, 403, 403, 403, 403, 403}},
}

func init() { maps.Copy(table, ownTable) }
