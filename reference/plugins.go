package reference

import (
	"path"
	"regexp"
	"strings"

	"pegasus/docs"
	"pegasus/plugins"
	"pegasus/plugins/kit"
)

// pluginsGuide is the one that has no file of its own: it has the types and the examples in it.
const pluginsGuide = "plugins"

var (
	typesLink   = regexp.MustCompile(`\]\([^)]*/plugin\.d\.ts\)`)
	exampleLink = regexp.MustCompile(`\]\([^)]*/examples/(\w+)/README\.md\)`)
	recordLink  = regexp.MustCompile(`\[([^]]*)\]\(decisions/[^)]*\)`)
)

// pluginsSource returns all that whoever writes a plugin needs, as one page. What the text links to in the source stands behind it.
func pluginsSource() string {
	var b strings.Builder
	text := typesLink.ReplaceAllString(docs.Plugins, "](#the-types)")
	text = exampleLink.ReplaceAllString(text, "](#example-$1)")
	b.WriteString(recordLink.ReplaceAllString(text, "$1"))
	b.WriteString("\n## The types\n\n" + plugins.Fenced("ts", kit.Types) + "\n")
	for _, e := range kit.Examples() {
		b.WriteString("\n## Example " + e.Name + "\n\n")
		_, about, _ := strings.Cut(e.Doc, "\n") // behind its heading
		b.WriteString(about)
		for _, f := range e.Files {
			b.WriteString("\n`" + f.Path + "`\n\n" + plugins.Fenced(strings.TrimPrefix(path.Ext(f.Path), "."), f.Content) + "\n")
		}
	}
	return b.String()
}
