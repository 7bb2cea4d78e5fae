package views

import (
	"context"
	"hash/fnv"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/static"
)

// htmxConfig keeps htmx from evaluating code, from writing styles and from keeping pages of somebody who signed out.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,` +
	`"includeIndicatorStyles":false,"selfRequestsOnly":true,"scrollIntoViewOnBoost":false}`

// sanitised puts out HTML that the domain rendered and sanitised. It is the only place that writes text unescaped.
func sanitised(html string) templ.Component {
	if !strings.Contains(html, emojiMark) {
		return templ.Raw(spoken.Replace(html))
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, spoken.Replace(withPictures(ctx, html)))
		return err
	})
}

// spoken adds what people need who do not see a message or use no mouse: a word for each box of a list of tasks, and a
// way to scroll wide code and tables, and to uncover spoilers, by keys. In sanitised HTML a "<" always begins a tag.
var spoken = strings.NewReplacer(
	`<input checked=`, `<input aria-label="Done" checked=`, `<input disabled=`, `<input aria-label="To do" disabled=`,
	`<pre`, `<div class="code-block"><pre tabindex="0"`, `</pre>`, `</pre>`+copyButton+`</div>`, `<table`, `<table tabindex="0"`,
	`<span class="spoiler"`, `<span class="spoiler" tabindex="0" title="Spoiler: point at it, tap it or tab to it"`,
)

// copyButton stands beside each block of code; without scripts it is not there.
var copyButton = `<button class="copy needs-js" type="button" data-copy-code aria-label="Copy code" title="Copy code">` +
	`<svg class="icon" aria-hidden="true"><use href="` + iconRef("copy") + `"></use></svg></button>`

func iconRef(name string) string { return static.URL("icons.svg") + "#" + name }

// initials returns up to two letters that stand for a name.
func initials(name string) string {
	var letters []rune
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for i, word := range words {
		if i == 0 || i == len(words)-1 {
			r, _ := utf8.DecodeRuneInString(word)
			letters = append(letters, unicode.ToUpper(r))
		}
	}
	if len(letters) == 0 {
		return "?"
	}
	return string(letters)
}

// avatarClass gives a person one of eight colours, always the same.
func avatarClass(userID string) string {
	h := fnv.New32a()
	h.Write([]byte(userID))
	return "av-" + strconv.Itoa(int(h.Sum32()%8))
}

const isoTime = "2006-01-02T15:04:05.000Z"

func iso(t time.Time) string { return t.UTC().Format(isoTime) }

// clock is the time of day in UTC; the script shows it in the reader's zone.
func clock(t time.Time) string { return t.UTC().Format("15:04") }

// DayLabel names the day of t as seen at now, both in UTC.
func DayLabel(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	days := int(now.Truncate(24*time.Hour).Sub(t.Truncate(24*time.Hour)) / (24 * time.Hour))
	switch {
	case days == 0:
		return "Today"
	case days == 1:
		return "Yesterday"
	case t.Year() == now.Year():
		return t.Format("Monday, 2 January")
	default:
		return t.Format("2 January 2006")
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// badge is a count in few characters.
func badge(n int64) string {
	if n > 99 {
		return "99+"
	}
	return number(n)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func statusText(s accounts.Status) string {
	switch s {
	case accounts.StatusOnline:
		return "Online"
	case accounts.StatusAway:
		return "Away"
	case accounts.StatusBusy:
		return "Busy"
	case accounts.StatusInMeeting:
		return "In a meeting"
	default:
		return "Offline"
	}
}

func channelPath(id string) string { return "/chat/" + id }

func messagePath(channelID, messageID string) string {
	return "/chat/" + channelID + "/messages/" + messageID
}

// MessageLink is where a message is found for good.
func MessageLink(channelID, messageID string) string {
	return "/chat/" + channelID + "?around=" + messageID + "#m-" + messageID
}

func channelIcon(private bool) string {
	if private {
		return "lock"
	}
	return "hash"
}

// typingLine says who is writing.
func typingLine(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " is typing…"
	case 2:
		return names[0] + " and " + names[1] + " are typing…"
	default:
		return "Several people are typing…"
	}
}

// withReturn adds where to go after signing in to the path of a page.
func withReturn(path, returnTo string) string {
	if returnTo == "" {
		return path
	}
	return path + "?" + url.Values{"returnTo": {returnTo}}.Encode()
}

// grouped writes a number with thin spaces between its thousands.
func grouped(n int64) string {
	text := number(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}
