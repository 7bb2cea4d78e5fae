// Package e2e starts the real program and uses it from outside, as people and programs do.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	binary string
	atEnd  []func() // what to stop after the last test
)

// together is how many tests run at a time: they wait for pages more than they compute.
const together = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", together); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "pegasus-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "pegasus")
	if out, err := exec.Command("go", "build", "-o", binary, "pegasus/cmd/pegasus").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build the program: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	for _, stop := range slices.Backward(atEnd) {
		stop()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// server is the program in a process of its own.
type server struct {
	url     string
	dir     string
	env     []string
	process *exec.Cmd
	exited  chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
}

// start starts the program on an empty data directory, with limits by rate off and env on top.
func start(t *testing.T, env ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	s := &server{url: fmt.Sprintf("http://localhost:%d", port), dir: t.TempDir()}
	s.env = append([]string{
		"HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), "DATA_DIR=" + filepath.Join(s.dir, "data"), "RATE_LIMITS=off", "LINK_PREVIEWS=off",
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir,
	}, env...)
	s.run(t)
	t.Cleanup(func() { s.signal(syscall.SIGKILL) })
	return s
}

// run starts the process and waits until it is ready.
func (s *server) run(t *testing.T) {
	t.Helper()
	s.process = exec.Command(binary, "serve")
	s.process.Env = s.env
	s.process.Dir = s.dir
	s.process.Stdout, s.process.Stderr = s, s
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	s.exited = exited
	process := s.process
	go func() { process.Wait(); close(exited) }()
	deadline := time.Now().Add(time.Minute) // a database that others press makes its collections slowly
	for {
		if s.ready() {
			return
		}
		select {
		case <-exited:
			t.Fatalf("the server ended at once:\n%s", s.log())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server is not ready:\n%s", s.log())
		}
	}
}

func (s *server) ready() bool {
	answer, err := http.Get(s.url + "/readyz")
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (s *server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.Write(b)
}

func (s *server) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// signal sends a signal and waits for the process to end.
func (s *server) signal(sig syscall.Signal) {
	s.process.Process.Signal(sig)
	<-s.exited
}

func (s *server) setupLink(t *testing.T) string {
	t.Helper()
	link, shape := "", regexp.MustCompile(`http://\S+/setup\?token=\S+`)
	ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	if err := until(ctx, func() bool { // what the server writes comes through a pipe, perhaps later than its first answer
		link = shape.FindString(s.log())
		return link != ""
	}); err != nil {
		t.Fatalf("no set-up link in:\n%s", s.log())
	}
	return link
}

// person is a signed-in client of the JSON API.
type person struct {
	t      *testing.T
	server *server
	client *http.Client
	id     string
	token  string
	email  string
}

const password = "a password for tests"

// person is a client that nobody is signed in with yet.
func (s *server) person(t *testing.T, name string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, server: s, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}, email: strings.ToLower(name) + "@pegasus.example"}
}

func (s *server) signUp(t *testing.T, name string) *person {
	t.Helper()
	p := s.person(t, name)
	var answer struct {
		Token string
		User  struct{ ID string }
	}
	p.must("POST", "/api/auth/sign-up/email", map[string]string{"name": name, "email": p.email, "password": password}, &answer)
	p.id, p.token = answer.User.ID, answer.Token
	return p
}

// call sends a request and decodes the answer into out where it is a success.
func (p *person) call(method, path string, in, out any) (status int, text string, err error) {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return 0, "", err
		}
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, p.server.url+path, body)
	if err != nil {
		return 0, "", err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", p.server.url)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", err
	}
	if out != nil && answer.StatusCode < 300 {
		err = json.Unmarshal(raw, out)
	}
	return answer.StatusCode, string(raw), err
}

func (p *person) must(method, path string, in, out any) {
	p.t.Helper()
	status, text, err := p.call(method, path, in, out)
	if err != nil || status >= 300 {
		p.t.Fatalf("%s %s: %d %s %v", method, path, status, text, err)
	}
}

// post sends a form of a page.
func (p *person) post(path string, fields ...string) {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.server.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.server.url)
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode >= 400 {
		p.t.Fatalf("POST %s: %d", path, answer.StatusCode)
	}
}

// until looks at something again and again until it is so.
func until(ctx context.Context, is func() bool) error {
	for !is() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

func (p *person) channel(name string) string {
	p.t.Helper()
	var list struct{ Channels []struct{ ID, Name string } }
	p.must("GET", "/api/chat/channels", nil, &list)
	for _, c := range list.Channels {
		if c.Name == name {
			return c.ID
		}
	}
	p.t.Fatalf("no channel %s", name)
	return ""
}

type message struct {
	ID      string
	Seq     int64
	Content string
	At      time.Time `json:"created_at"`
}

// history reads a whole channel, page by page.
func (p *person) history(channelID string) []message {
	p.t.Helper()
	var all []message
	for path := "/api/chat/channels/" + channelID + "/messages?limit=100"; ; {
		var page struct{ Messages []message }
		p.must("GET", path, nil, &page)
		all = append(page.Messages, all...)
		if len(page.Messages) < 100 {
			return all
		}
		path = "/api/chat/channels/" + channelID + "/messages?limit=100&before=" + page.Messages[0].ID
	}
}
