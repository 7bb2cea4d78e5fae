package chat

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var monday = time.Date(2026, 3, 16, 23, 30, 0, 0, time.UTC)

// found marks in a text what a query finds, "" for a text that does not match.
func found(t *testing.T, query, text string) string {
	t.Helper()
	q, err := parseQuery(query, monday)
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	spans, ok := match(q.terms, text)
	if !ok {
		return ""
	}
	var b strings.Builder
	at := 0
	for _, s := range spans {
		b.WriteString(text[at:s.From] + "[" + text[s.From:s.To] + "]")
		at = s.To
	}
	return b.String() + text[at:]
}

func TestWhatAQueryFinds(t *testing.T) {
	for _, row := range []struct{ query, text, want string }{
		{"deploy", "The deployment is done", "The [deployment] is done"},
		{"deployments", "We deployed it", "We [deployed] it"},
		{"running", "runs, ran, RUN", "[runs], ran, [RUN]"},
		{"ploy", "Deployed", "De[ploy]ed"},
		{"plo", "Deployed", "De[plo]yed"},
		{"go", "going, gone, Go!", "going, gone, [Go]!"},
		{"go", "going", ""},
		{"7", "17 or 7", "17 or [7]"},
		{"a b", "b, then a", "[b], then [a]"},
		{"a b", "only a", ""},
		{"café", "Cafe CAFÉ cafe\u0301s", "[Cafe] [CAFÉ] [cafe\u0301s]"},
		{"strasse", "Hauptstraße", "Haupt[straße]"},
		{"東京", "私は東京タワーに行く", "私は[東京]タワーに行く"},
		{"京", "東京", "東[京]"},
		{"京東", "東京", ""},
		{"회의", "내일 회의를 합니다", "내일 [회의]를 합니다"},
		{"会議室", "明日の会議、会議室で", "明日の会議、[会議室]で"},
		{"ada@example.com", "Mail Ada@Example.com.", "Mail [Ada@Example.com]."},
		{"example.com", "Mail ada@example.com", "Mail ada@[example.com]"},
		{"https://x.test/a-b?c=1", "see <https://x.test/a-b?c=1>", "see <[https://x.test/a-b?c=1]>"},
		{"snake_case", "a snake_cased thing", "a [snake_case]d thing"},
		{"snake_case", "a snake case", ""},
		{"well-known", "well-known", "[well-known]"},
		{"a-b", "data-b a-b", "data-b [a-b]"},
		{"a-b", "data-base", ""},
		{"getUserName", "call GetUserNameById()", "call [GetUserName]ById()"},
		{"username", "getUserName", "get[UserName]"},
		{"10.0.0.1", "host 10.0.0.1:80", "host [10.0.0.1]:80"},
		{"10.0.0.1", "host 110.0.0.12", ""},
		{"3階", "東京3階", "東京[3階]"},
		{"🎉", "done 🎉!", "done [🎉]!"},
		{"👍", "👍🏽 ok", "[👍🏽] ok"},
		{`"hello world"`, "Hello,\n**world**", "[Hello,\n**world]**"},
		{`"hello world"`, "hello big world", ""},
		{`"hello worl"`, "hello world", ""},
		{`"run"`, "running", ""},
		{`"run"`, "a run", "a [run]"},
		{`"東京 タワー"`, "東京・タワー", "[東京・タワー]"},
		{`"京タ"`, "東京タワー", "東[京タ]ワー"},
		{`"京タ"`, "東京・タワー", ""},
		{"good -bad", "good", "[good]"},
		{"good -bad", "good and bad", ""},
		{`good -"very bad"`, "good, bad, very", "[good], bad, very"},
		{`good -"very bad"`, "good, very bad", ""},
		{"-bad", "good", "good"},
		{"hello, #general!", "hello general", "[hello] [general]"},
		{"foo - bar", "foo bar", "[foo] [bar]"},
		{`\-foo`, "foo", "[foo]"},
		{`from\:ada`, "it is from:ada", "it is [from:ada]"},
		{"http://x", "http://x and https://x", "[http://x] and https://x"},
		{"to:ada", "to:ada", "[to:ada]"},
		{`foo*`, "foobar", "[foo]bar"},
		{`C:\Users`, `in C:\Users\ada`, `in [C:\Users]\ada`},
		{"Ёлка", "елка", "[елка]"},
		{"ingen", "Bingen ﬁne", "B[ingen] ﬁne"},
		{"fin", "Bingen ﬁne", "Bingen [ﬁn]e"},
		{"fie", "ﬁeld", "[ﬁe]ld"},
		{"iel", "ﬁeld", "[ﬁel]d"},
	} {
		if got := found(t, row.query, row.text); got != row.want {
			t.Errorf("%q in %q finds %q, want %q", row.query, row.text, got, row.want)
		}
	}
}

func TestASnippetIsSafeHTMLAroundTheFirstHit(t *testing.T) {
	long := strings.Repeat("zwölf ", 60)
	for _, row := range []struct{ text, query, want string }{
		{"a <b>bold</b> & \"quoted\"\ntext", "bold", "a &lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; &#34;quoted&#34; text"},
		{"<script>", "script", "&lt;<mark>script</mark>&gt;"},
		{"nothing", "-x", "nothing"},
		{long + "needle " + long, "needle", "…" + strings.Repeat("zwölf ", 60)[:0] + lastRunes(long, snippetLead) + "<mark>needle</mark> " + firstRunes(long, snippetSize-2-snippetLead-7) + "…"},
		{long, "zzz -x", ""},
	} {
		q, err := parseQuery(row.query, monday)
		if err != nil {
			t.Fatal(err)
		}
		spans, ok := match(q.terms, row.text)
		if !ok {
			if row.want != "" {
				t.Errorf("%q does not find anything", row.query)
			}
			continue
		}
		got := snippet(row.text, spans)
		if got != row.want {
			t.Errorf("%q shows\n%s, want\n%s", row.query, got, row.want)
		}
		plain := strings.NewReplacer("<mark>", "", "</mark>", "", "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#34;", `"`).Replace(got)
		if n := utf8.RuneCountInString(plain); n > snippetSize {
			t.Errorf("it has %d characters", n)
		}
	}
}

func firstRunes(text string, n int) string { return string([]rune(text)[:n]) }
func lastRunes(text string, n int) string  { r := []rune(text); return string(r[len(r)-n:]) }
