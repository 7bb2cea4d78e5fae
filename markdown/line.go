package markdown

import (
	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
)

// newLine returns what renders a single line: of all blocks it knows paragraphs alone, and in them everything that stands in
// those of a message.
func newLine() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1000)),
			parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		)),
		goldmark.WithExtensions(extension.Strikethrough, newLinkify(), emoji.New(emoji.WithRenderingMethod(emoji.Unicode))),
		goldmark.WithParserOptions(ownInline()),
		goldmark.WithRendererOptions(ownNodes()),
	)
}

// RenderLine returns the HTML of a text of one line, in which nobody is mentioned: one paragraph, whatever it begins with.
func (r *Renderer) RenderLine(source string) string { return r.render(r.line, source, nil) }
