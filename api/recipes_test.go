package api

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"pegasus/reference"
	"pegasus/web"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// The recipes of the reference are run as they stand there, by the shell and curl, over a connection.
func TestRecipesWork(t *testing.T) {
	for _, needed := range []string{"curl", "sh", "sed"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("the recipes were not run: %s is not installed", needed)
		}
	}
	w := newWorld(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	ada := w.join("ada")
	w.join("ben")
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	made := w.call(ada, "POST", "/api/users/me/tokens", `{"name":"recipes","scopes":["read","write"]}`).want(201)

	source, err := reference.Source("recipes")
	must(t, err)
	blocks := shellBlock.FindAllStringSubmatch(string(source), -1)
	if len(blocks) < 10 {
		t.Fatalf("only %d recipes were found", len(blocks))
	}
	script := "set -eu\n"
	for _, block := range blocks {
		script += "echo '== next'\n" + strings.ReplaceAll(block[1], "https://chat.example.test", server.URL)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TOKEN="+made.field("secret"), "no_proxy=*")
	out, err := cmd.CombinedOutput()
	if done := strings.Count(string(out), "== next"); err != nil || done != len(blocks) {
		t.Fatalf("recipe %d of %d: %v\n%s", done, len(blocks), err, out)
	}
	for _, want := range []string{`"email":"ada@example.test"`, "Build 4711 is **done**", `"emoji":"🎉"`, "The report", `"name":"Name ben"`, "\nok", "event: connected", "MESSAGE_NOT_FOUND"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the recipes never say %s:\n%s", want, out)
		}
	}
	if n := strings.Count(string(out), `"content":"Build 4711 is **done**"`); n != 2 { // once in the list, once found
		t.Errorf("the message is there %d times", n)
	}
}
