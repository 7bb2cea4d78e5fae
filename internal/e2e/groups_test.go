package e2e

import "testing"

func TestAGroupIsMadeCalledAndSeesItself(t *testing.T) {
	t.Parallel()
	s := start(t)
	boss, q := s.boss(t), s.signUp(t, "Jon")
	general := boss.channel("general")
	ctx := boss.browse(wide, high)
	do(t, ctx, scriptsOff(), open(s.url+"/groups"), press(".new-group summary"), seen("#handle"), fill("#handle", "design"), press(".new-group .btn-primary:not(summary)"),
		at("/groups/design"), fill("#user", "jon"), press(`[name=action][value=add]`), seen(".group-people .title"))
	desk := boss.browse(wide, high)
	jon := q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+general), seen(composer))
	do(t, desk, open(s.url+"/chat/"+general), seen(composer), press(composer), keys(composer, "hi @des"), seen(`.complete [data-insert="@design"]`), enter(),
		waitFor(`document.querySelector('#content').value === 'hi @design '`), enter(), present(`.mention[data-mention=design]`))
	do(t, jon, seen(`.item.at .mention.me[data-mention=design]`))
}
