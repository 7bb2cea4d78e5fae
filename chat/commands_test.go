package chat_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
)

func (w *world) changeProfile(ctx context.Context, userID string, p accounts.ProfileChange) (accounts.User, error) {
	change := accounts.UserChange{StatusMessage: p.StatusMessage, StatusEmoji: p.StatusEmoji, StatusUntil: p.StatusUntil, Preferences: p.Preferences}
	if p.Status != nil {
		status := accounts.Status(*p.Status)
		change.Status = &status
	}
	return w.store.UpdateUser(ctx, userID, change, w.now())
}

func (w *world) endStatus(ctx context.Context, userID string) error {
	_, _, err := w.store.EndStatus(ctx, userID, w.now())
	return err
}

// say sends a text that must be taken.
func (w *world) say(t testing.TB, u accounts.User, channelID, text string) chat.Outcome {
	t.Helper()
	out, err := w.Say(t.Context(), u, channelID, chat.Draft{Content: text})
	must(t, err)
	if out.Message.ID == "" && out.Reply == "" {
		t.Fatalf("%q neither posted nor said anything", text)
	}
	return out
}

func TestATextThatBeginsWithTheNameOfACommandRunsIt(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	for text, want := range map[string]string{
		"/me waves": "_waves_", "/ME waves": "_waves_", "/shrug": `¯\\\_(ツ)\_/¯`, "/shrug who knows": `who knows ¯\\\_(ツ)\_/¯`,
		"/shrug\ntwo\nlines": "two\nlines " + `¯\\\_(ツ)\_/¯`,
		"//me waves":         "/me waves", "// a comment": "// a comment", "/": "/", "/ me": "/ me", "/5": "/5", "/etc/hosts is a file": "/etc/hosts is a file",
		" /me": " /me", "hello /me": "hello /me",
	} {
		if out := w.say(t, ada, c.ID, text); out.Message.Content != want || out.Reply != "" {
			t.Errorf("%q became %+v", text, out)
		}
	}
}

func TestWhatHindersACommandIsInvalidAndPostsNothing(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada, ben)
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	w.told()
	for _, one := range []struct{ channelID, text, code string }{
		{c.ID, "/nonsense here", "UNKNOWN_COMMAND"}, {c.ID, "/me", "COMMAND_USAGE"}, {c.ID, "/msg", "COMMAND_USAGE"},
		{c.ID, "/msg @nobody hi", "USER_NOT_FOUND"}, {c.ID, "/invite", "COMMAND_USAGE"}, {c.ID, "/invite @nobody", "USER_NOT_FOUND"},
		{c.ID, "/invite @ada", "ALREADY_MEMBER"}, {c.ID, "/archive", "FORBIDDEN"}, {c.ID, "/join nowhere", "CHANNEL_NOT_FOUND"},
		{c.ID, "/help nonsense", "UNKNOWN_COMMAND"}, {c.ID, "/me " + strings.Repeat("x", 2000), "CONTENT_TOO_LONG"},
		{direct.ID, "/archive", "UNKNOWN_COMMAND"}, {direct.ID, "/invite @ada", "UNKNOWN_COMMAND"},
	} {
		_, err := w.Say(t.Context(), ben, one.channelID, chat.Draft{Content: one.text})
		refused(t, err, fault.Invalid, one.code)
	}
	_, err = w.Say(t.Context(), ben, c.ID, chat.Draft{Content: "/help", Attachments: []chat.AttachmentRef{{ID: c.ID}}})
	refused(t, err, fault.Invalid, "COMMAND_WITH_FILES")
	if told := w.told(); len(told) > 0 {
		t.Errorf("published %v", told)
	}
}

func TestCommandsAreForThoseInTheChannel(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.person(t, "ada", accounts.RoleUser), w.person(t, "eve", accounts.RoleAdmin)
	c := w.channel(t, chat.Private, ada)
	for _, text := range []string{"/help", "/me waves", "/nonsense", "/invite @eve", "/archive"} {
		_, err := w.Say(t.Context(), eve, c.ID, chat.Draft{Content: text})
		refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
	}
	_, err := w.Commands(t.Context(), eve, c.ID)
	refused(t, err, fault.NotFound, "CHANNEL_NOT_FOUND")
}

func TestCommandsMoveTheirCaller(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.person(t, "ada", accounts.RoleUser), w.person(t, "ben", accounts.RoleUser)
	c, other := w.channel(t, chat.Public, ada), w.channel(t, chat.Public, ada)
	if out := w.say(t, ada, c.ID, "/invite @ben @Ada"); out.Reply != "You added ben to "+c.Name+"." {
		t.Errorf("invited: %+v", out)
	}
	out := w.say(t, ben, c.ID, "/msg @ada hi there")
	direct, _, err := w.DirectChannel(t.Context(), ada, ben.ID)
	must(t, err)
	if out.ChannelID != direct.ID || out.Message.ChannelID != direct.ID || out.Message.Content != "hi there" {
		t.Errorf("written to: %+v", out)
	}
	if out := w.say(t, ben, c.ID, "/dm ada"); out.ChannelID != direct.ID || out.Message.ID != "" {
		t.Errorf("opened: %+v", out)
	}
	for range 2 {
		if out := w.say(t, ben, c.ID, "/join #"+strings.ToUpper(other.Name)); out.ChannelID != other.ID {
			t.Errorf("joined: %+v", out)
		}
	}
	if out := w.say(t, ben, c.ID, "/leave"); !out.Left {
		t.Errorf("left: %+v", out)
	}
	_, _, err = w.Channel(t.Context(), ben, c.ID)
	refused(t, err, fault.Forbidden, "NOT_A_MEMBER")
	if out := w.say(t, ada, c.ID, "/archive"); !out.Left {
		t.Errorf("archived: %+v", out)
	}
	w.say(t, ben, other.ID, "/away")
	ben, err = w.store.User(t.Context(), ben.ID)
	must(t, err)
	if ben.Status != accounts.StatusAway {
		t.Errorf("the status is %s", ben.Status)
	}
	w.say(t, ben, other.ID, "/away")
	if ben, _ = w.store.User(t.Context(), ben.ID); ben.Status != accounts.StatusOnline {
		t.Errorf("the status is %s", ben.Status)
	}
}

func TestAChannelIsMutedAndLetCallAgain(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	must(t, w.SetChannelNotify(t.Context(), ada, c.ID, chat.LevelAll, false))
	for _, muted := range []bool{true, false} {
		w.say(t, ada, c.ID, "/mute")
		_, place, err := w.Channel(t.Context(), ada, c.ID)
		must(t, err)
		if place.Muted != muted || place.Level != chat.LevelAll {
			t.Errorf("muted is %v, the level %q", place.Muted, place.Level)
		}
	}
}

func TestAStatusIsSaidAndCleared(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	for _, step := range [][2]string{{"/status out for lunch", "out for lunch"}, {"/status clear", ""}, {"/status back", "back"}, {"/status", ""}} {
		w.say(t, ada, c.ID, step[0])
		u, err := w.store.User(t.Context(), ada.ID)
		must(t, err)
		if u.StatusMessage != step[1] {
			t.Errorf("after %s it is %q", step[0], u.StatusMessage)
		}
	}
}

func TestAChannelHasItsOwnCommandsBesideTheBuiltInOnes(t *testing.T) {
	w := newWorld(t)
	ada := w.person(t, "ada", accounts.RoleUser)
	c := w.channel(t, chat.Public, ada)
	echo := func(_ context.Context, call chat.Call) (chat.Outcome, error) {
		return chat.Outcome{Reply: call.Actor.Username + " said " + call.Text}, nil
	}
	w.installed = []chat.Command{{Name: "standup", Hint: "[text]", Help: "Say what you do today", Run: echo}, {Name: "me", Run: echo}}
	if out := w.say(t, ada, c.ID, "/standup  much work "); out.Reply != "ada said much work" {
		t.Errorf("the command said %+v", out)
	}
	if out := w.say(t, ada, c.ID, "/me waves"); out.Message.Content != "_waves_" {
		t.Errorf("a built-in command was taken over: %+v", out)
	}
	list, err := w.Commands(t.Context(), ada, c.ID)
	must(t, err)
	var names []string
	for _, command := range list {
		names = append(names, command.Name)
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) || !slices.Contains(names, "standup") {
		t.Errorf("the commands are %v", names)
	}
	help := w.say(t, ada, c.ID, "/help").Reply
	if strings.Count(help, "\n")+1 != len(names) || !strings.Contains(help, "/standup [text]: Say what you do today") {
		t.Errorf("the help is %s", help)
	}
}
