package importer

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Report says what an import has done, or would do.
type Report struct {
	Source  string
	DryRun  bool
	Lines   []*Line
	Notes   []*Note
	Ignored []string // what was not looked at
}

// Line counts the documents of one collection of the source.
type Line struct {
	Collection string
	Read       int
	Brought    int // stored here by this run
	Already    int // here before it
	LeftOut    int
	Kept       int // stored as they are, for parts of the product that are yet to come
}

// Note tells of documents that did not come as they were.
type Note struct {
	Collection string
	Reason     string
	Count      int
	Examples   []string // up to maxExamples
}

const maxExamples = 20

// Line returns the line of a collection.
func (r *Report) Line(collection string) *Line {
	for _, l := range r.Lines {
		if l.Collection == collection {
			return l
		}
	}
	l := &Line{Collection: collection}
	r.Lines = append(r.Lines, l)
	return l
}

// Note counts a document under a reason.
func (r *Report) Note(collection, reason, example string) {
	for _, n := range r.Notes {
		if n.Collection == collection && n.Reason == reason {
			n.add(example)
			return
		}
	}
	n := &Note{Collection: collection, Reason: reason}
	r.Notes = append(r.Notes, n)
	n.add(example)
}

func (n *Note) add(example string) {
	n.Count++
	if len(n.Examples) < maxExamples && example != "" {
		n.Examples = append(n.Examples, example)
	}
}

// LeaveOut counts a document that is not brought.
func (r *Report) LeaveOut(collection, reason, example string) {
	r.Line(collection).LeftOut++
	r.Note(collection, reason, example)
}

// Count returns how many documents a note of a collection counts, 0 where there is none.
func (r *Report) Count(collection, reason string) int {
	for _, n := range r.Notes {
		if n.Collection == collection && n.Reason == reason {
			return n.Count
		}
	}
	return 0
}

// Write writes the report for a person.
func (r *Report) Write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	brought := "brought"
	if r.DryRun {
		brought = "would come"
	}
	fmt.Fprintf(w, "%s\tread\t%s\tthere already\tleft out\tkept for later\t\n", r.Source, brought)
	for _, l := range r.Lines {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", l.Collection, l.Read, l.Brought, l.Already, l.LeftOut, l.Kept)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, n := range r.Notes {
		fmt.Fprintf(out, "\n%s, %d: %s\n", n.Collection, n.Count, n.Reason)
		for _, e := range n.Examples {
			fmt.Fprintf(out, "  %s\n", printable(e))
		}
		if len(n.Examples) > 0 && n.Count > len(n.Examples) {
			fmt.Fprintf(out, "  and %d more\n", n.Count-len(n.Examples))
		}
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(out, "\nNot looked at: %s\n", strings.Join(r.Ignored, ", "))
	}
	if r.DryRun {
		_, err := fmt.Fprintln(out, "\nThis was a dry run: nothing of the source was stored.")
		return err
	}
	return nil
}

// printable keeps the text of strangers from steering the terminal.
func printable(text string) string {
	runes := []rune(text)
	text = string(runes[:min(len(runes), 120)])
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, text)
}
