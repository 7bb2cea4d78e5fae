package api

import (
	"strings"
	"testing"
)

func TestGroupsOfPeople(t *testing.T) {
	s := newScene(t)
	s.call(s.member, "POST", "/api/groups", `{"handle":"design"}`).want(403, "FORBIDDEN")
	s.call(s.admin, "POST", "/api/groups", `{"handle":"member"}`).want(409, "HANDLE_TAKEN")
	s.call(s.admin, "POST", "/api/groups", `{"handle":"-"}`).want(400, "INVALID_HANDLE")
	made := s.call(s.admin, "POST", "/api/groups", `{"handle":"Design","description":"who draws"}`).want(201)
	if made.field("group.handle") != "design" || made.field("group.name") != "design" {
		t.Errorf("%s", made.Body)
	}
	s.call(s.admin, "PUT", "/api/groups/design/members/"+s.member.ID, nil).want(200)
	s.call(s.member, "PUT", "/api/groups/design/members/"+s.keeper.ID, nil).want(403, "FORBIDDEN")
	s.call(s.admin, "PUT", "/api/groups/design/members/ffffffffffffffffffffffff", nil).want(400, "USER_NOT_FOUND")
	got := s.call(s.outsider, "GET", "/api/groups/"+made.field("group.id"), nil).want(200)
	if !strings.Contains(got.Body.String(), `"members":["`+s.member.ID+`"]`) || got.field("group.member_count") != "1" {
		t.Errorf("%s", got.Body)
	}
	s.call(s.admin, "PUT", "/api/groups/design", `{"handle":"drawing","open":true}`).want(200)
	s.call(s.member, "PUT", "/api/groups/drawing/members/"+s.keeper.ID, nil).want(200)
	s.call(s.keeper, "DELETE", "/api/groups/drawing/members/"+s.keeper.ID, nil).want(200)
	s.call(s.member, "DELETE", "/api/groups/drawing", nil).want(403)
	s.call(s.admin, "DELETE", "/api/groups/drawing", nil).want(200)
	s.call(s.admin, "GET", "/api/groups/drawing", nil).want(404, "GROUP_NOT_FOUND")
	s.call(s.member, "GET", "/api/groups", nil).exactly(200, `{"groups":[]}`)
}
