// Package unfurl looks at other servers in place of the browser. Of a web page it reads what that says of itself: a title, a few
// words and the name of its site. It reads text alone; a picture from elsewhere would need room, a second request and a decoder,
// and says least. For bots it fetches small pictures, which they are shown under.
package unfurl

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"pegasus/chat"
	"pegasus/excerpt"
	"pegasus/guard"
)

// Limits of one page and of what is remembered.
const (
	maxPage        = 1 << 20 // bytes
	maxTitle       = 140     // characters
	maxDescription = 260
	maxSite        = 60
	maxKept        = 1000 // pages
	keptFor        = time.Hour
)

// Reader reads pages and remembers what they say, failures too. It is safe for concurrent use.
type Reader struct {
	client *http.Client
	pages  *memory[chat.Preview]
}

// New returns a Reader with a client of guard.NewClient.
func New(client *http.Client, now func() time.Time) *Reader {
	return &Reader{client: client, pages: newMemory[chat.Preview](now, maxKept)}
}

var errNothing = errors.New("this page says nothing of itself")

// Fetch returns what the page at an address says of itself.
func (r *Reader) Fetch(ctx context.Context, address string) (chat.Preview, error) {
	return r.pages.of(ctx, address, func() (chat.Preview, error) { return r.read(ctx, address) })
}

func (r *Reader) read(ctx context.Context, address string) (chat.Preview, error) {
	u, err := url.Parse(address)
	if err != nil {
		return chat.Preview{}, err
	}
	body, mediaType, err := guard.Fetch(ctx, r.client, address, maxPage)
	if err != nil {
		return chat.Preview{}, err
	}
	if mediaType != "text/html" && mediaType != "application/xhtml+xml" {
		return chat.Preview{}, errNothing
	}
	encoding, _, _ := charset.DetermineEncoding(body, "text/html")
	p := says(encoding.NewDecoder().Reader(bytes.NewReader(body)))
	p.URL = address
	if p.Site == "" {
		p.Site = strings.TrimPrefix(u.Hostname(), "www.")
	}
	if p.Title == "" {
		return chat.Preview{}, errNothing
	}
	return p, nil
}

// says reads the head of a page. What is meant for cards goes before what is meant for windows.
func says(page io.Reader) (p chat.Preview) {
	found := map[string]string{}
	inTitle := false
	z := html.NewTokenizer(page)
	z.SetMaxBuf(maxPage)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return card(found)
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "title":
				inTitle = found["title"] == ""
			case "meta":
				if name, content := meta(t); found[name] == "" {
					found[name] = content
				}
			case "body":
				return card(found)
			}
		case html.EndTagToken:
			inTitle = false
			if name, _ := z.TagName(); string(name) == "head" {
				return card(found)
			}
		case html.TextToken:
			if inTitle {
				found["title"] += string(z.Text())
			}
		}
	}
}

func meta(t html.Token) (name, content string) {
	for _, a := range t.Attr {
		switch a.Key {
		case "name", "property":
			name = strings.ToLower(a.Val)
		case "content":
			content = a.Val
		}
	}
	return name, content
}

func card(found map[string]string) chat.Preview {
	first := func(limit int, names ...string) string {
		for _, name := range names {
			if text := plain(found[name], limit); text != "" {
				return text
			}
		}
		return ""
	}
	return chat.Preview{
		Site: first(maxSite, "og:site_name"), Title: first(maxTitle, "og:title", "twitter:title", "title"),
		Description: first(maxDescription, "og:description", "twitter:description", "description"),
	}
}

// plain is a text on one line, without what cannot be seen or turns the direction of what follows.
func plain(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar, unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d':
			return -1
		}
		return r
	}, text)
	return excerpt.Line(text, limit)
}

// Links returns the web addresses that a rendered message leads to, in order and each once. What is covered or quoted is left
// alone.
func Links(source string) (links []string) {
	if !strings.Contains(source, "<a ") {
		return nil
	}
	z := html.NewTokenizer(strings.NewReader(source))
	var open []bool // for each span and quotation around: whether it covers what is inside
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return links
		}
		t := z.Token()
		covers := t.Data == "blockquote" || t.Data == "span" && attribute(t, "class") == "spoiler"
		switch {
		case kind == html.StartTagToken && (t.Data == "span" || t.Data == "blockquote"):
			open = append(open, covers)
		case kind == html.EndTagToken && (t.Data == "span" || t.Data == "blockquote") && len(open) > 0:
			open = open[:len(open)-1]
		case kind == html.StartTagToken && t.Data == "a" && !slices.Contains(open, true):
			address := attribute(t, "href")
			if isWeb(address) && !slices.Contains(links, address) {
				links = append(links, address)
			}
		}
	}
}

func isWeb(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
