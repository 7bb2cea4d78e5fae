package openai

import (
	"strings"

	"pegasus/plugins"
)

// The form in which a model says what to change. Every tag stands in a line of its own:
//
//	<file path="main.ts">            a whole file, new or in place of what stood there
//	…
//	</file>
//	<edit path="main.ts">            one or more replacements, each of a text that stands in the file exactly once
//	<<<<<<< SEARCH
//	…
//	=======
//	…
//	>>>>>>> REPLACE
//	</edit>
//	<delete path="old.ts"/>
//
// Everything else is said to the person. A code fence right around a tag or inside of one is taken off, since many models
// write one out of habit; so is what a model thinks aloud between <think> and </think>.

type state uint8

const (
	prose state = iota
	thinking
	whole   // inside of <file>
	between // inside of <edit>, outside of a replacement
	search  // behind <<<<<<< SEARCH
	replace // behind =======
)

// parser reads an answer as it comes. The zero value is ready for an answer's first piece.
type parser struct {
	say func(plugins.Piece)

	state   state
	line    strings.Builder // what has come of the line under way
	told    int             // bytes of it that were said already
	quoted  string          // a code fence that may belong to a tag, held back
	path    string
	body    []string // lines of the file, or of the text under way
	old     []string
	edits   []plugins.Edit
	changes []plugins.Change
	text    strings.Builder
	broken  bool // something began that did not end as it should
}

// write takes the next piece of an answer.
func (p *parser) write(piece string) {
	for piece != "" {
		part, rest, ended := strings.Cut(piece, "\n")
		p.line.WriteString(part)
		if ended {
			line := p.line.String()
			p.line.Reset()
			p.take(strings.TrimSuffix(line, "\r"), true)
			p.told = 0
		} else {
			p.early()
		}
		piece = rest
	}
}

// early says of a line that is not over what cannot be part of a tag.
func (p *parser) early() {
	line := strings.TrimSuffix(p.line.String(), "\r")
	start := strings.TrimLeft(line, " \t")
	if p.state != prose || start == "" || strings.ContainsAny(start[:1], "<`") && p.told == 0 {
		return
	}
	p.release()
	p.tell(line[p.told:])
	p.told = len(line)
}

// end takes the end of an answer. complete says that the model ended it by itself: then a file that lacks its end is taken.
func (p *parser) end(complete bool) {
	if line := p.line.String(); line != "" {
		p.line.Reset()
		p.take(strings.TrimSuffix(line, "\r"), false)
	}
	switch p.state {
	case whole:
		if complete && len(p.body) > 0 {
			p.closeFile()
		} else {
			p.broken = true
		}
	case search, replace:
		p.broken = true
	case between:
		p.closeEdit()
	}
	p.release()
}

// take takes a line that is over.
func (p *parser) take(line string, ended bool) {
	trimmed := strings.TrimSpace(line)
	switch p.state {
	case thinking:
		if strings.Contains(trimmed, "</think>") {
			p.state = prose
		}
	case whole:
		if trimmed == "</file>" {
			p.closeFile()
			return
		}
		p.body = append(p.body, line)
	case between:
		switch {
		case trimmed == "</edit>":
			p.closeEdit()
		case marker(trimmed, '<', "SEARCH"):
			p.state, p.body = search, nil
		}
	case search:
		if marker(trimmed, '=', "") {
			p.state, p.old, p.body = replace, p.body, nil
			return
		}
		p.body = append(p.body, line)
	case replace:
		if marker(trimmed, '>', "REPLACE") {
			p.edits = append(p.edits, plugins.Edit{Old: strings.Join(p.old, "\n"), New: strings.Join(p.body, "\n")})
			p.state, p.body, p.old = between, nil, nil
			return
		}
		p.body = append(p.body, line)
	default:
		p.prose(line, trimmed, ended)
	}
}

func (p *parser) prose(line, trimmed string, ended bool) {
	if p.told == 0 {
		if p.open(trimmed) {
			return
		}
		if fenced(trimmed) {
			if p.quoted != "" && trimmed == "```" {
				p.quoted = "" // nothing is left between the two
				return
			}
			p.release()
			p.quoted = line + "\n"
			return
		}
	}
	p.release()
	rest := line[min(p.told, len(line)):]
	if ended {
		rest += "\n"
	}
	p.tell(rest)
}

// open begins what a tag begins.
func (p *parser) open(line string) bool {
	switch {
	case line == "<think>" || strings.HasPrefix(line, "<think>") && !strings.Contains(line, "</think>"):
		p.state = thinking
		return true
	case strings.HasPrefix(line, "<delete "):
		if path, ok := pathOf(line, "<delete ", "/>"); ok {
			p.begin(path)
			p.changes = append(p.changes, plugins.Change{Type: plugins.Delete, File: path})
			return true
		}
	case strings.HasPrefix(line, "<file "):
		if path, ok := pathOf(line, "<file ", ">"); ok {
			p.begin(path)
			p.state, p.body = whole, nil
			return true
		}
	case strings.HasPrefix(line, "<edit "):
		if path, ok := pathOf(line, "<edit ", ">"); ok {
			p.begin(path)
			p.state, p.edits = between, nil
			return true
		}
	}
	return false
}

func (p *parser) begin(path string) {
	if p.quoted != "" {
		p.quoted = "```" // so that the end of the fence is taken for nothing more than that
	}
	p.path = path
	p.say(plugins.Piece{File: path})
}

func (p *parser) closeFile() {
	body := p.body
	for len(body) > 0 && strings.TrimSpace(body[0]) == "" {
		body = body[1:]
	}
	for len(body) > 0 && strings.TrimSpace(body[len(body)-1]) == "" {
		body = body[:len(body)-1]
	}
	if len(body) > 1 && fenced(strings.TrimSpace(body[0])) && strings.TrimSpace(body[len(body)-1]) == "```" {
		body = body[1 : len(body)-1]
	}
	content := ""
	if len(body) > 0 {
		content = strings.Join(body, "\n") + "\n"
	}
	p.changes = append(p.changes, plugins.Change{Type: plugins.Modify, File: p.path, Content: content})
	p.state, p.body = prose, nil
}

func (p *parser) closeEdit() {
	if len(p.edits) > 0 {
		p.changes = append(p.changes, plugins.Change{Type: plugins.Modify, File: p.path, Edits: p.edits})
	}
	p.state, p.edits = prose, nil
}

// release says a fence that was held back, where no tag came of it.
func (p *parser) release() {
	held := p.quoted
	p.quoted = ""
	if held == "```" {
		return
	}
	p.tell(held)
}

func (p *parser) tell(text string) {
	if text == "" {
		return
	}
	p.text.WriteString(text)
	p.say(plugins.Piece{Text: text})
}

func fenced(line string) bool { return strings.HasPrefix(line, "```") }

// marker reports whether a line is a row of at least five of a sign, with a word behind it or none.
func marker(line string, sign byte, word string) bool {
	n := 0
	for n < len(line) && line[n] == sign {
		n++
	}
	rest := strings.TrimSpace(line[n:])
	return n >= 5 && (rest == "" || word != "" && strings.HasPrefix(rest, word))
}

// pathOf returns the path that a tag names.
func pathOf(line, begin, end string) (path string, ok bool) {
	line, begun := strings.CutPrefix(line, begin)
	line, ended := strings.CutSuffix(line, end)
	if !begun || !ended {
		return "", false
	}
	_, value, found := strings.Cut(strings.TrimSpace(strings.TrimSuffix(line, "/")), "=")
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	return strings.TrimPrefix(value, "./"), found && value != "" && !strings.ContainsAny(value, `"'<>`)
}
