package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pegasus/plugins"
)

// hook sends a request to the address of a webhook.
func (s *scene) hook(path, body string) int {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, path, strings.NewReader(body)))
	return w.Code
}

func TestAWebhookNeedsItsSecretAloneAndTakesNoMoreThanItsLimit(t *testing.T) {
	s := newScene(t)
	s.set("hooks")
	s.installHere()
	url, err := s.Plugins.RenewWebhook(t.Context(), s.keeper.User, s.installed)
	must(t, err)
	path := url[strings.Index(url, plugins.HookPath):]
	for _, one := range []struct {
		path, body string
		want       int
	}{
		{path, `{"a":1}`, 202}, {path + "0", "", 404}, {plugins.HookPath + strings.Repeat("0", 64), "", 404}, {plugins.HookPath + "x", "", 404},
		{path, strings.Repeat("a", plugins.MaxHook+1), 413}, {path, "\xff", 415},
	} {
		if got := s.hook(one.path, one.body); got != one.want {
			t.Errorf("%.40s with %d bytes: %d, want %d", one.path, len(one.body), got, one.want)
		}
	}
}

func TestAPluginIsTriedWithATimeAWebhookAndSettings(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	p := w.BuiltPlugin(t, ada.User, "morning", `{"api":1,"name":"morning","title":"Morning","commands":[{"name":"morning"}],"permissions":["schedule","webhook"],
		"triggers":{"schedules":[{"name":"dawn","at":"06:00"}],"webhook":true},"settings":[{"key":"cups","label":"Cups","type":"number"}]}`, "x")
	path := "/api/plugins/" + p.ID + "/try"
	for body, want := range map[string]int{
		`{"schedule":"dawn","settings":{"cups":"2"}}`:                                        200,
		`{"webhook":{"body":"{}","headers":{"X-Kind":"a"},"query":{"q":"1"}},"forget":true}`: 200,
		`{"schedule":"dusk"}`:                          400,
		`{"schedule":"dawn","text":"/morning"}`:        400,
		`{"schedule":"dawn","settings":{"cups":"a"}}`:  400,
		`{"schedule":"dawn","settings":{"sugar":"1"}}`: 400,
		`{}`: 400,
	} {
		w.call(ada, "POST", path, body).want(want)
	}
}
