package e2e

import (
	"fmt"
	"testing"
)

func TestAnEmojiOfTheWorkspaceIsSeenByEverybodyAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	general := p.channel("general")
	m := p.say(general, "look :party_cat:")
	jon := q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), shows("look :party_cat:"))
	var made struct {
		Emoji struct{ ID string }
	}
	p.must("POST", "/api/emoji", map[string]string{"name": "party_cat", "image": dot}, &made)
	// The message on screen shows it, the picker offers it, and so does the box.
	do(t, jon, seen(`.body img.emoji[alt=":party_cat:"]`), waitFor(`document.querySelector('.body img.emoji').naturalWidth === 1`))
	bar := fmt.Sprintf(`document.querySelector('#m-%s [data-act=react]')`, m.ID)
	do(t, jon, waitFor(bar+`.focus() || true`), enter(), seen("dialog.picker input"), keys("dialog.picker input", "party_cat"),
		waitFor(`document.querySelectorAll('.picker-list button').length === 1`), enter(), gone("dialog.picker"), counted(m.ID, ":party_cat:", 1, true))
	do(t, jon, press(composer), keys(composer, "so :party_c"), seen(".complete [role=option] img.emoji"), enter(),
		waitFor(`document.querySelector('#content').value === 'so :party_cat: '`), enter(), waitFor(`document.querySelectorAll('.body img.emoji').length === 2`))
	p.must("DELETE", "/api/emoji/"+made.Emoji.ID, nil, nil)
	do(t, jon, gone(".body img.emoji"), shows("look :party_cat:"))
}

func TestEmojiAreAddedWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	p.must("POST", "/api/emoji", map[string]string{"name": "party_cat", "image": dot}, nil)
	ada := p.browse(wide, high)
	do(t, ada, scriptsOff(), open(s.url+"/emoji"), seen(".customs img.emoji"), press(".change summary"), seen(".change .form"),
		fill(".change input", "calm_cat"), press(".change [value=rename]"), seen(`.customs img.emoji[alt=":calm_cat:"]`),
		press(".change summary"), press(".change [value=remove]"), seen("main .empty"))
}
