package api

import (
	"encoding/json"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/api/betterauth"
)

// staff is a scene with a moderator and the browsers of those who matter.
func staff(t *testing.T) (s *scene, boss, moderator, user *browser) {
	s = newScene(t)
	_, err := s.accounts.SetRole(t.Context(), s.admin.User, s.keeper.ID, accounts.RoleModerator)
	must(t, err)
	return s, s.open("boss"), s.open("keeper"), s.open("outsider")
}

func TestListUsers(t *testing.T) {
	s, boss, moderator, user := staff(t)
	list := func(b *browser, query string) (names string) {
		t.Helper()
		var page struct {
			Users []betterauth.User
			Total int
		}
		must(t, json.Unmarshal(b.get("admin/list-users?"+query).want(200).Body.Bytes(), &page))
		for _, u := range page.Users {
			names += u.Username + " "
		}
		return strings.TrimSpace(names)
	}
	for query, want := range map[string]string{
		"": "outsider member former keeper boss", "limit=2": "outsider member", "limit=2&offset=4": "boss", "limit=x": "outsider member former keeper boss",
		"searchValue=EEP": "keeper", "searchValue=name&searchField=name&searchOperator=starts_with&sortBy=name&sortDirection=desc": "outsider member keeper former boss",
		"searchValue=per&searchField=name&searchOperator=ends_with": "keeper", "searchValue=%25": "", "searchValue=.*": "",
		"filterField=role&filterValue=moderator": "keeper", "filterField=role&filterOperator=ne&filterValue=user": "keeper boss",
		"filterField=banned&filterValue=true": "", "filterField=createdAt&filterOperator=lt&filterValue=2000-01-01": "",
		"filterField=createdAt&filterOperator=gt&filterValue=2000-01-01T00:00:00.000Z&limit=1": "outsider",
		"filterValue=boss@example.test": "boss", "sortBy=password_hash": "", "filterField=$where&filterValue=1": "", "filterField=createdAt&filterValue=soon": "",
	} {
		if got := list(boss, query); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	for query, name := range map[string]string{"searchField=password": "searchField", "searchOperator=regex": "searchOperator", "filterOperator=$ne": "filterOperator", "sortDirection=up": "sortDirection"} {
		if got := boss.get("admin/list-users?"+query).want(400, "VALIDATION_ERROR"); !strings.HasPrefix(got.field("message"), "[query."+name+"]") {
			t.Errorf("answer is %s", got.Body)
		}
	}
	boss.get("admin/list-users?searchValue=member@&limit=1").exactly(200, `{"users":[`+authUser+`],"total":1,"limit":1}`)
	hidden := strings.NewReplacer("member@example.test", "", "phone of member", "").Replace(authUser)
	moderator.get("admin/list-users?searchValue=member").exactly(200, `{"users":[`+hidden+`],"total":1}`)
	for _, query := range []string{"searchValue=member@&searchField=email", "sortBy=email", "filterValue=member@example.test", "filterField=email&filterOperator=gt&filterValue=a"} {
		if got := list(moderator, query); got != "" {
			t.Errorf("%s tells a moderator addresses: %s", query, got)
		}
	}
	user.get("admin/list-users?sortBy=nothing").want(403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")
	boss.get("admin/get-user?id="+s.member.ID).exactly(200, authUser)
	moderator.get("admin/get-user?id="+s.member.ID).exactly(200, hidden)
	user.get("admin/get-user?id="+s.member.ID).want(403, "YOU_ARE_NOT_ALLOWED_TO_GET_USER")
	boss.get("admin/get-user?id=none").want(404, "USER_NOT_FOUND")
	boss.get("admin/get-user").want(404, "USER_NOT_FOUND")
}

func TestAdminsMakeAndChangePeople(t *testing.T) {
	s, boss, moderator, _ := staff(t)
	made := boss.post("admin/create-user", `{"email":"New@Example.Test","name":"New One","password":"`+password+`","role":["moderator"],"data":{"displayName":"N","phone":"1","preferences":{"a":1}}}`)
	if made.want(200); made.field("user.role") != "moderator" || made.field("user.displayName") != "N" || made.field("user.preferences") != `{"a":1}` {
		t.Errorf("answer is %s", made.Body)
	}
	boss.post("admin/create-user", `{"email":"link@example.test","name":"By Link"}`).want(200)
	s.open("new")
	for body, code := range map[string]string{
		`{"email":"new@example.test","name":"Other","password":"` + password + `"}`: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
		`{"email":"x@example.test","name":"Other","password":"short"}`:              "PASSWORD_TOO_SHORT",
		`{"email":"x@example.test","name":"Other","role":"owner"}`:                  "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE",
		`{"email":"x@example.test","name":"Other","role":["user","admin"]}`:         "VALIDATION_ERROR",
		`{"email":"x@example.test","name":"Other","role":7}`:                        "VALIDATION_ERROR",
		`{"email":"x@example.test"}`:                                                "VALIDATION_ERROR",
	} {
		boss.post("admin/create-user", body).want(400, code)
	}
	moderator.post("admin/create-user", `{"email":"x@example.test","name":"Other"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS")

	change := func(b *browser, data string) answered {
		return b.post("admin/update-user", `{"userId":"`+s.member.ID+`","data":`+data+`}`)
	}
	if got := change(boss, `{"name":"Changed","role":"moderator"}`).want(200); got.field("name") != "Changed" || got.field("role") != "moderator" {
		t.Errorf("answer is %s", got.Body)
	}
	if got := change(boss, `{"role":"user"}`).want(200); got.field("role") != "user" {
		t.Errorf("answer is %s", got.Body)
	}
	for data, code := range map[string]string{
		`{}`: "NO_DATA_TO_UPDATE", `{"email":"x@example.test"}`: "EMAIL_CAN_NOT_BE_UPDATED", `{"banned":true}`: "FIELD_NOT_ALLOWED",
		`{"image":"http://x"}`: "FIELD_NOT_ALLOWED", `{"role":"owner","name":"X"}`: "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE", `{"name":7}`: "VALIDATION_ERROR",
	} {
		change(boss, data).want(400, code)
	}
	change(moderator, `{"name":"Mine"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS")
	change(moderator, `{"role":"admin"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE")
	boss.post("admin/set-role", `{"userId":"`+s.member.ID+`","role":["admin"]}`).want(200)
	boss.post("admin/set-role", `{"userId":"`+s.member.ID+`","role":"user"}`).want(200)
	boss.post("admin/set-role", `{"userId":"`+s.admin.ID+`","role":"user"}`).want(409, "LAST_ADMIN")
	moderator.post("admin/set-role", `{"userId":"`+s.member.ID+`","role":"admin"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE")

	member := s.open("member")
	moderator.post("admin/set-user-password", `{"userId":"`+s.member.ID+`","newPassword":"`+another+`"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD")
	boss.post("admin/set-user-password", `{"userId":"`+s.member.ID+`","newPassword":"short"}`).want(400, "PASSWORD_TOO_SHORT")
	boss.post("admin/set-user-password", `{"userId":"`+s.member.ID+`","newPassword":"`+another+`"}`).exactly(200, `{"status":true}`)
	if member.in() {
		t.Error("a session outlives the new password")
	}
	moderator.post("admin/remove-user", `{"userId":"`+s.member.ID+`"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS")
	boss.post("admin/remove-user", `{"userId":"`+s.admin.ID+`"}`).want(400, "YOU_CANNOT_REMOVE_YOURSELF")
	boss.post("admin/remove-user", `{"userId":"`+s.member.ID+`"}`).exactly(200, `{"success":true}`)
	member.post("sign-in/email", strings.Replace(signInBody, password, another, 1)+`}`).want(401)
}

func TestBans(t *testing.T) {
	s, boss, moderator, user := staff(t)
	member := s.open("member")
	ban := func(b *browser, id, more string) answered {
		return b.post("admin/ban-user", `{"userId":"`+id+`"`+more+`}`)
	}
	ban(user, s.member.ID, "").want(403, "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS")
	ban(boss, s.admin.ID, "").want(400, "YOU_CANNOT_BAN_YOURSELF")
	ban(moderator, s.admin.ID, "").want(403)
	ban(boss, s.member.ID, `,"banExpiresIn":-1`).want(400, "VALIDATION_ERROR")
	got := ban(moderator, s.member.ID, `,"banReason":"Spam","banExpiresIn":3600`).want(200)
	if got.field("user.banned") != "true" || got.field("user.banReason") != "Spam" || got.field("user.banExpires") == "" || got.field("user.email") != "" {
		t.Errorf("answer is %s", got.Body)
	}
	member.get("list-sessions").want(401, "UNAUTHORIZED")
	member.post("sign-in/email", signInBody+`}`).want(403, "BANNED_USER")
	member.post("sign-in/email", strings.Replace(signInBody, password, "wrong wrong", 1)+`}`).want(401, "INVALID_EMAIL_OR_PASSWORD")
	user.post("admin/unban-user", `{"userId":"`+s.member.ID+`"}`).want(403, "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS")
	boss.post("admin/unban-user", `{"userId":"`+s.member.ID+`"}`).exactly(200, `{"user":`+authUser+`}`)
	member.post("sign-in/email", signInBody+`}`).want(200)
	if got := ban(boss, s.member.ID, `,"banExpiresIn":1e300`).want(200); got.field("user.banExpires") != "" {
		t.Errorf("a ban without an end ends: %s", got.Body)
	}
}

func TestAdminsSeeAndEndSessions(t *testing.T) {
	s, boss, moderator, user := staff(t)
	member, phone := s.open("member"), s.open("member")
	id := `{"userId":"` + s.member.ID + `"}`
	user.post("admin/list-user-sessions", id).want(403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS")
	var list struct{ Sessions []betterauth.Session }
	must(t, json.Unmarshal(moderator.post("admin/list-user-sessions", id).want(200).Body.Bytes(), &list))
	if len(list.Sessions) != 3 || list.Sessions[0].Token != list.Sessions[0].ID {
		t.Fatalf("sessions are %+v", list.Sessions)
	}
	handle := `{"sessionToken":"` + phone.get("get-session").field("session.id") + `"}`
	user.post("admin/revoke-user-session", handle).want(403, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS")
	moderator.post("admin/revoke-user-session", handle).exactly(200, `{"success":true}`)
	moderator.post("admin/revoke-user-session", handle).exactly(200, `{"success":true}`)
	if phone.in() || !member.in() {
		t.Error("the wrong session ended")
	}
	user.post("admin/revoke-user-sessions", id).want(403, "YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS")
	boss.post("admin/revoke-user-sessions", id).exactly(200, `{"success":true}`)
	if member.in() || !boss.in() {
		t.Error("the wrong sessions ended")
	}
}

func TestImpersonation(t *testing.T) {
	s, boss, moderator, _ := staff(t)
	as := func(b *browser, id string) answered { return b.post("admin/impersonate-user", `{"userId":"`+id+`"}`) }
	as(moderator, s.member.ID).want(403, "YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS")
	as(boss, s.admin.ID).want(403, "YOU_CANNOT_IMPERSONATE_ADMINS")
	boss.post("admin/stop-impersonating", `{}`).want(400, "YOU_ARE_NOT_IMPERSONATING")
	const acted = `{"session":{"id":"ID","userId":"ID","token":"TOKEN","expiresAt":"TIME","createdAt":"TIME","updatedAt":"TIME",` +
		`"ipAddress":"192.0.2.1","userAgent":"","impersonatedBy":"ID"},"user":` + authUser + `}`
	as(boss, s.member.ID).exactly(200, acted)
	boss.get("get-session").exactly(200, acted)
	if boss.cookies["better-auth.admin_session"] == nil {
		t.Errorf("cookies are %v", boss.cookies)
	}
	boss.get("admin/list-users").want(403)
	for _, own := range s.open("member").sessions() {
		if own.ImpersonatedBy != "" {
			t.Error("the person sees the admin's session")
		}
	}
	back := boss.post("admin/stop-impersonating", `{}`).want(200)
	if back.field("user.email") != "boss@example.test" || back.field("session.impersonatedBy") != "" || boss.get("get-session").field("user.role") != "admin" {
		t.Errorf("answer is %s", back.Body)
	}
	boss.get("admin/list-users").want(200)
}

func TestHasPermission(t *testing.T) {
	_, boss, moderator, user := staff(t)
	for _, c := range []struct {
		ask    string
		expect [3]bool // boss, moderator, user
	}{
		{`{"permissions":{"user":["ban"]}}`, [3]bool{true, true, false}},
		{`{"permission":{"user":["list","get"],"session":["list","revoke"]}}`, [3]bool{true, true, false}},
		{`{"permissions":{"user":["list","delete"]}}`, [3]bool{true, false, false}},
		{`{"permissions":{"user":["fly"]}}`, [3]bool{false, false, false}},
		{`{"permissions":{"user":["ban"]},"userId":"x","role":"admin"}`, [3]bool{true, true, false}},
	} {
		for i, b := range []*browser{boss, moderator, user} {
			want := map[bool]string{true: "true", false: "false"}[c.expect[i]]
			b.post("admin/has-permission", c.ask).exactly(200, `{"error":null,"success":`+want+`}`)
		}
	}
	boss.post("admin/has-permission", `{}`).want(400, "VALIDATION_ERROR")
	boss.post("admin/has-permission", `{"permissions":["user"]}`).want(400, "VALIDATION_ERROR")
}
