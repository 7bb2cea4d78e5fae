package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// paste brings a text of n letters into the box.
const paste = `((n) => {
	const data = new DataTransfer();
	data.setData('text/plain', 'x'.repeat(n));
	document.querySelector('#content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
})`

func TestWhatIsWrittenIsPreviewedAndAHugePasteBecomesAFile(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer),
		keys(composer, "so **bold**"), press(`[data-preview]`), waitFor(`document.querySelector('.rehearsal strong')?.innerText === 'bold'`),
		waitFor(`document.activeElement.matches('.rehearsal')`), press(`[data-preview]`), gone(".rehearsal"),
		waitFor(`document.activeElement.id === 'content' && document.activeElement.value === 'so **bold**'`),
		run(paste+`(3000)`), waitFor(`document.querySelectorAll('.chip-file').length === 1 && !document.querySelector('.chip-file progress')`),
		press(`.pasted button`), gone(".chip-file"), waitFor(`document.querySelector('#content').value.length === 3011`),
		waitFor(`document.querySelector('button.send').disabled`),
		fill(composer, "here"), run(paste+`(3000)`), waitFor(`document.querySelectorAll('.chip-file').length === 1 && !document.querySelector('.chip-file progress')`),
		press(composer), enter(), gone(".chip-file"), shows("here"), present(".msg .file-card"), gone(".pasted"))
	// The link button marks what is to be typed, and a list goes on.
	do(t, ctx, press(`button[aria-label="Link"]`), chromedp.KeyEvent("words"), waitFor(`document.querySelector('#content').value === '[words](https://)'`),
		fill(composer, "- one"), press(composer), chromedp.KeyEvent(kb.End), shiftEnter(), waitFor(`document.querySelector('#content').value === '- one\n- '`),
		shiftEnter(), waitFor(`document.querySelector('#content').value === '- one\n'`))
}

func TestWhoSendsWithCtrlEnterBreaksLinesWithEnter(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/profile"), press(`input[value="ctrl-enter"]`), press(`#writing button`), seen(".toasts .note"),
		open(s.url+"/chat/"+general), seen(composer), keys(composer, "one"), enter(), keys(composer, "two"),
		waitFor(`document.querySelector('#content').value === 'one\ntwo'`), heldEnter(2),
		waitFor(`document.querySelector('#content').value === ''`), shows("one\ntwo"))
}

func TestAPreviewWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(390, 844)
	do(t, ctx, scriptsOff(), open(s.url+"/chat/"+general), keys(composer, "so *soft*"), press(`[data-preview]`), seen(".rehearsal em"),
		press("button.send"), shows("so soft"), gone(".rehearsal"))
}

func TestLongMessagesFoldAndCodeIsCopied(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	m := p.say(general, strings.Repeat("line\n", 60)+"the end")
	p.say(general, "```go\nfunc main() {}\n```")
	ctx := p.browse(wide, high)
	tall := `document.querySelector('#m-` + m.ID + ` .body').offsetHeight`
	label := chromedp.CSS(`#m-` + m.ID + ` .fold-label`)
	do(t, ctx, open(s.url+"/chat/"+general), waitFor(tall+` < 420`), press(label), waitFor(tall+` > 1000`), press(label), waitFor(tall+` < 420`),
		open(s.url+"/chat/"+general+"?around="+m.ID+"#m-"+m.ID), waitFor(tall+` > 1000`))
	do(t, ctx, run(`navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }`),
		press(`.copy`), waitFor(`window.copied === 'func main() {}'`), waitFor(`document.querySelector('#toasts').innerText.includes('Code copied')`))
	do(t, ctx, scriptsOff(), open(s.url+"/chat/"+general), press(label), waitFor(tall+` > 1000`))
}
