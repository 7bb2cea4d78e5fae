package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var kindCustom = ast.NewNodeKind("CustomEmoji")

// custom is a :name: that no emoji of Unicode has. Whether a workspace has one is decided where it is shown, so that what is
// stored stays right when one comes, goes or gets another name.
type custom struct {
	ast.BaseInline
	written []byte // with its colons
}

func (c *custom) Kind() ast.NodeKind { return kindCustom }

func (c *custom) Dump(source []byte, level int) {
	ast.DumpHelper(c, source, level, map[string]string{"Written": string(c.written)}, nil)
}

// maxShortcode is the longest name of an emoji, in bytes.
const maxShortcode = 32

// customParser takes what the parser of emoji, which comes before it, has left.
type customParser struct{}

func (customParser) Trigger() []byte { return []byte{':'} }

func (customParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	end := 1
	for end < len(line) && end <= maxShortcode && shortcodeByte(line[end]) {
		end++
	}
	if end < 2 || end >= len(line) || line[end] != ':' || continues(block.PrecendingCharacter()) || !bytes.ContainsFunc(line[1:end], isLetter) {
		return nil
	}
	block.Advance(end + 1)
	return &custom{written: line[:end+1]}
}

func shortcodeByte(c byte) bool { return letterOrDigit(c) || c == '_' || c == '-' || c == '+' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

type customRenderer struct{}

func (customRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindCustom, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			written := n.(*custom).written
			w.WriteString(`<span data-emoji="`)
			w.Write(bytes.ToLower(written[1 : len(written)-1]))
			w.WriteString(`">`)
			w.Write(written)
			w.WriteString(`</span>`)
		}
		return ast.WalkSkipChildren, nil
	})
}
