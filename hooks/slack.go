package hooks

import (
	"encoding/json"
	"regexp"
	"strings"
)

// people turns what a payload calls somebody, an id or a username, into a username, "" for nobody.
type people func(who string) string

// Markdown returns what a payload says, without U+0000, which no message may have. Blocks come in place of the text, which is then only
// their short form.
func (p Payload) Markdown(names people) string {
	var parts []string
	if text := blocksText(p.Blocks, names); text != "" {
		parts = append(parts, text)
	} else if p.Text != "" {
		parts = append(parts, convert(p.Text, names))
	}
	for _, a := range p.Attachments {
		if text := a.markdown(names); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(parts, "\n\n"), "\x00", ""))
}

// markdown sets an attachment apart as a quotation, below what introduces it.
func (a Attachment) markdown(names people) string {
	var inside []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			inside = append(inside, text)
		}
	}
	add(linked(plain(a.AuthorName), a.AuthorLink))
	if a.Title != "" {
		add("**" + linked(plain(a.Title), a.TitleLink) + "**")
	}
	add(convert(a.Text, names))
	add(blocksText(a.Blocks, names))
	var fields []string
	for _, f := range a.Fields {
		switch title, value := plain(f.Title), convert(string(f.Value), names); {
		case title != "" && value != "":
			fields = append(fields, "**"+title+":** "+value)
		case title+value != "":
			fields = append(fields, title+value)
		}
	}
	add(strings.Join(fields, "  \n"))
	if webAddress(a.ImageURL) {
		add("<" + a.ImageURL + ">")
	}
	add(plain(a.Footer))
	if len(inside) == 0 && a.Pretext == "" {
		add(convert(a.Fallback, names))
	}
	text := ""
	if len(inside) > 0 {
		text = "> " + strings.ReplaceAll(strings.Join(inside, "\n\n"), "\n", "\n> ")
	}
	if a.Pretext != "" {
		text = strings.TrimSpace(convert(a.Pretext, names) + "\n\n" + text)
	}
	return text
}

func blocksText(blocks []Block, names people) string {
	var parts []string
	for _, b := range blocks {
		if text := strings.TrimSpace(b.markdown(names)); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n\n")
}

func (b Block) markdown(names people) string {
	switch b.Type {
	case "header":
		return "### " + strings.ReplaceAll(b.Text.markdown(names), "\n", " ")
	case "section", "markdown":
		lines := []string{b.Text.markdown(names)}
		for _, f := range b.Fields {
			lines = append(lines, f.markdown(names))
		}
		return joined(lines, "  \n")
	case "context":
		return joined(parts(b.Elements, names), " · ")
	case "divider":
		return "---"
	case "image":
		return picture(b.Title.markdown(names), b.AltText, b.ImageURL)
	case "rich_text":
		return joined(parts(b.Elements, names), "\n")
	}
	return ""
}

func (t *TextPart) markdown(names people) string {
	switch {
	case t == nil:
		return ""
	case t.Type == "plain_text":
		return plain(t.Text)
	}
	return mrkdwn(t.Text, names)
}

func parts(elements []Part, names people) []string {
	texts := make([]string, len(elements))
	for i, e := range elements {
		texts[i] = e.markdown(names)
	}
	return texts
}

// markdown is of a part of a section, a context or a rich text.
func (p Part) markdown(names people) string {
	var text string
	_ = json.Unmarshal(p.Text, &text) // what is no text stays empty
	switch p.Type {
	case "mrkdwn":
		return mrkdwn(text, names)
	case "plain_text":
		return plain(text)
	case "text":
		return special.Replace(text)
	case "image":
		return picture("", p.AltText, p.ImageURL)
	case "link":
		if text == "" {
			text = p.URL
		}
		return linked(plain(text), p.URL)
	case "emoji":
		return ":" + p.Name + ":"
	case "user":
		return mention(names(p.UserID))
	case "broadcast":
		return crowd(p.Range)
	case "rich_text_section":
		return strings.Join(parts(p.Elements, names), "")
	case "rich_text_quote":
		return "> " + strings.ReplaceAll(strings.Join(parts(p.Elements, names), ""), "\n", "\n> ")
	case "rich_text_preformatted":
		return "```\n" + p.bare() + "\n```"
	case "rich_text_list":
		items := parts(p.Elements, names)
		for i := range items {
			items[i] = "- " + items[i]
		}
		return strings.Join(items, "\n")
	}
	return ""
}

// bare is the text within a part as it is, for code.
func (p Part) bare() string {
	var text string
	_ = json.Unmarshal(p.Text, &text)
	for _, e := range p.Elements {
		text += e.bare()
	}
	return text
}

func joined(texts []string, between string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, between)
}

func picture(title, alt, address string) string {
	if title == "" {
		title = plain(alt)
	}
	if title == "" {
		title = "Picture"
	}
	return linked(title, address)
}

func webAddress(address string) bool {
	_, err := cleanURL(address)
	return err == nil && !strings.ContainsAny(address, "<> \t\r\n")
}

// linked is a link with a name in markdown, or the name alone where the address is none of the web.
func linked(name, address string) string {
	if name == "" || !webAddress(address) {
		return name
	}
	return "[" + name + "](<" + address + ">)"
}

var special = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "~", `\~`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`)

// plain escapes what markdown would take for more than text.
func plain(text string) string { return special.Replace(strings.TrimSpace(text)) }

var (
	// angled is Slack's syntax for links and names: <https://x|name>, <@U1>, <#C1|name>, <!channel>.
	angled = regexp.MustCompile(`<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>`)
	bold   = regexp.MustCompile(`(^|[\s(])\*([^*\s](?:[^*\n]*[^*\s])?)\*`)
	struck = regexp.MustCompile(`(^|[\s(])~([^~\s](?:[^~\n]*[^~\s])?)~`)
	joins  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// mrkdwn is convert for texts of blocks, where * is bold and ~ strikes out; elsewhere texts are markdown already.
func mrkdwn(text string, names people) string {
	return outsideCode(text, func(text string) string {
		text = bold.ReplaceAllString(text, "$1**$2**")
		return struck.ReplaceAllString(convertPart(text, names), "$1~~$2~~")
	})
}

// convert turns Slack's syntax for links and names into ours.
func convert(text string, names people) string {
	return outsideCode(text, func(text string) string { return convertPart(text, names) })
}

// outsideCode changes what does not stand between backticks. Code is shown as it is, so that what Slack's senders escape is
// put back there; elsewhere markdown does.
func outsideCode(text string, change func(string) string) string {
	pieces := strings.Split(text, "`")
	for i, piece := range pieces {
		if i%2 == 0 || i == len(pieces)-1 {
			pieces[i] = change(piece)
		} else {
			pieces[i] = joins.Replace(piece)
		}
	}
	return strings.Join(pieces, "`")
}

func convertPart(text string, names people) string {
	return angled.ReplaceAllStringFunc(text, func(found string) string {
		part := angled.FindStringSubmatch(found)
		sign, what, label := part[1], part[2], part[3]
		switch {
		case sign == "@":
			if name := names(what); name != "" {
				return "@" + name
			}
			return plain(orElse(label, what))
		case sign == "#":
			return "#" + plain(strings.TrimPrefix(orElse(label, what), "#"))
		case sign == "!":
			if called := crowd(what); called != "" {
				return called
			}
			return plain(label)
		case strings.HasPrefix(what, "mailto:"):
			return plain(orElse(label, strings.TrimPrefix(what, "mailto:")))
		case webAddress(joins.Replace(what)):
			if label == "" {
				return "<" + joins.Replace(what) + ">"
			}
			return linked(plain(joins.Replace(label)), joins.Replace(what))
		}
		return found
	})
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

func mention(username string) string {
	if username == "" {
		return ""
	}
	return "@" + username
}

// crowd is what we call those whom Slack's <!channel>, <!here> and <!everyone> mean, "" for other words.
func crowd(word string) string {
	switch word {
	case "channel", "everyone", "group":
		return "@channel"
	case "here":
		return "@here"
	}
	return ""
}
