package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/web"
)

// bodied are the routes that read a body, each with one that is right.
func bodied() map[string]cell {
	apart := []string{ // what they take has tests of its own
		"POST /api/users/me/avatar", "POST /api/emoji", "PUT /api/branding", // pictures
		"POST /hooks/{secret}", "POST /hooks/plugins/{secret}", "POST /hooks/commands/{address}", // bodies of other systems, once the secret is right
	}
	found := map[string]cell{}
	for pattern, c := range table {
		if strings.HasPrefix(c.body, `{"`) && !slices.Contains(apart, pattern) {
			found[pattern] = c
		}
	}
	return found
}

// sender is somebody whose request is read.
func (s *scene) sender(c cell) *actor {
	if c.want == bosses || c.want[4] == 403 && c.want[5] != 403 {
		return s.admin
	}
	return s.keeper
}

func TestUnreadableBodies(t *testing.T) {
	s := newScene(t)
	s.set("work")
	fill := strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID, "{F}", s.file)
	deep := strings.Repeat("[", 20_000)
	roomy := map[string]int{"PUT /api/plugins/{id}/files": maxFilesBody} // the others take web.MaxBody
	many := func(bytes int) string {
		out := &strings.Builder{}
		for i := 0; out.Len() <= bytes; i++ {
			fmt.Fprintf(out, `"k%d":0,`, i)
		}
		return out.String()
	}
	type bad struct {
		name, body string
		status     int
	}
	cases := []bad{
		{"cut", `{"content":`, 400}, {"empty", ` `, 400}, {"text", `hello`, 400}, {"array", `[]`, 400}, {"string", `"x"`, 400},
		{"null", `null`, 400}, {"number", `1`, 400}, {"deep", `{"content":` + deep, 400}, {"two", `{}{}`, 400},
		{"bad text", "{\"content\":\"\xff\",\"email\":\"\xff\"}", 400}, {"NUL", "{\"content\":\"\x00\"}", 400},
	}
	for pattern, c := range bodied() {
		method, _, _ := strings.Cut(pattern, " ")
		room := max(roomy[pattern], web.MaxBody)
		large := []bad{{"large", `{"content":"` + strings.Repeat("x", room) + `"}`, 413}, {"many", `{` + many(room) + `"z":0}`, 413}}
		for _, bad := range slices.Concat(cases, large) {
			got := s.call(s.sender(c), method, fill.Replace(c.path), bad.body)
			if got.Code != bad.status || got.field("code") == "" || strings.Contains(got.Body.String(), "json:") {
				t.Errorf("%s with %s: %d %s, want %d", pattern, bad.name, got.Code, got.Body, bad.status)
			}
		}
		for _, mediaType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
			r := request(s.sender(c), method, fill.Replace(c.path), c.body)
			r.Header.Set("Content-Type", mediaType)
			if got := s.do(r); got.Code != 415 {
				t.Errorf("%s as %s: %d %s", pattern, mediaType, got.Code, got.Body)
			}
		}
	}
}

// Where text belongs nothing else is taken: queries of a database are made of objects.
func TestStrictTypes(t *testing.T) {
	s := newScene(t)
	s.set("work")
	fill := strings.NewReplacer("{P}", s.channel.ID, "{M}", s.message.ID, "{A}", s.member.ID, "{F}", s.file)
	for pattern, c := range bodied() {
		method, _, _ := strings.Cut(pattern, " ")
		var fields map[string]json.RawMessage
		must(t, json.Unmarshal([]byte(fill.Replace(c.body)), &fields))
		for name, right := range fields {
			for _, wrong := range []string{`{"$ne":null}`, `{"$gt":""}`, `["x"]`, `12`, `{"$regex":".*"}`} {
				if wrong[0] == right[0] || isDigit(wrong[0]) && isDigit(right[0]) {
					continue // of the right type
				}
				fields[name] = json.RawMessage(wrong)
				got := s.call(s.sender(c), method, fill.Replace(c.path), fields)
				if got.Code != 400 || got.field("code") != "VALIDATION_ERROR" || !strings.Contains(got.Body.String(), `"field":"`+name+`"`) {
					t.Errorf("%s with %s as %s: %d %s", pattern, name, wrong, got.Code, got.Body)
				}
			}
			fields[name] = right
		}
	}
	missing := s.call(nil, "POST", "/api/auth/register", `{"email":"a@b.test"}`).want(400, "VALIDATION_ERROR")
	if details := missing.field("details"); details != `[map[field:name message:name is required] map[field:password message:password is required]]` {
		t.Errorf("details are %s", details)
	}
	echo := s.call(nil, "POST", "/api/auth/register", `{"email":"a@b.test","name":"x","password":["hunter2secret"]}`).want(400)
	if strings.Contains(echo.Body.String(), "hunter2") || strings.Contains(s.log.String(), "hunter2") {
		t.Error("a refused password is shown")
	}
}

func TestMessageRules(t *testing.T) {
	s := newScene(t)
	s.set("work")
	send := "/api/chat/channels/" + s.channel.ID + "/messages/send"
	for content, code := range map[string]string{
		"": "CONTENT_REQUIRED", " \n\t ": "CONTENT_REQUIRED", strings.Repeat("ä", accounts.DefaultMessage+1): "CONTENT_TOO_LONG", "a\x00b": "INVALID_CONTENT",
	} {
		s.call(s.member, "POST", send, map[string]string{"content": content}).want(400, code)
		s.call(s.member, "PUT", "/api/chat/messages/"+s.message.ID, map[string]string{"content": content}).want(400, code)
	}
	s.call(s.member, "POST", send, map[string]string{"content": strings.Repeat("ä", accounts.DefaultMessage)}).want(201)
	s.call(s.member, "POST", send, `{"content":"x","attachments":[{"url":"http://x"}]}`).want(400, "UNKNOWN_ATTACHMENT")
	s.call(s.member, "POST", send, `{"content":"x","parent_message_id":"nothing"}`).want(400, "INVALID_PARENT")
	forged := `{"content":"forged","user_id":"` + s.keeper.ID + `","userId":"` + s.keeper.ID + `","user":{"name":"boss"},"seq":99,"id":"` + s.message.ID +
		`","created_at":"1999-01-01T00:00:00.000Z","is_deleted":true,"reactions":[1],"embeds":[1],"html":"<script>"}`
	got := s.call(s.member, "POST", send+"?user_id="+s.keeper.ID+"&filter[userId]=x", forged).want(201)
	m, err := s.chat.Message(t.Context(), s.member.User, got.field("message.id"))
	must(t, err)
	if m.UserID != s.member.ID || m.Seq != 3 || m.Deleted || m.HTML != "<p>forged</p>\n" || m.CreatedAt.Year() < 2020 || m.ID == s.message.ID {
		t.Errorf("stored is %+v", m)
	}
}

func TestLimitsOfLists(t *testing.T) {
	s := newScene(t)
	s.set("work")
	for i := range 104 {
		_, err := s.chat.PostMessage(t.Context(), s.member.User, s.channel.ID, chat.Draft{Content: fmt.Sprint(i)})
		must(t, err)
	}
	for text, want := range map[string]int{
		"": 50, "1000000000": 100, "99999999999999999999999": 100, "-1": 1, "0": 1, "NaN": 50, "1e3": 100, "x": 50, "7": 7, "Inf": 100, "-Inf": 1, "1e999": 100,
	} {
		got := s.call(s.member, "GET", "/api/chat/channels/"+s.channel.ID+"/messages?limit="+text, nil).want(200)
		if n := strings.Count(got.Body.String(), `"seq":`); n != want {
			t.Errorf("limit=%s gives %d, want %d", text, n, want)
		}
	}
	for _, path := range []string{"/api/users?", "/api/users/search?query=n&", "/api/chat/channels/browse?"} {
		for _, text := range []string{"1000000000", "-1", "NaN", "1e3"} {
			s.call(s.member, "GET", path+"limit="+text, nil).want(200)
		}
	}
}

func TestMassAssignment(t *testing.T) {
	s := newScene(t)
	before, err := s.accounts.User(t.Context(), s.member.ID)
	must(t, err)
	for _, field := range []string{
		`"role":"admin"`, `"Role":"admin"`, `"is_admin":true`, `"id":"x"`, `"_id":"x"`, `"email":"x@y.test"`, `"email_verified":true`, `"emailVerified":true`,
		`"password":"x"`, `"password_hash":"x"`, `"google_id":"1"`, `"oauth_provider":"google"`, `"created_at":"x"`, `"last_login":"x"`,
		`"deactivated":true`, `"banned":true`, `"two_factor_enabled":true`, `"preferences":"x"`, `"displayName":"boss"`,
	} {
		s.call(s.member, "PUT", "/api/users/me", `{`+field+`}`).want(200)
	}
	after, err := s.accounts.User(t.Context(), s.member.ID)
	must(t, err)
	after.UpdatedAt = before.UpdatedAt
	if after != before {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

// Every failure has the one form, and none shows what is inside.
func TestErrorForm(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/api", 404, "NOT_FOUND"}, {"GET", "/api/", 404, "NOT_FOUND"}, {"GET", "/api/nothing", 404, "NOT_FOUND"},
		{"GET", "/api/auth/signin", 404, "NOT_FOUND"}, {"GET", "/api/auth/signout", 404, "NOT_FOUND"}, {"GET", "/api/users/", 404, "NOT_FOUND"},
		{"DELETE", "/api/users", 405, "METHOD_NOT_ALLOWED"}, {"OPTIONS", "/api/users", 405, "METHOD_NOT_ALLOWED"}, {"TRACE", "/api/users", 405, "METHOD_NOT_ALLOWED"},
		{"GET", "/api/users", 401, "AUTH_REQUIRED"}, {"GET", "/api/users/statistics", 401, "AUTH_REQUIRED"},
	} {
		r := request(nil, c.method, c.path, nil)
		r.Header.Set("X-HTTP-Method-Override", "GET")
		got := s.do(r).want(c.status, c.code)
		text := http.StatusText(c.status)
		body := masked(got.Body.String())
		want := fmt.Sprintf(`{"error":"%s","code":"%s","message":"%s","status":%d,"timestamp":"TIME","request_id":"REQUEST"}`, text, c.code, got.field("message"), c.status)
		if body != want || got.Header().Get("Location") != "" || !strings.HasPrefix(got.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %v %s", c.method, c.path, got.Header(), body)
		}
	}
	got := s.call(s.member, "GET", "/api/users/search", nil)
	got.exactly(400, `{"error":"Query is required.","code":"QUERY_REQUIRED","message":"Query is required.","status":400,`+
		`"details":[{"field":"query","message":"Query is required."}],"timestamp":"TIME","request_id":"REQUEST"}`)
	s.breakStore()
	for _, path := range []string{"/api/users", "/api/chat/channels", "/api/chat/messages/" + strings.Repeat("a", 24)} {
		got := s.call(s.member, "GET", path, nil)
		if got.Code < 500 || strings.Contains(strings.ToLower(got.Body.String()), "sql") {
			t.Errorf("%s without a database: %d %s", path, got.Code, got.Body)
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
