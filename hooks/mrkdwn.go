package hooks

import (
	"regexp"
	"strconv"
	"strings"
)

// Names say whom and what a text of Slack's means.
type Names struct {
	// User returns by which name somebody is mentioned here, "" where nobody can be, and what they are called.
	User func(id string) (username, shown string)
	// Channel returns what a channel is called, "" for none.
	Channel func(id string) string
	// Emoji returns what a shortcode such as "tada" or "wave::skin-tone-3" stands for.
	Emoji func(name string) (string, bool)
}

var (
	shortcode = regexp.MustCompile(`:([a-z0-9_+'-]{1,64}(?:::skin-tone-[2-6])?):`)
	bullet    = regexp.MustCompile(`^( *)[•◦▪]\x{fe0e}?\s+`)
	ruled     = regexp.MustCompile(`^\s*(-+|=+|\*\*\*+|___+)\s*$`)
)

// FromSlack returns what a text of Slack's says, where * is bold, _ is italic, ~ strikes out, and &, < and > are escaped, in
// markdown. Source: https://docs.slack.dev/messaging/formatting-message-text.
func FromSlack(text string, names Names) string {
	fenced := strings.Split(noSigns.Replace(text), "```")
	var out strings.Builder
	for i, piece := range fenced {
		if i%2 == 0 || i == len(fenced)-1 {
			if i%2 == 1 {
				out.WriteString("\\`\\`\\`") // never closed
			}
			out.WriteString(names.lines(piece))
			continue
		}
		if before := out.String(); before != "" && !strings.HasSuffix(before, "\n") {
			out.WriteString("\n")
		}
		out.WriteString("```\n" + strings.Trim(bareText(piece), "\n") + "\n```")
		if next := fenced[i+1]; next != "" && !strings.HasPrefix(next, "\n") {
			out.WriteString("\n")
		}
	}
	return strings.TrimSpace(out.String())
}

// lines converts what stands outside fences, with the marks that a line may begin with.
func (n Names) lines(text string) string {
	lines := strings.Split(text, "\n")
	quoted := false // to the end, by >>>
	for i, line := range lines {
		if rest, all := strings.CutPrefix(line, "&gt;&gt;&gt;"); all && !quoted {
			quoted, line = true, rest
		}
		quote := ""
		if rest, one := strings.CutPrefix(line, "&gt;"); one && !quoted {
			quote, line = "> ", strings.TrimPrefix(rest, " ")
		} else if quoted {
			quote, line = "> ", strings.TrimPrefix(line, " ")
		}
		mark := ""
		if found := bullet.FindStringSubmatch(line); found != nil {
			mark = strings.Repeat("  ", min(len(found[1])/4, 8)) + "- "
			line = line[len(found[0]):]
		} else if inside := strings.TrimLeft(line, " \t"); len(line)-len(inside) > 3 {
			line = "   " + inside // four would be code
		}
		switch {
		case mark == "" && ruled.MatchString(line):
			line = `\` + strings.TrimSpace(line)
		case mark == "" && strings.HasPrefix(line, "#"):
			line = `\` + line
		default:
			line = n.inline(line)
		}
		lines[i] = quote + mark + line
	}
	// A line behind a quotation would go on with it.
	for i := 1; i < len(lines); i++ {
		if strings.HasPrefix(lines[i-1], "> ") && !strings.HasPrefix(lines[i], "> ") && lines[i] != "" {
			lines[i] = "\n" + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// inline converts a line.
func (n Names) inline(line string) string {
	pieces := strings.Split(line, "`")
	for i, piece := range pieces {
		if i%2 == 0 || i == len(pieces)-1 {
			pieces[i] = n.words(piece)
		} else {
			pieces[i] = bareText(piece)
		}
	}
	return strings.Join(pieces, "`")
}

func (n Names) words(text string) string {
	var names []string // and links, which stay whole
	text = angled.ReplaceAllStringFunc(text, func(found string) string {
		names = append(names, n.named(found))
		return whole + strconv.Itoa(len(names)-1) + whole
	})
	text = strings.ReplaceAll(text, "||", `\|\|`)
	text = struck.ReplaceAllString(bold.ReplaceAllString(text, "$1**$2**"), "$1~~$2~~")
	text = shortcode.ReplaceAllStringFunc(text, func(found string) string {
		if one, known := n.Emoji(found[1 : len(found)-1]); known {
			return one
		}
		return found
	})
	pieces := strings.Split(unescaped(text), whole)
	for i := 1; i < len(pieces); i += 2 {
		at, _ := strconv.Atoi(pieces[i]) // as written above
		pieces[i] = names[at]
	}
	return strings.Join(pieces, "")
}

// named converts one name or link.
func (n Names) named(text string) string {
	part := angled.FindStringSubmatch(text)
	switch sign, what, label := part[1], part[2], part[3]; sign {
	case "@":
		username, shown := n.User(what)
		if username == "" {
			return plain("@" + orElse(orElse(shown, label), what))
		}
		return "@" + username
	case "#":
		return "#" + plain(orElse(orElse(n.Channel(what), label), what))
	}
	if part[1] == "" && !strings.HasPrefix(part[2], "mailto:") && !webAddress(joins.Replace(part[2])) {
		return plain(joins.Replace(orElse(part[3], part[2]))) // no address of the web is none here
	}
	return convertPart(text, func(string) string { return "" })
}

// Signs that no text of Slack's has: around the number of a name, and before an entity that stays.
const (
	whole = "\x00"
	stays = "\x01"
)

var noSigns = strings.NewReplacer(whole, "", stays, "")

// meant are entities that would become a sign of markup once their & has lost its own escape.
var meant = regexp.MustCompile(`&amp;(#?[A-Za-z0-9]+;)`)

// unescaped puts back what Slack escapes, as far as markdown shows it as it is.
func unescaped(text string) string {
	text = meant.ReplaceAllString(text, stays+"$1")
	text = strings.NewReplacer("&lt;", `\<`, "&gt;", ">", "&amp;", "&").Replace(text)
	return strings.ReplaceAll(text, stays, "&amp;")
}

// bareText is a text within code: links lose their signs, and what Slack escapes is put back.
func bareText(text string) string {
	return joins.Replace(angled.ReplaceAllStringFunc(text, func(found string) string {
		part := angled.FindStringSubmatch(found)
		return part[1] + orElse(part[3], part[2])
	}))
}

// BareFromSlack returns what a text of Slack's says without any markup.
func BareFromSlack(text string) string { return bareText(noSigns.Replace(text)) }

// Link returns a link with a name in markdown, or the name alone where the address is none of the web.
func Link(name, address string) string { return linked(plain(name), address) }

// FromSingleStars returns a text in markdown in which * alone is bold and ~ strikes out, as in Rocket.Chat's.
func FromSingleStars(text string) string {
	pieces := strings.Split(text, "`")
	for i := 0; i < len(pieces); i += 2 {
		pieces[i] = struck.ReplaceAllString(bold.ReplaceAllString(pieces[i], "$1**$2**"), "$1~~$2~~")
	}
	return strings.Join(pieces, "`")
}
