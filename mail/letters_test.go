package mail_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"pegasus/accounts"
	"pegasus/mail"
)

// kinds reads the constants of the kinds, so that a new one cannot be forgotten here.
func kinds(t *testing.T) (found []accounts.LetterKind) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../accounts/letters.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && strings.HasPrefix(spec.Names[0].Name, "Letter") {
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
				kind, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, accounts.LetterKind(kind))
			}
		}
		return true
	})
	if len(found) < 11 {
		t.Fatalf("only %d kinds found", len(found))
	}
	return found
}

func TestEveryKindOfLetterSaysItsPartInBothForms(t *testing.T) {
	subjects := map[string]bool{}
	for _, kind := range kinds(t) {
		l := accounts.Letter{
			Kind: kind, To: "ada@chat.example", Name: "Ada Lovelace", URL: "https://chat.example/go?token=abc&next=%2Fhome", Until: "1 hour",
			About: map[string]string{
				"email": "new@chat.example", "by": "Ben", "device": "Firefox on Linux", "address": "192.0.2.7", "time": "1 May 2026, 10:00 UTC",
				"what": "Your password was changed.",
			},
			More: 7,
		}
		subject, text, html, err := mail.Write(l)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if subject == "" || subjects[subject] {
			t.Errorf("%s: the subject %q is empty or another kind's", kind, subject)
		}
		subjects[subject] = true
		for _, part := range []string{"Hello Ada Lovelace,", "1 hour", "Device: Firefox on Linux", "Address: 192.0.2.7", "Pegasus", "https://chat.example", "And 7 more"} {
			if !strings.Contains(text, part) || !strings.Contains(html, part) {
				t.Errorf("%s lacks %q:\n%s", kind, part, text)
			}
		}
		if !strings.Contains(text, "\n\n"+l.URL+"\n\n") || strings.Count(html, "https://chat.example/go?token=abc&amp;next=%2Fhome") != 3 {
			t.Errorf("%s does not show its link:\n%s\n%s", kind, text, html)
		}
		for _, left := range []string{"{workspace}", "{about}", "{{", "<no value>", "ZgotmplZ", "%!"} {
			if strings.Contains(subject+text+html, left) {
				t.Errorf("%s holds %q", kind, left)
			}
		}
		for _, foreign := range []string{"<img", "src=", "url(", "<script", "@import", "<link"} {
			if strings.Contains(html, foreign) {
				t.Errorf("%s loads something: %s", kind, foreign)
			}
		}
		if strings.Contains(text, "\n\n\n") || strings.HasPrefix(text, "\n") {
			t.Errorf("%s has gaps:\n%s", kind, text)
		}
	}
}

func TestALetterOfNothingButItsKindIsStillWhole(t *testing.T) {
	for _, kind := range kinds(t) {
		subject, text, html, err := mail.Write(accounts.Letter{Kind: kind, To: "ada@chat.example"})
		if err != nil || subject == "" || !strings.HasPrefix(text, "Hello,\n\n") || strings.Contains(html, "Or open this address") {
			t.Errorf("%s: %q, %v", kind, text, err)
		}
		if strings.Contains(text, "is good for") || strings.Contains(text, "Device:") {
			t.Errorf("%s names what it does not have:\n%s", kind, text)
		}
	}
	if _, _, _, err := mail.Write(accounts.Letter{Kind: "other"}); err == nil {
		t.Error("a kind that is not known was written")
	}
}

func TestEveryKindSaysWhatItIsAbout(t *testing.T) {
	for kind, about := range map[accounts.LetterKind]string{
		accounts.LetterEmailChanged: "new@chat.example", accounts.LetterInvitation: "Ben", accounts.LetterNotice: "Your password was changed.",
	} {
		_, text, html, err := mail.Write(accounts.Letter{Kind: kind, About: map[string]string{
			"email": "new@chat.example", "by": "Ben", "what": "Your password was changed.",
		}})
		if err != nil || !strings.Contains(text, about) || !strings.Contains(html, about) {
			t.Errorf("%s does not say %q: %v\n%s", kind, about, err, text)
		}
	}
}

func TestACodeStandsInTheBodyAndNotInTheSubject(t *testing.T) {
	subject, text, html, err := mail.Write(accounts.Letter{Kind: accounts.LetterCode, Code: "12345678", Until: "5 minutes"})
	if err != nil || strings.Contains(subject, "1234") {
		t.Fatalf("subject %q, %v", subject, err)
	}
	if !strings.Contains(text, "\n\n12345678\n\n") || !strings.Contains(html, ">12345678<") || !strings.Contains(text, "The code is good for 5 minutes.") {
		t.Errorf("the code is not shown:\n%s", text)
	}
	if _, head, _ := strings.Cut(html, "<title>"); strings.Contains(strings.SplitN(head, "</title>", 2)[0], "1234") {
		t.Error("the code is in the title")
	}
}

func TestWhatPeopleWriteStaysText(t *testing.T) {
	hostile := `<img src=x onerror=alert(1)>"'&{{.}}` + "\r\nBcc: eve@evil.example\u202e"
	l := accounts.Letter{
		Kind: accounts.LetterNewDevice, Name: hostile, Code: hostile, Until: hostile, URL: "https://chat.example/?q=%22%3E%3Cscript%3E",
		About: map[string]string{"device": hostile, "address": hostile, "time": hostile},
	}
	for _, kind := range []accounts.LetterKind{accounts.LetterNewDevice, accounts.LetterNotice, accounts.LetterEmailChanged, accounts.LetterInvitation} {
		l.Kind = kind
		l.About["what"], l.About["email"], l.About["by"] = hostile, hostile, hostile
		subject, text, html, err := mail.Write(l)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(html, "<img") || strings.Contains(html, "<script") || strings.ContainsAny(subject, "\r\n<") {
			t.Errorf("%s: the HTML holds markup of a person", kind)
		}
		if strings.Contains(text, "\nBcc") || strings.Contains(text, "\r") || strings.Contains(text+html, "\u202e") {
			t.Errorf("%s: a person ended a line:\n%s", kind, text)
		}
	}
}

func TestALinkThatLeadsElsewhereIsNotMailed(t *testing.T) {
	for _, link := range []string{
		"https://evil.example/", "http://chat.example/", "https://chat.example.evil.example/", "https://chat.example@evil.example/", "//evil.example/",
		"javascript:alert(1)", "/reset", "https://chat.example:8443/", "https://ada:pw@chat.example/", "https://chat.example\\@evil.example/", "data:text/html,x",
	} {
		if _, _, _, err := mail.Write(accounts.Letter{Kind: accounts.LetterReset, URL: link}); err == nil {
			t.Errorf("%s was mailed", link)
		} else if strings.Contains(err.Error(), "evil") {
			t.Errorf("the error %q tells the link", err)
		}
	}
	if _, _, _, err := mail.Write(accounts.Letter{Kind: accounts.LetterReset, URL: "https://chat.example/reset-password?token=a"}); err != nil {
		t.Error(err)
	}
}

func TestANameThatLooksLikeALinkIsNotGreeted(t *testing.T) {
	for _, good := range []string{"Ada", "Ada Lovelace", "Dr. Ada Lovelace", "J. R. R. Tolkien", "Åsa Öst", "李小龍", "O'Neil-Smith", "Ada King, Jr.", "ada_1815"} {
		if got := mail.Greetable(good); got != good {
			t.Errorf("%q became %q", good, got)
		}
	}
	for _, bad := range []string{
		"Win at evil.example", "http://evil.example", "evil.example/win", "www evil example", "WWW.evil", "eve@evil.example", "javascript:alert", `\\evil\share`,
		strings.Repeat("a", 200), "", " ", "\x00",
	} {
		if got := mail.Greetable(bad); got != "" {
			t.Errorf("%.40q became %q", bad, got)
		}
	}
}

func TestTheLifeOfALinkIsReadFromItsWords(t *testing.T) {
	for words, want := range map[string]time.Duration{
		"1 minute": time.Minute, "5 minutes": 5 * time.Minute, "1 hour": time.Hour, "24 hours": 24 * time.Hour, "7 days": 72 * time.Hour,
		"": 72 * time.Hour, "a while": 72 * time.Hour, "-1 hours": 72 * time.Hour, "0 minutes": 72 * time.Hour, "99999999999999999999 hours": 72 * time.Hour,
	} {
		if got := mail.Life(words); got != want {
			t.Errorf("%q is %s", words, got)
		}
	}
}

func TestTheServerNamesItselfInTheFormOfTheProtocol(t *testing.T) {
	for home, want := range map[string]string{
		"https://chat.example": "chat.example", "http://localhost:8080": "localhost", "http://192.0.2.7:80": "[192.0.2.7]",
		"http://[2001:db8::1]:80": "[IPv6:2001:db8::1]", "::": "localhost",
	} {
		if got := mail.Greeting(home); got != want {
			t.Errorf("%s greets as %s", home, got)
		}
	}
}
