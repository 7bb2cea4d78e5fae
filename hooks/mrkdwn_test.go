package hooks_test

import (
	"strings"
	"testing"

	"pegasus/hooks"
	"pegasus/markdown"
)

var slackNames = hooks.Names{
	User: func(id string) (string, string) {
		switch id {
		case "U1":
			return "ada", "Ada Lovelace"
		case "U2":
			return "", "Ben *gone*"
		}
		return "", ""
	},
	Channel: func(id string) string { return map[string]string{"C1": "general"}[id] },
	Emoji: func(name string) (string, bool) {
		if name == "wave::skin-tone-3" {
			return "👋🏼", true
		}
		return markdown.Emoji(name)
	},
}

func TestSlacksTextsBecomeMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"*bold* _it_ ~gone~ `a &lt; *b*`":                                     "**bold** _it_ ~~gone~~ `a < *b*`",
		"<@U1> and <@U2>, <@U9|nina>, <@U8>":                                  `@ada and @Ben \*gone\*, @nina, @U8`,
		"<#C1> <#C1|> <#C2|old-name> <#C3>":                                   "#general #general #old-name #C3",
		"<!here> <!channel> <!everyone> <!date^1|Mon>":                        "@here @channel @channel Mon",
		"<https://example.com/?a=1&amp;b=2|the *page*> <https://example.com>": `[the \*page\*](<https://example.com/?a=1&b=2>) <https://example.com>`,
		"<javascript:alert(1)|x>":                                             "x",
		"<tel:+1|+1> <x>":                                                     "+1 x",
		"<mailto:a@example.com|a@example.com>":                                "a@example.com",
		"a ```if a &lt; b {\n}``` b":                                          "a \n```\nif a < b {\n}\n```\n b",
		"```never closed":                                                     "\\`\\`\\`never closed",
		"&gt; quoted\nnot":                                                    "> quoted\n\nnot",
		"before\n&gt;&gt;&gt;all\nof it":                                      "before\n> all\n> of it",
		"• one\n    ◦ two\n        ▪︎ three":                                  "- one\n  - two\n    - three",
		"# no heading\ntext\n---":                                             "\\# no heading\ntext\n\\---",
		"1 &lt; 2 &amp;&amp; &amp;lt; &lt;b&gt;":                              `1 \< 2 && &amp;lt; \<b>`,
		":wave::skin-tone-3: :tada: :partyparrot: 10:30:20":                   "👋🏼 🎉 :partyparrot: 10:30:20",
		"a || b || c":                                                         `a \|\| b \|\| c`,
		"    four spaces":                                                     "four spaces",
	} {
		if got := hooks.FromSlack(text, slackNames); got != want {
			t.Errorf("%q becomes\n%q, want\n%q", text, got, want)
		}
	}
}

func TestWhatSlackShowsAsItIsMakesNoMarkup(t *testing.T) {
	for text, want := range map[string]string{
		"&lt;script&gt;alert(1)&lt;/script&gt;": "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
		"&amp;lt;":                              "<p>&amp;lt;</p>",
		"title\n===":                            "<p>title<br>\n===</p>",
	} {
		html := strings.TrimSpace(markdown.New().Render(hooks.FromSlack(text, slackNames)))
		if html != want {
			t.Errorf("%q is shown as %s, want %s", text, html, want)
		}
	}
}

func FuzzFromSlack(f *testing.F) {
	for _, seed := range []string{"*a* <@U1> ```x``` &gt;&gt;&gt; • <https://x|y>", "`" + "<" + "```", "&amp;&amp;lt;", strings.Repeat("<@", 50)} {
		f.Add(seed)
	}
	render := markdown.New()
	f.Fuzz(func(t *testing.T, text string) {
		if html := render.Render(hooks.FromSlack(text, slackNames)); strings.Contains(html, "<script") {
			t.Errorf("%q becomes %s", text, html)
		}
	})
}
