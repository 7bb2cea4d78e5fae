// Package compile turns the files of a plugin into one script, in memory.
//
// Only the project's own files and the module "pegasus" can be imported: the resolver knows nothing else, and the compiler
// runs in a child process that can open nothing (package jail) and is killed at its time. Types are not checked: they are
// taken out. What is cheap to know is checked: the manifest against its rules, that there is a default export, and, where a
// Probe is given, that the plugin handles what its manifest promises.
package compile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/plugins/jail"
	"pegasus/plugins/manifest"
)

// Limits of building.
const (
	within      = 5 * time.Second // the compiler's time, from when it is its turn
	waitWithin  = 15 * time.Second
	maxWaiting  = 16
	maxBundle   = 2 << 20
	maxProblems = 2 * maxErrors
)

// Result is what became of a project.
type Result struct {
	Success  bool
	Output   string // what a terminal would show, for people: a line for each problem, or what was made
	Errors   []manifest.Problem
	Warnings []manifest.Problem
	Manifest manifest.Manifest // whole where there was success
	Bundle   []byte            // the script, only with success
	Map      []byte            // its source map, without the sources; kept beside the bundle, to say where it failed
	Took     time.Duration
}

// Options are what a Compiler needs.
type Options struct {
	Workers int // bundles made at a time; 2 where it is 0
	// Probe loads a bundle and returns what it handles; sandbox.Pool.Probe does. An error of it that has a Problem is the
	// project's, others are ours. nil leaves that check out.
	Probe  func(ctx context.Context, bundle, sourceMap []byte) (manifest.Handlers, error)
	Logger *slog.Logger // for what goes wrong on our side; nil for none
}

// blamed is an error that is a problem of the project, as sandbox.Fault is.
type blamed interface {
	error
	Problem() manifest.Problem
}

// Compiler builds plugins, a few at a time. It is safe for concurrent use.
type Compiler struct {
	options Options
	stock   *jail.Stock
	slots   chan struct{}
	waiting chan struct{}
}

// New returns a Compiler that its owner must close. Its program must call jail.Main with Child.
func New(o Options) *Compiler {
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Compiler{
		options: o, stock: jail.NewStock(Child.Name, 1),
		slots: make(chan struct{}, o.Workers), waiting: make(chan struct{}, o.Workers+maxWaiting),
	}
}

// Close ends the processes that wait. Builds that run end first.
func (c *Compiler) Close() {
	for range cap(c.slots) {
		c.slots <- struct{}{}
	}
	c.stock.Close()
}

// Build compiles a project. All that is wrong with the project is in the Result. The error is for the rest: Unavailable
// (COMPILER_BUSY) where too many wait, an internal one, or ctx's.
func (c *Compiler) Build(ctx context.Context, files []File) (Result, error) {
	began := time.Now()
	result, err := c.build(ctx, files)
	if err != nil {
		return Result{}, err
	}
	result.Success = len(result.Errors) == 0
	result.Took = time.Since(began)
	if !result.Success {
		result.Bundle, result.Map = nil, nil
	}
	result.Output = output(result, len(files))
	return result, nil
}

func (c *Compiler) build(ctx context.Context, files []File) (r Result, err error) {
	if r.Errors = CheckFiles(files); len(r.Errors) > 0 {
		return r, nil
	}
	text, there := contentOf(files, manifest.File)
	if !there {
		r.Errors = []manifest.Problem{{File: manifest.File, Text: "There is no manifest.json: it says what the plugin is called and answers to."}}
		return r, nil
	}
	r.Manifest, r.Errors = manifest.Parse([]byte(text))
	r.Errors = append(r.Errors, checkSources(files)...)
	main := r.Manifest.Main
	if main == "" {
		main = manifest.DefaultMain
	}
	if _, there := contentOf(files, main); !there {
		r.Errors = append(r.Errors, manifest.Problem{File: manifest.File, Line: 1, Column: 1, Text: fmt.Sprintf("There is no file %.80q, which the plugin begins with.", main)})
		return r, nil
	}
	if ext := path.Ext(main); ext != ".ts" && ext != ".js" {
		r.Errors = append(r.Errors, manifest.Problem{File: manifest.File, Line: 1, Column: 1, Text: `"main" is a .ts or a .js file.`})
		return r, nil
	}
	made, err := c.bundle(ctx, asked{Main: main, Files: files})
	if err != nil {
		return r, err
	}
	r.Errors = append(r.Errors, made.Errors...)
	r.Warnings, r.Bundle, r.Map = made.Warnings, []byte(made.Bundle), []byte(made.Map)
	if len(r.Errors) > 0 || c.options.Probe == nil {
		return r, nil
	}
	handled, err := c.options.Probe(ctx, r.Bundle, r.Map)
	if wrong := blamed(nil); errors.As(err, &wrong) {
		r.Errors = []manifest.Problem{wrong.Problem()}
		return r, nil
	}
	r.Errors = r.Manifest.Compare([]byte(text), handled)
	return r, err
}

// bundle has a child make the bundle, when it is this build's turn.
func (c *Compiler) bundle(ctx context.Context, a asked) (answered, error) {
	select {
	case c.waiting <- struct{}{}:
		defer func() { <-c.waiting }()
	default:
		return answered{}, busy(nil)
	}
	patience, cancel := context.WithTimeout(ctx, waitWithin)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-patience.Done():
		if ctx.Err() != nil {
			return answered{}, ctx.Err()
		}
		return answered{}, busy(nil)
	}
	process, err := c.stock.Take(patience)
	if err != nil {
		return answered{}, busy(err)
	}
	defer process.Kill()
	limit, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	defer context.AfterFunc(limit, process.Kill)()
	message, err := json.Marshal(a)
	if err != nil {
		return answered{}, err
	}
	// A child that dies while it is told has nothing to answer either, and that is what counts.
	_ = jail.WriteFrame(process.In, message)
	answer, err := jail.ReadFrame(process.Out, maxAnswered)
	if err == nil {
		return c.accept(answer)
	}
	process.Kill()
	switch words := process.LastWords(); {
	case ctx.Err() != nil:
		return answered{}, ctx.Err()
	case limit.Err() != nil:
		return whole("This takes longer to compile than the 5 seconds that there are. Is it nested very deep, or very large?"), nil
	case strings.Contains(words, "memory") || strings.Contains(words, "stack"):
		return whole("This takes more memory to compile than there is. Is it nested very deep, or very large?"), nil
	default:
		c.options.Logger.ErrorContext(ctx, "the compiler's process ended", "error", err, "words", words)
		return whole("The compiler broke off over this project."), nil
	}
}

// accept reads what a child answered, believing nothing of its shape.
func (c *Compiler) accept(message []byte) (answered, error) {
	var a answered
	if err := json.Unmarshal(message, &a); err != nil {
		return a, fmt.Errorf("compile: the child answered no JSON: %w", err)
	}
	if len(a.Bundle) > maxBundle {
		return whole("The compiled plugin is larger than 2 MB."), nil
	}
	if a.Bundle == "" && len(a.Errors) == 0 {
		return a, errors.New("compile: the child answered neither a bundle nor errors")
	}
	a.Errors = a.Errors[:min(len(a.Errors), maxProblems)]
	a.Warnings = a.Warnings[:min(len(a.Warnings), maxProblems)]
	return a, nil
}

// whole is the answer about a project as a whole.
func whole(text string) answered {
	return answered{Errors: []manifest.Problem{{Text: text}}}
}

func busy(cause error) error {
	return fault.Away("COMPILER_BUSY", "Too much is being compiled now. Please try again in a moment.", cause)
}

func contentOf(files []File, name string) (string, bool) {
	for _, f := range files {
		if f.Path == name {
			return f.Content, true
		}
	}
	return "", false
}

func output(r Result, files int) string {
	var b strings.Builder
	for _, p := range r.Errors {
		fmt.Fprintf(&b, "error: %s\n", p)
	}
	for _, p := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", p)
	}
	if r.Success {
		fmt.Fprintf(&b, "%s: %d files compiled to %.1f KB in %d ms. Types are taken out, not checked.\n",
			r.Manifest.Name, files, float64(len(r.Bundle))/1024, r.Took.Milliseconds())
	} else {
		fmt.Fprintf(&b, "Not compiled: %d to put right.\n", len(r.Errors))
	}
	return b.String()
}
