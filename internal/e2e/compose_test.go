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
		press(composer), enter(), gone(".chip-file"), shows("with a picture"), present(`.msg .files img`),
	)
	do(t, jon, shows("with a picture"), present(`.msg .files img`))
	screenshot(t, jon, "compose-picture")
}

func TestAPastedPictureIsSentWithoutText(t *testing.T) {
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, open(s.url+"/chat/"+general), seen(composer),
		run(bring+`('paste', '#content', [['image.png', 'image/png', '`+dot+`']])`),
		present(`.chip-file`), press(composer), enter(), present(`.msg .files img[alt^="pasted-"]`), gone(".chip-file"))
}

func TestFilesAreSentWithScriptsOff(t *testing.T) {
	s := start(t)
	p := s.signUp(t, "Ada")
	general := p.channel("general")
	ctx := p.browse(wide, high)
	do(t, ctx, scriptsOff(), open(s.url+"/chat/"+general), seen(composer), fill(composer, "by a form"),
		chromedp.SetUploadFiles(chromedp.CSS(`#files`), []string{onDisk(t, "one.png", painted(t, 600, 300)), onDisk(t, "two.txt", []byte("hello"))}),
		press(`#composer .send`), seen(`.msg .files img`))
	if got := p.history(general); len(got) != 1 || got[0].Content != "by a form" {
		t.Errorf("the channel holds %+v", got)
	}
}

func run(script string) step {
	return waitFor(`(() => { ` + script + `; return true })()`)
}
