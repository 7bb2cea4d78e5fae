package markdown

import "testing"

func TestALineIsOneParagraphWhateverItBeginsWith(t *testing.T) {
	r := New()
	for in, want := range map[string]string{
		"# Friday":            "<p># Friday</p>\n",
		"- [x] **done** :+1:": "<p>- [x] <strong>done</strong> 👍</p>\n",
		"> ```go":             "<p>&gt; ```go</p>\n",
		"~~a~~ <b> @ada":      "<p><del>a</del> &lt;b&gt; @ada</p>\n",
		"[x](javascript:a)":   "<p>x</p>\n",
		"see https://a.test":  `<p>see <a href="https://a.test" rel="nofollow noreferrer noopener" target="_blank">https://a.test</a></p>` + "\n",
	} {
		if got := r.RenderLine(in); got != want {
			t.Errorf("RenderLine(%q) = %q, want %q", in, got, want)
		}
	}
}
