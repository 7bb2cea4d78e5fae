package handlers

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// nodes returns the elements of an answer by their tag, all of them for "".
func nodes(t testing.TB, a answered, tag string) []*html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(a.Body.Bytes()))
	must(t, err)
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// markup returns an element as it stands in the page.
func markup(t testing.TB, n *html.Node) string {
	t.Helper()
	var b strings.Builder
	must(t, html.Render(&b, n))
	return b.String()
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// inert checks that nothing in an answer runs: no inline script, style or handler, no link but to a page.
func inert(t testing.TB, where string, a answered) {
	t.Helper()
	for _, n := range nodes(t, a, "") {
		switch {
		case n.Data == "style", n.Data == "base", n.Data == "object", n.Data == "embed", n.Data == "iframe", n.Data == "math",
			n.Data == "img" && !strings.HasPrefix(attribute(n, "src"), "/avatars/"):
			t.Errorf("%s: <%s> %s", where, n.Data, markup(t, n))
		case n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attribute(n, "src"), "/static/")):
			t.Errorf("%s: script %s", where, markup(t, n))
		}
		for _, at := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(at.Val))
			linked := at.Key == "href" || at.Key == "src" || at.Key == "action" || at.Key == "formaction" || strings.HasPrefix(at.Key, "hx-get") || strings.HasPrefix(at.Key, "hx-post")
			if at.Key == "style" || at.Key == "srcdoc" || strings.HasPrefix(at.Key, "on") || strings.HasPrefix(at.Key, "hx-on") {
				t.Errorf("%s: <%s %s=%q>", where, n.Data, at.Key, at.Val)
			}
			if linked && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "mailto:") {
				t.Errorf("%s: <%s %s=%q>", where, n.Data, at.Key, at.Val)
			}
		}
	}
}
