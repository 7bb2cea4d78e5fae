package jail

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// A child that was killed may leave nothing that keeps its pipes open, but waiting for them has an end all the same.
const pipesLinger = 2 * time.Second

// maxLastWords is how many bytes of a child's complaint are kept, its first ones.
const maxLastWords = 4 << 10

// ErrClosed is what a Starter answers after Close.
var ErrClosed = errors.New("jail: closed")

// Starter starts children. It is safe for concurrent use.
type Starter struct {
	asked chan request
	done  chan struct{}
	once  sync.Once
}

type request struct {
	work   string
	answer chan started
}

type started struct {
	process *Process
	err     error
}

// NewStarter returns a Starter that its owner must close.
func NewStarter() *Starter {
	s := &Starter{asked: make(chan request), done: make(chan struct{})}
	go s.loop()
	return s
}

// loop starts every child from one thread: the kernel gives a child the priority of the thread that forked it, and ends it
// with that thread. The thread is never given back, so it ends with the loop, and all children with it.
func (s *Starter) loop() {
	runtime.LockOSThread()
	lowerPriority()
	for {
		select {
		case r := <-s.asked:
			p, err := start(r.work)
			r.answer <- started{p, err}
		case <-s.done:
			return
		}
	}
}

// Start starts a child for the work of that name. It returns ErrClosed after Close.
func (s *Starter) Start(work string) (*Process, error) {
	r := request{work: work, answer: make(chan started, 1)}
	select {
	case s.asked <- r:
		a := <-r.answer
		return a.process, a.err
	case <-s.done:
		return nil, ErrClosed
	}
}

// Close ends the Starter. Its owner has killed the children before; on Linux any that are left die now.
func (s *Starter) Close() { s.once.Do(func() { close(s.done) }) }

// Process is a child.
type Process struct {
	In  io.WriteCloser // what the child reads
	Out io.Reader      // what the child writes; it ends where the child has

	cmd   *exec.Cmd
	words *firstBytes
	once  sync.Once
	peak  int64
}

func start(work string) (*Process, error) {
	program, err := self()
	if err != nil {
		return nil, err
	}
	p := &Process{words: &firstBytes{}}
	p.cmd = exec.Command(program, work)
	p.cmd.Args[0] = "pegasus"
	p.cmd.Env = []string{}
	p.cmd.Dir = "/"
	p.cmd.Stderr = p.words
	p.cmd.WaitDelay = pipesLinger
	p.cmd.SysProcAttr = attributes()
	if p.In, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.Out, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

// Kill ends the child at once and returns when it is gone. It is safe to call from several goroutines and again.
func (p *Process) Kill() {
	p.once.Do(func() {
		p.peak = p.Held()
		// Who is gone already cannot be killed, and how it ended says nothing: it was killed, or it was the child's own doing.
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
}

// watchOut returns a channel that is closed when the child ends, or says something. What it says is read from Out as before.
func (p *Process) watchOut() <-chan struct{} {
	w := &watched{from: p.Out, first: make(chan struct{})}
	go func() {
		w.n, w.err = w.from.Read(w.byte[:])
		close(w.first)
	}()
	p.Out = w
	return w.first
}

// watched is a reader whose first byte is read ahead.
type watched struct {
	from  io.Reader
	first chan struct{} // closed when the fields below are set
	byte  [1]byte
	n     int
	err   error
}

// Read implements io.Reader.
func (w *watched) Read(b []byte) (int, error) {
	<-w.first
	if len(b) == 0 || w.n == 0 && w.err == nil {
		return w.from.Read(b)
	}
	n := copy(b, w.byte[:w.n])
	w.n -= n
	if n > 0 {
		return n, nil
	}
	return 0, w.err
}

// OnlyIdle lets the child go on where the processors have nothing else to do, until it ends.
func (p *Process) OnlyIdle() { onlyIdle(p.Pid()) }

// Pid returns the child's number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// CPU returns the processor time that a process has used, this one for 0. It fails where the system does not say.
func CPU(pid int) (time.Duration, error) { return processorTime(pid) }

// Held returns the most memory that a child that lives has held at a time until now, in bytes, 0 where the system does not say.
func (p *Process) Held() int64 { return held(p.Pid()) }

// Peak returns the most memory that the child held at a time, in bytes, 0 where that is not known. Of one that had ended before Kill
// it is a bound: the system counts what this process held as the child's. Call it after Kill.
func (p *Process) Peak() int64 {
	if p.peak > 0 {
		return p.peak
	}
	return peak(p.cmd.ProcessState)
}

// LastWords returns the beginning of what the child complained of. Call it after Kill. It is for the log and for telling
// why a child ended, never for people: it may name what is inside of the program.
func (p *Process) LastWords() string { return p.words.text() }

// firstBytes keeps the first bytes that are written to it and drops the rest.
type firstBytes struct {
	mu   sync.Mutex
	kept []byte
}

func (f *firstBytes) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = append(f.kept, b[:min(len(b), maxLastWords-len(f.kept))]...)
	return len(b), nil
}

func (f *firstBytes) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.kept)
}

// self returns the program that runs now, even where its file has been replaced by a newer one since.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		if _, err := os.Readlink("/proc/self/exe"); err == nil {
			return "/proc/self/exe", nil
		}
	}
	return os.Executable()
}
