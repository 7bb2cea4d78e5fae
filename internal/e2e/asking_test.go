package e2e

import "testing"

func TestAMemberAsksForAPluginAndAKeeperReadsAndApprovesItWithoutScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	channel := p.create("games", "public", q)
	q.post("/create", "pluginName", "my dice", "template", "dice")
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon,
		open(s.url+"/plugins/my%20dice"), waitFor(`document.querySelector('#bench-status').textContent.includes('Built')`),
		open(s.url+"/plugins/my%20dice?install="+channel), present("optgroup"), press("#work form .btn-primary"), seen(".wish"),
	)
	do(t, ada, scriptsOff(),
		open(s.url+"/plugins"), press(`a[href^="/installs/"]`), seen(".wish"), press(`.wish a[href*="/files?version="]`), seen(".source .lines"),
		press(`.tree a[href*="manifest.json"]`), seen(".source .lines"),
		open(s.url+"/plugins"), press(`a[href^="/installs/"]`), press(`.wish form[action$="/approve"] button`), seen(`form[action$="/off"]`),
		fill("#set-sides", "many"), press(`form[action$="/settings"] button`), // refused: it stands as it was typed, with what is wrong beside it
		waitFor(`document.querySelector('#set-sides').value === 'many' && document.querySelector('#set-sides').getAttribute('aria-invalid') === 'true'`),
		fill("#set-sides", "6"), press(`form[action$="/settings"] button`), waitFor(`document.querySelector('#set-sides').value === '6' && !document.querySelector('[aria-invalid]')`),
	)
	do(t, jon,
		open(s.url+"/chat/"+channel), seen(composer), press(composer), keys(composer, "/roll 2d6"), enter(),
		waitFor(`document.querySelector('#log .bot')`),
	)
	screenshot(t, jon, "workbench-asked")
}
