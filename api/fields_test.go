package api

import "testing"

func TestProfilesOverTheAPI(t *testing.T) {
	s := newScene(t)
	s.call(s.keeper, "POST", "/api/admin/profile-fields", `{"name":"Room","kind":"text"}`).want(403)
	made := s.call(s.admin, "POST", "/api/admin/profile-fields", `{"name":"Room","kind":"text","hint":"Where you sit"}`).want(201).field("field.id")
	s.call(s.admin, "POST", "/api/admin/profile-fields", `{"name":"room","kind":"text"}`).want(409, "PROFILE_FIELD_TAKEN")
	s.call(s.admin, "POST", "/api/admin/profile-fields", `{"name":"Color","kind":"colour"}`).want(400, "INVALID_FIELD_KIND")
	s.call(s.admin, "POST", "/api/admin/profile-fields/"+made+"/move", `{"up":true}`).want(200)
	s.call(s.member, "PUT", "/api/users/me/profile", map[string]any{"values": map[string]string{made: "B 12", "title": "Engineer"}}).want(200)
	want := `{"fields":[{"id":"title","name":"Title","hint":"What you do here","kind":"text","value":"Engineer"},{"id":"ID","name":"Room","hint":"Where you sit","kind":"text","value":"B 12"}]}`
	s.call(s.outsider, "GET", "/api/users/"+s.member.ID+"/profile", nil).exactly(200, want)
	s.call(s.outsider, "GET", "/api/users/ffffffffffffffffffffffff/profile", nil).want(404, "USER_NOT_FOUND")
	s.call(s.member, "PUT", "/api/users/me/profile", `{"values":{"none":"x"}}`).want(400, "UNKNOWN_PROFILE_FIELD")
	s.call(s.admin, "PUT", "/api/admin/profile-fields/"+made, `{"name":"Desk","kind":"text"}`).want(200)
	s.call(s.admin, "DELETE", "/api/admin/profile-fields/"+made, nil).want(200)
	s.call(s.admin, "DELETE", "/api/admin/profile-fields/"+made, nil).want(404, "PROFILE_FIELD_NOT_FOUND")
	got := s.call(s.member, "GET", "/api/users/profile-fields", nil).want(200)
	got.exactly(200, `{"fields":[{"id":"title","name":"Title","hint":"What you do here","kind":"text"},{"id":"pronouns","name":"Pronouns","hint":"","kind":"text"},{"id":"about","name":"About me","hint":"","kind":"long"}]}`)
	s.call(s.member, "PUT", "/api/users/me/profile", `{"values":{"title":""}}`).exactly(200, `{"fields":[]}`)
}
