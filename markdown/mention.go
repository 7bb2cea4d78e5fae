package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	ghtml "github.com/yuin/goldmark/renderer/html"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var kindMention = ast.NewNodeKind("Mention")

// mention is an @name of somebody who has it.
type mention struct {
	ast.BaseInline
	name []byte
}

func (m *mention) Kind() ast.NodeKind { return kindMention }

func (m *mention) Dump(source []byte, level int) {
	ast.DumpHelper(m, source, level, map[string]string{"Name": string(m.name)}, nil)
}

// maxName is the longest name that can be mentioned, in bytes.
const maxName = 64

// mentioned is where a parser's context holds the func(name string) bool that tells which names are mentions.
var mentioned = parser.NewContextKey()

// mentionParser takes the longest name behind an @ that somebody has: @ada.b is the mention of ada.b, or of ada where there
// is only her. Code, addresses and links never come here, for their parsers take them whole.
type mentionParser struct{}

func (mentionParser) Trigger() []byte { return []byte{'@'} }

func (mentionParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	is, _ := pc.Get(mentioned).(func(string) bool)
	if before := block.PrecendingCharacter(); is == nil || continues(before) || before == '@' || before == '/' {
		return nil
	}
	line, _ := block.PeekLine()
	run := line[1:]
	end := 0
	for end < len(run) && nameByte(run[end]) {
		end++
	}
	after, _ := utf8.DecodeRune(run[end:])
	if end == 0 || !letterOrDigit(run[0]) || after == '@' {
		return nil // no name, an address, or a name in another system
	}
	whole := end == len(run) || !continues(after)
	for ; end > 0; end-- {
		inside := end < len(run) && letterOrDigit(run[end])
		if !letterOrDigit(run[end-1]) || inside || end > maxName {
			continue
		}
		name := strings.ToLower(string(run[:end]))
		if (whole || end < len(run) && nameByte(run[end])) && is(name) {
			block.Advance(1 + end)
			return &mention{name: []byte(name)}
		}
	}
	return nil
}

// nameByte reports whether a username may hold this byte. It begins and ends with a letter or digit.
func nameByte(c byte) bool { return letterOrDigit(c) || c == '.' || c == '_' || c == '-' }

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// continues reports whether a word that has a name at its edge goes on with this rune. Scripts that are written without
// spaces set no spaces around a name either.
func continues(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana,
		unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

type mentionRenderer struct{}

func (mentionRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindMention, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			name := n.(*mention).name
			w.WriteString(`<span class="mention" data-mention="`)
			w.Write(name)
			w.WriteString(`">@`)
			w.Write(name)
			w.WriteString(`</span>`)
		}
		return ast.WalkSkipChildren, nil
	})
}

// literalHTML shows raw HTML and images as the text that they were written as: a picture from elsewhere would tell
// that place who reads it.
type literalHTML struct{}

func (literalHTML) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			segments := n.(*ast.RawHTML).Segments
			for i := range segments.Len() {
				segment := segments.At(i)
				ghtml.DefaultWriter.RawWrite(w, segment.Value(source))
			}
		}
		return ast.WalkSkipChildren, nil
	})
	reg.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		block := n.(*ast.HTMLBlock)
		if !entering {
			if block.HasClosure() {
				ghtml.DefaultWriter.RawWrite(w, block.ClosureLine.Value(source))
			}
			w.WriteString("</p>\n")
			return ast.WalkContinue, nil
		}
		w.WriteString("<p>")
		lines := block.Lines()
		for i := range lines.Len() {
			line := lines.At(i)
			ghtml.DefaultWriter.RawWrite(w, line.Value(source))
		}
		return ast.WalkContinue, nil
	})
	reg.Register(ast.KindImage, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			destination := n.(*ast.Image).Destination
			w.WriteString(`<a href="`)
			if !ghtml.IsDangerousURL(destination) {
				w.Write(util.EscapeHTML(util.URLEscape(destination, true)))
			}
			w.WriteString(`">`)
			if n.FirstChild() == nil {
				w.Write(util.EscapeHTML(destination))
			}
		} else {
			w.WriteString(`</a>`)
		}
		return ast.WalkContinue, nil
	})
}
