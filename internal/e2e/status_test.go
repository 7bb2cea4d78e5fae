package e2e

import (
	"fmt"
	"testing"
	"time"
)

func TestAStatusShowsLiveBesideItsPersonAndEndsByItself(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	talk := q.talk(p, "hello")
	ada, jon := p.browse(phoneWide, phoneHigh), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+talk), seen(composer))
	do(t, ada, open(s.url+"/profile"), fill("#status_message", "Reading"), press(`[data-pick-for]`), seen("dialog.picker"),
		press("dialog.picker .picker-list button"), waitFor(`document.querySelector('#status_emoji').value !== ''`),
		press(`input[name=when][value="in 30 minutes"]`), press(`input[name=pause]`), press(`form[action="/profile/status"] .btn-primary`), seen(".note"),
		waitFor(`document.querySelector('input[name=when][value=at]').checked && document.querySelector('input[name=pause]').checked`))
	do(t, jon, waitFor(fmt.Sprintf(`document.querySelector('[data-mood="%s"]').textContent.trim() !== ''`, p.id)),
		waitFor(`document.querySelector('main [data-status-line]').textContent.includes('Reading')`))
	p.must("PUT", "/api/users/me", map[string]any{"status_emoji": "🌴", "status_expires_at": time.Now().Add(3 * time.Second).UTC().Format(time.RFC3339Nano)}, nil)
	do(t, jon, waitFor(fmt.Sprintf(`document.querySelector('[data-mood="%s"]').textContent.trim() === '🌴'`, p.id)),
		waitFor(fmt.Sprintf(`document.querySelector('[data-mood="%s"]').textContent.trim() === ''`, p.id)),
		waitFor(`document.querySelector('main [data-status-line]').textContent.trim() === 'Online'`))
	do(t, ada, open(s.url+"/profile"), press(`.ideas button[value=lunch]`), seen(".note"), waitFor(`document.querySelector('#status_message').value === 'Having lunch'`))
}
