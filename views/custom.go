package views

import (
	"context"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// CustomEmoji is one of the workspace's own, as pages show it.
type CustomEmoji struct {
	ID    string
	Name  string
	Src   string // where its picture is
	Still string // where one is that does not move, "" where Src does not
	By    string // who added it, "" where they are gone
	At    time.Time
	Mine  bool // the viewer may rename and remove it
}

// EmojiPage is the page of the workspace's own emoji.
type EmojiPage struct {
	Shell
	All      []CustomEmoji
	MayAdd   bool
	ByAdmins bool // admins alone add emoji
	Name     string
	At       string // the id of the one that Wrong is about, "" for a new one
	Wrong    Wrong
}

type customKey struct{}

// WithEmoji returns a context under which components show the workspace's own emoji. named returns one by its name.
func WithEmoji(ctx context.Context, named func(name string) (CustomEmoji, bool)) context.Context {
	return context.WithValue(ctx, customKey{}, named)
}

func customNamed(ctx context.Context, name string) (CustomEmoji, bool) {
	named, _ := ctx.Value(customKey{}).(func(string) (CustomEmoji, bool))
	if named == nil {
		return CustomEmoji{}, false
	}
	return named(name)
}

// Mark returns the picture in the place of its name, as HTML. Who asked for less motion gets one that stands still.
func (e CustomEmoji) Mark() string {
	name := html.EscapeString(e.Name)
	img := fmt.Sprintf(`<img class="emoji" data-emoji="%s" src="%s" alt=":%s:" title=":%s:" width="22" height="22" loading="lazy" decoding="async">`,
		name, html.EscapeString(e.Src), name, name)
	if e.Still == "" {
		return img
	}
	return `<picture><source srcset="` + html.EscapeString(e.Still) + `" media="(prefers-reduced-motion: reduce)">` + img + `</picture>`
}

// Unmarked returns what stands in the place of an emoji that is gone, as HTML.
func (e CustomEmoji) Unmarked() string {
	name := html.EscapeString(e.Name)
	return `<span data-emoji="` + name + `">:` + name + `:</span>`
}

const (
	emojiMark    = `<span data-emoji="`
	emojiMarkEnd = `</span>`
)

// withPictures puts the workspace's own emoji in the place of the names that the renderer of messages has marked.
func withPictures(ctx context.Context, text string) string {
	var out strings.Builder
	for {
		before, mark, found := strings.Cut(text, emojiMark)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, rest, _ := strings.Cut(mark, `"`)
		_, after, whole := strings.Cut(rest, emojiMarkEnd)
		if e, there := customNamed(ctx, name); there && whole {
			out.WriteString(e.Mark())
			text = after
			continue
		}
		out.WriteString(emojiMark)
		text = mark
	}
}

// emojiText is plain text in which :names: of the workspace's own emoji are shown as pictures.
func emojiText(text string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var out strings.Builder
		for {
			before, rest, found := strings.Cut(text, ":")
			out.WriteString(html.EscapeString(before))
			if !found {
				break
			}
			name, after, closed := strings.Cut(rest, ":")
			if e, there := customNamed(ctx, strings.ToLower(name)); there && closed {
				out.WriteString(e.Mark())
				text = after
				continue
			}
			out.WriteString(":")
			text = rest
		}
		_, err := io.WriteString(w, out.String())
		return err
	})
}
