package markdown

import (
	"strings"
	"testing"
)

func TestRenderShowsWhatWasMeant(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"plain text", "hello", "<p>hello</p>\n"},
		{"a line break stays one", "a\nb", "<p>a<br>\nb</p>\n"},
		{"emphasis", "**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>\n"},
		{"a shortcode", ":tada:", "<p>🎉</p>\n"},
		{"an emoji that the workspace may have", "so :Party_Cat:!", `<p>so <span data-emoji="party_cat">:Party_Cat:</span>!</p>` + "\n"},
		{"two of them", ":a-b::c+d:", `<span data-emoji="a-b">:a-b:</span><span data-emoji="c+d">:c+d:</span>`},
		{"a time is no emoji", "12:30:45 and :30:", "<p>12:30:45 and :30:</p>"},
		{"a path is no emoji", "a:qq:c", "<p>a:qq:c</p>"},
		{"an emoji in code is code", "`:party_cat:`", "<code>:party_cat:</code>"},
		{"a mention", "hi @Ada.", `<p>hi <span class="mention" data-mention="ada">@ada</span>.</p>` + "\n"},
		{"an address is no mention", "a@b.example", `<a href="mailto:a@b.example"`},
		{"raw HTML is text", "<b onclick=x>hi</b>", "&lt;b onclick=x&gt;hi&lt;/b&gt;"},
		{"an HTML block is text", "<div>\nhi\n</div>", "<p>&lt;div&gt;"},
		{"a bare link", "see https://example.com/a", `<a href="https://example.com/a" rel="nofollow noreferrer noopener" target="_blank">`},
		{"a script link loses its target", "[x](javascript:alert(1))", "<p>x</p>"},
		{"a bare link without a dot", "see http://localhost:8080/chat/a?b=c#d.", `<a href="http://localhost:8080/chat/a?b=c#d" rel="nofollow noreferrer noopener" target="_blank">http://localhost:8080/chat/a?b=c#d</a>.`},
		{"a bare link to a number", "http://192.168.1.5/x!", `<a href="http://192.168.1.5/x" `},
		{"an image is a link", "![cat](https://example.com/c.png)", `<a href="https://example.com/c.png"`},
		{"highlighted code", "```go\nfunc a() {}\n```", `<pre class="chroma" data-lang="go"><code>`},
		{"code of no language", "```\n<x>\n```", "&lt;x&gt;"},
		{"a table", "|a|b|\n|:-|-:|\n|1|2|", `<th align="left">a</th>`},
		{"a spoiler", "it is ||the *butler*||!", `it is <span class="spoiler">the <em>butler</em></span>!`},
		{"two spoilers", "||a|| ||b c||", `<span class="spoiler">a</span> <span class="spoiler">b c</span>`},
		{"an expression is no spoiler", "a || b || c", "<p>a || b || c</p>"},
		{"bars that cover nothing", "|||| and ||| x ||| and ||open", "<p>|||| and ||| x ||| and ||open</p>"},
		{"a spoiler in code is code", "`||a||`", "<code>||a||</code>"},
		{"a task list", "- [x] done", `checked`},
	}
	r := New()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := r.RenderMentions(c.in, anybody); !strings.Contains(got, c.want) {
				t.Errorf("RenderMentions(%q) = %q, want it to contain %q", c.in, got, c.want)
			}
		})
	}
}

func TestRenderLetsNothingActiveThrough(t *testing.T) {
	vectors := []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript&colon;alert(1))", "[a](JaVaScRiPt:alert(1))",
		"[a](data:text/html,x)", "<svg/onload=alert(1)>", `<a href="#" hx-get="/x">a</a>`, "![x](x \"onerror=alert(1)\")",
		"<style>*{}</style>", `[a](https://x "t" onclick=alert(1))`, "<https://x/\" onmouseover=alert(1)>", "```\"><script>alert(1)</script>\nx\n```",
		"<iframe src=//evil.example>", "@ada\"><script>alert(1)</script>", "<!--><img src=x onerror=alert(1)>-->", "[x]: javascript:alert(1)\n\n[x]",
	}
	r := New()
	for _, v := range vectors {
		got := strings.ToLower(r.RenderMentions(v, anybody))
		for _, bad := range []string{"<script", "<img", "<svg", "<style", "<iframe", "<!--", `href="javascript`, `href="data:`, "<a href=\"#\" hx-"} {
			if strings.Contains(got, bad) {
				t.Errorf("Render(%q) = %q contains %q", v, got, bad)
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("**a** <b> @ada `x`")
	r := New()
	f.Fuzz(func(t *testing.T, source string) {
		if got := r.RenderMentions(source, anybody); strings.Contains(strings.ToLower(got), "<script") {
			t.Errorf("Render(%q) = %q", source, got)
		}
	})
}

// worst are what nests or begins something that never ends, for messages full of it.
var worst = []string{
	"||", "||a", "a||", "|| a ||", "**", "*a", "_a_", "[", "![", "[a](", "<", "<a", "> ", "- ", "1. ", "`", "``", "~~~\n", "```\n", "|a", "|-", "@a", ":a:", "~~", "~~a", "\\",
	"&", "&amp", "http://a", "a@b.c", "# ", "- [x] ", "[a]: b\n", "\t", "(", "[[a]", "*_", "|a|\n|-|\n",
}

// Work that grows with the square of a text shows in its allocations: twice the text must not take much more than twice as many.
func TestWorkGrowsWithTheTextAndNoFaster(t *testing.T) {
	r := New()
	for _, part := range worst {
		work := func(size int) float64 {
			source := strings.Repeat(part, size/len(part))
			return testing.AllocsPerRun(1, func() { r.RenderMentions(source, anybody) })
		}
		if half, whole := work(1000), work(2000); whole > 3*half+200 {
			t.Errorf("%q repeated takes %.0f allocations in 1,000 characters and %.0f in 2,000", part, half, whole)
		}
	}
}

// BenchmarkRenderWorst renders messages of 2,000 characters full of each.
func BenchmarkRenderWorst(b *testing.B) {
	r := New()
	for _, part := range worst {
		source := strings.Repeat(part, 2000/len(part))
		b.Run(part, func(b *testing.B) {
			for b.Loop() {
				r.RenderMentions(source, anybody)
			}
		})
	}
}

func BenchmarkRenderPlain(b *testing.B) {
	r := New()
	for b.Loop() {
		r.Render("Load test is green, shall we cut the branch at two?")
	}
}
