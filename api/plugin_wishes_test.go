package api

import (
	"strings"
	"testing"

	"pegasus/internal/modeltest"
	"pegasus/plugins"
	"pegasus/web"
)

func TestAWishIsImprovedOverTheAPIAndNothingIsAsked(t *testing.T) {
	b := newBench(t, func(d *Deps) { d.Limits = web.NewLimits(false) })
	id := b.plugin("Dice")
	b.model.Add(modeltest.Turn{Pieces: []string{"/roll answers <b>6</b>."}, Input: 30, Output: 5},
		modeltest.Turn{Pieces: []string{"Better."}, Input: 30, Output: 5}, modeltest.Turn{Status: 500, Error: "sk-marker-of-the-key"})
	got := b.call(b.ada, "POST", "/api/plugins/improve", `{"message":"roll a dice"}`).want(200).Body.String()
	if !strings.HasPrefix(masked(got), `{"success":true,"message":"/roll answers \u003cb\u003e6\u003c/b\u003e.","model":"scripted-1","usage":{"calls":1,"inputTokens":30,"outputTokens":5,`) {
		t.Errorf("got %s", got)
	}
	b.call(b.ada, "POST", "/api/plugins/improve", `{"message":"louder","pluginId":"`+id+`"}`).want(200)
	if asked := b.model.Requests(); len(asked) != 2 || strings.Contains(asked[0].Last(), "Dice") || !strings.Contains(asked[1].Last(), "Dice") {
		t.Errorf("the model was asked %+v", asked)
	}
	b.call(b.ben, "POST", "/api/plugins/improve", `{"message":"louder","pluginId":"`+id+`"}`).want(404, "PLUGIN_NOT_FOUND")
	b.call(b.ada, "POST", "/api/plugins/improve", `{"message":" "}`).want(400, "MESSAGE_REQUIRED")
	broke := b.call(b.ada, "POST", "/api/plugins/improve", `{"message":"x"}`).want(503, "MODEL_FAILED")
	if strings.Contains(broke.Body.String()+b.log.String(), "sk-marker") {
		t.Error("the key is shown")
	}
	b.call(b.ada, "GET", "/api/plugins/"+id+"/conversations", nil).exactly(200, `{"conversations":[]}`)
	if used := b.call(b.ada, "GET", "/api/plugins/usage", nil).want(200).Body.String(); !strings.Contains(used, `"calls":3,"inputTokens":60`) {
		t.Errorf("it counts as %s", used)
	}
	for range 60 {
		b.call(b.ada, "POST", "/api/plugins/improve", `{"message":""}`)
	}
	b.call(b.ada, "POST", "/api/plugins/improve", `{"message":"x"}`).want(429)
	b.call(b.ada, "POST", "/api/plugins/"+id+"/messages", `{"message":"x"}`).want(429) // they count together
}

func TestAnAnswerIsEstimatedOverTheAPI(t *testing.T) {
	b := newBench(t)
	id := b.plugin("Dice")
	first := b.call(b.ada, "POST", "/api/plugins/"+id+"/estimate", `{}`).want(200).Body.String()
	if !strings.HasPrefix(first, `{"inputTokens":`) || !strings.Contains(first, `"costMicros":null,"answers":0,"tokensLeft":null,"currency":null}`) {
		t.Errorf("got %s", first)
	}
	if asked := b.model.Requests(); len(asked) != 0 {
		t.Error("a model was called for it")
	}
	b.model.Add(modeltest.Turn{Pieces: []string{"No."}, Input: 30, Output: 5})
	talk := b.call(b.ada, "POST", "/api/chat/send", `{"message":"Roll","pluginName":"dice"}`).want(200).field("conversationId")
	then := b.call(b.ada, "POST", "/api/plugins/"+id+"/estimate", `{"message":"`+strings.Repeat("more ", 50)+`","conversationId":"`+talk+`"}`).want(200).Body.String()
	if then == first || !strings.Contains(then, `"usual":{"calls":1,"inputTokens":30,"outputTokens":5,`) || !strings.Contains(then, `"answers":1`) {
		t.Errorf("got %s", then)
	}
	b.call(b.ben, "POST", "/api/plugins/"+id+"/estimate", `{}`).want(404, "PLUGIN_NOT_FOUND")
	b.call(b.ada, "POST", "/api/plugins/"+id+"/estimate", `{"conversationId":"65f000000000000000000001"}`).want(404, "CONVERSATION_NOT_FOUND")
	b.call(b.ada, "POST", "/api/plugins/"+id+"/estimate", `{"message":"`+strings.Repeat("x", 8001)+`"}`).want(400, "MESSAGE_TOO_LONG")
}

func TestWhoWaitsForAnAnswerOrReadsItHasSeenIt(t *testing.T) {
	b := newBench(t)
	id := b.plugin("Dice")
	unseen := func(want string) {
		t.Helper()
		if got := b.call(b.ada, "GET", "/api/plugins/"+id, nil).want(200).Body.String(); !strings.Contains(masked(got), `"unseen":"`+want+`"`) {
			t.Errorf("got %s", got)
		}
	}
	say := func() { b.model.Add(modeltest.Turn{Pieces: []string{"No."}}) }
	say()
	b.call(b.ada, "POST", "/api/chat/send", `{"message":"Roll","pluginName":"dice"}`).want(200)
	unseen("")
	say()
	asked := b.call(b.ada, "POST", "/api/plugins/"+id+"/messages", `{"message":"Roll"}`).want(201)
	b.over(id)
	unseen("ID")
	b.call(b.ada, "GET", "/api/plugins/shared", nil).want(200)
	b.call(b.ada, "GET", "/api/plugins/"+id+"/messages/"+asked.field("message._id"), nil).want(200)
	unseen("")
}

// over waits until nothing is answered about a plugin of ada's.
func (b *bench) over(id string) {
	b.t.Helper()
	p, err := b.Plugins.Plugin(b.t.Context(), b.ada.User, id)
	must(b.t, err)
	if p.Asking != "" {
		must(b.t, b.Plugins.Follow(b.t.Context(), b.ada.User, p.Asking, 0, func(plugins.Event) error { return nil }))
	}
}
