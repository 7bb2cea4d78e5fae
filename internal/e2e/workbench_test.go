package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pegasus/internal/modeltest"
)

const rollManifest = `<file path="manifest.json">
{
  "api": 1,
  "name": "dice",
  "title": "Dice",
  "commands": [{ "name": "roll", "hint": "[count]d[sides]", "help": "Rolls dice." }]
}
</file>
`

const brokenRoll = `<file path="main.ts">
import { definePlugin } from "pegasus"

export default definePlugin({
  commands: {
    roll(call, ctx) {
      return "rolled " + (call.text
    },
  },
})
</file>
`

const goodRoll = `<edit path="main.ts">
<<<<<<< SEARCH
      return "rolled " + (call.text
=======
      const [count, sides] = call.text.split("d").map(Number)
      let sum = 0
      for (let i = 0; i < count; i++) sum += 1 + ctx.random(sides)
      return "rolled " + call.text + ": **" + sum + "**"
>>>>>>> REPLACE
</edit>
`

const louderRoll = `<edit path="main.ts">
<<<<<<< SEARCH
": **" + sum + "**"
=======
": **" + sum + "**!"
>>>>>>> REPLACE
</edit>
`

// scripted starts a model that says what the test tells it to, and a server that asks it.
func scripted(t *testing.T, turns ...modeltest.Turn) (*server, *modeltest.Server) {
	t.Helper()
	model := modeltest.Start(turns...)
	t.Cleanup(model.Close)
	return start(t, "OPENAI_BASE_URL="+model.URL+"/v1", "OPENAI_API_KEY=key-that-nobody-sees", "OPENAI_MODEL=scripted-coder"), model
}

func TestAPluginIsSaidBuiltMendedTriedInstalledAndUsed(t *testing.T) {
	t.Parallel()
	hold, leave := make(chan struct{}), make(chan struct{})
	s, model := scripted(t,
		modeltest.Turn{Pieces: []string{"I am writing **dice**.\n", rollManifest, brokenRoll, "That should do.\n"}, Hold: hold, Input: 100, Output: 50},
		modeltest.Turn{Pieces: []string{"A bracket was missing.\n", goodRoll}, Input: 200, Output: 60},
		modeltest.Turn{Pieces: []string{"The answer of /roll ends with an exclamation mark."}, Input: 30, Output: 10},
		modeltest.Turn{Pieces: []string{"Now it shouts.\n", louderRoll}},
		modeltest.Turn{Pieces: []string{"You are ", "welcome."}, Hold: leave},
	)
	p, q := s.signUp(t, "Ada"), s.signUp(t, "Jon")
	channel := p.create("games", "public", q)
	ada, jon := p.browse(wide, high), q.browse(wide, high)
	do(t, jon, open(s.url+"/chat/"+channel), seen(composer))
	do(t, ada,
		open(s.url+"/plugins"), seen(".empty"), press(`.empty a.btn`), at("/create"),
		fill("#pluginName", "dice"), fill("#description", "A /roll command"), press("main form .btn-primary"), at("/plugins/dice"),
		waitFor(`document.querySelector('.turn [data-answer]')?.textContent.includes('I am writing')`),
		seen(".turn .under-way button"),
	)
	close(hold)
	do(t, ada,
		waitFor(`document.querySelector('.turn')?.dataset.state === 'answered'`),
		waitFor(`document.querySelector('.footnote')?.textContent.includes('410 tokens')`),
		waitFor(`[...document.querySelectorAll('.turn .changes code')].map((c) => c.textContent).join() === 'main.ts,manifest.json'`),
		waitFor(`document.querySelector('.diff tr.came')?.textContent.length > 0`), // the changes came up by themselves
		waitFor(`document.querySelector('#bench-status').textContent.includes('Built')`),
	)
	screenshot(t, ada, "workbench-changes")
	if asked := model.Requests(); len(asked) != 2 || !strings.Contains(asked[1].Last(), "main.ts") {
		t.Errorf("the model was asked %d times; the second time it should have been told of main.ts", len(asked))
	}
	do(t, ada,
		press(`[data-tab="try"]`), seen(".try"), fill(".try #text", "/roll 2d6"), press(".try button"),
		waitFor(`/rolled 2d6: \d+/.test(document.querySelector('.tried')?.textContent)`),
		waitFor(`location.pathname === '/plugins/dice' && location.search.includes('tab=try') && location.search.includes('conversation=')`),
		waitFor(`/Reads about [\d\s]+ tokens plus what you write\. The last answer: about 410\./.test(document.querySelector('#cost').textContent)`),
		fill("#message", "Louder, please"), press("#ask .foot [data-reword]"),
		waitFor(`document.querySelector('#message').value.endsWith('exclamation mark.') && document.querySelector('[data-reworded]').textContent.includes('Nothing was sent')`),
	)
	screenshot(t, ada, "workbench-reworded")
	do(t, ada,
		press("#ask [data-reworded] button"), waitFor(`document.querySelector('#message').value === 'Louder, please'`), press("#ask .btn-primary"),
		waitFor(`document.querySelectorAll('.turn[data-state="answered"]').length === 2`), // in the same conversation
		waitFor(`document.querySelector('.diff tr.came')?.textContent.includes('!')`),     // what a try left does not stand in its way
		waitFor(`document.querySelector('#bench-status').textContent.includes('Built')`),
		open(s.url+"/plugins/dice?tab=files&file=main.ts#L4"), press("[data-edit-source]"), seen("[data-editor]"),
		waitFor(`location.hash === '#L4' && document.activeElement.value?.slice(0, document.activeElement.selectionStart).split('\n').length === 4`),
		fill("#message", "Thanks"), press("#ask .btn-primary"), waitFor(`document.querySelector('.turn[data-state="answering"] [data-answer]')?.textContent.includes('You are')`),
		open(s.url+"/chat/"+channel), seen(composer),
	)
	close(leave)
	do(t, ada, // who has left is told, and who watched the others was not
		waitFor(`document.querySelector('#toasts a[href^="/plugins/dice"]')?.parentElement.textContent.includes('The model has answered')`),
		open(s.url+"/plugins"), waitFor(`document.querySelector('.list .chip.unseen')`), press(`.list a[href="/plugins/dice"]`), waitFor(`document.querySelector('#turns').textContent.includes('You are welcome.')`),
		press(`[data-tab="versions"]`), seen(".versions li"),
		press(`[data-tab="install"]`), seen("select#channel"), fill("select#channel", channel), press(".work form .btn-primary"),
		at("/chat/"+channel), seen(composer), press(composer), keys(composer, "/roll 2d6"), enter(),
		waitFor(`/rolled 2d6: \d+/.test(document.querySelector('#log').textContent)`),
	)
	do(t, jon, waitFor(`/rolled 2d6: \d+/.test(document.querySelector('#log').textContent)`), seen("#log .bot"))
	screenshot(t, jon, "workbench-used")
	if page := get(t, ada, chromedp.OuterHTML[chromedp.CSS]("html")); strings.Contains(page, "key-that-nobody-sees") {
		t.Error("the page holds the key")
	}
}

func TestAnAnswerIsStoppedAndTheModelHungUpOn(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	defer close(hold)
	s, model := scripted(t, modeltest.Turn{Pieces: []string{"Let me think. ", "More."}, Hold: hold})
	p := s.signUp(t, "Ada")
	ada := p.browse(wide, high)
	do(t, ada,
		open(s.url+"/create"), fill("#pluginName", "slow"), fill("#description", "anything"), press("main form .btn-primary"), at("/plugins/slow"),
		waitFor(`document.querySelector('.turn [data-answer]')?.textContent.includes('Let me think')`),
		press(".turn .under-way button"), waitFor(`document.querySelector('.turn')?.dataset.state === 'stopped'`),
	)
	select {
	case <-model.Gone:
	case <-time.After(10 * time.Second):
		t.Error("the model still speaks")
	}
	do(t, ada, waitFor(`!document.querySelector('#ask [data-send]').disabled`))
	model.Add(modeltest.Turn{Pieces: []string{"/roll says", "\na number."}})
	do(t, ada, scriptsOff(), open(s.url+"/create"), fill("#pluginName", "dice"), fill("#description", "dice"), press("[data-reword]"), seen(".reworded button"),
		waitFor(`document.querySelector('#description').value === '/roll says\na number.' && document.querySelector('#pluginName').value === 'dice'`),
		press(".reworded button"), waitFor(`document.querySelector('#description').value === 'dice'`), gone(".reworded button"))
}

func TestAPluginIsMadeFromATemplateWithoutScriptsAndWithoutAModel(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ada := p.browse(wide, high)
	do(t, ada, scriptsOff(), open(s.url+"/create"), seen(`[role="note"]`), fill("#pluginName", "my dice"), press(`input[value="dice"]`), press("main form .btn-primary"),
		seen(".tree a"), press(`.tree a[href*="manifest.json"]`), seen(".source .lines"),
		press(`.source .tools a`), seen("[data-editor]"))
	text := get(t, ada, chromedp.Value[chromedp.CSS]("[data-editor]"))
	do(t, ada, fill("[data-editor]", strings.Replace(text, `"Dice"`, `"Bones"`, 1)), press(`[value="save"]`), seen(".source .lines"),
		press(`[data-tab="changes"]`), seen(".diff tr.came"), press(`[data-tab="versions"]`), seen(`form[action$="/rollback"]`),
		press(`form[action$="/rollback"] button`), seen(".diff"),
		open(s.url+"/plugins/my%20dice?tab=more"), press(`input[name="sure"]`), press(`form[action$="/delete"] button`), at("/plugins"), seen(".empty"))
}

// workbenchViews are the pages of plugins, with something on each.
func (p *person) workbenchViews() []view {
	p.t.Helper()
	channel := p.create("games", "public")
	p.post("/create", "pluginName", "stand-up", "template", "standup")
	p.post("/plugins/stand-up/ask", "message", "add a command /hello that says \"hello "+strings.Repeat("unbroken", 20)+"\"")
	id := p.plugin("stand-up").ID
	q := p.server.signUp(p.t, "Max")
	asked := q.asksFor("my dice", p.create("dens", "public", q), p)
	p.post("/create", "pluginName", "broken", "template", "dice")
	p.post("/plugins/broken/files", "base", "1", "path", "main.ts", "content", "let a = (", "action", "save")
	broken := waitFor(`document.querySelector('.file-problems a')`)
	built := []step{waitFor(`document.querySelector('#bench-status').textContent.includes('Built')`)}
	return []view{
		{"plugins", "/plugins", nil}, {"new plugin", "/create", nil}, {"a plugin", "/plugins/stand-up", built},
		{"a plugin's files", "/plugins/stand-up?tab=files", nil},
		{"a plugin's file, edited", "/plugins/stand-up?tab=files&file=main.ts&edit=1", nil},
		{"a plugin's changes", "/plugins/stand-up?tab=changes", nil}, {"a plugin's build", "/plugins/stand-up?tab=build", nil},
		{"a plugin tried", "/plugins/stand-up?tab=try", []step{fill("#text", "/hello"), click(".try button"), present(".tried")}},
		{"a plugin tried by a time", "/plugins/stand-up?tab=try", []step{click(`[value="schedule"]`), click(".try-settings summary"), click(".try button"), present(".tried")}},
		{"a file that does not build", "/plugins/broken?tab=files&file=main.ts", []step{broken}},
		{"a file that does not build, edited", "/plugins/broken?tab=files&file=main.ts&edit=1", []step{broken, present(".gutter .bad")}},
		{"deleting a conversation", "/plugins/stand-up/conversations/" + p.talkAbout(id) + "/delete", nil},
		{"what waits for an approval", "/installs/" + asked, []step{present(".wish")}},
		{"what would change by it", "/installs/" + asked + "/changes", []step{present(".diff tr.came")}},
		{"plugins, with one that waits", "/plugins", nil},
		{"a plugin's versions", "/plugins/stand-up?tab=versions", nil}, {"a plugin's more", "/plugins/stand-up?tab=more", nil},
		{"installing a plugin", "/plugins/stand-up?tab=install", []step{fill("#channel", channel), click("#work form .btn-primary"), at("/chat/" + channel)}},
		{"an installed plugin", "/plugins", []step{click(`a[href^="/installs/"]`), present(".lead")}},
		{"the files of an installed plugin", "/plugins", []step{
			click(`a[href^="/installs/"]`), present(".lead"), click(`a[href*="/files?version="]`), present(".source .lines"),
		}},
	}
}

type builtPlugin struct {
	ID    string `json:"_id"`
	Name  string `json:"pluginName"`
	Head  int    `json:"version"`
	Built int    `json:"builtVersion"`
}

// plugin returns a plugin of one's own by its name.
func (p *person) plugin(name string) (found builtPlugin) {
	p.t.Helper()
	var own struct{ Plugins []builtPlugin }
	p.must("GET", "/api/plugins/user", nil, &own)
	for _, one := range own.Plugins {
		if one.Name == name {
			return one
		}
	}
	p.t.Fatalf("there is no plugin %s", name)
	return found
}

// builtUp waits until the newest version of a plugin is built.
func (p *person) builtUp(name string) builtPlugin {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if found := p.plugin(name); found.Head > 0 && found.Built == found.Head {
			return found
		}
	}
	p.t.Fatalf("%s was not built", name)
	return builtPlugin{}
}

// talkAbout returns the newest conversation about a plugin of one's own.
func (p *person) talkAbout(pluginID string) string {
	p.t.Helper()
	var all struct {
		Conversations []struct {
			ID string `json:"_id"`
		}
	}
	p.must("GET", "/api/plugins/"+pluginID+"/conversations", nil, &all)
	return all.Conversations[0].ID
}

// asksFor has a plugin of one's own work in a channel that keeper keeps, and asks for its next version. It returns the install.
func (p *person) asksFor(name, channelID string, keeper *person) string {
	p.t.Helper()
	p.post("/create", "pluginName", name, "template", "dice")
	made := p.builtUp(name)
	var here struct{ Install struct{ ID string } }
	p.must("POST", "/api/chat/channels/"+channelID+"/plugins", map[string]any{"plugin_id": made.ID}, &here)
	keeper.must("POST", "/api/installs/"+here.Install.ID+"/approve", struct{}{}, nil)
	p.must("PUT", "/api/plugins/"+made.ID+"/files", map[string]any{"version": 1, "operations": []map[string]string{
		{"type": "create", "file": "more.ts", "content": "export const more = \"" + strings.Repeat("unbroken", 30) + "\"\n"},
	}}, nil)
	p.must("PUT", "/api/installs/"+here.Install.ID, map[string]any{"version": p.builtUp(name).Built}, nil)
	return here.Install.ID
}
