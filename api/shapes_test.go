package api

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"pegasus/chat"
)

const profileShape = `{"user":{"id":"ID","email":"member@example.test","username":"member","name":"Name member","full_name":"Name member",` +
	`"role":"user","avatar":null,"picture":null,"phone":"phone of member","status":"online","status_message":"","google_id":null,` +
	`"oauth_provider":null,"email_verified":false,"created_at":"TIME"}}`

func TestShapesOfAccounts(t *testing.T) {
	s := newScene(t)
	s.call(nil, "GET", "/api/auth/status", nil).exactly(200, `{"auth_provider":"Pegasus","backend_integration":"One server: session cookie or bearer token",`+
		`"supported_providers":["credentials"],"endpoints":{"login":"/api/auth/sign-in/email","logout":"/api/auth/logout",`+
		`"session":"/api/auth/session","registration":"/api/auth/register","email_verification":"/api/auth/verify-email"}}`)
	s.call(nil, "GET", "/api/auth/session", nil).exactly(200, `{}`)
	s.call(s.member, "GET", "/api/auth/session", nil).exactly(200, `{"user":{"id":"ID","name":"Name member","email":"member@example.test",`+
		`"emailVerified":false,"image":null,"createdAt":"TIME","updatedAt":"TIME","role":"user","displayName":"","username":"member",`+
		`"phone":"phone of member","preferences":"{}",`+userTail+`},"session":{"id":"ID","userId":"ID","expiresAt":"TIME","createdAt":"TIME","updatedAt":"TIME",`+
		`"ipAddress":"","userAgent":""},"expires":"TIME"}`)
	s.call(nil, "POST", "/api/auth/register", `{"email":"New@Example.Test","password":"`+password+`","name":"New One","phone":"+1"}`).
		exactly(201, `{"message":"Registration successful! You can sign in now.","user":{"id":"ID","email":"new@example.test","username":"new",`+
			`"full_name":"New One","role":"user","email_verified":false},"email_sent":true,"next_step":"Sign in at /login with your e-mail address and password"}`)
	s.call(nil, "POST", "/api/auth/register", `{"email":"new@example.test","password":"`+password+`","name":"New One"}`).want(409, "EMAIL_TAKEN")
	s.call(s.member, "GET", "/api/auth/me", nil).exactly(200, profileShape)
	s.call(s.member, "GET", "/api/users/me", nil).exactly(200, profileShape)
	s.call(s.member, "PUT", "/api/users/me", `{"name":"Other","phone":"+2","status_message":"Away","status":"away","avatar":""}`).
		exactly(200, `{"user":{"id":"ID","name":"Other","full_name":"Other","phone":"+2","status":"away","status_message":"Away"},"message":"Profile updated successfully"}`)
	s.call(s.member, "PUT", "/api/users/me", `{"status":"gone"}`).want(400, "INVALID_STATUS")
	s.call(s.member, "POST", "/api/auth/logout", nil).exactly(200, `{"message":"Status updated to offline. You are signed out."}`)
	s.call(s.member, "GET", "/api/users/me", nil).want(401, "INVALID_TOKEN")
	if u, _ := s.accounts.User(t.Context(), s.member.ID); u.Status != "offline" {
		t.Errorf("status after logout is %s", u.Status)
	}
}

func TestShapesOfPeople(t *testing.T) {
	s := newScene(t)
	all := s.call(s.member, "GET", "/api/users", nil).want(200)
	first := `{"users":[{"id":"ID","name":"Name outsider","email":"","username":"outsider","role":"user","status":"offline","avatar":null},` +
		`{"id":"ID","name":"Name member","email":"member@example.test","username":"member","role":"user","status":"online","avatar":null},`
	if got := masked(all.Body.String()); !strings.HasPrefix(got, first) || !strings.HasSuffix(got, `],"total":5}`) {
		t.Errorf("list is %s", got)
	}
	page := s.call(s.member, "GET", "/api/users?limit=2", nil).want(200)
	if page.field("total") != "5" || page.field("next_cursor") != s.member.ID {
		t.Errorf("page is %s", page.Body)
	}
	rest := s.call(s.admin, "GET", "/api/users?limit=3&cursor="+page.field("next_cursor"), nil).want(200)
	if strings.Contains(rest.Body.String(), "next_cursor") || !strings.Contains(rest.Body.String(), "keeper@example.test") {
		t.Errorf("rest is %s", rest.Body)
	}
	s.call(s.member, "GET", "/api/users/search?query=keep", nil).exactly(200, `{"users":[{"id":"ID","name":"Name keeper","email":""}]}`)
	s.call(s.member, "GET", "/api/users/search?query=MEMBER@", nil).exactly(200, `{"users":[{"id":"ID","name":"Name member","email":"member@example.test"}]}`)
	s.call(s.member, "GET", "/api/users/search", nil).want(400, "QUERY_REQUIRED")
	s.call(s.member, "GET", "/api/users/search?query=.*", nil).exactly(200, `{"users":[]}`)
	s.call(s.admin, "GET", "/api/users/statistics", nil).exactly(200, `{"statistics":{"totalUsers":5,"activeUsers":5,"totalChannels":1,"totalMessages":0}}`)
}

func TestShapesOfChannels(t *testing.T) {
	s := newScene(t)
	s.call(s.member, "GET", "/api/chat/channels", nil).exactly(200, `{"channels":[{"id":"ID","name":"general","description":"Talk about anything, with everyone",`+
		`"type":"public","created_by":null,"created_at":"TIME","topic":"","is_archived":false,"posting":"everyone","mentioning":"everyone","inviting":"everyone","member_role":"member","last_message":null,"last_message_at":null,"unreadCount":0,"mention_count":0}]}`)
	made := s.call(s.keeper, "POST", "/api/chat/channels", `{"name":"work","description":"d","type":"private"}`).
		exactly(201, `{"channel":{"id":"ID","name":"work","description":"d","type":"private","created_by":"ID","created_at":"TIME","topic":"","is_archived":false,"posting":"everyone","mentioning":"everyone","inviting":"everyone"}}`)
	s.call(s.keeper, "POST", "/api/chat/channels", `{"name":"General"}`).want(409, "CHANNEL_EXISTS")
	s.call(s.keeper, "POST", "/api/chat/channels", `{"name":"a b"}`).want(400, "INVALID_NAME")
	s.call(s.keeper, "POST", "/api/chat/channels", `{"name":"ab","type":"dm"}`).want(400, "INVALID_TYPE")
	path := "/api/chat/channels/" + made.field("channel.id")
	s.call(s.keeper, "POST", path+"/members", map[string]string{"user_id": s.member.ID}).exactly(200, `{"message":"Member added successfully"}`)
	s.call(s.keeper, "POST", path+"/members", map[string]string{"user_id": s.member.ID}).want(400, "ALREADY_MEMBER")
	s.call(s.keeper, "POST", path+"/members", map[string]string{"user_id": "nobody"}).want(404, "USER_NOT_FOUND")
	got := s.call(s.keeper, "GET", path, nil)
	got.exactly(200, `{"channel":{"id":"ID","name":"work","description":"d","type":"private","created_by":"ID","created_at":"TIME","topic":"","is_archived":false,"posting":"everyone","mentioning":"everyone","inviting":"everyone","members":[`+
		`{"id":"ID","user_id":"ID","name":"Name member","email":"","role":"member","joined_at":"TIME"},`+
		`{"id":"ID","user_id":"ID","name":"Name keeper","email":"keeper@example.test","role":"admin","joined_at":"TIME"}],"retention":{"keep_days":0,"days":0}}}`)
	s.call(s.member, "POST", path+"/typing", `{"typing":true}`).exactly(200, `{"message":"Typing status updated"}`)
	s.call(s.keeper, "GET", path+"/typing", nil).exactly(200, `{"typing_users":["Name member"]}`)
	s.call(s.member, "POST", path+"/read", nil).exactly(200, `{"message":"Marked as read","data":{"user_id":"ID","channel_id":"ID","last_read_at":"TIME"}}`)
	s.call(s.keeper, "PUT", path, `{"name":"work2","type":"public"}`).
		exactly(200, `{"channel":{"id":"ID","name":"work2","description":"d","type":"public","created_by":"ID","created_at":"TIME","topic":"","is_archived":false,"posting":"everyone","mentioning":"everyone","inviting":"everyone"}}`)
	s.call(s.outsider, "GET", "/api/chat/channels/browse", nil).exactly(200, `{"channels":[{"id":"ID","name":"general","description":"Talk about anything, with everyone",`+
		`"type":"public","created_by":null,"created_at":"TIME","topic":"","is_archived":false,"posting":"everyone","mentioning":"everyone","inviting":"everyone","memberCount":5,"joined":true},{"id":"ID","name":"work2","description":"d","type":"public",`+
		`"created_by":"ID","created_at":"TIME","topic":"","is_archived":false,"posting":"everyone","mentioning":"everyone","inviting":"everyone","memberCount":2,"joined":false}]}`)
	if next := s.call(s.outsider, "GET", "/api/chat/channels/browse?limit=1", nil).field("next_cursor"); next != "general:"+s.general().ID {
		t.Errorf("next_cursor is %q", next)
	}
	s.call(s.outsider, "POST", path+"/join", nil).exactly(200, `{"message":"Joined channel successfully"}`)
	s.call(s.keeper, "PUT", path+"/members/"+s.keeper.ID, `{"role":"member"}`).want(409, "LAST_ADMIN")
	s.call(s.keeper, "PUT", path+"/members/"+s.member.ID, `{"role":"owner"}`).want(400, "INVALID_ROLE")
	s.call(s.keeper, "PUT", path+"/members/"+s.member.ID, `{"role":"admin"}`).exactly(200, `{"message":"Member role updated successfully"}`)
	s.call(s.keeper, "DELETE", path+"/members/"+s.outsider.ID, nil).exactly(200, `{"message":"Member removed successfully"}`)
	s.call(s.keeper, "DELETE", path+"/members/"+s.outsider.ID, nil).want(400, "NOT_A_MEMBER")
	all := s.call(s.admin, "GET", "/api/chat/channels/all?limit=1", nil).want(200)
	if got := masked(all.Body.String()); !strings.HasPrefix(got, `{"channels":[{"id":"ID","name":"general",`+
		`"description":"Talk about anything, with everyone","type":"public","memberCount":5,"createdAt":"TIME"}],"total":2,"next_cursor":"general:`) {
		t.Errorf("all channels are %s", got)
	}
	one := s.call(s.admin, "GET", "/api/chat/channels/all?limit=1&cursor="+all.field("next_cursor"), nil).want(200)
	if !strings.Contains(one.Body.String(), `"name":"work2"`) {
		t.Errorf("the next page is %s", one.Body)
	}
	s.call(s.keeper, "POST", path+"/archive", nil).exactly(200, `{"message":"Channel archived successfully"}`)
}

func TestShapesOfMessages(t *testing.T) {
	s := newScene(t)
	s.set("work")
	path := "/api/chat/channels/" + s.channel.ID + "/messages"
	s.call(s.keeper, "POST", path+"/send", `{"content":"Hello","parent_message_id":null,"attachments":[]}`).
		exactly(201, `{"message":{"id":"ID","channel_id":"ID","seq":2,"user_id":"ID","content":"Hello","attachments":[],"created_at":"TIME",`+
			`"reactions":[],"pinned":false,"bookmarked":false}}`)
	reply := s.call(s.keeper, "POST", path+"/send", map[string]any{"content": "Re", "parent_message_id": s.message.ID}).want(201)
	one := "/api/chat/messages/" + reply.field("message.id")
	s.call(s.member, "GET", one, nil).exactly(200, `{"message":{"id":"ID","channel_id":"ID","seq":3,"content":"Re","reactions":[],"pinned":false,"bookmarked":false}}`)
	s.call(s.keeper, "PUT", one, `{"content":"Re 2"}`).exactly(200, `{"message":{"id":"ID","seq":3,"content":"Re 2","edited_at":"TIME"}}`)
	s.call(s.keeper, "GET", path+"?limit=1", nil).exactly(200, `{"messages":[{"id":"ID","channel_id":"ID","seq":3,"user_id":"ID",`+
		`"user":{"id":"ID","name":"Name keeper","email":"keeper@example.test","avatar":null},"content":"Re 2","parent_message_id":"ID","attachments":[],`+
		`"reactions":[],"created_at":"TIME","updated_at":"TIME","edited_at":"TIME","is_deleted":false,"pinned":false,"bookmarked":false,"reply_count":0,"last_reply_at":null,"participants":[]}]}`)
	s.call(s.keeper, "GET", path+"?limit=1&before="+reply.field("message.id"), nil).exactly(200, `{"messages":[{"id":"ID","channel_id":"ID","seq":2,"user_id":"ID",`+
		`"user":{"id":"ID","name":"Name keeper","email":"keeper@example.test","avatar":null},"content":"Hello","parent_message_id":null,"attachments":[],`+
		`"reactions":[],"created_at":"TIME","updated_at":"TIME","edited_at":null,"is_deleted":false,"pinned":false,"bookmarked":false,"reply_count":0,"last_reply_at":null,"participants":[]}]}`)
	s.call(s.keeper, "GET", path+"?after="+reply.field("message.id"), nil).exactly(200, `{"messages":[]}`)
	s.call(s.keeper, "GET", path+"?after="+s.message.ID+"&before="+s.message.ID, nil).want(400, "INVALID_PAGE")
	s.call(s.keeper, "GET", path+"?before=nothing", nil).want(400, "UNKNOWN_MESSAGE")
	s.call(s.keeper, "DELETE", one, nil).exactly(200, `{"message":"Message deleted successfully"}`)
	s.call(s.keeper, "GET", one, nil).want(404, "MESSAGE_NOT_FOUND")
	got := s.call(s.member, "GET", "/api/chat/channels", nil)
	if !strings.Contains(got.Body.String(), `"last_message":null,"last_message_at":"`) || !strings.Contains(got.Body.String(), `"unreadCount":2`) {
		t.Errorf("channels are %s", got.Body)
	}
}

// faulty is a database that may not answer.
type faulty struct {
	Database
	err error
}

func (f *faulty) Ping(ctx context.Context) error {
	if f.err != nil {
		return f.err
	}
	return f.Database.Ping(ctx)
}

func TestShapesOfServer(t *testing.T) {
	db := &faulty{}
	w := newWorld(t, func(d *Deps) { db.Database = d.Database; d.Database = db })
	boss := w.admin("boss")
	w.call(nil, "GET", "/api/health", nil).exactly(200, `{"status":"healthy","timestamp":"TIME","database":"connected","auth":"operational"}`)
	w.call(nil, "GET", "/livez", nil).exactly(200, `{"status":"alive"}`)
	w.call(nil, "GET", "/readyz", nil).exactly(200, `{"status":"ready"}`)
	made := w.call(boss, "POST", "/api/init-db", nil).want(200)
	if !strings.HasPrefix(made.Body.String(), `{"success":true,"message":"Database initialized successfully","collections":["`) {
		t.Errorf("answer is %s", made.Body)
	}
	db.err = errors.New("secret: /var/lib/pegasus.db is locked")
	w.call(nil, "GET", "/api/health", nil).exactly(503, `{"status":"unhealthy","timestamp":"TIME","database":"disconnected","auth":"unavailable"}`)
	away := w.call(nil, "GET", "/readyz", nil).want(503, "DATABASE_UNAVAILABLE")
	if strings.Contains(away.Body.String(), "secret") || away.Header().Get("Retry-After") == "" {
		t.Errorf("answer is %v %s", away.Header(), away.Body)
	}
	w.call(nil, "GET", "/livez", nil).want(200)
}

func TestIdempotentSends(t *testing.T) {
	s := newScene(t)
	s.set("work")
	send := "/api/chat/channels/" + s.channel.ID + "/messages/send"
	const twins = 100
	ids := make(chan string, twins)
	for range twins {
		go func() {
			r := request(s.member, "POST", send, `{"content":"once"}`)
			r.Header.Set("Idempotency-Key", "key-1")
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			a := answered{rec, t}
			ids <- a.field("message.id") + " " + a.field("message.seq")
		}()
	}
	first := <-ids
	for range twins - 1 {
		if again := <-ids; again != first || strings.TrimSpace(again) == "" {
			t.Errorf("one twin got %s, another %s", first, again)
		}
	}
	history, err := s.chat.History(t.Context(), s.member.User, s.channel.ID, chat.Cut{Limit: 100})
	must(t, err)
	if len(history.Messages) != 2 {
		t.Errorf("%d messages are stored", len(history.Messages))
	}
	again := s.call(s.member, "POST", send, `{"content":"once","client_id":"key-1"}`).want(201)
	if got := again.field("message.id") + " " + again.field("message.seq"); got != first {
		t.Errorf("the field gives %s, the header %s", got, first)
	}
	s.call(s.member, "POST", send, `{"content":"other","client_id":"key-1"}`).want(422, "IDEMPOTENCY_KEY_REUSED")
	s.call(s.keeper, "POST", send, `{"content":"other","client_id":"key-1"}`).want(201)
	s.call(s.member, "POST", send, `{"content":"once","client_id":"a key"}`).want(400, "INVALID_KEY")
}
