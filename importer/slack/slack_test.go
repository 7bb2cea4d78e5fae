package slack_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/importer"
	"pegasus/importer/importertest"
	"pegasus/importer/slack"
	"pegasus/markdown"
)

func write(t testing.TB, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "export.zip")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bring imports files to nowhere.
func bring(t testing.TB, files map[string]string) (*importer.Report, int, error) {
	t.Helper()
	from, err := slack.Open(write(t, files))
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

const (
	users    = `[{"id":"U1","name":"ada"}]`
	channels = `[{"id":"C1","name":"general","members":["U1"]}]`
)

func TestWhatIsNoExportIsSaidInALine(t *testing.T) {
	for _, test := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"a.txt": "x"}, "it has no users.json"},
		{map[string]string{"users.json": users}, "neither channels.json"},
		{map[string]string{"users.json": `{"id":"U1"}`, "channels.json": channels}, "users.json of the export cannot be read: it is no list"},
		{map[string]string{"users.json": `[{"id":"U1"`, "channels.json": channels}, "users.json of the export cannot be read"},
		{map[string]string{"users.json": users, "channels.json": strings.Repeat("[", 20_000)}, "channels.json of the export cannot be read"},
	} {
		_, _, err := bring(t, test.files)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v gives %v, want %q", test.files, err, test.want)
		}
	}
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(path, []byte("not a zip"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := slack.Open(path); err == nil || !strings.Contains(err.Error(), "no zip file") {
		t.Errorf("a text gives %v", err)
	}
}

func TestWhatIsDamagedIsCountedAndTheRestComes(t *testing.T) {
	good := `{"type":"message","user":"U1","ts":"1700000000.00000%d","text":"hi"}`
	one := func(n string) string { return strings.Replace(good, "%d", n, 1) }
	for name, test := range map[string]struct {
		day    string
		stored int
		odd    int
	}{
		"a field of another type":  {`[` + one("1") + `,{"type":"message","text":[1],"ts":"1700000000.1"},` + one("2") + `]`, 2, 1},
		"nonsense in between":      {`[` + one("1") + `,7,null,"x",` + one("2") + `]`, 2, 3},
		"an end too early":         {`[` + one("1") + `,{"type":"mess`, 1, 1},
		"no list":                  {`{"messages":[]}`, 0, 1},
		"deep nesting":             {`[` + one("1") + `,` + strings.Repeat(`{"blocks":[`, 20_000), 1, 1},
		"times that are none":      {`[` + strings.ReplaceAll(one("1"), "1700000000", "99999999999") + `,` + strings.ReplaceAll(one("1"), "1700000000.000001", "-1") + `]`, 0, 2},
		"an author that is none":   {`[` + strings.Replace(one("1"), "U1", `a\u0000b`, 1) + `]`, 0, 1},
		"the same twice":           {`[` + one("1") + `,` + one("1") + `]`, 1, 0},
		"zeros in all texts":       {`[{"user":"U1","ts":"1700000000.1","text":"a\u0000b\ud800","username":"x\u0000","subtype":"bot_message","reactions":[{"name":"+1\u0000","users":["\u0000"]}]}]`, 1, 0},
		"an attachment of numbers": {`[{"user":"U1","ts":"1700000000.1","text":"a","attachments":[1,{"text":5},{"text":"b"}]}]`, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			report, stored, err := bring(t, map[string]string{"users.json": users, "channels.json": channels, "general/2023-11-14.json": test.day})
			if err != nil {
				t.Fatal(err)
			}
			if odd := report.Count("messages", "not as Slack writes them"); stored != test.stored || odd != test.odd {
				t.Errorf("%d are stored and %d counted as odd, want %d and %d", stored, odd, test.stored, test.odd)
			}
		})
	}
}

func TestADayThatIsTooLargeIsLeftOut(t *testing.T) {
	report, stored, err := bring(t, map[string]string{
		"users.json": users, "channels.json": channels,
		"general/2023-11-14.json": "[" + strings.Repeat(" ", 65<<20) + "]", // packed a thousandfold as well
		"general/2023-11-15.json": `[{"user":"U1","ts":"1700000000.1","text":"after it"}]`,
	})
	if err != nil || stored != 1 || report.Count("messages", "not as Slack writes them") != 1 {
		t.Errorf("%d are stored, %v", stored, err)
	}
}

func TestMoreMessagesOnADayThanMemoryHoldsAreLeftOut(t *testing.T) {
	var day strings.Builder
	day.WriteString("[{}")
	for range 200_010 {
		day.WriteString(",{}")
	}
	day.WriteString("]")
	report, _, err := bring(t, map[string]string{"users.json": users, "channels.json": channels, "general/2023-11-14.json": day.String()})
	if err != nil || report.Count("messages", "more than 200,000 in a channel on a day: the rest is left out") != 1 {
		t.Errorf("it is %+v, %v", report.Notes, err)
	}
}

func FuzzExports(f *testing.F) {
	f.Add(users, channels, `[{"type":"message","user":"U1","ts":"1700000000.1","text":"<@U1> *b*","thread_ts":"1700000000.1","reactions":[{"name":"+1","users":["U1"]}],"files":[{"name":"a","permalink":"https://a"}]}]`)
	f.Add(`[{"id":"U1","profile":{"status_emoji":":x:","email":"A@b.c"}}]`, `[{"id":"D1","members":["U1"],"pins":[{"id":"1.1"}]}]`, `[{"subtype":"bot_message","bot_id":"B1","username":"x","ts":"1.1","attachments":[{"text":"t"}],"blocks":[{"type":"section","text":"x"}]}]`)
	f.Fuzz(func(t *testing.T, users, channels, day string) {
		_, _, _ = bring(t, map[string]string{
			"users.json": users, "channels.json": channels, "dms.json": channels, "general/2023-11-14.json": day, "D1/2023-11-14.json": day,
		})
	})
}
