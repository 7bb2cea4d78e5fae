// Package markdown turns what a person wrote into HTML that is safe to send to anyone.
//
// The dialect is CommonMark with GitHub's tables, strikethrough, task lists and links, emoji shortcodes, @mentions and ||spoilers||;
// raw HTML is shown as text. What goldmark makes passes a sanitiser that knows only the tags listed here, so that a
// fault in either is not yet a hole.
package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strings"

	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	highlighting "github.com/yuin/goldmark-highlighting/v2"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	ghtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Version changes whenever Render would make something else of the same text, so that stored HTML can be told apart.
const Version = 5

// webAddress is what becomes a link by itself: as goldmark has it, but for hosts without a dot or with numbers alone, where a
// workspace at home or in a private network is reached.
var webAddress = regexp.MustCompile(`^https?://[-a-zA-Z0-9@:%._+~#=]{1,256}(?:[/?#][-a-zA-Z0-9@:%_+.~#$!?&/=();,'">^{}\[\]` + "`" + `]*)?`)

// Renderer renders messages. It is safe for concurrent use.
type Renderer struct {
	markdown goldmark.Markdown
	line     goldmark.Markdown
	policy   *bluemonday.Policy
}

// New returns a Renderer.
func New() *Renderer {
	return &Renderer{
		markdown: goldmark.New(
			goldmark.WithExtensions(
				extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
				extension.Strikethrough, extension.TaskList, newLinkify(),
				emoji.New(emoji.WithRenderingMethod(emoji.Unicode)),
				highlighting.NewHighlighting(
					highlighting.WithFormatOptions(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true)),
					highlighting.WithWrapperRenderer(wrapCode),
				),
			),
			goldmark.WithParserOptions(ownInline()),
			goldmark.WithRendererOptions(ghtml.WithHardWraps(), ownNodes()),
		),
		line:   newLine(),
		policy: newPolicy(),
	}
}

func newLinkify() goldmark.Extender {
	return extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:", "mailto:"}),
		extension.WithLinkifyURLRegexp(webAddress))
}

// ownInline reads what no other Markdown has, and ownNodes writes it.
func ownInline() parser.Option {
	return parser.WithInlineParsers(util.Prioritized(mentionParser{}, 500), util.Prioritized(spoilerParser{}, 500), util.Prioritized(customParser{}, 1000))
}

func ownNodes() renderer.Option {
	return renderer.WithNodeRenderers(util.Prioritized(mentionRenderer{}, 500), util.Prioritized(spoilerRenderer{}, 500),
		util.Prioritized(customRenderer{}, 500), util.Prioritized(literalHTML{}, 100))
}

// Render returns a message's HTML, in which nobody is mentioned. Text that cannot be rendered is shown as it was written.
func (r *Renderer) Render(source string) string { return r.RenderMentions(source, nil) }

// RenderMentions is Render with the names behind an @ marked that is reports to be mentions. Names are in lower case; is
// is asked for the longest first.
func (r *Renderer) RenderMentions(source string, is func(name string) bool) string {
	return r.render(r.markdown, source, is)
}

func (r *Renderer) render(m goldmark.Markdown, source string, is func(name string) bool) string {
	var out bytes.Buffer
	out.Grow(len(source) + 64)
	if err := m.Convert([]byte(source), &out, parser.WithContext(mentioning(is))); err != nil {
		return "<p>" + html.EscapeString(source) + "</p>"
	}
	return r.policy.Sanitize(out.String())
}

// Names returns the names that a text may mention, in lower case and each once: all that could stand behind an @, with ada
// beside ada.b.
func (r *Renderer) Names(source string) []string {
	var names []string
	if !strings.Contains(source, "@") {
		return nil
	}
	seen := map[string]bool{}
	r.markdown.Parser().Parse(text.NewReader([]byte(source)), parser.WithContext(mentioning(func(name string) bool {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
		return false
	})))
	return names
}

func mentioning(is func(name string) bool) parser.Context {
	c := parser.NewContext()
	if is != nil {
		c.Set(mentioned, is)
	}
	return c
}

// newPolicy lists the tags and attributes that may stand in a message. Neither style nor id nor any data or hx
// attribute is among them, except the names that mentions and emoji carry.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "del", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6",
		"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "span")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("th", "td")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(chroma|mention|spoiler|[a-z][a-z0-9]{0,2})$`)).OnElements("pre", "span", "code")
	p.AllowAttrs("data-mention").Matching(regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)).OnElements("span")
	p.AllowAttrs("data-emoji").Matching(regexp.MustCompile(`^[a-z0-9_+-]{1,32}$`)).OnElements("span")
	p.AllowAttrs("data-lang").Matching(regexp.MustCompile(`^[A-Za-z0-9+#._-]{1,32}$`)).OnElements("pre")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// wrapCode marks a code block with its language; the highlighter's own wrapper is left out, since its styles would be
// inline.
func wrapCode(w util.BufWriter, c highlighting.CodeBlockContext, entering bool) {
	if !entering {
		w.WriteString("</code></pre>")
		return
	}
	w.WriteString(`<pre class="chroma"`)
	if language, ok := c.Language(); ok {
		w.WriteString(` data-lang="`)
		w.Write(util.EscapeHTML(language))
		w.WriteString(`"`)
	}
	w.WriteString("><code>")
}
