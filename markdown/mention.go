package markdown

import (
	"github.com/yuin/goldmark/ast"
	ghtml "github.com/yuin/goldmark/renderer/html"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var kindMention = ast.NewNodeKind("Mention")

// mention is an @name in a text. Whether somebody has that name is decided where it is shown.
type mention struct {
	ast.BaseInline
	name []byte
}

func (m *mention) Kind() ast.NodeKind { return kindMention }

func (m *mention) Dump(source []byte, level int) {
	ast.DumpHelper(m, source, level, map[string]string{"Name": string(m.name)}, nil)
}

type mentionParser struct{}

func (mentionParser) Trigger() []byte { return []byte{'@'} }

func (mentionParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if nameRune(byte(before)) && before < 128 || before == '@' || before == '/' {
		return nil
	}
	line, _ := block.PeekLine()
	end := 1
	for end < len(line) && end <= 64 && nameRune(lower(line[end])) {
		end++
	}
	for end > 1 && (line[end-1] == '.' || line[end-1] == '-' || line[end-1] == '_') {
		end-- // the end of a sentence is not the end of a name
	}
	if end == 1 || end < len(line) && line[end] == '@' {
		return nil
	}
	name := make([]byte, end-1)
	for i := range name {
		name[i] = lower(line[i+1])
	}
	block.Advance(end)
	return &mention{name: name}
}

func nameRune(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
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
