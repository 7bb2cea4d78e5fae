package views

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"pegasus/accounts"
)

func markup(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var at = time.Date(2026, 3, 9, 8, 5, 4, 123e6, time.UTC)

func TestMessageItemIsTheSameForEveryone(t *testing.T) {
	m := Message{ID: "a1", ChannelID: "c1", Seq: 7, UserID: "u1", Author: `<b>"Eve"</b>`, HTML: "<p>hi</p>", At: at}
	got := markup(t, MessageItem(m))
	for _, want := range []string{
		`<article class="msg" id="m-a1" data-id="a1" data-seq="7" data-user="u1" data-time="2026-03-09T08:05:04.123Z"`,
		`<p>hi</p>`, `/chat/c1/messages/a1/edit`, `/chat/c1/messages/a1/delete`, `&lt;b&gt;`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "<b>") || strings.Contains(got, "mine") || strings.Contains(got, "(edited)") {
		t.Errorf("unexpected markup: %s", got)
	}
	m.Edited = true
	if !strings.Contains(markup(t, MessageItem(m)), "(edited)") {
		t.Error("an edited message does not say so")
	}
}

func TestPagesKeepToTheContentPolicy(t *testing.T) {
	me := Person{ID: "u1", Name: "Somebody", Username: "somebody", Status: accounts.StatusOnline}
	s := Shell{Title: "T", Me: me, Rows: []Row{{ID: "c1", Name: "general", Here: true}, {ID: "c2", Name: "x", Private: true, Unread: 120}}}
	c := Channel{ID: "c1", Name: "general", Manage: true}
	entry := Entry{Message: Message{ID: "a1", ChannelID: "c1", Author: "A", UserID: "u1", At: at}, New: true, Day: "Today", Mine: true}
	log := Log{Entries: []Entry{entry}, Older: "/chat/c1?before=a1", Unread: 3}
	pages := map[string]templ.Component{
		"chat":     ChatPage(Chat{Shell: s, Channel: c, Log: log, Members: &Members{People: []Member{{Person: me}}, Others: []Person{me}}}),
		"edit":     ChatPage(Chat{Shell: s, Channel: c, Editing: &ChannelForm{Wrong: Wrong{Field: "name", Message: "no"}}}),
		"channels": ChannelBrowser(Browser{Shell: s, Channels: []Channel{c}}), "home": ChatHome(s), "join": JoinPage(s, c),
		"new": NewChannel(s, ChannelForm{}), "people": DirectoryPage(Directory{Shell: s}), "profile": ProfilePage(Profile{Own: Own{Shell: s}}),
		"landing": Landing(true), "setup": Setup(Account{}),
		"login":       Login(SignIn{Passkeys: true, Mails: true, Unverified: true, Notice: "n", Providers: []Provider{{Name: "github", Label: "GitHub"}}}),
		"sign up":     SignUp(Account{Joining: JoinOpen}),
		"invited":     SignUp(Account{Joining: JoinInvited, Fixed: true, Token: "t"}),
		"by mail":     MailPage(MailForm{Kind: AwaitReset, Mails: true}),
		"on its way":  AwaitingPage(Awaiting{Kind: AwaitMagic, Outbox: true}),
		"reset":       ResetPage(MailedLink{Token: "t"}, MailForm{}),
		"verify":      VerifyPage(MailedLink{Bad: true}, MailForm{Mails: true}),
		"magic":       MagicPage(MailedLink{Token: "t"}, MailForm{}),
		"factor":      SecondFactorPage(SecondFactor{Method: MethodBackup, Mails: true}),
		"factor over": SecondFactorPage(SecondFactor{Over: true}),
		"onward":      Onward("GitHub", "https://github.com/"),
		"failed":      SignInFailed("No.", false),
		"outbox":      DebugPage(DebugTabOutbox, "", Outbox([]Mail{{Text: "see https://chat.example/x"}})),
		"error":       ErrorPage(Failure{Status: 500}), "delete": DeleteMessage(MessageForm{Shell: s, Channel: c}),
	}
	for name, page := range pages {
		html := markup(t, page)
		for _, bad := range []string{" style=", "<style", "onclick", "javascript:", "hx-on"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
		for _, want := range []string{`lang="en"`, `id="main"`, `class="skip"`, "<h1"} {
			if !strings.Contains(html, want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Kern": "AK", "ada": "A", "Ana María de la Cruz": "AC", "": "?", "🙂": "?", "łukasz-żuk": "ŁŻ",
	} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDayLabel(t *testing.T) {
	for day, want := range map[string]string{
		"2026-03-09": "Today", "2026-03-08": "Yesterday", "2026-01-31": "Saturday, 31 January", "2025-12-31": "31 December 2025",
	} {
		then, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayLabel(then, at); got != want {
			t.Errorf("DayLabel(%s) = %q, want %q", day, got, want)
		}
	}
}
