package sandbox

import (
	"fmt"

	"pegasus/plugins/manifest"
)

// Kind says in which way a plugin failed.
type Kind string

// The kinds of faults.
const (
	Timeout Kind = "timeout" // it computed too long, or took too long in all
	Memory  Kind = "memory"  // it needed more memory than there is
	Crashed Kind = "crashed" // its engine broke off
	Thrown  Kind = "thrown"  // it threw an error, or has no function for the event
	Refused Kind = "refused" // it answered what is not allowed, or waits for what will not come
)

// Fault is a failure of a plugin. It is nobody else's: what goes wrong on our side is another error.
type Fault struct {
	Kind Kind
	// Message is for the plugin's author. For Thrown it is the plugin's own words.
	Message string
	// At is where it happened in the plugin's sources, innermost first; empty where that is not known.
	At []Position
}

// Position is a place in a source of the plugin.
type Position struct {
	File         string
	Line, Column int // from 1
}

// Error returns the message, with where it happened.
func (f *Fault) Error() string {
	if len(f.At) == 0 {
		return f.Message
	}
	return fmt.Sprintf("%s (%s:%d)", f.Message, f.At[0].File, f.At[0].Line)
}

// Problem returns the fault as compilers report them.
func (f *Fault) Problem() manifest.Problem {
	if len(f.At) == 0 {
		return manifest.Problem{Text: f.Message}
	}
	return manifest.Problem{File: f.At[0].File, Line: f.At[0].Line, Column: f.At[0].Column, Text: f.Message}
}

func refused(format string, args ...any) *Fault {
	return &Fault{Kind: Refused, Message: fmt.Sprintf(format, args...)}
}
