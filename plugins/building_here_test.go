package plugins_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/plugins"
)

// maker stands for a model that makes a mistake first, and for the compiler that finds it.
type maker struct {
	hopeless bool
	holds    chan struct{}        // where it is set it says nothing before that is closed
	calls    chan context.Context // takes that of each call, where it is set
}

func (*maker) Model() string { return "a script" }

func (m *maker) Generate(ctx context.Context, r plugins.Request, say func(plugins.Piece)) (plugins.Answer, error) {
	if m.calls != nil {
		m.calls <- ctx
	}
	if m.holds != nil {
		select {
		case <-m.holds:
		case <-ctx.Done():
			return plugins.Answer{}, ctx.Err()
		}
	}
	script := dice
	if r.Round == 1 || m.hopeless {
		script = "@@"
	}
	say(plugins.Piece{Text: "Here it is.", File: "main.ts"})
	return plugins.Answer{Text: "Here it is.", Changes: []plugins.Change{
		{Type: plugins.Create, File: "manifest.json", Content: diceManifest}, {Type: plugins.Create, File: "main.ts", Content: script},
	}}, nil
}

func (*maker) Compile(_ context.Context, files []plugins.File) (made plugins.Compiled, err error) {
	for _, f := range files {
		switch {
		case f.Path == "manifest.json":
			made.Build.Manifest = f.Content
		case strings.Contains(f.Content, "@@"):
			made.Build.Problems = []plugins.Problem{{File: f.Path, Line: 1, Column: 1, Text: "Unexpected `@@`"}}
		default:
			made.Bundle = []byte(f.Content)
		}
	}
	made.Build.Success = len(made.Build.Problems) == 0
	return made, nil
}

// hears waits until a message of the channel holds a text, and returns it.
func (r *room) hears(text string) chat.Message {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		messages, err := r.Store.Messages(r.t.Context(), r.channel.ID, chat.Page{Limit: 100})
		r.must(err)
		for _, m := range messages {
			if strings.Contains(m.Content, text) {
				return m
			}
		}
	}
	r.t.Fatalf("the channel says %q, and nothing with %q", r.said(r.channel.ID), text)
	return chat.Message{}
}

func TestAPluginIsBuiltFromAChannelAndAThreadTellsHowItGoes(t *testing.T) {
	r := newRoom(t)
	out, err := r.says(r.ben, "/build a dice roller, please!")
	r.must(err)
	if out.Message.UserID != r.ben.ID || out.Message.Content != "/build a dice roller, please!" {
		t.Errorf("the call stands as %+v", out.Message)
	}
	ending, told := r.hears("It is built"), r.hears("The model has begun")
	for _, want := range []string{"You can [open it]", "[ask to have it installed here]", "?install=" + r.channel.ID} {
		if !strings.Contains(ending.Content, want) {
			t.Errorf("%q is missing in %q", want, ending.Content)
		}
	}
	for _, want := range []string{"Built: `a dice roller please`", "It does not compile: `main.ts:1: Unexpected '@@'`", "Round 2"} {
		if !strings.Contains(told.Content, want) {
			t.Errorf("%q is missing in %q", want, told.Content)
		}
	}
	if !strings.HasPrefix(ending.Content, "@ben `a dice roller please`: ") {
		t.Errorf("nobody is told by %q", ending.Content)
	}
	if got := r.ended.ids(); len(got) != 0 {
		t.Errorf("ben is told of %v a second time", got)
	}
	if told.ParentID != out.Message.ID || ending.ParentID != out.Message.ID || len(r.said(r.channel.ID)) != 3 {
		t.Errorf("the channel says %q", r.said(r.channel.ID))
	}
	if marks, err := r.Store.UnreadMentions(t.Context(), r.ben.ID); err != nil || marks[r.channel.ID] != 1 {
		t.Errorf("ben is mentioned in %+v, %v", marks, err)
	}
	own, err := r.Plugins.Plugins(t.Context(), r.ben)
	r.must(err)
	if len(own) != 1 || own[0].Built == 0 {
		t.Fatalf("ben has %+v", own)
	}
	if !strings.Contains(ending.Content, "/plugins/"+own[0].ID+"?install=") {
		t.Errorf("%q does not name the plugin by its id", ending.Content)
	}
	asked, err := r.Plugins.Install(t.Context(), r.ben, own[0].ID, r.channel.ID, plugins.Wish{})
	r.must(err)
	if _, err = r.Plugins.ApproveInstall(t.Context(), r.ada, asked.ID, ""); err != nil || asked.State != plugins.Asked {
		t.Errorf("asked for it is %s, and approving it gives %v", asked.State, err)
	}
	_, err = r.says(r.ben, "/roll 2d6")
	r.must(err)
	r.sees(r.channel.ID, "Dice: Rolled 2 dice of 6 for ben")
	again, err := r.Chat.Say(t.Context(), r.ben, r.channel.ID, chat.Draft{Content: "/build more dice", Key: "k"})
	r.must(err)
	repeated, err := r.Chat.Say(t.Context(), r.ben, r.channel.ID, chat.Draft{Content: "/build more dice", Key: "k"})
	r.must(err)
	if again.Message.ID == "" || repeated.Message.ID != "" {
		t.Error("sent again it is built again")
	}
}

func TestWhatCannotBeBuiltSaysSoAndWhoMayNotWriteBuildsNothing(t *testing.T) {
	r := newRoom(t)
	r.maker.hopeless = true
	_, err := r.says(r.ben, "/build")
	r.refused(err, "COMMAND_USAGE")
	_, err = r.Chat.Mute(t.Context(), r.ada, r.channel.ID, r.ben.ID, time.Hour)
	r.must(err)
	_, err = r.says(r.ben, "/build dice")
	r.refused(err, "MUTED")
	_, err = r.says(r.ada, "/build dice")
	r.must(err)
	r.hears("@ada `dice`: It still does not compile. You can [go on")
	r.hears("Not built: `dice`")
	for _, u := range []accounts.User{r.ben, r.eve} {
		if own, err := r.Plugins.Plugins(t.Context(), u); err != nil || len(own) > 0 {
			t.Errorf("%s has %+v, %v", u.Name, own, err)
		}
	}
}

func TestAPluginThatIsStoppedIsNotCalledBuilt(t *testing.T) {
	r := newRoom(t)
	r.maker.holds = make(chan struct{})
	_, err := r.says(r.ben, "/build dice")
	r.must(err)
	own, err := r.Plugins.Plugins(t.Context(), r.ben)
	r.must(err)
	r.hears("Building `dice`")
	_, err = r.Plugins.Stop(t.Context(), r.ben, own[0].Asking)
	r.must(err)
	r.hears("@ben `dice`: It was stopped.")
	r.hears("Stopped: `dice`")
}

func TestNothingIsBuiltWhereTheCallCannotBePosted(t *testing.T) {
	r := newRoom(t)
	r.maker.holds, r.maker.calls = make(chan struct{}), make(chan context.Context, 1)
	ctx := t.Context()
	_, err := r.Chat.Say(ctx, r.ada, r.channel.ID, chat.Draft{Content: "hello", Key: "k1"})
	r.must(err)
	if _, err = r.Chat.Say(ctx, r.ada, r.channel.ID, chat.Draft{Content: "/build dice", Key: "k1"}); err == nil {
		t.Error("it is posted under a key that another message has")
	}
	own, err := r.Plugins.Plugins(ctx, r.ada)
	r.must(err)
	if len(own) > 0 {
		t.Fatalf("what stands is %+v", own)
	}
	select {
	case asked := <-r.maker.calls:
		if asked.Err() == nil {
			t.Error("the model goes on")
		}
	default: // it ended before it came to the model
	}
}
