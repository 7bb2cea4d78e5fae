package hooks_test

import (
	"testing"

	"pegasus/hooks"
)

func TestWhatAPayloadSays(t *testing.T) {
	names := func(who string) string {
		if who == "U1" {
			return "ada"
		}
		return ""
	}
	for _, c := range []struct{ payload, want string }{
		{`{"text":"Hello <https://x.test/a?b=1&amp;c=2|the *page*>, see <https://y.test>"}`,
			`Hello [the \*page\*](<https://x.test/a?b=1&c=2>), see <https://y.test>`},
		{`{"text":"<@U1> and <@U2|Ben> in <#C1|general>, <!channel> <!here> <!everyone> <!subteam^S1|@team>"}`,
			`@ada and Ben in #general, @channel @here @channel @team`},
		{`{"text":"<javascript:alert(1)|x> <mailto:a@x.test|Ada>"}`, "<javascript:alert(1)|x> Ada"},
		{"{\"text\":\"code `a &lt; <@U1>` and &lt;b&gt;\"}", "code `a < <@U1>` and &lt;b&gt;"},
		{`{"text":"short","blocks":[{"type":"header","text":{"type":"plain_text","text":"Big *news*"}},{"type":"divider"},
			{"type":"section","text":{"type":"mrkdwn","text":"*bold* ~gone~"},"fields":[{"type":"mrkdwn","text":"a"}]},
			{"type":"context","elements":[{"type":"mrkdwn","text":"one"},{"type":"image","image_url":"https://x.test/i.png","alt_text":"pic"}]},
			{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Press"}}]}]}`,
			"### Big \\*news\\*\n\n---\n\n**bold** ~~gone~~  \na\n\none · [pic](<https://x.test/i.png>)"},
		{`{"attachments":[{"color":"#f00","pretext":"Before","title":"Build 7","title_link":"https://ci.test/7","text":"failed",
			"fields":[{"title":"Branch","value":"main","short":true},{"title":"Tries","value":3}],"footer":"ci"}]}`,
			"Before\n\n> **[Build 7](<https://ci.test/7>)**\n> \n> failed\n> \n> **Branch:** main  \n> **Tries:** 3\n> \n> ci"},
		{`{"attachments":[{"fallback":"only this"}]}`, "> only this"},
		{`{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi "},{"type":"user","user_id":"U1"},
			{"type":"link","url":"https://x.test","text":"x"}]},{"type":"rich_text_preformatted","elements":[{"type":"text","text":"a*b"}]}]}]}`,
			"hi @ada[x](<https://x.test>)\n```\na*b\n```"},
		{`{}`, ""},
	} {
		p, err := hooks.ParsePayload("application/json", []byte(c.payload))
		if err != nil {
			t.Errorf("%s: %v", c.payload, err)
			continue
		}
		if got := p.Markdown(names); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.payload, got, c.want)
		}
	}
}

func TestWhatIsAPayload(t *testing.T) {
	for body, kind := range map[string]string{
		`{"text":"hi"}`:                       "application/json",
		`payload=%7B%22text%22%3A%22hi%22%7D`: "application/x-www-form-urlencoded",
	} {
		if p, err := hooks.ParsePayload(kind, []byte(body)); err != nil || p.Text != "hi" {
			t.Errorf("%s: %+v, %v", body, p, err)
		}
	}
	for _, body := range []string{"", "hi", `{"text":`, `["a"]`, `{"text":{"$ne":null}}`, "payload=", "payload=hi", "{\"text\":\"\xff\"}"} {
		if _, err := hooks.ParsePayload("application/json", []byte(body)); err == nil {
			t.Errorf("%q is taken", body)
		}
	}
}
