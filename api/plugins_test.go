package api

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pegasus/id"
	"pegasus/internal/doortest"
	"pegasus/internal/modeltest"
	"pegasus/plugins"
	"pegasus/plugins/openai"
	"pegasus/web"
)

// setPlugin puts a plugin of member's on the scene, with a question that was answered.
func (s *scene) setPlugin(name string) {
	s.t.Helper()
	ctx := s.t.Context()
	p, err := s.Plugins.CreatePlugin(ctx, s.member.User, plugins.NewPlugin{Name: "canary-text-" + name})
	must(s.t, err)
	_, err = s.Plugins.WriteFiles(ctx, s.member.User, p.ID, plugins.Write{Changes: []plugins.Change{{Type: plugins.Create, File: "a.ts", Content: "canary-text"}}})
	must(s.t, err)
	c := plugins.Conversation{ID: id.New(now()), PluginID: p.ID, UserID: s.member.ID, Title: "canary-text", CreatedAt: now(), UpdatedAt: now()}
	must(s.t, s.store.CreateConversation(ctx, c))
	e := plugins.Exchange{ID: id.New(now()), ConversationID: c.ID, PluginID: p.ID, UserID: s.member.ID, Ask: "canary-text", Answer: "canary-text", State: plugins.Answering, CreatedAt: now()}
	must(s.t, s.store.BeginExchange(ctx, e, now()))
	e.State, e.DoneAt = plugins.Answered, now()
	must(s.t, s.store.SaveExchange(ctx, e))
	s.made, s.asked = p, e
}

// bench is a server with a compiler that refuses "@@" and a model that says what the test tells it to.
type bench struct {
	*world
	model    *modeltest.Server
	ada, ben *actor
}

type pickyCompiler struct{}

func (pickyCompiler) Compile(_ context.Context, files []plugins.File) (c plugins.Compiled, err error) {
	c.Build = plugins.Build{Success: true, Output: "1 file"}
	for _, f := range files {
		if strings.Contains(f.Content, "@@") {
			c.Build.Success = false
			c.Build.Problems = append(c.Build.Problems, plugins.Problem{File: f.Path, Line: 1, Column: 2, Text: "Unexpected @@"})
		}
	}
	return c, nil
}

func newBench(t *testing.T, change ...func(*Deps)) *bench {
	t.Helper()
	model := modeltest.Start()
	t.Cleanup(model.Close)
	b := &bench{model: model, world: newWorldOf(t, doortest.Options{Plugins: func(o *plugins.Options) {
		o.Compiler = pickyCompiler{}
		o.Generator = openai.New(openai.Options{BaseURL: model.URL + "/v1", Key: "sk-marker-of-the-key", Model: "small"})
		o.Templates = []plugins.Template{{ID: "dice", Name: "Dice", About: "Rolls dice.", Files: []plugins.File{{Path: "main.ts", Content: "roll"}}}}
	}}, change...)}
	t.Cleanup(func() { b.Plugins.Close(context.Background()) })
	b.ada, b.ben = b.join("ada"), b.join("ben")
	return b
}

func (b *bench) plugin(name string) (pluginID string) {
	b.t.Helper()
	b.call(b.ada, "POST", "/api/plugins", map[string]any{"pluginName": name, "template": "dice"}).want(201)
	p, err := b.Plugins.OwnPluginNamed(b.t.Context(), b.ada.User, name)
	must(b.t, err)
	return p.ID
}

func TestShapesOfPlugins(t *testing.T) {
	b := newBench(t)
	b.call(b.ada, "GET", "/api/plugins/user", nil).exactly(200, `{"success":true,"plugins":[]}`)
	b.call(b.ada, "POST", "/api/plugins/user", `{"pluginName":"My Plugin","pluginData":{"b":1},"status":"success"}`).exactly(200, `{"success":true,"pluginId":"ID"}`)
	b.call(b.ada, "POST", "/api/plugins/user", `{"pluginName":"my plugin","pluginData":{"b":2}}`).exactly(200, `{"success":true,"pluginId":"ID"}`)
	b.call(b.ada, "GET", "/api/plugins/user", nil).exactly(200, `{"success":true,"plugins":[{"_id":"ID","userId":"ID","pluginName":"My Plugin",`+
		`"pluginData":"{\"b\":2}","createdAt":"TIME","updatedAt":"TIME","status":"pending","downloadCount":0,"version":0,"builtVersion":0,"shared":false,"lockedFiles":[],"answering":"","unseen":""}]}`)
	b.call(b.ada, "POST", "/api/plugins/user", `{"pluginName":"../x"}`).want(400, "INVALID_NAME")
	b.call(b.ada, "POST", "/api/plugins", `{"pluginName":"MY PLUGIN"}`).want(409, "PLUGIN_EXISTS")
	b.call(b.ada, "POST", "/api/plugins", `{"pluginName":"x","template":"none"}`).want(400, "UNKNOWN_TEMPLATE")
	b.call(b.ada, "GET", "/api/plugins/templates", nil).exactly(200, `{"templates":[{"id":"dice","name":"Dice","about":"Rolls dice."}]}`)
	b.call(b.ada, "GET", "/api/plugins/usage", nil).exactly(200, `{"today":{"calls":0,"inputTokens":0,"outputTokens":0,"costMicros":0,"milliseconds":0},`+
		`"month":{"calls":0,"inputTokens":0,"outputTokens":0,"costMicros":0,"milliseconds":0},"dailyTokens":null,"workspaceTokensToday":0,`+
		`"workspaceDailyTokens":null,"resetsAt":"TIME","currency":null}`)
}

func TestFilesVersionsAndDiffsOverTheAPI(t *testing.T) {
	b := newBench(t)
	path := "/api/plugins/" + b.plugin("Dice")
	b.call(b.ada, "PUT", path+"/files", `{"version":1,"operations":[{"type":"modify","file":"main.ts","edits":[{"old":"roll","new":"roll()"}]},{"type":"create","file":"b.ts","content":"x"}],"note":"More"}`).want(200)
	b.call(b.ada, "GET", path+"/files", nil).exactly(200, `{"version":2,"files":[{"file":"b.ts","content":"x"},{"file":"main.ts","content":"roll()"}]}`)
	b.call(b.ada, "PUT", path+"/files", `{"version":1,"operations":[{"type":"delete","file":"b.ts"}]}`).want(409, "VERSION_EXISTS")
	b.call(b.ada, "PUT", path+"/files", `{"version":2,"operations":[{"type":"create","file":"../../x","content":"x"}]}`).want(400, "INVALID_FILES")
	b.call(b.ada, "PUT", path+"/files", `{"version":2,"operations":[{"type":"link","file":"x"}]}`).want(400, "INVALID_OPERATION")
	b.call(b.ada, "GET", path+"/diff?from=1&to=2", nil).exactly(200, `{"files":[{"type":"create","file":"b.ts","added":1,"removed":0,"hunks":[{"oldStart":0,"oldLines":0,`+
		`"newStart":1,"newLines":1,"lines":[{"old":0,"new":1,"text":"x"}]}],"cut":false},{"type":"modify","file":"main.ts","added":1,"removed":1,"hunks":[{"oldStart":1,"oldLines":1,`+
		`"newStart":1,"newLines":1,"lines":[{"old":1,"new":0,"text":"roll"},{"old":0,"new":1,"text":"roll()"}]}],"cut":false}]}`)
	b.call(b.ada, "POST", path+"/versions/1/rollback", nil).want(201)
	list := b.call(b.ada, "GET", path+"/versions?limit=1", nil).want(200).Body.String()
	if !strings.HasPrefix(masked(list), `{"versions":[{"version":3,"userId":"ID","origin":"rollback","note":"Back to version 1","messageId":null,"files":[{"file":"main.ts","size":4,`) ||
		strings.Count(list, `"version":`) != 1 {
		t.Errorf("got %s", list)
	}
	b.call(b.ada, "GET", path+"/versions/0", nil).want(404, "VERSION_NOT_FOUND")
	b.call(b.ada, "GET", path+"/versions/99", nil).want(404, "VERSION_NOT_FOUND")
}

func TestChatSendWaitsForTheAnswerAndHistoryTellsIt(t *testing.T) {
	b := newBench(t)
	b.plugin("Dice")
	b.model.Add(modeltest.Turn{Pieces: []string{"Now it rolls.\n<file path=\"main.ts\">\nroll @@\n</file>\n"}, Input: 10, Output: 2},
		modeltest.Turn{Pieces: []string{"Mended.\n<file path=\"main.ts\">\nroll()\n</file>\n"}, Input: 10, Output: 2})
	got := b.call(b.ada, "POST", "/api/chat/send", `{"message":"Roll","pluginName":"dice"}`).want(200)
	want := `{"success":true,"response":"Now it rolls.\n\nMended.","messageId":"ID","conversationId":"ID","operations":[{"type":"modify","file":"main.ts","content":"roll()\n"}],` +
		`"compilationResult":{"success":true,"output":"1 file","errors":[],"problems":[]},"messageType":"modification","version":2,"problem":"","usage":{"calls":2,`
	if !strings.HasPrefix(masked(got.Body.String()), want) {
		t.Errorf("got %s", masked(got.Body.String()))
	}
	talk := got.field("conversationId")
	history := b.call(b.ada, "GET", "/api/chat/history?conversationId="+talk, nil).want(200).Body.String()
	history = masked(history)
	if !strings.HasPrefix(history, `{"success":true,"messages":[{"_id":"ID","userId":"ID","pluginName":"Dice","conversationId":"ID","message":"Roll","response":"Now it rolls.\n\nMended.",`+
		`"messageType":"modification","timestamp":"TIME","operations":[{"type":"modify"`) {
		t.Errorf("history is %s", history)
	}
	b.call(b.ada, "GET", "/api/chat/history", nil).want(400, "CONVERSATION_REQUIRED")
	b.call(b.ben, "GET", "/api/chat/history?conversationId="+talk, nil).want(404, "CONVERSATION_NOT_FOUND")
	b.call(b.ada, "POST", "/api/chat/send", `{"message":"Roll","pluginName":"None"}`).want(404, "PLUGIN_NOT_FOUND")
	b.call(b.ada, "POST", "/api/chat/send", `{"message":"","pluginName":"dice"}`).want(400, "MESSAGE_REQUIRED")
	b.call(b.ada, "POST", "/api/chat/send", `{"message":"x","pluginName":""}`).want(400, "NAME_REQUIRED")
	b.call(b.ada, "POST", "/api/chat/send", `{"message":"x"}`).want(400, "VALIDATION_ERROR")
	b.call(b.ada, "POST", "/api/chat/send", `nonsense`).want(400)
	b.call(b.ben, "POST", "/api/chat/send", `{"message":"x","pluginName":"dice","conversationId":"`+talk+`"}`).want(404, "PLUGIN_NOT_FOUND")
	b.model.Add(modeltest.Turn{Status: 401, Error: "bad key sk-marker-of-the-key"})
	broke := b.call(b.ada, "POST", "/api/chat/send", `{"message":"x","pluginName":"dice","conversationId":"`+talk+`"}`).want(503, "ANSWER_BROKE_OFF")
	all := broke.Body.String() + b.call(b.ada, "GET", "/api/chat/history?conversationId="+talk, nil).Body.String() + b.log.String()
	for _, secret := range []string{"sk-marker", b.model.URL, b.Dir} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is shown", secret)
		}
	}
}

func TestAnAnswerIsStreamedAndResumed(t *testing.T) {
	b := newBench(t)
	pluginID := b.plugin("Dice")
	server := httptest.NewServer(b.handler)
	defer server.Close()
	hold := make(chan struct{})
	b.model.Add(modeltest.Turn{Pieces: []string{"One ", "two"}, Hold: hold})
	get := func(method, path, body string) *bufio.Scanner {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+b.ada.token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "text/event-stream")
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		t.Cleanup(func() { response.Body.Close() })
		if response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
			t.Fatalf("%s: %s", path, response.Status)
		}
		return bufio.NewScanner(response.Body)
	}
	until := func(lines *bufio.Scanner, part string) (heard string) {
		t.Helper()
		for lines.Scan() {
			heard += lines.Text() + "\n"
			if strings.Contains(lines.Text(), part) {
				return heard
			}
		}
		t.Fatalf("%s does not come: %s", part, heard)
		return ""
	}
	asked := get("POST", "/api/chat/send", `{"message":"Count","pluginName":"Dice"}`)
	first := until(asked, `{"text":"One "}`)
	_, rest, _ := strings.Cut(first, `"messageId":"`)
	messageID, _, _ := strings.Cut(rest, `"`)
	if !strings.Contains(first, `"conversationId":"`) || !strings.Contains(first, "event: round\ndata: {\"round\":1}") || !id.Valid(messageID) {
		t.Fatalf("heard %s", first)
	}
	stream := "/api/plugins/" + pluginID + "/messages/" + messageID
	again := get("GET", stream+"/stream?after=1", "")
	if heard := until(again, "One "); strings.Contains(heard, "round") || !strings.Contains(heard, "id: 2\nevent: text") {
		t.Errorf("who comes back hears %s", heard)
	}
	close(hold)
	for _, lines := range []*bufio.Scanner{asked, again} {
		if heard := until(lines, `"state":"answered"`); !strings.Contains(heard, `{"text":"two"}`) || !strings.Contains(heard, `"response":"One two"`) {
			t.Errorf("heard %s", heard)
		}
	}
	if heard := until(get("GET", stream+"/stream", ""), `"state":"answered"`); !strings.Contains(heard, "event: done") {
		t.Errorf("heard %s", heard)
	}
	other := b.plugin("Other")
	b.call(b.ada, "GET", "/api/plugins/"+other+"/messages/"+messageID, nil).want(404, "EXCHANGE_NOT_FOUND")
	b.call(b.ben, "GET", stream+"/stream", nil).want(404)
}

func TestAnAnswerIsStoppedOverTheAPI(t *testing.T) {
	b := newBench(t)
	pluginID := b.plugin("Dice")
	b.model.Add(modeltest.Turn{Pieces: []string{"One "}, Hold: make(chan struct{})})
	asked := b.call(b.ada, "POST", "/api/plugins/"+pluginID+"/messages", `{"message":"Count"}`).want(201)
	if !strings.Contains(asked.Body.String(), `"state":"answering"`) {
		t.Errorf("got %s", asked.Body)
	}
	p, err := b.Plugins.Plugin(t.Context(), b.ada.User, pluginID)
	must(t, err)
	<-b.model.Asked
	b.call(b.ada, "POST", "/api/plugins/"+pluginID+"/messages", `{"message":"More"}`).want(409, "ANSWER_UNDER_WAY")
	got := b.call(b.ada, "POST", "/api/plugins/"+pluginID+"/messages/"+p.Asking+"/stop", nil).want(200)
	if !strings.Contains(got.Body.String(), `"state":"stopped"`) {
		t.Errorf("got %s", got.Body)
	}
	select {
	case <-b.model.Gone:
	case <-time.After(5 * time.Second):
		t.Error("the model goes on")
	}
}

func TestDownloadsAreZipsOfOnesOwnAndWhatIsShared(t *testing.T) {
	b := newBench(t)
	pluginID := b.plugin("Würfel spiel")
	got := b.call(b.ada, "GET", "/api/download/w%C3%BCrfel%20spiel", nil).want(200)
	if got.Header().Get("Content-Type") != "application/zip" || !strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment;") {
		t.Errorf("got %v", got.Header())
	}
	if _, err := zip.NewReader(bytes.NewReader(got.Body.Bytes()), int64(got.Body.Len())); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"w%C3%BCrfel%20spiel", "..%2f..%2fetc%2fpasswd", "..%252f", "%00", "%ff", "x"} {
		b.call(b.ben, "GET", "/api/download/"+name, nil).want(404)
	}
	b.call(b.ada, "PUT", "/api/plugins/"+pluginID, `{"shared":true}`).want(200)
	b.call(b.ben, "GET", "/api/download/w%C3%BCrfel%20spiel", nil).want(200)
	if shared := b.call(b.ben, "GET", "/api/plugins/shared", nil).want(200); !strings.Contains(shared.Body.String(), `"downloadCount":2`) {
		t.Errorf("got %s", shared.Body)
	}
	b.call(b.ben, "DELETE", "/api/plugins/"+pluginID, nil).want(404)
}

func TestGenerateIsNoOpenProxy(t *testing.T) {
	b := newBench(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	b.call(nil, "POST", "/api/generate", `{"description":"dice"}`).want(401)
	elsewhere := make(chan struct{}, 1)
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere <- struct{}{} }))
	defer thief.Close()
	for range 30 {
		b.model.Add(modeltest.Turn{Pieces: []string{"A die.\n<file path=\"main.ts\">\nroll\n</file>\n"}})
		b.call(b.ada, "POST", "/api/generate", `{"description":"dice","requirements":"six sides","url":"`+thief.URL+`","headers":{"Authorization":"x"},"model":"large"}`).
			exactly(200, "{\"message\":\"A die.\\n\\n`main.ts`\\n\\n```ts\\nroll\\n```\"}")
	}
	b.call(b.ada, "POST", "/api/generate", `{"description":"dice"}`).want(429)
	if asked := b.model.Requests()[0]; asked.Key != "Bearer sk-marker-of-the-key" || asked.Model != "small" || !strings.Contains(asked.Last(), "six sides") {
		t.Errorf("asked %+v", asked)
	}
	if len(elsewhere) > 0 {
		t.Error("it asks where the body says")
	}
	open := newBench(t, func(d *Deps) { d.PublicGenerate, d.Limits = true, web.NewLimits(false) })
	for range 30 {
		open.model.Add(modeltest.Turn{Pieces: []string{"A die."}})
		open.call(nil, "POST", "/api/generate", `{"description":"dice"}`).want(200)
	}
	open.call(nil, "POST", "/api/generate", `{"description":"dice"}`).want(429)
	open.call(nil, "POST", "/api/generate", `{"description":""}`).want(429)
}

func TestAConversationIsDeletedWithItsMessages(t *testing.T) {
	b := newBench(t)
	p, other := b.plugin("dice"), b.plugin("other")
	b.model.Add(modeltest.Turn{Pieces: []string{"Nothing to do."}})
	said := b.call(b.ada, "POST", "/api/chat/send", `{"pluginName":"dice","message":"What is this?"}`).want(200)
	talk, message := said.field("conversationId"), said.field("messageId")
	b.call(b.ada, "DELETE", "/api/plugins/"+other+"/conversations/"+talk, "").want(404)
	b.call(b.ben, "DELETE", "/api/plugins/"+p+"/conversations/"+talk, "").want(404)
	b.call(b.ada, "DELETE", "/api/plugins/"+p+"/conversations/"+talk, "").want(200)
	b.call(b.ada, "DELETE", "/api/plugins/"+p+"/conversations/"+talk, "").want(404)
	b.call(b.ada, "GET", "/api/chat/history?conversationId="+talk, "").want(404)
	b.call(b.ada, "GET", "/api/plugins/"+p+"/messages/"+message, "").want(404)
	b.call(b.ada, "GET", "/api/plugins/"+p+"/files", "").want(200)
}
