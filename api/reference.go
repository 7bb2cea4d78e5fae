package api

import (
	_ "embed"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/accounts"
	"pegasus/api/betterauth"
	"pegasus/fault"
	"pegasus/web"
)

//go:generate go run -C .. ./internal/codes

//go:embed codes.txt
var codesText string

// kinds are the kinds of failures by the names under which codes.txt has them.
var kinds = map[string]fault.Kind{
	"Invalid": fault.Invalid, "Unauthenticated": fault.Unauthenticated, "Forbidden": fault.Forbidden, "NotFound": fault.NotFound,
	"Conflict": fault.Conflict, "Mismatch": fault.Mismatch, "TooLarge": fault.TooLarge, "Unsupported": fault.Unsupported,
	"Limited": fault.Limited, "Unavailable": fault.Unavailable, "Full": fault.Full, "Gone": fault.Gone,
}

// domainCodes are the codes of failures behind each route, by pattern and kind, as the sources have them.
var domainCodes = sync.OnceValue(func() map[string]map[fault.Kind][]string {
	all := map[string]map[fault.Kind][]string{}
	for line := range strings.Lines(codesText) {
		words := strings.Fields(line)
		pattern := words[0] + " " + words[1]
		if all[pattern] == nil {
			all[pattern] = map[fault.Kind][]string{}
		}
		all[pattern][kinds[words[2]]] = words[3:]
	}
	return all
})

// codes returns what a route can answer with beside success: the codes of each status.
func (r *route) codes() map[int][]string {
	found := map[int][]string{}
	put := func(status int, codes ...string) { found[status] = append(found[status], codes...) }
	for kind, codes := range domainCodes()[r.pattern()] {
		switch {
		case kind == fault.Limited && r.bound() == nil:
			continue
		case kind == fault.Full && r.method == http.MethodGet:
			continue // who reads fills nothing
		}
		for _, code := range codes {
			told, status := code, kind
			if r.protocol {
				told, status = betterauth.Told(kind, code)
			}
			put(web.Status(status), told)
		}
	}
	r.refusals(put)
	for status, codes := range roundabout[r.pattern()] {
		put(status, strings.Fields(codes)...)
	}
	for status, codes := range found {
		slices.Sort(codes)
		found[status] = slices.Compact(codes)
	}
	return found
}

// refusals are the codes with which the door itself refuses.
func (r *route) refusals(put func(status int, codes ...string)) {
	put(http.StatusInternalServerError, "INTERNAL")
	switch {
	case r.protocol && r.who != public:
		put(http.StatusUnauthorized, "UNAUTHORIZED")
	case r.who != public:
		put(http.StatusUnauthorized, "AUTH_REQUIRED", "INVALID_TOKEN")
	}
	if r.who != public && r.bySession {
		put(http.StatusForbidden, errSession.Code)
	} else if r.who != public {
		put(http.StatusForbidden, accounts.ErrScope.Code)
	}
	if r.who != public && !r.enrolling && !strings.HasPrefix(r.path, authPrefix) {
		put(http.StatusForbidden, errEnroll.Code)
	}
	if r.who == admins {
		put(http.StatusForbidden, "FORBIDDEN")
	}
	if r.method != http.MethodGet {
		put(http.StatusForbidden, "INVALID_ORIGIN") // pages of other sites
	}
	if r.protocol {
		put(http.StatusForbidden, errSession.Code)
	}
	if r.protocol && r.method != http.MethodGet {
		put(http.StatusBadRequest, "BODY_MUST_BE_AN_OBJECT")
		put(http.StatusForbidden, "MISSING_OR_NULL_ORIGIN", "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")
	}
	if r.method == http.MethodPost || r.method == http.MethodPut {
		put(http.StatusBadRequest, "INVALID_JSON", "VALIDATION_ERROR", "REQUEST_TIMEOUT")
		put(http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE")
		put(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	}
	if r.bound() != nil {
		put(http.StatusTooManyRequests, "TOO_MANY_REQUESTS")
	}
}

func (r *route) pattern() string { return r.method + " " + r.path }

// roundabout are codes that the sources do not spell out where they are raised: of rights, and of failures that a door tells
// with another status.
var roundabout = map[string]map[int]string{
	"POST /api/auth/admin/ban-user":              {403: "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"},
	"POST /api/auth/admin/unban-user":            {403: "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS"},
	"POST /api/auth/admin/set-role":              {403: "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE"},
	"POST /api/auth/admin/update-user":           {403: "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS"},
	"POST /api/auth/admin/create-user":           {400: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", 403: "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS"},
	"POST /api/auth/admin/remove-user":           {403: "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS"},
	"POST /api/auth/admin/impersonate-user":      {403: "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS"},
	"GET /api/auth/admin/list-users":             {403: "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS"},
	"POST /api/auth/admin/list-user-sessions":    {403: "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS"},
	"POST /api/auth/admin/revoke-user-session":   {403: "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"},
	"POST /api/auth/admin/revoke-user-sessions":  {403: "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS"},
	"POST /api/auth/admin/set-user-password":     {403: "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD"},
	"GET /api/auth/verify-email":                 {401: "INVALID_TOKEN"},
	"POST /api/auth/link-social":                 {401: "INVALID_TOKEN"},
	"POST /api/auth/sign-in/social":              {401: "INVALID_TOKEN"},
	"POST /api/auth/update-user":                 {400: "EMAIL_CAN_NOT_BE_UPDATED FIELD_NOT_ALLOWED NAME_REQUIRED"},
	"POST /api/2fa/setup":                        {400: "TWO_FACTOR_ALREADY_ENABLED", 401: "INVALID_PASSWORD"},
	"POST /api/2fa/verify-setup":                 {400: "INVALID_CODE TWO_FACTOR_ALREADY_ENABLED TOTP_NOT_ENABLED"},
	"POST /api/2fa/disable":                      {400: "INVALID_CODE TWO_FACTOR_NOT_ENABLED", 401: "INVALID_PASSWORD"},
	"POST /api/2fa/regenerate-backup-codes":      {400: "INVALID_CODE TWO_FACTOR_NOT_ENABLED"},
	"PUT /api/users/me":                          {400: "INVALID_STATUS USER_IS_BOT"},
	"POST /api/emoji":                            {400: "FILE_TOO_LARGE FILE_TYPE_NOT_ALLOWED IMAGE_TOO_LARGE"},
	"PUT /api/branding":                          {400: "FILE_TOO_LARGE FILE_TYPE_NOT_ALLOWED IMAGE_TOO_LARGE"},
	"POST /api/chat/channels/{id}/messages/send": ofCommands,
	"POST /api/chat/messages/{id}/replies":       ofCommands,
	"POST /api/dm/users/{recipientId}/messages":  ofCommands,
}

// ofCommands are what hinders the commands of plugins and of other servers, which the services are handed.
var ofCommands = map[int]string{400: "CHANNEL_ARCHIVED COMMAND_FAILED MUTED PLUGIN_FAILED POSTING_RESTRICTED", 429: "TOO_MANY_CALLS"}

// codesKey is where a response of the document lists the codes that its body can have.
const codesKey = "x-codes"

// describe completes every operation by what its route says of itself.
func (d *door) describe(o *huma.OpenAPI) {
	o.Servers = []*huma.Server{{URL: "/", Description: "The server that gives this document"}}
	o.Tags = tags()
	o.Components.Headers = sharedHeaders()
	for path, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			r := op.Metadata[metaRoute].(*route)
			d.describeFailures(op, r)
			describeUse(op, r)
			namePath(op, path)
			d.illustrate(op)
		}
	}
	describeEvents(o)
}

// describeFailures lists codes, adding the statuses that only they tell of.
func (d *door) describeFailures(op *huma.Operation, r *route) {
	content := d.content("application/json", reflect.TypeFor[errorBody]())
	for status, codes := range r.codes() {
		key := statusKey(status)
		if op.Responses[key] == nil && !r.words {
			op.Responses[key] = &huma.Response{Content: content}
		}
		response := op.Responses[key]
		if response == nil {
			continue
		}
		response.Description = http.StatusText(status) + ": " + strings.Join(codes, ", ")
		response.Extensions = map[string]any{codesKey: codes}
	}
	for key, response := range op.Responses {
		status, _ := strconv.Atoi(key)
		if op.Metadata[metaPaged] == nil {
			delete(response.Headers, "Link")
		}
		names := r.headers(status)
		if response.Headers == nil && len(names) > 0 {
			response.Headers = map[string]*huma.Param{}
		}
		for _, name := range names {
			response.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
		}
	}
}

// headers names the shared headers of an answer with this status. Refusals carry those of limits, too; the document says it
// once for all of them.
func (r *route) headers(status int) []string {
	if status >= http.StatusBadRequest && status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return nil
	}
	names := []string{"X-Request-Id"}
	if r.bound() != nil && status != http.StatusServiceUnavailable {
		names = append(names, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy",
			"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		names = append(names, "Retry-After")
	}
	return names
}

func sharedHeaders() map[string]*huma.Param {
	text := func(about string) *huma.Param {
		return &huma.Param{Description: about, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	count := func(about string) *huma.Param {
		return &huma.Param{Description: about, Schema: &huma.Schema{Type: huma.TypeInteger}}
	}
	return map[string]*huma.Param{
		"X-Request-Id":          text("The id to quote when asking for help"),
		"RateLimit-Limit":       count("How many requests a window takes"),
		"RateLimit-Remaining":   count("How many of them are left"),
		"RateLimit-Reset":       count("Seconds until the window ends"),
		"RateLimit-Policy":      text("Requests and window in seconds, such as 30;w=10"),
		"X-RateLimit-Limit":     count("As RateLimit-Limit"),
		"X-RateLimit-Remaining": count("As RateLimit-Remaining"),
		"X-RateLimit-Reset":     count("When the window ends, in Unix seconds"),
		"Retry-After":           count("Seconds after which to try again"),
	}
}

// describeUse says who may call an operation, how often, and with which token.
func describeUse(op *huma.Operation, r *route) {
	var use []string
	op.Extensions = map[string]any{}
	switch {
	case r.who == public:
		use = append(use, "Open to everyone.")
	case r.bySession:
		use = append(use, "Takes a session alone: no personal access token reaches it.")
	default:
		scopes := make([]string, 0, 2)
		for _, s := range r.needs() {
			scopes = append(scopes, string(s))
		}
		op.Extensions["x-scopes"] = scopes
		op.Security = []map[string][]string{{"cookie": {}}, {"bearer": scopes}}
		use = append(use, "A personal access token needs: "+strings.Join(scopes, ", ")+".")
	}
	if r.who == admins {
		use = append(use, "For admins.")
	}
	if limit := r.bound(); limit != nil {
		n, window := limit.Rate()
		op.Extensions["x-limit"] = map[string]any{"requests": n, "seconds": int(window.Seconds()), "by": r.countedBy()}
		if r.limited {
			use = append(use, fmt.Sprintf("At most %d requests in %d seconds for each %s.", n, int(window.Seconds()), r.countedBy()))
		}
	}
	if instead := aliases[r.pattern()]; instead != "" {
		op.Deprecated = true
		use = append(use, "An older name that goes on working; new programs call "+instead+".")
	}
	op.Description = strings.TrimSpace(op.Description + "\n\n" + strings.Join(use, " "))
}

// bound is the limit that counts requests to a route, nil where nothing does.
func (r *route) bound() *web.Limit {
	if r.limited {
		return r.limit
	}
	return r.general
}

func (r *route) countedBy() string {
	switch {
	case r.limited && r.byClient:
		return "client address"
	case r.limited:
		return "person"
	}
	return "person, or client address where nobody is signed in"
}

// namePath documents the parameters of a path that a plain handler reads for itself.
func namePath(op *huma.Operation, path string) {
	for part := range strings.SplitSeq(path, "/") {
		name, isParam := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		if isParam && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == name }) {
			op.Parameters = append(op.Parameters, textParam("path", name, ""))
		}
	}
}
