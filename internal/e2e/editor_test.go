package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const brokenHello = `import { definePlugin } from "pegasus"

/* Greets
   people. */
const shape = /["/]+/
export default definePlugin({
  commands: {
    hello: (call) => ` + "`Hi ${call.text}`" + ` +,
  },
})
`

// inStep is true where the layer and the numbers of the editor show what the box holds there, as far as it is seen.
const inStep = `(() => {
	const box = document.querySelector('[data-editor]'), layer = document.querySelector('.paint > code'), numbers = [...document.querySelectorAll('.gutter span')];
	const first = Number(numbers[0].textContent) - 1, lines = box.value.split('\n');
	const at = (e) => e.getBoundingClientRect().top, top = at(box) + 12 - box.scrollTop;
	return layer.textContent === lines.slice(first, first + numbers.length).map((l) => l + '\n').join('') &&
		Math.abs(at(layer) - top - first * 20) < 1 && Math.abs(at(numbers[0]) - top - first * 20) < 1;
})()`

func TestAFileIsEditedInColoursWithNumbersAndTheCompilersMarks(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	p.post("/create", "pluginName", "hello", "template", "dice")
	ada := p.browse(wide, high)
	coloured := func(kind, text string) step {
		return waitFor(fmt.Sprintf(`[...document.querySelectorAll('.paint .%s')].some((e) => e.textContent === %q)`, kind, text))
	}
	caret := func(line, column int) step {
		return waitFor(fmt.Sprintf(`(() => { const b = document.activeElement, l = b.value?.slice(0, b.selectionStart).split('\n');
			return b.matches('[data-editor]') && l.length === %d && l.at(-1).length === %d; })()`, line, column))
	}
	do(t, ada,
		open(s.url+"/plugins/hello?tab=files&file=main.ts&edit=1"), seen(".gutter span"), press("[data-editor]"),
		waitFor(`document.activeElement.select() ?? document.execCommand('insertText', false, `+fmt.Sprintf("%q", brokenHello)+`)`), waitFor(inStep),
		coloured("k", "import"), coloured("s", `"pegasus"`), coloured("c", "   people. */"), coloured("s", `/["/]+/`), coloured("s", "`"),
		press(`[value=save]`), seen(".source .lines"),
		waitFor(`document.querySelector('#bench-status').textContent.includes('Does not build')`),
		waitFor(`document.querySelector('.file-problems a')?.textContent === 'Line 8' && document.querySelector('.lines li.bad')?.textContent === '8'`),
		waitFor(`(() => { const r = [...document.querySelectorAll('.lines .sr')].find((e) => e.textContent.startsWith('/[')); return r.getBoundingClientRect().width > 20; })()`),
		press(".file-problems a"), waitFor(`location.hash === '#L8'`),
		press("[data-edit-source]"), seen("[data-editor]"), caret(8, 0), waitFor(`document.querySelector('.gutter .bad').textContent === '8'`),
	)
	screenshot(t, ada, "editor")
	do(t, ada,
		// The mark moves with its line, the indentation with the new one, and all of it can be undone.
		press(".file-problems a"), caret(8, 0), waitFor(`document.activeElement.setSelectionRange(0, 0) ?? true`), enter(),
		waitFor(`document.querySelector('.gutter .bad').textContent === '9'`), waitFor(inStep),
		waitFor(`document.execCommand('undo')`), waitFor(`document.querySelector('.gutter .bad').textContent === '8'`),
		waitFor(`(() => { const b = document.activeElement, at = b.value.indexOf('commands: {') + 11; b.setSelectionRange(at, at); return true; })()`),
		enter(), caret(8, 4), chromedp.KeyEvent(kb.Tab), caret(8, 6), waitFor(inStep),
		// Tab is the page's again after Esc.
		chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Tab), waitFor(`!document.activeElement.matches('[data-editor]')`),
	)
}

func TestALongFileIsDrawnAsFarAsItIsSeen(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	p.post("/create", "pluginName", "long", "template", "dice")
	p.post("/plugins/long/files", "base", "1", "new", "1", "path", "long.ts", "content", strings.Repeat("export const a = `one ${1}` // "+strings.Repeat("wide ", 60)+"\n", 3000), "action", "save")
	ada := p.browse(wide, high)
	do(t, ada,
		open(s.url+"/plugins/long?tab=files&file=long.ts&edit=1"), seen(".gutter span"), waitFor(inStep),
		waitFor(`document.querySelectorAll('.gutter span').length < 120`),
		waitFor(`(() => { const b = document.querySelector('[data-editor]'); b.scrollTop = 40123; b.scrollLeft = 300; return b.scrollTop > 40000; })()`),
		waitFor(inStep), waitFor(`document.querySelectorAll('.gutter span').length < 120 && Number(document.querySelector('.gutter span').textContent) > 1900`),
		waitFor(`document.querySelector('.paint > code').getBoundingClientRect().left < document.querySelector('.paint').getBoundingClientRect().left - 250`),
		waitFor(`(() => { const b = document.querySelector('[data-editor]'); b.focus(); b.setSelectionRange(0, 0); document.execCommand('insertText', false, '/* '); return true; })()`),
		waitFor(`(() => { const b = document.querySelector('[data-editor]'); b.scrollTop = 1e6; return [...document.querySelectorAll('.paint span')].every((e) => e.className === 'c'); })()`),
		waitFor(inStep),
	)
}

func TestAPluginIsTriedByATimeAndUnderSettingsAndAConversationDeleted(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	p.post("/create", "pluginName", "stand-up", "template", "standup")
	p.post("/plugins/stand-up/ask", "message", "rename the plugin to Morning")
	flow := func(t *testing.T, before ...step) (ada context.Context) {
		ada = p.browse(wide, high)
		do(t, ada, before...)
		do(t, ada,
			open(s.url+"/plugins/stand-up"), waitFor(`document.querySelector('#bench-status').textContent.includes('Built')`),
			open(s.url+"/plugins/stand-up?tab=try"), press(`[value="schedule"]`), seen("#schedule"), waitFor(`!document.querySelector('#text').checkVisibility()`),
			press(".try-settings summary"), seen("#set-question"), fill("#set-question", "What did you dream of?"),
			press(".try .btn-primary"), seen(".tried"), waitFor(`document.querySelector('.tried').textContent.includes('What did you dream of?')`),
			waitFor(`document.querySelector('#set-question').value === 'What did you dream of?' && document.querySelector('[value="schedule"]').checked`),
			press(`[value="text"]`), fill("#text", "/nonsense"), press(".try .btn-primary"), waitFor(`document.querySelector('.work').textContent.includes('no command of this name')`),
		)
		return ada
	}
	t.Run("with scripts", func(t *testing.T) {
		ada := flow(t)
		do(t, ada, keys("#text", " again"), run(`document.querySelector('#tried').replaceChildren()`), press(".try .btn-primary"), waitFor(`document.querySelector('#tried').textContent.includes('no command of this name')`),
			run(`document.querySelector('#bench-status').dataset.former = 'yes';
				document.dispatchEvent(new CustomEvent('pegasus:plugin', { detail: { pluginId: document.querySelector('main').dataset.plugin } }))`),
			waitFor(`!document.querySelector('#bench-status').dataset.former`), waitFor(`document.querySelector('#text').value === '/nonsense again'`))
	})
	t.Run("without scripts", func(t *testing.T) { flow(t, scriptsOff()) })
	ada := p.browse(wide, high)
	do(t, ada, scriptsOff(), open(s.url+"/plugins/stand-up"), press(".others summary"), seen(".others a.ibtn"), press(".others a.ibtn"), seen(".btn-danger"))
	screenshot(t, ada, "workbench-deletion")
	do(t, ada, press("form .btn-danger"), seen(".turns .empty"), open(s.url+"/plugins/stand-up?tab=versions"), seen(".versions li"))
}
