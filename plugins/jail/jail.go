// Package jail runs work that may be hostile in a child process of this program, which can be given up at any moment.
//
// A program calls Main first of all, with the kinds of work that it knows. A Starter starts the program again as such a
// child: with an empty environment, in the root folder, with no descriptors but three pipes, at a low priority and in a group
// of its own, dying with the program that started it. On Linux the child then limits its own memory, processor time and files
// for good, and gives up every system call but those that a Go program needs to compute and to use its pipes: it cannot open
// a file or a connection, start a program or signal another one. What a kernel does not offer of this is left out.
package jail

import (
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// Work is what a child does.
type Work struct {
	Name   string // the first argument of the child, unlike any command of the program
	Limits Limits
	// Run reads what is asked from in and writes what is answered to out. The child ends when it returns.
	Run func(in io.Reader, out io.Writer)
}

// Limits hold for the whole life of a child.
type Limits struct {
	Memory int64         // bytes of data that it may map; over it, it dies
	Heap   int64         // bytes at which Go collects its garbage eagerly
	Stack  int           // bytes of stack of one goroutine; over it, it dies
	CPU    time.Duration // processor time, in whole seconds; over it, it dies
}

// Main does the work that the process was started for and exits, or returns where it was started for no such work.
// It must be called before anything else, by tests as well: the program that they are is what is started.
func Main(works ...Work) {
	if len(os.Args) != 2 {
		return
	}
	for _, w := range works {
		if w.Name == os.Args[1] {
			runtime.GOMAXPROCS(1)
			debug.SetTraceback("none")
			debug.SetMemoryLimit(w.Limits.Heap)
			debug.SetMaxStack(w.Limits.Stack)
			confine(w.Limits)
			w.Run(os.Stdin, os.Stdout)
			os.Exit(0)
		}
	}
}
