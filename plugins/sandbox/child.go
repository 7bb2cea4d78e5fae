package sandbox

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"modernc.org/quickjs"

	"pegasus/plugins/jail"
)

//go:embed runtime.js
var runtimeSource string

// The runtime is line 1 of what runs, and a bundle begins on line 2: that tells their places in a stack apart.
var (
	runtimeLine = strings.ReplaceAll(runtimeSource, "\n", " ")
	bundleHead  = `(function (module, exports) { "use strict";` + "\n"
	bundleTail  = "\n})"
)

const bundleBegins = 2

// watchEvery is how often a child looks at its own processor time.
const watchEvery = 5 * time.Millisecond

// engine is the child's side of one call.
type engine struct {
	vm      *quickjs.VM
	runtime quickjs.Value // what runtime.js returns
	in      io.Reader
	out     io.Writer
	waiting int  // calls of the host that are not answered
	settled bool // the outcome has been said
	stopped atomic.Bool
}

// child runs one call: it makes the engine ready, then waits for what to do.
func child(in io.Reader, out io.Writer) {
	e := &engine{in: in, out: out}
	if e.prepare() != nil || jail.Greet(out) != nil {
		return
	}
	message, err := jail.ReadFrame(in, maxTold)
	if err != nil {
		return
	}
	var a asked
	if err := json.Unmarshal(message, &a); err != nil {
		return
	}
	e.vm.SetMemoryLimit(uintptr(a.Heap))
	go e.watch(a.CPU)
	e.run(a)
	_, _ = in.Read(make([]byte, 1)) // whoever asked looks at what this process held, and ends it
}

func (e *engine) prepare() (err error) {
	if e.vm, err = quickjs.NewVM(); err != nil {
		return err
	}
	if err := e.vm.RegisterHostFunc("__send", e.send); err != nil {
		return err
	}
	e.runtime, err = e.vm.EvalValue(runtimeLine, quickjs.EvalGlobal)
	return err
}

// watch interrupts the plugin when its processor time is used up. What the engine cannot interrupt, the parent kills.
func (e *engine) watch(limit time.Duration) {
	began, err := jail.CPU(0)
	clock := time.Now()
	for {
		time.Sleep(watchEvery)
		used := time.Since(clock)
		if err == nil {
			now, _ := jail.CPU(0)
			used = now - began
		}
		if used >= limit {
			e.stopped.Store(true)
			e.vm.Interrupt()
		}
	}
}

// run runs the plugin. Where that does not lead to an outcome, it says why.
func (e *engine) run(a asked) {
	err := e.tell("start", string(a.Given))
	if err == nil {
		err = e.load(a.Bundle)
	}
	if err == nil && !e.settled {
		err = e.tell("run", "")
	}
	if err == nil && !e.settled {
		err = e.pump()
	}
	if !e.settled {
		e.broke(err)
	}
}

func (e *engine) load(bundle string) error {
	loaded, err := e.vm.EvalValue(bundleHead+bundle+bundleTail, quickjs.EvalGlobal)
	if err != nil {
		return err
	}
	return e.tell("load", loaded)
}

// tell calls the runtime.
func (e *engine) tell(what string, value any) error {
	_, err := e.runtime.Call(quickjs.UndefinedValue, what, value)
	return err
}

// pump carries on whatever waits for a promise, and hands the host's answers to the plugin, until the outcome is said.
func (e *engine) pump() error {
	for !e.settled {
		ran, err := e.vm.ExecutePendingJobs()
		switch {
		case e.settled:
			return nil
		case e.stopped.Load() || isMemory(err):
			return err // which may be nil: the engine turns what it cannot catch into promises that are not kept
		case ran > 0:
			continue
		case e.waiting == 0:
			e.say(said{Op: opStuck})
			return nil
		}
		message, err := jail.ReadFrame(e.in, maxTold)
		if err != nil {
			return err
		}
		e.waiting--
		if err := e.tell("answer", string(message)); err != nil {
			return err
		}
	}
	return nil
}

// broke says why the engine did not come to an outcome.
func (e *engine) broke(err error) {
	var wrong *quickjs.Error
	switch {
	case e.stopped.Load():
		e.say(said{Op: opTimeout})
	case isMemory(err):
		e.say(said{Op: opMemory})
	case errors.As(err, &wrong):
		e.sayJSON(opThrown, thrown{Message: wrong.Error(), Stack: wrong.Stack})
	default:
		e.sayJSON(opThrown, thrown{Message: "The plugin broke off."})
	}
}

func isMemory(err error) bool {
	return err != nil && strings.HasSuffix(err.Error(), outOfMemory)
}

const outOfMemory = "InternalError: out of memory"

// send is what the runtime says: what, number, name, text. A failure is thrown where the runtime called.
func (e *engine) send(args []any) (any, error) {
	if len(args) != 4 {
		return nil, errors.New("send takes four values")
	}
	op, _ := args[0].(string)
	id, _ := args[1].(int)
	name, _ := args[2].(string)
	text, isText := args[3].(string)
	if !isText || e.settled {
		return nil, nil
	}
	m := said{Op: op, ID: int64(id), Name: name}
	switch op {
	case opLog:
		m.Text = text[:min(len(text), MaxLogs)]
	case opThrown:
		var t thrown
		if json.Unmarshal([]byte(text), &t) == nil && t.Message == outOfMemory {
			m.Op = opMemory
			break
		}
		m.Args = json.RawMessage(text)
	default:
		if len(text) > maxFrame-1024 {
			return nil, errors.New("this is too large to leave the plugin")
		}
		m.Args = json.RawMessage(text)
	}
	if e.stopped.Load() {
		return nil, nil
	}
	e.say(m)
	if op == opCall {
		e.waiting++
	}
	return nil, nil
}

func (e *engine) sayJSON(op string, value any) {
	args, err := json.Marshal(value)
	if err == nil {
		e.say(said{Op: op, Args: args})
	}
}

// say sends a message. One that is no JSON, or cannot be sent any more, says nothing; the parent knows what that means.
func (e *engine) say(m said) {
	message, err := json.Marshal(m)
	if err != nil {
		return
	}
	_ = jail.WriteFrame(e.out, message)
	e.settled = e.settled || m.Op != opCall && m.Op != opLog
}
