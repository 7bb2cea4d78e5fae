package manifest_test

import (
	"strings"
	"testing"
	"time"

	"pegasus/fault"
	"pegasus/plugins/manifest"
)

const whole = `{
  "api": 1,
  "name": "dice",
  "title": "Dice",
  "version": "1.0.0",
  "commands": [{ "name": "roll", "hint": "[count]d[sides]", "help": "Rolls dice." }],
  "triggers": {
    "messages": { "match": "\\+\\+" },
    "schedules": [{ "name": "monday", "at": "09:30", "days": ["mon"], "zone": "Europe/London" }],
    "webhook": true
  },
  "permissions": ["messages:read", "schedule", "webhook", "network"],
  "hosts": ["api.example.com"],
  "settings": [{ "key": "sides", "label": "Sides", "type": "number", "default": 6 }]
}`

func TestAWholeManifestIsRead(t *testing.T) {
	m, problems := manifest.Parse([]byte(whole))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if m.Main != "main.ts" || m.Commands[0].Name != "roll" || !m.Asks(manifest.Network) || m.Asks(manifest.Storage) || m.Settings[0].Default != 6.0 {
		t.Errorf("got %+v", m)
	}
}

// Each case changes the manifest above in one place.
func TestWhatIsWrongIsSaidWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		line     int
		says     string
	}{
		"no JSON":           {`"title": "Dice",`, `"title": "Dice"`, 5, "not JSON"},
		"cut off":           {"\n}", "", 14, "ends too early"},
		"more behind":       {"\n}", "\n}\n{}", 0, "follows"},
		"key twice":         {`"version": "1.0.0"`, `"name": "other"`, 5, "given twice"},
		"unknown key":       {`"version": "1.0.0"`, `"verson": "1.0.0"`, 5, `"verson"`},
		"unknown inside":    {`"help": "Rolls`, `"about": "Rolls`, 6, `"about"`},
		"wrong type":        {`"title": "Dice"`, `"title": 5`, 4, `"title" is a number, and should be a text.`},
		"list for object":   {`{ "match": "\\+\\+" }`, `[]`, 8, "object"},
		"api":               {`"api": 1`, `"api": 2`, 2, `"api" is 1`},
		"name":              {`"name": "dice"`, `"name": "Dice!"`, 3, `"name"`},
		"name ends badly":   {`"name": "dice"`, `"name": "dice-"`, 3, `"name"`},
		"title":             {`"title": "Dice"`, `"title": " "`, 4, `"title"`},
		"title of lines":    {`"title": "Dice"`, `"title": "a\nb"`, 4, `"title"`},
		"version":           {`"1.0.0"`, `"one"`, 5, "1.2.3"},
		"command":           {`"name": "roll"`, `"name": "/roll"`, 6, "a command"},
		"pattern":           {`"\\+\\+"`, `"(a"`, 8, "regular expression"},
		"all and pattern":   {`"\\+\\+"`, `"a", "all": true`, 8, "either"},
		"schedule":          {`"09:30"`, `"9:30"`, 9, "time of day"},
		"two times":         {`"at": "09:30"`, `"every": "15m", "at": "09:30"`, 9, "either"},
		"interval":          {`"at": "09:30", "days": ["mon"], "zone": "Europe/London"`, `"every": "1m"`, 9, "from 5m to 24h"},
		"day":               {`["mon"]`, `["monday"]`, 9, "Days are"},
		"zone":              {`Europe/London`, `Moon/Sea`, 9, "time zone"},
		"zone by path":      {`Europe/London`, `../../etc/passwd`, 9, "time zone"},
		"permission":        {`"schedule", `, `"everything", "schedule", `, 12, "no permission"},
		"permission twice":  {`"schedule", `, `"schedule", "schedule", `, 12, "twice"},
		"not asked for":     {`"messages:read", `, ``, 8, `"messages:read"`},
		"hosts not asked":   {`, "network"]`, `]`, 13, `"network"`},
		"network to where":  {`"hosts": ["api.example.com"],`, ``, 12, `"hosts"`},
		"host with port":    {`api.example.com`, `api.example.com:80`, 13, "host name"},
		"host by address":   {`api.example.com`, `127.0.0.1`, 13, "host name"},
		"host of one word":  {`api.example.com`, `localhost`, 13, "host name"},
		"setting key":       {`"sides"`, `"no sides"`, 14, "key of a setting"},
		"setting type":      {`"number"`, `"date"`, 14, "type of a setting"},
		"default":           {`"default": 6`, `"default": "six"`, 14, "does not fit"},
		"choice of nothing": {`"type": "number", "default": 6`, `"type": "choice"`, 14, "options"},
		"nested":            {`"title": "Dice"`, `"title": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), 4, "too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(whole, c.old) {
				t.Fatal("nothing changes")
			}
			_, problems := manifest.Parse([]byte(strings.Replace(whole, c.old, c.new, 1)))
			if len(problems) != 1 {
				t.Fatalf("got %v", problems)
			}
			if p := problems[0]; c.line > 0 && p.Line != c.line || !strings.Contains(p.Text, c.says) || p.File != "manifest.json" || p.Column < 1 {
				t.Errorf("got %s", p)
			}
		})
	}
}

func TestWhatIsNoTextOrTooMuchIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "not UTF-8": "\xff\xfe{}", "null": "null", "list": "[]", "number": "1", "large": `{"title":"` + strings.Repeat("a", 70<<10) + `"}`,
		"nothing to answer": `{"api":1,"name":"dice","title":"Dice"}`,
	} {
		if _, problems := manifest.Parse([]byte(text)); len(problems) == 0 {
			t.Errorf("%s: no problem", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"commands":[{"name":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, problems := manifest.Parse(text)
		for _, p := range problems {
			if p.File == "" || p.Text == "" || p.Line < 0 {
				t.Errorf("a problem without a place: %+v", p)
			}
		}
		if len(problems) == 0 && (!manifest.Named(m.Name) || m.Main == "") {
			t.Errorf("a bad manifest passed: %+v", m)
		}
	})
}

func TestASettingIsGivenAsItsType(t *testing.T) {
	for _, c := range []struct {
		setting manifest.Setting
		given   string
		want    any
		refused bool
	}{
		{manifest.Setting{Type: manifest.Number, Default: 6.0}, "", 6.0, false},
		{manifest.Setting{Type: manifest.Number}, "", nil, false},
		{manifest.Setting{Type: manifest.Number}, "2.5", 2.5, false},
		{manifest.Setting{Type: manifest.Number}, "NaN", nil, true},
		{manifest.Setting{Type: manifest.Number}, "six", nil, true},
		{manifest.Setting{Type: manifest.Boolean, Default: true}, "", false, false},
		{manifest.Setting{Type: manifest.Boolean}, "on", true, false},
		{manifest.Setting{Type: manifest.Choice, Options: []string{"a", "b"}}, "b", "b", false},
		{manifest.Setting{Type: manifest.Choice, Options: []string{"a", "b"}}, "c", nil, true},
		{manifest.Setting{Type: manifest.Secret}, "s3cret", "s3cret", false},
		{manifest.Setting{Type: manifest.String}, strings.Repeat("é", 2001), nil, true},
	} {
		got, err := c.setting.Value(c.given)
		if got != c.want || fault.Is(err, fault.Invalid) != c.refused {
			t.Errorf("%s %.10q: got %v, %v", c.setting.Type, c.given, got, err)
		}
	}
}

func TestSchedulesAreDueInTheirZone(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		schedule    manifest.Schedule
		after, want string
	}{
		{manifest.Schedule{Every: "15m"}, "2026-06-01T10:00:00Z", "2026-06-01T10:15:00Z"},
		{manifest.Schedule{Every: "15m"}, "2026-06-01T10:14:59Z", "2026-06-01T10:15:00Z"},
		{manifest.Schedule{Every: "7h"}, "2026-06-01T22:00:00Z", "2026-06-02T00:00:00Z"},
		{manifest.Schedule{At: "09:00"}, "2026-06-01T07:59:00Z", "2026-06-01T08:00:00Z"},
		{manifest.Schedule{At: "09:00"}, "2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z"},
		{manifest.Schedule{At: "09:00"}, "2026-01-01T08:00:00Z", "2026-01-01T09:00:00Z"},
		{manifest.Schedule{At: "09:00", Zone: "Asia/Tokyo"}, "2026-06-01T08:00:00Z", "2026-06-02T00:00:00Z"},
		{manifest.Schedule{At: "09:00", Days: []string{"mon"}}, "2026-06-01T08:00:00Z", "2026-06-08T08:00:00Z"},
	} {
		after, _ := time.Parse(time.RFC3339, c.after)
		if got := c.schedule.Next(after, london).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%+v after %s: got %s, want %s", c.schedule, c.after, got, c.want)
		}
	}
}
