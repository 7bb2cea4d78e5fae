package handlers

import (
	"regexp"
	"strings"
	"testing"
)

func TestWhatPeopleSayOfThemselvesStandsOnTheirCard(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	w.get(ada, "/profile").want(200, `name="field.title"`, `name="field.about"`, "What you do here")
	w.post(ada, "/profile/fields", "field.title", "<b>Engineer</b>", "field.about", "Hello,\r\nI am Ada.", "field.pronouns", "").sends("/profile")
	card := w.get(ben, "/users/"+ada.ID).want(200, "<dt>Title</dt>", "&lt;b&gt;Engineer&lt;/b&gt;", "Hello,\nI am Ada.").Body.String()
	if strings.Contains(card, "<dt>Pronouns</dt>") {
		t.Error("a field in which nothing stands is shown")
	}
	w.post(ada, "/profile/fields", "field.title", "two\nlines", "field.about", "typed").want(400, `aria-describedby="fields-field.title-wrong"`, "plain visible", ">typed<")
	w.post(ada, "/profile/fields", "field.none", "x").want(400, "no such field")
	w.get(ada, "/profile").want(200, "Hello,\nI am Ada.")
}

func TestAdminsChooseTheFieldsOfProfiles(t *testing.T) {
	w := newWorld(t)
	boss, ada := w.admin("boss"), w.join("ada")
	w.get(ada, "/admin/profile-fields").want(403)
	w.post(boss, "/admin/profile-fields", "name", "Site", "kind", "link", "hint", "Where to read more").sends("/admin/profile-fields")
	id := regexp.MustCompile(`id="f-([0-9a-f]{24})"`).FindStringSubmatch(w.get(boss, "/admin/profile-fields").want(200, ">Site<", "A link").Body.String())[1]
	w.post(boss, "/admin/profile-fields", "name", "site", "kind", "text").want(409, "of this name already", `value="site"`)
	w.post(boss, "/admin/profile-fields/title", "name", "", "kind", "text").want(400, "enter a name")
	w.post(boss, "/admin/profile-fields/title/move", "to", "down").sends("/admin/profile-fields")
	w.post(ada, "/profile/fields", "field."+id, "https://ada.example.test/").sends("/profile")
	w.get(boss, "/users/"+ada.ID).want(200, `<a href="https://ada.example.test/" target="_blank" rel="nofollow ugc noopener noreferrer">`)
	w.post(ada, "/profile/fields", "field."+id, "javascript:alert(1)").want(400, "begins with http")
	w.post(boss, "/admin/profile-fields/"+id, "action", "remove").sends("/admin/profile-fields")
	if strings.Contains(w.get(boss, "/users/"+ada.ID).want(200).Body.String(), "ada.example.test") {
		t.Error("what was said in a field stays when it goes")
	}
	w.post(boss, "/admin/profile-fields/"+id, "action", "remove").want(404)
}
