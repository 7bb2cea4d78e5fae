package mail

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	texttemplate "text/template"
	"unicode"
	"unicode/utf8"

	"pegasus/accounts"
)

// words are what a kind of letter says. A subject holds neither a code, which would show on locked screens, nor anything that
// a person wrote. {workspace} in any of them stands for the name of the workspace.
type words struct {
	subject   string
	says      string // what happened, or what the link is for
	about     string // the part of About that {about} in says stands for
	button    string // on the link
	otherwise string // what to do for whoever did not expect the letter
}

const letterTest accounts.LetterKind = "test"

const alarmSettings = "The settings ALARMS and ALARM_MAIL say what is an alarm, and who gets mail about it."

var letters = map[accounts.LetterKind]words{
	accounts.LetterVerify: {
		subject: "Confirm your e-mail address", button: "Confirm address",
		says:      "Please confirm that this is your e-mail address, to use it with {workspace}.",
		otherwise: "If you have no account at {workspace}, somebody mistyped their address. Leave this mail as it is: without the link nothing happens.",
	},
	accounts.LetterExists: {
		subject: "You already have an account", button: "Sign in",
		says:      "Somebody, perhaps you, tried to make an account at {workspace} with this address. It has one already, so none was made. If you forgot your password, you can ask for a new one where you sign in.",
		otherwise: "If it was not you, there is nothing to do: nobody learned that you have an account.",
	},
	accounts.LetterReset: {
		subject: "Reset your password", button: "Choose a new password",
		says:      "Somebody, hopefully you, asked for a new password for your account at {workspace}. The link opens a page where you choose one.",
		otherwise: "If it was not you, leave this mail as it is and do not pass it on: your password stays the same.",
	},
	accounts.LetterChangeEmail: {
		subject: "Confirm your new e-mail address", button: "Confirm new address",
		says:      "Your account at {workspace} is to use this e-mail address. It changes once you open the link.",
		otherwise: "If you did not ask for this, leave this mail as it is: nothing changes.",
	},
	accounts.LetterEmailChanged: {
		subject: "Your e-mail address was changed",
		says:    "Your account at {workspace} now uses the e-mail address {about}. You no longer sign in with this one.", about: "email",
		otherwise: "If it was not you, somebody else may be in your account: tell an admin of {workspace} at once.",
	},
	accounts.LetterMagicLink: {
		subject: "Your sign-in link", button: "Sign in",
		says:      "The link signs you in to {workspace}. It works once.",
		otherwise: "If you did not ask for it, leave this mail as it is and do not pass it on: whoever has the link can sign in as you.",
	},
	accounts.LetterDelete: {
		subject: "Delete your account", button: "Delete my account",
		says:      "You asked to delete your account at {workspace}. The link deletes it for good. This cannot be undone.",
		otherwise: "If it was not you, do not open the link. Sign in, end the other sessions and change your password.",
	},
	accounts.LetterCode: {
		subject:   "Your sign-in code",
		says:      "This is the code that finishes signing in to {workspace}.",
		otherwise: "If you are not signing in just now, somebody knows your password: change it. Never tell the code to anyone.",
	},
	accounts.LetterInvitation: {
		subject: "You are invited to {workspace}", button: "Accept the invitation",
		says: "{about} invites you to {workspace}.", about: "by",
		otherwise: "If you do not know what this is about, leave this mail as it is.",
	},
	accounts.LetterNewDevice: {
		subject: "New sign-in to your account", button: "Show my sessions",
		says:      "Somebody signed in to your account at {workspace} from a device that was not used before.",
		otherwise: "If it was you, there is nothing to do. If not, end that session and change your password.",
	},
	accounts.LetterNotice: {
		subject: "A security setting of your account changed", button: "Show my security settings",
		says: "{about}", about: "what",
		otherwise: "If it was you, there is nothing to do. If not, change your password, end the other sessions and tell an admin of {workspace}.",
	},
	accounts.LetterMissed: {
		subject: "You have unread messages in {workspace}", button: "Show what is unread",
		says:      "These messages are for you, and you have not read them yet.",
		otherwise: "Such a mail comes at most once an hour. You choose what you are told in your profile.",
	},
	accounts.LetterAlarm: {
		subject: "An alarm of {workspace}", button: "Show operations",
		says: "An alarm of {workspace} fires: {about}", about: "alarm",
		otherwise: alarmSettings,
	},
	accounts.LetterAlarmOver: {
		subject: "An alarm of {workspace} is over", button: "Show operations",
		says: "An alarm of {workspace} is over: {about}", about: "alarm",
		otherwise: alarmSettings,
	},
	letterTest: {
		subject:   "Test mail",
		says:      "This is a test: {workspace} can send mail.",
		otherwise: "There is nothing to do.",
	},
}

// facts are the parts of About that are listed, in this order.
var facts = []struct{ key, name string }{{"device", "Device"}, {"address", "Address"}, {"time", "Time"}}

type fact struct{ Name, Value string }

// page is what the templates are given.
type page struct {
	Workspace, Home             string
	Subject, Name, Says, Button string
	Code, URL, Until, Otherwise string
	Facts                       []fact
	Items                       []accounts.LetterItem
	More                        int64
	Unsubscribe                 string
}

var (
	//go:embed letter.txt
	textSource string
	//go:embed letter.html
	htmlSource string

	textLayout = texttemplate.Must(texttemplate.New("letter.txt").Parse(textSource))
	htmlLayout = template.Must(template.New("letter.html").Parse(htmlSource))
)

// write returns the subject and both bodies of a letter. A link that does not lead to this server is refused, whoever made it.
func write(l accounts.Letter, workspace, home string) (subject, text, html string, err error) {
	w, known := letters[l.Kind]
	if !known {
		return "", "", "", fmt.Errorf("no letter of the kind %q", l.Kind)
	}
	about := oneLine(l.About[w.about])
	if w.about == "by" {
		about = cmp.Or(greetable(about), "Somebody")
	}
	for _, link := range links(l) {
		if !leadsTo(home, link) {
			return "", "", "", fmt.Errorf("a link of a letter of the kind %s leads elsewhere", l.Kind)
		}
	}
	fill := strings.NewReplacer("{workspace}", workspace, "{about}", about).Replace
	p := page{
		Workspace: workspace, Home: home, Subject: fill(w.subject), Name: greetable(l.Name), Says: fill(w.says), Button: w.button,
		Code: oneLine(l.Code), URL: l.URL, Until: oneLine(l.Until), Otherwise: fill(w.otherwise), More: l.More, Unsubscribe: l.Unsubscribe,
	}
	for _, item := range l.Items {
		item.Title, item.Text = oneLine(item.Title), oneLine(item.Text)
		p.Items = append(p.Items, item)
	}
	for _, f := range facts {
		if value := oneLine(l.About[f.key]); value != "" {
			p.Facts = append(p.Facts, fact{f.name, value})
		}
	}
	var plain, rich bytes.Buffer
	if err = textLayout.Execute(&plain, p); err == nil {
		err = htmlLayout.Execute(&rich, p)
	}
	return p.Subject, plain.String(), rich.String(), err
}

// links are those of a letter.
func links(l accounts.Letter) (all []string) {
	for _, item := range l.Items {
		all = append(all, item.URL, item.Why)
	}
	for _, link := range []string{l.URL, l.Unsubscribe} {
		if link != "" {
			all = append(all, link)
		}
	}
	return all
}

// leadsTo reports whether a link goes to the server whose address is home.
func leadsTo(home, link string) bool {
	at, err := url.Parse(home)
	if err != nil {
		return false
	}
	to, err := url.Parse(link)
	return err == nil && to.Scheme == at.Scheme && to.Host == at.Host && to.User == nil
}

// oneLine takes what ends a line or turns its direction out of a text.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Zl, unicode.Zp) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text))
}

// linkLike finds what programs that show mail may turn into a link.
var linkLike = regexp.MustCompile(`[:/@\\]|\.\S|(?i)www`)

// greetable returns the name of a person where it may be shown, and "" elsewhere. Anyone can make an account with the address of
// somebody else, and a name such as "Win at evil.example" would make an advertisement of the mail that we send there.
func greetable(name string) string {
	name = oneLine(name)
	if utf8.RuneCountInString(name) > accounts.MaxName || linkLike.MatchString(name) {
		return ""
	}
	return name
}
