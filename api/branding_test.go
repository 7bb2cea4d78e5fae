package api

import "testing"

func TestBrandingOverTheAPI(t *testing.T) {
	s := newScene(t)
	plain := `{"branding":{"name":"Pegasus","accent":null,"logo_url":null}}`
	s.call(s.anon, "GET", "/api/branding", nil).exactly(200, plain)
	made := s.call(s.admin, "PUT", "/api/branding", map[string]any{"name": "Acme", "accent": "#FE0", "logo": pixel}).want(200)
	if made.field("branding.name") != "Acme" || made.field("branding.accent") != "#ffee00" || made.field("branding.dark.accent") != "#ffee00" || made.field("branding.light.accent") == "#ffee00" {
		t.Errorf("it answers %s", made.Body)
	}
	if got := s.call(s.admin, "PUT", "/api/branding", `{"accent":""}`).want(200); got.field("branding.name") != "Acme" || got.field("branding.accent") != "" || got.field("branding.logo_url") == "" {
		t.Errorf("it answers %s", got.Body)
	}
	s.call(s.admin, "PUT", "/api/branding", `{"accent":"red"}`).want(400, "INVALID_COLOUR")
	s.call(s.admin, "PUT", "/api/branding", map[string]any{"logo": []byte("no picture")}).want(400, "FILE_TYPE_NOT_ALLOWED")
	s.call(s.admin, "DELETE", "/api/branding", nil).exactly(200, plain)
}
