package reference

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"pegasus/api"
)

func book(t *testing.T) *Book {
	t.Helper()
	text, err := api.Document(false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(text, "https://here.test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Nothing of the document is missing in the book.
func TestTheBookHasEveryOperationOfTheDocument(t *testing.T) {
	text, err := api.Document(false)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, item := range d.Paths {
		for _, op := range item {
			missing[op.OperationID] = true
		}
	}
	for _, g := range book(t).Groups {
		if g.About == "" || g.Title() == "" {
			t.Errorf("group %q says nothing", g.Name)
		}
		for _, op := range g.Operations {
			delete(missing, op.ID)
			if op.Summary == "" || len(op.Answers) == 0 || len(op.Failures) == 0 || !strings.HasPrefix(op.Curl, "curl") {
				t.Errorf("%s %s: %+v", op.Method, op.Path, op)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
}

func TestFieldsAreSpelledOut(t *testing.T) {
	b := book(t)
	found := b.Find("POST messages/send")
	if len(found) != 1 || len(found[0].Operations) != 1 {
		t.Fatalf("found %+v", found)
	}
	op := found[0].Operations[0]
	if f := op.Body.Fields[0]; f.Name != "content" || f.Type != "string" || !f.Required || f.About == "" {
		t.Errorf("the first field of the body is %+v", f)
	}
	if !strings.Contains(op.Curl, `'https://here.test/api/chat/channels/{id}/messages/send'`) || !strings.Contains(op.Curl, "$TOKEN") {
		t.Errorf("the command is %s", op.Curl)
	}
	m, there := b.Type("Message")
	if !there || len(m.Uses) != 0 && m.Uses[0] == nil || len(m.Fields) < 10 {
		t.Errorf("Message is %+v", m)
	}
	if _, there := b.Type("Nothing"); there {
		t.Error("there is a type Nothing")
	}
	if events := b.Find("GET /api/events")[0].Operations[0].Events; len(events) < 15 {
		t.Errorf("%d events", len(events))
	}
}

func TestCodesNameWhatAnswersWithThem(t *testing.T) {
	for _, c := range book(t).Codes {
		if c.Name == "CHANNEL_EXISTS" {
			if len(c.Statuses) != 1 || c.Statuses[0] != "409" || len(c.From) < 2 {
				t.Errorf("%+v", c)
			}
			return
		}
	}
	t.Error("CHANNEL_EXISTS is missing")
}

func TestGuidesAreSafeAndWhole(t *testing.T) {
	files, err := os.ReadDir("guides")
	if err != nil || len(files)+1 != len(order) { // that of plugins is made of other files
		t.Errorf("%d guides are in order, %d are there: %v", len(order), len(files), err)
	}
	b := book(t)
	for _, name := range order {
		g, there := b.Guide(name)
		if !there || g.Title == "" || strings.HasPrefix(g.Title, "#") || len(g.HTML) < 400 {
			t.Errorf("%s: %+v", name, g)
		}
		for _, bad := range []string{"<script", "style=", "chat.example.test", "<!-- raw"} {
			if strings.Contains(g.HTML, bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
		if strings.Count(g.HTML, "<pre") != strings.Count(g.HTML, "data-copy-code") {
			t.Errorf("%s has code without a button", name)
		}
	}
	g, _ := b.Guide("plugins")
	for _, part := range []string{`id="the-types"`, `href="#the-types"`, "export function definePlugin", `id="example-rota"`, `href="#example-rota"`, "<code>manifest.json</code>"} {
		if !strings.Contains(g.HTML, part) {
			t.Errorf("%s is missing in the guide of plugins", part)
		}
	}
	for _, link := range regexp.MustCompile(`href="[^"]*\.(md|ts)"`).FindAllString(g.HTML, -1) {
		t.Errorf("the guide of plugins leads to %s", link)
	}
	if got := CodeBlock("a <b> & 'c'\n"); !strings.Contains(got, "a &lt;b&gt; &amp; &#39;c&#39;</code>") {
		t.Errorf("code is %s", got)
	}
}
