package sandbox

import (
	"encoding/json"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// maxFrames is how many places of a stack are kept.
const maxFrames = 10

// frame is a place in a stack as QuickJS writes it: "    at roll (<eval>:12:5)".
var frame = regexp.MustCompile(`<eval>:(\d{1,7})(?::(\d{1,7}))?\)?$`)

// locate finds the places of a stack in the plugin's sources. What is not the plugin's, or not in the map, is left out.
func locate(stack string, sourceMap []byte) []Position {
	var m segments
	var found []Position
	for line := range strings.Lines(stack) {
		parts := frame.FindStringSubmatch(strings.TrimSpace(line))
		if parts == nil || len(found) == maxFrames {
			continue
		}
		row, _ := strconv.Atoi(parts[1])
		column, _ := strconv.Atoi(parts[2])
		if row < bundleBegins {
			continue
		}
		if m == nil {
			if m = readMap(sourceMap); m == nil {
				return nil
			}
		}
		if p, known := m.at(row-bundleBegins, max(column-1, 0)); known {
			found = append(found, p)
		}
	}
	return found
}

// segment says where what begins at a column of a line of the bundle comes from.
type segment struct {
	column int
	from   Position
}

// segments are those of each line of the bundle, by column.
type segments [][]segment

func (s segments) at(line, column int) (Position, bool) {
	if line >= len(s) || len(s[line]) == 0 {
		return Position{}, false
	}
	row := s[line]
	i := sort.Search(len(row), func(i int) bool { return row[i].column > column })
	p := row[max(i-1, 0)].from
	return p, p.File != ""
}

// readMap reads a source map as esbuild writes it, nil where it is none. Source: https://tc39.es/ecma426/.
func readMap(text []byte) segments {
	var m struct {
		Sources  []string `json:"sources"`
		Mappings string   `json:"mappings"`
	}
	if json.Unmarshal(text, &m) != nil || m.Mappings == "" {
		return nil
	}
	var all segments
	var source, line, column int
	for row := range strings.SplitSeq(m.Mappings, ";") {
		var found []segment
		at := 0
		for field := range strings.SplitSeq(row, ",") {
			n := decode(field)
			if len(n) < 1 {
				continue
			}
			at += n[0]
			s := segment{column: at}
			if len(n) >= 4 {
				source, line, column = source+n[1], line+n[2], column+n[3]
				if source >= 0 && source < len(m.Sources) {
					// Only a project's own files are named; the rest of the bundle is ours.
					if file, own := strings.CutPrefix(m.Sources[source], "project:"); own {
						s.from = Position{File: file, Line: line + 1, Column: column + 1}
					}
				}
			}
			found = append(found, s)
		}
		all = append(all, found)
	}
	return all
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// decode reads the numbers of a segment: base64 digits of 5 bits, the lowest first, the sign in the lowest bit.
func decode(field string) []int {
	var numbers []int
	value, shift := 0, 0
	for _, c := range []byte(field) {
		digit := strings.IndexByte(base64, c)
		if digit < 0 || shift > 30 {
			return nil
		}
		value |= (digit & 31) << shift
		shift += 5
		if digit&32 != 0 {
			continue
		}
		if value&1 != 0 {
			value = -value
		}
		numbers = append(numbers, value/2)
		value, shift = 0, 0
	}
	return numbers
}
