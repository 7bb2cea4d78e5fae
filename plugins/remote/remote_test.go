package remote

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pegasus/fault"
	"pegasus/plugins"
)

type asked struct {
	path, key, user, role string
	body                  map[string]any
}

// backend answers each path with a text, and notes what it was asked.
func backend(t *testing.T, answers map[string]string) (*Generator, *[]asked) {
	t.Helper()
	var requests []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := asked{path: r.URL.EscapedPath(), key: r.Header.Get("Authorization"), user: r.Header.Get("X-User-ID"), role: r.Header.Get("X-User-Role")}
		text, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(text, &a.body)
		requests = append(requests, a)
		answer, known := answers[a.path]
		if !known {
			http.Error(w, "internal text", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return New(Options{URL: server.URL + "/", Key: "marker-key"}), &requests
}

var ada = plugins.Asker{ID: "u1", Email: "ada@example.test", Role: "moderator"}

func TestABackEndIsAskedAsTheSeedsSayAndItsResultIsKept(t *testing.T) {
	g, requests := backend(t, map[string]string{
		"/api/chat/send": `{"success":true,"response":"Done.","messageId":"m","conversationId":"theirs","operations":[
			{"type":"create","file":"src/Main.java","content":"class Main {}"},{"type":"delete","file":"old"}],
			"compilationResult":{"success":true,"output":"BUILD SUCCESS","errors":["a warning"]}}`,
		"/api/download/My%20Plugin": "PK\x03\x04zip",
	})
	var said strings.Builder
	for range 2 {
		got, err := g.Generate(t.Context(), plugins.Request{Asker: ada, Plugin: "My Plugin", Ask: "Do it", ConversationID: "ours"},
			func(p plugins.Piece) { said.WriteString(p.Text) })
		if err != nil || got.Text != "Done." || len(got.Changes) != 2 || got.Changes[0].Content != "class Main {}" || got.Changes[1].Type != plugins.Delete {
			t.Fatalf("got %+v, %v", got, err)
		}
		if got.Build == nil || !got.Build.Success || got.Build.Output != "BUILD SUCCESS" || len(got.Build.Problems) != 1 || string(got.Archive) != "PK\x03\x04zip" {
			t.Fatalf("got %+v", got.Build)
		}
	}
	first, second := (*requests)[0], (*requests)[2]
	if first.key != "Bearer marker-key" || first.user != "u1" || first.role != "moderator" {
		t.Errorf("asked %+v", first)
	}
	want := map[string]any{"userId": "u1", "userEmail": "ada@example.test", "message": "Do it", "pluginName": "My Plugin"}
	for name, value := range want {
		if first.body[name] != value {
			t.Errorf("%s is %v", name, first.body[name])
		}
	}
	if first.body["conversationId"] != nil || second.body["conversationId"] != "theirs" {
		t.Errorf("conversations are %v, %v", first.body["conversationId"], second.body["conversationId"])
	}
}

func TestABackEndGeneratesWithoutAPlugin(t *testing.T) {
	g, requests := backend(t, map[string]string{"/api/generate": `{"message":"package x"}`})
	got, err := g.Generate(t.Context(), plugins.Request{Asker: ada, Ask: "A shop"}, func(plugins.Piece) {})
	if err != nil || got.Text != "package x" || (*requests)[0].body["description"] != "A shop" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestABackEndGetsAllThatWasSentToGenerate(t *testing.T) {
	g, requests := backend(t, map[string]string{"/api/generate": `{"message":"package x"}`})
	_, err := g.Generate(t.Context(), plugins.Request{Asker: ada, Ask: "A shop\n\nRequirements:\nwith prices", Idea: plugins.Idea{
		Description: "A shop", Requirements: "with prices",
		Extra: map[string]json.RawMessage{"version": json.RawMessage(`"1.20"`), "userId": json.RawMessage(`"somebody else"`)},
	}}, func(plugins.Piece) {})
	body := (*requests)[0].body
	if err != nil || body["description"] != "A shop" || body["requirements"] != "with prices" || body["version"] != "1.20" || body["userId"] != "u1" {
		t.Errorf("asked %v, %v", body, err)
	}
}

func TestWhatABackEndsCompilerSaysHasItsPlaces(t *testing.T) {
	g, _ := backend(t, map[string]string{"/api/chat/send": `{"success":true,"response":"x","conversationId":"c","operations":[
		{"type":"create","file":"src/My File.java","content":"x"}],"compilationResult":{"success":false,"output":"","errors":[
		"src/My File.java:3:14: error: ';' expected","./main.ts:7: no such name","gone.ts:1:1: x","http://example.test:80: x","3 errors"]}}`})
	got, err := g.Generate(t.Context(), plugins.Request{
		Asker: ada, Plugin: "p", Ask: "x", ConversationID: "ours", Files: []plugins.File{{Path: "main.ts"}},
	}, func(plugins.Piece) {})
	want := []plugins.Problem{
		{File: "src/My File.java", Line: 3, Column: 14, Text: "error: ';' expected"}, {File: "main.ts", Line: 7, Text: "no such name"},
		{Text: "gone.ts:1:1: x"}, {Text: "http://example.test:80: x"}, {Text: "3 errors"},
	}
	if err != nil || !slices.Equal(got.Build.Problems, want) {
		t.Errorf("got %+v, %v", got.Build, err)
	}
}

func TestABackEndsFailureIsToldWithoutWhatItSaid(t *testing.T) {
	for name, answers := range map[string]map[string]string{"a fault": {}, "no JSON": {"/api/chat/send": "<html>internal text"}} {
		g, _ := backend(t, answers)
		_, err := g.Generate(t.Context(), plugins.Request{Asker: ada, Ask: "x", ConversationID: "c"}, func(plugins.Piece) {})
		if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "internal text") || strings.Contains(err.Error(), "marker-key") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	g := New(Options{URL: "http://127.0.0.1:1"})
	_, err := g.Generate(t.Context(), plugins.Request{Asker: ada, Ask: "x", ConversationID: "c"}, func(plugins.Piece) {})
	if f := fault.From(err); f == nil || f.Code != "GENERATOR_UNREACHABLE" || strings.Contains(f.Message, "127.0.0.1") {
		t.Errorf("got %v", err)
	}
}
