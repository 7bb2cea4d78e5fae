package plugins

import (
	"context"
	"slices"
	"strings"

	"pegasus/accounts"
)

// Bounds of a diff.
const (
	MaxDiffLines = 4000 // that it shows in all
	diffContext  = 3    // lines around a change
	// maxEdits is how many lines of a file may differ before all between its first and its last change counts as changed.
	maxEdits = 1000
)

// FileDiff is how a file differs between two versions.
type FileDiff struct {
	Type    OperationType
	File    string
	Added   int // lines
	Removed int
	Hunks   []Hunk
	Cut     bool // there is more of it than is shown
}

// Hunk is a run of changed lines with what stands around them. Starts count from 1, and are 0 where the side has no lines.
type Hunk struct {
	OldStart, OldLines int
	NewStart, NewLines int
	Lines              []DiffLine
}

// DiffLine is a line of a hunk. Old and New are its numbers, 0 on the side where it is not.
type DiffLine struct {
	Old, New int
	Text     string // without its end
}

// Diff returns how the files of a plugin that the actor may look at differ from version from (0 for no files) to version to,
// by path.
func (s *Service) Diff(ctx context.Context, actor accounts.User, id string, from, to int) ([]FileDiff, error) {
	p, err := s.visible(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	if from < 0 || to < 0 {
		return nil, ErrVersionNotFound
	}
	before, err := s.files(ctx, p, from)
	if err != nil {
		return nil, err
	}
	after, err := s.files(ctx, p, to)
	if err != nil {
		return nil, err
	}
	return DiffFiles(before, after), nil
}

// DiffFiles returns how two states of a project differ, by path.
func DiffFiles(before, after []File) []FileDiff {
	had, room := contents(before), MaxDiffLines
	changed := operations(before, after)
	slices.SortFunc(changed, func(a, b Operation) int { return strings.Compare(a.File, b.File) })
	diffs := make([]FileDiff, 0, len(changed))
	for _, op := range changed {
		d := FileDiff{Type: op.Type, File: op.File}
		lines := diffLines(splitLines(had[op.File]), splitLines(op.Content))
		for _, l := range lines {
			if l.Old == 0 {
				d.Added++
			} else if l.New == 0 {
				d.Removed++
			}
		}
		for _, h := range hunks(lines) {
			if len(h.Lines) > room {
				d.Cut = true
				break
			}
			room -= len(h.Lines)
			d.Hunks = append(d.Hunks, h)
		}
		diffs = append(diffs, d)
	}
	return diffs
}

// splitLines returns the lines of a text without their ends. The end of the last line is not one more line.
func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// diffLines returns all lines of both texts in order, removed ones before those that stand in their place.
func diffLines(old, now []string) []DiffLine {
	start := 0
	for start < len(old) && start < len(now) && old[start] == now[start] {
		start++
	}
	end := 0
	for end < len(old)-start && end < len(now)-start && old[len(old)-1-end] == now[len(now)-1-end] {
		end++
	}
	lines := make([]DiffLine, 0, max(len(old), len(now)))
	for i := range start {
		lines = append(lines, DiffLine{i + 1, i + 1, old[i]})
	}
	i, j := start, start
	for _, pair := range common(old[start:len(old)-end], now[start:len(now)-end]) {
		lines, i, j = replaced(lines, old, now, i, start+pair[0], j, start+pair[1])
		lines = append(lines, DiffLine{i + 1, j + 1, old[i]})
		i, j = i+1, j+1
	}
	lines, i, j = replaced(lines, old, now, i, len(old)-end, j, len(now)-end)
	for ; i < len(old); i, j = i+1, j+1 {
		lines = append(lines, DiffLine{i + 1, j + 1, old[i]})
	}
	return lines
}

func replaced(lines []DiffLine, old, now []string, i, toOld, j, toNow int) ([]DiffLine, int, int) {
	for ; i < toOld; i++ {
		lines = append(lines, DiffLine{Old: i + 1, Text: old[i]})
	}
	for ; j < toNow; j++ {
		lines = append(lines, DiffLine{New: j + 1, Text: now[j]})
	}
	return lines, i, j
}

// common returns the places of the lines that both have, by the shortest edit of Myers, or none where that is longer than
// maxEdits.
func common(a, b []string) (pairs [][2]int) {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	most := min(len(a)+len(b), maxEdits)
	reached := make([]int32, 2*most+3) // how far each diagonal has come in a, at k + most + 1
	var trace [][]int32                // what reached was before each edit, from diagonal -d on
	for d := 0; d <= most; d++ {
		trace = append(trace, slices.Clone(reached[most+1-d:most+2+d]))
		for k := -d; k <= d; k += 2 {
			at := k + most + 1
			x := int(reached[at-1]) + 1
			if k == -d || k != d && reached[at-1] < reached[at+1] {
				x = int(reached[at+1])
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reached[at] = int32(x)
			if x >= len(a) && x-k >= len(b) {
				return walkBack(trace, len(a), len(b))
			}
		}
	}
	return nil
}

// walkBack follows the edits from the ends x and y of both texts to their beginnings.
func walkBack(trace [][]int32, x, y int) (pairs [][2]int) {
	for d := len(trace) - 1; d > 0; d-- {
		before, k := trace[d], x-y
		at := func(k int) int {
			if k < -d || k > d {
				return -1
			}
			return int(before[k+d])
		}
		fromK := k - 1
		if k == -d || k != d && at(k-1) < at(k+1) {
			fromK = k + 1
		}
		fromX := at(fromK)
		fromY := fromX - fromK
		for x > fromX && y > fromY {
			x, y = x-1, y-1
			pairs = append(pairs, [2]int{x, y})
		}
		x, y = fromX, fromY
	}
	for x > 0 && y > 0 {
		x, y = x-1, y-1
		pairs = append(pairs, [2]int{x, y})
	}
	slices.Reverse(pairs)
	return pairs
}

// hunks leaves out the lines that are far from any change.
func hunks(lines []DiffLine) (found []Hunk) {
	last := -1 // the last line that belongs to the hunk that is open
	for i, l := range lines {
		if l.Old != 0 && l.New != 0 {
			continue
		}
		from := max(i-diffContext, last+1)
		if last < 0 || from > last+1 {
			found = append(found, Hunk{})
		}
		to := min(i+diffContext, len(lines)-1)
		h := &found[len(found)-1]
		for _, l := range lines[from : to+1] {
			h.add(l)
		}
		last = to
	}
	return found
}

func (h *Hunk) add(l DiffLine) {
	h.Lines = append(h.Lines, l)
	if l.Old != 0 {
		h.OldLines++
		if h.OldStart == 0 {
			h.OldStart = l.Old
		}
	}
	if l.New != 0 {
		h.NewLines++
		if h.NewStart == 0 {
			h.NewStart = l.New
		}
	}
}
