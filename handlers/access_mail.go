package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"pegasus/accounts"
	"pegasus/sessions"
	"pegasus/views"
	"pegasus/web"
)

// cookieAwaited keeps in a browser which mail it waits for, so that the link in it leads on to where its reader was
// going. Where the link is opened in another browser, it leads to the chat.
const (
	cookieAwaited sessions.Cookie = "pegasus.awaited"
	awaitedLife                   = time.Hour
	awaitedPath                   = 300 // the longest address to go on to, in bytes: a cookie is small
)

type awaited struct {
	Kind     string
	Email    string
	ReturnTo string
}

func (d *door) await(w http.ResponseWriter, a awaited) {
	if len(a.ReturnTo) > awaitedPath {
		a.ReturnTo = "/chat"
	}
	// Strings alone: this cannot fail.
	if value, err := json.Marshal(a); err == nil {
		d.Sessions.Keep(w, cookieAwaited, string(value), awaitedLife)
	}
}

// awaits returns which mail a browser waits for.
func (d *door) awaits(r *http.Request) (a awaited, ok bool) {
	ok = json.Unmarshal([]byte(d.Sessions.Kept(r, cookieAwaited)), &a) == nil
	a.ReturnTo = localPath(url.Values{"returnTo": {a.ReturnTo}})
	return a, ok
}

// arrived forgets a mail that nobody waits for any more.
func (d *door) arrived(w http.ResponseWriter, r *http.Request) {
	if d.Sessions.Kept(r, cookieAwaited) != "" {
		d.Sessions.Keep(w, cookieAwaited, "", 0)
	}
}

// mails reports whether mails can be read: they go out, or stand on the outbox page.
func (d *door) mails() bool { return d.Accounts.MailDelivers() || d.Mails != nil }

func (d *door) showAwaiting(w http.ResponseWriter, r *http.Request) error {
	a, ok := d.awaits(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	render(w, r, http.StatusOK, views.AwaitingPage(views.Awaiting{
		Kind: a.Kind, Email: a.Email, ReturnTo: a.ReturnTo, Delivers: d.Accounts.MailDelivers(), Outbox: d.Mails != nil,
	}))
	return nil
}

// mailForm returns the form that asks for an address to mail a link to.
func (d *door) mailForm(kind, returnTo string) views.MailForm {
	return views.MailForm{Kind: kind, ReturnTo: returnTo, Mails: d.mails()}
}

func (d *door) showForgot(w http.ResponseWriter, r *http.Request) error {
	render(w, r, http.StatusOK, views.MailPage(d.mailForm(views.AwaitReset, localPath(r.URL.Query()))))
	return nil
}

func (d *door) forgot(w http.ResponseWriter, r *http.Request) error {
	return d.mailLink(w, r, views.AwaitReset, d.Limits.Mail, func(email, returnTo string) error {
		page := ""
		if returnTo != "/chat" {
			page = returning("/reset-password", returnTo)
		}
		return d.Accounts.RequestPasswordReset(r.Context(), email, page)
	})
}

func (d *door) sendVerification(w http.ResponseWriter, r *http.Request) error {
	return d.mailLink(w, r, views.AwaitVerify, d.Limits.Mail, func(email, _ string) error {
		return d.Accounts.SendVerification(r.Context(), email, "")
	})
}

func (d *door) sendMagicLink(w http.ResponseWriter, r *http.Request) error {
	return d.mailLink(w, r, views.AwaitMagic, d.Limits.Magic, func(email, _ string) error {
		return d.Accounts.RequestMagicLink(r.Context(), accounts.MagicLink{Email: email})
	})
}

// mailLink has a link mailed to the address in a form. The answer is the same whether anybody has that address.
func (d *door) mailLink(w http.ResponseWriter, r *http.Request, kind string, limit *web.Limit, send func(email, returnTo string) error) error {
	if err := parse(r); err != nil {
		return err
	}
	page := d.mailForm(kind, localPath(r.PostForm))
	page.Email = r.PostForm.Get("email")
	if !page.Mails {
		render(w, r, http.StatusConflict, views.MailPage(page))
		return nil
	}
	err := limit.Take(w, r, web.ClientKey(r))
	if err == nil {
		err = send(page.Email, page.ReturnTo)
	}
	if err == nil {
		d.await(w, awaited{Kind: kind, Email: page.Email, ReturnTo: page.ReturnTo})
		http.Redirect(w, r, "/check-mail", http.StatusSeeOther)
		return nil
	}
	return again(w, r, err, func(problem views.Wrong) templ.Component {
		page.Wrong = problem
		return views.MailPage(page)
	})
}
