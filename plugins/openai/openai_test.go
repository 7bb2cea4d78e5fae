package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/internal/modeltest"
	"pegasus/plugins"
)

const key = "sk-marker-of-the-key"

func ask(t *testing.T, server *modeltest.Server, r plugins.Request) (plugins.Answer, string, error) {
	t.Helper()
	var said strings.Builder
	g := New(Options{BaseURL: server.URL + "/v1", Key: key, Model: "small", Types: "TYPES OF PLUGINS"})
	answer, err := g.Generate(t.Context(), r, func(p plugins.Piece) { said.WriteString(p.Text) })
	return answer, said.String(), err
}

func start(t *testing.T, turns ...modeltest.Turn) *modeltest.Server {
	server := modeltest.Start(turns...)
	t.Cleanup(server.Close)
	return server
}

func TestAModelIsAskedWithTheProjectAndAnswersWithChanges(t *testing.T) {
	server := start(t, modeltest.Turn{
		Pieces: []string{"Here", " it is.\n<fi", "le path=\"main.ts\">\nx\n", "</file>\n"}, Input: 120, Output: 30,
	})
	answer, said, err := ask(t, server, plugins.Request{
		Plugin: "Dice", Ask: "Make a die", Round: 1, Files: []plugins.File{{Path: "manifest.json", Content: "{}"}, {Path: "a.ts", Content: "1"}},
		History: []plugins.Turn{{Ask: "before", Answer: "said"}},
	})
	if err != nil || answer.Text != "Here it is.\n" || said != answer.Text || answer.Model != "scripted-1" {
		t.Fatalf("got %+v, %q, %v", answer, said, err)
	}
	if len(answer.Changes) != 1 || answer.Changes[0].Content != "x\n" || answer.Usage.Input != 120 || answer.Usage.Output != 30 || answer.Usage.Estimated {
		t.Errorf("got %+v", answer)
	}
	asked := server.Requests()[0]
	if asked.Key != "Bearer "+key || asked.Model != "small" || !asked.Stream || len(asked.Messages) != 4 {
		t.Fatalf("asked %+v", asked)
	}
	if !strings.Contains(asked.Messages[0].Content, "TYPES OF PLUGINS") || asked.Messages[1].Content != "before" || asked.Messages[2].Content != "said" {
		t.Errorf("asked %+v", asked.Messages)
	}
	for _, part := range []string{"Make a die", `"Dice"`, `<file path="manifest.json">`, `<file path="a.ts">`} {
		if !strings.Contains(asked.Last(), part) {
			t.Errorf("the question lacks %s: %s", part, asked.Last())
		}
	}
}

func TestAModelIsToldWhatWasWrongWithItsLastRound(t *testing.T) {
	server := start(t, modeltest.Turn{Pieces: []string{"Sorry."}}, modeltest.Turn{Pieces: []string{"Sorry."}})
	for _, c := range []struct {
		r    plugins.Request
		want []string
	}{
		{plugins.Request{Ask: "x", Round: 2, Problems: []plugins.Problem{{File: "main.ts", Line: 3, Column: 7, Text: "Expected ;"}}},
			[]string{"does not compile", "main.ts:3:7: Expected ;"}},
		{plugins.Request{Ask: "x", Round: 2, Problems: []plugins.Problem{{File: "main.ts", Text: "Edit 1 does not apply."}},
			Refused: []plugins.Change{{File: "main.ts", Edits: []plugins.Edit{{Old: "the old text"}}}}},
			[]string{"were not applied", "the old text", "main.ts: Edit 1 does not apply."}},
	} {
		answer, _, err := ask(t, server, c.r)
		if err != nil || !answer.Usage.Estimated || answer.Usage.Output != 2 {
			t.Errorf("got %+v, %v", answer, err)
		}
		requests := server.Requests()
		for _, part := range c.want {
			if !strings.Contains(requests[len(requests)-1].Last(), part) {
				t.Errorf("the question lacks %q", part)
			}
		}
	}
}

func TestFailuresOfAModelAreToldWithoutKeyOrAddress(t *testing.T) {
	leak := "Incorrect API key provided: " + key
	half := []string{"Half.\n<file path=\"a.ts\">\nx\n"}
	for name, c := range map[string]struct {
		turn modeltest.Turn
		code string
		text string
	}{
		"a wrong key":          {modeltest.Turn{Status: 401, Error: leak}, "MODEL_MISCONFIGURED", ""},
		"an unknown model":     {modeltest.Turn{Status: 404, Error: leak}, "MODEL_MISCONFIGURED", ""},
		"no quota":             {modeltest.Turn{Status: 429, Error: leak}, "MODEL_BUSY", ""},
		"too much to read":     {modeltest.Turn{Status: 400, Error: "This model's maximum context length is 8192 tokens"}, "PROJECT_TOO_LARGE", ""},
		"a bad request":        {modeltest.Turn{Status: 400, Error: leak}, "MODEL_FAILED", ""},
		"a fault":              {modeltest.Turn{Status: 503, Error: leak}, "MODEL_FAILED", ""},
		"death":                {modeltest.Turn{Pieces: half, Dies: true}, "MODEL_BROKE_OFF", "Half.\n"},
		"cut at a length":      {modeltest.Turn{Pieces: half, Finish: "length"}, "ANSWER_TOO_LONG", "Half.\n"},
		"filtered":             {modeltest.Turn{Pieces: half, Finish: "content_filter"}, "MODEL_REFUSED", "Half.\n"},
		"a change without end": {modeltest.Turn{Pieces: []string{"<edit path=\"a.ts\">\n<<<<<<< SEARCH\nx"}}, "MODEL_MUDDLED", ""},
		"too much":             {modeltest.Turn{Pieces: []string{strings.Repeat("x", maxText), "y", "z"}}, "ANSWER_TOO_LONG", strings.Repeat("x", maxText) + "y"},
	} {
		server := start(t, c.turn)
		answer, _, err := ask(t, server, plugins.Request{Ask: "x"})
		f := fault.From(err)
		if err == nil || f.Code != c.code || f.Kind != fault.Unavailable || answer.Text != c.text || len(answer.Changes) > 0 {
			t.Errorf("%s: got %q, %d changes, %v", name, shortened(answer.Text), len(answer.Changes), err)
			continue
		}
		for _, secret := range []string{key, "127.0.0.1", server.URL} {
			if strings.Contains(f.Message+f.Error(), secret) {
				t.Errorf("%s: %q shows %q", name, f.Error(), secret)
			}
		}
	}
}

func shortened(text string) string { return text[:min(len(text), 40)] }

func TestAServerThatIsNotThereIsTold(t *testing.T) {
	server := modeltest.Start()
	server.Close()
	_, _, err := ask(t, server, plugins.Request{Ask: "x"})
	if f := fault.From(err); f == nil || f.Code != "MODEL_UNREACHABLE" || strings.Contains(f.Message, "127.0.0.1") || strings.Contains(f.Error(), "/v1") {
		t.Errorf("got %v", err)
	}
}

func TestTheKeyDoesNotFollowARedirect(t *testing.T) {
	stolen := make(chan string, 1)
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen <- r.Header.Get("Authorization") }))
	defer thief.Close()
	lure := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer lure.Close()
	g := New(Options{BaseURL: lure.URL, Key: key, Model: "x"})
	if _, err := g.Generate(t.Context(), plugins.Request{Ask: "x"}, func(plugins.Piece) {}); err == nil {
		t.Error("no error")
	}
	select {
	case got := <-stolen:
		t.Errorf("the thief has %q", got)
	default:
	}
}

func TestEndingTheCallEndsTheModels(t *testing.T) {
	server := start(t, modeltest.Turn{Pieces: []string{"One ", "two"}, Hold: make(chan struct{})})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	g := New(Options{BaseURL: server.URL + "/v1", Model: "x"})
	answer, err := g.Generate(ctx, plugins.Request{Ask: "x"}, func(plugins.Piece) { cancel(stop) })
	if !errors.Is(err, context.Canceled) && !errors.Is(err, stop) && err == nil || answer.Text != "One " || answer.Usage.Output == 0 {
		t.Errorf("got %+v, %v", answer, err)
	}
	select {
	case <-server.Gone:
	case <-time.After(5 * time.Second):
		t.Error("the model's server still sends")
	}
}

func TestALargeProjectIsShownInPart(t *testing.T) {
	var files []plugins.File
	for i := range 10 {
		files = append(files, plugins.File{Path: fmt.Sprintf("f%d.ts", i), Content: strings.Repeat("x", 30_000)})
	}
	files = append(files, plugins.File{Path: "manifest.json", Content: "{}"})
	shown := project(files)
	if len(shown) > maxShown+2000 || !strings.Contains(shown, "f9.ts has 30000 bytes and is not shown") || !strings.Contains(shown, "{}") {
		t.Errorf("%d bytes are shown", len(shown))
	}
}
