package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestArabicRunsFromRightToLeftBesideEnglish(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	arabic, english := p.say(general, "مرحبا بكم\n\nhello\n\n`x = 1`"), p.say(general, "hello مرحبا")
	ada := p.browse(wide, high)
	side := func(css string) string { // where the text of an element begins
		return get(t, ada, chromedp.Evaluate[string](`(() => {
			const at = document.querySelector('`+css+`'), range = document.createRange();
			range.selectNodeContents(at);
			const text = range.getBoundingClientRect(), box = at.getBoundingClientRect();
			return box.right - text.right < text.left - box.left ? 'right' : 'left';
		})()`))
	}
	do(t, ada, open(s.url+"/chat/"+general), seen(chromedp.CSS("#m-"+arabic.ID+" .body p")), press(composer), run(`document.execCommand('insertText', false, 'مرحبا')`))
	for css, want := range map[string]string{
		"#m-" + arabic.ID + " .body p": "right", "#m-" + arabic.ID + " .body p:nth-child(2)": "left", "#m-" + english.ID + " .body p": "left",
	} {
		if got := side(css); got != want {
			t.Errorf("%s begins at the %s", css, got)
		}
	}
	if direction := get(t, ada, chromedp.Evaluate[string](`getComputedStyle(document.querySelector('#content')).direction`)); direction != "rtl" {
		t.Errorf("the box is %s while Arabic is written", direction)
	}
	do(t, ada, enter(), gone(".item.pending"), waitFor(`[...document.querySelectorAll('#items .body')].filter((body) => getComputedStyle(body).direction === 'rtl').length === 2`))
}
