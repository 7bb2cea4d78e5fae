package emoji_test

import (
	"encoding/json"
	"testing"

	"pegasus/chat"
	"pegasus/emoji"
)

func TestEveryEmojiThatIsOfferedIsTakenAsItStands(t *testing.T) {
	n, seen := 0, map[string]bool{}
	for _, group := range emoji.Groups() {
		if group.Name == "" || len(group.Emoji) == 0 {
			t.Errorf("group %q has %d emoji", group.Name, len(group.Emoji))
		}
		for _, e := range group.Emoji {
			n++
			if kept, ok := chat.CanonicalEmoji(e.Text); !ok || kept != e.Text || e.Name == "" || seen[e.Text] {
				t.Errorf("%q (%s) is kept as %q, %v", e.Text, e.Name, kept, ok)
			}
			seen[e.Text] = true
		}
	}
	if n < 1800 {
		t.Errorf("only %d emoji", n)
	}
}

func TestEmojiAreFoundByTheBeginningsOfTheirWords(t *testing.T) {
	for text, want := range map[string]string{
		"party pop": "🎉", "tada": "🎉", ":+1:": "👍", "thumbs up": "👍", "GERMANY": "🇩🇪", "heart red": "❤️", "rocket": "🚀",
	} {
		if found := emoji.Find(text, 5); len(found) == 0 || found[0].Text != want {
			t.Errorf("%q finds %v, want %s first", text, found, want)
		}
	}
	for _, text := range []string{"", " ", ":", "ocket", "no such thing"} {
		if found := emoji.Find(text, 5); len(found) > 0 {
			t.Errorf("%q finds %v", text, found)
		}
	}
	if found := emoji.Find("face", 7); len(found) != 7 {
		t.Errorf("%d are found, want 7", len(found))
	}
}

func TestThePickerGetsTheSameList(t *testing.T) {
	data, err := emoji.JSON()
	var all [][]any
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil || len(all) != len(emoji.Groups()) || all[0][0] != emoji.Groups()[0].Name {
		t.Fatalf("%d groups, %v", len(all), err)
	}
	if rows := all[0][1].([]any); len(rows) != len(emoji.Groups()[0].Emoji) || rows[0].([]any)[0] != "😀" {
		t.Errorf("the first group is %v…", rows[:1])
	}
}
