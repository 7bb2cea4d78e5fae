package jail_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"pegasus/plugins/jail"
)

func TestMain(m *testing.M) {
	small := jail.Limits{Memory: 256 << 20, Heap: 64 << 20, Stack: 16 << 20, CPU: 10 * time.Second}
	jail.Main(
		jail.Work{Name: "test-probe", Limits: small, Run: probe},
		jail.Work{Name: "test-echo", Limits: small, Run: echo},
		jail.Work{Name: "test-greet", Limits: small, Run: func(in io.Reader, out io.Writer) {
			_ = jail.Greet(out)
			echo(in, out)
		}},
		jail.Work{Name: "test-spin", Limits: small, Run: func(io.Reader, io.Writer) { spin() }},
		jail.Work{Name: "test-eat", Limits: small, Run: eat},
	)
	os.Exit(m.Run())
}

func spin() {
	for i := 0; ; i++ {
		if i < 0 {
			return
		}
	}
}

func eat(_ io.Reader, out io.Writer) {
	var held [][]byte
	for {
		block := make([]byte, 8<<20)
		for i := range block {
			block[i] = 1
		}
		held = append(held, block)
		if len(held) > 1000 {
			_ = jail.WriteFrame(out, []byte("all of it"))
			return
		}
	}
}

func echo(in io.Reader, out io.Writer) {
	for {
		message, err := jail.ReadFrame(in, 1<<20)
		if err != nil {
			return
		}
		_ = jail.WriteFrame(out, message)
	}
}

// probe tries what a child must not be able to do, and says what it could.
func probe(_ io.Reader, out io.Writer) {
	could := map[string]string{}
	try := func(what string, err error) {
		if err == nil {
			could[what] = "yes"
		}
	}
	for _, path := range []string{"/etc/passwd", "/proc/self/environ", "/proc/self/maps", ".", "/proc/self/exe"} {
		f, err := os.Open(path)
		try("open "+path, err)
		if err == nil {
			f.Close()
		}
	}
	_, err := os.Stat("/etc/passwd")
	try("stat", err)
	try("write", os.WriteFile("/tmp/pegasus-jail-probe", []byte("x"), 0o600))
	_, err = net.DialTimeout("tcp", "127.0.0.1:22", time.Second)
	try("connect", notRefused(err))
	_, err = net.Listen("tcp", "127.0.0.1:0")
	try("listen", err)
	_, err = net.ListenPacket("udp", "127.0.0.1:0")
	try("listen udp", err)
	try("execute", exec.Command("/proc/self/exe", "test-echo").Run())
	try("signal the parent", syscall.Kill(os.Getppid(), 0))
	_, err = syscall.Getpgid(1)
	try("look at another process", err)
	if env := os.Environ(); len(env) > 0 {
		could["environment"] = strings.Join(env, " ")
	}
	message, _ := json.Marshal(could)
	_ = jail.WriteFrame(out, message)
}

// notRefused keeps a refused connection from looking like one that was not permitted: whoever is refused has connected.
func notRefused(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	return err
}

func start(t *testing.T, work string) *jail.Process {
	t.Helper()
	s := jail.NewStarter()
	t.Cleanup(s.Close)
	p, err := s.Start(work)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestAChildReachesNothingButItsPipes(t *testing.T) {
	message, err := jail.ReadFrame(start(t, "test-probe").Out, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var could map[string]string
	if err := json.Unmarshal(message, &could); err != nil {
		t.Fatal(err)
	}
	for what, how := range could {
		t.Errorf("it could: %s (%s)", what, how)
	}
}

func TestAChildHoldsNoDescriptorButItsPipes(t *testing.T) {
	// One that is not marked to be closed, as a supervisor would leave it.
	leaked, err := syscall.Open("/etc/passwd", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(leaked)
	p := start(t, "test-echo")
	answer(t, p, "ready") // it has confined itself
	for _, entry := range descriptors(t, p.Pid()) {
		if !strings.HasPrefix(entry, "pipe:") && !strings.HasPrefix(entry, "anon_inode:") {
			t.Errorf("it holds %s", entry)
		}
	}
}

func descriptors(t *testing.T, pid int) (targets []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd/", pid)
	open, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		target, err := os.Readlink(dir + fd.Name())
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	return targets
}

func answer(t *testing.T, p *jail.Process, question string) string {
	t.Helper()
	if err := jail.WriteFrame(p.In, []byte(question)); err != nil {
		t.Fatal(err)
	}
	message, err := jail.ReadFrame(p.Out, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

func TestAChildEndsWithItsPipeItsStarterOrBeingKilled(t *testing.T) {
	t.Run("pipe", func(t *testing.T) {
		p := start(t, "test-echo")
		p.In.Close()
		if _, err := jail.ReadFrame(p.Out, 100); !errors.Is(err, io.EOF) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("starter", func(t *testing.T) {
		s := jail.NewStarter()
		p, err := s.Start("test-spin")
		if err != nil {
			t.Fatal(err)
		}
		defer p.Kill()
		s.Close()
		if _, err := jail.ReadFrame(p.Out, 100); !errors.Is(err, io.EOF) {
			t.Fatalf("got %v", err)
		}
		if _, err := s.Start("test-spin"); !errors.Is(err, jail.ErrClosed) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("killed", func(t *testing.T) {
		p := start(t, "test-spin")
		p.Kill()
		p.Kill()
		if !gone(p.Pid()) {
			t.Fatal("it lives, or was never waited for")
		}
	})
}

func TestAChildThatEatsMemoryDiesAlone(t *testing.T) {
	if jail.Raced {
		t.Skip("the race detector needs more memory than a child may have")
	}
	p := start(t, "test-eat")
	if message, err := jail.ReadFrame(p.Out, 100); err == nil {
		t.Fatalf("it had %q", message)
	}
	p.Kill()
	if words := p.LastWords(); !strings.Contains(words, "memory") {
		t.Errorf("last words %q", words)
	}
	if p.Peak() == 0 || p.Peak() > 512<<20 {
		t.Errorf("peak %d", p.Peak())
	}
}

func TestTheProcessorTimeOfAChildIsKnown(t *testing.T) {
	p := start(t, "test-spin")
	for range 1000 {
		used, err := jail.CPU(p.Pid())
		if err != nil {
			t.Fatal(err)
		}
		if used > 50*time.Millisecond {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("a child that spins uses none")
}

func TestFramesThatLieAreErrors(t *testing.T) {
	for name, framed := range map[string]string{
		"negative": "\xff\xff\xff\xffx", "empty": "\x00\x00\x00\x00", "too large": "\x00\x00\x00\x0b12345678901",
		"cut off": "\x00\x00\x00\x05123", "half a length": "\x00\x00",
	} {
		if message, err := jail.ReadFrame(strings.NewReader(framed), 10); err == nil {
			t.Errorf("%s: got %q", name, message)
		}
	}
	if _, err := jail.ReadFrame(strings.NewReader(""), 10); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}
