package e2e

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// command runs a command of the program with the settings of a server, while that may be running.
func (s *server) command(args ...string) (output string, err error) {
	c := exec.Command(binary, args...)
	c.Env, c.Dir = s.env, s.dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// sendFile posts a message with a file and returns where the file is to be had.
func (p *person) sendFile(channelID, name string, content []byte) (address string) {
	p.t.Helper()
	sent := p.upload(name, "application/octet-stream", content)
	p.must("POST", "/api/chat/channels/"+channelID+"/messages/send", map[string]any{"content": "", "attachments": []any{map[string]string{"id": sent.ID}}}, nil)
	return "/api/files/" + path.Base(sent.File)
}

func (p *person) download(path string) []byte {
	p.t.Helper()
	answer, err := p.client.Get(p.server.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s answers %d, %v", path, answer.StatusCode, err)
	}
	return content
}

// elsewhere is another machine: a server with a data directory, and where there is one a database, of its own, not started.
func (s *server) elsewhere(t *testing.T) *server {
	t.Helper()
	other := &server{url: s.url, dir: t.TempDir()}
	for _, setting := range s.env {
		name, value, _ := strings.Cut(setting, "=")
		switch name {
		case "DATA_DIR":
			value = filepath.Join(other.dir, "data")
		case "MONGODB_DB_NAME":
			value += "_elsewhere"
			t.Cleanup(func() { drop(t, os.Getenv("TEST_MONGODB_URI"), value) })
		}
		other.env = append(other.env, name+"="+value)
	}
	return other
}

func TestABackupUnderLoadRestoredElsewhereHoldsAllThatWasAcknowledged(t *testing.T) {
	for _, backend := range backends(t) {
		t.Run(backend.name, func(t *testing.T) {
			s := start(t, backend.env...)
			p := s.signUp(t, "Ada")
			general := p.channel("general")
			document := bytes.Repeat([]byte("all of it\n"), 100_000)
			address := p.sendFile(general, "plan.txt", document)
			l := &ledger{acknowledged: map[string]int64{}, unknown: map[string]bool{}}
			stop := make(chan struct{})
			var work sync.WaitGroup
			for w := range crashWriters {
				work.Go(func() { l.write(p, general, fmt.Sprint(w), stop) })
			}
			for began := time.Now(); l.size() < 100; time.Sleep(time.Millisecond) {
				if time.Since(began) > 20*time.Second {
					t.Fatal("no load builds up")
				}
			}
			before := l.copy()
			file := filepath.Join(s.dir, "all.tar.zst")
			out, err := s.command("backup", file)
			after := l.size()
			close(stop)
			work.Wait()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if after <= len(before) {
				t.Error("nobody could post while it was made")
			}
			if out, err := s.command("verify", file); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			s.signal(syscall.SIGTERM)
			other := s.elsewhere(t)
			if out, err := other.command("restore", file); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if out, err := other.command("restore", file); err == nil || !strings.Contains(out, "not empty") {
				t.Errorf("over what is there: %v\n%s", err, out)
			}
			other.run(t)
			t.Cleanup(func() { other.signal(syscall.SIGKILL) })
			p.server = other // its cookie is still good
			l.check(t, before, p.history(general))
			if got := p.download(address); !bytes.Equal(got, document) {
				t.Errorf("the file has %d bytes of %d, or others", len(got), len(document))
			}
			again := &person{t: t, server: other, client: &http.Client{}}
			again.must("POST", "/api/auth/sign-in/email", map[string]string{"email": p.email, "password": password}, nil)
			if seq, status, err := send(p, general, "life-goes-on"); err != nil || status != 201 || seq == 0 {
				t.Errorf("posting there: %d, %d, %v", seq, status, err)
			}
			t.Logf("%d messages acknowledged before it began, %d when it ended", len(before), after)
		})
	}
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

func (l *ledger) copy() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acknowledged)
}

// check looks for what was acknowledged before a backup in what it holds, and that all of that was sent.
func (l *ledger) check(t *testing.T, before map[string]int64, restored []message) {
	t.Helper()
	held := map[string]int64{}
	for _, m := range restored {
		if _, twice := held[m.Content]; twice && m.Content != "" {
			t.Errorf("%q is there twice", m.Content)
		}
		held[m.Content] = m.Seq
	}
	for text, seq := range before {
		if held[text] != seq {
			t.Errorf("%q was acknowledged as number %d before the backup and is number %d in it", text, seq, held[text])
		}
	}
	for text, seq := range held {
		if sent, known := l.acknowledged[text]; known && sent != seq {
			t.Errorf("%q is number %d in the backup and was number %d", text, seq, sent)
		}
	}
}

func TestAKillDuringABackupLeavesNothingUnderItsName(t *testing.T) {
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	for i := range 8 {
		content := make([]byte, 2<<20)
		for at := range content {
			content[at] = byte('a' + rand.IntN(26))
		}
		p.sendFile(general, fmt.Sprintf("part%d.txt", i), content)
	}
	file := filepath.Join(s.dir, "all.tar.zst")
	killed := 0
	for _, wait := range []time.Duration{20, 40, 60, 80, 100, 130, 160, 200, 250} {
		c := exec.Command(binary, "backup", file)
		c.Env, c.Dir = s.env, s.dir
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait * time.Millisecond) // the moment of the kill is the chance here
		_ = c.Process.Kill()
		if c.Wait() != nil {
			killed++
		}
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if out, err := s.command("verify", file); err != nil {
			t.Fatalf("after a kill at %d ms: %v\n%s", wait, err, out)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if killed == 0 {
		t.Fatal("none was killed: the test proves nothing")
	}
	if out, err := s.command("backup", file); err != nil {
		t.Fatalf("the next one: %v\n%s", err, out)
	}
	left, _ := filepath.Glob(file + "?*")
	if len(left) > 0 {
		t.Errorf("%q is left", left)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(content)
	flipped[rand.IntN(len(flipped))] ^= 4
	if err := os.WriteFile(file, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"verify", "restore"} {
		if out, err := s.elsewhere(t).command(command, file); err == nil {
			t.Errorf("%s takes a backup with a wrong bit:\n%s", command, out)
		}
	}
	t.Logf("%d of 9 were killed before they ended", killed)
}
