package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var kindSpoiler = ast.NewNodeKind("Spoiler")

// spoiler is a ||text|| that is covered until its reader asks for it.
type spoiler struct{ ast.BaseInline }

func (s *spoiler) Kind() ast.NodeKind { return kindSpoiler }

func (s *spoiler) Dump(source []byte, level int) { ast.DumpHelper(s, source, level, nil, nil) }

// spoilerParser takes two bars that stand right at what they cover, so that a || b stays an expression.
type spoilerParser struct{}

func (spoilerParser) Trigger() []byte { return []byte{'|'} }

func (spoilerParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	bars := parser.ScanDelimiter(line, before, 2, spoilerBars{})
	if bars == nil || bars.OriginalLength != 2 || before == '|' {
		return nil
	}
	bars.Segment = segment.WithStop(segment.Start + bars.OriginalLength)
	block.Advance(bars.OriginalLength)
	pc.PushDelimiter(bars)
	return bars
}

func (spoilerParser) CloseBlock(ast.Node, text.Reader, parser.Context) {}

type spoilerBars struct{}

func (spoilerBars) IsDelimiter(b byte) bool { return b == '|' }

func (spoilerBars) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (spoilerBars) OnMatch(int) ast.Node { return &spoiler{} }

type spoilerRenderer struct{}

func (spoilerRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindSpoiler, func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString(`<span class="spoiler">`)
		} else {
			w.WriteString(`</span>`)
		}
		return ast.WalkContinue, nil
	})
}
