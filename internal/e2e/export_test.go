package e2e

import (
	"archive/zip"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnExportHoldsWhatPeopleMade(t *testing.T) {
	t.Parallel()
	for _, backend := range backends(t) {
		t.Run(backend.name, func(t *testing.T) {
			s := start(t, backend.env...)
			p, q := s.signUp(t, "Ada"), s.signUp(t, "Ben")
			general := p.channel("general")
			address := p.sendFile(general, "plan.txt", []byte("the whole plan"))
			p.say(general, "hello")
			p.say(p.create("secret-plans", "private"), "only-for-us")
			p.must("POST", "/api/dm/users/"+q.id+"/messages", map[string]string{"content": "between two"}, nil)
			file := filepath.Join(s.dir, "all.zip")
			if out, err := s.command("export", file); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			archive, err := zip.OpenReader(file)
			if err != nil {
				t.Fatal(err)
			}
			defer archive.Close()
			all := map[string]string{}
			for _, f := range archive.File {
				r, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				folder, _, _ := strings.Cut(f.Name, "/")
				all[folder] += string(text)
			}
			for where, words := range map[string][]string{
				"people.ndjson": {p.email, q.email}, "channels.ndjson": {"secret-plans", `"name":"general"`, p.id},
				"messages": {"hello", "only-for-us", "between two", "plan.txt"}, "files": {"the whole plan"}, "plugins.ndjson": {""},
			} {
				for _, word := range words {
					if text, here := all[where]; !here || !strings.Contains(text, word) {
						t.Errorf("%s lacks %q:\n%s", where, word, text)
					}
				}
			}
			if strings.Contains(all["people.ndjson"], "password") || !strings.Contains(all["messages"], filepath.Base(address)) {
				t.Errorf("%s\n%s", all["people.ndjson"], all["messages"])
			}
		})
	}
}
