package chat

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsWrittenOtherwiseFoldsAlike(t *testing.T) {
	for _, pair := range [][2]string{
		{"Café", "cafe"}, {"Cafe\u0301", "cafe"}, {"STRASSE", "straße"}, {"Ørsted", "orsted"}, {"İstanbul", "istanbul"},
		{"ﬁle", "file"}, {"ＡＢＣ１２", "abc12"}, {"ΣΟΦΟΣ", "σοφος"}, {"σοφός", "σοφοσ"}, {"Ёж", "еж"}, {"ｶﾞ", "ガ"},
		{"👍🏽", "👍"}, {"❤\ufe0f", "❤"}, {"co\u00adop", "coop"}, {"한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
		{"مُحَمَّد", "محمد"}, {"Việt Nam", "viet nam"}, {"Łódź", "lodz"},
	} {
		if a, b := string(fold(pair[0]).runes), string(fold(pair[1]).runes); a != b {
			t.Errorf("%s gives %q, %s gives %q", pair[0], a, pair[1], b)
		}
	}
	for _, pair := range [][2]string{{"が", "か"}, {"мой", "мои"}, {"हि", "ह"}} {
		if string(fold(pair[0]).runes) == string(fold(pair[1]).runes) {
			t.Errorf("%s and %s fold alike", pair[0], pair[1])
		}
	}
}

func TestWordsEndWhereTheirKindDoes(t *testing.T) {
	for text, want := range map[string]string{
		"Hello, world!":          "hello world",
		"snake_case-and.v2":      "snake case and v2",
		"東京タワー!3階":               "東京タワー 3 階",
		"ada@example.com":        "ada example com",
		"done🎉🎉":                 "done 🎉 🎉",
		" ... -> ++":             "",
		"हिन्दी भाषा":            "हिन्दी भाषा",
		"회의를 deploy합니다":          "회의를 deploy 합니다",
		"don't":                  "don t",
		"https://x.test/a?b=c#d": "https x test a b c d",
	} {
		f := fold(text)
		var got []string
		for _, w := range f.words() {
			got = append(got, f.text(w))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q has the words %q, want %q", text, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Straße ﬁ 東京 e\u0301\u0301 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := fold(text)
		if len(got.at) != len(got.runes)+1 || got.at[len(got.runes)] != len(text) {
			t.Fatalf("%d runes, %d places", len(got.runes), len(got.at))
		}
		for i := range got.runes {
			at := got.at[i]
			if at > got.at[i+1] || at >= len(text) || utf8.ValidString(text) && !utf8.RuneStart(text[at]) {
				t.Fatalf("rune %d comes from %d of %q, the next one from %d", i, at, text, got.at[i+1])
			}
		}
	})
}
