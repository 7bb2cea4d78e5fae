package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/web"
)

// bodyWait is how long a body may take to arrive.
const bodyWait = 15 * time.Second

func config() huma.Config {
	c := huma.DefaultConfig("Pegasus", "1")
	c.Info.Description = "Nearly everything that the pages of a Pegasus server do, for programs; the guide to getting started names the rest. Times are UTC with milliseconds. Ids are 24 lower-case hex digits. " +
		"A failure has one form everywhere (ErrorBody); programs go by its code. " +
		"Guides to signing in, pages, limits, retries and the stream are at /docs on every server." + directAbout
	// The document has a route of its own, and answers carry no links to schemas.
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.AllowAdditionalPropertiesByDefault = true
	format := huma.Format{Marshal: encode, Unmarshal: decode}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"cookie": {Type: "apiKey", In: "cookie", Name: "better-auth.session_token",
			Description: "The session cookie. On https its name begins with __Secure-."},
		"bearer": {Type: "http", Scheme: "bearer", Description: "A personal access token (pgs_…), where the operation names the scopes that it needs; " +
			"or the token of a session, as sign-in gives it in set-auth-token; or, where the server has NEXTAUTH_SECRET, a JWT signed by it (HS256, claims id or sub)."},
	}
	return c
}

func encode(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(body)
	}
	return err
}

var errText = errors.New("the body is not valid UTF-8")

// decode reads JSON; encoding/json alone would repair text that is not UTF-8.
func decode(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errText
	}
	return json.Unmarshal(data, v)
}

// operation describes a route.
func (d *door) operation(r *route) *huma.Operation {
	op := &huma.Operation{
		OperationID: operationID(r), Method: r.method, Path: r.path, Summary: r.about, Tags: []string{tag(r.path)},
		DefaultStatus: r.status, Responses: map[string]*huma.Response{},
		// One more than is taken: the limit of the router answers first.
		MaxBodyBytes: r.body + 1, BodyReadTimeout: bodyWait,
		// Parameters are lenient: limits are clamped, ids that cannot be are unknown.
		SkipValidateParams: true,
	}
	op.Metadata = map[string]any{metaRoute: r}
	op.Security = []map[string][]string{}
	if r.who != public {
		op.Security = []map[string][]string{{"cookie": {}}, {"bearer": {}}}
	}
	content := d.content("application/json", reflect.TypeFor[errorBody]())
	if r.words {
		content = d.content("text/plain", reflect.TypeFor[string]())
	}
	for _, status := range statuses(r) {
		op.Responses[statusKey(status)] = &huma.Response{Description: http.StatusText(status), Content: content}
	}
	return op
}

// statuses returns those of the failures of a route.
func statuses(r *route) []int {
	all := append([]int{http.StatusInternalServerError, http.StatusServiceUnavailable}, r.fails...)
	if r.who != public {
		all = append(all, http.StatusUnauthorized)
	}
	if r.who == admins || r.bySession || r.who == members && !strings.HasPrefix(r.path, authPrefix) && !r.enrolling {
		all = append(all, http.StatusForbidden)
	}
	if r.method != http.MethodGet {
		all = append(all, http.StatusForbidden) // pages of other sites
	}
	if r.method == http.MethodPost || r.method == http.MethodPut {
		all = append(all, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusInsufficientStorage)
	}
	if strings.Contains(r.path, "{") {
		all = append(all, http.StatusForbidden, http.StatusNotFound)
	}
	if r.limited || strings.HasPrefix(r.path, "/api/") {
		all = append(all, http.StatusTooManyRequests)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func statusKey(status int) string { return strconv.Itoa(status) }

func (d *door) content(mediaType string, t reflect.Type) map[string]*huma.MediaType {
	return d.named(mediaType, t, "")
}

// named is content for a type that has the name only where it has none of its own.
func (d *door) named(mediaType string, t reflect.Type, name string) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{mediaType: {Schema: d.huma.OpenAPI().Components.Schemas.Schema(t, true, name)}}
}

func operationID(r *route) string {
	path := strings.NewReplacer("{", "", "}", "", "/", "-").Replace(strings.TrimPrefix(r.path, "/"))
	return strings.ToLower(r.method) + "-" + strings.TrimPrefix(path, "api-")
}

// orNothing also takes null: what is a reference cannot say so itself.
func orNothing(s *huma.Schema) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{s, {Type: "null"}}}
}

// complete adds to the document what the types of the routes do not say.
func (d *door) complete() {
	o := d.huma.OpenAPI()
	schemas := o.Components.Schemas
	detail := schemas.Schema(reflect.TypeFor[web.FieldDetail](), true, "")
	schemas.Map()["ErrorBody"].Properties["details"] = &huma.Schema{Type: huma.TypeArray, Items: detail, Description: "The inputs at fault"}
	signedIn := o.Paths["/api/auth/get-session"].Get.Responses["200"].Content["application/json"]
	signedIn.Schema = orNothing(signedIn.Schema)
	for _, path := range []string{"/api/health", "/api/metrics/health"} {
		healthy := o.Paths[path].Get.Responses
		healthy["503"].Content = healthy["200"].Content
	}
	o.Paths["/api/users/me/export"].Post.Responses["200"].Content = map[string]*huma.MediaType{
		"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}
	picture := o.Paths["/api/users/me/avatar"].Post
	picture.RequestBody.Content["multipart/form-data"] = &huma.MediaType{Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "PNG, JPEG, GIF or WebP, at most 5 MB"}},
	}}
	for _, name := range []string{"x", "y", "side"} {
		picture.Parameters = append(picture.Parameters, &huma.Param{
			Name: name, In: "query", Description: "Crops the picture to a square, in its pixels", Schema: &huma.Schema{Type: huma.TypeInteger},
		})
	}
	o.Paths["/api/openapi.json"].Get.Responses["304"] = &huma.Response{Description: "It has not changed since the ETag of If-None-Match"}
	documentFiles(o)
	documentPlugins(o)
	stream := o.Paths[streamPath].Get
	stream.Responses["200"].Content = map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}
	stream.Description = streamAbout
	d.describe(o)
	stream.Parameters = []*huma.Param{
		textParam("query", "channel", "Narrows what was written to this channel"),
		textParam("query", "after", "The id of the last event seen"),
		textParam("header", "Last-Event-ID", "As after; browsers send it"),
	}
	for _, part := range []struct{ of, name string }{{"HealthServices", "ecs"}, {"MadeBackup", "drill"}, {"VerifiedResponse", "user"}, {"EmojiEvent", "emoji"}} {
		properties := schemas.Map()[part.of].Properties
		properties[part.name] = orNothing(properties[part.name])
	}
}
