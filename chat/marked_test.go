package chat

import "testing"

func TestTheWordsOfASearchAreMarkedInRenderedTextAndNotInItsTags(t *testing.T) {
	for _, row := range []struct{ html, query, want string }{
		{`<p>see <code>code</code></p>`, "code", `<p>see <code><mark>code</mark></code></p>`},
		{`<pre class="chroma" data-lang="go"><code><span class="kd">func</span> go</code></pre>`, "go class", `<pre class="chroma" data-lang="go"><code><span class="kd">func</span> <mark>go</mark></code></pre>`},
		{`<p>a &lt;b&gt; &amp;&amp; b</p>`, "b", `<p>a &lt;<mark>b</mark>&gt; &amp;&amp; <mark>b</mark></p>`},
		{`<p>one</p>`, "-one two", `<p>one</p>`},
		{`<span class="spoiler">sled</span>`, "sled", `<span class="spoiler"><mark>sled</mark></span>`},
		{"", "x", ""},
	} {
		q, err := parseQuery(row.query, monday)
		if err != nil {
			t.Fatal(err)
		}
		if got := markWords(row.html, q.terms); got != row.want {
			t.Errorf("%q in %q is\n%s, want\n%s", row.query, row.html, got, row.want)
		}
	}
}
