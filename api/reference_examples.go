package api

import (
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// moment is the time of all examples.
const moment = "2026-03-14T15:09:26.535Z"

const (
	sampleID    = "66f2c0de4a1b2c3d4e5f6071"
	sampleToken = "3f9Zk1vQeXw7TnB0dYsLhRcUa5GmJp8o"
	// maxSampled is how deep examples go: types that hold themselves have no end.
	maxSampled = 8
	// maxOptional is how deep examples show what may be left out.
	maxOptional = 2
)

// sampleTexts are values for text by the name of its field.
var sampleTexts = map[string]string{
	"email": "ada@example.test", "newEmail": "ada@example.org", "password": "correct horse battery", "currentPassword": "correct horse battery",
	"newPassword": "another horse battery", "name": "Ada Lovelace", "full_name": "Ada Lovelace", "displayName": "Ada Lovelace", "username": "ada",
	"content": "The build is **green**.", "text": "The build is green.", "message": "Done", "description": "Where releases are talked about",
	"topic": "Release on Thursday", "emoji": "👍", "code": "123456", "handle": "designers", "query": "release", "channel": "releases",
	"reason": "It insults somebody.", "phone": "+44 20 7946 0000", "content_type": "image/png", "mime_type": "image/png",
	"url": "https://example.org/report.pdf", "avatar_url": "https://example.org/ada.png", "endpoint": "https://push.example.org/send/1",
	"pluginName": "dice", "zone": "Europe/London", "next_cursor": sampleID, "status_message": "In the library", "error": "Not Found",
	"dm_channel_id": "dm_" + sampleID + "_66f2c0de4a1b2c3d4e5f6072", "callbackURL": "/chat", "redirectTo": "/reset-password", "provider": "github",
	"token": sampleToken, "secret": sampleToken, "request_id": "QXPLC6NSV2MRF3VF6DLH6NW7EB", "requirements": "Dice of six sides", "version": "1",
	"file": "src/main.ts", "user_agent": "Firefox", "ip_address": "192.0.2.7", "address": "192.0.2.7", "role": "user", "user": sampleID, "participant": sampleID, "type": "image/png",
	"reply": "Only you see this.", "go_to": sampleID, "avatar": "/avatars/ada.png",
}

// illustrate gives the bodies of an operation examples that their schemas allow.
func (d *door) illustrate(op *huma.Operation) {
	if op.RequestBody != nil {
		if body := op.RequestBody.Content["application/json"]; body != nil && body.Example == nil {
			body.Example = d.sampleRequest(body.Schema)
		}
		if example, there := requestExamples[op.Method+" "+op.Path]; there {
			op.RequestBody.Content["application/json"].Example = example
		}
	}
	for status, response := range op.Responses {
		body := response.Content["application/json"]
		if status < "300" && body != nil && body.Example == nil {
			copied := *body
			copied.Example = d.sample(body.Schema, "", 0)
			response.Content["application/json"] = &copied
		}
	}
}

// sampleRequest returns the fields that a request must have, or, where none are, all.
func (d *door) sampleRequest(s *huma.Schema) any {
	if s.Ref != "" {
		s = d.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	if len(s.Required) == 0 {
		return d.sample(s, "", 0)
	}
	object := map[string]any{}
	for _, name := range s.Required {
		object[name] = d.sample(s.Properties[name], name, maxOptional)
	}
	return object
}

// sample returns a value that a schema allows, in the form that JSON gives it.
func (d *door) sample(s *huma.Schema, name string, depth int) any {
	if s.Ref != "" {
		s = d.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return d.sample(s.AnyOf[0], name, depth)
	case len(s.OneOf) > 0:
		return d.sample(s.OneOf[0], name, depth)
	}
	switch s.Type {
	case huma.TypeObject:
		return d.sampleObject(s, depth)
	case huma.TypeArray:
		if s.Items == nil || depth >= maxSampled {
			return []any{}
		}
		return []any{d.sample(s.Items, strings.TrimSuffix(name, "s"), depth+1)}
	case huma.TypeBoolean:
		return name == "success" || name == "active" || name == "email_verified"
	case huma.TypeInteger, huma.TypeNumber:
		return sampleNumber(s, name)
	case huma.TypeString:
		return sampleText(s, name)
	}
	return map[string]any{}
}

func (d *door) sampleObject(s *huma.Schema, depth int) any {
	object := map[string]any{}
	if depth >= maxSampled {
		return object
	}
	for name, property := range s.Properties {
		optional := !slices.Contains(s.Required, name)
		if strings.HasPrefix(name, "$") || optional && depth >= maxOptional {
			continue
		}
		object[name] = d.sample(property, name, depth+1)
	}
	return object
}

func sampleNumber(s *huma.Schema, name string) any {
	n := 1
	switch {
	case s.Minimum != nil && *s.Minimum > 1:
		n = int(*s.Minimum)
	case strings.Contains(strings.ToLower(name), "seq"):
		n = 42
	case strings.Contains(name, "size"):
		n = 48213
	}
	return n
}

func sampleText(s *huma.Schema, name string) string {
	lower := strings.ToLower(name)
	switch {
	case s.Format == "date-time" || strings.HasSuffix(lower, "_at") || strings.HasSuffix(name, "At") || lower == "timestamp":
		return moment
	case s.Format == "uri":
		return "https://example.org/"
	case lower == "id" || lower == "_id" || strings.HasSuffix(lower, "_id") || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "ID"):
		if text, special := sampleTexts[name]; special {
			return text
		}
		return sampleID
	}
	if text, there := sampleTexts[name]; there {
		return text
	}
	return name
}

// requestExamples are bodies for which the names of their fields do not say enough.
var requestExamples = map[string]any{
	"POST /api/emoji": map[string]any{
		"name": "party-cat", "image": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
	},
	"POST /api/chat/channels":             map[string]any{"name": "releases", "description": "Where releases are talked about", "type": "public"},
	"POST /api/auth/update-user":          map[string]any{"name": "Ada Lovelace", "displayName": "Ada", "image": nil, "preferences": map[string]any{}},
	"POST /api/users/me/tokens":           map[string]any{"name": "Build server", "scopes": []string{"read", "write"}, "expires_in": 7776000},
	"POST /api/chat/channels/{id}/hooks":  map[string]any{"kind": "incoming", "name": "Builds"},
	"POST /api/admin/hooks":               map[string]any{"name": "Deployer", "command": "deploy", "url": "https://ci.example.test/deploy", "usage": "branch"},
	"POST /api/dm/groups":                 map[string]any{"user_ids": []string{sampleID, "66f2c0de4a1b2c3d4e5f6072"}},
	"PUT /api/chat/messages/{id}/reports": map[string]any{"action": "dismiss"},
	"PUT /api/chat/sidebar":               map[string]any{"section": "", "order": "recent"},
	"PUT /api/branding":                   map[string]any{"name": "Acme", "accent": "#0f766e"},
	"PUT /api/announcement": map[string]any{
		"text": "**Friday** we move. [Read more](https://example.org)", "kind": "info", "expires_at": moment,
	},
	"PUT /api/plugins/{id}/files": map[string]any{
		"version": 1, "operations": []map[string]any{{"type": "modify", "file": "src/main.ts", "content": "export default {};"}},
	},
}
