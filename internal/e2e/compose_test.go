package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// painted is a PNG of one colour.
func painted(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			picture.Set(x, y, color.RGBA{R: 40, G: uint8(90 + x*100/width), B: 200, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func onDisk(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bring makes files in the page and lets an event bring them: drop on the conversation, or paste into the box.
const bring = `((kind, selector, files) => {
	const data = new DataTransfer();
	for (const [name, type, text] of files) data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type }));
	const target = document.querySelector(selector);
	const event = kind === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
		: new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
	target.dispatchEvent(event);
})`

// dot is the smallest picture, in base64.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func TestDroppedFilesAreSentWithTheirMessage(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), seen(composer))
	do(t, ada, open(s.url+"/chat/"+general), seen(composer),
		run(bring+`('drop', '#log', [['one.png', 'image/png', '`+dot+`'], ['two.txt', 'text/plain', 'aGVsbG8='], ['bad.exe', '', 'TVo=']])`),
		waitFor(`document.querySelectorAll('.chip-file').length === 3 && !document.querySelector('.chip-file progress')`),
		waitFor(`document.querySelector('.chip-file.bad').innerText.includes('not taken')`),
		keys(composer, "with a picture"), enter(), // a file that failed keeps the message
		present(".chip-file.bad"),
		press(`button[aria-label="Remove bad.exe"]`), gone(".chip-file.bad"),
		press(`button[aria-label="Remove two.txt"]`), waitFor(`document.querySelectorAll('.chip-file').length === 1`),
		press(composer), enter(), gone(".chip-file"), shows("with a picture"), present(`.msg .pictures img`),
	)
	do(t, jon, shows("with a picture"), press(`.msg .pictures a`), seen(`dialog.lightbox img[alt="one.png"]`),
		waitFor(`document.querySelector('dialog.lightbox img').naturalWidth === 1`),
		press(`.lightbox [aria-label="Full size"]`), present(`dialog.lightbox.zoomed`),
		chromedp.KeyEvent(kb.Escape), gone(`dialog.lightbox`), waitFor(`document.activeElement.matches('[data-lightbox]')`),
		press(`[data-panel-link][href$="/files"]`), seen(`.file-list .name`), waitFor(`document.querySelector('.file-list .name').innerText === 'one.png'`))
}

func TestTheKeysGoThroughThePicturesOfAConversation(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer),
		chromedp.SetUploadFiles(chromedp.CSS(`#files`), []string{onDisk(t, "a.png", painted(t, 600, 300)), onDisk(t, "b.png", painted(t, 200, 500))}),
		waitFor(`document.querySelectorAll('.chip-file').length === 2 && !document.querySelector('.chip-file progress')`),
		press(composer), enter(), waitFor(`document.querySelectorAll('.msg .pictures img[width][height]').length === 2`),
		press(`.msg .pictures li:last-child a`), seen(`.lightbox img[alt="b.png"]`),
		chromedp.KeyEvent(kb.ArrowRight), seen(`.lightbox img[alt="a.png"]`), chromedp.KeyEvent(kb.ArrowLeft), seen(`.lightbox img[alt="b.png"]`),
		press(`.lightbox [aria-label="Next picture"]`), seen(`.lightbox img[alt="a.png"]`))
	screenshot(t, ctx, "lightbox")
	do(t, ctx, chromedp.KeyEvent(kb.Escape), gone(`dialog.lightbox`))
}

// pdf is a document with one page that says Hello.
const pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n" +
	"4 0 obj<</Length 44>>stream\nBT /F1 36 Tf 60 90 Td (Hello) Tj ET          \nendstream endobj\n" +
	"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"

func TestAPDFIsShownOnItsOwnPageAndSoundIsPlayedInParts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	wave := append([]byte("RIFF\x24\x3e\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x3e\x00\x00"), bytes.Repeat([]byte{128}, 0x3e00)...)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer),
		chromedp.SetUploadFiles(chromedp.CSS(`#files`), []string{onDisk(t, "plan.pdf", []byte(pdf)), onDisk(t, "tone.wav", wave)}),
		waitFor(`document.querySelectorAll('.chip-file').length === 2 && !document.querySelector('.chip-file progress')`),
		press(composer), enter(), waitFor(`document.querySelector('.msg audio')?.duration > 1.9`))
	screenshot(t, ctx, "files")
	do(t, ctx, press(`.msg a[href^="/files/"]`), seen(`iframe.pdf`), waitFor(`performance.getEntriesByType('resource').some((e) => e.name.endsWith('?view=1') && e.responseStatus === 200)`))
	screenshot(t, ctx, "pdf")
}

func TestAPastedPictureIsSentWithoutText(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer),
		run(bring+`('paste', '#content', [['image.png', 'image/png', '`+dot+`']])`),
		present(`.chip-file`), press(composer), enter(), present(`.msg .pictures img[alt^="pasted-"]`), gone(".chip-file"))
}

func TestFilesAreSentWithScriptsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, scriptsOff(), open(s.url+"/chat/"+general), seen(composer), fill(composer, "by a form"),
		chromedp.SetUploadFiles(chromedp.CSS(`#files`), []string{onDisk(t, "one.png", painted(t, 600, 300)), onDisk(t, "two.txt", []byte("hello"))}),
		press(`#composer .send`), seen(`.msg .pictures img`))
	if got := p.history(general); len(got) != 1 || got[0].Content != "by a form" {
		t.Errorf("the channel holds %+v", got)
	}
}

func TestWordsAreCompletedByTheKeys(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jonathan")
	general := p.channel("general")
	p.create("plans", "public", q)
	ctx := p.browse(wide, high)
	selected := func(text string) step {
		return waitFor(`(() => { const box = document.querySelector('#content'); const id = box.getAttribute('aria-activedescendant');
			return id && document.getElementById(id).innerText.includes('` + text + `') })()`)
	}
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer),
		keys(composer, "hi @jon"), selected("Jonathan"), enter(), waitFor(`document.querySelector('#content').value === 'hi @jonathan '`),
		keys(composer, "in #"), selected("general"), chromedp.KeyEvent(kb.ArrowDown), selected("plans"), chromedp.KeyEvent(kb.Tab),
		keys(composer, ":rocke"), selected("rocket"))
	screenshot(t, ctx, "complete")
	do(t, ctx, enter(), waitFor(`document.querySelector('#content').value === 'hi @jonathan in #plans 🚀 '`),
		keys(composer, "@jo"), selected("Jonathan"), chromedp.KeyEvent(kb.Escape), gone(`ul.complete:not([hidden])`),
		enter(), present(`.msg .mention`), gone(".item.pending"),
		keys(composer, "/hel"), selected("/help"), enter(), waitFor(`document.querySelector('#content').value === '/help '`), enter(), seen(".only-you"))
}

func TestAnEmojiIsChosenIntoTheBoxAndAnEditIsCompletedToo(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	m := p.say(general, "hello")
	ada := p.browse(wide, high)
	edit := `#m-` + m.ID + ` .inline-edit`
	do(t, ada, open(s.url+"/chat/"+general), seen(composer), keys(composer, "well done"), chromedp.KeyEvent(kb.Home),
		press("#composer [data-choose-emoji]"), seen("dialog.picker input"), keys("dialog.picker input", "tada"),
		waitFor(`document.querySelectorAll('.picker-list button').length === 1`), enter(), gone("dialog.picker"),
		waitFor(`document.activeElement.id === 'content' && document.activeElement.value === '🎉 well done'`),
		run(`document.querySelector('#content').value = ''`),
		press(composer), chromedp.KeyEvent(kb.ArrowUp), seen(chromedp.CSS(edit+" textarea")), chromedp.KeyEvent(kb.End), chromedp.KeyEvent(" :rocke"),
		seen(chromedp.CSS(edit+` [role=option][aria-selected=true]`)), enter(), waitFor(`document.querySelector('`+edit+` textarea').value === 'hello 🚀 '`),
		chromedp.KeyEvent("@ada"), seen(chromedp.CSS(edit+` [role=option]`)))
	screenshot(t, ada, "edit-complete")
	do(t, ada, chromedp.KeyEvent(kb.Escape), gone(edit+" ul.complete:not([hidden])"), enter(), gone(".inline-edit"), shows("hello 🚀 @ada"))
}

func TestADraftFollowsToAnotherDevice(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	general, other := p.channel("general"), p.create("other", "public")
	desk, phone := p.browse(wide, high), p.browse(phoneWide, phoneHigh)
	text := func(want string) step { return waitFor(`document.querySelector('#content').value === '` + want + `'`) }
	do(t, desk, open(s.url+"/chat/"+general), seen(composer), keys(composer, "begun at the desk"),
		run(bring+`('drop', '#log', [['one.png', 'image/png', '`+dot+`']])`),
		waitFor(`Object.keys(localStorage).filter((k) => k.startsWith('draft:')).length === 0 && !document.querySelector('.chip-file progress')`))
	do(t, phone, open(s.url+"/chat/"+general), text("begun at the desk"), present(`.chip-file[data-upload], .chip-file .name`),
		keys(composer, ", ended"), waitFor(`localStorage.length === 0 || !Object.keys(localStorage).some((k) => k.startsWith('draft:'))`))
	do(t, desk, open(s.url+"/chat/"+other), seen(".row .drafted"), open(s.url+"/drafts"), seen(".drafts .title"))
	screenshot(t, desk, "drafts")
	do(t, desk, press(".drafts a"), at("/chat/"+general), text("begun at the desk, ended"), press(composer), enter(), shows("begun at the desk, ended"), gone(".item.pending"))
	do(t, phone, open(s.url+"/chat/"+general), seen(composer), text(""), gone(".chip-file"))
}

func TestToolsFormatWhatIsSelected(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ctx := p.browse(wide, high)
	text := func(want string) step { return waitFor("document.querySelector('#content').value === `" + want + "`") }
	selected := run(`document.querySelector('#content').select()`)
	do(t, ctx, open(s.url+"/chat/"+p.channel("general")), seen(composer), keys(composer, "word"), selected,
		press(`[data-wrap="~~"]`), text("~~word~~"), selected, press(`[data-lines="> "]`), text("> ~~word~~"), fill(composer, "word"), selected,
		run(`const data = new DataTransfer(); data.setData('text/plain', 'https://example.test/a');
			document.querySelector('#content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))`),
		text("[word](https://example.test/a)"))
}

func run(script string) step {
	return waitFor(`(() => { ` + script + `; return true })()`)
}
