package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"pegasus/chat"
	"pegasus/internal/doortest"
	"pegasus/internal/modeltest"
	"pegasus/notify"
	"pegasus/plugins"
	"pegasus/plugins/openai"
)

// newModelWorld is newWorld with a model that says what the test tells it to.
func newModelWorld(t *testing.T, budget plugins.Budget) (*world, *modeltest.Server) {
	t.Helper()
	model := modeltest.Start()
	t.Cleanup(model.Close)
	w := newWorldOf(t, doortest.Options{Plugins: func(o *plugins.Options) {
		o.Generator, o.Budget = openai.New(openai.Options{BaseURL: model.URL + "/v1", Key: "marker-of-the-key", Model: "small"}), budget
	}})
	t.Cleanup(func() { w.Plugins.Close(context.Background()) })
	return w, model
}

func TestAWishForANewPluginIsRewordedAndTakenBackWithoutScripts(t *testing.T) {
	w, model := newModelWorld(t, plugins.Budget{})
	ada := w.join("ada")
	w.get(ada, "/create").want(200, `formaction="/create/reword"`, "Improve wording")
	model.Add(modeltest.Turn{Pieces: []string{"/roll answers\nwith </textarea><b>a</b> sum."}, Input: 1000, Output: 234})
	form := []string{"pluginName", "dice", "description", "roll\nthe dice", "requirements", "six sides"}
	page := w.post(ada, "/create/reword", form...).want(200, "Reworded by scripted-1", "1\u202f234 tokens", "Nothing was sent", "Back to my words", `name="back"`)
	page.keeps("pluginName", "dice", "description", "/roll answers\nwith </textarea><b>a</b> sum.", "requirements", "six sides", "before", "roll\nthe dice")
	if asked := model.Requests()[0].Last(); !strings.Contains(asked, "the dice") || !strings.Contains(asked, "six sides") {
		t.Errorf("the model was asked %s", asked)
	}
	back := append(form, "before", "roll\nthe dice", "back", "1")
	if text := w.post(ada, "/create/reword", back...).want(200).keeps("description", "roll\nthe dice", "requirements", "six sides").Body.String(); strings.Contains(text, "Back to my words") {
		t.Error("there is a way back from one's own words")
	}
	model.Add(modeltest.Turn{Pieces: []string{"Again."}})
	w.post(ada, "/create/reword", "pluginName", "dice", "description", "/roll", "before", "roll\nthe dice").want(200).keeps("description", "Again.", "before", "roll\nthe dice")
	w.post(ada, "/create", "pluginName", "", "description", "/roll", "before", "mine").want(422).keeps("description", "/roll", "before", "mine")
	if own, err := w.Plugins.Plugins(t.Context(), ada.User); err != nil || len(own) != 0 || len(model.Requests()) != 2 {
		t.Errorf("something was made: %v, %v", own, err)
	}
}

func TestWhatIsAskedIsRewordedBesideItsConversation(t *testing.T) {
	w, model := newModelWorld(t, plugins.Budget{})
	ada, ben := w.join("ada"), w.join("ben")
	p := w.projectOf(ada, "my dice", "main.ts", "one\n")
	older := w.asking(ada, p, "older")
	w.asking(ada, p, "newer")
	model.Add(modeltest.Turn{Pieces: []string{"Louder, in capitals."}})
	w.post(ada, "/plugins/my%20dice/reword", "message", "louder", "conversation", older.ID).
		want(200, `aria-current>older`, "Back to my words", `data-address="/plugins/my%20dice?conversation=`+older.ID+`"`).keeps("message", "Louder, in capitals.", "before", "louder", "conversation", older.ID)
	w.post(ada, "/plugins/my%20dice/reword", "message", "x", "before", "louder", "back", "1").want(200).keeps("message", "louder")
	w.post(ada, "/plugins/my%20dice/reword", "message", " ").want(400, "Please say what you want").blames("message")
	model.Add(modeltest.Turn{Status: 500, Error: "marker-of-the-fault"})
	broke := w.post(ada, "/plugins/my%20dice/reword", "message", "louder").want(503, "has a fault").keeps("message", "louder")
	if strings.Contains(broke.Body.String(), "marker-of") {
		t.Error("the page tells what the model's server said")
	}
	w.post(ben, "/plugins/"+p.ID+"/reword", "message", "louder").want(404)
	said, err := w.Plugins.Exchanges(t.Context(), ada.User, older.ID, "", 10)
	must(t, err)
	if len(said) != 0 {
		t.Errorf("something was asked: %v", said)
	}
	model.Add(modeltest.Turn{Pieces: []string{"Louder."}})
	part := w.script(ada, "POST", "/plugins/my%20dice/reword", "message", "loud")
	part.want(200, "<textarea>Louder.</textarea>", `formaction="/plugins/my%20dice/reword"`)
	if strings.Contains(part.Body.String(), "<html") {
		t.Error("a script gets a whole page")
	}
}

func TestWithoutAModelNothingIsReworded(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.projectOf(ada, "dice", "main.ts", "one\n")
	for _, path := range []string{"/create", "/plugins/dice"} {
		if page := w.get(ada, path).want(200).Body.String(); strings.Contains(page, "Improve wording") || strings.Contains(page, "/reword") || strings.Contains(page, `id="cost"`) {
			t.Errorf("%s offers what there is not", path)
		}
	}
	w.post(ada, "/plugins/dice/reword", "message", "louder").want(http.StatusConflict, "none is configured").keeps("message", "louder")
}

func TestBesideTheBoxStandsAboutWhatAnAnswerCosts(t *testing.T) {
	w, model := newModelWorld(t, plugins.Budget{Person: 50_000, InputPrice: 2, OutputPrice: 10, Currency: "EUR"})
	ada := w.join("ada")
	p := w.projectOf(ada, "dice", "main.ts", strings.Repeat("x", 40_000))
	w.get(ada, "/plugins/dice").want(200, "Reads about 11\u202f000 tokens (0.02", " EUR) plus what you write. 50\u202f000 left today.")
	for _, out := range []int{100, 300} {
		model.Add(modeltest.Turn{Pieces: []string{"No."}, Input: 10_000, Output: out})
		e, err := w.Plugins.Ask(t.Context(), ada.User, p.ID, "", "Why?")
		must(t, err)
		must(t, w.Plugins.Follow(t.Context(), ada.User, e.ID, 0, func(plugins.Event) error { return nil }))
		if out == 100 {
			w.get(ada, "/plugins/dice").want(200, "The last answer: about 10\u202f000 (0.0210 EUR).")
		}
	}
	w.get(ada, "/plugins/dice").want(200, "The last 2 answers: about 10\u202f000 each (0.0220 EUR).", "29\u202f600 left today.")
	if page := w.get(w.join("ben"), "/plugins").Body.String(); strings.Contains(page, "left today") {
		t.Error("the cost stands where nothing is asked")
	}
}

func TestAPageSaysThatItShowedTheEndOfAnAnswer(t *testing.T) {
	w, model := newModelWorld(t, plugins.Budget{})
	ada, ben := w.join("ada"), w.join("ben")
	p := w.projectOf(ada, "dice", "main.ts", "one\n")
	model.Add(modeltest.Turn{Pieces: []string{"No."}}, modeltest.Turn{Pieces: []string{"No."}})
	ask := func() string {
		e, err := w.Plugins.Ask(t.Context(), ada.User, p.ID, "", "Why?")
		must(t, err)
		must(t, w.Plugins.Follow(t.Context(), ada.User, e.ID, 0, func(plugins.Event) error { return nil }))
		w.get(ada, "/plugins").want(200, "New answer")
		return e.ID
	}
	marked := func() bool { return strings.Contains(w.get(ada, "/plugins").want(200).Body.String(), "New answer") }
	seen := "/plugins/dice/answers/" + ask() + "/seen"
	w.post(ben, seen).want(404)
	if !marked() {
		t.Error("somebody else saw it for her")
	}
	w.post(ada, seen).want(204)
	if marked() {
		t.Error("it is still new")
	}
	ask()
	w.get(ada, "/plugins/dice").want(200)
	if marked() {
		t.Error("it is still new after a look at the page")
	}
}

func TestWordOfAnAnswerGoesToThePagesOfItsAsker(t *testing.T) {
	frame := string(plain(notify.AnswerEnded{
		UserID: "u", ExchangeID: "e", Answer: notify.Answer{PluginID: "p", Title: "dice", Body: "Version 2 is built.", URL: "/plugins/dice"}, Sound: true,
	}))
	for _, want := range []string{"event: answer_ended", `"channelId":"p"`, `"messageId":"e"`, `"title":"dice"`, `"body":"Version 2 is built."`, `"url":"/plugins/dice"`, `"sound":true`} {
		if !strings.Contains(frame, want) {
			t.Errorf("%s lacks %s", frame, want)
		}
	}
}

func TestAnswersAreToldUnlessAPersonWantsNoWord(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	w.get(ada, "/profile/notifications").want(200, `name="answers" value="yes" checked`)
	chosen := func() chat.Preferences {
		p, err := w.chat.Preferences(t.Context(), ada.User)
		must(t, err)
		return p
	}
	w.post(ada, "/profile/notifications/messages", "level", "").sends("/profile/notifications")
	if !chosen().NoAnswers {
		t.Error("what was not ticked is on")
	}
	w.post(ada, "/profile/notifications/messages", "level", "", "answers", "yes").sends("/profile/notifications")
	if chosen().NoAnswers {
		t.Error("what was ticked is off")
	}
	w.post(ada, "/profile/notifications/messages", "zone", "Nowhere/Land").want(400, `name="answers" value="yes"`)
}
