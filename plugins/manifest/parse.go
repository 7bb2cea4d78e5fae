package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Parse reads a manifest. With no problems it is whole; with any it is as far as it could be read, for showing alone.
func Parse(text []byte) (Manifest, []Problem) {
	var m Manifest
	if len(text) > MaxBytes {
		return m, []Problem{{File: File, Text: "A manifest has at most 64 KB."}}
	}
	if !utf8.Valid(text) {
		return m, []Problem{{File: File, Text: "A manifest is text in UTF-8."}}
	}
	places, err := locate(text)
	if err != nil {
		return m, []Problem{at(text, err.offset, err.text)}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, []Problem{misfit(text, places, err)}
	}
	var problems []Problem
	m.check(func(path, complaint string) {
		if len(problems) < maxComplaints {
			problems = append(problems, at(text, places.of(path), complaint))
		}
	})
	if m.Main == "" {
		m.Main = DefaultMain
	}
	return m, problems
}

// misfit says what does not fit the shape of a manifest.
func misfit(text []byte, places places, err error) Problem {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		path := "/" + strings.ReplaceAll(wrong.Field, ".", "/")
		if wrong.Field == "" {
			return at(text, 0, "A manifest is an object: { … }.")
		}
		// The decoder names fields without their indices, so the place is the end of the value that does not fit.
		return at(text, int(wrong.Offset)-1, fmt.Sprintf("%s is a %s, and should be %s.", lastOf(path), wrong.Value, kindName(wrong.Type.Kind().String())))
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		name = strings.Trim(name, `"`)
		return at(text, places.key(name), fmt.Sprintf("%q is not a key of a manifest here.", name))
	}
	return at(text, 0, "This is not a manifest.")
}

func lastOf(path string) string { return `"` + path[strings.LastIndexByte(path, '/')+1:] + `"` }

func kindName(kind string) string {
	switch kind {
	case "slice":
		return "a list"
	case "struct", "ptr":
		return "an object"
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	}
	return "a text"
}

// places are where values begin, by their path: /commands/0/name.
type places map[string]int

// of returns where a value begins, or its nearest surroundings that are there.
func (p places) of(path string) int {
	for {
		if offset, known := p[path]; known {
			return offset
		}
		slash := strings.LastIndexByte(path, '/')
		if slash <= 0 {
			return 0
		}
		path = path[:slash]
	}
}

// key returns where the first value of a key begins, anywhere.
func (p places) key(name string) int {
	first := -1
	for path, offset := range p {
		if strings.HasSuffix(path, "/"+name) && (first < 0 || offset < first) {
			first = offset
		}
	}
	return max(first, 0)
}

type misplaced struct {
	offset int
	text   string
}

// maxDepth is how deep a manifest may be nested: the shape needs 5.
const maxDepth = 10

// locate finds where every value begins, and refuses what is not JSON or gives a key twice.
func locate(text []byte) (places, *misplaced) {
	found := places{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if bad := found.value(decoder, text, "", 0); bad != nil {
		return nil, bad
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, &misplaced{int(decoder.InputOffset()), "Something follows the manifest."}
	}
	return found, nil
}

func (p places) value(decoder *json.Decoder, text []byte, path string, depth int) *misplaced {
	start := begin(text, int(decoder.InputOffset()))
	token, err := decoder.Token()
	if err != nil {
		return broken(err, start)
	}
	p[path] = start
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == maxDepth {
		return &misplaced{start, "This is nested too deep."}
	}
	for i := 0; decoder.More(); i++ {
		inner := fmt.Sprintf("%s/%d", path, i)
		if delim == '{' {
			keyAt := begin(text, int(decoder.InputOffset()))
			key, err := decoder.Token()
			if err != nil {
				return broken(err, keyAt)
			}
			inner = path + "/" + fmt.Sprint(key)
			if _, twice := p[inner]; twice {
				return &misplaced{keyAt, fmt.Sprintf("The key %q is given twice.", key)}
			}
		}
		if bad := p.value(decoder, text, inner, depth+1); bad != nil {
			return bad
		}
	}
	if _, err := decoder.Token(); err != nil {
		return broken(err, int(decoder.InputOffset()))
	}
	return nil
}

// begin skips what stands between two values.
func begin(text []byte, offset int) int {
	for offset < len(text) && strings.IndexByte(" \t\r\n,:", text[offset]) >= 0 {
		offset++
	}
	return offset
}

func broken(err error, offset int) *misplaced {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &misplaced{int(syntax.Offset) - 1, "This is not JSON: " + strings.TrimPrefix(syntax.Error(), "json: ") + "."}
	}
	return &misplaced{offset, "This is not JSON: it ends too early."}
}

func at(text []byte, offset int, complaint string) Problem {
	offset = min(max(offset, 0), len(text))
	before := text[:offset]
	return Problem{
		File: File, Line: bytes.Count(before, []byte("\n")) + 1, Column: offset - bytes.LastIndexByte(before, '\n'), Text: complaint,
	}
}
