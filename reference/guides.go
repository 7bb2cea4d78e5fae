package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

//go:embed guides/*.md
var sources embed.FS

// Guide is a page about something that many operations share.
type Guide struct {
	Name, Title, HTML string
}

// order is the one in which guides are read; each but that of plugins is a file of its name.
var order = []string{"start", "signing-in", "pages", "retries", "limits", "errors", "events", "webhooks", pluginsGuide, "parameters", "recipes"}

// exampleURL stands in guides for the server that shows them.
const exampleURL = "https://chat.example.test"

// Source returns the Markdown of a guide.
func Source(name string) ([]byte, error) {
	if name == pluginsGuide {
		return []byte(pluginsSource()), nil
	}
	return sources.ReadFile("guides/" + name + ".md")
}

// Guide returns a guide by its name.
func (b *Book) Guide(name string) (Guide, bool) {
	for _, g := range b.Guides {
		if g.Name == name {
			return g, true
		}
	}
	return Guide{}, false
}

func guides(url string) ([]Guide, error) {
	markdown := goldmark.New(goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	all := make([]Guide, len(order))
	for i, name := range order {
		source, err := Source(name)
		if err != nil {
			return nil, err
		}
		head, text, _ := strings.Cut(string(source), "\n")
		var out bytes.Buffer
		if err := markdown.Convert([]byte(strings.ReplaceAll(text, exampleURL, url)), &out); err != nil {
			return nil, fmt.Errorf("reference: guide %s: %w", name, err)
		}
		all[i] = Guide{Name: name, Title: strings.TrimPrefix(head, "# "), HTML: scrollable(out.String())}
	}
	return all, nil
}

var (
	codeBlock = regexp.MustCompile(`(?s)<pre><code( class="[^"]*")?>(.*?)</code></pre>`)
	table     = regexp.MustCompile(`(?s)<table>.*?</table>`)
)

// scrollable lets the keyboard scroll what is wider than the page, and gives code a button that copies it.
func scrollable(page string) string {
	page = table.ReplaceAllString(page, `<div class="wide-table" tabindex="0" role="group" aria-label="Table">$0</div>`)
	return codeBlock.ReplaceAllStringFunc(page, func(block string) string {
		return CodeBlock(html.UnescapeString(codeBlock.FindStringSubmatch(block)[2]))
	})
}

// CodeBlock returns the HTML of code with a button that copies it.
func CodeBlock(code string) string {
	return `<div class="code-block"><pre tabindex="0" role="group" aria-label="Code"><code>` + html.EscapeString(strings.TrimRight(code, "\n")) +
		`</code></pre><button type="button" class="btn btn-quiet btn-sm needs-js" data-copy-code>Copy</button></div>`
}
