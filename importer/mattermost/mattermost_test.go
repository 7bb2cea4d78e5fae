package mattermost_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/importer"
	"pegasus/importer/importertest"
	"pegasus/importer/mattermost"
	"pegasus/markdown"
)

const head = `{"type":"version","version":1}
{"type":"team","team":{"name":"a","type":"O"}}
{"type":"channel","channel":{"team":"a","name":"b","type":"O"}}
{"type":"user","user":{"username":"ada","email":"ada@example.com","teams":[{"name":"a","channels":[{"name":"b"}]}]}}
`

func bring(t testing.TB, text string) (*importer.Report, int, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	from, err := mattermost.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer from.Close()
	from.Emoji = markdown.Emoji
	nowhere := &importertest.Nowhere{T: t}
	report, err := importer.Run(t.Context(), importer.Options{
		Source: from, Target: nowhere, Render: func(text string, _ func(string) bool) string { return text },
	})
	return report, nowhere.Stored, err
}

func TestWhatIsNoExportIsSaidInALine(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "first line is no version",
		"[]":                             "first line is no version",
		`{"type":"team"}`:                "first line is no version",
		`{"type":"version","version":2}`: "has version 2",
		"PK nothing":                     "it is no zip file",
	} {
		if _, _, err := bring(t, text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestWhatIsDamagedIsCountedAndTheRestComes(t *testing.T) {
	good := `{"type":"post","post":{"team":"a","channel":"b","user":"ada","message":"hi","create_at":1700000000000}}` + "\n"
	for name, test := range map[string]struct {
		lines       string
		stored, odd int
	}{
		"no JSON":              {"nonsense\n" + good, 1, 1},
		"another type":         {`{"type":"post","post":{"message":[1]}}` + "\n" + good, 1, 1},
		"deep nesting":         {strings.Repeat(`{"post":`, 20_000) + "\n" + good, 1, 1},
		"a line too long":      {`{"type":"post","x":"` + strings.Repeat("x", 17<<20) + `"}` + "\n" + good, 1, 1},
		"no end of a line":     {good + `{"type":"po`, 1, 1},
		"nothing of its type":  {`{"type":"post","direct_post":{"channel_members":["ada"]}}` + "\n" + `{"type":"direct_post","post":{}}` + "\n" + good, 1, 0},
		"both of two types":    {`{"type":"direct_post","post":{},"direct_post":{"channel_members":["ada"],"user":"ada","create_at":1700000000000,"replies":[{"user":"ada","create_at":1700000000001}]}}` + "\n", 2, 0},
		"a reply before":       {`{"type":"post","post":{"team":"a","channel":"b","user":"ada","create_at":1700000000000,"replies":[{"user":"ada","create_at":1600000000001}]}}` + "\n", 2, 0},
		"zeros in all texts":   {strings.ReplaceAll(strings.Replace(good, `"hi"`, `"h\u0000","reactions":[{"user":"\u0000","emoji_name":"+1\u0000"}],"flagged_by":["\u0000"],"attachments":[{"path":"\u0000"}]`, 1), "'", `"`), 1, 0},
		"odd people":           {`{"type":"user","user":{"username":"a b"}}` + "\n" + strings.Replace(good, `"ada"`, `"a\u0000"`, 1), 0, 0},
		"a conversation of no": {`{"type":"direct_channel","direct_channel":{"members":["\u0000"]}}` + "\n" + `{"type":"direct_post","direct_post":{"user":"ada","create_at":1700000000000}}` + "\n", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			report, stored, err := bring(t, head+test.lines)
			if err != nil {
				t.Fatal(err)
			}
			if odd := report.Count("messages", "lines that are not as Mattermost writes them"); stored != test.stored || odd != test.odd {
				t.Errorf("%d are stored and %d counted as odd, want %d and %d", stored, odd, test.stored, test.odd)
			}
		})
	}
}

func TestManyUnknownTypesEndTheImport(t *testing.T) {
	var lines strings.Builder
	for i := range 200 {
		lines.WriteString(`{"type":"` + strings.Repeat("x", i%20) + string(rune('a'+i/20)) + "\"}\n")
	}
	if _, _, err := bring(t, head+lines.String()); err == nil {
		t.Error("nothing ends it")
	}
}

func FuzzExports(f *testing.F) {
	f.Add(`{"type":"post","post":{"team":"a","channel":"b","user":"ada","message":"@ada hi","create_at":1700000000000,"props":{"attachments":[{"text":"x"}]},"replies":[{"user":"ada","message":"r","create_at":1700000000001}],"reactions":[{"user":"ada","emoji_name":"+1"}]}}`)
	f.Add(`{"type":"direct_post","direct_post":{"channel_members":["ada","x"],"user":"x","message":"hi","create_at":1700000000000,"is_pinned":true,"flagged_by":["ada"]}}`)
	f.Fuzz(func(t *testing.T, lines string) { _, _, _ = bring(t, head+lines) })
}
