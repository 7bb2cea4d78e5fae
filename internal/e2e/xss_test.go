package e2e

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/xss.txt
var corpus string

func vectors(t *testing.T) []string {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(corpus, "\n"), "\n%%\n")
	if len(all) < 150 {
		t.Fatalf("only %d vectors", len(all))
	}
	return all
}

// calendarIcon begins the picture that Chromium itself puts into a field for a date: an icon in the colour "WindowText".
const calendarIcon = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSIxNiIgaGVpZ2h0PSIxNSIgdmlld0JveD0iMCAwIDI0IDI0Ij48cGF0aCBmaWxsPSJXaW5kb3dUZXh0"

// tripwire fails the test where a page opens a dialog or asks another host for anything. Errors of scripts and breaches of the
// content policy are reported by every tab.
func tripwire(t *testing.T, ctx context.Context, home string) {
	t.Helper()
	var lock sync.Mutex
	var found []string
	chromedp.Listen(ctx, func(event any) {
		var text string
		switch e := event.(type) {
		case *page.EventJavascriptDialogOpening:
			text = "a dialog opened: " + e.Message
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, calendarIcon) && !strings.HasPrefix(e.Request.URL, home+"/") && !strings.HasPrefix(e.Request.URL, "blob:"+home+"/") && e.Request.URL != "about:blank" {
				text = "a request went to " + e.Request.URL
			}
		}
		if text != "" {
			lock.Lock()
			defer lock.Unlock()
			found = append(found, text)
		}
	})
	t.Cleanup(func() {
		lock.Lock()
		defer lock.Unlock()
		for _, text := range found {
			t.Error(text)
		}
	})
	do(t, ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return chromedp.Void{}, err
	})
}

// active names what in a page could run, load or stand for a part of ours.
const active = `(() => {
	const found = [], tags = new Set('P BR EM STRONG DEL BLOCKQUOTE HR H1 H2 H3 H4 H5 H6 UL OL LI TABLE THEAD TBODY TR TH TD CODE PRE SPAN A INPUT IMG MARK BUTTON SVG USE'.split(' '));
	const names = new Set('class href rel target align start data-lang data-mention data-copy-code type checked disabled tabindex aria-label aria-hidden title'.split(' '));
	const tell = (e, why) => found.push(why + ': ' + e.outerHTML.slice(0, 200));
	for (const e of document.querySelectorAll('*')) {
		for (const a of e.attributes) {
			if (/^on|^hx-on|^style$|^srcdoc$|^sse-/i.test(a.name)) tell(e, a.name);
			if (/^(href|src|action|formaction|data|poster|xlink:href)$/.test(a.name) && /^\s*(javascript|data|vbscript|file|blob):/i.test(a.value)) tell(e, a.name);
		}
		if (/^(IFRAME|OBJECT|EMBED|BASE|STYLE|MATH|MARQUEE|PORTAL|FRAME)$/i.test(e.tagName)) tell(e, 'tag');
		if (e.tagName === 'SCRIPT' && (!e.src.startsWith(location.origin + '/static/') || e.textContent)) tell(e, 'script');
		if (/^(IMG|VIDEO|AUDIO|SOURCE)$/.test(e.tagName) && !e.src.startsWith(location.origin + '/')) tell(e, 'source');
		if (e.tagName === 'FORM' && new URL(e.getAttribute('action') || '/', location).origin !== location.origin) tell(e, 'form');
	}
	for (const e of document.querySelectorAll('.msg .body *, .snip *')) {
		if (!tags.has(e.tagName.toUpperCase()) && !e.matches('div.code-block')) tell(e, 'tag in a text');
		if (e.closest('.snip') || e.closest('svg')) continue;
		for (const a of e.attributes) if (!names.has(a.name)) tell(e, a.name + ' in a text');
		if (e.id || e.name) tell(e, 'name');
	}
	if (document.body.dataset.me === undefined || !document.querySelector('main')) found.push('the page is not whole');
	return found.slice(0, 5);
})()`

func TestNothingThatPeopleWriteRuns(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	all := vectors(t)
	ctx := p.browse(wide, high)
	tripwire(t, ctx, s.url)
	look := func(what string) {
		t.Helper()
		for _, found := range get(t, ctx, chromedp.Evaluate[[]string](active)) {
			t.Errorf("%s: %s", what, found)
		}
	}
	const rooms = 4
	pages := []string{"/chat", "/channels", "/users", "/profile", "/search?q=from:me", "/search?q=alert", "/search?q=script", "/jump", "/jump?q=a", "/unreads"}
	p.must("PUT", "/api/users/me", map[string]string{"display_name": all[0], "status_message": short(all[9], 100), "phone": "1"}, nil)
	for room := range rooms {
		q := s.signUp(t, fmt.Sprintf("Eve%d", room))
		q.must("PUT", "/api/users/me", map[string]string{"displayName": short(all[10+room], 80), "status_message": short(all[20+room], 100)}, nil)
		id := p.create(fmt.Sprintf("room%d", room), "public", q)
		p.must("PUT", "/api/chat/channels/"+id, map[string]string{"description": short(strings.Join(all[room*7:room*7+7], " "), 250)}, nil)
		path := "/chat/" + id
		do(t, ctx, open(s.url+path), seen(composer))
		var first, last message
		for i := room; i < len(all); i += rooms {
			author := p
			if i%3 == 0 {
				author = q
			}
			last = author.say(id, all[i]) // arrives over the stream
			if first.ID == "" {
				first = last
			}
		}
		do(t, ctx, present("#m-"+last.ID))
		look(path + " live")
		q.must("POST", "/api/chat/channels/"+id+"/messages/send", map[string]any{"content": "files", "attachments": q.files(all[room*10 : room*10+8])}, nil)
		pages = append(pages, path, path+"?before="+last.ID, path+"/members")
		if room == 0 {
			pages = append(pages, path+"?around="+first.ID, path+"/edit", path+"/thread/"+first.ID, path+"/messages/"+first.ID+"/edit", path+"/messages/"+last.ID+"/delete")
		}
	}
	for _, vector := range all[:3] {
		pages = append(pages, "/search?q="+url.QueryEscape(vector))
	}
	for _, address := range pages {
		do(t, ctx, open(s.url+address), present("main"))
		look(address)
	}
	do(t, ctx, open(s.url+"/chat"), click("[data-jump]"), present(".palette [role=option]"), keys(".palette input", "eve"), waitFor(`document.querySelectorAll('.palette .hint').length > 0`))
	look("the palette")
}

// short cuts a text to so many characters.
func short(text string, n int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(n, len(runes))])
}

// files uploads small files with these names and returns them for a message.
func (p *person) files(names []string) (attachments []map[string]string) {
	p.t.Helper()
	for _, name := range names {
		sent := p.upload(name+".txt", "text/html", []byte("<script>alert(1)</script>"))
		attachments = append(attachments, map[string]string{"id": sent.ID})
	}
	return attachments
}

// uploaded is a file that waits for its message.
type uploaded struct {
	ID   string
	File string `json:"file_url"`
}

func (p *person) upload(name, mediaType string, content []byte) (sent uploaded) {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {mimeName(name)}, "Content-Type": {mediaType}})
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequest("POST", p.server.url+"/api/upload/message-file", &body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Origin", p.server.url)
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&sent); err != nil || sent.ID == "" {
		p.t.Fatalf("%q is not uploaded: %d %v", name, answer.StatusCode, err)
	}
	return sent
}

func mimeName(name string) string {
	return `form-data; name="file"; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(name) + `"`
}
