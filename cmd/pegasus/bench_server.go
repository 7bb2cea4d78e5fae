package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/id"
	"pegasus/store"
)

// benchServer is a server of this program in a process of its own, so that its cost can be told from the client's.
type benchServer struct {
	process *exec.Cmd
	address string
	token   string
	channel string
	started time.Duration
}

const benchEmail, benchPassword = "bench@pegasus.example", "a password for the bench"

func startBenchServer(ctx context.Context, dir string) (*benchServer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(address, ":")
	s := &benchServer{address: address, process: exec.CommandContext(ctx, self, "serve")}
	s.process.Env = []string{"HOST=127.0.0.1", "PORT=" + port, "DATA_DIR=" + dir, "RATE_LIMITS=off", "LINK_PREVIEWS=off", "LOG_LEVEL=warn", "HOME=" + dir}
	s.process.Dir = os.TempDir()
	s.process.Stderr = os.Stderr
	start := time.Now()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	for {
		answer, err := http.Get("http://" + address + "/readyz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				break
			}
		}
		if ctx.Err() != nil || time.Since(start) > time.Minute {
			s.stop()
			return nil, errors.New("the server did not become ready")
		}
		time.Sleep(time.Millisecond)
	}
	s.started = time.Since(start)
	if err := s.signIn(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *benchServer) stop() {
	s.process.Process.Signal(syscall.SIGTERM)
	s.process.Wait()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// signIn signs in, or up where the workspace is empty, and finds the general channel.
func (s *benchServer) signIn() error {
	var signed struct{ Token string }
	err := s.call("POST", "/api/auth/sign-in/email", map[string]string{"email": benchEmail, "password": benchPassword}, &signed)
	if err != nil {
		body := map[string]string{"email": benchEmail, "password": benchPassword, "name": "Bench"}
		if err := s.call("POST", "/api/auth/sign-up/email", body, &signed); err != nil {
			return err
		}
	}
	s.token = signed.Token
	var list struct{ Channels []struct{ ID, Name string } }
	if err := s.call("GET", "/api/chat/channels", nil, &list); err != nil {
		return err
	}
	for _, c := range list.Channels {
		if c.Name == chat.General {
			s.channel = c.ID
		}
	}
	if s.channel == "" {
		return errors.New("the general channel is missing")
	}
	return nil
}

func (s *benchServer) call(method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, "http://"+s.address+path, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return json.Unmarshal(text, out)
}

// cpu returns the processor time that the server has used. Source: proc_pid_stat(5), in ticks of 10 ms.
func (s *benchServer) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// resident returns the memory that the server holds, in bytes.
func (s *benchServer) resident() (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			return float64(kib) * 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// fillBench puts n messages of one person into the general channel of a new workspace.
func fillBench(ctx context.Context, dir string, n int, render func(string) string) error {
	db, err := store.Open(ctx, store.Settings{DataDir: dir})
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	at := now()
	author := accounts.User{
		ID: id.New(at), Email: "fill@pegasus.example", Name: "Fill", Username: "fill", Role: accounts.RoleUser,
		Preferences: "{}", Status: accounts.StatusOffline, CreatedAt: at, UpdatedAt: at,
	}
	if err := db.CreateUser(ctx, author, ""); err != nil {
		return err
	}
	c := chat.Channel{ID: id.New(at), Name: chat.General, Type: chat.Public, CreatedAt: at, MemberCount: 1}
	member := chat.Member{ChannelID: c.ID, UserID: author.ID, Role: chat.RoleMember, JoinedAt: at}
	if err := db.CreateChannel(ctx, c, []chat.Member{member}); err != nil {
		return err
	}
	const text = "The load test is green, shall we cut the branch at two?"
	html := render(text)
	var next atomic.Int64
	return everyWorker(func() error {
		for next.Add(1) <= int64(n) {
			m := chat.Message{ID: id.New(at), ChannelID: c.ID, UserID: author.ID, Content: text, HTML: html, CreatedAt: at, UpdatedAt: at}
			if _, _, err := db.AppendMessage(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}
